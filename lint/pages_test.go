package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/command/run"
	"countersign/lint"
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/state"
)

var fence = regexp.MustCompile("(?ms)^```hcl\n(.*?)^```$")

// read is a page of docs/lints.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "lints", name+".md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// examples are the blocks of HCL in a section of a page.
func examples(text, section string) (found []string) {
	_, text, _ = strings.Cut(text, "\n## "+section+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// load evaluates a configuration with the blocks beside it that README.md has.
func load(t *testing.T, text string) (*config.Source, schema.Declaration, schema.Diagnostics) {
	t.Helper()
	all := fence.FindAllStringSubmatch(read(t, "README"), -1)
	path := filepath.Join(t.TempDir(), "main.hcl")
	if err := os.WriteFile(path, []byte(text+"\n"+all[len(all)-1][1]), 0o600); err != nil {
		t.Fatal(err)
	}
	source, diags := config.Load(path)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	cfg, diags := source.Evaluate(config.Inputs{}, nil)
	return source, cfg.Declaration, diags
}

// driven is a plan of what is declared while a drive has the live templates: of the same address, edited by hand; of
// another one, made by hand.
func driven(t *testing.T, declared, live schema.Declaration) *plans.Plan {
	t.Helper()
	w := &world.World{Catalogue: schema.Catalogue{{ID: "4", Name: "修改文件", AppliesTo: schema.AppliesToFiles}},
		Listings: map[int64]schema.Listing{}, People: map[int64]schema.Person{}}
	for _, a := range live.Approvers {
		w.People[a.Person.ID] = a.Person
	}
	applied := func(d schema.Declared) schema.Template {
		d.Template.ApprovalType, d.Template.AppliesTo = "4", schema.AppliesToFiles
		return d.Template.Normalise()
	}
	const scope = 72
	var st state.State
	var list []schema.Live
	for i, d := range live.Templates {
		l := schema.Live{ID: int64(i + 1), ScopeID: scope, Template: applied(d)}
		list = append(list, l)
		for _, own := range declared.Templates {
			if own.Address == d.Address {
				st.Bindings = append(st.Bindings, state.Binding{Address: d.Address, ID: l.ID, ScopeID: scope,
					Scope:     d.Scope,
					ScopeKind: schema.ScopeFolder, Recorded: applied(own), Sets: own.Sets})
			}
		}
	}
	w.Listings[scope] = schema.Listing{Templates: list, People: w.People}
	plan, diags := reconcile.Diff(declared, st, w, reconcile.Options{MaxRemovals: -1})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return plan
}

// Each lint has its page, and each page its lint; the bad example is found and the good one is not.
func TestPages(t *testing.T) {
	files, _ := filepath.Glob("../docs/lints/*.md")
	if len(files) != len(lint.All)+1 {
		t.Errorf("%d pages, README.md among them, for %d lints", len(files), len(lint.All))
	}
	if !slices.IsSorted(lint.Codes()) {
		t.Error("not in order")
	}
	for _, l := range lint.All {
		t.Run(l.Code, func(t *testing.T) {
			page := read(t, l.Code)
			head := fmt.Sprintf("# %s: %s\n\nSeverity: %s.", l.Code, l.Title, l.Severity)
			if !strings.HasPrefix(page, head) {
				t.Errorf("the page begins otherwise than %q", head)
			}
			row := fmt.Sprintf("| [%s](%[1]s.md) | %s | %s |", l.Code, l.Title, l.Severity)
			if !strings.Contains(read(t, "README"), row) {
				t.Errorf("README.md does not have %q", row)
			}
			if !strings.Contains(page, "# countersign:ignore "+l.Code+" ") {
				t.Error("the page does not say how to silence it")
			}
			bad, good := examples(page, "Bad"), examples(page, "Good")
			if len(bad) == 0 || len(good) != 1 {
				t.Fatal("no examples")
			}
			if !finds(t, l, bad[0], bad[1:]) {
				t.Error("the bad example is not found")
			}
			if finds(t, l, good[0], nil) {
				t.Error("the good example is found")
			}
			if l.Code == "never_passes" {
				return // the language refuses it, and no comment helps
			}
			if finds(t, l, commented(examples(page, "How to silence it")[0], bad[0]), bad[1:]) {
				t.Error("the comment does not silence it")
			}
		})
	}
}

// commented puts a comment above the block that a finding is about: the approver who has a wrong name, or the template.
func commented(comment, text string) string {
	const block = "template \"modify\""
	if strings.HasPrefix(text, "approver") {
		return comment + text
	}
	return strings.Replace(text, block, comment+block, 1)
}

func finds(t *testing.T, l lint.Lint, text string, live []string) bool {
	t.Helper()
	source, declared, diags := load(t, text)
	if diags.HasErrors() {
		return l.Code == "never_passes" && diags[0].Summary == "Step that can never pass"
	}
	s := &lint.Subject{Declaration: declared}
	var found schema.Diagnostics
	if l.Drive {
		on := declared
		if len(live) > 0 {
			_, on, _ = load(t, live[0])
		}
		s.Plan = driven(t, declared, on)
		found = s.Plan.Warnings
	}
	return slices.ContainsFunc(run.Lint(source, s, found, true), func(d schema.Diagnostic) bool {
		if d.Code == l.Code && d.Range == nil {
			t.Errorf("found without a place: %+v", d)
		}
		return d.Code == l.Code
	})
}
