package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CompareAddresses orders addresses as a person would list them: by text, but runs of digits by value, so that
// template.t["9"] comes before template.t["10"].
func CompareAddresses(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		if isDigit(x[0]) && isDigit(y[0]) {
			dx, rx := digits(x)
			dy, ry := digits(y)
			nx, ny := strings.TrimLeft(dx, "0"), strings.TrimLeft(dy, "0")
			if c := cmp.Compare(len(nx), len(ny)); c != 0 {
				return c
			}
			if c := strings.Compare(nx, ny); c != 0 {
				return c
			}
			x, y = rx, ry
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	if c := cmp.Compare(len(x), len(y)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func digits(s string) (run, rest string) {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return s[:i], s[i:]
}

// InstanceAddress joins the address of a block and the for_each key of one of its instances.
func InstanceAddress(block, key string) string { return block + "[" + strconv.Quote(key) + "]" }

// ReadAddress returns an address as a configuration has it: KIND.NAME, or KIND.NAME["KEY"] for an instance of for_each, of
// one of the kinds given. What of a key is written as an escape and what as it is depends on the version of Unicode
// that a program knows, and makes no difference. The error says why no configuration can declare it.
func ReadAddress(address string, kinds ...string) (string, error) {
	wrong := func(why string) (string, error) {
		return address, fmt.Errorf(`no block can have the address %q: %s; write it %s.NAME or %[3]s.NAME["KEY"]`, address, why, kinds[0])
	}
	kind, rest, dot := strings.Cut(address, ".")
	name, key, instance := strings.Cut(rest, "[")
	switch {
	case !utf8.ValidString(address):
		return wrong("it is not UTF-8")
	case !dot || !slices.Contains(kinds, kind):
		return wrong("it does not begin with " + strings.Join(kinds, ". or ") + ".")
	case !IsName(name):
		return wrong(fmt.Sprintf("%q is no name, which starts with a letter and goes on with letters, digits, underscores and dashes", name))
	case !instance:
		return address, nil
	}
	quoted, closed := strings.CutSuffix(key, "]")
	text, err := strconv.Unquote(quoted)
	switch {
	case !closed || err != nil || quoted[0] != '"':
		return wrong(`its key does not stand in [" and "]`)
	case !utf8.ValidString(text):
		return wrong("its key is not UTF-8")
	case escaped(quoted) != strconv.QuoteToASCII(text):
		return wrong("its key is written " + strconv.Quote(text))
	}
	return InstanceAddress(kind+"."+name, text), nil
}

// escaped writes out every character outside ASCII as an escape, as strconv.QuoteToASCII does.
func escaped(quoted string) string {
	var b strings.Builder
	for _, r := range quoted {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// IsName reports whether a block or an output may have that name: it is an identifier of HCL, which may know a later
// version of Unicode than this program does.
func IsName(s string) bool {
	for i, r := range strings.TrimPrefix(s, "\ufeff") { // which HCL takes for the mark of a file
		first := r == '_' || unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start)
		later := unicode.Is(unicode.Cn, r)
		joiner := r == '\u200c' || r == '\u200d' || r == '\u30fb' || r == '\uff65' // since Unicode 15.1
		inside := joiner || r == '-' || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
		if !first && !later && (i == 0 || !inside) {
			return false
		}
	}
	return strings.TrimPrefix(s, "\ufeff") != "" && utf8.ValidString(s)
}
