// Package lint finds what is valid and yet most likely not meant: approvals that one person passes, steps that add
// nothing, rights that are the wrong way round. It is pure: it looks at a declaration and, where there is one, at a
// plan. It knows no files; schema/config turns the address and attribute of a finding into a line.
package lint

import (
	"cmp"
	"fmt"
	"slices"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
)

// Lint is one kind of finding. docs/lints/CODE.md explains it.
type Lint struct {
	Code     string
	Title    string
	Severity schema.Severity // unless a lint block sets another
	Drive    bool            // the files alone cannot show it
	look     func(*search)
}

// All are the lints, in the order of their codes.
var All = []Lint{
	{"approver_cannot_see", "Approver who is given no way to see the file", schema.Notice, false, each(cannotSee)},
	{"back_door", "Template made by hand that is weaker", schema.Warning, true, backDoor},
	{"can_pass_alone", "One person can pass it alone", schema.Notice, false, each(passesAlone)},
	{"cc_sees_more", "Those who are told see more than those who decide", schema.Warning, false, each(ccSeesMore)},
	{"decides_several_steps", "One person decides several steps", schema.Notice, false, each(decidesSeveral)},
	{"drift_weakens", "Edit by hand that weakens", schema.Warning, true, driftWeakens},
	{"duplicate_step", "Step that repeats another", schema.Warning, false, each(duplicateStep)},
	{"min_approvals_word", "min_approvals that is all or any", schema.Notice, false, each(minApprovalsWord)},
	{"name_contradicts", "The drive knows this user by another name", schema.Warning, true, nil}, // reconcile finds it
	{"never_passes", "Quorum that can never be reached", schema.Warning, true, neverPasses},
	{"one_person_passes_all_steps", "One person passes all steps", schema.Warning, false, each(passesAllSteps)},
	{"requester_is_approver", "Only approver who may be the one who raises it", schema.Notice, false,
		each(onlyApprover)},
	{"self_approval", "Somebody can raise it and pass it alone", schema.Notice, false, each(selfApproval)},
	{"shadowed", "Weaker template from a folder above", schema.Warning, false, shadowed},
	{"single_point", "Nobody may leave", schema.Notice, false, each(singlePoint)},
	{"title_twice", "Title twice on one folder", schema.Warning, false, titleTwice},
}

// Codes are the codes of all lints.
func Codes() []string {
	codes := make([]string, len(All))
	for i, l := range All {
		codes[i] = l.Code
	}
	return codes
}

// Of is the lint of a code, nil where there is none.
func Of(code string) *Lint {
	for i := range All {
		if All[i].Code == code {
			return &All[i]
		}
	}
	return nil
}

// Subject is what lints look at.
type Subject struct {
	schema.Declaration
	Plan *plans.Plan // nil: the drive was not read
	// Inherited are live templates that nobody declared and that are in force on a declared scope from a folder above;
	// by scope.
	Inherited map[addr.Address][]schema.Live

	people *view.Names
}

// search is the search of one lint.
type search struct {
	*Subject
	found schema.Diagnostics
}

// report notes a finding about an attribute of an object.
func (s *search) report(address addr.Address, attribute, format string, values ...any) {
	s.found = append(s.found, schema.Problem("", address, attribute, "", format, values...))
}

// each looks at every template.
func each(look func(*search, schema.Declared)) func(*search) {
	return func(s *search) {
		for _, d := range s.Templates {
			look(s, d)
		}
	}
}

// Find is all that the needed lints find, each with its code and the lint's own severity.
func Find(s *Subject, needed func(Lint) bool) schema.Diagnostics {
	known := *s
	known.people = s.called()
	known.Templates = slices.DeleteFunc(slices.Clone(s.Templates), unknown)
	var out schema.Diagnostics
	for _, l := range All {
		if l.look == nil || l.Drive && s.Plan == nil || !needed(l) {
			continue
		}
		found := &search{Subject: &known}
		l.look(found)
		for _, d := range found.found {
			d.Code, d.Severity, d.Summary = l.Code, l.Severity, l.Title
			out = append(out, d)
		}
	}
	return out
}

// unknown reports whether a part of a template is not known yet, so that nothing can be concluded from it.
func unknown(d schema.Declared) bool {
	return d.Unknown || len(d.Template.Steps) == 0 || slices.ContainsFunc(d.Template.Steps, func(s schema.Step) bool {
		return s.Rule == "" || len(s.Approvers) == 0 ||
			slices.ContainsFunc(s.Approvers, func(p schema.Person) bool { return p.ID == 0 })
	})
}

// stepAttribute is an attribute of step i, counted from 0, in the form that schema/config knows.
func stepAttribute(i int, name string) string { return fmt.Sprintf("step[%d].%s", i, name) }

// ruleOf is the attribute that holds a step's rule.
func ruleOf(s schema.Step) string {
	if s.Rule == schema.RuleAtLeast {
		return "min_approvals"
	}
	return "require"
}

// called is what everybody is called in findings: by the drive, else by the files, else by the address of their block.
func (s *Subject) called() *view.Names {
	names := view.NewNames(nil, nil)
	if s.Plan != nil {
		names = view.NamesOf(s.Plan)
	}
	for _, a := range s.Approvers {
		p := a.Person
		p.Realname = cmp.Or(p.Realname, a.Address.String())
		names.Meet(p)
	}
	return names
}
