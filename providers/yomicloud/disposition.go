package yomicloud

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// disposition reads the name that an answer gives a file, and whether the answer says that it is one. Names come as
// RFC 6266 has them, and, from servers that do not know of it, in UTF-8 as they are or percent-encoded.
func disposition(h http.Header) (name string, file bool) {
	v := strings.TrimSpace(h.Get("Content-Disposition"))
	if v == "" {
		return "", false
	}
	kind, params, err := mime.ParseMediaType(v)
	if err == nil {
		name = params["filename"]
	} else {
		kind, _, _ = strings.Cut(v, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
		if _, after, ok := strings.Cut(v, "filename="); ok {
			name, _, _ = strings.Cut(after, ";")
			name = strings.Trim(strings.TrimSpace(name), `"`)
		}
	}
	if !strings.Contains(strings.ToLower(v), "filename*") {
		// A name that is plain ASCII when decoded may well have had its % to begin with.
		if s, err := url.PathUnescape(name); err == nil && utf8.ValidString(s) &&
			strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
			name = s
		}
	}
	file = kind == "attachment" || name != ""
	if !utf8.ValidString(name) {
		name = "" // in an unknown encoding
	}
	return name, file
}
