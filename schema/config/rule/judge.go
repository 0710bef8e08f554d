package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/eval"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// Judge applies policies to their subjects. What is wrong with a policy itself is reported to the evaluator, and such a
// policy is applied to nothing. The diagnostics are what the policies say of their subjects: each has the subject's
// address, the policy's address as its code, and the place of the condition. render turns a finding into one. Policies
// from elsewhere may except templates that are not here.
func Judge(ev *eval.Evaluator, policies []*Block, s *Subjects, elsewhere bool,
	render func(diagnostic.Finding) schema.Diagnostic) (checks []schema.Check, found schema.Diagnostics) {
	j := &judge{Evaluator: ev, Subjects: s, elsewhere: elsewhere, render: render}
	for _, p := range policies {
		checks = append(checks, j.policy(p))
	}
	return checks, j.found
}

type judge struct {
	*eval.Evaluator
	*Subjects
	elsewhere bool
	render    func(diagnostic.Finding) schema.Diagnostic
	found     schema.Diagnostics
}

// policy judges all instances of a block.
func (j *judge) policy(p *Block) schema.Check {
	check := schema.Check{Policy: p.Address, Instances: []schema.CheckInstance{}}
	unfit := func() schema.Check { // the reason is reported; in any case the policy has not passed
		check.Instances = append(check.Instances, schema.CheckInstance{Policy: p.Address, Severity: schema.Error,
			Status: schema.CheckError, Problem: "The policy itself is wrong."})
		return check
	}
	if p.condition == nil || p.message == nil || p.about == "" || j.foreign(p) {
		return unfit()
	}
	b := j.bind(p)
	if j.wrong(p, b) {
		return unfit()
	}
	_, frames, known := b.Instances(&p.Object)
	if !known && j.Planned {
		return unfit()
	}
	later := 0
	for f := range frames {
		f.Early = true
		excepted := j.excepted(p, f)
		for _, e := range excepted {
			if !slices.Contains(check.Excepted, e) {
				check.Excepted = append(check.Excepted, e)
			}
		}
		severity := schema.Error
		if word, is := f.Choice(p.Expr("severity"), "severity", severities); is == eval.Given {
			severity = schema.Severity(word)
		}
		subjects, there := j.of(p)
		known = known && there
		for _, x := range subjects {
			if slices.ContainsFunc(excepted, func(e schema.Exception) bool { return e.Template.Contains(x.Address) }) {
				continue
			}
			i := schema.CheckInstance{Policy: f.Address, Subject: x.Address, Severity: severity}
			j.apply(p, f, x, &i)
			if i.Status == schema.CheckUnknown {
				later++
			}
			check.Instances = append(check.Instances, i)
		}
	}
	switch {
	case later > 0 || !known:
		j.note(p, schema.Notice, "Policy that is judged later", judgedLater(p, later))
	case len(check.Instances) == 0 && !j.Partial && (p.about != Change || p.ForEach != nil && len(j.Changes) > 0):
		j.note(p, schema.Warning, "Policy that matches nothing",
			fmt.Sprintf("%s is held against nothing, so it can never fail: there is no template, its exceptions "+
				"leave none, or its for_each is empty. Mend that, or take the policy out.", p.Address))
	}
	return check
}

// objects are what references to a configuration's own blocks begin with.
var objects = []string{"template", "approver", "folder", "file", "attachment"}

// foreign reports references of a policy from elsewhere to the configuration's blocks. Such a policy gets their values
// only by self, change and all.
func (j *judge) foreign(p *Block) (is bool) {
	if !j.elsewhere {
		return false
	}
	report := func(e hcl.Expression, format string, args ...any) {
		if e == nil {
			return
		}
		for _, t := range e.Variables() {
			if slices.Contains(objects, t.RootName()) {
				is = true
				j.ReportAt(addr.Address{}, t.SourceRange(), "Reference to the configuration", format, args...)
			}
		}
	}
	for _, e := range []hcl.Expression{p.ForEach, p.condition, p.message, p.Expr("severity")} {
		report(e, "A policy of -policy stands outside of the configuration, and sees what that declares as self, "+
			"change and all alone: self.approvers, all.scopes.")
	}
	for _, e := range p.except {
		report(e.Expr("templates"), "A policy of -policy stands outside of the configuration. Write the address as "+
			"text: [\"template.newsletter\"].")
	}
	return is
}

// bind notes what a policy refers to.
func (j *judge) bind(p *Block) *eval.Binder {
	own := append(slices.Clone(p.Own()), names...)
	b := j.Binder()
	b.Add(p.ForEach)
	b.Add(p.condition, own...)
	b.Add(p.message, own...)
	b.Add(p.Expr("severity"), p.Own()...)
	for _, e := range p.except {
		b.AddAll(e, p.Own()...)
	}
	return b
}

// wrong reports mistakes of a policy that do not depend on the subject: attributes that no subject has, and words that
// no attribute ever is.
func (j *judge) wrong(p *Block, b *eval.Binder) bool {
	values := map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.UnknownVal(cty.String),
		"value": cty.DynamicVal})}
	for name, ty := range j.Types {
		values[name] = sample(ty)
	}
	f := b.Frame(p.Address).With(values)
	wrong := false
	for _, e := range []hcl.Expression{p.condition, p.message} {
		for _, d := range strangeWords(e, j.Words) {
			wrong = true
			j.Report(diagnostic.Finding{Diagnostic: d, Address: p.Address})
		}
		for _, part := range syntax.Expressions(e) {
			for _, found := range j.missing(f, part) {
				wrong = true
				j.Report(found)
			}
		}
	}
	return wrong
}

// apply applies a policy to one subject.
func (j *judge) apply(p *Block, f *eval.Frame, x Subject, i *schema.CheckInstance) {
	values := map[string]cty.Value{All: j.All()}
	if x.Self != nil {
		values[Self] = x.Self()
	}
	if x.Change != nil {
		values[Change] = x.Change()
	}
	f = f.With(values)
	f.Early, f.Secrets = false, true
	var holds bool
	var is eval.Found
	why := j.Apart(func() {
		holds, is = f.Flag(p.condition, "condition")
		is = f.Required(p.condition, "condition", is)
	})
	switch {
	case is == eval.Given && holds:
		i.Status = schema.CheckPass
		return
	case is == eval.Given:
		i.Status = schema.CheckFail
		i.Problem = j.message(p, f)
	case len(why) == 0 && !j.Planned:
		i.Status = schema.CheckUnknown
		return
	default:
		i.Status, i.Problem = schema.CheckError, j.because(why)
	}
	j.fail(p, f, i)
}

// because says why something could not be evaluated.
func (j *judge) because(why []diagnostic.Finding) string {
	if len(why) == 0 {
		why = []diagnostic.Finding{{Diagnostic: &hcl.Diagnostic{Summary: "Something that it refers to is wrong"}}}
		if spent := j.Budget.Spent(); spent != nil {
			why[0].Diagnostic = spent
		}
	}
	d := j.render(why[0])
	return strings.TrimSpace(d.Summary + ". " + d.Detail)
}

// message is the message of a policy that fails. It is printed, so it must hold nothing sensitive. The policy fails
// even if its message cannot be evaluated.
func (j *judge) message(p *Block, f *eval.Frame) string {
	f.Secrets = false
	defer func() { f.Secrets = true }()
	var text string
	var is eval.Found
	why := j.Apart(func() {
		text, is = f.Text(p.message, "error_message")
		is = f.Required(p.message, "error_message", is)
	})
	if is == eval.Given {
		return cmp.Or(strings.TrimSpace(text), "The condition does not hold.")
	}
	if len(why) == 0 && !j.Planned {
		return "The condition does not hold. Its error_message depends on what only the drive knows; plan shows it."
	}
	return "The condition does not hold. Its error_message cannot be evaluated: " + j.because(why)
}

// fail reports a policy that fails for a subject, or cannot be evaluated for it.
func (j *judge) fail(p *Block, f *eval.Frame, i *schema.CheckInstance) {
	summary := "Policy " + p.Name + " fails"
	detail := i.Problem
	if i.Status == schema.CheckError {
		summary = "Policy " + p.Name + " cannot be evaluated"
		detail = "A policy that cannot be evaluated never counts as passed. " + detail
	}
	for _, found := range j.Apart(func() {
		f.FailAt(p.condition.Range(), p.condition, summary, "%s", words.Word(detail))
	}) {
		d := j.render(found)
		d.Severity, d.Code, d.Address = i.Severity, p.Address.String(), i.Subject
		j.found = append(j.found, d)
	}
}

// note reports something about a policy that concerns none of its subjects.
func (j *judge) note(p *Block, severity schema.Severity, summary, detail string) {
	d := j.render(diagnostic.Finding{Diagnostic: diagnostic.Warning(p.At, summary, "%s", detail)})
	d.Severity, d.Code = severity, p.Address.String()
	same := func(o schema.Diagnostic) bool { return o.Code == d.Code && o.Detail == d.Detail }
	if !slices.ContainsFunc(j.found, same) {
		j.found = append(j.found, d)
	}
}

// excepted are the templates to which an instance of a policy does not apply. A wrong exception is reported, and
// excepts nothing.
func (j *judge) excepted(p *Block, f *eval.Frame) (out []schema.Exception) {
	for _, e := range p.except {
		why, templates := e.Expr("reason"), e.Expr("templates")
		reason, is := f.Text(why, "reason")
		if f.Required(why, "reason", is) != eval.Given {
			continue
		}
		if strings.TrimSpace(reason) == "" {
			f.Fail(why, "Exception without a reason", "Say why %s is not held against these templates.", p.Address)
			continue
		}
		v, is := f.Open(templates, "templates")
		if f.Required(templates, "templates", is) != eval.Given {
			continue
		}
		var list []addr.Address
		if !j.templates(v, &list) || len(list) == 0 {
			f.Fail(templates, "Not a list of templates", "templates lists what %s is not held against: "+
				"[template.newsletter], or by address, [\"template.newsletter\"].", p.Address)
			continue
		}
		reason = strings.TrimSpace(reason)
		j.note(p, schema.Notice, "Exception from a policy", fmt.Sprintf("%s is not held against %s: %s", p.Address,
			words.And(addr.Texts(list)), reason))
		for _, a := range list {
			if !j.has(a) && !j.Partial && !j.elsewhere {
				j.note(p, schema.Warning, "Exception of nothing",
					fmt.Sprintf("There is no %s, so this excepts nothing.%s", a,
						words.DidYouMean(a.String(), j.known())))
			}
			out = append(out, schema.Exception{Template: a, Reason: reason})
		}
	}
	return out
}

// templates reads a value that stands for templates: a template, its address as text, or a collection of these, such as
// a template with for_each.
func (j *judge) templates(v cty.Value, to *[]addr.Address) bool {
	if v.IsMarked() || !v.IsKnown() || v.IsNull() {
		return false
	}
	text, is := words.Address(v)
	if !is && v.Type() == cty.String {
		text, is = v.AsString(), true
	}
	if is {
		a, err := addr.Parse(text)
		*to = append(*to, a)
		return err == nil && a.Kind == "template"
	}
	if !v.CanIterateElements() {
		return false
	}
	for it := v.ElementIterator(); it.Next(); {
		if _, e := it.Element(); !j.templates(e, to) {
			return false
		}
	}
	return true
}
