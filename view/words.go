package view

import (
	"fmt"
	"strings"
	"time"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/state"
)

// Names are the names that words need: of people, and of approval types.
type Names struct {
	*people
	types    map[string]string // the drive's names of approval types, by id
	Declared map[string]string // the configuration's names of them; "" where it has two
}

// NewNames knows these people and approval types; Meet adds people.
func NewNames(known map[int64]schema.Person, catalogue schema.Catalogue) *Names {
	l := &Names{people: newPeople(known), types: make(map[string]string, len(catalogue))}
	for _, t := range catalogue {
		l.types[t.ID] = t.Name
	}
	return l
}

// NamesOf knows everybody whom a plan names, so that a person is called the same on every line.
func NamesOf(p *plans.Plan) *Names {
	l := NewNames(p.People, p.Catalogue)
	for _, list := range [][]plans.Change{p.Changes, p.HeldBack, p.Refused} {
		for i := range list {
			l.MeetAll(list[i].Before)
			l.MeetAll(list[i].After)
			l.meetEditor(list[i].Edited)
			if f := list[i].InFlight; f != nil {
				for _, by := range f.By {
					l.meetEditor(&plans.Edit{By: by.Who})
				}
			}
		}
	}
	for i := range p.Drift {
		l.MeetAll(p.Drift[i].Recorded)
		l.MeetAll(p.Drift[i].Live)
		l.meetEditor(p.Drift[i].Edited)
	}
	for i := range p.Unmanaged {
		l.MeetAll(&p.Unmanaged[i].Live)
		l.meetEditor(p.Unmanaged[i].Edited)
	}
	return l
}

// MeetBinding adds everybody whom a binding names.
func (l *Names) MeetBinding(b *state.Binding) {
	l.MeetAll(&b.Recorded)
	for i := range b.Deposed {
		l.MeetAll(&b.Deposed[i].Recorded)
	}
}

func (l *Names) meetEditor(e *plans.Edit) {
	if e != nil && e.By.ID != 0 {
		l.Meet(e.By)
	}
}

// List is people by name: "张三, 李四".
func (l *Names) List(people []schema.Person) string {
	if len(people) == 0 {
		return "nobody"
	}
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = l.Called(p)
	}
	return strings.Join(names, ", ")
}

// Rule is when a step passes, with everybody by name: "any one of 张三, 李四".
func (l *Names) Rule(s schema.Step) string { return RuleOf(s, l.List(s.Approvers)) }

// Few is how many people are named one by one where they are not the point of a line.
const Few = 4

// briefRule is Rule with a number in place of many names: "all of 12 people".
func (l *Names) briefRule(s schema.Step) string {
	if len(s.Approvers) <= Few {
		return l.Rule(s)
	}
	return RuleOf(s, fmt.Sprintf("%d people", len(s.Approvers)))
}

// RuleOf is when a step passes, for whatever names its people.
func RuleOf(s schema.Step, who string) string {
	switch s.Rule {
	case schema.RuleAll:
		return "all of " + who
	case schema.RuleAny:
		return "any one of " + who
	case schema.RuleAtLeast:
		return fmt.Sprintf("at least %d of %s", s.MinApprovals, who)
	case schema.RuleDesignated:
		return "whichever of " + who + " the person raising it designates"
	}
	return fmt.Sprintf("%s (by a rule unknown here: %s)", who, Quote(string(s.Rule)))
}

// DeclareType adds the configuration's name of a type. The configuration may have been edited since, so the drive's
// name comes first.
func (l *Names) DeclareType(id, name string) {
	if name == "" || name == id {
		return
	}
	if l.Declared == nil {
		l.Declared = map[string]string{}
	}
	if have, ok := l.Declared[id]; ok && have != name {
		name = ""
	}
	l.Declared[id] = name
}

// TypeName is what the drive calls an approval type; "" where that is not known.
func (l *Names) TypeName(id string) string { return l.types[id] }

// ApprovalType is a type by its catalogue name with its id: "修改文件 (id 4)".
func (l *Names) ApprovalType(id string) string {
	if n := l.TypeName(id); n != "" {
		return fmt.Sprintf("%s (id %s)", Name(n), Name(id))
	}
	if n := l.Declared[id]; n != "" {
		return fmt.Sprintf("id %s (%s in the configuration)", Name(id), Name(n))
	}
	return "id " + Name(id)
}

// AppliesTo is what an approval can be raised on.
func AppliesTo(a schema.AppliesTo) string {
	switch a {
	case schema.AppliesToAny:
		return "folders and files"
	case schema.AppliesToFolders:
		return "folders only"
	case schema.AppliesToFiles:
		return "files only"
	}
	return Quote(string(a))
}

// Access is a right to see files.
func Access(a schema.Access) string {
	switch a {
	case schema.AccessNone, "":
		return "none"
	case schema.AccessPreview:
		return "preview"
	case schema.AccessDownload:
		return "preview and download"
	}
	return Quote(string(a))
}

// Unread is why nothing but a template's title is shown.
func Unread(why string) string { return "what it says cannot be read: " + OneLine(why) }

// Place is a folder or file as a reader knows it: "公司文件/合同 (folder.contracts, id 71)".
func Place(p plans.Place) string {
	kind := string(p.Kind)
	if kind == "" {
		kind = "folder or file"
	}
	switch {
	case p.Path != "" && !p.Address.IsZero():
		return fmt.Sprintf("%s (%s, id %d)", Name(p.Path), OneLine(p.Address.String()), p.ID)
	case p.Path != "":
		return fmt.Sprintf("%s (%s %d)", Name(p.Path), kind, p.ID)
	case !p.Address.IsZero():
		return fmt.Sprintf("%s (id %d)", OneLine(p.Address.String()), p.ID)
	}
	return fmt.Sprintf("%s %d", kind, p.ID)
}

// LastEdited is who wrote a template last, and when: "last edited by 李四, 2024-05-06 12:00:00 +08:00"; "" where the
// drive does not say.
func (l *Names) LastEdited(e *plans.Edit) string {
	if who := l.editor(e); who != "" {
		return "last edited" + who
	}
	return ""
}

func (l *Names) editor(e *plans.Edit) string {
	if e == nil {
		return ""
	}
	var parts []string
	if e.By.ID != 0 {
		parts = append(parts, " by "+l.Called(e.By))
	}
	if e.At != 0 {
		parts = append(parts, " "+Moment(e.At))
	}
	return strings.Join(parts, ",")
}

// Moment is a time in the reader's own time zone, which is named by its offset.
func Moment(unix int64) string { return time.Unix(unix, 0).Format("2006-01-02 15:04:05 -07:00") }

// Count is a number with its noun: "1 template", "2 templates".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
