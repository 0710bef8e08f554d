package schema

import (
	"cmp"
	"slices"

	"countersign/schema/spelling"
)

// Template is the content of a template: everything by which a declared, a recorded and a live template are compared.
type Template struct {
	Title          string    `json:"title"`
	ApprovalType   string    `json:"approval_type"` // the catalogue's id; in a Declaration, name or id as written
	AppliesTo      AppliesTo `json:"applies_to"`
	Description    string    `json:"description"`
	Steps          []Step    `json:"steps"`
	ApproverAccess Access    `json:"approver_access"`
	CC             []Person  `json:"cc"` // a set, sorted by ID
	CCAccess       Access    `json:"cc_access"`
}

// Names of a template's attributes, as the language and every message spell them.
const (
	AttrTitle          = "title"
	AttrApprovalType   = "approval_type"
	AttrAppliesTo      = "applies_to"
	AttrDescription    = "description"
	AttrStep           = "step"
	AttrApproverAccess = "approver_access"
	AttrCC             = "cc" // users and access together
)

// Attribute is one attribute of a template. Code that treats all attributes alike loops over Attributes.
type Attribute struct {
	Name string

	// Optional: a block need not write it. Until a block has written it, the drive's value is left alone.
	Optional bool
	// Derived: where a block does not write it, it follows from the approval type.
	Derived bool
	// MadeDefault: creating a template sets it to its default where the block does not write it, and from then on it is
	// managed.
	MadeDefault bool

	// Same reports whether two templates have the same value. Texts are compared by package spelling, people by id.
	Same func(a, b *Template) bool
	// Copy copies the value from one template to another.
	Copy func(to, from *Template)
	// Default reports whether a template has the value that the drive has where nothing was set; nil for an attribute
	// without such a value.
	Default func(t *Template) bool
	// For an attribute that is a plain string in the language, nil for others: its value; its value as it is written,
	// which may be ""; and how it is set.
	Text    func(t *Template) string
	Written func(t *Template) string
	SetText func(t *Template, value string)
	// Lines: the text may have several lines.
	Lines bool
	// Words are all possible values; nil where any text is one.
	Words []string
}

// Attributes are a template's, in the order in which a block has them.
var Attributes = []Attribute{
	text(AttrTitle, func(t *Template) *string { return &t.Title }),
	text(AttrApprovalType, func(t *Template) *string { return &t.ApprovalType }),
	text(AttrAppliesTo, func(t *Template) *AppliesTo { return &t.AppliesTo },
		AppliesToAny, AppliesToFolders, AppliesToFiles).with(func(a *Attribute) { a.Derived = true }),
	text(AttrDescription, func(t *Template) *string { return &t.Description }).optional("").
		with(func(a *Attribute) { a.Lines = true }),
	{
		Name: AttrStep,
		Same: func(a, b *Template) bool { return slices.EqualFunc(a.Steps, b.Steps, Step.Equal) },
		Copy: func(to, from *Template) { to.Steps = from.Steps },
	},
	text(AttrApproverAccess, func(t *Template) *Access { return &t.ApproverAccess }, Accesses...).
		optional(string(AccessNone)).with(func(a *Attribute) { a.MadeDefault = true }),
	{
		Name: AttrCC, Optional: true, MadeDefault: true,
		Same:    func(a, b *Template) bool { return a.CCAccess.or() == b.CCAccess.or() && SamePeople(a.CC, b.CC) },
		Copy:    func(to, from *Template) { to.CC, to.CCAccess = from.CC, from.CCAccess },
		Default: func(t *Template) bool { return len(t.CC) == 0 && t.CCAccess.or() == AccessNone },
	},
}

// Accesses are all accesses, from the least to the most.
var Accesses = []Access{AccessNone, AccessPreview, AccessDownload}

// text is an attribute that is a plain string, kept in the field that at returns. With words, it is one of them.
func text[T ~string](name string, at func(*Template) *T, words ...T) Attribute {
	value := func(t *Template) string { return string(*at(t)) }
	a := Attribute{
		Name: name,
		Same: func(a, b *Template) bool { return spelling.Same(value(a), value(b)) },
		Copy: func(to, from *Template) { *at(to) = *at(from) },
		Text: value, Written: value, SetText: func(t *Template, value string) { *at(t) = T(value) },
	}
	if len(words) > 0 {
		a.Words = Names(words)
	}
	return a
}

// optional is a text attribute that need not be written. An empty value means the default too.
func (a Attribute) optional(standard string) Attribute {
	value := func(t *Template) string { return cmp.Or(a.Written(t), standard) }
	a.Optional = true
	a.Same = func(x, y *Template) bool { return spelling.Same(value(x), value(y)) }
	a.Default = func(t *Template) bool { return value(t) == standard }
	a.Text = value
	return a
}

func (a Attribute) with(set func(*Attribute)) Attribute {
	set(&a)
	return a
}

// More reports whether an access gives more than another; what is not written gives nothing.
func (a Access) More(than Access) bool {
	return slices.Index(Accesses, a.or()) > slices.Index(Accesses, than.or())
}

// or is the access, "none" where it is not written.
func (a Access) or() Access { return cmp.Or(a, AccessNone) }

// Names are words of a type of their own as plain strings.
func Names[T ~string](words []T) []string {
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = string(w)
	}
	return names
}

// AttributeNames are the names of all attributes, in the order in which a block has them.
func AttributeNames() []string {
	names := make([]string, len(Attributes))
	for i, a := range Attributes {
		names[i] = a.Name
	}
	return names
}

// Required reports whether a block must write an attribute that is a plain string.
func (a Attribute) Required() bool { return a.Text != nil && !a.Optional && !a.Derived }

// Managed reports whether an attribute is written to the drive: it is required, or among sets, the optional attributes
// that blocks have written so far.
func (a Attribute) Managed(sets []string) bool { return !a.Optional || slices.Contains(sets, a.Name) }

// Equal reports whether two templates mean the same. Names of people are not compared.
func (t Template) Equal(o Template) bool {
	return !slices.ContainsFunc(Attributes, func(a Attribute) bool { return !a.Same(&t, &o) })
}
