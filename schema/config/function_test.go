package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"countersign/schema/config/configtest"
	"countersign/schema/config/functions"
)

// TestFunctions shows each function of the language in use.
func TestFunctions(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "conf/data/hello.tmpl", "hello ${name}%{ for s in list }, ${upper(s)}%{ endfor }")
	configtest.Write(t, "conf/data/deep/x.csv", "name,id\na,1\n")
	configtest.Write(t, "conf/data/reads.tmpl", `${file("data/deep/x.csv")}`)
	tests := []struct{ expr, want string }{
		{`abs(-3)`, `3`}, {`ceil(1.2)`, `2`}, {`floor(1.8)`, `1`}, {`log(8, 2)`, `3`}, {`max(1, 3, 2)`,
			`3`}, {`min(4, 3)`, `3`},
		{`parseint("ff", 16)`, `255`}, {`pow(2, 10)`, `1024`}, {`signum(-7)`, `-1`}, {`sum([1, 2, 3.5])`, `6.5`},

		{`chomp("a\n")`, `"a"`}, {`format("%s-%03d", "a", 7)`, `"a-007"`}, {`formatlist("%s!", ["a", "b"])`,
			`["a!","b!"]`},
		{`indent(2, "a\nb")`, `"a\n  b"`}, {`join(", ", ["a", "b"])`, `"a, b"`}, {`lower("ABC")`,
			`"abc"`}, {`upper("abc")`, `"ABC"`},
		{`regex("[0-9]+", "a12b")`, `"12"`}, {`regexall("[0-9]", "1a2")`, `["1","2"]`}, {`replace("1+2", "+", "-")`,
			`"1-2"`}, {`replace("a1b22", "/[0-9]+/", "#")`, `"a#b#"`},
		{`split(",", "a,b")`, `["a","b"]`}, {`strrev("会签")`, `"签会"`}, {`substr("会签系统", 1, 2)`,
			`"签系"`}, {`title("hello world")`, `"Hello World"`},
		{`trim("?!a?!", "!?")`, `"a"`}, {`trimprefix("hello", "he")`, `"llo"`}, {`trimsuffix("hello", "lo")`,
			`"hel"`}, {`trimspace(" a ")`, `"a"`},
		{`startswith("hello", "he")`, `true`}, {`endswith("hello", "he")`, `false`},
		{`strcontains("hello", "ell")`, `true`}, {`urlencode("会 a/b")`, `"%E4%BC%9A+a%2Fb"`},

		{`alltrue([true, true])`, `true`}, {`alltrue([])`, `true`}, {`anytrue([false, true])`, `true`}, {`anytrue([])`,
			`false`},
		{`chunklist(["a", "b", "c"], 2)`, `[["a","b"],["c"]]`}, {`coalesce(null, "", "a")`,
			`"a"`}, {`coalesce(null, 0)`, `0`}, {`coalescelist([], ["a"])`, `["a"]`},
		{`compact(["a", "", null, "b"])`, `["a","b"]`}, {`concat(["a"], ["b"])`, `["a","b"]`}, {`contains(["a"], "a")`,
			`true`}, {`distinct(["a", "b", "a"])`, `["a","b"]`},
		{`element(["a", "b"], 3)`, `"b"`}, {`flatten([["a"], ["b", ["c"]]])`,
			`["a","b","c"]`}, {`keys({ b = 1, a = 2 })`, `["a","b"]`},
		{`index(["a", "b", "b"], "b")`, `1`}, {`index([1, { a = 2 }], { a = 2 })`, `1`},
		{`length("会签")`, `2`}, {`length(["a"])`, `1`}, {`length({ a = 1, b = 2 })`, `2`}, {`lookup({ a = 1 }, "b", 9)`,
			`9`},
		{`merge({ a = 1 }, { b = 2 })`, `{"a":1,"b":2}`}, {`one(["a"])`, `"a"`}, {`one([])`,
			`null`}, {`one(toset(["a"]))`, `"a"`}, {`range(3)`, `[0,1,2]`},
		{`reverse(["a", "b"])`, `["b","a"]`}, {`setintersection(["a", "b"], ["b"])`,
			`["b"]`}, {`setproduct(["a"], ["b", "c"])`, `[["a","b"],["a","c"]]`},
		{`setsubtract(["a", "b"], ["b"])`, `["a"]`}, {`setunion(["a"], ["b"])`,
			`["a","b"]`}, {`slice(["a", "b", "c"], 1, 2)`, `["b"]`}, {`sort(["b", "a"])`, `["a","b"]`},
		{`transpose({ a = ["x", "y"], b = ["y"] })`, `{"x":["a"],"y":["a","b"]}`}, {`values({ b = 1, a = 2 })`,
			`[2,1]`}, {`zipmap(["a", "b"], [1, 2])`, `{"a":1,"b":2}`},

		{`csvdecode("name,id\n\"王, 小\",1\n")`, `[{"id":"1","name":"王, 小"}]`}, {`jsondecode("{\"a\": [1, null]}")`,
			`{"a":[1,null]}`}, {`jsonencode({ a = [true] })`, `"{\"a\":[true]}"`},
		{`yamldecode("a: [1, x]")`, `{"a":[1,"x"]}`}, {`yamlencode({ a = 1 })`, `"\"a\": 1\n"`},
		{`formatdate("YYYY-MM-DD", "2024-02-29T10:00:00Z")`, `"2024-02-29"`}, {`timeadd("2024-02-29T10:00:00Z", "24h")`,
			`"2024-03-01T10:00:00Z"`},
		{`timecmp("2024-02-29T10:00:00Z", "2024-02-29T10:00:00+08:00")`, `1`},

		{`can(local.deep.nothing)`, `false`}, {`try(local.deep.nothing, "fallback")`, `"fallback"`},
		{`tobool("true")`, `true`}, {`tolist(["a"])`, `["a"]`}, {`tomap({ a = 1 })`, `{"a":1}`}, {`tonumber("3")`,
			`3`}, {`toset(["b", "a", "b"])`, `["a","b"]`}, {`tostring(3)`, `"3"`},
		{`nonsensitive(sensitive("a"))`, `"a"`},

		{`nonsensitive(env("SET"))`, `"value"`}, {`nonsensitive(env("EMPTY"))`, `null`}, {`nonsensitive(env("UNSET"))`,
			`null`}, {`nonsensitive(env("EMPTY", "d"))`, `"d"`},
		{`basename("a/b.csv")`, `"b.csv"`}, {`dirname("a/b.csv")`, `"a"`},
		{`file("data/deep/x.csv")`, `"name,id\na,1\n"`}, {`fileset("data", "**")`,
			`["deep/x.csv","hello.tmpl","reads.tmpl"]`}, {`fileset(".", "*.csv")`, `[]`},
		{`templatefile("data/reads.tmpl", {})`, `"name,id\na,1\n"`},
		{`templatefile("data/hello.tmpl", { name = "李", list = ["a", "b"] })`, `"hello 李, A, B"`},
	}
	var b strings.Builder
	b.WriteString("locals {\n  deep = {}\n}\n")
	shown := map[string]bool{}
	for i, test := range tests {
		fmt.Fprintf(&b, "output \"o%d\" {\n  value = %s\n}\n", i, test.expr)
		for _, word := range strings.FieldsFunc(test.expr, func(r rune) bool { return !(r >= 'a' && r <= 'z') }) {
			shown[word] = true
		}
	}
	configtest.Write(t, "conf/main.hcl", b.String())
	in := Inputs{Environ: []string{"SET=value", "EMPTY="}}
	source, _ := Load("conf")
	outputs, diags := source.Outputs(in, nil)
	for _, d := range diags {
		t.Error(configtest.Text(d))
	}
	got := map[string]string{}
	for _, o := range outputs {
		text, err := json.Marshal(o.Value)
		if err != nil {
			t.Fatal(err)
		}
		got[o.Name] = string(text)
	}
	for i, test := range tests {
		if got := got[fmt.Sprintf("o%d", i)]; got != test.want {
			t.Errorf("%s = %s, want %s", test.expr, got, test.want)
		}
	}
	for _, name := range functions.Names() {
		if !shown[name] {
			t.Errorf("%s is not shown", name)
		}
	}
}
