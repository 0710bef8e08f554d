package view

import (
	"fmt"
	"strings"
	"time"

	"countersign/reconcile"
	"countersign/schema"
)

// naming is what words need to know: who is who, and what the drive calls its approval types.
type naming struct {
	people *people
	types  map[string]string // names by id
}

func newNaming(known map[int64]schema.Person, catalogue schema.Catalogue) *naming {
	l := &naming{people: newPeople(known), types: make(map[string]string, len(catalogue))}
	for _, t := range catalogue {
		l.types[t.ID] = t.Name
	}
	return l
}

// planNaming meets everybody that a plan names before the first is called by name, so that a person is called the
// same on every line.
func planNaming(p *reconcile.Plan) *naming {
	l := newNaming(p.People, p.Catalogue)
	for _, list := range [][]reconcile.Change{p.Changes, p.HeldBack, p.Refused} {
		for i := range list {
			l.people.meetAll(list[i].Before)
			l.people.meetAll(list[i].After)
			l.meetEditor(list[i].Edited)
		}
	}
	for i := range p.Drift {
		l.people.meetAll(p.Drift[i].Recorded)
		l.people.meetAll(p.Drift[i].Live)
		l.meetEditor(p.Drift[i].Edited)
	}
	for i := range p.Unmanaged {
		l.people.meetAll(&p.Unmanaged[i].Live)
		l.meetEditor(p.Unmanaged[i].Edited)
	}
	return l
}

func (l *naming) meetEditor(e *reconcile.Edit) {
	if e != nil && e.By.ID != 0 {
		l.people.meet(e.By)
	}
}

// list is people by name: "张三, 李四".
func (l *naming) list(people []schema.Person) string {
	if len(people) == 0 {
		return "nobody"
	}
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = l.people.name(p)
	}
	return strings.Join(names, ", ")
}

// rule says when a step passes, with everybody by name: "any one of 张三, 李四".
func (l *naming) rule(s schema.Step) string { return ruleOf(s, l.list(s.Approvers)) }

// few is how many people are named one by one where they are not the point of a line.
const few = 4

// briefRule is rule with a number in place of many names: "all of 12 people".
func (l *naming) briefRule(s schema.Step) string {
	if len(s.Approvers) <= few {
		return l.rule(s)
	}
	return ruleOf(s, fmt.Sprintf("%d people", len(s.Approvers)))
}

func ruleOf(s schema.Step, who string) string {
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
	return fmt.Sprintf("%s (by a rule unknown here: %s)", who, quote(string(s.Rule)))
}

// approvalType is a type by its catalogue name with its id: "修改文件 (id 4)".
func (l *naming) approvalType(id string) string {
	if n, ok := l.types[id]; ok && n != "" {
		return fmt.Sprintf("%s (id %s)", name(n), name(id))
	}
	return "id " + name(id)
}

func appliesTo(a schema.AppliesTo) string {
	switch a {
	case schema.AppliesToAny:
		return "folders and files"
	case schema.AppliesToFolders:
		return "folders only"
	case schema.AppliesToFiles:
		return "files only"
	}
	return quote(string(a))
}

func access(a schema.Access) string {
	switch a {
	case schema.AccessNone, "":
		return "none"
	case schema.AccessPreview:
		return "preview"
	case schema.AccessDownload:
		return "preview and download"
	}
	return quote(string(a))
}

// unread says why nothing but a template's title is shown.
func unread(why string) string { return "what it says cannot be read: " + oneLine(why) }

// place is a folder or file as a reader knows it: "公司文件/合同 (folder.contracts, id 71)".
func place(p reconcile.Place) string {
	kind := string(p.Kind)
	if kind == "" {
		kind = "folder or file"
	}
	switch {
	case p.Path != "" && !p.Address.IsZero():
		return fmt.Sprintf("%s (%s, id %d)", name(p.Path), oneLine(p.Address.String()), p.ID)
	case p.Path != "":
		return fmt.Sprintf("%s (%s %d)", name(p.Path), kind, p.ID)
	case !p.Address.IsZero():
		return fmt.Sprintf("%s (id %d)", oneLine(p.Address.String()), p.ID)
	}
	return fmt.Sprintf("%s %d", kind, p.ID)
}

// edited says who wrote a template last, and when: "last edited by 李四, 2024-05-06 12:00:00 +08:00". It is empty
// when the drive does not tell.
func (l *naming) edited(e *reconcile.Edit) string {
	if who := l.editor(e); who != "" {
		return "last edited" + who
	}
	return ""
}

func (l *naming) editor(e *reconcile.Edit) string {
	if e == nil {
		return ""
	}
	text := ""
	if e.By.ID != 0 {
		text = " by " + l.people.name(e.By)
	}
	if e.At != 0 {
		if text != "" {
			text += ","
		}
		text += " " + moment(e.At)
	}
	return text
}

// moment is a time in the reader's own time zone, which is named by its offset.
func moment(unix int64) string { return time.Unix(unix, 0).Format("2006-01-02 15:04:05 -07:00") }

// count is a number with its noun: "1 template", "2 templates".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
