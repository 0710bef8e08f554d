package backend

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/addr"
	"countersign/schema/config/eval"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
)

// reader evaluates the attributes of a block, and keeps in mind whether one of them is wrong.
type reader struct {
	structure.Attributes
	bs     Blocks
	f      *eval.Frame
	block  hcl.Range
	prefix string // of the environment variables that give what the block leaves out; "" where there are none
	sound  bool   // nothing is wrong so far
}

func (bs Blocks) reader(address addr.Address, at hcl.Range, a structure.Attributes, prefix string) *reader {
	b := bs.Binder()
	for name, e := range a.All {
		b.Quiet = name == "headers" || name == "conn_str" || slices.Contains(sensitive.SecretAttributes, name)
		b.Add(e)
	}
	f := b.Frame(address)
	f.Early = true
	return &reader{Attributes: a, bs: bs, f: f, block: at, prefix: prefix, sound: true}
}

// variable is the environment variable for an attribute, and environ its value.
func (r *reader) variable(name string) string { return r.prefix + strings.ToUpper(name) }

func (r *reader) environ(name string) string {
	if r.prefix == "" {
		return ""
	}
	return r.bs.Environ[r.variable(name)]
}

// given reports whether an attribute has a value, and notes a wrong one.
func (r *reader) given(is eval.Found) bool {
	if is != eval.Given && is != eval.Absent {
		r.sound = false
	}
	return is == eval.Given
}

// text reads a text. What is not written leaves into as it is.
func (r *reader) text(name string, into *string) bool {
	expr := r.Expr(name)
	value, is := r.f.Text(expr, words.Word(name))
	if r.Required(name) {
		is = r.f.Required(expr, words.Word(name), is)
	}
	if !r.given(is) {
		return false
	}
	*into = value
	return true
}

// secret is text for an attribute whose source text is not shown.
func (r *reader) secret(name string, into *string) bool {
	quiet := r.f.Quiet
	defer func() { r.f.Quiet = quiet }()
	r.f.Quiet = true
	return r.text(name, into)
}

// place is text for an attribute that says where secrets are sent, or whom to trust there.
func (r *reader) place(name string, into *string) bool {
	given := r.text(name, into)
	if given {
		r.fromOutside(name, *into, r.variable(name))
	}
	return given
}

// fromOutside checks an attribute that says where secrets are sent: with Restrict, it may only say what the environment
// says too.
func (r *reader) fromOutside(name, value, env string) bool {
	if !r.bs.Restrict || r.bs.Environ[env] == value {
		return true
	}
	r.wrong(name, "Place of the state that a stranger chose", "With -restrict, %s is not up to the configuration: "+
		"what it names is sent the secrets of the state. Set %s; the attribute may then say the same, or be left out.",
		words.Word(name), words.Word(env))
	return false
}

// flag reads true or false, from the environment where it is not written.
func (r *reader) flag(name string, into *bool) bool {
	value, is := r.f.Flag(r.Expr(name), words.Word(name))
	if *into = value; is == eval.Absent {
		*into, _ = strconv.ParseBool(r.environ(name))
	}
	return r.given(is)
}

// whole reads a whole number, from the environment where it is not written.
func (r *reader) whole(name string, byDefault int64) int64 {
	n, is := r.f.Whole(r.Expr(name), words.Word(name), 0)
	if r.given(is) {
		return n
	}
	text := r.environ(name)
	if is != eval.Absent || text == "" {
		return byDefault
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		r.f.FailAt(r.block, nil, "Invalid "+name, "%s is not a whole number.", words.Word(r.variable(name)))
		r.sound = false
	}
	return n
}

// at is where an attribute stands, or else the block.
func (r *reader) at(name string) hcl.Range {
	if expr := r.Expr(name); expr != nil {
		return expr.Range()
	}
	return r.block
}

// wrong reports a mistake in an attribute.
func (r *reader) wrong(name, summary, format string, args ...any) {
	r.f.FailAt(r.at(name), r.Expr(name), summary, format, args...)
	r.sound = false
}
