// Package export writes a live drive down as a configuration that a person could have written. It is a pure function
// over values: the same world gives the same bytes.
package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/schema/hcltext"
)

// World is what a drive said: all that is to be written down.
type World struct {
	Endpoint  string
	Catalogue schema.Catalogue
	People    map[int64]schema.Person // names by user id
	Places    []Place
}

// Place is a folder or file with the templates that are attached to it.
type Place struct {
	ID        int64
	Kind      schema.ScopeKind
	Path      string        // names joined by /; "" where the drive does not tell
	Checked   bool          // following Path down the drive's folders leads to ID
	Templates []schema.Live // inherited ones are not among them
}

// Document is a configuration in sections.
type Document struct {
	Sections  []Section // the first is the provider with the approvers, the last the imports; between them one a place
	Templates int       // how many are in it
	Places    int       // how many folders and files
	LeftOut   []LeftOut
}

// Section is a part of a configuration that can be a file of its own.
type Section struct {
	Name string // such as main; unique, and fit to be the name of a file
	Text []byte // in the canonical layout
}

// LeftOut is a template that a configuration cannot declare as it is on the drive.
type LeftOut struct {
	ID, ScopeID int64
	Title       string
	Why         string // a clause that goes on after "because"
}

// String is the words of the comment that stands where the template should.
func (l LeftOut) String() string {
	return hcltext.Comment(fmt.Sprintf("tid %d %s is left out: %s.", l.ID, hcltext.Quote(l.Title), l.Why))
}

// Bytes is the whole configuration as one file.
func (d Document) Bytes() []byte {
	var all []byte
	for i, s := range d.Sections {
		if i > 0 {
			all = append(all, '\n')
		}
		all = append(all, s.Text...)
	}
	return all
}

// The names of the sections that are no place's.
const (
	mainSection    = "main"
	importsSection = "imports"
)

// Render writes a world down. Templates that the language cannot declare become a comment.
func Render(w World) Document {
	places := slices.Clone(w.Places)
	slices.SortStableFunc(places, func(a, b Place) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.ID, b.ID)) })
	doc := Document{Places: len(places)}
	kept, left := make([][]schema.Live, len(places)), make([][]LeftOut, len(places))
	for i, p := range places {
		kept[i], left[i] = sort(w, p)
		doc.Templates += len(kept[i])
		doc.LeftOut = append(doc.LeftOut, left[i]...)
	}
	n := name(w, places, kept)

	head := &writer{}
	head.Line("# The approval policy of %s as countersign export found it.\n", hcltext.Comment(w.Endpoint))
	head.Line("provider \"yomicloud\" {")
	head.Attributes("  ", hcltext.Attribute{Name: "endpoint", Value: hcltext.Quote(w.Endpoint)})
	head.Line("}")
	for _, p := range n.approvers {
		head.Line("")
		head.Approver(n.approver[p.ID], p)
	}
	doc.add(mainSection, head)

	imports := &writer{}
	imports.Line("# Once apply has taken the templates over, these blocks have done their work and can be removed.")
	paths := map[string]bool{}
	for i, p := range places {
		b := &writer{}
		b.place(p, n, paths)
		for _, l := range left[i] {
			b.Line("\n# %s", l)
		}
		for _, l := range kept[i] {
			b.template(l, p, w.Catalogue, n)
			imports.Line("import {\n  to = template.%s\n  id = %d\n}\n", n.template[l.ID], l.ID)
		}
		doc.add(n.place[p.ID], b)
	}
	if doc.Templates > 0 {
		doc.add(importsSection, imports)
	}
	return doc
}

func (d *Document) add(name string, w *writer) {
	text := append([]byte(strings.TrimSpace(w.String())), '\n')
	d.Sections = append(d.Sections, Section{Name: name, Text: hcltext.Layout(text)})
}

// sort parts the templates of a place into those that can be declared and those that cannot, each by tid.
func sort(w World, p Place) (kept []schema.Live, left []LeftOut) {
	list := slices.Clone(p.Templates)
	slices.SortFunc(list, func(a, b schema.Live) int { return cmp.Compare(a.ID, b.ID) })
	titles := map[string]int64{}
	for _, l := range list {
		l.Template = l.Template.Normalise()
		why := undeclarable(l, w)
		shown := strings.Join(strings.Fields(l.Template.Title), " ") // the drive's pages show any run of blanks as one
		if first, twice := titles[shown]; why == "" && twice {
			why = fmt.Sprintf("tid %d has the same title here, and people could not tell the two apart; give one of them another title, or remove it", first)
		}
		if why != "" {
			left = append(left, LeftOut{l.ID, p.ID, l.Template.Title, why})
			continue
		}
		titles[shown] = l.ID
		kept = append(kept, l)
	}
	return kept, left
}

// undeclarable says why the language cannot declare a template, or "".
func undeclarable(l schema.Live, w World) string {
	t := l.Template
	kind, known := w.Catalogue.Find(t.ApprovalType)
	switch {
	case l.Unreadable != "":
		return "the drive keeps it in a way that cannot be read (" + l.Unreadable + ")"
	case t.Title == "":
		return "it has no title"
	case !known || kind.ID != t.ApprovalType:
		return fmt.Sprintf("its approval type %q is not in the drive's catalogue", t.ApprovalType)
	case kind.AppliesTo != t.AppliesTo:
		return fmt.Sprintf("it applies to %s, and its approval type %q to %s", t.AppliesTo, kind.Name, kind.AppliesTo)
	case len(t.Steps) == 0:
		return "it has no step"
	}
	for i, s := range t.Steps {
		at := fmt.Sprintf("step %d (%s)", i+1, s.Name)
		switch {
		case len(s.Approvers) == 0:
			return at + " has no approver"
		case s.Rule == schema.RuleAtLeast && s.MinApprovals > len(s.Approvers):
			return fmt.Sprintf("%s asks for %d approvals and has %d approvers, so it can never pass", at, s.MinApprovals, len(s.Approvers))
		}
		for _, p := range s.Approvers {
			if known := w.called(p); p.ID < 1 || known.Username == "" || known.Realname == "" {
				return fmt.Sprintf("the drive does not tell the names of user %d, an approver in %s", p.ID, at)
			}
		}
	}
	for _, p := range t.CC {
		if p.ID < 1 {
			return fmt.Sprintf("user %d, whom it tells of the outcome, cannot be one", p.ID)
		}
	}
	return ""
}

// called is a person with the names that the drive tells, those of the template where it tells no others.
func (w World) called(p schema.Person) schema.Person {
	known := w.People[p.ID]
	return schema.Person{ID: p.ID, Username: cmp.Or(known.Username, p.Username), Realname: cmp.Or(known.Realname, p.Realname)}
}
