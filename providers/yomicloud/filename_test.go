package yomicloud

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"合同.pdf":                          "合同.pdf",
		"a b.tar.gz":                      "a b.tar.gz",
		".gitignore":                      ".gitignore",
		"../../etc/passwd":                ".._.._etc_passwd",
		`C:\Windows\a.dll`:                "C__Windows_a.dll",
		"/etc/passwd":                     "_etc_passwd",
		`a*?"<>|b`:                        "a______b",
		"a\x00b\r\nc\x7f":                 "a_b__c_",
		"":                                "file",
		".":                               "file",
		"..":                              "file",
		" . . ":                           "file",
		"a. ":                             "a",
		"nul":                             "_nul",
		"Com1.txt":                        "_Com1.txt",
		"console.txt":                     "console.txt",
		"a\u202Efdp.exe":                  "afdp.exe",
		"a\xff":                           "a\uFFFD",
		"\u3000合同.pdf\u3000":              "合同.pdf",
		strings.Repeat("合", 100) + ".pdf": strings.Repeat("合", 83) + ".pdf",
	} {
		if got := SafeName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestDisposition(t *testing.T) {
	for header, want := range map[string]struct {
		name string
		file bool
	}{
		"":                          {"", false},
		"inline":                    {"", false},
		"attachment":                {"", true},
		"ATTACHMENT; filename=a":    {"a", true},
		`inline; filename="a b"`:    {"a b", true},
		`attachment; filename="合同"`: {"合同", true},
		`attachment; filename=合同 1.pdf; size=3`:                {"合同 1.pdf", true},
		`attachment; filename="%E5%90%88.pdf"`:                 {"合.pdf", true},
		`attachment; filename="100%25.pdf"`:                    {"100%25.pdf", true},
		`attachment; filename*=UTF-8''100%2525.pdf`:            {"100%25.pdf", true},
		`attachment; filename="_"; filename*=utf-8''%E5%90%88`: {"合", true},
		"attachment; filename=\"\xba\xcf\"":                    {"", true},
		`attachment; filename=""`:                              {"", true},
		`;;;`:                                                  {"", false},
	} {
		h := http.Header{}
		if header != "" {
			h.Set("Content-Disposition", header)
		}
		if name, file := disposition(h); name != want.name || file != want.file {
			t.Errorf("%s: %q, %t", header, name, file)
		}
	}
}

// FuzzName: whatever a drive calls a file, the name leads nowhere.
func FuzzName(f *testing.F) {
	f.Add(`attachment; filename="../a"; filename*=UTF-8''%2e%2e`)
	f.Add("attachment; filename=con .txt\u200e")
	f.Add("inline; filename=" + strings.Repeat("合", 90) + ".")
	f.Fuzz(func(t *testing.T, header string) {
		name, _ := disposition(http.Header{"Content-Disposition": {header}})
		for _, n := range []string{name, header} {
			safe := SafeName(n)
			if safe == "" || safe == "." || safe == ".." || len(safe) > 255 || !utf8.ValidString(safe) ||
				filepath.Base(safe) != safe || !filepath.IsLocal(safe) || strings.ContainsAny(safe, "/\\:\x00\n") {
				t.Errorf("%q: %q", n, safe)
			}
			if again := SafeName(safe); again != safe {
				t.Errorf("%q: %q and then %q", n, safe, again)
			}
		}
	})
}
