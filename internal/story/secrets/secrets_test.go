package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"countersign/internal/programtest"
	"countersign/schema/config/functions"
)

// The secrets that the expressions below are given, right and wrong ones for any function: each is in the environment,
// and together they are what must not be found.
var secretTexts = map[string]string{
	"TEXT":  `zq7xw"<v9kpj`,
	"DIGIT": "731928",
	"DATE":  "2024-13-45T77:88:99wjqpx",
	"PATH":  "vkq3n/jx8bd.csv",
	"LIST":  "gq5zt,gq5zt,xk2wd",
	"JSON":  `{"kq9vt": ["wx4jd", {]}`,
	"CLASS": "[zk6qd",
}

// TestEveryFunctionKeepsSecrets calls every function of the language with something sensitive in every place, of every
// type, among arguments that fit and that do not, and looks for it in all that the program prints.
func TestEveryFunctionKeepsSecrets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secrets := []string{`null`, `var.number`, `var.yes`, `var.list`, `var.map`, `var.object`, `var.deep`,
		`[env("TEXT"), "a"]`, `{ (env("TEXT")) = env("TEXT"), b = 1 }`, `[for x in split(",", env("LIST")) : { (x) = x }]`}
	for name := range secretTexts {
		secrets = append(secrets, fmt.Sprintf("env(%q)", name))
	}
	const width = 3 // no function needs more than so many arguments to fail in all its ways
	const declarations = `variable "number" {
  sensitive = true
  type      = number
}
variable "yes" {
  sensitive = true
  type      = bool
}
variable "list" {
  sensitive = true
  type      = list(string)
}
variable "map" {
  sensitive = true
  type      = map(string)
}
variable "object" {
  sensitive = true
}
locals {
  deep = { a = "open", b = [env("TEXT"), env("DIGIT")] }
}
`
	const portion = 400 // expressions of a configuration: of more mistakes than a thousand the rest is only counted
	var portions []*strings.Builder
	n := 0
	expression := func(text string) {
		if n%portion == 0 {
			portions = append(portions, &strings.Builder{})
			portions[len(portions)-1].WriteString(declarations)
		}
		n++
		fmt.Fprintf(portions[len(portions)-1], "output \"o%d\" {\n  value = %s\n}\n", n, text)
	}
	for _, name := range functions.Names() {
		if name == "nonsensitive" {
			continue // it makes them known to all
		}
		for _, secret := range secrets {
			secret = strings.ReplaceAll(secret, "var.deep", "local.deep")
			for _, other := range []string{`"a"`, `1`, `["a"]`} {
				for count := 1; count <= width; count++ {
					if count != 2 && other != `"a"` {
						continue
					}
					for at := range count {
						args := make([]string, count)
						for i := range args {
							args[i] = other
						}
						args[at] = secret
						expression(name + "(" + strings.Join(args, ", ") + ")")
					}
				}
			}
			expression(name + "(" + secret + "...)")
		}
	}
	for _, secret := range secrets {
		secret = strings.ReplaceAll(secret, "var.deep", "local.deep")
		for _, form := range []string{"{ for k, v in S : v => k }", "[for x in S : tonumber(x)]",
			"[for x in [1] : x if S]", "S + 1", "!S", "S ? 1 : 2", "true ? S : [1]", "S[0]", "S[S]", "{ a = 1 }[S]", "S.nosuch", "S[*].nosuch",
			"\"${S}\" + 1", "\"%{ for x in S }${x + 1}%{ endfor }\"", "{ (S) = 1 }.b", "try(S + 1)", "try(tonumber(S), tobool(S))", "S == 1 ? [1] : { a = S }", "[S][\"x\"]", "concat(S...)", "-S", "tonumber(\"x${S}\")", "nosuch(S)", "substr(S)", "tonumber(S, S)"} {
			expression(strings.ReplaceAll(form, "S", secret))
		}
	}
	write := func(name, text string) {
		t.Helper()
		programtest.Write(t, filepath.Join(dir, name), text)
	}
	env := os.Environ()
	for name, text := range secretTexts {
		env = append(env, name+"="+text)
	}
	text, number := secretTexts["TEXT"], secretTexts["DIGIT"]
	quoted := strconv.Quote(text)
	env = append(env, "COUNTERSIGN_VAR_number="+number, "COUNTERSIGN_VAR_yes=true", "COUNTERSIGN_VAR_object="+text,
		"COUNTERSIGN_VAR_list=["+quoted+", \"a\"]", "COUNTERSIGN_VAR_map={ a = "+quoted+" }")
	var printed strings.Builder
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command("countersign", args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != 1 {
			t.Fatalf("countersign %s: %v, not exit code 1", strings.Join(args, " "), err)
		}
		printed.Write(out)
	}
	reports := []string{"-json-into=into.json"}
	for _, kind := range []string{"markdown", "html", "github", "sarif", "gitlab"} {
		reports = append(reports, "-report="+kind+"="+kind)
	}
	for _, text := range portions {
		write("main.hcl", text.String())
		run("validate")
		run("validate", "-json")
		run(append([]string{"plan"}, reports...)...)
		for _, name := range []string{"into.json", "markdown", "html", "github", "sarif", "gitlab"} {
			printed.Write(programtest.Read(t, filepath.Join(dir, name)))
		}
	}
	shown := strings.ToLower(offset.ReplaceAllString(printed.String(), ""))
	if got := strings.Count(shown, "error with a sensitive value"); got < n {
		t.Errorf("of %d expressions only %d mistakes are shown in all outputs", n, got)
	}
	for _, secret := range secretTexts {
		for _, form := range spellings(secret) {
			if i := strings.Index(shown, strings.ToLower(form)); i >= 0 {
				t.Errorf("%q of %q is shown: %q", form, secret, shown[max(0, i-300):min(len(shown), i+100)])
			}
		}
	}
}

// offset is a place in JSON, whose digits may be anybody's.
var offset = regexp.MustCompile(`"(byte|line|column|charOffset|charLength)": ?\d+`)

// spellings are the forms in which a secret, or a piece of it that says enough, may be printed.
func spellings(secret string) []string {
	all := []string{strings.NewReplacer("<", `\u003c`, `"`, `\"`).Replace(secret), html.EscapeString(secret),
		url.QueryEscape(secret), strconv.Quote(secret)}
	const piece = 5
	for i := 0; i+piece <= len(secret); i++ {
		p := secret[i : i+piece]
		if strings.ContainsFunc(p, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			continue
		}
		reversed := []byte(p)
		for a, b := 0, len(reversed)-1; a < b; a, b = a+1, b-1 {
			reversed[a], reversed[b] = reversed[b], reversed[a]
		}
		all = append(all, p, string(reversed), hex.EncodeToString([]byte(p)))
	}
	for start := range 3 {
		if tail := secret[start:]; len(tail) >= 9 {
			all = append(all, base64.RawStdEncoding.EncodeToString([]byte(tail[:9])),
				base64.RawURLEncoding.EncodeToString([]byte(tail[:9])))
		}
	}
	return all
}
