package config

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// frame is where the expressions of one instance of a block get their values.
type frame struct {
	ev      *core
	ctx     *hcl.EvalContext
	address string  // of the instance; "" where a block has none
	each    *object // the block that it is an instance of; nil for one without for_each
	outer   *frame  // of that block as a whole
	fixed   map[hcl.Expression]*fixed
	tainted bool     // something referred to has failed, so an unknown value is no news
	early   bool     // must be known before the drive is read
	secrets bool     // sensitive values may go here
	quiet   bool     // the source text may be a secret, and is not to be shown
	hide    []string // what was sensitive, of the values that open gave
	staged  bool     // the values say what is staged, and are kept in the state
	failed  bool     // something was wrong, and has been reported
	missing bool     // something was unknown
}

func (b *binder) frame(address string) *frame {
	return &frame{ev: b.ev, ctx: b.context(), address: address, fixed: b.fixed, tainted: b.tainted}
}

// ok reports whether nothing was wrong in the frame nor in what it refers to.
func (f *frame) ok() bool { return !f.failed && !f.tainted }

// is says what became of an expression.
type is uint8

const (
	absent  is = iota // not written, or null
	given             // known, and of the right type
	unknown           // to be known once the drive has been read
	wrong             // reported
)

// value evaluates an expression and looks no closer.
func (f *frame) value(expr hcl.Expression) (cty.Value, is) {
	return f.evaluate(expr, f.ev.Budget.Value)
}

// kept is value for what other expressions will see.
func (f *frame) kept(expr hcl.Expression) (cty.Value, is) { return f.evaluate(expr, f.ev.Budget.Keep) }

func (f *frame) evaluate(expr hcl.Expression, value func(hcl.Expression, *hcl.EvalContext) (cty.Value, hcl.Diagnostics)) (cty.Value, is) {
	if expr == nil {
		return cty.NilVal, absent
	}
	if t, ok := expr.(*hclsyntax.TemplateExpr); ok && t.IsStringLiteral() {
		return t.Parts[0].(*hclsyntax.LiteralValueExpr).Val, given // most expressions are plain text
	}
	if f.ev.rejected[expr] {
		f.failed = true
		return cty.DynamicVal, wrong
	}
	kept := f.fixed[expr]
	if kept != nil && kept.value != cty.NilVal {
		return kept.value, given
	}
	v, diags := value(expr, f.ctx)
	if diags.HasErrors() {
		f.failed = true
		f.ev.unevaluated(f, expr, diags)
		return cty.DynamicVal, wrong
	}
	if parts := f.ev.loose[expr]; !v.IsMarked() && f.ev.loses(parts, f.ctx) {
		v = v.Mark(sensitive.Mark)
	}
	if kept != nil {
		kept.value = v
	}
	return v, given
}

// spent reports that there is no budget for what an attribute's value stands for.
func (f *frame) spent() is {
	f.failed = true
	f.ev.Report(diagnostic.Finding{Diagnostic: f.ev.Budget.Spent(), Address: f.address})
	return wrong
}

// open evaluates an expression for the attribute named, whose value will be seen: it must not be sensitive.
func (f *frame) open(expr hcl.Expression, attribute words.Word) (cty.Value, is) {
	v, is := f.value(expr)
	if is != given {
		return v, is
	}
	if v.IsMarked() {
		if !f.secrets {
			return v, f.sensitive(expr, attribute)
		}
		if v, _ = v.Unmark(); !f.quiet && v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
			f.hide = append(f.hide, v.AsString())
		}
	}
	if v.IsNull() {
		return v, absent
	}
	return v, given
}

// convert is open for one primitive type, called need in messages.
func (f *frame) convert(expr hcl.Expression, attribute words.Word, ty cty.Type, need words.Word) (cty.Value, is) {
	v, is := f.open(expr, attribute)
	if is != given {
		return v, is
	}
	if v.Type() != ty {
		if f.ev.Budget.ChargeLook(v, expr.Range()) != nil {
			return v, f.spent()
		}
		c, err := convert.Convert(v, ty)
		if err != nil {
			return v, f.fail(expr, "Wrong type", "%s must be %s, not %s.", attribute, need, words.Type(v.Type()))
		}
		v = c
	}
	if !v.IsKnown() {
		return v, f.unknown(expr, attribute)
	}
	return v, given
}

// text is the value of an attribute that holds a string.
func (f *frame) text(expr hcl.Expression, attribute words.Word) (string, is) {
	v, is := f.convert(expr, attribute, cty.String, "a string")
	if is != given {
		return "", is
	}
	return v.AsString(), given
}

// flag is the value of an attribute that is true or false.
func (f *frame) flag(expr hcl.Expression, attribute words.Word) (bool, is) {
	v, is := f.convert(expr, attribute, cty.Bool, "true or false")
	return is == given && v.True(), is
}

// whole is the value of an attribute that holds a whole number of at least least.
func (f *frame) whole(expr hcl.Expression, attribute words.Word, least int64) (int64, is) {
	v, is := f.convert(expr, attribute, cty.Number, "a whole number")
	if is != given {
		return 0, is
	}
	n, accuracy := v.AsBigFloat().Int64()
	if accuracy != big.Exact || n < least {
		return 0, f.fail(expr, "Not a whole number", "%s must be a whole number of at least %s, not %s.", attribute, words.Word(strconv.FormatInt(least, 10)), v.AsBigFloat().Text('g', 20))
	}
	return n, given
}

// choice is the value of an attribute that holds one of a few words.
func (f *frame) choice(expr hcl.Expression, attribute words.Word, allowed []string) (string, is) {
	s, is := f.text(expr, attribute)
	if is == given && !slices.Contains(allowed, s) {
		return "", f.fail(expr, "Unknown value", "%q is not a value of %s, which is %s.%s", s, attribute, words.OneOf(allowed), words.DidYouMean(s, allowed))
	}
	return s, is
}

// required reports a null where a value must be; an attribute that is not written has been reported already.
func (f *frame) required(expr hcl.Expression, attribute words.Word, found is) is {
	if found == absent {
		f.failed = true
		if expr != nil {
			return f.fail(expr, "Missing value", "%s is required, but its value here is null. Give it a value.", attribute)
		}
		return wrong
	}
	return found
}

// fail reports what is wrong with an expression. Where its value may be sensitive, of args only words are shown.
func (f *frame) fail(expr hcl.Expression, summary, format string, args ...any) is {
	return f.failAt(expr.Range(), expr, summary, format, args...)
}

// failAt is fail for a part of an expression, or with a nil one for some other place.
func (f *frame) failAt(at hcl.Range, expr hcl.Expression, summary, format string, args ...any) is {
	f.failed = true
	detail := fmt.Sprintf(format, args...)
	if f.quiet || f.secrets && expr != nil && len(f.ev.reads(expr, f.ctx, nil)) > 0 {
		detail = fmt.Sprintf(format, sensitive.Cover(args)...)
	}
	f.ev.Report(diagnostic.Finding{Address: f.address, Secret: f.quiet, Diagnostic: &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary,
		Detail: detail, Subject: &at, Expression: expr, EvalContext: f.ctx}})
	return wrong
}

func (f *frame) sensitive(expr hcl.Expression, attribute words.Word) is {
	goes := words.Word("written to the drive and shown in plans")
	if f.staged {
		goes = "shown in plans and kept in the state"
	}
	return f.fail(expr, "Sensitive value", "The value of %s is sensitive, and it would be %s. "+
		"Use another value, or nonsensitive(…) around this one if it is no secret.", attribute, goes)
}

// unknown deals with a value that is not known: before the drive is read that may be as it should be.
func (f *frame) unknown(expr hcl.Expression, attribute words.Word) is {
	f.missing = true
	switch {
	case f.tainted:
		f.failed = true
		return wrong
	case f.early:
		return f.fail(expr, "Value not known in time", "%s must be known before the drive is read, but it depends on something that only the drive knows. "+
			"Write that value into the configuration.", attribute)
	case f.ev.Facts == nil:
		f.ev.NeedsFacts = true
		return unknown
	}
	advice, example := words.Word("Write that value into the configuration."), words.Word("the id of a template still to be made")
	if made := f.unmade(expr); len(made) > 0 {
		advice = words.Word(fmt.Sprintf("Apply once without this reference, so that %s is made, then put it back.", strings.Join(made, " and ")))
		if strings.HasPrefix(made[0], "attachment.") {
			example = "the id of an attachment still to be staged"
		}
	}
	return f.fail(expr, "Value not known yet", "%s depends on something that is known only after apply, such as %s. %s", attribute, example, advice)
}

// unmade lists the templates and attachments that an expression refers to and facts do not hold.
func (f *frame) unmade(expr hcl.Expression) []string {
	var made []string
	for _, t := range expr.Variables() {
		root := t.RootName()
		name, named := syntax.StepName(t, 1)
		if !f.ev.late(root) || !named {
			continue
		}
		address := root + "." + name
		if key, ok := syntax.StepName(t, 2); ok && f.ev.cells[root][name] != nil && f.ev.cells[root][name].node.Each {
			address = addr.Of(address).Instance(key).String()
		}
		known := false
		if root == "template" {
			_, known = f.ev.Facts.Templates[address]
		} else if v, diags := t.TraverseAbs(f.ctx); !diags.HasErrors() {
			known = v.IsWhollyKnown()
		}
		if !known && !slices.Contains(made, address) {
			made = append(made, address)
		}
	}
	return made
}
