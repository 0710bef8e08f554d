package schema

import (
	"cmp"
	"slices"

	"countersign/schema/spelling"
)

// Template is what a template says: everything that a declared, a recorded and a live template are compared by.
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

// Attribute is one thing that a template says. Whoever goes through a template piece by piece goes through Attributes.
type Attribute struct {
	Name string

	// Optional: a block need not write it. What no code ever set is not managed, and the drive's value stays.
	Optional bool
	// Derived: a block need not write it, for it follows from the approval type then.
	Derived bool
	// MadeDefault: making a template sets it to its default where the code does not write it, so it is managed from
	// then on.
	MadeDefault bool

	// Same reports whether two templates say the same here. Texts are compared as package spelling says, people by id.
	Same func(a, b *Template) bool
	// Copy makes one template say here what another says.
	Copy func(to, from *Template)
	// Default reports whether a template says here what the drive has where nothing was set; nil without such a value.
	Default func(t *Template) bool
	// Of an attribute that is a plain string in the language: its value, the same where it may be "" because it is not
	// written, and how it is set. nil for others.
	Text    func(t *Template) string
	Written func(t *Template) string
	SetText func(t *Template, value string)
	// Lines: the text may have several lines.
	Lines bool
	// Words are all the values that there are; nil where any text is one.
	Words []string
}

// Attributes are a template's, in the order in which a block has them.
var Attributes = []Attribute{
	text(AttrTitle, func(t *Template) *string { return &t.Title }),
	text(AttrApprovalType, func(t *Template) *string { return &t.ApprovalType }),
	derived(text(AttrAppliesTo, func(t *Template) *AppliesTo { return &t.AppliesTo },
		AppliesToAny, AppliesToFolders, AppliesToFiles)),
	lines(optional(text(AttrDescription, func(t *Template) *string { return &t.Description }), "")),
	{
		Name: AttrStep,
		Same: func(a, b *Template) bool { return slices.EqualFunc(a.Steps, b.Steps, Step.Equal) },
		Copy: func(to, from *Template) { to.Steps = from.Steps },
	},
	madeDefault(optional(text(AttrApproverAccess, func(t *Template) *Access { return &t.ApproverAccess }, Accesses...),
		string(AccessNone))),
	madeDefault(Attribute{
		Name: AttrCC, Optional: true,
		Same:    func(a, b *Template) bool { return a.CCAccess.or() == b.CCAccess.or() && SamePeople(a.CC, b.CC) },
		Copy:    func(to, from *Template) { to.CC, to.CCAccess = from.CC, from.CCAccess },
		Default: func(t *Template) bool { return len(t.CC) == 0 && t.CCAccess.or() == AccessNone },
	}),
}

// Accesses are all there are, from the least to the most.
var Accesses = []Access{AccessNone, AccessPreview, AccessDownload}

// text is an attribute that is a plain string, one of the words if there are any, kept in the field that at leads to.
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

// optional is an attribute that need not be written. An empty value means the default, too.
func optional(a Attribute, standard string) Attribute {
	value := func(t *Template) string { return cmp.Or(a.Written(t), standard) }
	a.Optional = true
	a.Same = func(x, y *Template) bool { return spelling.Same(value(x), value(y)) }
	a.Default = func(t *Template) bool { return value(t) == standard }
	a.Text = value
	return a
}

func derived(a Attribute) Attribute {
	a.Derived = true
	return a
}

func lines(a Attribute) Attribute {
	a.Lines = true
	return a
}

func madeDefault(a Attribute) Attribute {
	a.MadeDefault = true
	return a
}

// or is an access, "none" where nothing is written.
func (a Access) or() Access { return cmp.Or(a, AccessNone) }

// Names are words as plain texts.
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

// Managed reports whether an attribute is written to the drive: it must be set, or one of sets, which the code has set
// so far.
func (a Attribute) Managed(sets []string) bool { return !a.Optional || slices.Contains(sets, a.Name) }

// Equal reports whether two templates mean the same. Names of people are not compared.
func (t Template) Equal(o Template) bool {
	return !slices.ContainsFunc(Attributes, func(a Attribute) bool { return !a.Same(&t, &o) })
}
