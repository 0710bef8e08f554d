// Package words is how messages spell what they speak of: choices, lists, numbers, types of values, places in files,
// and the near name.
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
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// And lists what is written: a, b and c.
func And(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
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

// Some lists the first of several keys.
func Some(keys []string, all int) string {
	if all == 0 {
		return "none"
	}
	quoted := make([]string, len(keys))
	for i, k := range keys {
		quoted[i] = fmt.Sprintf("%q", k)
	}
	if all > len(keys) {
		return fmt.Sprintf("%s and %d more", strings.Join(quoted, ", "), all-len(keys))
	}
	return strings.Join(quoted, ", ")
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

// Word is text that is ours, or of the configuration's files: whatever the values are, it is the same.
type Word string

// sentenceError is an error in whole sentences, which stands as it is in a message.
type sentenceError string

func (s sentenceError) Error() string { return string(s) }

// Sentence is an error in whole sentences, which stands as it is in a message.
func Sentence(format string, values ...any) error {
	return sentenceError(fmt.Sprintf(format, values...))
}

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
