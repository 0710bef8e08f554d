package config

import (
	"bytes"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/budget"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/structure"
)

// lintSetting is one line of a lint block. Which lints there are is not known here.
type lintSetting struct {
	structure.Header
	severity string
}

func decodeLint(b *hcl.Block, limit *budget.Budget, diags *hcl.Diagnostics) []*lintSetting {
	attrs, found := b.Body.JustAttributes()
	*diags = append(*diags, found...)
	list := structure.InOrder(attrs, diags)
	settings := make([]*lintSetting, 0, len(list))
	for _, a := range list {
		v, wrong := limit.Value(a.Expr, nil)
		if wrong.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
			*diags = append(*diags, diagnostic.Error(a.Expr.Range(), "Invalid severity of a lint",
				"It is a word, written out: \"error\", \"warning\", \"notice\" or \"off\"."))
			continue
		}
		settings = append(settings, &lintSetting{structure.Header{Address: addr.New("lint", a.Name), Kind: "lint",
			Name: a.Name, At: a.Range, Body: b.Body}, v.AsString()})
	}
	return settings
}

// Lints are the severities that lint blocks set, in the order written.
func (s *Source) Lints() []schema.LintSetting {
	settings := make([]schema.LintSetting, len(s.document.lints))
	for i, l := range s.document.lints {
		settings[i] = schema.LintSetting{Address: l.Address, Code: l.Name, Severity: l.severity}
	}
	return settings
}

// ignoreComment is a comment that silences a lint: its code, and the reason.
var ignoreComment = regexp.MustCompile(`(?m)(?:#|//|/\*)[ \t]*countersign:ignore` +
	`(?:[ \t]+([^\s*]+)[ \t]*(.*?))?[ \t]*(?:\*/)?[ \t]*\r?$`)

// noCode is a line that has nothing but a comment, or nothing at all.
var noCode = regexp.MustCompile(`^[ \t\r]*(?:$|#|//|/\*.*\*/[ \t\r]*$)`)

// Ignores are the comments that silence lints, in files of native syntax; JSON has no comments. A comment is about what
// begins on its own line, or where it has the line to itself, on the next one that has code: a block with all that is
// in it, or an attribute.
func (s *Source) Ignores() []schema.Ignore {
	var out []schema.Ignore
	for _, name := range s.Files {
		file := s.files[name]
		if file == nil || !bytes.Contains(file.Bytes, []byte("countersign:ignore")) {
			continue
		}
		body, native := file.Body.(*hclsyntax.Body)
		if !native {
			continue
		}
		layout := layoutOf(body)
		lines := bytes.Split(file.Bytes, []byte("\n"))
		line, counted := 1, 0
		for _, at := range ignoreComment.FindAllSubmatchIndex(file.Bytes, -1) {
			line += bytes.Count(file.Bytes[counted:at[0]], []byte("\n"))
			counted = at[0]
			if slices.ContainsFunc(layout.texts, func(r hcl.Range) bool {
				return r.Start.Byte < at[0] && at[0] < r.End.Byte
			}) {
				continue
			}
			start := bytes.LastIndexByte(file.Bytes[:at[0]], '\n') + 1
			before := file.Bytes[start:at[0]]
			where := hcl.Range{Filename: name,
				Start: hcl.Pos{Line: line, Column: len(bytes.Runes(before)) + 1, Byte: at[0]},
				End:   hcl.Pos{Line: line, Column: len(bytes.Runes(file.Bytes[start:at[1]])) + 1, Byte: at[1]}}
			g := schema.Ignore{At: *diagnostic.RangeOf(where), From: line}
			if at[2] >= 0 {
				g.Code, g.Reason = string(file.Bytes[at[2]:at[3]]), string(bytes.TrimSpace(file.Bytes[at[4]:at[5]]))
			}
			if len(bytes.TrimSpace(before)) == 0 {
				for g.From < len(lines) && noCode.Match(lines[g.From-1]) {
					g.From++
				}
			}
			g.To = max(g.From, layout.ends[g.From])
			out = append(out, g)
		}
	}
	return out
}

// layout is which lines belong together in a file.
type layout struct {
	ends  map[int]int // the last line of what begins on a line
	texts []hcl.Range // strings, in which nothing is a comment
}

func layoutOf(body *hclsyntax.Body) layout {
	l := layout{ends: map[int]int{}}
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		r := n.Range()
		switch n := n.(type) {
		case *hclsyntax.Block:
			l.ends[r.Start.Line] = max(l.ends[r.Start.Line], n.CloseBraceRange.End.Line)
		case *hclsyntax.Attribute:
			l.ends[r.Start.Line] = max(l.ends[r.Start.Line], r.End.Line)
		case *hclsyntax.TemplateExpr:
			l.texts = append(l.texts, r)
		}
		return nil
	})
	return l
}
