package config

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/config/approver"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// templateBlock is a template block.
type templateBlock struct {
	structure.Object
	steps         []structure.Inner
	cc            *structure.Attributes // nil without a cc block
	lifecycle     structure.Attributes
	ignoreChanges []string
}

var templateSchema = &hcl.BodySchema{
	Attributes: append([]hcl.AttributeSchema{{Name: "for_each"}, {Name: "scope", Required: true}}, plainSchema...),
	Blocks: append(stepSchemas.Headers(), hcl.BlockHeaderSchema{Type: schema.AttrCC},
		hcl.BlockHeaderSchema{Type: "lifecycle"}),
}

// plainSchema is that of a template's attributes that are plain strings.
var plainSchema = func() []hcl.AttributeSchema {
	var list []hcl.AttributeSchema
	for _, a := range schema.Attributes {
		if a.Text != nil {
			list = append(list, hcl.AttributeSchema{Name: a.Name, Required: a.Required()})
		}
	}
	return list
}()

var ccSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "users", Required: true}, {Name: "access"}}}

var lifecycleSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "prevent_destroy"},
	{Name: "ignore_changes"}}}

// templateAttributes is what expressions see of a template.
var templateAttributes = func() []string {
	names := []string{"address", "id", "scope"}
	for _, a := range plainSchema {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return names
}()

// ignorable are the names that ignore_changes may hold.
var ignorable = schema.AttributeNames()

// accessWords are the values of a right.
var accessWords = schema.Names(schema.Accesses)

// empty holds the summary and the detail for a required text that is empty.
var empty = map[string][2]string{
	schema.AttrTitle: {"Empty title",
		"The title is what people choose the template by on the drive. Write one, such as \"申请修改\"."},
	schema.AttrApprovalType: {"Empty approval type",
		"Write the name or the id of one of the drive's approval types, such as \"修改文件\"."},
}

func decodeTemplate(b *hcl.Block, diags *hcl.Diagnostics) *templateBlock {
	c := structure.Content(b.Body, templateSchema, diags)
	t := &templateBlock{Object: structure.ObjectOf(b, c, diags)}
	var whole bool
	if t.steps, whole = c.Inner(stepSchemas, diags); len(t.steps) == 0 && whole && !c.Misspelt(schema.AttrStep) {
		*diags = append(*diags, diagnostic.Error(t.At, "Template without a step", "Nobody could approve %s. "+
			"Add a step: step \"初审\" { approvers = […], require = \"any\" }, a line for each.", t.Address))
	}
	if block := c.Single(schema.AttrCC, diags); block != nil {
		cc := structure.Content(block.Body, ccSchema, diags).Attributes
		t.cc = &cc
	}
	if block := c.Single("lifecycle", diags); block != nil {
		t.lifecycle = structure.Content(block.Body, lifecycleSchema, diags).Attributes
		t.ignoreChanges = decodeIgnored(t.lifecycle.Expr("ignore_changes"), diags)
	}
	return t
}

// decodeIgnored reads ignore_changes: a list of bare names, or the word all.
func decodeIgnored(expr hcl.Expression, diags *hcl.Diagnostics) []string {
	if expr == nil {
		return nil
	}
	if hcl.ExprAsKeyword(expr) == "all" {
		return slices.Sorted(slices.Values(ignorable))
	}
	wrong := func(at hcl.Range, format string, values ...any) {
		*diags = append(*diags, diagnostic.Error(at, "Invalid ignore_changes", format, values...))
	}
	parts, found := hcl.ExprList(expr)
	if found.HasErrors() {
		wrong(expr.Range(), "ignore_changes is a list of attribute names without quotes, "+
			"such as [description, step], or the word all.")
		return nil
	}
	var names []string
	for _, p := range parts {
		name := hcl.ExprAsKeyword(p)
		switch {
		case name == "":
			wrong(p.Range(), "The names in ignore_changes stand without quotes, such as [description, step].")
		case !slices.Contains(ignorable, name):
			wrong(p.Range(), "A template has no attribute %q whose changes could be ignored.%s There are: %s.",
				name, words.DidYouMean(name, ignorable), strings.Join(ignorable, ", "))
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (t *templateBlock) evaluate(ev *evaluator) (eval.Result, bool) {
	return eval.Collect(t.bind(ev), &t.Object, &ev.declared.Templates, func(f *eval.Frame) schema.Declared {
		return t.instance(ev, f)
	}, ev.templateValue)
}

// bind notes what the block refers to.
func (t *templateBlock) bind(ev *evaluator) *eval.Binder {
	b := ev.Bind(&t.Object)
	own := t.Own()
	b.Add(t.lifecycle.Expr("prevent_destroy"), own...)
	for _, s := range t.steps {
		b.AddInner(s, own)
	}
	if t.cc != nil {
		b.AddAll(*t.cc, own...)
	}
	return b
}

// instance evaluates everything that one template says.
func (t *templateBlock) instance(ev *evaluator, f *eval.Frame) schema.Declared {
	d := schema.Declared{Address: f.Address, IgnoreChanges: t.ignoreChanges}
	d.Scope, _ = ev.scopeOf(f, t.Expr("scope"))

	for _, a := range schema.Attributes {
		if a.Text != nil && t.plainValue(f, a, &d.Template) && a.Optional {
			d.Sets = append(d.Sets, a.Name)
		}
	}
	if t.cc != nil {
		users, _ := ev.approvers.Of(f, t.cc.Expr("users"), "users")
		access, _ := f.Choice(t.cc.Expr("access"), "access", accessWords)
		d.Template.CC, d.Template.CCAccess = approver.Persons(users), schema.Access(access)
		d.Sets = append(d.Sets, schema.AttrCC)
	}
	slices.Sort(d.Sets)
	d.PreventDestroy, _ = f.Flag(t.lifecycle.Expr("prevent_destroy"), "prevent_destroy")
	missing := f.Missing
	f.Missing = false
	d.Template.Steps = t.instanceSteps(ev, f)
	d.UnknownSteps, d.Unknown = f.Missing, f.Missing || missing

	written := d.Template
	d.Template = d.Template.Normalise()
	ev.teams.Share(d.Template.Steps)
	d.Template.CCAccess = written.CCAccess // empty where it is not written
	for _, a := range schema.Attributes {
		if a.Text != nil && a.Optional && !slices.Contains(d.Sets, a.Name) {
			a.SetText(&d.Template, "")
		}
	}
	return d
}

// plainValue evaluates an attribute that is a plain string, and reports whether it is written.
func (t *templateBlock) plainValue(f *eval.Frame, a schema.Attribute, to *schema.Template) bool {
	expr := t.Expr(a.Name)
	if expr == nil && !a.Required() {
		return false
	}
	if a.Words != nil {
		value, is := f.Choice(expr, words.Word(a.Name), a.Words)
		a.SetText(to, value)
		return is != eval.Absent
	}
	value, is := f.Text(expr, words.Word(a.Name))
	if a.Required() && f.Required(expr, words.Word(a.Name), is) == eval.Given && spelling.Look(value) == "" {
		f.Fail(expr, empty[a.Name][0], "%s", words.Word(empty[a.Name][1]))
	}
	a.SetText(to, value)
	care := spelling.Read
	if a.Name == schema.AttrTitle {
		care = spelling.Chosen
	}
	if is == eval.Given && spelling.Odd(value, care) != nil {
		article, name := "a ", strings.ReplaceAll(a.Name, "_", " ")
		if strings.ContainsRune("aeiou", rune(name[0])) {
			article = "an "
		}
		f.Reveal(expr.Range(), article+name, "The "+name+" of "+f.Address.String(), value, care)
	}
	return is != eval.Absent
}

// templateValue is what expressions see of a template.
func (ev *evaluator) templateValue(d schema.Declared) cty.Value {
	text := func(s string) cty.Value {
		switch {
		case s != "":
			return cty.StringVal(s)
		case d.Unknown:
			return cty.UnknownVal(cty.String)
		}
		return cty.NullVal(cty.String)
	}
	id := cty.UnknownVal(cty.Number)
	if ev.Facts != nil {
		if known, ok := ev.Facts.Templates[d.Address]; ok {
			id = cty.NumberIntVal(known)
		}
	}
	scope := cty.DynamicVal
	if s, ok := ev.scopes[d.Scope.String()]; ok {
		scope = ev.scopeValue(s)
	}
	value := map[string]cty.Value{"address": cty.StringVal(d.Address.String()), "id": id, "scope": scope}
	for _, a := range schema.Attributes {
		if a.Text != nil {
			value[a.Name] = text(a.Written(&d.Template))
		}
	}
	return cty.ObjectVal(value)
}
