package spelling_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"countersign/schema/spelling"
)

// One text in two forms is one text; what only looks alike is not.
func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"修改", "修改", true},
		{"\u00e9", "e\u0301", true},
		{"\uac01", "\u1100\u1161\u11a8", true}, // 각 and its letters
		{"\u1ebf", "e\u0302\u0301", true},      // ế
		{"a\u0323\u0307", "a\u0307\u0323", true},
		{"\u212b", "\u00c5", true}, // the unit, the letter with its ring
		{"\u212a", "K", true},
		{"\uf900", "\u8c48", true},                // 豈, twice in Unicode for the sake of a Korean standard
		{"\u0958", "\u0915\u093c", true},          // never composed
		{"\U0002f800", "\u4e3d", true},            // 丽
		{"e\u0301", "e\u0300", false},             // another accent
		{"e\u0302\u0301", "e\u0301\u0302", false}, // in another order that shows
		{"A", "a", false},
		{"\uff21", "A", false}, // full-width
		{"\u0410", "A", false}, // Cyrillic
		{"\ufb01", "fi", false},
		{"修改", "修\u200b改", false},
		{"修 改", "修\u3000改", false},
		{"修改", "修改 ", false},
		{"\u8bf4", "\u8aaa", false}, // 说, 說
		{"", "", true},
		{"\xff", "\xfe", false},
	} {
		if got := spelling.Same(c.a, c.b); got != c.same {
			t.Errorf("Same(%+q, %+q) = %v", c.a, c.b, got)
		}
		if got := spelling.Form(c.a) == spelling.Form(c.b); got != c.same {
			t.Errorf("the forms of %+q and %+q: %v", c.a, c.b, got)
		}
	}
}

func TestKeepAndIndex(t *testing.T) {
	if got := spelling.Keep("e\u0301", "\u00e9"); got != "e\u0301" {
		t.Errorf("the old form is not kept: %+q", got)
	}
	if got := spelling.Keep("e\u0301", "e"); got != "e" {
		t.Errorf("%+q", got)
	}
	list := []string{"x", "e\u0301", "\u00e9"}
	for name, want := range map[string]int{"\u00e9": 2, "e\u0301": 1, "y": -1} {
		if got := spelling.Index(name, list); got != want {
			t.Errorf("Index(%+q) = %d, want %d", name, got, want)
		}
	}
	if got := spelling.Index("\u00e9", list[:2]); got != 1 {
		t.Errorf("another form is not found: %d", got)
	}
}

// Each character that nobody sees is found, and none that is part of what is seen.
func TestHidden(t *testing.T) {
	for text, want := range map[string][]spelling.Kind{
		"上传审批 申请2":                 nil,
		"全角\u3000空格":               nil,
		"e\u0301 é ก\u0e34":        nil,
		"a\u200bb":                 {spelling.Invisible},
		"\ufeffa":                  {spelling.Invisible},
		"a\u2060b\u2064c":          {spelling.Invisible, spelling.Invisible},
		"so\u00adft":               {spelling.Invisible},
		"\u034fx\u115fx\u17b4x":    {spelling.Invisible, spelling.Invisible, spelling.Invisible},
		"\u180ex\ufff9x\U0001bca0": {spelling.Invisible, spelling.Invisible, spelling.Invisible},
		"a\u202eb\u202c":           {spelling.Direction, spelling.Direction},
		"\u2066x\u2069\u200e\u200f\u061c": {spelling.Direction, spelling.Direction, spelling.Direction,
			spelling.Direction, spelling.Direction},
		"a\u00a0b\u2003c\u202fd": {spelling.Blank, spelling.Blank, spelling.Blank},
		"\u3164x\u2800x\uffa0":   {spelling.Invisible, spelling.Invisible, spelling.Invisible},
		"a\tb\x00\u0085\u2028":   {spelling.Control, spelling.Control, spelling.Control, spelling.Control},
		"a\U000e0041\U000e007f":  {spelling.Tag, spelling.Tag},
		"批准\ufe0f":               {spelling.Selector},
		"葛\U000e0100":            {spelling.Selector},
		"1\ufe0f":                {spelling.Selector},

		// Emoji.
		"❤\ufe0f ☎\ufe0e 1\ufe0f\u20e3 #\ufe0f\u20e3":                   nil,
		"👨\u200d👩\u200d👧":                                               nil,
		"🧑🏽\u200d🤝\u200d🧑🏻 🏳\ufe0f\u200d🌈":                              nil,
		"👁\ufe0f\u200d🗨\ufe0f":                                          nil,
		"🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": nil,
		"🏴\U000e0067\U000e0062":                                         {spelling.Tag, spelling.Tag},
		"😀\U000e0067\U000e007f":                                         {spelling.Tag, spelling.Tag},
		"👨\u200d":                                                       {spelling.Invisible},
		"👨\u200d\u200d👩":                                                {spelling.Invisible, spelling.Invisible},
		"👨\u200da":                                                      {spelling.Invisible},
		"a\u200d👩":                                                      {spelling.Invisible},
		"🇨🇳\ufe0f":                                                      {spelling.Selector},

		// Scripts that cannot be written without them.
		"क्\u200dष क्\u200cष": nil,
		"می\u200cخواهم":       nil,
		"ක්\u200d":            {spelling.Invisible},
		"क\u200dष":            {spelling.Invisible},
		"a\u200cb":            {spelling.Invisible},
	} {
		var got []spelling.Kind
		for _, h := range spelling.HiddenIn(text) {
			got = append(got, h.Kind)
			if r, _ := utf8.DecodeRuneInString(text[h.At:]); r != h.Rune {
				t.Errorf("%+q: %v is said to stand at %d", text, h, h.At)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+q: got %q, want %q", text, got, want)
		}
	}
	if got := spelling.HiddenIn("a\u202e")[0].String(); got != "U+202E (a direction control)" {
		t.Error(got)
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"上传审批":            `"上传审批"`,
		"👍🏽 好":            `"👍🏽 好"`,
		"❤\ufe0f":         "\"❤\ufe0f\"",
		"批准\ufe0f":        `"批准\ufe0f"`,
		"e\u0301":         "\"e\u0301\"",
		"全角\u3000空格":      "\"全角\u3000空格\"",
		"\x1b[31m":        `"\x1b[31m"`,
		"a\nb":            `"a\nb"`,
		`say "yes"`:       `"say \"yes\""`,
		"\u202eevil":      `"\u202eevil"`,
		"\xff":            `"\xff"`,
		"\U000e0041tag":   `"\U000e0041tag"`,
		"👨\u200d👩\u200d👧": "\"👨\u200d👩\u200d👧\"", // the joiners of an emoji are part of it
		"张\u200d三":        `"张\u200d三"`,
	} {
		if got := spelling.Quote(in); got != want {
			t.Errorf("Quote(%q) = %s, want %s", in, got, want)
		}
	}
}

// Two texts that look the same are written out when one becomes the other.
func TestUnlike(t *testing.T) {
	for _, c := range []struct{ a, b, wantA, wantB string }{
		{"a", "b", `"a"`, `"b"`},
		{"é", "e\u0301", `"\u00e9"`, `"e\u0301"`},
		{"批准", "批准\ufe0f", `"批准"`, `"批准\ufe0f"`},
		{"❤", "❤\ufe0f", `"\u2764"`, `"\u2764\ufe0f"`},
		{"a b", "a\u00a0b", `"a b"`, `"a\u00a0b"`},
		{"修 改", "修\u3000改", `"\u4fee \u6539"`, `"\u4fee\u3000\u6539"`},
	} {
		a, b := spelling.Unlike(c.a, c.b)
		if a != c.wantA || b != c.wantB {
			t.Errorf("%q, %q: got %s → %s, want %s → %s", c.a, c.b, a, b, c.wantA, c.wantB)
		}
	}
}

// What looks the same on a page of the drive has one look, and nothing else.
func TestLook(t *testing.T) {
	same := [][]string{
		{"申请修改", "申请\u200b修改", "\ufeff申请修改", "申请修改\u2060", " 申请修改\u3000", "申请\u00ad修改", "申请修改\ufe0f",
			"\u202d申请修改\u202c", "申请修\U000e0041改"},
		{"a b", "a  b", "a\u00a0b", "a\u3000b", "a \u200b b", "a\tb", "a\u2800b"},
		{"é", "e\u0301", "e\u200b\u0301"},
		{"❤", "❤\ufe0f", "❤\ufe0e"},
		{"👨\u200d👩", "👨\u200d👩\u200b"},
		{"👨👩", "👨\u200d\u200d👩"},
		{"", "\u200b", "\u3000", "\u3164"},
	}
	for i, list := range same {
		for _, s := range list {
			if got, want := spelling.Look(s), spelling.Look(list[0]); got != want {
				t.Errorf("%+q looks like %+q, not like %+q", s, got, want)
			}
		}
		for j := range i {
			if spelling.Look(list[0]) == spelling.Look(same[j][0]) {
				t.Errorf("%q and %q look the same", list[0], same[j][0])
			}
		}
	}
	for _, s := range []string{"Ａ", "A", "a", "\u0410", "修", "條", "ﬁ", "fi"} {
		if got := spelling.Look(s); got != s {
			t.Errorf("%q looks like %q", s, got)
		}
	}
}

// Whatever the text: what is written out holds nothing hidden, JSON stays the same document, forms are forms.
func FuzzShown(f *testing.F) {
	for _, s := range []string{"", "a\u200b\u202e\ufeff", "👨\u200d👩\ufe0f", "1\ufe0f\u20e3", "क्\u200dष", "\xff\xc0",
		"🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "e\u0301\u0302", "\u0600\u0085"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		shown := spelling.Escape(s, "", "")
		if h := spelling.HiddenIn(shown); h != nil || !utf8.ValidString(shown) {
			t.Errorf("%+q: %v is hidden in %+q", s, h, shown)
		}
		if again := spelling.Escape(shown, "", ""); again != shown {
			t.Errorf("%+q: %q becomes %q", s, shown, again)
		}
		if look := spelling.Look(s); spelling.Look(look) != look || look != strings.TrimSpace(look) {
			t.Errorf("%+q: the look of %+q is %+q", s, look, spelling.Look(look))
		}
		if spelling.Look(s) != spelling.Look(norm.NFD.String(s)) && len(s) < 30 { // longer ones may be cut into streams
			t.Errorf("%+q looks otherwise in another form", s)
		}
		doc, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		out := spelling.JSON(doc)
		var was, is string
		if json.Unmarshal(doc, &was) != nil || json.Unmarshal(out, &is) != nil || was != is {
			t.Errorf("%+q: %s became %s", s, doc, out)
		}
		if h := spelling.HiddenIn(string(out)); h != nil {
			t.Errorf("%+q: %v is hidden in %s", s, h, out)
		}
	})
}
