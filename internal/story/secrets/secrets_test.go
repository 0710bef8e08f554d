package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"countersign/internal/programtest"
	"countersign/schema/config/functions"
)

// secretTexts are secrets in the environment, which suit some functions and are wrong for others. None of them may be
// found.
var secretTexts = map[string]string{
	"TEXT":  `zq7xw"<v9kpj`,
	"DIGIT": "731928",
	"DATE":  "2024-13-45T77:88:99wjqpx",
	"PATH":  "vkq3n/jx8bd.csv",
	"LIST":  "gq5zt,gq5zt,xk2wd",
	"JSON":  `{"kq9vt": ["wx4jd", {]}`,
	"CLASS": "[zk6qd",
}

// secrets are expressions of something sensitive, of every type.
func secrets() []string {
	list := []string{`null`, `var.number`, `var.yes`, `var.list`, `var.map`, `var.object`, `local.deep`,
		`[env("TEXT"), "a"]`, `{ (env("TEXT")) = env("TEXT"), b = 1 }`,
		`[for x in split(",", env("LIST")) : { (x) = x }]`}
	for _, name := range slices.Sorted(maps.Keys(secretTexts)) {
		list = append(list, fmt.Sprintf("env(%q)", name))
	}
	return list
}

// declarations are what these expressions refer to.
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

// forms are expressions with something sensitive, S, that is right or wrong in its place.
var forms = []string{"{ for k, v in S : v => k }", "[for x in S : tonumber(x)]", "[for x in [1] : x if S]", "S + 1",
	"!S", "S ? 1 : 2", "true ? S : [1]", "S[0]", "S[S]", "{ a = 1 }[S]", "S.nosuch", "S[*].nosuch", "\"${S}\" + 1",
	"\"%{ for x in S }${x + 1}%{ endfor }\"", "{ (S) = 1 }.b", "try(S + 1)", "try(tonumber(S), tobool(S))",
	"S == 1 ? [1] : { a = S }", "[S][\"x\"]", "concat(S...)", "-S", "tonumber(\"x${S}\")", "nosuch(S)", "substr(S)",
	"tonumber(S, S)"}

// calls are calls of every function with something sensitive in every place, among up to width arguments that fit or
// not.
func calls(width int, others ...string) (list []string) {
	for _, name := range functions.Names() {
		if name == "nonsensitive" {
			continue // it makes its argument public
		}
		for _, secret := range secrets() {
			for _, other := range others {
				for count := 1; count <= width; count++ {
					if count != 2 && other != others[0] {
						continue
					}
					for at := range count {
						args := slices.Repeat([]string{other}, count)
						args[at] = secret
						list = append(list, name+"("+strings.Join(args, ", ")+")")
					}
				}
			}
			list = append(list, name+"("+secret+"...)")
		}
	}
	for _, secret := range secrets() {
		for _, form := range forms {
			list = append(list, strings.ReplaceAll(form, "S", secret))
		}
	}
	return list
}

// portion is how many expressions stand in one configuration: of more than a thousand mistakes, the rest is only
// counted.
const portion = 400

// TestEveryFunctionKeepsSecrets calls every function of the language with something sensitive in every place, of every
// type, among arguments that fit and that do not, and looks for it in everything that the program prints.
func TestEveryFunctionKeepsSecrets(t *testing.T) {
	t.Parallel()
	const width = 3 // no function needs more arguments to fail in all its ways
	p := newPrinted(t)
	all := calls(width, `"a"`, `1`, `["a"]`)
	for expressions := range slices.Chunk(all, portion) {
		text := declarations
		for i, e := range expressions {
			text += fmt.Sprintf("output \"o%d\" {\n  value = %s\n}\n", i, e)
		}
		p.run(text)
	}
	if got := strings.Count(p.search(), "error with a sensitive value"); got < len(all) {
		t.Errorf("of %d expressions, only %d mistakes were reported in all outputs", len(all), got)
	}
}

// TestPoliciesKeepSecrets puts the same into the conditions and the messages of policies, which are printed when they
// fail.
func TestPoliciesKeepSecrets(t *testing.T) {
	t.Parallel()
	const world = declarations + `provider "yomicloud" {
  endpoint = "sandbox:"
}
approver "li" {
  id = 3
}
folder "quality" {
  id = 7
}
template "t" {
  scope         = folder.quality
  title         = "T"
  approval_type = "修改文件"
  step "S" {
    approvers = [approver.li]
    require   = "any"
  }
}
`
	p := newPrinted(t)
	for expressions := range slices.Chunk(calls(2, `"a"`), portion/2) {
		text, policies := world, len(expressions)
		for i, e := range expressions {
			text += fmt.Sprintf(`policy "c%d" {
  condition     = (%s) == self.title
  error_message = "No."
}
policy "m%[1]d" {
  condition     = self.title == ""
  error_message = "${%[2]s}"
}
`, i, e)
		}
		printed := p.run(text)
		for i := range policies {
			for _, name := range []string{"c", "m"} {
				if !strings.Contains(printed, fmt.Sprintf("policy.%s%d\"", name, i)) {
					t.Errorf("nothing is said of the policy with %s", expressions[i])
				}
			}
		}
	}
	p.search()
}

// printed is everything that the program prints of some configurations.
type printed struct {
	t    *testing.T
	dir  string
	env  []string
	text strings.Builder
}

func newPrinted(t *testing.T) *printed {
	p := &printed{t: t, dir: t.TempDir(), env: os.Environ()}
	for name, text := range secretTexts {
		p.env = append(p.env, name+"="+text)
	}
	text, number := secretTexts["TEXT"], secretTexts["DIGIT"]
	quoted := strconv.Quote(text)
	p.env = append(p.env, "COUNTERSIGN_VAR_number="+number, "COUNTERSIGN_VAR_yes=true", "COUNTERSIGN_VAR_object="+text,
		"COUNTERSIGN_VAR_list=["+quoted+", \"a\"]", "COUNTERSIGN_VAR_map={ a = "+quoted+" }")
	return p
}

// run looks at a configuration with mistakes in it, in every form that there is, and returns what is printed.
func (p *printed) run(configuration string) string {
	p.t.Helper()
	programtest.Write(p.t, filepath.Join(p.dir, "main.hcl"), configuration)
	before := p.text.Len()
	kinds := []string{"markdown", "html", "github", "sarif", "gitlab"}
	plan := []string{"plan", "-json-into=into.json"}
	for _, kind := range kinds {
		plan = append(plan, "-report="+kind+"="+kind)
	}
	for _, args := range [][]string{{"validate"}, {"validate", "-json"}, plan} {
		cmd := exec.Command("countersign", args...)
		cmd.Dir, cmd.Env = p.dir, p.env
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != 1 {
			p.t.Fatalf("countersign %s: %v, not exit code 1: %s", strings.Join(args, " "), err, out)
		}
		p.text.Write(out)
	}
	for _, name := range append(kinds, "into.json") {
		p.text.Write(programtest.Read(p.t, filepath.Join(p.dir, name)))
	}
	return p.text.String()[before:]
}

// search looks for the secrets in what was printed, and returns that in small letters.
func (p *printed) search() string {
	p.t.Helper()
	text := strings.ToLower(offset.ReplaceAllString(p.text.String(), ""))
	for _, secret := range secretTexts {
		for _, form := range spellings(secret) {
			if i := strings.Index(text, strings.ToLower(form)); i >= 0 {
				p.t.Errorf("%q of %q is printed: %q", form, secret, text[max(0, i-300):min(len(text), i+100)])
			}
		}
	}
	return text
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
