package hcltext

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/mozillazg/go-unidecode"

	"countersign/schema"
)

// longest bounds a name, in characters.
const longest = 48

// Identifier is a text as the name of a block: small Latin letters, digits and underscores, beginning with a letter.
// Other scripts are written in Latin, Chinese in pinyin; "" where nothing is left of the text.
func Identifier(kind, text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(unidecode.Unidecode(text)) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	s := strings.Trim(b.String(), "_")
	if s != "" && s[0] <= '9' {
		s = kind + "_" + s
	}
	if len(s) > longest {
		s = s[:longest]
		if i := strings.LastIndexByte(s, '_'); i > longest/2 {
			s = s[:i]
		}
	}
	return strings.Trim(s, "_")
}

// Numbered is a name that no two ids share.
func Numbered(name string, id int64) string { return fmt.Sprintf("%s_%d", name, id) }

// ApproverName is what the block of a user is called where nothing else is: after the username.
func ApproverName(p schema.Person) string {
	return cmp.Or(Identifier("user", p.Username), Identifier("user", p.Realname), Numbered("user", p.ID))
}
