package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"countersign/schema/spelling"
)

// Literal is a value in HCL, as Terraform's output command writes it. kind is cty's JSON form of its type; without it
// (nil), lists and maps are written without tolist() and the like. Lines after the first begin with indent.
func Literal(v, kind any, indent string) string {
	inner, of := kindOf(kind)
	if v == nil {
		if text, ok := kind.(string); ok && text != "dynamic" {
			return "to" + text + "(null)"
		}
		return "null"
	}
	switch v := v.(type) {
	case string:
		return Quote(v)
	case bool, json.Number:
		return fmt.Sprint(v)
	case []any:
		open, end := "[", "]"
		switch inner {
		case "list", "set":
			open, end = "to"+inner+"([", "])"
		}
		if len(v) == 0 {
			return open + end
		}
		var b strings.Builder
		b.WriteString(open + "\n")
		for i, e := range v {
			b.WriteString(indent + "  " + Literal(e, element(inner, of, i), indent+"  ") + ",\n")
		}
		return b.String() + indent + end
	case map[string]any:
		open, end := "{", "}"
		if inner == "map" {
			open, end = "tomap({", "})"
		}
		if len(v) == 0 {
			return open + end
		}
		keys := slices.Sorted(maps.Keys(v))
		widest := 0
		for _, k := range keys {
			widest = max(widest, Width(key(k, inner)))
		}
		var b strings.Builder
		b.WriteString(open + "\n")
		for _, k := range keys {
			b.WriteString(indent + "  " + Pad(key(k, inner), widest) + " = " +
				Literal(v[k], field(inner, of, k), indent+"  ") + "\n")
		}
		return b.String() + indent + end
	}
	return Quote(fmt.Sprint(v))
}

// key writes a map's key in quotes, and an attribute's name bare when it can be.
func key(k, kind string) string {
	special := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }
	if kind == "map" || k == "" || '0' <= k[0] && k[0] <= '9' || strings.ContainsFunc(k, special) ||
		spelling.HiddenIn(k) != nil { // some letters are invisible
		return Quote(k)
	}
	return k
}

// kindOf takes ["list", of], ["object", {…}] and the like apart.
func kindOf(kind any) (string, any) {
	pair, ok := kind.([]any)
	if !ok || len(pair) < 2 {
		return "", nil
	}
	text, _ := pair[0].(string)
	return text, pair[1]
}

// element is the type of a list's, set's or tuple's element.
func element(inner string, of any, i int) any {
	if types, ok := of.([]any); ok && inner == "tuple" {
		if i < len(types) {
			return types[i]
		}
		return nil
	}
	return of
}

// field is the type of a map's element or an object's attribute.
func field(inner string, of any, k string) any {
	if types, ok := of.(map[string]any); ok && inner == "object" {
		return types[k]
	}
	return of
}

// Decoded is a value as encoding/json decodes it with numbers as json.Number, whatever Go type it came as.
func Decoded(v any) any {
	doc, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var out any
	if d.Decode(&out) != nil {
		return nil
	}
	return out
}
