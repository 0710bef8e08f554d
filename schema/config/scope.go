package config

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// scopeBlock is a folder or file block.
type scopeBlock struct{ structure.Object }

var scopeSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "for_each"}, {Name: "id"}, {Name: "path"},
	{Name: "unmanaged"}}}

// scopeAttributes is what expressions see of a scope. The address tells which scope it is.
var scopeAttributes = []string{"address", "id", "name", "path"}

var unmanagedWords = []string{string(schema.UnmanagedIgnore), string(schema.UnmanagedReport),
	string(schema.UnmanagedRemove)}

func decodeScope(b *hcl.Block, diags *hcl.Diagnostics) *scopeBlock {
	return &scopeBlock{structure.ObjectOf(b, structure.Content(b.Body, scopeSchema, diags), diags)}
}

func (s *scopeBlock) evaluate(ev *evaluator) (eval.Result, bool) {
	return eval.Collect(ev.Bind(&s.Object), &s.Object, &ev.declared.Scopes, func(f *eval.Frame) schema.Scope {
		f.Early = true
		scope := s.instance(f)
		ev.scopes[scope.Address.String()] = scope
		ev.NeedsFacts = ev.NeedsFacts || scope.ID == 0
		return scope
	}, ev.scopeValue)
}

func (s *scopeBlock) instance(f *eval.Frame) schema.Scope {
	scope := schema.Scope{Address: f.Address, Kind: schema.ScopeKind(s.Kind), Unmanaged: schema.UnmanagedReport}
	var hasID, hasPath eval.Found
	scope.ID, hasID = f.Whole(s.Expr("id"), "id", 1)
	path := s.Expr("path")
	scope.Path, hasPath = f.Text(path, "path")
	if hasPath == eval.Given {
		f.Reveal(path.Range(), "a path", "The path of "+f.Address.String(), scope.Path, spelling.Read)
	}
	switch {
	case hasID == eval.Absent && hasPath == eval.Absent:
		f.FailAt(s.At, nil, "Scope without id or path", "A %s needs an id, which the drive shows in its address "+
			"line, or a path such as \"公司文件/合同\", or both.", s.Kind)
	case hasPath == eval.Given && slices.ContainsFunc(strings.Split(scope.Path, "/"), func(name string) bool {
		return strings.TrimSpace(name) == ""
	}):
		f.Fail(path, "Invalid path", "%q is not a path: it is the names from the top folder down, joined by /, "+
			"without one before the first or after the last.", scope.Path)
	}
	if word, is := f.Choice(s.Expr("unmanaged"), "unmanaged", unmanagedWords); is == eval.Given {
		scope.Unmanaged = schema.Unmanaged(word)
	}
	return scope
}

func (ev *evaluator) scopeValue(s schema.Scope) cty.Value {
	id, path := cty.UnknownVal(cty.Number), cty.NullVal(cty.String)
	if s.ID == 0 && ev.Facts != nil {
		s.ID = ev.Facts.ScopeIDs[s.Address]
	}
	if s.ID != 0 {
		id = cty.NumberIntVal(s.ID)
	}
	if s.Path != "" {
		path = cty.StringVal(s.Path)
	}
	return cty.ObjectVal(map[string]cty.Value{"address": cty.StringVal(s.Address.String()), "id": id,
		"name": cty.StringVal(s.Address.Name), "path": path})
}

// scopeOf is the value of a template's scope: the address of a declared folder or file.
func (ev *evaluator) scopeOf(f *eval.Frame, expr hcl.Expression) (addr.Address, eval.Found) {
	const advice = "A scope is a folder or file block, such as folder.contracts."
	v, is := f.Open(expr, "scope")
	if is = f.Required(expr, "scope", is); is != eval.Given {
		return addr.Address{}, is
	}
	if v.Type() == cty.DynamicPseudoType {
		return addr.Address{}, f.Unknown(expr, "scope")
	}
	address, isBlock := words.Address(v)
	if !isBlock {
		if ty := v.Type(); ty.IsObjectType() && ty.HasAttribute("address") {
			return addr.Address{}, f.Unknown(expr, "scope")
		} else if ty.IsObjectType() && len(ty.AttributeTypes()) > 0 {
			return addr.Address{}, f.Fail(expr, "Not a scope",
				"%s This is an object of several values; of a block with for_each, name one instance: "+
					"folder.team[\"legal\"] or folder.team[each.key].", advice)
		}
		return addr.Address{}, f.Fail(expr, "Not a scope", "%s This is %s.%s", advice, words.Type(v.Type()),
			f.Quoted(expr.Range(), v))
	}
	scope, declared := ev.scopes[address]
	if !declared {
		return addr.Address{}, f.Fail(expr, "Not a scope", "%s This is %s.", advice, address)
	}
	return scope.Address, eval.Given
}
