package route

import (
	"encoding/base64"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"countersign/internal/respell"
)

var tokens = []string{
	"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
	"0123456789abcdef0123456789abcdef", `p@ss/w"ord+of many%20signs<&>é\x`, "令牌令牌令牌令牌",
	"AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "short-one", "çÀß-ñandú-😀-key",
}

// random is a token of any characters but backslashes, of which nobody can tell any more, three escapes deep, what they
// were for; at least 2*piece of them.
func random(r *rand.Rand) string {
	const signs = `abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~!@#$^*()+=/"'<>;: %&?éßÿ令牌密钥😀`
	all, token := []rune(signs), []rune(nil)
	for range 2*piece + r.IntN(40) {
		token = append(token, all[r.IntN(len(all))])
	}
	return string(token)
}

func names(how []respell.Way) string {
	var list []string
	for _, way := range how {
		list = append(list, way.Name)
	}
	return strings.Join(list, ", then as ")
}

// Whatever a token is spelled as, and spelled again in another way, no piece of it is left to be read by who undoes the
// same.
func TestSecretsInOtherSpellings(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for n := range 4000 {
		token := random(r)
		if n%2 == 0 {
			token = tokens[r.IntN(len(tokens))]
		}
		text, how := token, []respell.Way(nil)
		if part := []rune(token); len(part) > 2*piece && r.IntN(4) == 0 { // a part of it says too much, too
			at := r.IntN(len(part) - 2*piece)
			text = string(part[at : at+2*piece])
		}
		for range 1 + r.IntN(3) {
			way := respell.Ways[r.IntN(len(respell.Ways))]
			text, how = way.Spell(r, text), append(how, way)
			if way.Last {
				break
			}
		}
		if len(text) > mostText/2 {
			continue
		}
		got := NewSecrets([]string{token}, nil).Hide("refused: " + text + " is unknown")
		if strings.Contains(got, text) || !strings.Contains(got, hidden) {
			t.Fatalf("%q as %s: %q", token, names(how), got)
		}
		if said := respell.Leak(got, token, piece, how...); said != "" {
			t.Fatalf("%q as %s: %q\nsays %q", token, names(how), got, said)
		}
	}
}

// The tests' reader reads what the encoders write; or the test above could not fail.
func TestReadersOfSpellings(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, way := range respell.Ways {
		found := false
		for _, text := range way.Read(way.Spell(r, tokens[1])) {
			found = found || respell.Readable(text, tokens[1], piece) != ""
		}
		if !found {
			t.Errorf("%s is not read", way.Name)
		}
	}
}

// A secret that is a part of an ordinary word takes the whole word with it; one below four bytes is none.
func TestShortSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"test": "***", "the latest one": "the *** one", "a=test&b=1": "a=***&b=1", "测试test版": "测试***版",
		"TESTING, 1-test-2": "***, 1-***-2", "te st": "te st", "%74es%74ed": "***",
	} {
		if got := NewSecrets([]string{"test", "one"}, nil).Hide(text); got != want {
			t.Errorf("%q became %q, not %q", text, got, want)
		}
	}
}

// What to do next is in words of our own: a token that is one of them does not spoil it.
func TestAdviceIsNotHidden(t *testing.T) {
	k := Call{Name: "templet-list", URL: "https://drive.example.com", Hide: NewSecrets([]string{"drive"}, nil).Hide,
		Advise: func(e *Error) string { return "the drive says " + e.Code }}
	e := k.Fail(Error{Code: "drive-1", Message: "no drive"})
	if got := e.Error(); got != "templet-list https://***.example.com: ***-1: no *** — the drive says ***-1" {
		t.Error(got)
	}
}

// Secrets come back spelled otherwise than they were sent.
func TestSecretsWithEscapes(t *testing.T) {
	const link = "/contract%2F1?sign=q%2Fx%2By-0123456789%3D&t=1"
	s := NewSecrets([]string{"q%2Fx%2By-0123456789%3D"}, []string{link})
	for _, text := range []string{link, "/contract/1?sign=q/x+y-0123456789=&t=1", "sign q/x+y-0123456789=",
		"q%252Fx%252By-0123456789%253D", `q\/x\u002by-0123456789\u003d`, "q%2fx%2by-0123456789%3d"} {
		if got := s.Hide("at " + text + " it ends"); strings.Contains(got, "x") || strings.Contains(got, "456") ||
			!strings.HasPrefix(got, "at ") || !strings.HasSuffix(got, " it ends") {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// How deep a token is in base64 makes no difference.
func TestSecretsDeepInBase64(t *testing.T) {
	text := tokens[1]
	for depth := 1; len(text) < mostText/2; depth++ {
		text = base64.StdEncoding.EncodeToString([]byte(text))
		got := NewSecrets([]string{tokens[1]}, nil).Hide("at " + text) // what is left is of the padding
		if len(got) > len(text)/4+20 || !strings.Contains(got, hidden) {
			t.Errorf("%d times: %s", depth, got)
		}
	}
}

// What is no secret stays as it is.
func TestHarmlessWordsStay(t *testing.T) {
	s := NewSecrets([]string{tokens[0], tokens[1]}, []string{"https://store.example.com/a?Signature=abcdefg"})
	for _, text := range []string{
		"", "没有权限", `code 1001: "invalid token", try again`, "d41d8cd98f00b204e9800998ecf8427e",
		"aGVsbG8gd29ybGQsIGhvdyBhcmUgeW91IHRvZGF5Pw==",
		"request 550e8400-e29b-41d4-a716-446655440000", `{"a":"\u4e2d\/\"x\""}`,
		"100% &amp; more &#39;x&#39; %E5%90%88", "https://store.example.com/a", "0123456", "\xff\xfe",
		`C:\users\x\new`, "&copy=1&lt=2", "token=expired", "%", `\`, "&", "&#", `\u`, `%u00`, "75 steps, 71:72",
		strings.Repeat("all is well ",
			300),
		"9b74c9897bac770ffc029102a200c5de 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8", "DescribeResourceUrlsByFlows",
		"countersign/1.2.0 (linux; amd64)",
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

// Texts made to be read in very many ways cost little more than others: so many bytes are looked at for each of theirs.
// Of one that costs too much nothing is shown.
func TestSecretsInHostileTexts(t *testing.T) {
	s := NewSecrets([]string{tokens[0]}, []string{"four"})
	r := rand.New(rand.NewPCG(1, 1))
	deep := strings.Repeat("abc", 100)
	for len(deep) < mostText {
		deep = base64.StdEncoding.EncodeToString([]byte(deep))
	}
	for _, unit := range []string{`\`, `%`, "%25", "&", "&amp;", "&amp", "&#38;", `\u005c`, "QUJD", "4142", "34",
		`%5cu0025`, "a", " ", "=", `&%\QUJDREVG41424344`, "\xc3\x83", "\xed\xa0\xbd",
		"%2525252525", "%41%42%43", `\\\\u0025`, "&ampamp", deep,
		regexp.MustCompile(`.`).ReplaceAllStringFunc(tokens[0],
			func(c string) string { return c + string(rune(r.IntN(128))) })} {
		text := strings.Repeat(unit, 1+(64<<10)/len(unit))[:mostText]
		if _, read, all := s.search(text, mostRead); !all || read > 20*mostText {
			t.Errorf("%.20q: %d bytes are looked at", unit, read)
		}
		if got := s.Hide(strings.Repeat(text, 8)); len(got) > mostText {
			t.Errorf("%.20q: %d bytes", unit, len(got))
		}
		if got := s.Hide(text[:100] + " " + tokens[0]); respell.Readable(got, tokens[0], piece) != "" {
			t.Errorf("%.20q: %s", unit, got)
		}
		if got := s.hide(text, len(text)-1); got != hidden {
			t.Errorf("%.20q: shown although it was not looked at", unit)
		}
	}
	if got := s.hide("harmless", 10); got != hidden {
		t.Error(got)
	}
}

// Whatever stands around a token, it is not shown.
func FuzzHide(f *testing.F) {
	f.Add("a %61%62 \\u0061 &#97; YWJj 616263", uint8(0))
	f.Add(`\`, uint8(4))
	f.Add("%", uint8(0))
	f.Fuzz(func(t *testing.T, text string, way uint8) {
		const token = "tok-0123456789-abcdef"
		w := respell.Ways[int(way)%len(respell.Ways)]
		spelled := w.Spell(rand.New(rand.NewPCG(1, 1)), token)
		got := NewSecrets([]string{token}, nil).Hide(text + " " + spelled)
		if len(text) > mostText/2 {
			return
		}
		if said := respell.Leak(got, token, piece, w); said != "" {
			t.Errorf("%q: %q is read in %q", spelled, said, got)
		}
	})
}
