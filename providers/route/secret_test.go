package route

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// ways are how a text may come back: whole encoders, and ones that escape some characters and leave others.
var ways = []struct {
	name   string
	encode func(r *rand.Rand, s string) string
}{
	{"as an address", func(_ *rand.Rand, s string) string { return url.QueryEscape(s) }},
	{"as a path", func(_ *rand.Rand, s string) string { return url.PathEscape(s) }},
	{"half escaped", func(r *rand.Rand, s string) string {
		var b strings.Builder
		for _, c := range s {
			if r.IntN(3) > 0 && c != '%' {
				b.WriteRune(c)
				continue
			}
			b.WriteString(each(string(c), func(c byte) string {
				return fmt.Sprintf([]string{"%%%02x",
					"%%%02X"}[r.IntN(2)], c)
			}))
		}
		return b.String()
	}},
	{"all percent", func(_ *rand.Rand, s string) string {
		return each(s, func(c byte) string { return fmt.Sprintf("%%%02X", c) })
	}},
	{"JSON", func(_ *rand.Rand, s string) string { b, _ := json.Marshal(s); return string(b) }},
	{"JSON with escapes that it does not need", func(r *rand.Rand, s string) string {
		var b strings.Builder
		for _, c := range s {
			switch {
			case c == '/':
				b.WriteString(`\/`)
			case c == '"' || c == '\\':
				b.WriteString(`\` + string(c))
			case c < 0x10000 && r.IntN(2) == 0:
				fmt.Fprintf(&b, `\u%04x`, c)
			default:
				b.WriteRune(c)
			}
		}
		return b.String()
	}},
	{"a Go string", func(_ *rand.Rand, s string) string { return fmt.Sprintf("%+q", s) }},
	{"bytes in a string", func(_ *rand.Rand, s string) string {
		return each(s, func(c byte) string { return fmt.Sprintf(`\x%02x`, c) })
	}},
	{"a page", func(_ *rand.Rand, s string) string { return html.EscapeString(s) }},
	{"a page in numbers", func(_ *rand.Rand, s string) string {
		var b strings.Builder
		for i, c := range s {
			fmt.Fprintf(&b, []string{"&#%d;", "&#x%X;"}[i%2], c)
		}
		return b.String()
	}},
	{"base64", func(r *rand.Rand, s string) string {
		return base64.StdEncoding.EncodeToString([]byte(junk(r) + s + junk(r)))
	}},
	{"base64 of addresses", func(r *rand.Rand,
		s string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(junk(r) + s))
	}},
	{"hexadecimal", func(r *rand.Rand, s string) string { return hex.EncodeToString([]byte(junk(r) + s)) }},
	{"hexadecimal capitals",
		func(_ *rand.Rand, s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }},
}

func each(s string, spell func(byte) string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(spell(s[i]))
	}
	return b.String()
}

// junk is up to two bytes, so that base64 is met at all three alignments.
func junk(r *rand.Rand) string { return "xy"[:r.IntN(3)] }

var tokens = []string{
	"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
	"0123456789abcdef0123456789abcdef", `p@ss/w"ord+of many%20signs<&>é\x`, "令牌令牌令牌令牌", "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "short-one",
}

// Whatever a token is spelled as, and spelled again in another way, nothing of it is left to be read.
func TestSecretsInOtherSpellings(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 4000 {
		token := tokens[r.IntN(len(tokens))]
		text, how := token, []string(nil)
		if len(token) > 2*piece && r.IntN(4) == 0 { // a part of it says too much, too
			at := r.IntN(len(token) - piece)
			text = strings.ToValidUTF8(token[at:at+piece], "")
			if len(text) < piece {
				continue
			}
		}
		for range 1 + r.IntN(3) {
			way := ways[r.IntN(len(ways))]
			text, how = way.encode(r, text), append(how, way.name)
		}
		if len(text) > mostText/2 {
			continue
		}
		got := NewSecrets([]string{token}, nil).Hide("refused: " + text + " is unknown")
		if strings.Contains(got, text) || !strings.Contains(got, hidden) {
			t.Fatalf("%s as %s: %s", token, strings.Join(how, ", then as "), got)
		}
		if left := strings.TrimSuffix(strings.TrimPrefix(got, "refused: "), " is unknown"); len(left) > len(text)/2+16 {
			t.Fatalf("%s as %s: most of it is left: %s", token, strings.Join(how, ", then as "), got)
		}
	}
}

// What is no secret stays as it is.
func TestHarmlessWordsStay(t *testing.T) {
	s := NewSecrets([]string{tokens[0], tokens[1]}, []string{"https://store.example.com/a?Signature=abcdefg"})
	for _, text := range []string{
		"", "没有权限", `code 1001: "invalid token", try again`, "d41d8cd98f00b204e9800998ecf8427e", "aGVsbG8gd29ybGQsIGhvdyBhcmUgeW91IHRvZGF5Pw==",
		"request 550e8400-e29b-41d4-a716-446655440000", `{"a":"\u4e2d\/\"x\""}`, "100% &amp; more &#39;x&#39; %E5%90%88", "https://store.example.com/a", "0123456789", "\xff\xfe",
	} {
		if got := s.Hide(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := (Secrets{}).Hide("anything"); got != "anything" {
		t.Error(got)
	}
	if got := s.Hide("see https://store.example.com/a?Signature=abcdefg for it"); got != "see *** for it" {
		t.Error(got)
	}
}

// Texts made to be read in very many ways are shown short, or not at all, and it is the number of readings that ends
// the search.
func TestSecretsInHostileTexts(t *testing.T) {
	s := NewSecrets([]string{tokens[0]}, nil)
	for _, unit := range []string{`\`, `%25`, "&amp;", "&#38;", `\u005c`, "QUJD", "4142", `%5cu0025`, "a",
		`&%\QUJDREVG41424344`} {
		text := strings.Repeat(unit, (64<<10)/len(unit))
		if got := s.Hide(text); len(got) > mostText {
			t.Errorf("%q: %d bytes", unit, len(got))
		}
		if got := s.Hide(text[:100*len(unit)/len(unit)] + tokens[0]); strings.Contains(got, tokens[0][20:40]) {
			t.Errorf("%q: %s", unit, got)
		}
	}
}

func FuzzHide(f *testing.F) {
	f.Add("a %61%62 \\u0061 &#97; YWJj 616263", uint8(0))
	f.Fuzz(func(t *testing.T, text string, way uint8) {
		const token = "tok-0123456789-abcdef"
		r := rand.New(rand.NewPCG(1, 1))
		spelled := ways[int(way)%len(ways)].encode(r, token)
		got := NewSecrets([]string{token}, nil).Hide(text + " " + spelled)
		if len(text) < mostText/2 && strings.Contains(got, spelled) {
			t.Errorf("%s in %s", spelled, got)
		}
	})
}
