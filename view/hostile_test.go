package view

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// What a drive, or whoever edits in its console, may put into a title or a name to fool a reader.
var hostile = []string{
	"\x1b[31mred\x1b[0m",
	"two\nlines\nPlan: 0 to add, 0 to change, 0 to destroy.",
	"No changes.\r\x1b[2K",
	"abc\u202etxt.exe\u202c",
	"zero\u200bwidth\u2066isolate\u2069",
	"\u009b31m and \a bell",
	"bad \xff\xfe bytes",
	"hangul\u3164filler",
	`quote " and back\slash`,
	"tab\there",
	strings.Repeat("长", 500),
	"",
}

func hostilePlan(text string) *reconcile.Plan {
	who := schema.Person{ID: 8, Username: text, Realname: text}
	t := schema.Template{Title: text, ApprovalType: text, AppliesTo: schema.AppliesTo(text), Description: text,
		Steps: []schema.Step{{Name: text, Approvers: []schema.Person{who},
			Rule: schema.PassRule(text)}}, ApproverAccess: schema.Access(text), CC: []schema.Person{who}, CCAccess: schema.Access(text)}
	at := reconcile.Place{Address: addr.Of("folder.x"), Kind: schema.ScopeFolder, ID: 1, Path: text}
	by := &reconcile.Edit{By: who, At: 1}
	p := planOf(
		reconcile.Change{Address: addr.Of("template.a"), Action: reconcile.Create, Place: at, After: &t},
		reconcile.Change{Address: addr.Of("template.b"), Action: reconcile.Update, ID: 2, Place: at, Before: modify(),
			After: &t},
		reconcile.Change{Address: addr.Of("template.c"), Action: reconcile.Remove, Reason: reconcile.Unowned, ID: 3,
			Place: at, Before: &t, Edited: by},
		reconcile.Change{Address: addr.Of("template.d"), Action: reconcile.Replace, ID: 4, Place: contracts,
			OldPlace: &at, Before: &t, After: modify()},
		reconcile.Change{Address: addr.Of("template.e"), Action: reconcile.NoOp, Importing: true, ID: 5, Place: at,
			Before: &t, After: &t},
	)
	p.Catalogue = append(schema.Catalogue{{ID: text, Name: text}}, catalogue...)
	p.Drift = []reconcile.Drift{{Address: addr.Of("template.b"), ID: 2, Place: at, Recorded: modify(), Live: &t,
		Edited: by}}
	p.Unmanaged = []reconcile.Found{{ID: 9, Place: at, Live: t, Edited: by}}
	p.Refused = []reconcile.Change{{Address: addr.Of("template.f"), Action: reconcile.Create, ID: 7, Place: at,
		Before: &t, After: modify(), Edited: by, Holder: &reconcile.Holder{ID: 7, Keeps: reconcile.KeepsUnbound}},
		{Address: addr.Of("template[" + text), Action: reconcile.Create, ID: 8, Place: at, Before: &t, After: &t,
			Edited: by, Holder: &reconcile.Holder{Address: addr.Of(text), ID: 8, Keeps: reconcile.KeepsHeldBack}}}
	p.HeldBack = p.Changes[2:3]
	p.Attachments = hostileAttachments(text)
	p.Outputs = []reconcile.OutputChange{{Name: "o", Action: reconcile.Create, After: map[string]any{text: text}}}
	p.Warnings = schema.Diagnostics{schema.Problem(schema.Warning, addr.Of("template.a"), "", text, "harmless")}
	return p
}

// hostileAttachments are named and aimed by whoever made the files and the conversations.
func hostileAttachments(text string) []reconcile.AttachmentChange {
	c := staged("attachment.a", sent(text, 1), sent(text+"2", 2))
	c.Previews = []schema.Preview{{UserID: text, ProcessInstanceID: text}}
	c.Links = []string{text, text}
	c.Attachment.DingTalk.FolderID = text
	flows := contract()
	flows.Flows = []string{text}
	return []reconcile.AttachmentChange{c, flows, {Address: addr.Of("attachment.old"), Action: reconcile.Forget,
		Reason: reconcile.Undeclared, Drops: []string{text}}}
}

// hostileApproval was raised by somebody who wants more than its approval.
func hostileApproval(text string) schema.Approval {
	who := schema.Person{ID: 8, Username: text, Realname: text}
	part := schema.ApprovalPart{Person: who, Decision: schema.DecisionAgreed, Note: text, Decided: 1}
	return schema.Approval{ID: 1, Title: text, Status: schema.ApprovalStatus(text), ApprovalType: text, Path: text,
		Description: text, Creator: who, Note: text, Failure: text,
		Attachment: &schema.AttachmentInfo{ID: 1, Name: text}, ApproverAccess: schema.Access(text), CC: []schema.Person{who}, CCAccess: schema.Access(text),
		Steps: []schema.ApprovalStep{{Name: text, Rule: schema.PassRule(text), Parts: []schema.ApprovalPart{part}},
			{Name: text, Rule: schema.RuleAll, Parts: []schema.ApprovalPart{part, part}}}}
}

// hostileState holds what DingTalk called the files.
func hostileState(text string) []state.Attachment {
	list := stagedState()[:1]
	f := &list[0].DingTalk.Files[0]
	f.ID, f.SpaceID, f.Name, f.Source, f.Links, f.Previews = text, text, text, text, []string{text}, []schema.Preview{{UserID: text,
		ProcessInstanceID: text}}
	list[0].DingTalk.UnionID, list[0].DingTalk.FolderID, list[0].Drive.Files[0].Name = text, text, text
	return list
}

// No text from outside reaches the terminal as anything but visible text, nor adds a line that a tool would take for
// ours.
func TestHostileTexts(t *testing.T) {
	last := regexp.MustCompile(`(?m)^(Plan: |No changes)`)
	for _, text := range hostile {
		p := hostilePlan(text)
		var out bytes.Buffer
		if err := Plan(&out, p, Settings{}); err != nil {
			t.Fatal(err)
		}
		if n := len(last.FindAllString(out.String(), -1)); n != 1 {
			t.Errorf("%q: %d lines look like a plan's last one", text, n)
		}
		st := state.State{Bindings: []state.Binding{{Address: addr.Of("template.a"), ID: 1, Scope: addr.Of("folder.x"),
			ScopePath: text, Recorded: *p.Changes[0].After}},
			Attachments: hostileState(text), Outputs: map[string]state.Output{"o": {Value: text, Type: "string"}}}
		if err := State(&out, st, Settings{}); err != nil {
			t.Fatal(err)
		}
		r := &reconcile.Result{Failed: []reconcile.Failure{{Change: p.Changes[0], Err: errors.New(text)}},
			NotTried: []reconcile.Failure{{Change: p.Changes[1], Err: errors.New(text)}},
			Staged: []reconcile.StageResult{{Change: p.Attachments[0], Err: errors.New(text), Unknown: true},
				{Change: p.Attachments[1], Err: errors.New(text), NotTried: true}}}
		if err := Result(&out, r, st.Outputs, reconcile.Normal, Settings{}); err != nil {
			t.Fatal(err)
		}
		a := hostileApproval(text)
		failed := a
		failed.Status = schema.ApprovalFailed
		for _, a := range []schema.Approval{a, failed} {
			if err := Approval(&out, a, nil, Settings{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := Approvals(&out, []schema.Approval{a, failed}, nil, Settings{Terminal: true}); err != nil {
			t.Fatal(err)
		}
		files := st.Attachments[0].DingTalk.Files
		if err := Staged(&out, Stage{Files: []schema.SourceFile{sent(text, 1)},
			DingTalk: []schema.StagedFile{files[0].StagedFile}, FormValue: text}, Settings{}); err != nil {
			t.Fatal(err)
		}
		if err := Staged(&out, Stage{Files: []schema.SourceFile{sent(text, 1)}, DriveID: 1}, Settings{}); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if r != '\n' && r != '\u3000' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u3164') {
				t.Errorf("%q: %U reaches the terminal", text, r)
				break
			}
		}
	}
}

// A name cannot pass for two people, nor for somebody else.
func TestNamesThatFool(t *testing.T) {
	p := func(id int64, username, realname string) schema.Person {
		return schema.Person{ID: id, Username: username, Realname: realname}
	}
	for _, c := range []struct {
		people []schema.Person
		want   string
	}{
		{[]schema.Person{p(1, "zhang", "张三")}, "张三"},
		{[]schema.Person{p(1, "zhang", "")}, "zhang"},
		{[]schema.Person{p(1, "", "")}, "user 1"},
		{[]schema.Person{p(1, "zhang", "张三"), p(2, "zhang2", "张三")}, "张三 (zhang), 张三 (zhang2)"},
		{[]schema.Person{p(1, "", "张三"), p(2, "", "张三")}, "张三 (user 1), 张三 (user 2)"},
		{[]schema.Person{p(1, "z", "张三"), p(2, "z", "张三")}, "张三 (z) (user 1), 张三 (z) (user 2)"},
		{[]schema.Person{p(1, "", "li"), p(2, "li", "")}, "li (user 1), li (user 2)"},
		{[]schema.Person{p(1, "x", "张三, 李四")}, `"张三, 李四"`},
		{[]schema.Person{p(1, "x", "user 2"), p(2, "", "")}, `"user 2", user 2`},
		{[]schema.Person{p(1, "x", "张三 (zhang)")}, `"张三 (zhang)"`},
		{[]schema.Person{p(1, "x", "é"), p(2, "y", "e\u0301")}, "é (x), e\u0301 (y)"},
		{[]schema.Person{p(1, "x", "司马（财务）")}, "司马（财务）"},
	} {
		l := newNaming(nil, nil)
		for _, person := range c.people {
			l.people.meet(person)
		}
		if got := l.list(c.people); got != c.want {
			t.Errorf("%v: got %s, want %s", c.people, got, c.want)
		}
	}
}

func FuzzPlanOfHostileText(f *testing.F) {
	for _, h := range hostile {
		f.Add(h, 80)
	}
	f.Fuzz(func(t *testing.T, text string, columns int) {
		var out bytes.Buffer
		p := hostilePlan(text)
		if err := Plan(&out, p, Settings{Width: columns % 300}); err != nil {
			t.Fatal(err)
		}
		if _, err := PlanJSON(p); err != nil {
			t.Fatal(err)
		}
		page, err := HTML(p)
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, text, page)
		for _, r := range out.String() {
			if r != '\n' && unicode.IsControl(r) {
				t.Fatalf("%U reaches the terminal", r)
			}
		}
		if n := strings.Count("\n"+out.String(), "\nPlan: "); n != 1 {
			t.Fatal(fmt.Sprint(n, " last lines"))
		}
	})
}
