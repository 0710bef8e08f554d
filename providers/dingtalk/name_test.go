package dingtalk

import (
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	for _, name := range []string{"合同,270481027143248.pdf", "a", ".profile", "a b.txt", strings.Repeat("合", 255)} {
		if err := CheckName(name); err != nil {
			t.Error(err)
		}
	}
	tests := map[string][]string{
		"":                       {"it is empty"},
		"   ":                    {"it is empty"},
		"a/b":                    {"it holds /"},
		`a\b|c:d*e?f"g<h>`:       {`it holds \ | : * ? " < >`},
		"a\tb":                   {"a tab"},
		" a. ":                   {"begins or ends with a blank", "ends with a dot"},
		"a.":                     {"ends with a dot"},
		"\xff":                   {"not UTF-8"},
		strings.Repeat("合", 256): {"256 characters, at most 255"},
	}
	for name, says := range tests {
		err := CheckName(name)
		for _, s := range says {
			if err == nil || !strings.Contains(err.Error(), s) {
				t.Errorf("%q: %v\nshould say %s", name, err, s)
			}
		}
	}
}

// The service may keep a name in another form of Unicode than it was sent in.
func TestNamesInForms(t *testing.T) {
	for _, c := range []struct {
		search Search
		name   string
		fits   bool
	}{
		{Search{Name: "caf\u00e9.pdf"}, "cafe\u0301.pdf", true},
		{Search{Name: "cafe\u0301.pdf"}, "caf\u00e9.pdf", true},
		{Search{Name: "caf\u00e9.pdf"}, "cafe.pdf", false},
		{Search{Name: "caf\u00e9.pdf"}, "cafe\u0301(1).pdf", false},
		{Search{Name: "caf\u00e9.pdf", Renamed: true}, "cafe\u0301(1).pdf", true},
		{Search{Name: "cafe\u0301.pdf", Renamed: true}, "caf\u00e9 (12).pdf", true},
		{Search{Name: "caf\u00e9.pdf", Renamed: true}, "caf\u00e9x(1).pdf", false},
	} {
		if got := c.search.fits()(c.name); got != c.fits {
			t.Errorf("%+v fits %+q: %v", c.search, c.name, got)
		}
	}
}
