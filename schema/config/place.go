package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/approver"
	"countersign/schema/config/attachment"
	"countersign/schema/config/backend"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/provider"
	"countersign/schema/config/rule"
	"countersign/schema/config/structure"
)

// Place adds, to diagnostics with an Address and an Attribute, the file, line and source text of that attribute, or of
// the block when the attribute is not written. An attribute of an inner block has a dot: "dingtalk.user_id".
func (s *Source) Place(d schema.Diagnostics) schema.Diagnostics {
	placed := slices.Clone(d)
	t := s.translator()
	for i, x := range placed {
		if x.Range != nil || x.Address.IsZero() {
			continue
		}
		if at, ok := s.Locate(x.Address, x.Attribute); ok {
			placed[i].Range, placed[i].Snippet = diagnostic.RangeOf(at), t.Snippet(at)
		}
	}
	return placed
}

// Show adds the source text to diagnostics that have a place.
func (s *Source) Show(d schema.Diagnostics) schema.Diagnostics {
	shown := slices.Clone(d)
	t := s.translator()
	for i, x := range shown {
		if r := x.Range; r != nil {
			shown[i].Snippet = t.Snippet(hcl.Range{Filename: r.Filename, Start: hcl.Pos(r.Start), End: hcl.Pos(r.End)})
		}
	}
	return shown
}

// Locate finds an attribute, such as "step[1].approvers" counted from 0, in the block of an address or of an instance.
func (s *Source) Locate(address addr.Address, attribute string) (hcl.Range, bool) {
	h, ok := s.headers()[address.Block()]
	if !ok {
		return hcl.Range{}, false
	}
	at, body, kind, shape := h.At, h.Body, h.Kind, shapes[h.Kind]
	switch h.Kind {
	case "provider":
		shape = provider.Schemas[h.Name]
	case "state":
		shape = backend.Schema(h.Name)
	}
	for name := range strings.SplitSeq(attribute, ".") {
		if shape == nil {
			break
		}
		c, _, _ := body.PartialContent(shape)
		if a := c.Attributes[name]; a != nil {
			return a.Expr.Range(), true
		}
		name, n := numbered(name)
		i := slices.IndexFunc(c.Blocks, func(b *hcl.Block) bool { return b.Type == "dynamic" && b.Labels[0] == name })
		if i < 0 {
			i = slices.IndexFunc(c.Blocks, func(b *hcl.Block) bool {
				if b.Type == name {
					n--
				}
				return b.Type == name && n < 0
			})
		}
		if i < 0 {
			break
		}
		at, body = c.Blocks[i].DefRange, c.Blocks[i].Body
		kind += "." + name
		if shape = shapes[kind]; c.Blocks[i].Type == "dynamic" {
			shape = nil
		}
	}
	return at, true
}

// shapes are the schemas of the blocks that have an address, except providers and states, and of the blocks with
// attributes in them.
var shapes = map[string]*hcl.BodySchema{
	"state.encryption": backend.EncryptionSchema,
	"variable":         variableSchema, "folder": scopeSchema, "file": scopeSchema,
	"approver": approver.Schema,
	"template": templateSchema, "template.step": stepSchemas.Of["step"], "template.cc": ccSchema,
	"template.lifecycle": lifecycleSchema,
	"attachment":         attachment.Schema, "attachment.contract": attachment.ContractSchema,
	"attachment.dingtalk": attachment.DingTalkSchema, "output": outputSchema,
	"policy": rule.Schema, "policy.except": rule.ExceptSchema,
}

// headers is the index of blocks by address, made when it is first needed.
func (s *Source) headers() map[addr.Address]*structure.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.index == nil {
		s.index = map[addr.Address]*structure.Header{}
		s.document.headers(func(h *structure.Header) bool {
			if s.index[h.Address] == nil {
				s.index[h.Address] = h
			}
			return true
		})
	}
	return s.index
}

// ImportOf is the import block that is for an address alone.
func (s *Source) ImportOf(address addr.Address) (at hcl.Range, ok bool) {
	for _, i := range s.document.imports {
		target := i.Address
		if i.key != nil {
			key, _ := i.key.Value(nil) // unknown where the expression needs more
			if !key.IsWhollyKnown() || key.Type() != cty.String || i.ForEach != nil {
				continue
			}
			target = target.Instance(key.AsString())
		}
		if target == address {
			return i.At, true
		}
	}
	return hcl.Range{}, false
}

// numbered takes the number off a block's name: "step[1]"; without one it is the first.
func numbered(name string) (string, int) {
	name, number, ok := strings.Cut(name, "[")
	if n, err := strconv.Atoi(strings.TrimSuffix(number, "]")); ok && err == nil {
		return name, n
	}
	return name, 0
}
