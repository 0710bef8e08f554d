// Package approver reads and evaluates approver blocks, and the lists of approvers that other blocks have.
package approver

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/config/budget"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// Block is an approver block.
type Block struct{ structure.Object }

// Schema is what the block may hold.
var Schema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "for_each"}, {Name: "id", Required: true},
	{Name: "username"}, {Name: "realname"}}}

// Attributes is what expressions see of an approver.
var Attributes = []string{"address", "id", "realname", "username"}

// Approvers are what the blocks declare, as far as they have been evaluated.
type Approvers struct {
	*eval.Evaluator
	All       []schema.Approver
	ByAddress map[string]schema.Approver
}

// Decode reads an approver block.
func Decode(b *hcl.Block, diags *hcl.Diagnostics) *Block {
	return &Block{structure.ObjectOf(b, structure.Content(b.Body, Schema, diags), diags)}
}

// Evaluate evaluates the instances of a block.
func (a *Block) Evaluate(as *Approvers) (eval.Result, bool) {
	return eval.Collect(as.Bind(&a.Object), &a.Object, &as.All, func(f *eval.Frame) schema.Approver {
		f.Early = true
		approver := a.instance(f)
		as.ByAddress[approver.Address.String()] = approver
		as.NeedsFacts = as.NeedsFacts || approver.Person.Username == "" || approver.Person.Realname == ""
		return approver
	}, as.value)
}

func (a *Block) instance(f *eval.Frame) schema.Approver {
	approver := schema.Approver{Address: f.Address}
	p := &approver.Person
	var is eval.Found
	id, username, realname := a.Expr("id"), a.Expr("username"), a.Expr("realname")
	p.ID, is = f.Whole(id, "id", 1)
	f.Required(id, "id", is)
	if p.Username, is = f.Text(username, "username"); is == eval.Given {
		f.Reveal(username.Range(), "a username", "The username of "+f.Address.String(), p.Username, spelling.Chosen)
	}
	if p.Realname, is = f.Text(realname, "realname"); is == eval.Given {
		f.Reveal(realname.Range(), "a realname", "The realname of "+f.Address.String(), p.Realname, spelling.Read)
	}
	return approver
}

func (as *Approvers) value(a schema.Approver) cty.Value {
	p := a.Person
	if as.Facts != nil {
		known := as.Facts.People[p.ID]
		if p.Username == "" {
			p.Username = known.Username
		}
		if p.Realname == "" {
			p.Realname = known.Realname
		}
	}
	text := func(s string) cty.Value {
		if s == "" {
			return cty.UnknownVal(cty.String)
		}
		return cty.StringVal(s)
	}
	return cty.ObjectVal(map[string]cty.Value{"address": cty.StringVal(a.Address.String()),
		"id":       cty.NumberIntVal(p.ID),
		"username": text(p.Username), "realname": text(p.Realname)})
}

// Of is the value of a list of approvers, in the order written.
func (as *Approvers) Of(f *eval.Frame, expr hcl.Expression,
	attribute words.Word) ([]schema.Approver, eval.Found) {
	const advice = "It is a list of approver blocks, such as [approver.li, approver.wang]."
	v, is := f.Open(expr, attribute)
	if is = f.Required(expr, attribute, is); is != eval.Given {
		return nil, is
	}
	n := 0
	if eval.IsList(v.Type()) && v.IsKnown() {
		n = v.LengthInt()
	}
	if as.Budget.Charge(budget.Cost{Elements: int64(n+2) / 3, Steps: int64(n)}, expr.Range()) != nil {
		return nil, f.Spent()
	}
	approvers := make([]schema.Approver, 0, n)
	is = f.List(v, expr, attribute, func(i int, e cty.Value) eval.Found {
		ty := e.Type()
		if ty == cty.DynamicPseudoType || ty.IsObjectType() && ty.HasAttribute("address") && !e.IsKnown() {
			return f.Unknown(expr, attribute)
		}
		if e.IsNull() {
			return f.FailAt(structure.Part(expr, i), expr, "Not an approver", "Element %d of %s is null. Take it out, "+
				"for example with [for a in LIST : a if a != null].", i+1, attribute)
		}
		address, isBlock := words.Address(e)
		approver, declared := as.ByAddress[address]
		if !isBlock || !declared {
			what := words.Type(ty)
			if isBlock {
				what = words.Word(address)
			}
			return f.FailAt(structure.Part(expr, i), expr, "Not an approver", "Element %d of %s is %s. %s%s", i+1,
				attribute, what, advice, meant(f, expr, e))
		}
		approvers = append(approvers, approver)
		return eval.Given
	}, func() eval.Found {
		if address, one := words.Address(v); one {
			return f.Fail(expr, "Wrong type", "%s must be a list. Put brackets around it: [%s].", attribute, address)
		}
		return f.Fail(expr, "Wrong type", "%s is %s. %s%s", attribute, words.Type(v.Type()), advice, meant(f, expr, v))
	})
	if is != eval.Given {
		return nil, is
	}
	return approvers, eval.Given
}

// meant says how approvers are written that a value may stand for; "" where that is not known.
func meant(f *eval.Frame, expr hcl.Expression, v cty.Value) string {
	ty := v.Type()
	switch {
	case eval.IsList(ty):
		return " Several lists become one by concat(…) or flatten(…)."
	case ty.IsObjectType() && !ty.HasAttribute("address"):
		for _, of := range ty.AttributeTypes() {
			if of.IsObjectType() && of.HasAttribute("address") {
				return " All instances of a block with for_each are values(…) of it."
			}
		}
	}
	return f.Quoted(expr.Range(), v)
}

// Repeated finds a user who is in a list twice, and returns both indexes.
func Repeated(approvers []schema.Approver) (later, first int, found bool) {
	seen := make(map[int64]int, len(approvers))
	for i, a := range approvers {
		if at, twice := seen[a.Person.ID]; twice && a.Person.ID != 0 {
			return i, at, true
		}
		seen[a.Person.ID] = i
	}
	return 0, 0, false
}

// Persons are approvers in the form that steps have.
func Persons(approvers []schema.Approver) []schema.Person {
	people := make([]schema.Person, len(approvers))
	for i, a := range approvers {
		people[i] = a.Person
	}
	return people
}
