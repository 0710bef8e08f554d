// Package words spells, for messages, choices, lists, numbers, types of values, places in files, and the nearest name.
// It knows no language but English.
package words

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/near"
)

// DidYouMean is near.Name as the end of a sentence, with its own space before it.
func DidYouMean(given string, known []string) string {
	if name := near.Name(given, known); name != "" {
		return fmt.Sprintf(" Did you mean %q?", name)
	}
	return ""
}

// OneOf lists words as a choice: "a", "b" or "c".
func OneOf(words []string) string {
	return list(quoted(words), " or ")
}

// And lists words as they are: a, b and c.
func And(words []string) string { return list(words, " and ") }

func list(words []string, last string) string {
	if n := len(words) - 1; n > 0 {
		return strings.Join(words[:n], ", ") + last + words[n]
	}
	return strings.Join(words, "")
}

func quoted(words []string) []string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	return quoted
}

// Thousands is a number as it is written for people.
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Size is a number of bytes as it is written for people.
func Size(n int64) string {
	if n >= 1<<20 {
		return Thousands(n>>20) + " MB"
	}
	return Thousands(n) + " bytes"
}

// Count is a number of things: 1 step, 2 steps.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Some lists keys that are the first of all.
func Some(keys []string, all int) string {
	if all == 0 {
		return "none"
	}
	text := strings.Join(quoted(keys), ", ")
	if all > len(keys) {
		text += fmt.Sprintf(" and %d more", all-len(keys))
	}
	return text
}

// Place names a range in a sentence.
func Place(r hcl.Range) string {
	return fmt.Sprintf("%s:%d,%d", r.Filename, r.Start.Line, r.Start.Column)
}

// Type is a type in a sentence.
func Type(ty cty.Type) Word {
	switch {
	case ty == cty.String:
		return "a string"
	case ty == cty.Number:
		return "a number"
	case ty == cty.Bool:
		return "a bool"
	case ty.IsTupleType() || ty.IsListType():
		return "a list"
	case ty.IsSetType():
		return "a set"
	case ty.IsMapType():
		return "a map"
	case ty.IsObjectType():
		if ty.HasAttribute("address") && ty.HasAttribute("id") {
			return "a block"
		}
		return "an object"
	}
	return Word("a " + ty.FriendlyName())
}

// Word is a text of this program, or of the configuration's files. It depends on no value, so it holds no secret.
type Word string

// Sentence is an error in whole sentences, for messages that repeat it as it is.
func Sentence(format string, values ...any) error { return fmt.Errorf(format, values...) }

// Address is the address that the value of a block carries, as text.
func Address(v cty.Value) (string, bool) {
	if !v.Type().IsObjectType() || !v.Type().HasAttribute("address") || !v.IsKnown() || v.IsNull() {
		return "", false
	}
	a := v.GetAttr("address")
	if a.Type() != cty.String || a.IsMarked() || !a.IsKnown() || a.IsNull() {
		return "", false
	}
	return a.AsString(), true
}
