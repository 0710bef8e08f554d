package text

import (
	"fmt"
	"io"
	"time"

	"countersign/schema"
	"countersign/view"
)

// Approvals writes a table of approvals, in the order given: what was raised where, by whom and when, its status, and
// who must decide now, where that is known.
func Approvals(w io.Writer, list []schema.Approval, cat schema.Catalogue, s Settings) error {
	if len(list) == 0 {
		return write(w, "There are no such approvals.\n")
	}
	l := approvalNames(list, cat)
	t := table{columns: []column{{heading: "ID"}, {heading: "TITLE", yields: true}, {heading: "ON", yields: true},
		{heading: "RAISED BY", yields: true}, {heading: "WHEN"},
		{heading: "STATUS"}, {heading: "WAITING FOR", yields: true}}}
	for i := range list {
		a := &list[i]
		waiting := ""
		if at := a.Current(); at >= 0 {
			waiting = awaited(l, &a.Steps[at])
		}
		t.row(fmt.Sprint(a.ID), titled(l, a), raisedOn(a), raiser(l, a), minute(a.Created),
			statusWord(a.Status), waiting)
		t.paint(5, statusStyle(a.Status))
	}
	return write(w, t.text(s))
}

// approvalNames knows everybody whom approvals name.
func approvalNames(list []schema.Approval, cat schema.Catalogue) *view.Names {
	l := view.NewNames(nil, cat)
	for i := range list {
		a := &list[i]
		if a.Creator.ID != 0 {
			l.Meet(a.Creator)
		}
		for _, s := range a.Steps {
			for _, p := range s.Parts {
				l.Meet(p.Person)
			}
		}
		for _, c := range a.CC {
			l.Meet(c)
		}
	}
	return l
}

// titled is an approval's title, or its approval type where the drive gives no title.
func titled(l *view.Names, a *schema.Approval) string {
	if a.Title == "" && a.ApprovalType != "" {
		return l.ApprovalType(a.ApprovalType)
	}
	return view.Name(a.Title)
}

// raiser is who raised an approval, where the drive says so.
func raiser(l *view.Names, a *schema.Approval) string {
	if a.Creator.ID == 0 {
		return ""
	}
	return l.Called(a.Creator)
}

// raisedOn is the folder or file an approval was raised on.
func raisedOn(a *schema.Approval) string {
	switch {
	case a.Path != "":
		return view.Name(a.Path)
	case a.FileID != 0:
		return fmt.Sprintf("id %d", a.FileID)
	}
	return ""
}

// awaited is who must decide a step now: "any one of 张三, 李四", "2 more of 张三, 李四, 王五".
func awaited(l *view.Names, s *schema.ApprovalStep) string {
	waiting := s.Waiting()
	if len(waiting) == 0 {
		return ""
	}
	people := make([]schema.Person, len(waiting))
	for i, p := range waiting {
		people[i] = p.Person
	}
	who := l.List(people)
	if len(people) > view.Few {
		who = fmt.Sprintf("%d people", len(people))
	}
	if len(people) == 1 {
		return who
	}
	switch s.Rule {
	case schema.RuleAny:
		return "any one of " + who
	case schema.RuleAtLeast:
		agreed := 0
		for _, p := range s.Parts {
			if p.Decision == schema.DecisionAgreed {
				agreed++
			}
		}
		if missing := s.MinApprovals - agreed; missing > 0 {
			return fmt.Sprintf("%d more of %s", missing, who)
		}
	}
	return who
}

func statusWord(s schema.ApprovalStatus) string {
	switch s {
	case "":
		return "unknown"
	case schema.ApprovalPending, schema.ApprovalApproved, schema.ApprovalRefused, schema.ApprovalFailed:
		return string(s)
	}
	return view.Quote(string(s))
}

func statusStyle(s schema.ApprovalStatus) style {
	switch s {
	case schema.ApprovalPending:
		return yellow
	case schema.ApprovalApproved:
		return green
	case schema.ApprovalRefused, schema.ApprovalFailed:
		return red
	}
	return plain
}

// minute is a time in a table, in the reader's own time zone.
func minute(unix int64) string {
	if unix == 0 {
		return ""
	}
	return time.Unix(unix, 0).Format("2006-01-02 15:04")
}
