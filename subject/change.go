package subject

import (
	"github.com/zclconf/go-cty/cty"

	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
)

// change is what the plan does to a template, or what somebody did to it by hand.
type change struct {
	*scene
	action        plans.Action
	importing     bool
	byHand        bool
	reason        plans.Reason
	edited        *plans.Edit
	verdict       view.Verdict
	before, after *template // nil where there is none
}

// changes are what the plan does to templates; in a refresh-only plan, what was edited by hand.
func (s *scene) changes() (out []*change) {
	side := func(address addr.Address, t *schema.Template, at plans.Place, id int64) *template {
		if t == nil {
			return nil
		}
		return s.template(address, t, at, id)
	}
	if s.plan.Mode == plans.RefreshOnly {
		for i := range s.plan.Drift {
			d := &s.plan.Drift[i]
			c := &change{scene: s, action: plans.Update, byHand: true, edited: d.Edited,
				verdict: view.VerdictOfDrift(d),
				before:  side(d.Address, d.Recorded, d.Place, d.ID), after: side(d.Address, d.Live, d.Place, d.ID)}
			if d.Live == nil {
				c.action, c.reason = plans.Remove, plans.Gone
			}
			out = append(out, c)
		}
		return out
	}
	for i := range s.plan.Changes {
		x := &s.plan.Changes[i]
		if x.Action == plans.NoOp && !x.Importing {
			continue
		}
		was := x.Place
		if x.OldPlace != nil {
			was = *x.OldPlace
		}
		c := &change{scene: s, action: x.Action, importing: x.Importing, reason: x.Reason, edited: x.Edited,
			verdict: view.VerdictOf(x), after: side(x.Address, x.After, x.Place, afterID(x))}
		c.verdict.Address = view.Address(x)
		if x.Action != plans.Create {
			c.before = side(x.Address, x.Before, was, x.ID)
		}
		if x.Action == plans.Remove || x.Action == plans.Forget {
			c.after = nil
		}
		out = append(out, c)
	}
	return out
}

// afterID is the id of a template after a change; 0 while the drive has not given one.
func afterID(c *plans.Change) int64 {
	if c.Action == plans.Create || c.Action == plans.Replace {
		return 0
	}
	return c.ID
}

// subject is the template as it will be, or as it was when it goes.
func (c *change) subject() *template {
	if c.after != nil {
		return c.after
	}
	return c.before
}

// delta is the change of what somebody may see.
type delta struct {
	person
	policy.Access
}

var deltaRows = withPerson(func(d delta) person { return d.person },
	row[delta]{"after", cty.String, func(d delta) cty.Value { return access(d.After) }},
	row[delta]{"as", cty.String, func(d delta) cty.Value { return cty.StringVal(grant(d).as()) }},
	row[delta]{"before", cty.String, func(d delta) cty.Value { return access(d.Before) }})

var deltaType = typeOf(deltaRows)

// attributes names what a change changes of a template that exists before and after it.
func (c *change) attributes() (out []string) {
	if c.before == nil || c.after == nil {
		return nil
	}
	for _, a := range schema.Attributes {
		if !a.Same(c.before.t, c.after.t) {
			out = append(out, a.Name)
		}
	}
	if c.action == plans.Replace {
		out = append(out, "scope")
	}
	return out
}

func templateOrNull(t *template) cty.Value {
	if t == nil {
		return cty.NullVal(templateType)
	}
	return valueOf(templateRows, t)
}

var changeRows = []row[*change]{
	{"access", cty.List(deltaType), func(c *change) cty.Value {
		return list(deltaType, c.verdict.Access(), func(a policy.Access) cty.Value {
			return valueOf(deltaRows, delta{c.person(a.Who), a})
		})
	}},
	{"action", cty.String, func(c *change) cty.Value { return cty.StringVal(string(c.action)) }},
	{"address", cty.String, func(c *change) cty.Value { return cty.StringVal(c.verdict.Address.String()) }},
	{"after", templateType, func(c *change) cty.Value { return templateOrNull(c.after) }},
	{"attributes", cty.List(cty.String), func(c *change) cty.Value { return texts(c.attributes()) }},
	{"before", templateType, func(c *change) cty.Value { return templateOrNull(c.before) }},
	{"by_hand", cty.Bool, func(c *change) cty.Value { return cty.BoolVal(c.byHand) }},
	{"closes", cty.List(cty.String), func(c *change) cty.Value { return c.named(c.verdict.Closes) }},
	{"edited_by", cty.String, func(c *change) cty.Value {
		if c.edited == nil || c.edited.By.ID == 0 {
			return cty.NullVal(cty.String)
		}
		return cty.StringVal(c.person(c.edited.By.ID).name())
	}},
	{"importing", cty.Bool, func(c *change) cty.Value { return cty.BoolVal(c.importing) }},
	{"meaning", cty.String, func(c *change) cty.Value { return cty.StringVal(c.names.VerdictWords(c.verdict)) }},
	{"opens", cty.List(cty.String), func(c *change) cty.Value { return c.named(c.verdict.Opens) }},
	{"reason", cty.String, func(c *change) cty.Value { return text(string(c.reason)) }},
	{"verdict", cty.String, func(c *change) cty.Value { return cty.StringVal(string(c.verdict.Result)) }},
	{"witness", cty.String, func(c *change) cty.Value {
		if len(c.verdict.Opens) == 0 {
			return cty.StringVal("nobody")
		}
		return cty.StringVal(c.names.And(c.verdict.Opens))
	}},
}

var changeType = typeOf(changeRows)
