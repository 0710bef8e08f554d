package eval

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
	"countersign/schema/config/structure"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// Frame is where the expressions of one instance of a block get their values.
type Frame struct {
	ev      *Evaluator
	ctx     *hcl.EvalContext
	Address addr.Address      // of the instance; the zero one where a block has none
	each    *structure.Object // the block that it is an instance of; nil for one without for_each
	outer   *Frame            // of that block as a whole
	again   map[hcl.Expression]*repeated
	tainted bool // something that is referred to has failed: unknown values are not reported

	Early   bool     // values must be known before the drive is read
	Secrets bool     // values may be sensitive
	Quiet   bool     // the source text may be a secret, and is not shown
	Hide    []string // the sensitive texts that Open has given
	Missing bool     // a value was unknown
	failed  bool     // something was wrong, and has been reported
}

// Frame is where the expressions of a block get their values that was bound.
func (b *Binder) Frame(address addr.Address) *Frame {
	return &Frame{ev: b.ev, ctx: b.context(), Address: address, again: b.again, tainted: b.Tainted}
}

// With is the frame with values for names that the block gives, such as self in a policy.
func (f *Frame) With(names map[string]cty.Value) *Frame {
	g := *f
	g.ctx = f.ctx.NewChild()
	g.ctx.Variables = names
	return &g
}

// ok reports whether nothing was wrong in the frame nor in what it refers to.
func (f *Frame) ok() bool { return !f.failed && !f.tainted }

// Found is what the evaluation of an expression came to.
type Found uint8

const (
	Absent  Found = iota // not written, or null
	Given                // known, and of the right type
	unknown              // it will be known once the drive has been read
	Wrong                // reported
)

// Value evaluates an expression, whatever its value is.
func (f *Frame) Value(expr hcl.Expression) (cty.Value, Found) {
	return f.evaluate(expr, f.ev.Budget.Value)
}

// Kept is Value for what other expressions will see.
func (f *Frame) Kept(expr hcl.Expression) (cty.Value, Found) {
	return f.evaluate(expr, f.ev.Budget.Keep)
}

func (f *Frame) evaluate(expr hcl.Expression, value func(hcl.Expression, *hcl.EvalContext) (cty.Value,
	hcl.Diagnostics)) (cty.Value, Found) {
	if expr == nil {
		return cty.NilVal, Absent
	}
	if t, ok := expr.(*hclsyntax.TemplateExpr); ok && t.IsStringLiteral() {
		return t.Parts[0].(*hclsyntax.LiteralValueExpr).Val, Given // most expressions are plain text
	}
	if f.ev.rejected[expr] {
		f.failed = true
		return cty.DynamicVal, Wrong
	}
	key, again := "", f.again[expr]
	if again != nil {
		var same bool
		if key, same = again.key(f.ctx); !same {
			delete(f.again, expr)
			again = nil
		} else if v, kept := again.values[key]; kept {
			again.met = true
			return v, Given
		}
	}
	v, diags := value(expr, f.ctx)
	if diags.HasErrors() {
		f.failed = true
		f.ev.unevaluated(f, expr, diags)
		return cty.DynamicVal, Wrong
	}
	if parts := f.ev.loose[expr]; !v.IsMarked() && f.ev.loses(parts, f.ctx) {
		v = v.Mark(sensitive.Mark)
	}
	if again != nil && !again.keep(key, v) {
		delete(f.again, expr)
	}
	return v, Given
}

// Spent reports that the budget does not suffice for what an attribute's value stands for.
func (f *Frame) Spent() Found {
	f.failed = true
	f.ev.Report(diagnostic.Finding{Diagnostic: f.ev.Budget.Spent(), Address: f.Address})
	return Wrong
}

// Open evaluates an attribute whose value will be seen: it must not be sensitive, unless the frame takes secrets.
func (f *Frame) Open(expr hcl.Expression, attribute words.Word) (cty.Value, Found) {
	v, is := f.Value(expr)
	if is != Given {
		return v, is
	}
	if v.IsMarked() {
		if !f.Secrets {
			return v, f.Sensitive(expr, attribute)
		}
		if v, _ = v.Unmark(); !f.Quiet && v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
			f.Hide = append(f.Hide, v.AsString())
		}
	}
	if v.IsNull() {
		return v, Absent
	}
	return v, Given
}

// Convert is Open for one primitive type, which messages call need.
func (f *Frame) Convert(expr hcl.Expression, attribute words.Word, ty cty.Type, need words.Word) (cty.Value, Found) {
	v, is := f.Open(expr, attribute)
	if is != Given {
		return v, is
	}
	if v.Type() != ty {
		if f.ev.Budget.ChargeLook(v, expr.Range()) != nil {
			return v, f.Spent()
		}
		c, err := convert.Convert(v, ty)
		if err != nil {
			return v, f.Fail(expr, "Wrong type", "%s must be %s, not %s.", attribute, need, words.Type(v.Type()))
		}
		v = c
	}
	if !v.IsKnown() {
		return v, f.Unknown(expr, attribute)
	}
	return v, Given
}

// Text is the value of an attribute that holds a string.
func (f *Frame) Text(expr hcl.Expression, attribute words.Word) (string, Found) {
	v, is := f.Convert(expr, attribute, cty.String, "a string")
	if is != Given {
		return "", is
	}
	return v.AsString(), Given
}

// Flag is the value of an attribute that is true or false.
func (f *Frame) Flag(expr hcl.Expression, attribute words.Word) (bool, Found) {
	v, is := f.Convert(expr, attribute, cty.Bool, "true or false")
	return is == Given && v.True(), is
}

// Whole is the value of an attribute that holds a whole number of at least least.
func (f *Frame) Whole(expr hcl.Expression, attribute words.Word, least int64) (int64, Found) {
	v, is := f.Convert(expr, attribute, cty.Number, "a whole number")
	if is != Given {
		return 0, is
	}
	n, accuracy := v.AsBigFloat().Int64()
	if accuracy != big.Exact || n < least {
		return 0, f.Fail(expr, "Not a whole number", "%s must be a whole number of at least %s, not %s.", attribute,
			words.Word(strconv.FormatInt(least, 10)), v.AsBigFloat().Text('g', 20))
	}
	return n, Given
}

// Choice is the value of an attribute that holds one of a few words.
func (f *Frame) Choice(expr hcl.Expression, attribute words.Word, allowed []string) (string, Found) {
	s, is := f.Text(expr, attribute)
	if is == Given && !slices.Contains(allowed, s) {
		return "", f.Fail(expr, "Unknown value", "%q is not a value of %s, which is %s.%s", s, attribute,
			words.OneOf(allowed), words.DidYouMean(s, allowed))
	}
	return s, is
}

// Required reports a null where a value must be; an attribute that is not written has been reported already.
func (f *Frame) Required(expr hcl.Expression, attribute words.Word, found Found) Found {
	if found == Absent {
		f.failed = true
		if expr != nil {
			return f.Fail(expr, "Missing value", "%s is required, but its value here is null. Give it a value.",
				attribute)
		}
		return Wrong
	}
	return found
}

// Fail reports what is wrong with an expression. Where its value may be sensitive, only those args are shown that are
// of type words.Word.
func (f *Frame) Fail(expr hcl.Expression, summary, format string, args ...any) Found {
	return f.FailAt(expr.Range(), expr, summary, format, args...)
}

// FailAt is Fail for a part of an expression, or with a nil one for any other place.
func (f *Frame) FailAt(at hcl.Range, expr hcl.Expression, summary, format string, args ...any) Found {
	f.failed = true
	detail := fmt.Sprintf(format, args...)
	if f.Quiet || f.Secrets && expr != nil && len(f.ev.reads(expr, f.ctx, nil)) > 0 {
		detail = fmt.Sprintf(format, sensitive.Cover(args)...)
	}
	d := diagnostic.Error(at, summary, "%s", detail)
	d.Expression, d.EvalContext = expr, f.ctx
	f.ev.Report(diagnostic.Finding{Address: f.Address, Secret: f.Quiet, Diagnostic: d})
	return Wrong
}

// Quoted says of a text that stands where a block must, and names one, how to refer to that block; "" of others.
func (f *Frame) Quoted(at hcl.Range, v cty.Value) string {
	if v.IsMarked() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return ""
	}
	text := v.AsString()
	if a, err := addr.Parse(text); err != nil || f.ev.roots[a.Kind].Attributes == nil {
		return ""
	}
	if syntax.IsJSON(at.Filename) {
		return fmt.Sprintf(" A reference stands in ${ }: \"${%s}\".", text)
	}
	return fmt.Sprintf(" A reference stands without quotation marks: %s.", text)
}

// Sensitive reports a value that is sensitive where it would be seen.
func (f *Frame) Sensitive(expr hcl.Expression, attribute words.Word) Found {
	goes := f.ev.roots[f.Address.Kind].Goes
	if goes == "" {
		goes = "shown"
	}
	return f.Fail(expr, "Sensitive value", "The value of %s is sensitive, and it would be %s. "+
		"Use another value, or nonsensitive(…) around this one if it is no secret.", attribute, goes)
}

// Unknown is for a value that is not known. Before the drive has been read, that may be right.
func (f *Frame) Unknown(expr hcl.Expression, attribute words.Word) Found {
	f.Missing = true
	switch {
	case f.tainted:
		f.failed = true
		return Wrong
	case f.Early:
		return f.Fail(expr, "Value not known in time", "%s must be known before the drive is read, but it depends on "+
			"something that only the drive knows. Write that value into the configuration.", attribute)
	case f.ev.Facts == nil:
		f.ev.NeedsFacts = true
		return unknown
	}
	advice, example := words.Word("Write that value into the configuration."),
		words.Word("the id of a template still to be made")
	if made := f.unmade(expr); len(made) > 0 {
		advice = words.Word(fmt.Sprintf("Apply once without this reference, so that %s is made, then put it back.",
			strings.Join(addr.Texts(made), " and ")))
		if made[0].Kind == "attachment" {
			example = "the id of an attachment still to be staged"
		}
	}
	return f.Fail(expr, "Value not known yet", "%s depends on something that is known only after apply, such as %s. %s",
		attribute, example, advice)
}

// unmade lists the templates and attachments that an expression refers to and that do not exist yet.
func (f *Frame) unmade(expr hcl.Expression) []addr.Address {
	var made []addr.Address
	for _, t := range expr.Variables() {
		root := t.RootName()
		name, named := syntax.StepName(t, 1)
		if !f.ev.late(root) || !named {
			continue
		}
		address := addr.New(root, name)
		if key, ok := syntax.StepName(t, 2); ok && f.ev.cells[root][name] != nil && f.ev.cells[root][name].node.Each {
			address = address.Instance(key)
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
