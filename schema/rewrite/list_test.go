package rewrite

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// elements are the texts of a list's elements, and where they stand; ok is false for what is no list of bare names.
func elements(src string) (list *hclsyntax.TupleConsExpr, names []string, at []span, ok bool) {
	file, diags := hclsyntax.ParseConfig([]byte(src), "a.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, nil, nil, false
	}
	a := file.Body.(*hclsyntax.Body).Attributes["x"]
	if a == nil {
		return nil, nil, nil, false
	}
	list, ok = a.Expr.(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil, nil, nil, false
	}
	for _, e := range list.Exprs {
		r := e.Range()
		name, bare := e.(*hclsyntax.ScopeTraversalExpr)
		if !bare || len(name.Traversal) != 1 {
			return nil, nil, nil, false
		}
		names, at = append(names, name.Traversal.RootName()), append(at, span{r.Start.Byte, r.End.Byte})
	}
	return list, names, at, true
}

// However a list is laid out: after relist it holds what is kept and what is added, in that order, and comments that
// are not on the line of what went.
func FuzzRelist(f *testing.F) {
	for _, list := range []string{
		"[]", "[a]", "[a, b, c]", "[ a,b , c, ]", "[\n  a,\n  b,\n]", "[\n  a, # one\n  # two\n  b // three\n]",
		"[a,\n b]", "[\n a, b,\n c, d\n]",
		"[a /* x */, /* y */ b]", "[\n\n  a,\n\n  b,\n\n]", "[\r\n  a,\r\n  b\r\n]", "[a, # x\nb # y\n]",
		"[\n  a\n  , b\n]", "[\n/* c */ a, b]",
		"[A#0\n,A0]", "[\na\n,]", "[a\n# x\n, b]", "[a, b # x\n, c]",
	} {
		for mask := range uint8(8) {
			f.Add(list, mask, uint8(0))
			f.Add(list, mask, uint8(2))
		}
	}
	f.Fuzz(func(t *testing.T, written string, mask, adds uint8) {
		if !utf8.ValidString(written) { // no configuration
			return
		}
		end := "\n"
		if strings.Contains(written, "\r\n") {
			end = "\r\n"
		}
		src := "x = " + written + end
		list, names, at, ok := elements(src)
		if !ok || len(names) > 8 {
			return
		}
		keep := func(i int) bool { return mask&(1<<i) != 0 }
		added := []string{"new", "more"}[:adds%3]
		want := slices.Clone(added)
		for i, name := range slices.Backward(names) {
			if keep(i) {
				want = slices.Insert(want, 0, name)
			}
		}
		p := text{"a.hcl", []byte(src)}.relist(span{list.SrcRange.Start.Byte, list.SrcRange.End.Byte}, at, keep, added)
		after := string(p.apply("a.hcl", []byte(src)))
		_, got, _, ok := elements(after)
		if !ok || !slices.Equal(got, want) {
			t.Errorf("%q keeping %b, adding %d: %q", src, mask, len(added), after)
		}
		if !strings.Contains(strings.ReplaceAll(src, "\r\n", ""), "\n") &&
			strings.Contains(strings.ReplaceAll(after, "\r\n", ""), "\n") {
			t.Errorf("%q: other line ends in %q", src, after)
		}
	})
}

// In braces, elements may be parted by lines alone.
func TestRelistBraces(t *testing.T) {
	for _, tt := range []struct{ before, after string }{
		{"{\n  a = 1\n  b = 2\n  c = 3\n}", "{\n  a = 1\n  c = 3\n}"},
		{"{ a = 1, b = 2, c = 3 }", "{ a = 1, c = 3 }"},
		{"{\n  a = 1, # one\n  b = 2, # two\n  # of three\n  c = 3\n}", "{\n  a = 1, # one\n  # of three\n  c = 3\n}"},
		{"{\n  a = 1, b = 2\n  c = 3\n}", "{\n  a = 1,\n  c = 3\n}"},
	} {
		src := "x = " + tt.before + "\n"
		file, diags := hclsyntax.ParseConfig([]byte(src), "a.hcl", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		object := file.Body.(*hclsyntax.Body).Attributes["x"].Expr.(*hclsyntax.ObjectConsExpr)
		var at []span
		for _, item := range object.Items {
			at = append(at, span{item.KeyExpr.Range().Start.Byte, item.ValueExpr.Range().End.Byte})
		}
		p := text{"a.hcl", []byte(src)}.relist(span{object.SrcRange.Start.Byte, object.SrcRange.End.Byte}, at,
			func(i int) bool { return i != 1 }, nil)
		if got := string(p.apply("a.hcl", []byte(src))); got != "x = "+tt.after+"\n" {
			t.Errorf("%q: %q", src, got)
		}
	}
}
