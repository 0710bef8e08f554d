package config

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/addr"
	"countersign/schema/config/configtest"
	"countersign/schema/config/eval"
	"countersign/schema/config/functions"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/structure"
)

// secretWorld is what random expressions are about: values that are sensitive as a whole or in parts, beside some that
// are not. Whatever is secret in it is made of the one word.
func secretWorld(word string, number int64) map[string]cty.Value {
	text, n := cty.StringVal(word), cty.NumberIntVal(number)
	plain := cty.StringVal("a")
	all := map[string]cty.Value{
		"text":   text.Mark(sensitive.Mark),
		"number": n.Mark(sensitive.Mark),
		"null":   cty.NullVal(cty.String).Mark(sensitive.Mark),
		"list":   cty.ListVal([]cty.Value{text, plain}).Mark(sensitive.Mark),
		"map":    cty.MapVal(map[string]cty.Value{word: plain, "b": text}).Mark(sensitive.Mark),
		"object": cty.ObjectVal(map[string]cty.Value{word: n, "b": text}).Mark(sensitive.Mark),
		"part":   cty.ListVal([]cty.Value{plain, text.Mark(sensitive.Mark)}),
		"table": cty.ObjectVal(map[string]cty.Value{"a": plain, "secret": text.Mark(sensitive.Mark),
			"n": n.Mark(sensitive.Mark)}),
		"rows": cty.TupleVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"k": plain,
			"v": text.Mark(sensitive.Mark)})}),
		"yes":   cty.BoolVal(number%2 == 0).Mark(sensitive.Mark),
		"open":  cty.StringVal("open"),
		"opens": cty.ListVal([]cty.Value{plain, cty.StringVal("b")}),
		"names": cty.ObjectVal(map[string]cty.Value{"a": plain, "b": cty.StringVal("b"), "5": cty.StringVal("5"),
			"z": cty.StringVal("z")}),
	}
	return all
}

// expressions writes random expressions: most are of the type that is asked for, and some are wild.
type expressions struct {
	*rand.Rand
	functions []string
	bound     []string // by for expressions around
}

func (g *expressions) pick(from ...string) string { return from[g.IntN(len(from))] }

// within is write in a for expression.
func (g *expressions) within(kind byte, depth int, name string) string {
	g.bound = append(g.bound, name)
	defer func() { g.bound = g.bound[:len(g.bound)-1] }()
	return g.write(kind, depth)
}

// write writes an expression for a string (s), number (n), bool (b), list of strings (l), map (m), or anything (*).
func (g *expressions) write(kind byte, depth int) string {
	if g.IntN(30) == 0 || kind == '*' && g.IntN(6) == 0 {
		return g.wild(depth)
	}
	if kind == '*' {
		kind = "snblm"[g.IntN(5)]
	}
	if depth <= 0 {
		switch kind {
		case 's':
			return g.pick(append(g.bound, "var.text", "env(\"T\")", "var.part[1]", "var.table.secret",
				"substr(var.text, 0, 1)", "var.open", "\"a\"", "\"7\"", "\"\"")...)
		case 'n':
			return g.pick("var.number", "var.table.n", "0", "1", "3", "length(var.text)")
		case 'b':
			return g.pick("var.yes", "true", "false")
		case 'l':
			return g.pick("var.list", "var.part", "var.opens", "[]", "[\"a\"]", "split(\"\", var.text)")
		}
		return g.pick("var.map", "var.object", "var.table", "var.names", "{}", "{ a = \"b\" }")
	}
	// In a form, a letter of a type between ‹ and › stands for an expression of it; x is bound in what follows the
	// first.
	forms := map[byte][]string{
		's': {"upper(‹s›)", "substr(‹s›, ‹n›, 1)", "join(‹s›, ‹l›)", "\"a${‹s›}\"", "(‹b› ? ‹s› : ‹s›)", "(‹l›)[‹n›]",
			"var.names[‹s›]", "(‹m›)[‹s›]", "try(‹*›, ‹s›)", "tostring(‹n›)",
			"lookup(‹m›, ‹s›, ‹s›)", "element(‹l›, ‹n›)", "coalesce(‹s›, ‹s›)", "format(\"%s\", ‹*›)",
			"jsonencode(‹*›)", "replace(‹s›, ‹s›, ‹s›)", "regex(‹s›, ‹s›)", "one(‹l›)", "nosuch(‹s›)",
			"\"%{ if ‹b› }a%{ else }${‹s›}%{ endif }\"", "\"%{ for x in ‹l› }${‹s›}%{ endfor }\"",
			"trimprefix(‹s›, ‹s›)", "file(‹s›)", "templatefile(\"x.tmpl\", { v = ‹*› })"},
		'n': {"length(‹*›)", "(‹n› + ‹n›)", "tonumber(‹s›)", "parseint(‹s›, ‹n›)", "try(‹n›, ‹n›)", "(‹b› ? ‹n› : ‹n›)",
			"max(‹n›, ‹n›)", "sum([‹n›, ‹n›])", "-(‹n›)", "max([for x in ‹l› : ‹n›]...)"},
		'b': {"can(‹*›)", "can(‹s›)", "can(‹n›)", "(‹n› < ‹n›)", "(‹s› == ‹s›)", "contains(‹l›, ‹s›)", "!(‹b›)",
			"(‹b› && ‹b›)", "(‹b› || ‹b›)", "startswith(‹s›, ‹s›)", "alltrue([‹b›, ‹b›])", "(‹*› == null)"},
		'l': {"[‹s›, ‹s›]", "split(‹s›, ‹s›)", "[for x in ‹l› : ‹s›]", "[for x in ‹l› : ‹s› if ‹b›]",
			"[for x in ‹m› : ‹s›]", "concat(‹l›, [for x in [\"a\"] : [\"b\"] if ‹b›]...)", "keys(‹m›)", "compact(‹l›)",
			"distinct(‹l›)", "tolist(‹l›)", "slice(‹l›, 0, ‹n›)", "setunion(‹l›, ‹l›)", "try(‹l›, ‹l›)",
			"(‹b› ? ‹l› : ‹l›)", "(‹l›)[*]", "[for x in ‹l› : var.names[x]]", "[for x in ‹l› : (‹m›)[x]]",
			"flatten([‹l›, ‹l›])"},
		'm': {"{ a = ‹s› }", "{ (‹s›) = ‹s› }", "{ for x in ‹l› : x => ‹s› }", "{ for x in ‹l› : x => ‹s›... }",
			"merge(‹m›, ‹m›)", "zipmap(‹l›, ‹l›)", "try(‹m›, ‹m›)", "(‹b› ? ‹m› : ‹m›)", "tomap(‹m›)",
			"jsondecode(‹s›)", "merge(concat([‹m›], [for x in ‹l› : ‹m›])...)"},
	}[kind]
	form := forms[g.IntN(len(forms))]
	var out strings.Builder
	for i := 0; ; i++ {
		before, rest, more := strings.Cut(form, "‹")
		out.WriteString(before)
		if !more {
			return out.String()
		}
		if i > 0 && strings.Contains(out.String(), "for x in ") {
			out.WriteString(g.within(rest[0], depth-1, "x"))
		} else {
			out.WriteString(g.write(rest[0], depth-1))
		}
		form = rest[len("s›"):]
	}
}

// wild writes an expression without regard to what fits.
func (g *expressions) wild(depth int) string {
	if depth <= 0 {
		return g.pick(append(g.bound, "var.text", "var.number", "var.null", "var.list", "var.map", "var.object",
			"var.part", "var.table", "var.rows", "var.yes", "null", "[]", "{}", "\"%s\"", "\"2024-02-29T10:00:00Z\"",
			"\"x.txt\"")...)
	}
	e := func() string { return g.write('*', depth-1) }
	switch g.IntN(5) {
	case 0:
		return "(" + e() + ")" + g.pick(".a", ".b", ".secret", "[0]", "[*]", "[*].v", ".*.k")
	case 1:
		return "(" + e() + g.pick(" + ", " == ", " < ", " && ", " / ", " % ") + e() + ")"
	}
	args := make([]string, 1+g.IntN(3))
	for i := range args {
		args[i] = e()
	}
	return g.pick(g.functions...) + "(" + strings.Join(args, ", ") + g.pick("", "", "", "...") + ")"
}

// evaluation is what became of an expression.
type evaluation struct {
	value cty.Value
	is    eval.Found
	told  string // its diagnostics
}

func evaluateIn(t *testing.T, source *Source, text string, vars map[string]cty.Value, environment string) evaluation {
	t.Helper()
	expr, diags := hclsyntax.ParseExpression([]byte(text), "main.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %v", text, diags)
	}
	ev := source.evaluator(Inputs{Environ: []string{"T=" + environment}}, nil)
	ev.values = vars
	for name := range vars {
		v := &variable{Header: structure.Header{Name: name, Kind: "variable", Address: addr.New("var", name)}}
		ev.Enter(eval.Node{Header: &v.Header, Evaluate: func() (eval.Result, bool) { return v.evaluate(ev) }})
	}
	b := ev.Binder()
	b.Add(expr)
	f := b.Frame(addr.Of("output.o"))
	f.Early = true
	v, found := f.Value(expr)
	var told strings.Builder
	for _, d := range ev.diagnostics() {
		told.WriteString(configtest.Text(d))
	}
	return evaluation{v, found, told.String()}
}

// TestSecretsStaySecret: whatever is made of a secret, no diagnostic repeats it in any spelling, and what is not
// sensitive is the same whatever the secret is.
func TestSecretsStaySecret(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "main.hcl", "")
	configtest.Write(t, "x.txt", "some text")
	configtest.Write(t, "x.tmpl", "${upper(v)}")
	source, diags := Load("main.hcl")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	names := functions.Names()
	names = slices.DeleteFunc(names, func(name string) bool { return name == "nonsensitive" })
	words, numbers := [2]string{"zq7xwv9kpj", "5082937461"}, [2]int64{7319284652, 8641975303}
	told, same := 0, 0
	for seed := range uint64(4000) {
		g := &expressions{Rand: rand.New(rand.NewPCG(seed, 1)), functions: names}
		text := g.write('*', 1+int(seed%4))
		var got [2]evaluation
		for i, word := range words {
			got[i] = evaluateIn(t, source, text, secretWorld(word, numbers[i]), word)
			for _, secret := range []string{word, fmt.Sprint(numbers[i])} {
				if repeats(got[i].told, secret) {
					t.Fatalf("%s\ntells the secret %q:\n%s", text, secret, got[i].told)
				}
			}
			if got[i].told != "" {
				told++
			}
		}
		if a, b := got[0], got[1]; a.is == eval.Given && b.is == eval.Given && !a.value.ContainsMarked() &&
			!b.value.ContainsMarked() && a.value.IsWhollyKnown() {
			if same++; !a.value.RawEquals(b.value) {
				t.Fatalf("%s\nis not sensitive, and tells secrets apart: %#v, %#v", text, a.value, b.value)
			}
		}
	}
	if told < 1000 || same < 100 {
		t.Errorf("only %d wrong and %d open expressions: this shows nothing", told, same)
	}
}

// repeats reports whether a text has a piece of a secret in it, in any case or turned round.
func repeats(text, secret string) bool {
	const piece = 4
	text = strings.ToLower(text)
	runes := []rune(strings.ToLower(secret))
	slices.Reverse(runes)
	for _, s := range []string{strings.ToLower(secret), string(runes)} {
		for i := 0; i+piece <= len(s); i++ {
			if strings.Contains(text, s[i:i+piece]) {
				return true
			}
		}
	}
	return false
}

// TestMarksAreHandedOn: what depends on a secret is sensitive, also where HCL or cty would forget it, and nothing else
// is.
func TestMarksAreHandedOn(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "main.hcl", "")
	source, _ := Load("main.hcl")
	world := secretWorld("zq7xwv9kpj", 7319284652)
	for expr, secret := range map[string]bool{
		`can(tonumber(var.text))`:                                        true,
		`can(tonumber("x"))`:                                             false,
		`can(var.table.a)`:                                               false,
		`can(tonumber(nonsensitive(var.text)))`:                          false,
		`[for x in var.part : can(tonumber(x))][1]`:                      true,
		`try(tonumber(var.text), "other")`:                               true,
		`try(tonumber("x"), "other")`:                                    false,
		`try("first", var.text)`:                                         false,
		`try(var.table.missing, "other")`:                                false,
		`var.names[substr(var.text, 0, 1)]`:                              true,
		`var.names["a"]`:                                                 false,
		`var.names[var.open == "open" ? "a" : "z"]`:                      false,
		`[for x in var.part : { zq7xwv9kpj = 1, a = 2 }[x]]`:             true,
		`[for x in var.opens : { a = 1, b = 2 }[x]]`:                     false,
		`nonsensitive(var.names[substr(var.text, 0, 1)])`:                false,
		`length(concat(["a"], [for x in ["a"] : ["b"] if !var.yes]...))`: true,
		`concat(["a"], [for x in ["a"] : ["b"] if !var.yes]...)`:         true,
		`concat(["a"], [for x in var.rows : [x.k]]...)`:                  false,
		`concat(["a"], [for x in ["a"] : ["b"] if var.open == "x"]...)`:  false,
		`nonsensitive(env("T"))`:                                         false,
		`env("NONE", "fallback")`:                                        true,
	} {
		got := evaluateIn(t, source, expr, world, "zq7xwv9kpj")
		if got.is != eval.Given || got.value.ContainsMarked() != secret {
			t.Errorf("%s should be sensitive: %t; it is %#v\n%s", expr, secret, got.value, got.told)
		}
	}
}
