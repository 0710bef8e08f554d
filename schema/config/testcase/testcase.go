// Package testcase reads and evaluates test blocks: decisions on declared templates, and what must come of them.
// Package simulate runs the tests.
package testcase

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/approver"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
)

// Block is a test block of a *.test.hcl file.
type Block struct{ structure.Object }

var testSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "for_each"}, {Name: "template", Required: true},
		{Name: "designate"}, {Name: "agree"}, {Name: "refuse"}, {Name: "decisions"}, {Name: schema.AssertOutcome},
		{Name: schema.AssertCanPass}, {Name: schema.AssertCannotPass}, {Name: schema.AssertWhoCanPass},
		{Name: schema.AssertNeeds}},
}

// Decode reads a test block. Its name is a sentence, to which nothing refers.
func Decode(b *hcl.Block, diags *hcl.Diagnostics) *Block {
	c := structure.Content(b.Body, testSchema, diags)
	t := &Block{structure.Object{Header: structure.Header{Address: addr.New("test", b.Labels[0]), Kind: b.Type,
		Name: b.Labels[0], At: structure.At(b), Body: b.Body}, Attributes: c.Attributes, ForEach: c.Expr("for_each")}}
	if strings.TrimSpace(t.Name) == "" {
		*diags = append(*diags, diagnostic.Error(t.At, "Test without a name", "Say in a few words what is tested: "+
			"test \"one of the board is not enough\" { … }."))
	}
	return t
}

// Evaluate evaluates test blocks, in the order in which they are given.
func Evaluate(blocks []*Block, approvers *approver.Approvers,
	templates map[addr.Address]schema.Declared) []schema.Test {
	var tests []schema.Test
	for _, block := range blocks {
		_, frames, _ := approvers.Bind(&block.Object).Instances(&block.Object)
		for f := range frames {
			f.Early = true
			t := &instance{approvers: approvers, f: f, at: block.At, Attributes: written(f, block.Attributes)}
			t.test = schema.Test{Name: block.Name + string(f.Address.Key), At: *diagnostic.RangeOf(block.At)}
			if t.evaluate(templates) {
				tests = append(tests, t.test)
			}
		}
	}
	return tests
}

// instance is one instance of a test block while it is evaluated.
type instance struct {
	structure.Attributes
	approvers *approver.Approvers
	f         *eval.Frame
	at        hcl.Range
	template  *schema.Declared
	test      schema.Test
}

// written are the attributes that an instance has: in a table, null says that a row has none. The table itself,
// for_each, is not evaluated again: that would cost the square of its length.
func written(f *eval.Frame, attributes structure.Attributes) structure.Attributes {
	return attributes.Without(func(name string, e hcl.Expression) bool {
		if name == "template" || name == "for_each" {
			return false
		}
		v, is := f.Value(e)
		return is == eval.Given && !v.IsMarked() && v.IsNull()
	})
}

func (t *instance) evaluate(declared map[addr.Address]schema.Declared) bool {
	d := t.declared(declared)
	if d == nil {
		return false
	}
	t.template, t.test.Template = d, d.Address
	if d.UnknownSteps {
		t.f.Fail(t.Expr("template"), "Template that is not known in whole", "The steps of %s depend on something "+
			"that only the drive knows, so they cannot be tested without it. Write that value into the "+
			"configuration.", d.Address)
		return false
	}
	known := t.designate()
	acts := t.decisions()
	t.assertions()
	switch expects := t.Expr(schema.AssertOutcome) != nil; {
	case len(t.test.Assertions) == 0 && !expects && t.Expr(schema.AssertCanPass) == nil:
		t.fail(t.at, "Test that demands nothing", "This test can never fail. Say what it demands: expect = "+
			"\"pending\", can_pass, cannot_pass, who_can_pass or needs_at_least.")
	case acts && !expects:
		t.fail(t.at, "Test that demands nothing of its decisions", "This test takes decisions and does not say what "+
			"they come to. Add expect = \"approved\", \"refused\", \"pending\" or \"impossible\".")
	case expects && known:
		t.everyoneDesignated()
	}
	return true
}

func (t *instance) fail(at hcl.Range, summary, format string, args ...any) {
	t.f.FailAt(at, nil, summary, format, args...)
}

// declared is the template that is tested; nil when there is none.
func (t *instance) declared(declared map[addr.Address]schema.Declared) *schema.Declared {
	e := t.Expr("template")
	v, is := t.f.Open(e, "template")
	if t.f.Required(e, "template", is) != eval.Given {
		return nil
	}
	const advice = "It is a template of the configuration, such as template.modify, or template.upload[\"legal\"] " +
		"where the template has for_each."
	address, isBlock := words.Address(v)
	d, known := declared[addr.Of(address)]
	switch {
	case known:
		return &d
	case isBlock:
		t.f.Fail(e, "Not a template", "template is %s. "+advice, address)
	default:
		t.f.Fail(e, "Not a template", "template is %s. "+advice+"%s", words.Type(v.Type()), t.f.Quoted(e.Range(), v))
	}
	return nil
}

// people is the value of an attribute that lists approvers, each of them in a step of the template.
func (t *instance) people(attribute string) []schema.Person {
	e := t.Expr(attribute)
	if e == nil {
		return nil
	}
	approvers, is := t.approvers.Of(t.f, e, words.Word(attribute))
	if is != eval.Given {
		return nil
	}
	if len(approvers) == 0 && (attribute == schema.AssertCanPass || attribute == schema.AssertCannotPass) {
		t.f.Fail(e, "Nobody is named", "Nobody at all can never pass anything, so this demands nothing. "+
			"List approvers.")
	}
	for i, a := range approvers {
		t.inStep(structure.Part(e, i), a)
	}
	return approver.Persons(approvers)
}

// inStep reports an approver who has no say in the template.
func (t *instance) inStep(at hcl.Range, a schema.Approver) {
	for _, s := range t.template.Template.Steps {
		if asks(s, a.Person) {
			return
		}
	}
	t.fail(at, "Approver who is in no step", "%s is in no step of %s, so whatever they say makes no difference. Name "+
		"somebody who is, or add them to a step.", a.Address, t.template.Address)
}

func asks(s schema.Step, who schema.Person) bool {
	return slices.ContainsFunc(s.Approvers, func(p schema.Person) bool { return p.ID == who.ID })
}

// one is a value that must be an approver.
func (t *instance) one(v cty.Value, at hcl.Range, what string) (schema.Approver, bool) {
	address, _ := words.Address(v)
	a, is := t.approvers.ByAddress[address]
	if !is {
		t.fail(at, "Not an approver", "%s must be an approver, such as approver.li.%s", what,
			t.f.Quoted(at, v))
	}
	return a, is
}

// designate reads whom the one who raises it designates, by the name of the step; false where that is wrong.
func (t *instance) designate() (ok bool) {
	e := t.Expr("designate")
	v, is := t.f.Open(e, "designate")
	if is != eval.Given {
		return is == eval.Absent
	}
	if !v.IsKnown() || !v.Type().IsObjectType() && !v.Type().IsMapType() {
		t.f.Fail(e, "Wrong type", "designate says for steps who is designated: { \"终审\" = approver.wang }.")
		return false
	}
	var names []string
	for _, s := range t.template.Template.Steps {
		if s.Rule == schema.RuleDesignated {
			names = append(names, s.Name)
		}
	}
	t.test.Designated, ok = map[string]schema.Person{}, true
	for it := v.ElementIterator(); it.Next(); {
		k, who := it.Element()
		name := strings.TrimSpace(k.AsString())
		if !slices.Contains(names, name) {
			t.f.Fail(e, "Step that designates nobody", "%s has no step %q with require = \"designated\".%s",
				t.template.Address, name, words.DidYouMean(name, names))
			ok = false
			continue
		}
		a, is := t.one(who, e.Range(), "What designate says of the step \""+name+"\"")
		if !is {
			ok = false
			continue
		}
		for _, s := range t.template.Template.Steps {
			if s.Name == name && s.Rule == schema.RuleDesignated && !asks(s, a.Person) {
				t.f.Fail(e, "Approver who is not in the step", "%s is no approver of the step %q of %s, so nobody "+
					"can designate them for it.", a.Address, name, t.template.Address)
			}
		}
		t.test.Designated[name] = a.Person
	}
	return ok
}

// everyoneDesignated reports a step that designates, and of which the test does not say whom.
func (t *instance) everyoneDesignated() {
	for _, s := range t.template.Template.Steps {
		if _, is := t.test.Designated[s.Name]; s.Rule == schema.RuleDesignated && !is {
			t.fail(t.at, "Nobody is designated", "Who raises %s designates who decides the step %q. Say who that is: "+
				"designate = { %q = … }.", t.template.Address, s.Name, s.Name)
		}
	}
}

// decisions reads who says what, and reports whether anybody says anything.
func (t *instance) decisions() bool {
	t.test.Agree, t.test.Refuse = t.people("agree"), t.people("refuse")
	for i, p := range t.test.Refuse {
		if slices.ContainsFunc(t.test.Agree, func(o schema.Person) bool { return o.ID == p.ID }) {
			t.fail(structure.Part(t.Expr("refuse"), i), "Approver who says both", "%s both agrees and refuses. Use "+
				"decisions, which says who says what in which order.",
				cmp.Or(p.Realname, p.Username, fmt.Sprint(p.ID)))
		}
	}
	e := t.Expr("decisions")
	if e == nil {
		return t.Expr("agree") != nil || t.Expr("refuse") != nil
	}
	if t.Expr("agree") != nil || t.Expr("refuse") != nil {
		t.f.Fail(e, "Decisions said twice", "A test has either decisions, one after the other, or agree and refuse, "+
			"each whenever it is their turn. Remove one of them.")
	}
	const advice = "decisions is a list of { agree = approver.li } and { refuse = approver.li }, one after the other."
	v, is := t.f.Open(e, "decisions")
	if is != eval.Given {
		return true
	}
	if !v.IsKnown() || !v.Type().IsTupleType() && !v.Type().IsListType() {
		t.f.Fail(e, "Wrong type", advice)
		return true
	}
	t.test.Decisions = []schema.Answer{}
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		_, d := it.Element()
		at := structure.Part(e, i)
		if d.IsMarked() || !d.IsKnown() || d.IsNull() || !d.Type().IsObjectType() && !d.Type().IsMapType() ||
			d.LengthInt() != 1 {
			t.fail(at, "Not a decision", "Element %d of decisions is not one. %s", i+1, words.Word(advice))
			continue
		}
		for it := d.ElementIterator(); it.Next(); {
			k, who := it.Element()
			says := k.AsString()
			if says != "agree" && says != "refuse" {
				t.fail(at, "Not a decision", "There is no decision %q.%s %s", says,
					words.DidYouMean(says, []string{"agree", "refuse"}), words.Word(advice))
				continue
			}
			if a, is := t.one(who, at, "Who decides"); is {
				t.inStep(at, a)
				t.test.Decisions = append(t.test.Decisions, schema.Answer{Person: a.Person, Agrees: says == "agree"})
			}
		}
	}
	return true
}

// assertions reads what the test demands.
func (t *instance) assertions() {
	add := func(kind string, a schema.Assertion) {
		a.Kind, a.At = kind, *diagnostic.RangeOf(t.Expr(kind).Range())
		t.test.Assertions = append(t.test.Assertions, a)
	}
	outcomes := schema.Names(schema.Outcomes)
	if word, is := t.f.Choice(t.Expr(schema.AssertOutcome), schema.AssertOutcome, outcomes); is == eval.Given {
		add(schema.AssertOutcome, schema.Assertion{Outcome: schema.Outcome(word)})
	}
	for _, kind := range []string{schema.AssertCanPass, schema.AssertCannotPass} {
		if t.Expr(kind) != nil {
			add(kind, schema.Assertion{Groups: [][]schema.Person{t.people(kind)}})
		}
	}
	if t.Expr(schema.AssertWhoCanPass) != nil {
		add(schema.AssertWhoCanPass, schema.Assertion{Groups: t.groups()})
	}
	if n, is := t.f.Whole(t.Expr(schema.AssertNeeds), schema.AssertNeeds, 1); is == eval.Given {
		add(schema.AssertNeeds, schema.Assertion{Least: int(n)})
	}
}

// groups are the elements of who_can_pass: one approver, or a list of those who can pass together.
func (t *instance) groups() (groups [][]schema.Person) {
	e := t.Expr(schema.AssertWhoCanPass)
	v, is := t.f.Open(e, schema.AssertWhoCanPass)
	if is != eval.Given {
		return nil
	}
	list := func(v cty.Value) bool { return !v.IsMarked() && v.IsKnown() && !v.IsNull() && eval.IsList(v.Type()) }
	if !list(v) {
		t.f.Fail(e, "Wrong type", "who_can_pass lists all smallest groups who can pass it, each an approver or a "+
			"list of some: [approver.admin, [approver.li, approver.wang]].")
		return nil
	}
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		_, element := it.Element()
		at := structure.Part(e, i)
		members := []cty.Value{element}
		if list(element) {
			members = element.AsValueSlice()
		}
		var group []schema.Person
		for _, m := range members {
			if a, is := t.one(m, at, "Each of a group in who_can_pass"); is {
				t.inStep(at, a)
				group = append(group, a.Person)
			}
		}
		if len(members) == 0 {
			t.fail(at, "Nobody is named", "A group without anybody can never pass anything. "+
				"List approvers, or leave it out.")
		}
		groups = append(groups, group)
	}
	return groups
}
