package view

import (
	"cmp"
	"fmt"
	"strings"

	"countersign/coverage"
	"countersign/reconcile/plans"
	"countersign/schema"
)

// NamesOfCoverage knows everybody whom a report names.
func NamesOfCoverage(r *coverage.Report, catalogue schema.Catalogue) *Names {
	l := NewNames(r.People, catalogue)
	if r.Than != nil {
		l.MeetAll(&r.Than.Template)
	}
	r.Top.Each(func(f *coverage.Folder) {
		for _, found := range r.Of(f) {
			for _, weak := range found.Weak {
				l.MeetAll(&weak.Template)
			}
		}
	})
	return l
}

// CoverageIntro is the sentence above the tree.
func (l *Names) CoverageIntro(r *coverage.Report) string {
	text := "Folders that have no template in force for " + l.typesAsked(r)
	if r.Than != nil {
		text += ", or only one weaker than " + OneLine(r.Than.Address.String())
	}
	return text + ". A line is also true of the folders below it, except those listed under it."
}

func (l *Names) typesAsked(r *coverage.Report) string {
	names := make([]string, len(r.Types))
	for i, t := range r.Types {
		names[i] = l.ApprovalType(t.ID)
	}
	if len(names) > 1 {
		return "one of " + strings.Join(names, ", ")
	}
	return strings.Join(names, "")
}

// folderLine is a folder that differs from the one above it, with the lines of the folders below.
type folderLine struct {
	path   string // relative to the line above
	says   string
	failed bool // something could not be read, so it is never counted with others
	closed bool // the folders below could not be listed
	same   int  // folders below that are like it and have no line
	below  []*folderLine
}

// CoverageTree is the folders that have no template in force, or only a weak one, or could not be read. A line is true
// of the folders below it too, except those with lines of their own.
func (l *Names) CoverageTree(r *coverage.Report) []Node {
	top := &folderLine{}
	l.branch(r, r.Top, top, "")
	return nodesOf(top.below)
}

// branch gives a line to a folder and to each below it that differs from the line above.
func (l *Names) branch(r *coverage.Report, f *coverage.Folder, under *folderLine, path string) {
	says, closed := l.gaps(r, f), f.Unlisted != nil && f.Unlisted != coverage.ErrLimit
	failed := closed || f.Unread != nil && f.Unread != coverage.ErrLimit
	if path = strings.TrimPrefix(path+"/"+f.Name, "/"); f == r.Top {
		path = strings.Trim(f.Path, "/")
	}
	if says != under.says || failed {
		line := &folderLine{path: path, says: says, failed: failed, closed: closed}
		under.below = append(under.below, line)
		under, path = line, ""
	} else if f.ID != 0 {
		under.same++
	}
	for _, b := range f.Below {
		l.branch(r, b, under, path)
	}
}

// alikeFolders is how many folders side by side are named that are alike; the others are counted.
const alikeFolders = 12

func nodesOf(lines []*folderLine) []Node {
	var out []Node
	var order []string
	named, rest := map[string]int{}, map[string]int{}
	for _, line := range lines {
		if len(line.below) == 0 && !line.failed {
			if named[line.says]++; named[line.says] > alikeFolders {
				if rest[line.says] == 0 {
					order = append(order, line.says)
				}
				rest[line.says] += 1 + line.same
				continue
			}
		}
		out = append(out, line.node())
	}
	for _, says := range order {
		out = append(out, Node{Mark: Same, Label: "and " + Count(rest[says], "more folder"), After: orInForce(says)})
	}
	return out
}

func (f *folderLine) node() Node {
	n := Node{Mark: Same, Label: Name(f.path), After: orInForce(f.says), Kids: nodesOf(f.below)}
	if f.path == "" {
		n.Label = "the top of the drive"
	}
	if f.same > 0 {
		n.After += fmt.Sprintf(", here and on %s below", Count(f.same, "folder"))
	}
	if f.closed {
		n.After += "; what is below it cannot be listed"
	}
	return n
}

func orInForce(says string) string {
	if says == "" {
		return "in force"
	}
	return says
}

// fewReasons is how many reasons are shown why folders could not be read.
const fewReasons = 3

// WhyUnread is why folders could not be read: the first reasons, each once.
func WhyUnread(r *coverage.Report) []Node {
	var reasons []string
	times := map[string]int{}
	r.Top.Each(func(f *coverage.Folder) {
		for _, err := range []error{f.Unread, f.Unlisted} {
			if err == nil || err == coverage.ErrLimit {
				continue
			}
			why := OneLine(plans.CauseOf(err))
			if times[why]++; times[why] == 1 {
				reasons = append(reasons, why)
			}
		}
	})
	var out []Node
	for _, why := range reasons[:min(len(reasons), fewReasons)] {
		n := Node{Mark: Same, Label: "why", After: why}
		if times[why] > 1 {
			n.Note = Count(times[why], "time")
		}
		out = append(out, n)
	}
	if more := len(reasons) - fewReasons; more > 0 {
		out = append(out, Node{Mark: Same, After: fmt.Sprintf("… and %s (-json has each)", Count(more, "more reason"))})
	}
	return out
}

// gaps is what a folder lacks, in words; "" where nothing is missing.
func (l *Names) gaps(r *coverage.Report, f *coverage.Folder) string {
	var none, parts []string
	for i, found := range r.Of(f) {
		name, only := "", ""
		if len(r.Types) > 1 {
			name = Name(cmp.Or(l.TypeName(r.Types[i].ID), r.Types[i].ID)) + " "
		}
		if found.On != "" && found.On != r.Types[i].AppliesTo {
			only = " for " + string(found.On)
		}
		switch found.State {
		case coverage.None:
			none = append(none, strings.TrimSpace(strings.TrimSuffix(name, " ")+only))
		case coverage.Weak:
			weak := found.Weak[0]
			text := fmt.Sprintf("only %s%s: %s", Called(weak.Template.Title, r.Bound[weak.ID], weak.ID), only,
				l.can(weak.Opens, present, "it"))
			if n := len(found.Weak) - 1; n > 0 {
				text += fmt.Sprintf("; and %d more such", n)
			}
			parts = append(parts, name+text)
		case coverage.Unknown:
			if f.Unread != nil { // then nothing is known of any
				if f.Unread == coverage.ErrLimit {
					return "not looked into"
				}
				return "cannot be read"
			}
			parts = append(parts, name+"not known: "+OneLine(found.Why))
		}
	}
	if len(none) > 0 {
		word := "none "
		if len(r.Types) > 1 {
			word = "no "
		}
		parts = append([]string{strings.TrimSpace(word + strings.Join(none, ", "))}, parts...)
	}
	return strings.Join(parts, "; ")
}

// CoverageNumber is one of the lines of numbers at the end.
type CoverageNumber struct {
	Text         string
	Good, Failed bool // nothing is missing; something could not be read
}

// CoverageNumbers count what folders lack, a line for each approval type, and what could not be read.
func (l *Names) CoverageNumbers(r *coverage.Report) []CoverageNumber {
	var out []CoverageNumber
	for i, t := range r.Types {
		n := r.Tallies[i]
		var parts []string
		say := func(s coverage.State, one, many string) {
			if n[s] > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n[s], Verb(n[s], one, many)))
			}
		}
		say(coverage.None, "has no template in force", "have no template in force")
		if r.Than != nil {
			what := "only one weaker than " + OneLine(r.Than.Address.String())
			say(coverage.Weak, "has "+what, "have "+what)
		}
		say(coverage.Unknown, "is not known", "are not known")
		text := fmt.Sprintf("%s: of %s, %s.", l.ApprovalType(t.ID), Count(r.Folders, "folder"),
			strings.Join(parts, ", "))
		if len(parts) == 0 {
			text = fmt.Sprintf("%s: in force on %s.", l.ApprovalType(t.ID),
				Verb(r.Folders, "the one folder", "all "+Count(r.Folders, "folder")))
		}
		out = append(out, CoverageNumber{Text: text, Good: len(parts) == 0 && r.Folders > 0})
	}
	fail := func(n int, one, many, rest string) {
		if n > 0 {
			text := fmt.Sprintf("%d %s %s", n, Verb(n, one, many), rest)
			out = append(out, CoverageNumber{Text: text, Failed: true})
		}
	}
	fail(r.Failed, "folder", "folders", "could not be read: what is in force there, or below, is not known.")
	fail(r.Beyond, "folder was", "folders were", "not looked into, nor anything below, because -max was reached.")
	for i, m := range r.Strays {
		if i == most {
			fail(len(r.Strays)-most, "more such template", "more such templates", "(-json names them).")
			break
		}
		out = append(out, CoverageNumber{Failed: true, Text: fmt.Sprintf(
			"The template %s is attached to %s, which was not found: where it is in force is not known.",
			Called(m.Title, r.Bound[m.ID], m.ID), Name(m.Path))})
	}
	return out
}
