// Package addr has the addresses by which configurations, states and plans name things: template.modify,
// folder.x["legal"], module.a["x"].template.t. An Address is parsed once, where it comes in; it can be compared and be
// the key of a map. The package does not know which kinds there are, nor what is declared.
package addr

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Address names one thing, or a block with for_each and so all its instances, or, without a Kind, a module and so all
// that is in it. The zero Address names nothing.
type Address struct {
	Module string // the path of the module as text, such as module.a["x"].module.b; "" in the root
	Kind   string // template, folder, approver, …
	Name   string // the block's label
	Key    Key    // of for_each
}

// Key is the key of an instance as an address has it: ["legal"]. The zero Key is none, which is not the key "".
type Key string

// KeyOf is a key.
func KeyOf(text string) Key { return Key("[" + strconv.Quote(text) + "]") }

// Text is the key itself; "" for none.
func (k Key) Text() string {
	if k == "" {
		return ""
	}
	text, _ := strconv.Unquote(string(k[1 : len(k)-1])) // as KeyOf has quoted it
	return text
}

// New is the address of a block in the root.
func New(kind, name string) Address { return Address{Kind: kind, Name: name} }

// Local is the address within its module.
func (a Address) Local() string {
	if a.Kind == "" {
		return a.Name
	}
	return a.Kind + "." + a.Name + string(a.Key)
}

// String is the address as Parse reads it.
func (a Address) String() string {
	local := a.Local()
	if a.Module == "" || local == "" {
		return a.Module + local
	}
	return a.Module + "." + local
}

// IsZero reports whether a names nothing.
func (a Address) IsZero() bool { return a == Address{} }

// Instance is the address of one instance of a block.
func (a Address) Instance(key string) Address {
	a.Key = KeyOf(key)
	return a
}

// Block is the address of the block that an instance belongs to; a itself when it has no key.
func (a Address) Block() Address {
	a.Key = ""
	return a
}

// Contains reports whether a stands for b: for itself, for each instance of its block, or for what is in its module.
func (a Address) Contains(b Address) bool {
	switch {
	case a.IsZero():
		return false
	case a.Kind == "" && a.Name == "":
		rest, within := strings.CutPrefix(b.Module, a.Module)
		return within && (rest == "" || rest[0] == '.' || rest[0] == '[')
	case a.Key == "":
		return a == b.Block()
	}
	return a == b
}

// Completes reports whether text stands for the address, or is the beginning of it, up to the key.
func (a Address) Completes(text string) bool {
	return Of(text).Contains(a) || !strings.Contains(text, "[") && strings.HasPrefix(a.String(), text)
}

// Compare orders addresses as CompareText orders their text, but makes the text only where it must.
func (a Address) Compare(b Address) int {
	switch {
	case a.Module != b.Module || a.Kind != b.Kind:
		return CompareText(a.String(), b.String())
	case a.Name == b.Name:
		return CompareText(string(a.Key), string(b.Key))
	}
	return CompareText(a.Name+string(a.Key), b.Name+string(b.Key))
}

// CompareText orders the text of addresses, and other names, as a person would list them: by text, but runs of digits
// by value, so that template.t["9"] comes before template.t["10"].
func CompareText(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		if isDigit(x[0]) && isDigit(y[0]) {
			dx, rx := digits(x)
			dy, ry := digits(y)
			nx, ny := strings.TrimLeft(dx, "0"), strings.TrimLeft(dy, "0")
			if c := cmp.Or(cmp.Compare(len(nx), len(ny)), strings.Compare(nx, ny)); c != 0 {
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
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func digits(s string) (run, rest string) {
	rest = strings.TrimLeft(s, "0123456789")
	return s[:len(s)-len(rest)], rest
}

// Texts are addresses as text.
func Texts(list []Address) []string {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.String()
	}
	return texts
}

// MarshalText is the address as text, in JSON too.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the address as Of does: whoever reads a file can then say which entry of it is wrong, and show
// the text.
func (a *Address) UnmarshalText(text []byte) error {
	*a = Of(string(text))
	return nil
}

// Parse reads an address. Which characters of a key are escaped depends on the version of Unicode that a program knows,
// and makes no difference; otherwise every address has one text. The error says what is wrong with the text, but does
// not repeat it.
func Parse(text string) (Address, error) {
	var a Address
	if !utf8.ValidString(text) {
		return a, errors.New("it is not UTF-8")
	}
	rest := text
	for strings.HasPrefix(rest, "module.") {
		after, err := readModule(rest[len("module."):], &a.Module)
		if err != nil {
			return Address{}, err
		}
		if rest = after; rest == "" {
			return a, nil
		}
	}
	var dot bool
	if a.Kind, rest, dot = strings.Cut(rest, "."); !dot || !IsName(a.Kind) {
		return Address{}, errors.New("it is not of the form KIND.NAME, such as template.modify")
	}
	name, key, keyed := strings.Cut(rest, "[")
	if !IsName(name) {
		return Address{}, fmt.Errorf("%q is no name, which starts with a letter and goes on with letters, digits, "+
			"underscores and dashes", name)
	}
	a.Name = name
	if !keyed {
		return a, nil
	}
	after, err := readKey(key, &a.Key)
	if err == nil && after != "" {
		err = errKey
	}
	if err != nil {
		return Address{}, err
	}
	return a, nil
}

// readModule reads a module's name and key and the dot after it, and appends the module to the path.
func readModule(text string, path *string) (rest string, err error) {
	end := strings.IndexAny(text, ".[")
	if end < 0 {
		end = len(text)
	}
	name, rest := text[:end], text[end:]
	if !IsName(name) {
		return "", fmt.Errorf("%q is no name of a module", name)
	}
	var key Key
	if after, keyed := strings.CutPrefix(rest, "["); keyed {
		if rest, err = readKey(after, &key); err != nil {
			return "", err
		}
	}
	if rest != "" {
		after, dot := strings.CutPrefix(rest, ".")
		if !dot || after == "" {
			return "", fmt.Errorf("%q follows a module, where a dot and a name belong", rest)
		}
		rest = after
	}
	if *path != "" {
		*path += "."
	}
	*path += "module." + name + string(key)
	return rest, nil
}

var errKey = errors.New(`its key does not stand in [" and "]`)

// readKey reads a key after its opening bracket, and the closing one.
func readKey(text string, key *Key) (rest string, err error) {
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil || quoted[0] != '"' {
		return "", errKey
	}
	rest, closed := strings.CutPrefix(text[len(quoted):], "]")
	value, err := strconv.Unquote(quoted)
	switch {
	case !closed || err != nil:
		return "", errKey
	case !utf8.ValidString(value):
		return "", errors.New("its key is not UTF-8")
	}
	if *key = KeyOf(value); string(*key) != "["+quoted+"]" && escaped(quoted) != strconv.QuoteToASCII(value) {
		return "", fmt.Errorf("its key is written %q", value)
	}
	return rest, nil
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

// Read parses the address of something in the root that is of one of the kinds given. The error says why no
// configuration can declare it.
func Read(text string, kinds ...string) (Address, error) {
	a, err := Parse(text)
	if utf8.ValidString(text) && !begins(text, kinds) {
		err = errors.New("it does not begin with " + strings.Join(kinds, ". or ") + ".")
	}
	if err != nil {
		return Address{}, fmt.Errorf(`no block can have the address %q: %w; write it %s.NAME or %[3]s.NAME["KEY"]`,
			text, err, kinds[0])
	}
	return a, nil
}

// Meant reports whether text is meant to be the address of one of the kinds, even if it is written wrong.
func Meant(text string, kinds ...string) bool {
	return slices.Contains(kinds, Of(text).Kind) || begins(text, kinds)
}

func begins(text string, kinds []string) bool {
	kind, _, dot := strings.Cut(text, ".")
	return dot && slices.Contains(kinds, kind)
}

// Of is the address of text that was typed or stands in a file, to be looked up. Text that is no address becomes the
// Name as a whole, and "" the zero Address.
func Of(text string) Address {
	a, err := Parse(text)
	if err != nil {
		return Address{Name: text}
	}
	return a
}

// IsName reports whether a block or an output may have that name: it is an identifier of HCL, which may know a later
// version of Unicode than this program does.
func IsName(s string) bool {
	for i, r := range strings.TrimPrefix(s, "\ufeff") { // HCL skips it as the byte order mark of a file
		switch {
		case r == '_' || unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start): // may come first
		case i > 0 && (r == '-' || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc,
			unicode.Other_ID_Continue)):
		case i > 0 && (r == '\u200c' || r == '\u200d' || r == '\u30fb' || r == '\uff65'): // since Unicode 15.1
		case unicode.Is(unicode.Cn, r): // of a later version, perhaps
		default:
			return false
		}
	}
	return strings.TrimPrefix(s, "\ufeff") != "" && utf8.ValidString(s)
}
