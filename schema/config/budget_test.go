package config

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"countersign/schema"
	"countersign/schema/config/budget"
	"countersign/schema/config/configtest"
	"countersign/schema/config/functions"
)

// taken is what evaluating a configuration twice takes, as plan does, in the steps that a run makes.
func taken(t *testing.T, text string) budget.Cost {
	t.Helper()
	t.Chdir(t.TempDir())
	configtest.Write(t, "a.hcl", text)
	configtest.Write(t, "rows.csv", configtest.WorldRows(1000))
	s, diags := Load("a.hcl")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	full, _ := budget.New(nil)
	has, most := full.Left(), budget.Cost{}
	for _, facts := range []*schema.Facts{nil, {}} {
		ev := s.evaluator(Inputs{}, facts)
		if _, diags := ev.evaluate(); facts == nil && diags.HasErrors() {
			t.Fatal(diags)
		}
		l := ev.Budget.Left()
		most.Bytes = max(most.Bytes, has.Bytes-l.Bytes)
		most.Elements = max(most.Elements, has.Elements-l.Elements)
		most.Steps = max(most.Steps, has.Steps-l.Steps)
	}
	return most
}

// TestBudgetOfTheWorld holds the limits against their promise, ten times what 100,000 templates take: what a thousand
// of them take a thousand times over fits.
func TestBudgetOfTheWorld(t *testing.T) {
	const templates, promised = 1000, 10 * 100_000
	for name, text := range map[string]string{"blocks": configtest.WorldBlocks(templates),
		"for_each": configtest.WorldForEach(templates)} {
		t.Run(name, func(t *testing.T) {
			full, _ := budget.New(nil)
			c, most := taken(t, text), full.Left()
			t.Logf("%d bytes, %d elements, %d steps for %d templates", c.Bytes, c.Elements, c.Steps, templates)
			if n := int64(promised / templates); c.Bytes*n > most.Bytes || c.Elements*n > most.Elements ||
				c.Steps*n > most.Steps {
				t.Errorf("a million templates would take %d bytes, %d elements, %d steps", c.Bytes*n, c.Elements*n,
					c.Steps*n)
			}
		})
	}
}

// maxAllocated is how many bytes an evaluation may allocate with a thousandth of the budget: some thousand for each
// step.
const maxAllocated = 400 << 20

// evaluateSmall evaluates a text with a thousandth of the budget.
func evaluateSmall(t *testing.T, text string) {
	t.Helper()
	configtest.Write(t, "a.hcl", text)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, diags := Load("a.hcl")
	if !diags.HasErrors() {
		in := Inputs{Environ: []string{budget.Variable + "=0.001"}}
		_, diags = s.Evaluate(in, nil)
		_, _ = s.Outputs(in, nil)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > maxAllocated {
		t.Errorf("%d MB were allocated for\n%.3000s\n%v", n>>20, text, diags)
	}
	for _, d := range diags {
		if strings.Contains(d.Detail, "panic") || strings.Contains(d.Detail, "goroutine ") {
			t.Errorf("a stack is shown:\n%.3000s\n%.3000s", text, d.Detail)
		}
	}
}

// TestNoAnswer: what has no answer is told as a mistake at the expression, without the panic that it is on the way.
func TestNoAnswer(t *testing.T) {
	t.Chdir(t.TempDir())
	for expr, detail := range map[string]string{
		"pow(-1, 0.5)":                        "no answer to these arguments",
		"log(-1, 2)":                          "no answer to these arguments",
		`indent(-1, "a\nb")`:                  "no answer to these arguments",
		"log(0, 2)":                           "infinite",
		"1 / 0":                               "infinite",
		`tonumber("Inf")`:                     "infinite",
		`"Inf" % 2`:                           "infinite",
		`-"Inf"`:                              "infinite",
		`"1e300000000" % 7`:                   "digits",
		`7 % "1e-300000000"`:                  "digits",
		`floor("1e300000000")`:                "digits",
		`range("1e300000000")`:                "digits",
		`format("%d", "1e300000000")`:         "text",
		`formatlist("%d", ["1e300000000"])`:   "text",
		`sum([tonumber("Inf"), -1 / 0])`:      "infinite",
		`sum(["Inf", "-Inf"])`:                "",
		`jsonencode(yamldecode(".inf"))`:      "infinite",
		`try(tonumber("Inf"), 1)`:             "infinite",
		`{ for a in ["Inf"] : (a + 1) => 1 }`: "infinite",
	} {
		configtest.Write(t, "a.hcl", "locals {\n  x = "+expr+"\n}\n")
		s, _ := Load("a.hcl")
		_, diags := s.Evaluate(Inputs{}, nil)
		if len(diags) != 1 || diags[0].Range == nil || diags[0].Range.Start.Line != 2 ||
			!strings.Contains(diags[0].Detail, detail) || strings.Contains(diags[0].Detail, "goroutine") {
			t.Errorf("%s: %v", expr, diags)
		}
	}
}

// grower makes expressions that make much of little: each is put into others, and used twice.
type grower struct{ *rand.Rand }

func (g grower) pick(of ...string) string { return of[g.IntN(len(of))] }

// expr is an expression; vars are names that it may use.
func (g grower) expr(depth int, vars []string) string {
	if depth == 0 || g.IntN(8) == 0 {
		return g.pick(append([]string{"local.a", "local.b", "local.l", "local.m", "1", `"x"`, "[]", "{}", "null",
			"true", `"999999999999999999999999"`, "1e300"}, vars...)...)
	}
	e := func() string { return g.expr(depth-1, vars) }
	name := fmt.Sprintf("v%d", depth)
	inner := func() string { return g.expr(depth-1, append(slices.Clone(vars), name)) }
	switch g.IntN(16) {
	case 0:
		return "[" + e() + ", " + e() + "]"
	case 1:
		return "{ a = " + e() + ", b = " + e() + ", (" + g.pick(`"k"`, "local.a", `"${local.a}"`) + ") = " + e() + " }"
	case 2:
		return `"${` + e() + "}${" + e() + `}"`
	case 3:
		return "[for " + name + " in " + e() + " : " + inner() + "]"
	case 4:
		return "{for k, " + name + " in " + e() + ` : "${k}` + g.pick("", "${jsonencode("+inner()+")}") + `" => ` +
			inner() + g.pick("", "...") + "}"
	case 5:
		return "[for " + name + " in " + e() + " : " + inner() + " if " + inner() + "]"
	case 6:
		return `"%{for ` + name + " in " + e() + "}${" + inner() + `}%{endfor}"`
	case 7:
		return "(" + e() + " " + g.pick("+", "*", "==", "!=", "&&", "<", "/", "%") + " " + e() + ")"
	case 8:
		return "(" + e() + " ? " + e() + " : " + e() + ")"
	case 9:
		return e() + g.pick("[*]", "[0]", `["a"]`, ".a", "[*].a", "["+e()+"]")
	case 10:
		return "try(" + e() + ", " + e() + ")"
	default:
		names := functions.Names()
		args := make([]string, 1+g.IntN(3))
		for i := range args {
			args[i] = e()
		}
		return g.pick(names...) + "(" + strings.Join(args, ", ") + g.pick("", "", "...") + ")"
	}
}

// TestRandomBombs: whatever is put together, an evaluation allocates in proportion to its budget, and panics never.
func TestRandomBombs(t *testing.T) {
	t.Chdir(t.TempDir())
	g := grower{rand.New(rand.NewPCG(1, 2))}
	for range 400 {
		var b strings.Builder
		b.WriteString("locals {\n  a = \"aaaaaaaa\"\n  b = range(200)\n  l = [local.b, local.b, [local.a]]\n" +
			"  m = { a = local.l, b = local.b }\n")
		vars := []string{}
		for i := range 1 + g.IntN(12) {
			fmt.Fprintf(&b, "  x%d = %s\n", i, g.expr(1+g.IntN(5), vars))
			vars = append(vars, fmt.Sprintf("local.x%d", i))
		}
		b.WriteString("}\noutput \"o\" { value = [" + strings.Join(vars, ", ") + "] }\n")
		evaluateSmall(t, b.String())
	}
}

// FuzzEvaluate: the same for texts that nobody has put together.
func FuzzEvaluate(f *testing.F) {
	g := grower{rand.New(rand.NewPCG(3, 4))}
	for range 30 {
		f.Add("locals {\n  a = \"a\"\n  b = range(9)\n  l = [local.b]\n  m = {}\n  x = " + g.expr(3, nil) + "\n}\n")
	}
	f.Add(configtest.WorldBlocks(1))
	f.Fuzz(func(t *testing.T, text string) {
		t.Chdir(t.TempDir())
		evaluateSmall(t, text)
	})
}

// TestBudgetIsRaised: twice the budget does what one does not.
func TestBudgetIsRaised(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "a.hcl", "locals {\n  r = range(300)\n  x = [for a in local.r : [for b in local.r : b]]\n}\n")
	s, _ := Load("a.hcl")
	for factor, enough := range map[string]bool{"0.005": false, "0.02": true, "": true, "many": false, "-1": false,
		"NaN": false, "0": false} {
		_, diags := s.Evaluate(Inputs{Environ: []string{budget.Variable + "=" + factor}}, nil)
		if diags.HasErrors() == enough {
			t.Errorf("%s=%s: %v", budget.Variable, factor, diags)
		}
		if !enough && (len(diags) != 1 || !strings.Contains(diags[0].Detail, budget.Variable)) {
			t.Errorf("%s=%s: %v", budget.Variable, factor, diags)
		}
	}
}

// TestTableOfATestIsEvaluatedOnce: a test with many rows does not go through the whole table for each of them.
func TestTableOfATestIsEvaluatedOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "main.hcl", `
approver "li" { id = 1 }
folder "f" { id = 2 }
template "t" {
  scope         = folder.f
  title         = "修改"
  approval_type = "修改文件"
  step "初审" {
    approvers = [approver.li]
    require   = "any"
  }
}
`)
	configtest.Write(t, "main.test.hcl", `
test "row" {
  for_each = { for n in range(1000) : n => { agree = [approver.li] } }
  template = template.t
  agree    = each.value.agree
  expect   = "approved"
}
`)
	s, diags := Load(".")
	diags = append(diags, s.ReadTests()...)
	c, more := s.Evaluate(Inputs{Environ: []string{budget.Variable + "=0.1"}}, nil)
	if diags = append(diags, more...); len(diags) > 0 || len(c.Tests) != 1000 {
		t.Errorf("%d tests; %v", len(c.Tests), diags)
	}
}
