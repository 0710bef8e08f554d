package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/schema/hcltext"
	"countersign/schema/spelling"
)

// LeftOut is a template of the drive that a configuration cannot declare.
type LeftOut struct {
	ID, ScopeID int64
	Title       string
	Why         string // a clause that goes on after "because"
}

// String is the text of the comment in the place of the template.
func (l LeftOut) String() string {
	return hcltext.Comment(fmt.Sprintf("tid %d %s is left out: %s.", l.ID, hcltext.Quote(l.Title), l.Why))
}

// sort separates the templates of a place that can be declared from those that cannot, each sorted by tid.
func sort(w World, p Place) (kept []schema.Live, left []LeftOut) {
	list := slices.Clone(p.Templates)
	slices.SortFunc(list, func(a, b schema.Live) int { return cmp.Compare(a.ID, b.ID) })
	titles := map[string]int64{}
	for _, l := range list {
		l.Template = l.Template.Normalise()
		why := undeclarable(l, w)
		// The drive's pages show any run of blanks as one.
		shown := strings.Join(strings.Fields(spelling.Form(l.Template.Title)), " ")
		if first, twice := titles[shown]; why == "" && twice {
			why = fmt.Sprintf("tid %d has the same title here, and people could not tell the two apart; give one of "+
				"them another title, or remove it", first)
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
	kind, known := w.Catalogue.ByID(t.ApprovalType)
	switch {
	case l.Unreadable != "":
		return "the drive keeps it in a way that cannot be read (" + l.Unreadable + ")"
	case t.Title == "":
		return "it has no title"
	case !known:
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
			return fmt.Sprintf("%s asks for %d approvals and has %d approvers, so it can never pass", at,
				s.MinApprovals, len(s.Approvers))
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

// called is a person with the names that the drive has, or else those of the template.
func (w World) called(p schema.Person) schema.Person {
	known := w.People[p.ID]
	return schema.Person{ID: p.ID, Username: cmp.Or(known.Username, p.Username),
		Realname: cmp.Or(known.Realname, p.Realname)}
}
