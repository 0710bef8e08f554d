package syntax

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// heredocs holds what is made of a text against what HCL's parser makes of it: values, and where everything else
// stands.
func heredocs(t *testing.T, src string) (taken int) {
	t.Helper()
	want, wrong := hclsyntax.ParseConfig([]byte(src), "a.hcl", hcl.InitialPos)
	var n nesting
	n.scan([]byte(src), inFile, MaxDepth)
	texts := n.texts
	got, diags := hclsyntax.ParseConfig(standIn([]byte(src), texts), "a.hcl", hcl.InitialPos)
	putBack(got, []byte(src), texts)
	if wrong.HasErrors() != diags.HasErrors() {
		t.Fatalf("%q: %v, and not %v", src, diags, wrong)
	}
	if wrong.HasErrors() {
		return len(texts)
	}
	a, b := placed(want), placed(got)
	if !slices.Equal(a, b) {
		t.Errorf("%q: %q, and not %q", src, b, a)
	}
	return len(texts)
}

// placed lists the attributes of a body with their places and values.
func placed(file *hcl.File) []string {
	var all []string
	_ = hclsyntax.VisitAll(file.Body.(*hclsyntax.Body), func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.Attribute:
			v, diags := n.Expr.Value(nil)
			if diags.HasErrors() || !v.Type().Equals(cty.String) {
				v = cty.StringVal("something else")
			}
			all = append(all, fmt.Sprint(n.Name, n.SrcRange, v.AsString()))
		case *hclsyntax.LiteralValueExpr:
			all = append(all, fmt.Sprint(n.SrcRange.Start, n.SrcRange.End))
		}
		return nil
	})
	slices.Sort(all)
	return all
}

func TestHeredocsAreTakenOut(t *testing.T) {
	body := strings.Repeat("line of text\n", minLines)
	for src, taken := range map[string]int{
		"a = <<E\n" + body + "E\nb = \"c\"\n":                                                            1,
		"a = <<-E\n" + strings.Repeat("    deep\n\n      deeper\n", minLines) + "  E\nb = \"c\"\n":       1,
		"a = <<-E\n  x\n" + body + "E\n":                                                                 1,
		"a = <<-E\n\tx\n" + body + "E\n":                                                                 0,
		"a {\n  b = [<<E\n" + body + "  E\n  , <<F\n" + body + "F\n  ]\n  c = \"d\"\n}\n":                2,
		"a = <<E\n" + body + "${1}\nE\n":                                                                 0,
		"a = <<E\n" + body + "100 %\nE\n":                                                                0,
		"a = <<E\n" + strings.Repeat("\n", minLines) + "E\n":                                             0,
		"a = <<E\r\n" + strings.Repeat("line\r\n", minLines) + "E\r\nb = \"c\"\r\n":                      1,
		"a = \"${<<E\n" + body + "E\n}\"\nb = \"c\"\n":                                                   1,
		"a = <<E\n*/ /* \"}\n" + body + "E\nb = \"c\"\n":                                                 1,
		"a = upper(<<E\n" + body + "E\n)\n":                                                              1,
		"a = <<E\n" + body + "E # no marker\n" + body + "E\n":                                            1,
		"a = <<公司\n" + strings.Repeat("公司文件é\n", minLines) + "公司\nb = \"c\"\n":                           1,
		"# <<E\na = <<E\n" + strings.Repeat("x\n", minLines) + strings.Repeat("y", 200) + "\nE\nb = 1\n": 1,
	} {
		if n := heredocs(t, src); n != taken {
			t.Errorf("%d, and not %d heredocs are taken out of %.60q", n, taken, src)
		}
	}
}

// FuzzHeredoc: taking heredocs out changes nothing.
func FuzzHeredoc(f *testing.F) {
	f.Add("a = <<E\n", "some\n", "E\nb = 1\n", 100)
	f.Add("a = [<<-E\n  x\n", "  some\n\n", "  E\n]\n", 100)
	f.Fuzz(func(t *testing.T, before, each, after string, n int) {
		src := before + strings.Repeat(each, min(max(n, 0), 300)) + after
		if len(src) > 20000 || invalidText([]byte(src), "a.hcl") != nil || Refuse([]byte(src), "a.hcl", Native) != nil {
			return
		}
		heredocs(t, src)
	})
}
