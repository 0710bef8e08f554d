// Package lint finds what is no mistake of the language and yet most likely not meant: approvals that one person
// passes, steps that add nothing, rights that are the wrong way round. It is pure: it looks at a declaration and, where
// there is one, at a plan. Whoever knows the files finds the line of each finding.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// Lint is one kind of finding. docs/lints/CODE.md tells of it.
type Lint struct {
	Code     string
	Title    string
	Severity schema.Severity // unless a lint block says otherwise
	Drive    bool            // the files alone cannot show it
	find     func(*Subject) schema.Diagnostics
}

// All are the lints, in the order of their codes.
var All = []Lint{
	{"approver_cannot_see", "Approver who is given no way to see the file", schema.Notice, false, cannotSee},
	{"back_door", "Template made by hand that is weaker", schema.Warning, true, backDoor},
	{"can_pass_alone", "One person can pass it alone", schema.Notice, false, passesAlone},
	{"cc_sees_more", "Those who are told see more than those who decide", schema.Warning, false, ccSeesMore},
	{"decides_several_steps", "One person decides several steps", schema.Notice, false, decidesSeveral},
	{"drift_weakens", "Edit by hand that weakens", schema.Warning, true, driftWeakens},
	{"duplicate_step", "Step that repeats another", schema.Warning, false, duplicateStep},
	{"min_approvals_word", "min_approvals that is all or any", schema.Notice, false, minApprovalsWord},
	{"name_contradicts", "The drive knows this user by another name", schema.Warning, true, nil}, // reconcile finds it
	{"never_passes", "Quorum that can never be reached", schema.Warning, true, neverPasses},
	{"one_person_passes_all_steps", "One person passes all steps", schema.Warning, false, passesAllSteps},
	{"requester_is_approver", "Only approver who may be the one who raises it", schema.Notice, false, onlyApprover},
	{"self_approval", "Somebody can raise it and pass it alone", schema.Notice, false, selfApproval},
	{"shadowed", "Weaker template from a folder above", schema.Warning, false, shadowed},
	{"single_point", "Nobody may leave", schema.Notice, false, singlePoint},
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

	known map[int64]string // what people are called in the files, once it was asked for
}

// Find is all that the lints find that are needed, each with its code and its severity where nobody set another.
func Find(s *Subject, needed func(Lint) bool) schema.Diagnostics {
	whole := *s
	whole.Templates = slices.DeleteFunc(slices.Clone(s.Templates), unknown)
	var out schema.Diagnostics
	for _, l := range All {
		if l.find == nil || l.Drive && s.Plan == nil || !needed(l) {
			continue
		}
		for _, d := range l.find(&whole) {
			d.Code, d.Severity, d.Summary = l.Code, l.Severity, l.Title
			out = append(out, d)
		}
	}
	return out
}

// unknown reports whether some of a template is not known, so that nothing can be concluded from it.
func unknown(d schema.Declared) bool {
	return d.Unknown || len(d.Template.Steps) == 0 || slices.ContainsFunc(d.Template.Steps, func(s schema.Step) bool {
		return s.Rule == "" || len(s.Approvers) == 0 ||
			slices.ContainsFunc(s.Approvers, func(p schema.Person) bool { return p.ID == 0 })
	})
}

// about is a finding about an attribute of an object.
func about(address addr.Address, attribute, detail string, values ...any) schema.Diagnostic {
	return schema.Diagnostic{Address: address, Attribute: attribute, Detail: fmt.Sprintf(detail, values...)}
}

// stepAttribute is an attribute of a step, counted from 0, as schema/config finds it.
func stepAttribute(i int, name string) string { return fmt.Sprintf("step[%d].%s", i, name) }

// ruleOf is the attribute that a step's rule stands in.
func ruleOf(s schema.Step) string {
	if s.Rule == schema.RuleAtLeast {
		return "min_approvals"
	}
	return "require"
}

// maxNamed is how many people are named.
const maxNamed = 5

// names are people as a reader knows them, joined by a word.
func (s *Subject) names(ids []int64, join string) string {
	var out []string
	for _, id := range ids[:min(len(ids), maxNamed)] {
		out = append(out, s.name(id))
	}
	if more := len(ids) - len(out); more > 0 {
		return strings.Join(out, ", ") + fmt.Sprintf(" %s %d more", join, more)
	}
	if len(out) < 2 {
		return strings.Join(out, "")
	}
	return strings.Join(out[:len(out)-1], ", ") + " " + join + " " + out[len(out)-1]
}

func (s *Subject) name(id int64) string {
	if s.Plan != nil {
		if p := s.Plan.People[id]; p.Realname != "" {
			return p.Realname
		}
	}
	if s.known == nil {
		s.known = make(map[int64]string, len(s.Approvers))
		for _, a := range s.Approvers {
			s.known[a.Person.ID] = cmp.Or(a.Person.Realname, a.Address.String())
		}
	}
	return cmp.Or(s.known[id], fmt.Sprintf("user %d", id))
}
