package lint_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/command/run"
	"countersign/lint"
	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// alone is a template that one person can pass; LINE stands for a comment above the block, END for one behind the rule.
const alone = `ABOVE
template "draft" {
  scope         = folder.contracts
  title         = "草稿"
  approval_type = "修改文件"
  description   = "DESCRIPTION"

  INSIDE
  step "审批" {
    approvers = [approver.li, approver.wang]
    require   = "any" END
  }
}
`

func TestComments(t *testing.T) {
	const unheard, noReason = "Comment that silences nothing", "Lint ignored without a reason"
	for name, c := range map[string]struct {
		place, comment string
		silent         bool
		told           string // the summary of what is said of the comment
	}{
		"above the block":       {"ABOVE", "# countersign:ignore can_pass_alone drafts", true, ""},
		"two slashes":           {"ABOVE", "// countersign:ignore can_pass_alone drafts", true, ""},
		"between stars":         {"ABOVE", "/* countersign:ignore can_pass_alone drafts */", true, ""},
		"other comments below":  {"ABOVE", "# countersign:ignore can_pass_alone drafts\n\n# More.\n", true, ""},
		"above the step":        {"INSIDE", "# countersign:ignore can_pass_alone drafts", true, ""},
		"on the line":           {"END", "# countersign:ignore can_pass_alone drafts", true, ""},
		"no reason":             {"END", "# countersign:ignore can_pass_alone", false, noReason},
		"no reason, with stars": {"END", "/* countersign:ignore can_pass_alone */", false, noReason},
		"no code":               {"END", "# countersign:ignore", false, unheard},
		"unknown code":          {"END", "# countersign:ignore can_pass_alon drafts", false, unheard},
		"another code":          {"END", "# countersign:ignore duplicate_step drafts", false, unheard},
		"the drive's code":      {"END", "# countersign:ignore back_door drafts", false, ""},
		"another place": {"END",
			"\n  }\n}\n\n# countersign:ignore can_pass_alone drafts\nlocals {\n  a = {\n    b = 1", false, unheard},
		"in a string":  {"DESCRIPTION", "# countersign:ignore can_pass_alone drafts", false, ""},
		"not the word": {"END", "# countersign:ignored can_pass_alone drafts", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(alone, c.place, c.comment, 1)
			text = strings.NewReplacer("ABOVE", "", "INSIDE", "", "END", "", "DESCRIPTION", "").Replace(text)
			source, declared, diags := load(t, text)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			told, found := "", false
			for _, d := range run.Lint(source, &lint.Subject{Declaration: declared}, nil, true) {
				found = found || d.Code == "can_pass_alone"
				if d.Code == "" {
					told = d.Summary
				}
			}
			if found == c.silent || told != c.told {
				t.Errorf("found: %v, told %q", found, told)
			}
		})
	}
}

func TestLintBlock(t *testing.T) {
	body := strings.NewReplacer("ABOVE", "", "INSIDE", "", "END", "", "DESCRIPTION", "").Replace(alone)
	for block, want := range map[string]string{
		`can_pass_alone = "error"`:   "error One person can pass it alone (can_pass_alone)",
		`can_pass_alone = "warning"`: "warning One person can pass it alone (can_pass_alone)",
		`can_pass_alone = "off"`:     "",
		`can_pass_alone = "of"`:      "error Invalid severity of a lint",
		`can_pass_alon = "off"`:      "error There is no such lint",
	} {
		source, declared, diags := load(t,
			"lint {\n  self_approval = \"off\"\n  approver_cannot_see = \"off\"\n  "+block+"\n}\n"+body)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		got := ""
		for _, d := range run.Lint(source, &lint.Subject{Declaration: declared}, nil, true) {
			if d.Severity != schema.Notice {
				got = string(d.Severity) + " " + d.Summary
				if d.Range == nil {
					t.Errorf("%s: without a place", block)
				}
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", block, got, want)
		}
	}
	for _, block := range []string{"can_pass_alone = off", "can_pass_alone = null", "can_pass_alone = 1", "x {}",
		"can_pass_alone = \"off\"\n}\nlint {\n can_pass_alone = \"off\""} {
		if _, _, diags := load(t, "lint {\n"+block+"\n}\n"+body); !diags.HasErrors() {
			t.Errorf("%s: no error", block)
		}
	}
}

func all(lint.Lint) bool { return true }

// Of what is not known yet nothing is concluded.
func TestNothingOfTheUnknown(t *testing.T) {
	_, declared, _ := load(t, examples(read(t, "can_pass_alone"), "Bad")[0])
	declared.Templates[0].Unknown = true
	if found := lint.Find(&lint.Subject{Declaration: declared}, all); len(found) > 0 {
		t.Error(found)
	}
}

// The drive may have what the language refuses.
func TestNeverPassesOnTheDrive(t *testing.T) {
	never := schema.Template{Title: "旧", Steps: []schema.Step{{Approvers: []schema.Person{{ID: 6}},
		Rule: schema.RuleAtLeast, MinApprovals: 2}}}
	if policy.Of(never).Possible() {
		t.Fatal("it can pass")
	}
	p := &plans.Plan{Unmanaged: []plans.Found{{ID: 9, Live: never,
		Place: plans.Place{Address: addr.Of("folder.contracts")}}},
		Changes: []plans.Change{{Address: addr.Of("template.x"), After: &never}}}
	found := lint.Find(&lint.Subject{Plan: p}, all)
	other := func(d schema.Diagnostic) bool { return d.Code != "never_passes" }
	if len(found) != 2 || slices.ContainsFunc(found, other) {
		t.Errorf("%+v", found)
	}
}

// Two people of one name are told apart.
func TestNamesakes(t *testing.T) {
	var decl schema.Declaration
	step := schema.Step{Rule: schema.RuleAny}
	for id, username := range []string{"li", "li2"} {
		p := schema.Person{ID: int64(id + 1), Username: username, Realname: "李四"}
		decl.Approvers = append(decl.Approvers, schema.Approver{Address: addr.Of("approver." + username), Person: p})
		step.Approvers = append(step.Approvers, p)
	}
	decl.Templates = []schema.Declared{{Address: addr.Of("template.x"),
		Template: schema.Template{Steps: []schema.Step{step}}}}
	found := lint.Find(&lint.Subject{Declaration: decl}, func(l lint.Lint) bool { return l.Code == "can_pass_alone" })
	if len(found) != 1 || !strings.HasPrefix(found[0].Detail, "李四 (li) or 李四 (li2) alone can pass template.x.") {
		t.Errorf("%+v", found)
	}
}
