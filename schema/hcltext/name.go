package hcltext

import (
	"cmp"
	"fmt"
	"strings"

	"countersign/schema"
	"countersign/schema/spelling"
)

// longest bounds a name, in characters.
const longest = 48

// Identifier makes the name of a block from texts: small Latin letters, digits and underscores, beginning with a
// letter. Other scripts are written in Latin, Chinese in pinyin; "" where nothing is left of the last text. A name
// that would begin with a digit gets kind before it.
func Identifier(kind string, texts ...string) string {
	var parts []string
	for i, text := range texts {
		s := spelled(text)
		if s == "" && i == len(texts)-1 {
			return ""
		}
		if s != "" {
			parts = append(parts, s)
		}
	}
	s := strings.Join(parts, "_")
	if s != "" && s[0] <= '9' {
		s = kind + "_" + s
	}
	return s
}

// spelled is a text in small Latin letters, digits and underscores.
func spelled(text string) string {
	var b strings.Builder
	var last rune
	for _, r := range strings.ToLower(latin(spelling.Form(text))) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b.WriteRune(r)
			last = r
		case b.Len() > 0 && last != '_':
			b.WriteByte('_')
			last = '_'
		}
	}
	s := strings.Trim(b.String(), "_")
	if len(s) > longest {
		s = s[:longest]
		if i := strings.LastIndexByte(s, '_'); i > longest/2 {
			s = s[:i]
		}
	}
	return strings.Trim(s, "_")
}

// Numbered is a name made unique by an id.
func Numbered(name string, id int64) string { return fmt.Sprintf("%s_%d", name, id) }

// ApproverName is the name for the block of a user: after the username, the real name, or the id.
func ApproverName(p schema.Person) string {
	return cmp.Or(Identifier("user", p.Username), Identifier("user", p.Realname), Numbered("user", p.ID))
}
