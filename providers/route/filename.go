package route

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longestName is how many bytes a safe name may have: what every file system takes, with room for a number.
const longestName = 240

// reserved are the names that Windows keeps for devices, whatever extension follows.
var reserved = func() map[string]bool {
	names := map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true, "CONIN$": true, "CONOUT$": true}
	for _, device := range []string{"COM", "LPT"} {
		for _, n := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "¹", "²", "³"} {
			names[device+n] = true
		}
	}
	return names
}()

// SafeName makes of a name that came from outside one that is a file's name and nothing else, on every system: no
// separators, no two dots in a row, no control characters or ones that turn the writing direction, no dots or blanks at
// its ends, no device of Windows, not too long (its extension is kept). It is never empty, and a safe name stays as it
// is.
func SafeName(name string) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, "_"))
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`/\|:*?"<>`, r), unicode.IsControl(r),
			unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return '_'
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, name)
	name = norm.NFC.String(name) // again, before it is cut: characters that were apart may be neighbours now
	for strings.Contains(name, "..") {
		name = strings.ReplaceAll(name, "..", ".")
	}
	name = trim(shorten(trim(name), longestName))
	if stem, _, _ := strings.Cut(name, "."); reserved[strings.ToUpper(strings.TrimSpace(stem))] {
		name = shorten("_"+name, longestName)
	}
	if name == "" {
		return "file"
	}
	return name
}

func trim(name string) string {
	return strings.TrimFunc(name, func(r rune) bool { return r == '.' || unicode.IsSpace(r) })
}

// shorten cuts a name to so many bytes, before its extension if that is not long itself, and between characters.
func shorten(name string, most int) string {
	if len(name) <= most {
		return name
	}
	_, extension := split(name)
	stem := name[:most-len(extension)]
	for len(stem) > 0 && !utf8.RuneStart(name[len(stem)]) {
		stem = stem[:len(stem)-1]
	}
	return strings.TrimRightFunc(stem, func(r rune) bool { return r == '.' || unicode.IsSpace(r) }) + extension
}

// split divides a name before the dot of its extension. What is longer than any extension is none.
func split(name string) (stem, extension string) {
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && len(name)-dot <= 20 {
		return name[:dot], name[dot:]
	}
	return name, ""
}

// SafeNames makes safe names for files that go into one folder: each by SafeName, and no two the same, also where
// capital and small letters are. The first keeps its name, the next get (2), (3) before the extension.
func SafeNames(names []string) []string {
	safe := make([]string, len(names))
	taken := make(map[string]bool, len(names))
	for i, name := range names {
		name = SafeName(name)
		stem, extension := split(name)
		for n := 2; taken[fold(name)]; n++ {
			number := fmt.Sprintf("(%d)", n)
			name = shorten(stem, longestName-len(number)-len(extension)) + number + extension
		}
		taken[fold(name)] = true
		safe[i] = name
	}
	return safe
}

// fold is the same for names that some file system takes for one.
func fold(name string) string { return norm.NFKC.String(strings.ToLower(strings.ToUpper(name))) }
