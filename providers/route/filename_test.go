package route

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"合同,270481027143248.pdf":              "合同,270481027143248.pdf",
		"../../etc/passwd":                    "_._etc_passwd",
		`..\..\Windows\system.ini`:            `_._Windows_system.ini`,
		"/etc/passwd":                         "_etc_passwd",
		"C:\\a":                               "C__a",
		"a..b...pdf":                          "a.b.pdf",
		"..":                                  "file",
		"":                                    "file",
		" . ":                                 "file",
		" a.pdf. ":                            "a.pdf",
		".profile":                            "profile",
		"a\x00b\nc\td\u2028e":                 "a_b_c_d_e",
		"contract\u202efdp.exe":               "contractfdp.exe",
		"con":                                 "_con",
		"NUL.pdf":                             "_NUL.pdf",
		"com1.tar.gz":                         "_com1.tar.gz",
		"LPT².txt":                            "_LPT².txt",
		"console.pdf":                         "console.pdf",
		`a*b?c"d<e>f|g.pdf`:                   "a_b_c_d_e_f_g.pdf",
		"\xff\xfe.pdf":                        "_.pdf",
		"e\u0301.pdf":                         "é.pdf",
		strings.Repeat("x", 300) + ".pdf":     strings.Repeat("x", 236) + ".pdf",
		strings.Repeat("合", 100) + ".pdf":     strings.Repeat("合", 78) + ".pdf",
		"a." + strings.Repeat("b", 300):       "a." + strings.Repeat("b", 238),
		strings.Repeat("x", 235) + ". y .pdf": strings.Repeat("x", 235) + ".pdf",
		"e\u200d\u0301.pdf":                   "é.pdf",
	} {
		got := SafeName(name)
		if got != want {
			t.Errorf("%q: %q, not %q", name, got, want)
		}
		if again := SafeName(got); again != got {
			t.Errorf("%q: a safe name became %q", got, again)
		}
	}
}

func TestSafeNamesAreDistinct(t *testing.T) {
	long := strings.Repeat("x", 300) + ".pdf"
	got := SafeNames([]string{"a.pdf", "A.PDF", "a.pdf", "a(2).pdf", "b", "b", "a/b", "a_b", "", "..", long, long,
		"a." + strings.Repeat("b", 300), "a." + strings.Repeat("b", 300)})
	want := []string{"a.pdf", "A(2).PDF", "a(3).pdf", "a(2)(2).pdf", "b", "b(2)", "a_b", "a_b(2)", "file", "file(2)",
		strings.Repeat("x", 236) + ".pdf", strings.Repeat("x", 233) + "(2).pdf", "a." + strings.Repeat("b", 238), "a." +
			strings.Repeat("b", 235) + "(2)"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\n%q", got, want)
	}
}

// Whatever the vendor sends as a name, it becomes a file in the folder and nothing else.
func FuzzSafeName(f *testing.F) {
	for _, seed := range []string{"合同,1.pdf", "../x", "CON", "a\u202eb", strings.Repeat("合", 90) + ".pdf", "\xff",
		". . .", "e\u0301", strings.Repeat("_", 159) + "\u0338\u200d" + strings.Repeat("\u0344", 19)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, safe := range SafeNames([]string{name, name}) {
			stem, _, _ := strings.Cut(safe, ".")
			if safe == "" || !filepath.IsLocal(safe) || filepath.Base(safe) != safe || len(safe) > 255 ||
				!utf8.ValidString(safe) || strings.Contains(safe, "..") ||
				strings.ContainsAny(safe, "/\\|:*?\"<>\x00\n\t") ||
				strings.Trim(safe, ". ") != safe || reserved[strings.ToUpper(stem)] {
				t.Errorf("%q: %q", name, safe)
			}
			if again := SafeName(safe); again != safe {
				t.Errorf("%q: %q and then %q", name, safe, again)
			}
		}
		if names := SafeNames([]string{name, name}); strings.EqualFold(names[0], names[1]) {
			t.Errorf("%q", names)
		}
	})
}
