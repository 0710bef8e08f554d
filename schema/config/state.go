package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// StateBackend is the state block.
type StateBackend struct {
	Type string // "local"
	Path string // absolute, or relative to the working directory: ready to open; "" when it could not be evaluated
}

type stateBlock struct {
	header
	path hcl.Expression
}

var stateSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "path"}}}

func decodeState(b *hcl.Block, diags *hcl.Diagnostics) *stateBlock {
	h := headerOf(b, diags)
	if h.name != "local" {
		*diags = append(*diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Unknown kind of state",
			Detail:  fmt.Sprintf("State cannot be kept in %q.%s What there is: \"local\", a file.", h.name, didYouMean(h.name, []string{"local"})),
			Subject: &b.LabelRanges[0], Context: &b.DefRange})
		return &stateBlock{header: h}
	}
	h.address = "state.local"
	return &stateBlock{header: h, path: expression(content(b.Body, stateSchema, diags), "path")}
}

// state evaluates the state block, or says where the state is without one.
func (ev *evaluator) state() StateBackend {
	s := StateBackend{Type: "local", Path: filepath.Join(ev.src.Dir, ev.src.Name+".state.json")}
	if len(ev.src.document.states) == 0 {
		return s
	}
	block := ev.src.document.states[0]
	b := ev.binder()
	b.add(block.path)
	f := b.frame(block.address)
	f.early = true
	text, is := f.text(block.path, "path")
	if is == absent {
		return s
	}
	s.Path = "" // a path that is wrong or not known must not become another one
	switch {
	case is != given:
	case strings.TrimSpace(text) == "":
		f.fail(block.path, "Invalid path", "path is where the state file is kept, such as \"countersign.state.json\".")
	case filepath.IsAbs(text):
		s.Path = text
	default:
		s.Path = filepath.Join(ev.src.Dir, text)
	}
	return s
}
