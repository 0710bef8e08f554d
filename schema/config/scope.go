package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// scopeBlock is a folder or file block.
type scopeBlock struct {
	object
	id, path, unmanaged hcl.Expression
}

var scopeSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "for_each"}, {Name: "id"}, {Name: "path"}, {Name: "unmanaged"}}}

// scopeAttributes is what expressions see of a scope. The address tells which scope it is.
var scopeAttributes = []string{"address", "id", "name", "path"}

var unmanagedWords = []string{string(schema.UnmanagedIgnore), string(schema.UnmanagedReport), string(schema.UnmanagedRemove)}

// declaredScope is one instance of a block.
type declaredScope struct {
	schema.Scope
	block *scopeBlock
}

func decodeScope(b *hcl.Block, diags *hcl.Diagnostics) *scopeBlock {
	c := content(b.Body, scopeSchema, diags)
	return &scopeBlock{object: objectOf(b, c, diags),
		id: expression(c, "id"), path: expression(c, "path"), unmanaged: expression(c, "unmanaged")}
}

func (s *scopeBlock) evaluate(ev *evaluator) (result, bool) {
	b := ev.bind(&s.object, s.id, s.path, s.unmanaged)
	return collect(b, &s.object, &ev.scopeList, func(f *frame) declaredScope {
		f.early = true
		scope := s.instance(f)
		ev.scopes[scope.Address] = scope
		ev.NeedsFacts = ev.NeedsFacts || scope.ID == 0
		return declaredScope{scope, s}
	}, func(d declaredScope) cty.Value { return ev.scopeValue(d.Scope, s.name) })
}

func (s *scopeBlock) instance(f *frame) schema.Scope {
	scope := schema.Scope{Address: f.address, Kind: schema.ScopeKind(s.kind), Unmanaged: schema.UnmanagedReport}
	id, hasID := f.whole(s.id, "id", 1)
	path, hasPath := f.text(s.path, "path")
	scope.ID, scope.Path = id, path
	if hasPath == given {
		f.reveal(s.path.Range(), "a path", "The path of "+f.address, path, spelling.Read)
	}
	switch {
	case hasID == absent && hasPath == absent:
		f.failAt(s.at, nil, "Scope without id or path", "A %s needs an id, which the drive shows in its address line, or a path such as \"公司文件/合同\", or both.", s.kind)
	case hasPath == given && slices.ContainsFunc(strings.Split(path, "/"), func(name string) bool { return strings.TrimSpace(name) == "" }):
		f.fail(s.path, "Invalid path", "%q is not a path: it is the names from the top folder down, joined by /, without one before the first or after the last.", path)
	}
	if word, is := f.choice(s.unmanaged, "unmanaged", unmanagedWords); is == given {
		scope.Unmanaged = schema.Unmanaged(word)
	}
	return scope
}

func (ev *evaluator) scopeValue(s schema.Scope, name string) cty.Value {
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
	return cty.ObjectVal(map[string]cty.Value{"address": cty.StringVal(s.Address), "id": id, "name": cty.StringVal(name), "path": path})
}

// scope is the value of a template's scope: the address of a declared folder or file.
func (ev *evaluator) scope(f *frame, expr hcl.Expression) (string, is) {
	const advice = "A scope is a folder or file block, such as folder.contracts."
	v, is := f.open(expr, "scope")
	if is = f.required(expr, "scope", is); is != given {
		return "", is
	}
	if v.Type() == cty.DynamicPseudoType {
		return "", f.unknown(expr, "scope")
	}
	address, isBlock := words.Address(v)
	if !isBlock {
		if ty := v.Type(); ty.IsObjectType() && ty.HasAttribute("address") {
			return "", f.unknown(expr, "scope")
		} else if ty.IsObjectType() && len(ty.AttributeTypes()) > 0 {
			return "", f.fail(expr, "Not a scope", "%s This is an object of several values; of a block with for_each, name one instance: folder.team[\"legal\"] or folder.team[each.key].", advice)
		}
		return "", f.fail(expr, "Not a scope", "%s This is %s.", advice, words.Type(v.Type()))
	}
	if _, declared := ev.scopes[address]; !declared {
		return "", f.fail(expr, "Not a scope", "%s This is %s.", advice, address)
	}
	return address, given
}

// checkScopes reports two scopes that are one and the same folder or file.
func (ev *evaluator) checkScopes() {
	ids, paths := map[int64]declaredScope{}, map[string]declaredScope{}
	for _, s := range ev.scopeList {
		if first, twice := ids[s.ID]; twice && s.ID != 0 {
			ev.sameScope(s, first, s.block.id, fmt.Sprintf("the id %d", s.ID))
			continue
		}
		ids[s.ID] = s
		if s.Path == "" {
			continue
		}
		if first, twice := paths[s.Path]; twice {
			ev.sameScope(s, first, s.block.path, fmt.Sprintf("the path %q", s.Path))
			continue
		}
		paths[s.Path] = s
	}
}

func (ev *evaluator) sameScope(s, first declaredScope, expr hcl.Expression, what string) {
	at := expr.Range()
	ev.Report(diagnostic.Finding{Address: s.Address, Diagnostic: &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Same scope twice", Subject: &at,
		Detail: fmt.Sprintf("%s and %s (%s) both have %s. Remove one of the two, and let the templates refer to the other.", s.Address, first.Address, words.Place(first.block.at), what)}})
}
