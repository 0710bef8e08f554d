package config

import (
	"fmt"
	"os"
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
	s := StateBackend{Type: "local", Path: ev.kept(filepath.Join(ev.src.Dir, ev.src.Name+".state.json"), nil)}
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
		s.Path = ev.kept(text, block.path)
	default:
		s.Path = ev.kept(filepath.Join(ev.src.Dir, text), block.path)
	}
	return s
}

// kept is a state's path as it is written on the disk: a state must not be lost because a system, or a repository, has its name in
// another form of Unicode. Where nothing but the journal of a first run is there, the journal says how. "" is reported.
func (ev *evaluator) kept(path string, said hcl.Expression) string {
	stem, json := strings.CutSuffix(path, ".json")
	found, err := OnDisk(path)
	if _, missing := os.Lstat(found); err == nil && missing != nil {
		var journal string
		if journal, err = OnDisk(stem + ".journal"); err == nil && journal != stem+".journal" {
			if found = strings.TrimSuffix(journal, ".journal"); json {
				found += ".json"
			}
		}
	}
	if err == nil {
		return found
	}
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Several files of one name", Detail: fmt.Sprintf("Looking for the state: %s.", err)}
	if said != nil {
		d.Subject = said.Range().Ptr()
	}
	ev.report(finding{Diagnostic: d, address: "state.local"})
	return ""
}
