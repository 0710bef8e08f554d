// Package diagnostic turns the mistakes that HCL and the language find into the model's diagnostics: sorted, each once,
// with the source text and the values that they are about, and without secrets. It prints nothing.
package diagnostic

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/budget"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// Finding is a diagnostic with what HCL has no field for.
type Finding struct {
	*hcl.Diagnostic
	Address addr.Address // of the object that it is about
	Secret  bool         // the source text may hold a secret and must not be shown; the detail holds none
}

// Hidden is the Extra of a diagnostic whose source text may hold a secret. Code that makes no findings uses it.
type Hidden struct{}

// MaxAlike is how many instances of one block report the same mistake at the same place.
const MaxAlike = 1

// Error is a mistake at a place. A zero range means that there is none.
func Error(at hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...)}
	if at.Filename != "" {
		d.Subject = &at
	}
	return d
}

// Warning is Error for what may be meant as it is.
func Warning(at hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	d := Error(at, summary, format, args...)
	d.Severity = hcl.DiagWarning
	return d
}

// Findings are diagnostics that are about no object in particular.
func Findings(diags hcl.Diagnostics) []Finding {
	findings := make([]Finding, len(diags))
	for i, d := range diags {
		findings[i] = Finding{Diagnostic: d}
	}
	return findings
}

// Translator turns HCL's diagnostics into the model's.
type Translator struct {
	Files    map[string]*hcl.File
	Linked   map[string]bool   // those of the files whose text must not be shown
	Texts    map[string][]byte // other sources, by the names that ranges have for them
	Literals []hcl.Range       // secrets that are written in the files; their lines are not shown
	Roots    map[string]bool   // the beginnings of references whose values are not shown as a whole
	last     shownLines        // of the diagnostic before: one long line may have many mistakes
}

// shownLines are lines of a file.
type shownLines struct {
	filename string
	from, to int
	secret   bool // a secret is written on them
}

// All translates and sorts findings. The same mistake in many instances of one block is reported once, and counted.
func (t *Translator) All(findings []Finding) schema.Diagnostics {
	type spot struct {
		summary, filename string
		at                int
	}
	type mistake struct {
		summary, detail, filename string
		address                   addr.Address
		at                        int
	}
	findings, more := mostUrgent(findings)
	alike := map[spot]int{}
	last := map[spot]int{} // the index in diags of the last one that is shown
	repeated := map[mistake]bool{}
	var diags schema.Diagnostics
	for _, f := range findings {
		var key spot
		if f.Subject != nil {
			key = spot{f.Summary, f.Subject.Filename, f.Subject.Start.Byte}
			same := mistake{f.Summary, f.Detail, f.Subject.Filename, f.Address, f.Subject.Start.Byte}
			if repeated[same] {
				continue
			}
			repeated[same] = true
			if f.Address.Key != "" {
				if alike[key]++; alike[key] > MaxAlike {
					continue
				}
			}
		}
		diags = append(diags, t.translate(f))
		last[key] = len(diags) - 1
	}
	for key, n := range alike {
		if n > MaxAlike {
			d := &diags[last[key]]
			d.Detail += fmt.Sprintf("\n\nThe same is wrong with %s.", words.Count(n-MaxAlike, "more instance"))
		}
	}
	if more > 0 {
		severity := schema.Error
		if !diags.HasErrors() {
			severity = schema.Warning
		}
		diags = append(diags, schema.Diagnostic{Severity: severity, Summary: "Too many mistakes",
			Detail: fmt.Sprintf("There are %s more. Mend these first.", words.Thousands(int64(more)))})
	}
	diags.Sort()
	return diags
}

// maxReported is how many findings are reported.
const maxReported = 1000

// mostUrgent are the findings that are reported, and how many are not. Errors come first, and then the order in the
// files decides.
func mostUrgent(findings []Finding) (shown []Finding, more int) {
	if len(findings) <= maxReported {
		return findings, 0
	}
	shown = slices.Clone(findings)
	slices.SortStableFunc(shown, func(a, b Finding) int {
		at, other := hcl.Range{}, hcl.Range{} // what has no place comes first
		if a.Subject != nil {
			at = *a.Subject
		}
		if b.Subject != nil {
			other = *b.Subject
		}
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), strings.Compare(at.Filename, other.Filename),
			cmp.Compare(at.Start.Byte, other.Start.Byte))
	})
	return shown[:maxReported], len(shown) - maxReported
}

func (t *Translator) translate(f Finding) schema.Diagnostic {
	summary, detail := worded(f.Diagnostic)
	d := schema.Diagnostic{Severity: schema.Error, Summary: shorten(summary, maxLabel),
		Detail: shorten(detail, maxDetail), Address: f.Address}
	if f.Severity == hcl.DiagWarning {
		d.Severity = schema.Warning
	}
	if f.Subject == nil {
		return d
	}
	d.Range = RangeOf(*f.Subject)
	switch f.Extra.(type) {
	case Hidden:
		return d
	case syntax.Unparsed:
		if t.linesOf(*f.Subject).secret {
			d.Detail = "The file cannot be read any further than here. What stands here is not shown, because there " +
				"is a secret on this line."
			return d
		}
	}
	if !f.Secret {
		d.Snippet = t.Snippet(*f.Subject)
		if d.Snippet != nil && f.Expression != nil && f.EvalContext != nil {
			d.Snippet.Values = t.values(f.Expression, f.EvalContext)
		}
	}
	return d
}

// RangeOf is a range as the model has it; one of no length is a character wide.
func RangeOf(r hcl.Range) *schema.Range {
	if r.End.Byte <= r.Start.Byte {
		r.End = hcl.Pos{Line: r.Start.Line, Column: r.Start.Column + 1, Byte: r.Start.Byte + 1}
	}
	return &schema.Range{Filename: r.Filename, Start: schema.Pos(r.Start), End: schema.Pos(r.End)}
}

// maxSnippet is how many lines of source text a snippet shows.
const maxSnippet = 12

// The most labels of a block that are shown, and the most bytes of each: there may be a million.
const (
	maxLabels = 4
	maxLabel  = 200
)

// maxLine is how many bytes of a line are shown before and behind the place of a diagnostic, and maxDetail how many a
// detail may have.
const (
	maxLine   = 4 << 10
	maxDetail = 4 << 10
)

// shorten cuts the middle out of a text, so that it has about n bytes.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n/2], "") + " … " + strings.ToValidUTF8(s[len(s)-n/2:], "")
}

// source is the text that a range is in; nil when it is not known, or must not be shown.
func (t *Translator) source(at hcl.Range) []byte {
	if t.Linked[at.Filename] {
		return nil
	}
	if file := t.Files[at.Filename]; file != nil {
		return file.Bytes
	}
	return t.Texts[at.Filename]
}

// lines are the bytes from the beginning of a range's first line to the end of its last one, or of maxSnippet lines.
func lines(src []byte, at hcl.Range) (from, to int) {
	start := min(max(at.Start.Byte, 0), len(src))
	from = bytes.LastIndexByte(src[:start], '\n') + 1
	to = from
	for line := 0; line < maxSnippet && to < len(src) && (to < at.End.Byte || line == 0); line++ {
		next := bytes.IndexByte(src[to:], '\n')
		if next < 0 {
			return from, len(src)
		}
		to += next + 1
	}
	return from, to
}

// linesOf are the lines that a range is on.
func (t *Translator) linesOf(at hcl.Range) shownLines {
	l := t.last
	if l.filename == at.Filename && l.from <= at.Start.Byte && at.Start.Byte < l.to && at.End.Byte <= l.to {
		return l
	}
	src := t.source(at)
	l = shownLines{filename: at.Filename}
	l.from, l.to = lines(src, at)
	l.secret = sensitive.SecretOn(src[l.from:l.to]) || slices.ContainsFunc(t.Literals, func(s hcl.Range) bool {
		return s.Filename == at.Filename && s.Start.Byte < l.to && l.from < s.End.Byte
	})
	if at.Start.Line == at.End.Line {
		t.last = l
	}
	return l
}

// Snippet is the lines of a range; nil when their text is not known, or a secret is on them.
func (t *Translator) Snippet(at hcl.Range) *schema.Snippet {
	src := t.source(at)
	on := t.linesOf(at)
	if src == nil || on.secret {
		return nil
	}
	start := min(max(at.Start.Byte, 0), len(src))
	end := max(min(max(at.End.Byte, start+1), len(src)), start)
	from, to := on.from, on.to
	for from = max(from, start-maxLine); from < start && !utf8.RuneStart(src[from]); {
		from++
	}
	for to = min(to, max(start, min(end, start+maxLine))+maxLine); to < len(src) && !utf8.RuneStart(src[to]); {
		to--
	}
	code := strings.ToValidUTF8(string(src[from:to]), "\uFFFD")
	if code == string(src[from:to]) {
		code = strings.TrimRight(code, "\r\n")
	}
	s := &schema.Snippet{Code: code, StartLine: at.Start.Line, Values: []schema.Value{}}
	s.HighlightStartOffset = min(start-from, len(code))
	s.HighlightEndOffset = min(max(end-from, s.HighlightStartOffset), len(code))
	s.Context = contextOf(t.Files[at.Filename], start)
	return s
}

// contextOf names the block that an offset is in.
func contextOf(file *hcl.File, offset int) *string {
	if file == nil {
		return nil
	}
	// HCL would go through all blocks. They are in order, so a binary search finds the block.
	if body, native := file.Body.(*hclsyntax.Body); native {
		i, found := slices.BinarySearchFunc(body.Blocks, offset, func(b *hclsyntax.Block, offset int) int {
			switch r := b.Range(); {
			case r.End.Byte <= offset:
				return -1
			case r.Start.Byte > offset:
				return 1
			}
			return 0
		})
		if !found {
			return nil
		}
		title := body.Blocks[i].Type
		for _, label := range body.Blocks[i].Labels[:min(len(body.Blocks[i].Labels), maxLabels)] {
			title += fmt.Sprintf(" %q", shorten(label, maxLabel))
		}
		return &title
	}
	if nav, ok := file.Nav.(interface{ ContextString(int) string }); ok {
		if title := nav.ContextString(offset); title != "" {
			return &title
		}
	}
	return nil
}

// values says what the references in an expression stood for, without sensitive values.
func (tr *Translator) values(expr hcl.Expression, ctx *hcl.EvalContext) []schema.Value {
	values := []schema.Value{}
	seen := map[string]bool{}
	for _, t := range expr.Variables() {
		for len(t) > 1 || len(t) == 1 && t.RootName() != "each" && !tr.Roots[t.RootName()] {
			v, diags := t.TraverseAbs(ctx)
			if diags.HasErrors() {
				if t = t[:len(t)-1]; len(t) == 0 {
					break
				}
				continue
			}
			name := syntax.Reference(t)
			if statement := describe(v); statement != "is "+name && statement != "" && !seen[name] {
				seen[name] = true
				values = append(values, schema.Value{Traversal: name, Statement: statement})
			}
			break
		}
	}
	slices.SortFunc(values, func(a, b schema.Value) int { return strings.Compare(a.Traversal, b.Traversal) })
	return values
}

// describe says what a value is, in a few words; "" when it must not be shown.
func describe(v cty.Value) string {
	if budget.Large(v) || v.ContainsMarked() {
		return ""
	}
	ty := v.Type()
	switch {
	case v.IsNull():
		return "is null"
	case ty == cty.DynamicPseudoType:
		return "is not known yet"
	case !v.IsKnown():
		return fmt.Sprintf("is %s that is not known yet", words.Type(ty))
	case ty == cty.Bool:
		return fmt.Sprintf("is %t", v.True())
	case ty == cty.Number:
		return "is " + v.AsBigFloat().Text('g', 15)
	case ty == cty.String:
		s := []rune(v.AsString())
		if len(s) > 80 {
			s = append(s[:79], '…')
		}
		return fmt.Sprintf("is %q", string(s))
	case ty.IsCollectionType() || ty.IsTupleType():
		return fmt.Sprintf("is %s with %s", words.Type(ty), words.Count(v.LengthInt(), "element"))
	case ty.IsObjectType():
		if address, ok := words.Address(v); ok {
			return "is " + address
		}
		return fmt.Sprintf("is an object with %s", words.Count(len(ty.AttributeTypes()), "attribute"))
	}
	return "is " + string(words.Type(ty))
}
