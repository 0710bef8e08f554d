package text

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/view"
	"countersign/view/viewtest"
)

// No text from outside reaches the terminal as anything but visible text, nor adds a line that a tool would take for
// ours.
func TestHostileTexts(t *testing.T) {
	last := regexp.MustCompile(`(?m)^(Plan: |No changes)`)
	for _, text := range viewtest.HostileTexts {
		p := viewtest.HostilePlan(text)
		var out bytes.Buffer
		if err := Plan(&out, p, Settings{}); err != nil {
			t.Fatal(err)
		}
		if n := len(last.FindAllString(out.String(), -1)); n != 1 {
			t.Errorf("%q: %d lines look like a plan's last one", text, n)
		}
		st := state.State{
			Bindings: []state.Binding{{Address: addr.Of("template.a"), ID: 1, Scope: addr.Of("folder.x"),
				ScopePath: text,
				Recorded:  *p.Changes[0].After}},
			Attachments: viewtest.HostileState(text),
			Outputs:     map[string]state.Output{"o": {Value: text, Type: "string"}},
		}
		if err := State(&out, st, view.NewNames(nil, nil), Settings{}); err != nil {
			t.Fatal(err)
		}
		r := &plans.Result{Failed: []plans.Failure{{Change: p.Changes[0], Err: errors.New(text)}},
			NotTried: []plans.Failure{{Change: p.Changes[1], Err: errors.New(text)}},
			Staged: []plans.StageResult{{Change: p.Attachments[0], Err: errors.New(text), Unknown: true},
				{Change: p.Attachments[1], Err: errors.New(text), NotTried: true}}}
		if err := Result(&out, r, st.Outputs, plans.Normal, Settings{}); err != nil {
			t.Fatal(err)
		}
		a := viewtest.HostileApproval(text)
		failed := a
		failed.Status = schema.ApprovalFailed
		for _, a := range []schema.Approval{a, failed} {
			if err := Approval(&out, a, nil, nil, Settings{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := Approvals(&out, []schema.Approval{a, failed}, nil, Settings{Terminal: true}); err != nil {
			t.Fatal(err)
		}
		files := st.Attachments[0].DingTalk.Files
		if err := Staged(&out, view.Stage{Files: []schema.SourceFile{viewtest.Sent(text, 1)},
			DingTalk: []schema.StagedFile{files[0].StagedFile}, FormValue: text}, Settings{}); err != nil {
			t.Fatal(err)
		}
		if err := Staged(
			&out,
			view.Stage{Files: []schema.SourceFile{viewtest.Sent(text, 1)}, DriveID: 1},
			Settings{},
		); err != nil {
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

func FuzzPlanOfHostileText(f *testing.F) {
	for _, h := range viewtest.HostileTexts {
		f.Add(h, 80)
	}
	f.Fuzz(func(t *testing.T, text string, columns int) {
		var out bytes.Buffer
		p := viewtest.HostilePlan(text)
		if err := Plan(&out, p, Settings{Width: columns % 300}); err != nil {
			t.Fatal(err)
		}
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
