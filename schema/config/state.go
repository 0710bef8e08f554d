package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"countersign/confine"
	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/disk"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
)

// StateBackend is where the state is kept.
type StateBackend struct {
	Type   string // "local", "http"
	Path   string // absolute, or relative to the working directory; of http the address; "" when it could not be evaluated
	Folder string // that the path must not lead out of, as the configuration has chosen it; "": a person has, in Inputs
	HTTP   *HTTPState
}

type stateBlock struct {
	structure.Header
	attributes map[string]hcl.Expression // nil for a kind that is not known
}

// stateSchemas is what the block of each kind may hold.
var stateSchemas = map[string]*hcl.BodySchema{
	"local": {Attributes: []hcl.AttributeSchema{{Name: "path"}}},
	"http":  stateHTTPSchema,
}

func decodeState(b *hcl.Block, diags *hcl.Diagnostics) *stateBlock {
	h := structure.HeaderOf(b, diags)
	shape := stateSchemas[h.Name]
	if shape == nil {
		*diags = append(*diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Unknown kind of state",
			Detail: fmt.Sprintf("State cannot be kept in %q.%s What there is: \"local\", a file, and \"http\", a server "+
				"that speaks the protocol of Terraform's HTTP backend.", h.Name,
				words.DidYouMean(h.Name, slices.Sorted(maps.Keys(stateSchemas)))),
			Subject: &b.LabelRanges[0], Context: &b.DefRange})
		return &stateBlock{Header: h}
	}
	h.Address = addr.New("state", h.Name)
	block := &stateBlock{Header: h, attributes: map[string]hcl.Expression{}}
	before := len(*diags)
	for name, a := range structure.Content(b.Body, shape, diags).Attributes {
		block.attributes[name] = a.Expr
	}
	if h.Name != "local" {
		for _, d := range (*diags)[before:] {
			d.Extra = diagnostic.Hidden{} // an attribute by a wrong name may be a secret all the same
		}
	}
	return block
}

// DefaultState is where the state is kept without a state block.
func (s *Source) DefaultState() string { return filepath.Join(s.Dir, s.Name+StateEnding) }

// StateEnding is how the names of states end that no state block has named.
const StateEnding = ".state.json"

// writtenPath is a state block with a plain path, and writtenState any state block, in text that need not parse.
var (
	writtenPath  = regexp.MustCompile(`(?m)^[ \t]*state[ \t]+"?local"?[ \t]*\{[^{}]*?\bpath[ \t]*=[ \t]*"([^"\\$%\n]+)"`)
	writtenState = regexp.MustCompile(`(?m)^[ \t]*"?state"?[ \t:]*["{]`)
)

// WrittenState is the path that a state block seems to name in files that are too broken to be evaluated; "" when it is
// none that a configuration may choose. seen reports whether there seems to be a state block at all.
func (s *Source) WrittenState() (path string, seen bool) {
	for _, name := range s.Files {
		src, _, problem := s.readText(name)
		if problem != nil {
			continue
		}
		seen = seen || writtenState.Match(src)
		if m := writtenPath.FindSubmatch(src); m != nil {
			name, inside := confine.Within(s.Dir, disk.Absolute(s.Dir, string(m[1])))
			if inside && unfitForState(name) == "" {
				return filepath.Join(s.Dir, name), true
			}
		}
	}
	return "", seen
}

// state evaluates the state block, or says where the state is without one.
func (ev *evaluator) state() StateBackend {
	s := StateBackend{Type: "local", Path: ev.statePath(ev.src.DefaultState(), nil),
		Folder: ev.src.Dir}
	if ev.in.State != "" {
		s = StateBackend{Type: "local", Path: ev.statePath(ev.in.State, nil)}
	}
	if len(ev.src.document.states) == 0 {
		return s
	}
	block := ev.src.document.states[0]
	if block.Name == "http" {
		if ev.in.State != "" { // a person's word counts more
			return s
		}
		return ev.stateHTTP(block)
	}
	b, at := ev.Binder(), block.attributes["path"]
	b.Add(at)
	f := b.Frame(block.Address)
	f.Early = true
	text, is := f.Text(at, "path")
	if is == eval.Absent {
		return s
	}
	if ev.in.State != "" && is == eval.Given {
		return s
	}
	s.Path = "" // a path that is wrong or not known must not become another one
	if is != eval.Given {
		return s
	}
	path := disk.Absolute(ev.src.Dir, text)
	name, inside := confine.Within(ev.src.Dir, path)
	switch why := unfitForState(name); {
	case strings.TrimSpace(text) == "":
		f.Fail(at, "Invalid path", "path is where the state file is kept, such as \"countersign.state.json\".")
	case !inside:
		f.Fail(at, "State outside of the configuration's folder", "%q is outside of the configuration's "+
			"folder. A configuration keeps its state in its own folder: "+
			"what is proposed must not choose which files of this machine are written. To keep it elsewhere, say so "+
			"yourself, with -state=%s or in the environment variable %s.", text, path, words.Word(StateEnv))
	case why != "":
		f.Fail(at, "Invalid path", "%q %s. Give the state a name of its own, such as "+
			"\"countersign.state.json\".", text, words.Word(why))
	default:
		s.Path = ev.statePath(filepath.Join(ev.src.Dir, name), at)
	}
	return s
}

// statePath is a state's path as it is written on the disk: a state must not be lost because a system, or a repository,
// has its name in another form of Unicode. Where nothing but the journal of a first run is there, the journal says how.
// "" is reported.
func (ev *evaluator) statePath(path string, said hcl.Expression) string {
	stem, json := strings.CutSuffix(path, ".json")
	found, err := disk.Path(path)
	if _, missing := os.Lstat(found); err == nil && missing != nil {
		var journal string
		if journal, err = disk.Path(stem + ".journal"); err == nil && journal != stem+".journal" {
			if found = strings.TrimSuffix(journal, ".journal"); json {
				found += ".json"
			}
		}
	}
	if err == nil {
		return found
	}
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Several files of one name",
		Detail: fmt.Sprintf("Looking for the state: %s.", err)}
	if said != nil {
		d.Subject = said.Range().Ptr()
	}
	ev.Report(diagnostic.Finding{Diagnostic: d, Address: addr.New("state", "local")})
	return ""
}

// StateEnv is the environment variable that says where the state is, as the flag -state does.
const StateEnv = "COUNTERSIGN_STATE"

// unfitForState says why a name in the configuration's folder is none for a state; "" when it is one. There are file
// systems that do not tell capitals from small letters.
func unfitForState(name string) string {
	name = strings.ToLower(name)
	for part := range strings.SplitSeq(name, string(filepath.Separator)) {
		switch part {
		case ".countersign":
			return "is in the folder of the embedded drive's data"
		case ".git":
			return "is in git's own folder"
		}
	}
	base := filepath.Base(name)
	switch {
	case name == ".":
		return "is the configuration's folder itself"
	case strings.HasSuffix(base, ".hcl"), strings.HasSuffix(base, ".hcl.json"):
		return "is named as a configuration"
	case strings.HasSuffix(base, ".backup"), strings.HasSuffix(base, ".journal"), strings.HasSuffix(base, ".lock"),
		strings.HasPrefix(base, ".new-"):
		return "is named as what is kept beside a state"
	}
	return ""
}
