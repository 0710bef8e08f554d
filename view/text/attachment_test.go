package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"countersign/reconcile/plans"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/view"
	"countersign/view/viewtest"
)

func TestAttachmentPlansOnTerminals(t *testing.T) {
	for name, s := range map[string]Settings{"attachments-colour": {Color: true, Terminal: true, Width: 100},
		"attachments-narrow": {Width: 50}} {
		var b bytes.Buffer
		for _, plan := range []string{"attachment-create", "attachment-update", "attachment-forget"} {
			if err := Plan(&b, viewtest.Plans()[plan], s); err != nil {
				t.Fatal(err)
			}
			b.WriteString("\n")
		}
		viewtest.Golden(t, "plan/"+name+".txt", b.Bytes())
	}
}

const stagingShown = `template.modify: Creation complete after 1s [id=12]
attachment.handbook: Staging...
attachment.anew: Staging...
attachment.late: Staging...
attachment.anew: Staging errored after 1m1s
attachment.handbook: Staging complete after 2s
`

// Without a terminal, no line is written for a chunk. On a terminal bytes are shown below what failed, and nothing of
// that is left in the end.
func TestStagingProgress(t *testing.T) {
	plan := viewtest.Plans()["attachment-and-template"]
	plan.Attachments[0] = viewtest.Staged("attachment.handbook", viewtest.Handbook()...)
	for name, s := range map[string]Settings{"plain": {}, "terminal": {Terminal: true, Width: 80},
		"colour": {Terminal: true, Color: true, Width: 80}} {
		t.Run(name, func(t *testing.T) {
			want := stagingShown
			if s.Terminal {
				want = "attachment.anew: Staging errored after 1m1s\n"
			}
			var b bytes.Buffer
			p := NewProgress(&b, s)
			p.Expect(plan)
			for _, e := range viewtest.StagingEvents() {
				p.Event(e)
			}
			p.Close()
			if got := screen(b.String()); got != want {
				t.Errorf("the screen shows\n%s\nwant\n%s", got, want)
			}
			if !s.Terminal && b.String() != stagingShown {
				t.Errorf("more than lines were written: %q", b.String())
			}
			if bar := "Staging [===========>                  ] 1.0 / 2.5 MB"; strings.Contains(b.String(),
				bar) != s.Terminal {
				t.Errorf("the bar %s: %q", bar, b.String())
			}
		})
	}
}

// What e-sign flows hold is not known before it is fetched: then there is no total to compare with.
func TestStagingProgressWithoutATotal(t *testing.T) {
	c := viewtest.Contract()
	plan := viewtest.PlanOf()
	plan.Attachments = []plans.AttachmentChange{viewtest.Staged("attachment.handbook", viewtest.Handbook()...), c}
	var b bytes.Buffer
	p := NewProgress(&b, Settings{Terminal: true, Width: 80})
	p.Expect(plan)
	p.Event(plans.Event{Kind: plans.ApplyStart, Attachment: &c})
	p.Event(plans.Event{Kind: plans.StageProgress, Attachment: &c, Bytes: 3_210_000})
	if !strings.HasSuffix(b.String(), "\rStaging 3.2 MB") {
		t.Errorf("got %q", b.String())
	}
	p.Close()
	if got := screen(b.String()); got != "\n" && got != "" {
		t.Errorf("the screen shows %q", got)
	}
}

// A chunk that changes nothing a reader would see is not drawn.
func TestMeterDrawsSparingly(t *testing.T) {
	var b bytes.Buffer
	m := meter{w: &b, what: "Staging", bytes: true, bar: 20, total: 3_000_000_000}
	for range 3_000_000_000 / 100_000 {
		m.add(100_000)
	}
	if n := strings.Count(b.String(), "\r"); n > 100 {
		t.Errorf("drawn %d times", n)
	}
	if want := "Staging [====================] 3.0 / 3.0 GB"; m.shown != want {
		t.Errorf("got %s, want %s", m.shown, want)
	}
}

func TestStagingResult(t *testing.T) {
	well := &plans.Result{
		Staged: []plans.StageResult{{Change: viewtest.Staged("attachment.handbook", viewtest.Handbook()...)},
			{Change: viewtest.Again()}},
	}
	both := viewtest.StagedBadly()
	lost := both.Done[0].Change
	lost.Address = addr.Of("template.lost")
	both.Failed = []plans.Failure{{Change: lost, Unknown: true, Err: errors.New("connection reset")}}
	both.NotTried = []plans.Failure{{Change: viewtest.Plans()["destroy"].Changes[0], Err: viewtest.ErrInterrupted}}
	form := map[string]state.Output{"form_value": {Value: `[{"fileId":"5550"}]`, Type: "string"}}
	for name, r := range map[string]*plans.Result{"staged": well, "staged-badly": viewtest.StagedBadly(),
		"staged-and-lost": both} {
		var b bytes.Buffer
		if err := Result(&b, r, form, plans.Normal, Settings{}); err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "result/"+name+".txt", b.Bytes())
	}
}

func TestStateOfAttachments(t *testing.T) {
	st := viewtest.State()
	st.Attachments = viewtest.StagedState()
	var b bytes.Buffer
	if err := State(&b, st, view.NewNames(nil, nil), Settings{}); err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "state-attachments.txt", b.Bytes())
	b.Reset()
	torn := state.State{Attachments: viewtest.StagedState()[2:]}
	if err := State(&b, torn, view.NewNames(nil, nil), Settings{}); err != nil {
		t.Fatal(err)
	}
	alone := b.String()
	b.Reset()
	if err := Attachment(&b, viewtest.StagedState()[2], Settings{}); err != nil || b.String() != alone {
		t.Errorf("%v: a state of one attachment shows\n%s\nthe attachment\n%s", err, alone, b.String())
	}
}

// The last line of what stage prints is what the approval needs, and nothing else.
func TestStaged(t *testing.T) {
	files, value := viewtest.StagedFiles()
	for name, st := range map[string]view.Stage{
		"drive":    {Files: viewtest.Handbook(), DriveID: 311},
		"dingtalk": {Files: viewtest.Handbook(), DingTalk: files, FormValue: value},
	} {
		var b bytes.Buffer
		if err := Staged(&b, st, Settings{}); err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "staged/"+name+".txt", b.Bytes())
		if name == "drive" {
			continue
		}
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		var got, want any
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &got); err != nil {
			t.Fatal(err)
		}
		_ = json.Unmarshal([]byte(value), &want)
		a, _ := json.Marshal(got)
		c, _ := json.Marshal(want)
		if !bytes.Equal(a, c) {
			t.Errorf("the form value became %s", a)
		}
	}
}
