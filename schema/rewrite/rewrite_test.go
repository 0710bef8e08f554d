package rewrite

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/txtar"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
	"countersign/schema/config/configtest"
)

// attributesOf are the attributes that the keys of a template's JSON stand for.
var attributesOf = map[string]string{"title": schema.AttrTitle, "approval_type": schema.AttrApprovalType,
	"applies_to": schema.AttrAppliesTo, "description": schema.AttrDescription,
	"steps": schema.AttrStep, "approver_access": schema.AttrApproverAccess, "cc": schema.AttrCC,
	"cc_access": schema.AttrCC}

// TestRewrite runs the stories in testdata. Each holds the files of a configuration, and in "now" a JSON object: by the
// address of a template what is different of it now, under the keys of schema.Template ("scope" besides; null for a
// template that is gone). "want" is what becomes of the files, as a difference, or in a story whose name begins with
// refused what is refused and why.
func TestRewrite(t *testing.T) {
	configtest.Stories(t, "testdata/*.txtar", func(t *testing.T, name string, archive *txtar.Archive) string {
		got, refused := rewriteStory(t, archive)
		if strings.HasPrefix(name, "refused") != refused {
			t.Errorf("refused: %t\n%s", refused, got)
		}
		return got
	})
}

func rewriteStory(t *testing.T, archive *txtar.Archive) (got string, refused bool) {
	t.Chdir(t.TempDir())
	var now map[string]json.RawMessage
	for _, f := range archive.Files {
		switch f.Name {
		case "now":
			if err := json.Unmarshal(f.Data, &now); err != nil {
				t.Fatal(err)
			}
		case "want":
		default:
			configtest.Write(t, f.Name, string(f.Data))
		}
	}
	source, diags := config.Load(".")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	before, diags := source.Evaluate(config.Inputs{}, nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var list []schema.Rewrite
	for _, address := range slices.SortedFunc(maps.Keys(now), addr.CompareText) {
		list = append(list, rewriteOf(t, before.Declaration, address, now[address]))
	}
	files, diags := Files(source, config.Inputs{}, nil, list)
	for _, d := range diags {
		got += configtest.Text(d) + "\n"
	}
	for _, f := range files {
		got += string(diff.Diff(f.Name, f.Before, f.Name, f.After))
	}
	return got, len(diags) > 0
}

// rewriteOf is what a story says is different of a template now. Steps are known by their names.
func rewriteOf(t *testing.T, decl schema.Declaration, address string, now json.RawMessage) schema.Rewrite {
	t.Helper()
	r := schema.Rewrite{Address: addr.Of(address), Gone: string(now) == "null"}
	i := slices.IndexFunc(decl.Templates, func(d schema.Declared) bool { return d.Address.String() == address })
	if i < 0 {
		t.Fatalf("no template %s", address)
	}
	var keys struct {
		Scope string `json:"scope"`
	}
	var all map[string]json.RawMessage
	r.Template = decl.Templates[i].Template
	for _, into := range []any{&keys, &all} {
		if err := json.Unmarshal(now, into); err != nil {
			t.Fatal(err)
		}
	}
	was := r.Template.Steps
	if all["steps"] != nil {
		r.Template.Steps = nil
	}
	if all["cc"] != nil {
		r.Template.CC = nil
	}
	if err := json.Unmarshal(now, &r.Template); err != nil {
		t.Fatal(err)
	}
	for key := range all {
		if key == "scope" {
			r.Scope = addr.Of(keys.Scope)
			r.Attributes = append(r.Attributes, attrScope)
		} else if attributesOf[key] == "" {
			t.Fatalf("no attribute %q", key)
		} else {
			r.Attributes = append(r.Attributes, attributesOf[key])
		}
	}
	title := r.Template.Title
	r.Template = r.Template.Normalise()
	r.Template.Title = title
	slices.Sort(r.Attributes)
	r.Attributes = slices.Compact(r.Attributes)
	for _, s := range r.Template.Steps {
		r.Steps = append(r.Steps, slices.IndexFunc(was, func(o schema.Step) bool {
			return o.Name == strings.TrimPrefix(s.Name, "~")
		}))
	}
	for i, s := range r.Template.Steps {
		if rest, renamed := strings.CutPrefix(s.Name, "~"); renamed { // "~初审" is the step 初审 under another name
			r.Template.Steps[i].Name = rest + "2"
		}
	}
	return r
}
