package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
	"countersign/subject"
)

// Policies are policies from elsewhere. Nothing in the configuration can change them or make an exception from them:
// only the command line names them and gives their variables values.
type Policies struct {
	Folders []string
	Vars    []config.Assignment
}

// PolicyFlags are the flags of commands that check policies.
func (o *Flags) PolicyFlags() []cli.Flag {
	return []cli.Flag{
		cmdline.Texts(&o.Policies.Folders, "policy",
			"check the policies of `DIR`, too, which the configuration cannot change; may be repeated"),
		&cli.GenericFlag{Name: "policy-var", Value: &assignments{to: &o.Policies.Vars},
			Usage: "give a variable of -policy its value: `NAME=VALUE`; may be repeated"},
	}
}

// Or are the policies of a saved plan, unless a person names others.
func (p Policies) Or(saved *plans.Saved) Policies {
	if len(p.Folders) == 0 {
		p.Folders = saved.Policies
		for _, v := range saved.PolicyVars {
			p.Vars = append(p.Vars, config.Assignment{Name: v.Name, Value: v.Value})
		}
	}
	return p
}

// save notes the policies in a plan, for apply to check them again.
func (r *Rules) save(p Policies, to *plans.Saved) error {
	to.Policies = p.Folders
	for _, v := range p.Vars {
		for _, source := range r.folders {
			if source.SensitiveVariables()[v.Name] {
				return fault.New("The plan cannot be saved with a sensitive variable",
					"-policy-var %s=… would be written to the file. Declare it without "+
						"sensitive = true, or plan without -out.", v.Name)
			}
		}
		to.PolicyVars = append(to.PolicyVars, plans.SavedVariable{Name: v.Name, Value: v.Value})
	}
	return nil
}

// Rules are all policies of a run, by where they stand: in the configuration first.
type Rules struct {
	own     *config.Source
	folders []*config.Source
	inputs  []config.Inputs // of each folder
}

// Load reads the folders. Only a variable that one of them has may be given a value.
func (p Policies) Load(own *config.Source, in config.Inputs) (*Rules, schema.Diagnostics) {
	r := &Rules{own: own}
	var diags schema.Diagnostics
	var known []string // the variables of all folders
	environ := slices.DeleteFunc(slices.Clone(in.Environ), func(v string) bool {
		return strings.HasPrefix(v, config.VariablePrefix)
	})
	for _, folder := range p.Folders { // restricted as the configuration is: a proposed change may reach a folder
		source, found := config.LoadPolicies(folder)
		diags = append(diags, found...)
		given := config.Inputs{Unset: in.Unset, Environ: environ, Restrict: in.Restrict}
		for _, v := range p.Vars {
			if slices.Contains(source.Variables(), v.Name) {
				given.Vars = append(given.Vars, v)
			}
		}
		known = append(known, source.Variables()...)
		r.folders, r.inputs = append(r.folders, source), append(r.inputs, given)
	}
	if diags.HasErrors() {
		return r, diags
	}
	for _, v := range p.Vars {
		if !slices.Contains(known, v.Name) {
			diags = append(diags, schema.Diagnostic{Severity: schema.Error, Summary: "Undeclared variable",
				Detail: fmt.Sprintf("-policy-var gives a value to %q, and no folder of -policy has a variable %[1]q.%s",
					v.Name,
					cmdline.Suggest(v.Name, known))})
		}
	}
	return r, diags
}

// files are those that the folders consist of.
func (r *Rules) files() (names []string) {
	for _, source := range r.folders {
		names = append(names, source.Files...)
	}
	return names
}

// Check checks all policies on a declaration and, where there is one, its plan. What they say is found, each at the
// line of what it is about, where that stands in the files. What is wrong with the policies themselves is wrong.
func (r *Rules) Check(in config.Inputs, facts *schema.Facts, d schema.Declaration, p *plans.Plan) (
	checks []schema.Check, found, wrong schema.Diagnostics) {
	if !r.own.HasPolicies() && len(r.folders) == 0 {
		return nil, nil, nil
	}
	subjects := subject.Of(d, p)
	check := func(source *config.Source, in config.Inputs) {
		c, f, w := source.Hold(in, facts, subjects)
		checks, found, wrong = append(checks, c...), append(found, f...), append(wrong, w...)
	}
	if r.own.HasPolicies() {
		check(r.own, in)
	}
	for i, source := range r.folders {
		check(source, r.inputs[i])
	}
	for i := range found {
		if x := &found[i]; !x.Address.IsZero() {
			x.Rule = &schema.Rule{Range: x.Range, Snippet: x.Snippet}
			x.Range, x.Snippet = nil, nil
		}
	}
	return checks, together(r.own.Place(found)), wrong
}

// maxAlike is how many instances of a block are named that fail a policy alike.
const maxAlike = 10

// together joins what one policy says of several instances of a block.
func together(found schema.Diagnostics) schema.Diagnostics {
	type spot struct {
		code, summary string
		rule          schema.Range
		block         addr.Address
	}
	first, more := map[spot]int{}, map[spot][]string{}
	var out schema.Diagnostics
	for _, d := range found {
		if d.Rule != nil && d.Rule.Range != nil && d.Address.Key != "" {
			at := spot{d.Code, d.Summary, *d.Rule.Range, d.Address.Block()}
			if _, there := first[at]; there {
				more[at] = append(more[at], d.Address.String())
				continue
			}
			first[at] = len(out)
		}
		out = append(out, d)
	}
	for at, others := range more {
		names := others[:min(maxAlike, len(others))]
		rest := ""
		if n := len(others) - len(names); n > 0 {
			rest = fmt.Sprintf(" and %d more", n)
		}
		out[first[at]].Detail += fmt.Sprintf("\n\nThe same goes for %s%s.", strings.Join(names, ", "), rest)
	}
	return out
}

// CheckPolicies checks the policies on a plan, and adds their results and what they say to it. What fails is among its
// warnings then.
func (s *Reached) CheckPolicies(plan *plans.Plan) error {
	found, err := s.checkPolicies(plan)
	plan.Warnings = append(plan.Warnings, found...)
	return err
}

func (s *Reached) checkPolicies(plan *plans.Plan) (schema.Diagnostics, error) {
	checks, found, wrong := s.rules.Check(s.Inputs, s.Facts(s.Settled.State), s.Config.Declaration, plan)
	plan.Checks = checks
	if wrong.HasErrors() {
		return nil, fault.Diagnostics(append(slices.Clone(s.Warnings), wrong...))
	}
	return slices.DeleteFunc(append(wrong, found...), func(d schema.Diagnostic) bool {
		return d.Severity == schema.Notice
	}), nil
}

// RecheckPolicies checks the policies on a plan that was saved. They may have changed since, and the file is no proof
// that they were checked.
func (s *Reached) RecheckPolicies(plan *plans.Plan) error {
	found, err := s.checkPolicies(plan)
	if refused := Refused(plan); err == nil && found.HasErrors() {
		err = fault.Diagnostics(append(found, fault.Of(refused)...))
	}
	return err
}

// Refused is why a plan must not be carried out: a policy of severity error fails. It is nil when none does.
func Refused(plan *plans.Plan) error {
	var names []string
	for _, c := range plan.Checks {
		if c.Refuses() {
			name := c.Policy.String()
			if c.Folder != "" {
				name += " of " + c.Folder
			}
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fault.New("Refused by policy", "%s: what fails, and where, is said above. Nothing was changed.",
		strings.Join(names, ", "))
}
