// Package schema is the model of an approval policy: templates, steps, people and scopes as plain values,
// and the diagnostics that say what is wrong with them. It reads no file and calls no drive; the language
// that declares these values is in schema/config.
package schema

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"

	"countersign/schema/spelling"
)

// PassRule says when a step passes.
type PassRule string

const (
	RuleAll        PassRule = "all"        // every approver agrees
	RuleAny        PassRule = "any"        // any one approver agrees
	RuleAtLeast    PassRule = "at_least"   // at least Step.MinApprovals approvers agree
	RuleDesignated PassRule = "designated" // the approver whom the person raising it designates agrees
)

// AppliesTo says what below its scope a template can be raised on.
type AppliesTo string

const (
	AppliesToAny     AppliesTo = "any"
	AppliesToFolders AppliesTo = "folders"
	AppliesToFiles   AppliesTo = "files"
)

// Access is the extra right on the file that approvers or cc get while the approval runs.
type Access string

const (
	AccessNone     Access = "none"
	AccessPreview  Access = "preview"
	AccessDownload Access = "download" // preview and download
)

// Person is a user of the drive. People are compared by ID alone; the names are for readers and for the wire.
type Person struct {
	ID       int64  `json:"id"`
	Username string `json:"username,omitempty"`
	Realname string `json:"realname,omitempty"`
}

// Step is one stage of a template; steps pass in order.
type Step struct {
	Name         string   `json:"name"`
	Approvers    []Person `json:"approvers"` // a set, sorted by ID
	Rule         PassRule `json:"rule"`
	MinApprovals int      `json:"min_approvals,omitempty"` // with RuleAtLeast only, 1 or more
}

// Live is a template as the drive has it now.
type Live struct {
	ID       int64    `json:"id"`
	ScopeID  int64    `json:"scope_id"` // the folder or file it is attached to; not the one asked for if inherited
	Template Template `json:"template"`
	Opaque   string   `json:"opaque,omitempty"` // the provider's own form, given back on update to keep unknown fields
	Creator  int64    `json:"creator,omitempty"`
	Editor   int64    `json:"editor,omitempty"` // user id of whoever wrote it last
	Edited   int64    `json:"edited,omitempty"` // Unix seconds; 0 when the drive does not say
	// Unreadable says why Template holds nothing but the title: the drive keeps it in a way that this program does not
	// know. Such a template is never compared, changed or removed.
	Unreadable string `json:"unreadable,omitempty"`
}

// ApprovalType is one entry of the drive's catalogue: what the drive does once something is approved.
type ApprovalType struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	AppliesTo AppliesTo `json:"applies_to"` // what it can be raised on; a template must say the same

	// What whoever raises one has to add.
	NeedsDays   bool `json:"needs_days,omitempty"`   // may say for how many days (temporary access)
	NeedsUpload bool `json:"needs_upload,omitempty"` // must give an attachment
	NeedsFolder bool `json:"needs_folder,omitempty"` // must name a new folder
}

// Catalogue lists the approval types that a drive offers, in the drive's order.
type Catalogue []ApprovalType

// ByID returns the type with that id.
func (c Catalogue) ByID(id string) (ApprovalType, bool) {
	for _, t := range c {
		if t.ID == id {
			return t, true
		}
	}
	return ApprovalType{}, false
}

// Find returns the type with that id, or else all with that name, in any form of Unicode. More than one means that the
// word is ambiguous: a drive may give two types one name.
func (c Catalogue) Find(nameOrID string) []ApprovalType {
	var byID, byName []ApprovalType
	for _, t := range c {
		if spelling.Same(t.ID, nameOrID) {
			byID = append(byID, t)
		}
		if spelling.Same(t.Name, nameOrID) {
			byName = append(byName, t)
		}
	}
	if len(byID) > 0 {
		return byID
	}
	return byName
}

// Name returns the name of the type with that id, or the id itself where the catalogue has none.
func (c Catalogue) Name(id string) string {
	if t, ok := c.ByID(id); ok {
		return t.Name
	}
	return id
}

// Word is what a configuration calls the type with that id: its name, or the id where the type has no name, or the name
// does not lead to this type alone.
func (c Catalogue) Word(id string) string {
	name := c.Name(id)
	if found := c.Find(name); len(found) != 1 || found[0].ID != id {
		return id
	}
	return name
}

// Everybody are all whom a template names: the approvers, step by step, then those in cc. Who is named in several places
// comes several times.
func (t *Template) Everybody() iter.Seq[Person] {
	return func(yield func(Person) bool) {
		for _, s := range t.Steps {
			for _, p := range s.Approvers {
				if !yield(p) {
					return
				}
			}
		}
		for _, p := range t.CC {
			if !yield(p) {
				return
			}
		}
	}
}

// People are sorted by ID without repeats, the form in which sets of people are kept. A list that is in that form is
// returned as it is; another one is not changed.
func People(people []Person) []Person {
	inForm := true
	for i := 1; i < len(people); i++ {
		inForm = inForm && people[i-1].ID < people[i].ID
	}
	if inForm {
		return people
	}
	out := slices.Clone(people)
	slices.SortStableFunc(out, func(a, b Person) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(out, func(a, b Person) bool { return a.ID == b.ID })
}

// SamePeople reports whether two sets in the form of People hold the same user ids.
func SamePeople(a, b []Person) bool {
	return slices.EqualFunc(a, b, func(x, y Person) bool { return x.ID == y.ID })
}

// Teams keeps equal lists of people once: in a large world a few teams decide most of the steps.
type Teams map[string][]Person // by the ids

// Share gives each step the list that an earlier step had with the same people and names. A shared list is never changed.
func (t Teams) Share(steps []Step) {
	var ids []byte
	for i := range steps {
		list := steps[i].Approvers
		ids = ids[:0]
		for _, p := range list {
			ids = append(strconv.AppendInt(ids, p.ID, 10), ' ')
		}
		if same := t[string(ids)]; len(list) > 0 && slices.Equal(same, list) {
			steps[i].Approvers = same
		} else {
			t[string(ids)] = list
		}
	}
}

// Equal reports whether two steps mean the same: name, people by id, rule.
func (s Step) Equal(o Step) bool {
	return spelling.Same(s.Name, o.Name) && s.SameDecision(o)
}

// SameDecision reports whether two steps ask the same people under the same rule, whatever the steps are called.
func (s Step) SameDecision(o Step) bool {
	return s.Rule == o.Rule && (s.Rule != RuleAtLeast || s.MinApprovals == o.MinApprovals) &&
		SamePeople(s.Approvers, o.Approvers)
}

// Normalise returns the template in the shape in which all are compared: text trimmed at its ends with line
// ends as \n, sets of people sorted without repeats, empty access written as none. Texts stay in their form of Unicode,
// which is kept on the drive.
func (t Template) Normalise() Template {
	for _, a := range Attributes {
		if a.Text != nil {
			value := a.Text(&t)
			if a.Lines {
				value = strings.ReplaceAll(value, "\r\n", "\n")
			}
			a.SetText(&t, strings.TrimSpace(value))
		}
	}
	t.CC, t.CCAccess = People(t.CC), t.CCAccess.or()
	steps := make([]Step, len(t.Steps))
	for i, s := range t.Steps {
		s.Name = strings.TrimSpace(s.Name)
		s.Approvers = People(s.Approvers)
		if s.Rule != RuleAtLeast {
			s.MinApprovals = 0
		}
		steps[i] = s
	}
	t.Steps = steps
	return t
}

// Form returns the template with its texts, except the names of people, in the one form of package spelling: the texts
// of two templates that are Equal are then identical.
func (t Template) Form() Template {
	for _, a := range Attributes {
		if a.Text != nil {
			a.SetText(&t, spelling.Form(a.Text(&t)))
		}
	}
	t.Steps = slices.Clone(t.Steps)
	for i := range t.Steps {
		t.Steps[i].Name = spelling.Form(t.Steps[i].Name)
	}
	return t
}

// Nameless returns the template without the names of people.
func (t Template) Nameless() Template {
	bare := func(list []Person) []Person {
		out := make([]Person, len(list))
		for i, p := range list {
			out[i] = Person{ID: p.ID}
		}
		return out
	}
	t.CC = bare(t.CC)
	t.Steps = slices.Clone(t.Steps)
	for i := range t.Steps {
		t.Steps[i].Approvers = bare(t.Steps[i].Approvers)
	}
	return t
}
