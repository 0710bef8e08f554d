package config

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"countersign/schema/addr"
	"countersign/schema/config/budget"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// variable is a variable block.
type variable struct {
	structure.Header
	ty          cty.Type
	literal     bool // text from outside is the value itself; otherwise it is an expression
	defaults    *typeexpr.Defaults
	fallback    cty.Value      // the default; cty.NilVal where there is none
	written     hcl.Expression // the default, nil where there is none
	description string
	sensitive   bool
	nullable    bool
	broken      bool // its own block is wrong
	validations []validation
}

// validation is one rule that a variable's value must keep.
type validation struct {
	at                      hcl.Range
	condition, errorMessage hcl.Expression
}

var variableSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "type"}, {Name: "default"}, {Name: "description"}, {Name: "nullable"},
		{Name: "sensitive"}},
	Blocks: []hcl.BlockHeaderSchema{{Type: "validation"}},
}

var validationSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "condition", Required: true},
	{Name: "error_message", Required: true}}}

func decodeVariable(b *hcl.Block, limit *budget.Budget, diags *hcl.Diagnostics) *variable {
	v := &variable{Header: structure.HeaderOf(b, diags), ty: cty.DynamicPseudoType, literal: true,
		nullable: true}
	v.Address = addr.New("var", v.Name)
	before := len(*diags)
	c := structure.Content(b.Body, variableSchema, diags)
	if e := c.Expr("type"); e != nil {
		ty, defaults, found := limit.Constraint(e)
		for _, d := range found {
			if name := unknownType.FindStringSubmatch(d.Detail); name != nil {
				d.Detail += instead(name[1])
			}
		}
		*diags = append(*diags, found...)
		v.ty, v.defaults, v.literal = ty, defaults, ty.IsPrimitiveType()
	}
	literal(c.Expr("description"), "description", &v.description, limit, diags)
	literal(c.Expr("sensitive"), "sensitive", &v.sensitive, limit, diags)
	literal(c.Expr("nullable"), "nullable", &v.nullable, limit, diags)
	if e := c.Expr("default"); e != nil {
		v.written = e
		value, found := limit.Keep(e, nil)
		var err error
		if !found.HasErrors() {
			v.fallback, err = v.convert(value, limit)
		}
		wrong := func(format string, values ...any) *hcl.Diagnostic {
			d := diagnostic.Error(e.Range(), "Invalid default", format, values...)
			*diags = append(*diags, d)
			return d
		}
		switch {
		case limit.Spent() != nil:
			*diags = append(*diags, limit.Spent())
		case v.sensitive && (found.HasErrors() || err != nil):
			wrong("The default of the variable %q %s", v.Name, v.mismatch()).Extra = diagnostic.Hidden{}
		case found.HasErrors():
			*diags = append(*diags, found...)
		case err != nil:
			wrong("The default of the variable %q does not suit its type: %s.", v.Name, err)
		case value.IsNull() && !v.nullable:
			wrong("The default of the variable %q is null, but nullable = false. Give another default, or none.",
				v.Name)
		}
	}
	for _, block := range c.Blocks {
		rule := structure.Content(block.Body, validationSchema, diags)
		v.validations = append(v.validations, validation{block.DefRange, rule.Expr("condition"),
			rule.Expr("error_message")})
	}
	v.broken = (*diags)[before:].HasErrors()
	return v
}

// unknownType is what HCL says of a word that is no type.
var unknownType = regexp.MustCompile(`^(?:The keyword|Keyword) "([^"]*)" is not a valid type`)

// typeWords are the types, and otherTypes what other languages call them.
var (
	typeWords  = []string{"string", "number", "bool", "list", "set", "map", "object", "tuple", "any"}
	otherTypes = map[string]string{"int": "number", "integer": "number", "float": "number", "boolean": "bool",
		"str": "string", "text": "string", "array": "list", "dict": "map"}
)

// instead suggests a type for a word that is none.
func instead(word string) string {
	if other := otherTypes[word]; other != "" {
		word = other
	}
	return words.DidYouMean(word, typeWords)
}

// literal reads an attribute that must be written out, without references.
func literal[T string | bool](expr hcl.Expression, attribute string, into *T, b *budget.Budget,
	diags *hcl.Diagnostics) {
	if expr == nil {
		return
	}
	v, found := b.Value(expr, nil)
	if found.HasErrors() {
		*diags = append(*diags, found...)
		return
	}
	need, ty := "a string", cty.String
	if _, flag := any(*into).(bool); flag {
		need, ty = "true or false", cty.Bool
	}
	v, err := convert.Convert(v, ty)
	if err != nil || v.IsNull() || !v.IsKnown() {
		*diags = append(*diags, diagnostic.Error(expr.Range(), "Wrong type", "%s must be %s.", attribute, need))
		return
	}
	switch into := any(into).(type) {
	case *string:
		*into = v.AsString()
	case *bool:
		*into = v.True()
	}
}

// convert brings a value to the variable's type, optional attributes filled in.
func (v *variable) convert(value cty.Value, b *budget.Budget) (cty.Value, error) {
	return b.ToType(value, v.ty, v.defaults, v.At)
}

// mismatch is the end of a sentence about a value that does not suit a sensitive variable.
func (v *variable) mismatch() string {
	what := "a value that is written out"
	if v.ty != cty.DynamicPseudoType {
		what = string(words.Type(v.ty))
	}
	return fmt.Sprintf("cannot be read as %s, which the variable takes. Why is not shown, because the variable is "+
		"sensitive and the words could repeat its value.", what)
}

// parse reads text from the command line, the environment or a terminal.
func (v *variable) parse(text, source string, b *budget.Budget) (cty.Value, hcl.Diagnostics) {
	if v.literal {
		return cty.StringVal(text), nil
	}
	src := []byte(text)
	expr, diags := syntax.ParseExpression(src, source)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	return b.Keep(expr, nil)
}

func (v *variable) evaluate(ev *evaluator) (eval.Result, bool) {
	value, ok := ev.values[v.Name]
	if !ok {
		return eval.Plain(cty.DynamicVal), false
	}
	return eval.Plain(value), true
}

// validate checks a variable's value against its rules. The rules may refer to anything.
func (ev *evaluator) validate(v *variable) {
	for _, rule := range v.validations {
		b := ev.Binder()
		b.Add(rule.condition)
		b.Add(rule.errorMessage)
		f := b.Frame(v.Address)
		f.Early, f.Secrets = true, true
		holds, is := f.Flag(rule.condition, "condition")
		if is = f.Required(rule.condition, "condition", is); is != eval.Given || holds {
			continue
		}
		f.Secrets = false // the message is printed
		text, is := f.Text(rule.errorMessage, "error_message")
		if is = f.Required(rule.errorMessage, "error_message", is); is == eval.Given {
			f.Fail(rule.condition, "Invalid value for variable", "%s\n\nThis is what the rule at %s says of the "+
				"variable %q, which got its value from %s. Give it another value.",
				cmp.Or(strings.TrimSpace(text), "The condition does not hold."), words.Place(rule.at), v.Name,
				ev.From[v.Name])
		}
	}
}

// SensitiveVariables names the variables that the configuration declares as sensitive.
func (s *Source) SensitiveVariables() map[string]bool {
	names := map[string]bool{}
	for _, v := range s.document.variables {
		if v.sensitive {
			names[v.Name] = true
		}
	}
	return names
}
