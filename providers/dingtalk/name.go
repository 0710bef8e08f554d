package dingtalk

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// LongestName is how many characters a file's name may have. The documents name no limit; this one is that of the file
// systems the name comes from and goes to.
const LongestName = 255

// badNameRunes may not stand in a name: those that the documents forbid (TAB * " < > |, wire facts, A5), and those
// that would make it a path on one system or another.
const badNameRunes = `/\|:*?"<>`

// CheckName says everything that keeps a name from being a file's in DingTalk, before anything is sent; nil if nothing
// does.
func CheckName(name string) error {
	var wrong []string
	if strings.TrimSpace(name) == "" {
		return fmt.Errorf("file name %q: it is empty", name)
	}
	var bad []string
	control := false
	for _, r := range badNameRunes {
		if strings.ContainsRune(name, r) {
			bad = append(bad, string(r))
		}
	}
	for _, r := range name {
		control = control || unicode.IsControl(r)
	}
	if len(bad) > 0 {
		wrong = append(wrong, "it holds "+strings.Join(bad, " "))
	}
	if control {
		wrong = append(wrong, "it holds a tab or another control character")
	}
	if !utf8.ValidString(name) {
		wrong = append(wrong, "it is not UTF-8")
	}
	if strings.TrimSpace(name) != name {
		wrong = append(wrong, "it begins or ends with a blank")
	}
	if strings.HasSuffix(strings.TrimSpace(name), ".") {
		wrong = append(wrong, "it ends with a dot")
	}
	if n := utf8.RuneCountInString(name); n > LongestName {
		wrong = append(wrong, fmt.Sprintf("it has %d characters, at most %d are taken", n, LongestName))
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("file name %q: %s; rename the file", name, strings.Join(wrong, ", "))
}
