package limits

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/programtest"
)

// bomb is a small or a strange configuration that asks for more than any machine has, or for a stack without end.
type bomb struct {
	hcl     string            // main.hcl; the mistake must be reported on the line that has «here»
	files   map[string]string // others
	summary string            // of the one diagnostic
}

// doubled is a chain of local values, each made of the one before, twice.
func doubled(first, each string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "locals {\n  a0 = %s\n", first)
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&b, "  a%d = %s\n", i, strings.ReplaceAll(each, "@", fmt.Sprintf("local.a%d", i-1)))
	}
	return b.String() + "}\n"
}

// of is a configuration with one expression, on line 3.
func of(expr string) string {
	return "locals {\n  r = range(1000)\n  x = " + expr + "\n}\n"
}

func bombs() map[string]bomb {
	const deep, spent, large = "Nested too deeply", "Budget spent", "Value too large"
	const much, argument = "Too much at once", "Wrong argument"
	many := strings.Repeat
	nested := "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"
	for range 12 {
		nested = "[for a in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : " + nested + "]"
	}
	var laughs strings.Builder
	laughs.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&laughs, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(many(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return map[string]bomb{
		"a long sum":   {hcl: of("1" + many(" + 1", 300000)), summary: deep},
		"many splats":  {hcl: of("[1]" + many("[*]", 100000)), summary: deep},
		"many indexes": {hcl: of("[1]" + many("[1 - 1]", 100000)), summary: deep},
		"many steps":   {hcl: of("a" + many(".b", 300000)), summary: deep},
		"choices":      {hcl: of(many("true ? 1 : ", 100000) + "1"), summary: deep},
		"signs":        {hcl: of(many("!", 100000) + "true"), summary: deep},
		"nested if": {hcl: of(`"` + many("%{if true}", 100000) + many("%{endif}", 100000) + `"`),
			summary: deep},
		"nested for":       {hcl: of(`"` + many("%{for a in r}", 100000) + `"`), summary: deep},
		"nested functions": {hcl: of(many("upper(", 100000) + `"a"` + many(")", 100000)), summary: deep},
		"a deep type": {hcl: "variable \"x\" {\n\n  type = " + many("list(", 100000) + "string" +
			many(")", 100000) + "\n}\n", summary: deep},
		"deep JSON": {hcl: of(`jsondecode(file("x.json"))`),
			files: map[string]string{"x.json": many("[", 200000) + many("]", 200000)}, summary: argument},
		"deep YAML": {hcl: of(`yamldecode(file("x.yaml"))`),
			files: map[string]string{"x.yaml": many("- ", 200000) + "a"}, summary: argument},
		"deep YAML in brackets": {hcl: of(`yamldecode(file("x.yaml"))`),
			files: map[string]string{"x.yaml": many("{a: ", 100000)}, summary: argument},
		"a deep template file": {hcl: of(`templatefile("x.tpl", {})`),
			files: map[string]string{"x.tpl": "${1" + many(" + 1", 300000) + "}"}, summary: argument},
		"texts twice as long":         {hcl: doubled(`"aaaaaaaaaa"`, `"${@}${@}"`), summary: spent},
		"lists twice as long":         {hcl: doubled(`["a"]`, `concat(@, @)`), summary: spent},
		"shared lists":                {hcl: doubled(`["a"]`, `[@, @]`), summary: spent},
		"shared objects":              {hcl: doubled(`"a"`, `{ a = @, b = @ }`), summary: spent},
		"texts joined":                {hcl: doubled(`"a"`, `join("", [@, @])`), summary: spent},
		"texts formatted":             {hcl: doubled(`"a"`, `format("%s%s", @, @)`), summary: spent},
		"texts replaced":              {hcl: doubled(`"aaaaaaaaaa"`, `replace(@, "a", "aa")`), summary: spent},
		"texts replaced by a pattern": {hcl: doubled(`"aaaaaaaaaa"`, `replace(@, "/(a)/", "$1$1")`), summary: spent},
		"deeper and deeper":           {hcl: deeper(5000), summary: large},
		"a product":                   {hcl: of("setproduct(local.r, local.r, local.r, local.r)"), summary: spent},
		"a product of many":           {hcl: of("setproduct(" + many("[1, 2], ", 60) + "[1])"), summary: spent},
		"for in for": {hcl: of("[for a in local.r : [for b in local.r : [for c in local.r : c]]]"),
			summary: spent},
		"for in for of objects": {
			hcl:     of("{for a in local.r : a => {for b in local.r : b => {for c in local.r : c => a}}}"),
			summary: spent},
		"for in a text": {
			hcl:     of(`"%{for a in local.r}%{for b in local.r}%{for c in local.r}${c}%{endfor}%{endfor}%{endfor}"`),
			summary: spent},
		"for that keeps nothing": {
			hcl: of("[for a in local.r : a if length([for b in local.r : b if " +
				"length([for c in local.r : c if false]) > 0]) > 0]"),
			summary: spent},
		"for under try": {hcl: of("try([for a in local.r : [for b in local.r : [for c in local.r : c]]], 1)"),
			summary: spent},
		"conditions in conditions": {hcl: of(many("[for a in [1] : a if length(", 40) + "[1]" + many(") > 0]", 40)),
			summary: spent},
		"a large number as JSON":   {hcl: of("jsonencode(1e3000 * 1e3000)"), summary: large},
		"a number without end":     {hcl: of("1e300000000"), summary: much},
		"a large number of a text": {hcl: of(`tonumber("1e300000000") + 1`), summary: large},
		"a number of many digits":  {hcl: of(many("9", 3000000)), summary: much},
		"a text of many digits":    {hcl: of(`tonumber("` + many("9", 3000000) + `")`), summary: spent},
		"a text that is a number":  {hcl: of(`"1e300000000" % 7`), summary: large},
		"a text as a whole number": {hcl: of(`format("%d", "1e300000000")`), summary: spent},
		"no end of it":             {hcl: of("1 / 0"), summary: large},
		"sets twice as long": {hcl: doubled(`["a"]`,
			`setunion([for x in @ : "${x}a"], [for x in @ : "${x}b"])`), summary: spent},
		"one type for all": {hcl: of(`coalesce(flatten([for a in local.r : [for b in range(100) : ""]])...)`),
			summary: spent},
		"lists compared": {hcl: of("[for a in local.r : [for b in local.r : local.r == local.r]]"),
			summary: spent},
		"squares":          {hcl: doubled("10", "@ * @"), summary: large},
		"indent":           {hcl: of(`indent(1000000000, "a\nb")`), summary: spent},
		"a wide format":    {hcl: of(`format("%1000000000d", 1)`), summary: spent},
		"a precise format": {hcl: of(`format("%.1000000000f", 1)`), summary: spent},
		"wide formats":     {hcl: of(`formatlist("%1000000000s", ["a", "b"])`), summary: spent},
		"YAML aliases": {hcl: of(`yamldecode(file("x.yaml"))`),
			files: map[string]string{"x.yaml": laughs.String()}, summary: spent},
		"a loop over a file": {hcl: of(`[for a in local.r : [for b in local.r : file("x.txt")]]`),
			files: map[string]string{"x.txt": many("a", 1<<20)}, summary: spent},
		"a loop over a template file": {hcl: of(`[for a in local.r : templatefile("x.tpl", {})]`),
			files: map[string]string{"x.tpl": many("abc ${1 + 1}\n", 10000)}, summary: spent},
		"a default": {hcl: "variable \"x\" {\n\n  default = " + nested + "\n}\n", summary: spent},
		"a default in a type": {hcl: "variable \"x\" {\n\n  type = object({ a = optional(any, " + nested +
			") })\n}\n", summary: spent},
		"many defaults": {hcl: "variable \"x\" {\n  default = [" + many("{}, ", 50000) +
			"]\n  type = list(object({ a = optional(list(string), [" + many(`"a", `, 50000) + "]) }))\n}\n",
			summary: spent},
		"a long heredoc":         {hcl: of("<<EOT\n" + many("some text\n", 1000000) + "${1}\nEOT"), summary: much},
		"dollar signs":           {hcl: of(`"` + many("$", 10000000) + `"`), summary: much},
		"brackets and no end":    {hcl: of(many("[],", 3000000)), summary: much},
		"signs of another world": {hcl: "\n\n" + many("@", 10000000), summary: much},
		"no text":                {hcl: "\n\n" + many("\x00", 10000000), summary: "Not a text"},
		"an open string":         {hcl: of("\"" + many("a\n", 5000000)), summary: "Text without its quotation mark"},
	}
}

// deeper is a chain of lists in lists.
func deeper(n int) string {
	var b strings.Builder
	b.WriteString("locals {\n  a0 = []\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "  a%d = [local.a%d]\n", i, i-1)
	}
	return b.String() + "}\n"
}

// TestBombs: a configuration that asks for too much is an error on its line, within bounds. The budget is a tenth, so
// that the test is too, and in a hurry a fiftieth.
func TestBombs(t *testing.T) {
	for name, b := range bombs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := map[string]string{"main.hcl": b.hcl}
			for name, text := range b.files {
				files[name] = text
			}
			for name, text := range files {
				programtest.Write(t, filepath.Join(dir, name), text)
			}
			line := 0 // of what is written out; of a chain of values it depends on the budget
			if strings.HasPrefix(b.hcl, of("")[:20]) || strings.HasPrefix(b.hcl, "\n\n") ||
				strings.HasPrefix(b.hcl, "variable") {
				line = 3
			}
			d := explode(t, dir, line)
			if d.Summary != b.summary {
				t.Errorf("%s: %s", d.Summary, d.Detail)
			}
		})
	}
}

// TestBombsInJSON: the same in the other syntax, also behind escapes.
func TestBombsInJSON(t *testing.T) {
	for name, text := range map[string]string{
		"a sequence behind escapes": `"` + strings.Repeat(`\u0024\u007b\u0028`, 100000) + `"`,
		"brackets behind escapes":   `"${` + strings.Repeat(`\u0028`, 300000) + `"`,
		"a sum":                     `"${1` + strings.Repeat(`+1`, 300000) + `}"`,
		"arrays":                    strings.Repeat("[", 100000),
		"objects":                   strings.Repeat(`{"a":`, 100000),
		"for in for": `"${[for a in range(1000) : [for b in range(1000) : ` +
			`[for c in range(1000) : c]]]}"`,
		"a number without end": `1e300000000`,
		"quotes":               strings.Repeat(`"`, 10000000),
		"many sequences":       `"` + strings.Repeat(`${1}`, 2000000) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			programtest.Write(t, filepath.Join(dir, "main.hcl.json"), "{\"locals\": {\n\"x\":\n"+text+"\n}}\n")
			explode(t, dir, 3)
		})
	}
}

type reported struct {
	Summary, Detail string
	Range           struct{ Start struct{ Line int } }
}

// explode validates a configuration, and demands one error, on a line (0: any), within bounds.
func explode(t *testing.T, dir string, line int) reported {
	t.Helper()
	budget := "0.1"
	if testing.Short() {
		budget = "0.02"
	}
	cmd := exec.Command("countersign", "validate", "-json", dir)
	cmd.Env = append(os.Environ(), "COUNTERSIGN_BUDGET="+budget, "COUNTERSIGN_MEMORY_LIMIT=900MB")
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	_ = cmd.Run() // its code is looked at
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code %d: %.2000s", code, err.String())
	}
	var result struct {
		Diagnostics []reported
	}
	if err := json.Unmarshal(out.Bytes(), &result); err != nil || len(result.Diagnostics) == 0 {
		t.Fatalf("%v: %.2000s", err, out.String())
	}
	d := result.Diagnostics[0]
	if len(result.Diagnostics) > 1 {
		t.Errorf("%d diagnostics, the second one: %+v", len(result.Diagnostics), result.Diagnostics[1])
	}
	if d.Summary == "Too much memory" || line > 0 && d.Range.Start.Line < line || d.Range.Start.Line == 0 {
		t.Errorf("line %d: %s: %s", d.Range.Start.Line, d.Summary, d.Detail)
	}
	return d
}
