package yomicloud

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"countersign/providers/route"
)

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
		if safe := route.SafeName(name); !filepath.IsLocal(safe) || filepath.Base(safe) != safe {
			t.Errorf("%q: %q", name, safe)
		}
	})
}
