package dingtalk

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestName is how many characters a file's name may have. The documents name no limit; this one is that of the file
// systems the name comes from and goes to.
const longestName = 255

// badNameRunes may not stand in a name: those that the documents forbid (TAB * " < > |, wire facts, A5), and those
// that would make it a path on one system or another.
const badNameRunes = `/\|:*?"<>`

// CheckName says everything that keeps a name from being a file's in DingTalk, before anything is sent; nil if nothing
// does.
func CheckName(name string) error {
	trimmed := strings.TrimSpace(name)
	if trimmed == "" {
		return fmt.Errorf("file name %q: it is empty", name)
	}
	var bad []string
	for _, r := range badNameRunes {
		if strings.ContainsRune(name, r) {
			bad = append(bad, string(r))
		}
	}
	length := utf8.RuneCountInString(name)
	var wrong []string
	for _, rule := range []struct {
		broken bool
		says   string
	}{
		{len(bad) > 0, "it holds " + strings.Join(bad, " ")},
		{strings.ContainsFunc(name, unicode.IsControl), "it holds a tab or another control character"},
		{!utf8.ValidString(name), "it is not UTF-8"},
		{trimmed != name, "it begins or ends with a blank"},
		{strings.HasSuffix(trimmed, "."), "it ends with a dot"},
		{length > longestName, fmt.Sprintf("it has %d characters, at most %d are taken", length, longestName)},
	} {
		if rule.broken {
			wrong = append(wrong, rule.says)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("file name %q: %s; rename the file", name, strings.Join(wrong, ", "))
}
