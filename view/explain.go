package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
)

// Explanation writes which templates are in force on a folder or file, in words: from where each comes, what it can be
// raised on, who must approve, and what of the configuration is not there yet.
func Explanation(w io.Writer, e reconcile.Explanation, s Settings) error {
	l := explanationLexicon(&e)
	var out strings.Builder
	out.WriteString(s.paint().in(bold, place(e.Place)) + "\n\n")
	out.WriteString(wrapped(inForce(&e), s))
	for i := range e.Templates {
		t := &e.Templates[i]
		out.WriteString("\n" + item(explainedHead(t), l.explained(&e, t), s))
	}
	if len(e.Awaited) > 0 {
		out.WriteString("\n" + headed(amberBold, "Not applied yet:", countIs(len(e.Awaited), "template")+
			" declared for this place and not on the drive.", s) + "\n")
		for _, a := range e.Awaited {
			head := fmt.Sprintf("%s: %s", oneLine(a.Address.String()), quote(a.Title))
			if a.Inherited {
				head += ", to be inherited from " + place(a.Place)
			}
			out.WriteString(item(head, nil, s))
		}
	}
	return write(w, out.String())
}

func explanationLexicon(e *reconcile.Explanation) *naming {
	l := newNaming(e.People, e.Catalogue)
	for i := range e.Templates {
		l.people.meetAll(&e.Templates[i].Template)
		l.meetEditor(e.Templates[i].Edited)
	}
	return l
}

// inForce counts: "3 templates are in force here: 1 of its own, 2 inherited."
func inForce(e *reconcile.Explanation) string {
	inherited := 0
	for _, t := range e.Templates {
		if t.Inherited {
			inherited++
		}
	}
	switch {
	case !e.Asked.IsZero() && len(e.Templates) == 0:
		return "The drive has no " + oneLine(e.Asked.String()) + " here."
	case !e.Asked.IsZero() && e.Place.Kind == schema.ScopeFile:
		return oneLine(e.Asked.String()) + " is in force here."
	case !e.Asked.IsZero():
		return oneLine(e.Asked.String()) + " is in force here and on everything below."
	case len(e.Templates) == 0:
		return "No template is in force here: no approval can be raised."
	}
	own := len(e.Templates) - inherited
	return fmt.Sprintf("%s %s in force here: %d of its own, %d inherited.", count(len(e.Templates), "template"),
		verb(len(e.Templates), "is", "are"), own, inherited)
}

// explainedHead is which template it is: `"申请修改" (template.modify, tid 6), inherited from 公司文件 (folder 1)`.
func explainedHead(t *reconcile.InForce) string {
	which := fmt.Sprintf("tid %d", t.ID)
	if !t.Address.IsZero() {
		which = oneLine(t.Address.String()) + ", " + which
	}
	head := fmt.Sprintf("%s (%s)", quote(t.Template.Title), which)
	if t.Inherited {
		return head + ", inherited from " + place(t.Place)
	}
	return head + ", its own"
}

// explained is what a template means here.
func (l *naming) explained(e *reconcile.Explanation, t *reconcile.InForce) []node {
	if t.Unreadable != "" {
		return []node{{mark: same, after: unread(t.Unreadable)}}
	}
	out := l.says(&t.Template, raisable(e.Place.Kind, t))
	if edited := l.editor(t.Edited); edited != "" {
		out = append(out, fact("last edited", strings.TrimSpace(edited)))
	}
	return out
}

// fact is one line of what is said of a template.
func fact(label, value string) node {
	return node{mark: same, label: label, column: true, after: value}
}

// says is what a template says, in words; applies is what it can be raised on.
func (l *naming) says(t *schema.Template, applies string) []node {
	out := []node{fact("for", l.approvalType(t.ApprovalType)), fact("applies to", applies)}
	said := []string{schema.AttrTitle, schema.AttrApprovalType, schema.AttrAppliesTo}
	for _, a := range schema.Attributes {
		switch {
		case a.Name == schema.AttrStep && len(t.Steps) > 1:
			each := fact("approval", fmt.Sprintf("each of these %d, one after the other", len(t.Steps)))
			each.kids = l.steps(same, t.Steps)
			out = append(out, each)
		case a.Name == schema.AttrStep:
			out = append(out, fact("approval", l.approval(t.Steps)))
		case a.Text != nil && !slices.Contains(said, a.Name) && !silent(a, t):
			out = append(out, fact(label(a), l.value(a, t)))
		}
	}
	if len(t.CC) > 0 {
		told := l.list(t.CC)
		if access(t.CCAccess) != "none" {
			told += ", with access: " + access(t.CCAccess)
		}
		out = append(out, fact("told of it", told))
	}
	return out
}

// raisable is what a template applies to, and what that means for the very place that was asked about.
func raisable(kind schema.ScopeKind, t *reconcile.InForce) string {
	text := appliesTo(t.Template.AppliesTo)
	switch {
	case kind == "" || t.Raisable(kind):
		return text
	case kind == schema.ScopeFile:
		return text + ": not this file"
	}
	return text + ": not this folder itself, but the files in it"
}

// approval says in one sentence whose word it takes.
func (l *naming) approval(steps []schema.Step) string {
	switch len(steps) {
	case 0:
		return "there is no step, so nothing raised from it can pass"
	case 1:
		return sole(steps[0], l.rule(steps[0]))
	}
	parts := make([]string, len(steps))
	for i, s := range steps {
		parts[i] = sole(s, l.briefRule(s))
	}
	return "first " + strings.Join(parts, "; then ")
}

// sole is a rule, or where there is one person to ask, that person: "all of 张三" is 张三.
func sole(s schema.Step, rule string) string {
	if len(s.Approvers) != 1 || s.Rule == schema.RuleAtLeast && s.MinApprovals != 1 {
		return rule
	}
	for _, lead := range []string{"all of ", "any one of ", "at least 1 of "} {
		if who, ok := strings.CutPrefix(rule, lead); ok {
			return who
		}
	}
	return rule
}

// jsonExplanation is an explanation under the language's attribute names.
type jsonExplanation struct {
	FormatVersion string        `json:"format_version"`
	Place         jsonScope     `json:"place"`
	Templates     []any         `json:"templates"` // jsonInForce or jsonUnread
	NotApplied    []jsonAwaited `json:"not_applied"`
	Errored       bool          `json:"errored"`
}

type jsonInForce struct {
	Address addr.Address `json:"address,omitzero"`
	jsonTemplate
	Inherited bool      `json:"inherited"`
	Approval  string    `json:"approval"` // who must approve, in words
	Edited    *jsonEdit `json:"edited,omitempty"`
}

// jsonUnread is a template in force that this program cannot read.
type jsonUnread struct {
	Address addr.Address `json:"address,omitzero"`
	jsonUnreadable
	Inherited bool `json:"inherited"`
}

type jsonAwaited struct {
	Address   addr.Address `json:"address"`
	Title     string       `json:"title"`
	Scope     jsonScope    `json:"scope"`
	Inherited bool         `json:"inherited"`
}

// ExplanationJSON is an explanation for programs, on one line, without a newline at its end.
func ExplanationJSON(e reconcile.Explanation) ([]byte, error) {
	l := explanationLexicon(&e)
	doc := jsonExplanation{FormatVersion: "1.0", Place: jsonScope(e.Place), Templates: make([]any, len(e.Templates)),
		NotApplied: make([]jsonAwaited, len(e.Awaited))}
	for i := range e.Templates {
		t := &e.Templates[i]
		if t.Unreadable != "" {
			doc.Templates[i] = jsonUnread{t.Address, jsonUnreadable{t.ID, jsonScope(t.Place), t.Template.Title,
				t.Unreadable, l.jsonEdit(t.Edited)}, t.Inherited}
			continue
		}
		doc.Templates[i] = jsonInForce{t.Address, *l.template(&t.Template, t.ID, t.Place), t.Inherited,
			l.approval(t.Template.Steps), l.jsonEdit(t.Edited)}
	}
	for i, a := range e.Awaited {
		doc.NotApplied[i] = jsonAwaited{Address: a.Address, Title: a.Title, Scope: jsonScope(a.Place),
			Inherited: a.Inherited}
	}
	return compact(doc)
}
