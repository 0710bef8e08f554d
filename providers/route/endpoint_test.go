package route

import (
	"strings"
	"testing"
)

func TestEndpoint(t *testing.T) {
	tests := []struct{ endpoint, want, says string }{
		{"https://drive.example.com", "https://drive.example.com", ""},
		{" http://10.0.0.1:8080/prefix// ", "http://10.0.0.1:8080/prefix", ""},
		{"", "", "it is empty"},
		{"drive.example.com:8080", "", "it is not a URL"},
		{"https://drive.example.com:port", "", "it is not a URL"},
		{"ftp://drive.example.com", "", "neither https:// nor http://"},
		{"https:///app", "", "it names no host"},
		{"https://drive.example.com/a\u3000b", "", "it has a blank in it"},
		{"https://drive.example.com?token=hush", "", "no query and no fragment"},
		{"https://drive.example.com#hush", "", "no query and no fragment"},
		{"https://user:hush@drive.example.com", "", "no user name and no password"},
	}
	for _, test := range tests {
		got, err := Endpoint(test.endpoint, "", "https://like.this", false)
		if test.says == "" {
			if err != nil || got != test.want {
				t.Errorf("%q: %q, %v", test.endpoint, got, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.says) ||
			!strings.HasSuffix(err.Error(), "write it like https://like.this") ||
			strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: %v\nshould say %s", test.endpoint, err, test.says)
		}
	}
}

func TestWithoutSecrets(t *testing.T) {
	for s, want := range map[string]string{
		"https://drive.example.com/a":            "https://drive.example.com/a",
		"https://user:hush@drive.example.com":    "https://…@drive.example.com",
		"user:hush@drive.example.com":            "…@drive.example.com",
		"https://user:h@ush@drive.example.com":   "https://…@drive.example.com",
		"https://user:a?hush@drive.example.com/": "https://…@drive.example.com/",
		"https://drive.example.com/a?token=hush": "https://drive.example.com/a…",
		"https://drive.example.com/a#hush":       "https://drive.example.com/a…",
		"":                                       "",
	} {
		if got := WithoutSecrets(s); got != want {
			t.Errorf("%s: %s, should be %s", s, got, want)
		}
	}
}
