// Package addr is what configurations, states and plans call things: template.modify, folder.x["legal"],
// module.a["x"].template.t. An Address is parsed once, where it comes in, and is a value that can be compared and be the key
// of a map. The package does not know which kinds there are, nor what is declared.
package addr

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Address names one thing, or a block with for_each and so all its instances, or, without a Kind, a module and so all that
// is in it. The zero Address names nothing.
type Address struct {
	Module string // the path of the module as text, such as module.a["x"].module.b; "" in the root
	Kind   string // template, folder, approver, …
	Name   string // the block's label
	Key    Key    // of for_each
}

// Key is the key of an instance. The zero Key is none, which is not the key "".
type Key struct {
	text string
	set  bool
}

// KeyOf is a key.
func KeyOf(text string) Key { return Key{text, true} }

// Text returns the key, and false when there is none.
func (k Key) Text() (string, bool) { return k.text, k.set }

func (k Key) String() string {
	if !k.set {
		return ""
	}
	return "[" + strconv.Quote(k.text) + "]"
}

// Block is the address of a block in the root.
func Block(kind, name string) Address { return Address{Kind: kind, Name: name} }

// Template is the address of a template block in the root.
func Template(name string) Address { return Block("template", name) }

// String is the address as Parse reads it.
func (a Address) String() string {
	switch {
	case a.Kind == "":
		return a.Module
	case a.Module == "":
		return a.Kind + "." + a.Name + a.Key.String()
	}
	return a.Module + "." + a.Kind + "." + a.Name + a.Key.String()
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
	a.Key = Key{}
	return a
}

// Contains reports whether a stands for b: for itself, for each instance of its block, or for what is in its module.
func (a Address) Contains(b Address) bool {
	switch {
	case a.IsZero():
		return false
	case a.Kind == "":
		rest, within := strings.CutPrefix(b.Module, a.Module)
		return within && (rest == "" || rest[0] == '.' || rest[0] == '[')
	case !a.Key.set:
		return a == b.Block()
	}
	return a == b
}

// Compare orders addresses as a person would list them: module by module, kind by kind, name by name, instances together,
// and runs of digits by their value.
func (a Address) Compare(b Address) int {
	keys := 0
	if a.Key.set != b.Key.set {
		keys = -1
		if a.Key.set {
			keys = 1
		}
	}
	return cmp.Or(natural(a.Module, b.Module), natural(a.Kind, b.Kind), natural(a.Name, b.Name), keys, natural(a.Key.text, b.Key.text))
}

// natural orders text byte by byte, but runs of digits by their value.
func natural(a, b string) int {
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
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return s[:i], s[i:]
}

// MarshalText is the address as text, in JSON too.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText parses the address; "" is the zero Address.
func (a *Address) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*a = Address{}
		return nil
	}
	*a, err = Parse(string(text))
	return err
}

// Parse reads an address. Blanks around it do not count. The error says what is wrong with the text, and not which text it is.
func Parse(text string) (Address, error) {
	p := parser{rest: strings.TrimSpace(text)}
	var a Address
	for {
		word, err := p.name()
		if err != nil {
			return Address{}, err
		}
		if word == "module" {
			if a.Module, err = p.module(a.Module); err != nil {
				return Address{}, err
			}
			if p.rest == "" {
				return a, nil
			}
			if !p.next('.') {
				return Address{}, fmt.Errorf("%q follows the module's name, where a dot belongs", p.rest)
			}
			continue
		}
		a.Kind = word
		if !p.next('.') {
			return Address{}, errors.New("it is not of the form KIND.NAME, such as template.modify")
		}
		if a.Name, err = p.name(); err != nil {
			return Address{}, err
		}
		if a.Key, err = p.key(); err != nil {
			return Address{}, err
		}
		if p.rest != "" {
			return Address{}, fmt.Errorf("%q follows where it should end", p.rest)
		}
		return a, nil
	}
}

// Must is the address of text that is known to be one.
func Must(text string) Address {
	a, err := Parse(text)
	if err != nil {
		panic(fmt.Sprintf("address %q: %v", text, err))
	}
	return a
}

type parser struct{ rest string }

func (p *parser) next(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// module reads the name and key of a module that is in the one given.
func (p *parser) module(in string) (string, error) {
	if !p.next('.') {
		return "", errors.New("the module's name is missing: module.NAME")
	}
	name, err := p.name()
	if err != nil {
		return "", err
	}
	key, err := p.key()
	if err != nil {
		return "", err
	}
	if in != "" {
		in += "."
	}
	return in + "module." + name + key.String(), nil
}

// name reads an identifier as HCL has them: letters, digits, _ and -, a letter or _ first.
func (p *parser) name() (string, error) {
	end := 0
	for end < len(p.rest) {
		r, size := utf8.DecodeRuneInString(p.rest[end:])
		mark := end > 0 && (r == '-' || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r))
		if !(r == '_' || unicode.IsLetter(r) || mark) || r == utf8.RuneError && size == 1 {
			break
		}
		end += size
	}
	if end == 0 {
		if p.rest == "" {
			return "", errors.New("it ends where a name belongs")
		}
		return "", fmt.Errorf("%q stands where a name belongs", p.rest)
	}
	name := p.rest[:end]
	p.rest = p.rest[end:]
	return name, nil
}

// key reads the key in brackets and quotes, if there is one.
func (p *parser) key() (Key, error) {
	if !p.next('[') {
		return Key{}, nil
	}
	quoted, err := strconv.QuotedPrefix(p.rest)
	if err != nil || quoted[0] != '"' {
		return Key{}, errors.New(`the key of an instance belongs in quotes: ["KEY"] (in a shell, put the whole address in single quotes)`)
	}
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return Key{}, fmt.Errorf("the key %s cannot be read: %w", quoted, err)
	}
	p.rest = p.rest[len(quoted):]
	if !p.next(']') {
		return Key{}, errors.New("the bracket after the key is missing")
	}
	return KeyOf(text), nil
}
