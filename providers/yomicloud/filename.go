package yomicloud

import (
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"
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
		name = "" // in an encoding that it does not tell
	}
	return name, file
}

// devices are names that mean something else than a file on some machines.
var devices = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true, "conin$": true, "conout$": true,
	"com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true,
	"com8": true, "com9": true,
	"lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true,
	"lpt8": true, "lpt9": true,
}

// SafeName makes a name that came from outside one that a file can have on any machine, and that leads nowhere: without
// folders, without signs that mean something to a system, without controls that change how it is shown. It is never
// "", "." or "..", no longer than 255 bytes, and keeps the extension.
func SafeName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`/\:*?"<>|`, r), unicode.IsControl(r):
			return '_'
		case unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029': // they can make a name look like another
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
	name = trimName(name)
	const most = 255
	if len(name) > most {
		extension := path.Ext(name)
		if len(extension) > 32 {
			extension = ""
		}
		stem := name[:most-len(extension)]
		for !utf8.ValidString(stem) {
			stem = stem[:len(stem)-1]
		}
		name = trimName(stem + extension)
	}
	stem, _, _ := strings.Cut(name, ".")
	switch {
	case name == "":
		return "file"
	case devices[strings.ToLower(strings.TrimSpace(stem))]:
		return "_" + name[:min(len(name), most-1)]
	}
	return name
}

// trimName takes off what some machines drop at the end of a name, and blanks before it.
func trimName(name string) string {
	return strings.TrimRightFunc(strings.TrimLeftFunc(name, unicode.IsSpace),
		func(r rune) bool { return r == '.' || unicode.IsSpace(r) })
}
