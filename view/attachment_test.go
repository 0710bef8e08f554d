package view

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

func TestAttachmentPlansOnTerminals(t *testing.T) {
	for name, s := range map[string]Settings{"attachments-colour": {Color: true, Terminal: true, Width: 100},
		"attachments-narrow": {Width: 50}} {
		var b bytes.Buffer
		for _, plan := range []string{"attachment-create", "attachment-update", "attachment-forget"} {
			if err := Plan(&b, plans()[plan], s); err != nil {
				t.Fatal(err)
			}
			b.WriteString("\n")
		}
		golden(t, "plan/"+name+".txt", b.Bytes())
	}
}

// stagingEvents are an apply that makes a template and stages three attachments side by side: one is staged, one fails
// after a part had to be sent again, one is not tried.
func stagingEvents() []reconcile.Event {
	create := plans()["create"].Changes[0]
	whole, anew, late := staged("attachment.handbook", handbook()...), again(), staged("attachment.late",
		sent("函.pdf", 512))
	anew.Address = addr.Of("attachment.anew")
	return []reconcile.Event{
		{Kind: reconcile.ApplyStart, Change: &create},
		{Kind: reconcile.ApplyComplete, Change: &create, ID: 12, Elapsed: time.Second},
		{Kind: reconcile.ApplyStart, Attachment: &whole},
		{Kind: reconcile.StageProgress, Attachment: &whole, Bytes: 1_000_000},
		{Kind: reconcile.ApplyStart, Attachment: &anew},
		{Kind: reconcile.ApplyStart, Attachment: &late},
		{Kind: reconcile.StageProgress, Attachment: &anew, Bytes: 45_000},
		{Kind: reconcile.StageProgress, Attachment: &anew, Bytes: -45_000},
		{Kind: reconcile.ApplyErrored, Attachment: &anew, Elapsed: 61 * time.Second, Err: errStaging},
		{Kind: reconcile.StageProgress, Attachment: &whole, Bytes: 1_400_000},
		{Kind: reconcile.ApplyComplete, Attachment: &whole, Elapsed: 2 * time.Second},
		{Kind: reconcile.NotTried, Attachment: &late, Err: errInterrupted},
	}
}

var (
	errStaging = errors.Join(errors.New("stage 目录.pdf in DingTalk: forbidden.accessDenied: 没有调用该接口的权限"),
		errors.New("stage 第一章.pdf in DingTalk: the upload was cut off"))
	errInterrupted = errors.New("interrupted before it was begun")
	errCut         = errors.New("post the link to 目录.pdf into cidSandbox: the answer was lost; look into the chat")
)

const stagingTold = `template.modify: Creating...
template.modify: Creation complete after 1s [id=12]
attachment.handbook: Staging...
attachment.anew: Staging...
attachment.late: Staging...
attachment.anew: Staging errored after 1m1s
attachment.handbook: Staging complete after 2s
`

// Without a terminal, no line is written for a chunk. On a terminal bytes are shown below the lines, and nothing of
// that is left in the end.
func TestStagingProgress(t *testing.T) {
	plan := plans()["attachment-and-template"]
	plan.Attachments[0] = staged("attachment.handbook", handbook()...)
	for name, s := range map[string]Settings{"plain": {}, "terminal": {Terminal: true, Width: 80},
		"colour": {Terminal: true, Color: true, Width: 80}} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			p := NewProgress(&b, s)
			p.Expect(plan)
			for _, e := range stagingEvents() {
				p.Event(e)
			}
			p.Close()
			if got := screen(b.String()); got != stagingTold {
				t.Errorf("the screen shows\n%s\nwant\n%s", got, stagingTold)
			}
			if !s.Terminal && b.String() != stagingTold {
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
	c := contract()
	plan := planOf()
	plan.Attachments = []reconcile.AttachmentChange{staged("attachment.handbook", handbook()...), c}
	var b bytes.Buffer
	p := NewProgress(&b, Settings{Terminal: true, Width: 80})
	p.Expect(plan)
	p.Event(reconcile.Event{Kind: reconcile.ApplyStart, Attachment: &c})
	p.Event(reconcile.Event{Kind: reconcile.StageProgress, Attachment: &c, Bytes: 3_210_000})
	if !strings.HasSuffix(b.String(), "\rStaging 3.2 MB") {
		t.Errorf("got %q", b.String())
	}
	p.Close()
	if got := screen(b.String()); got != "attachment.contract: Staging...\n" {
		t.Errorf("the screen shows %q", got)
	}
}

// A chunk that changes nothing a reader would see is not drawn.
func TestMeterDrawsSparingly(t *testing.T) {
	var b bytes.Buffer
	m := meter{w: &b, bar: 20, total: 3_000_000_000}
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

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 KB", 1_999_999: "1.9 MB",
		3_000_000_000: "3.0 GB", 1 << 62: "4611686.0 TB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %s, want %s", n, got, want)
		}
	}
	for _, c := range []struct {
		n, of int64
		want  string
	}{{12_345_678, 40_000_000, "12.3 / 40.0 MB"}, {1, 2_000_000_000, "0.0 / 2.0 GB"}, {5, 10, "5 / 10 B"}} {
		if got := portion(c.n, c.of); got != c.want {
			t.Errorf("portion(%d, %d) = %s, want %s", c.n, c.of, got, c.want)
		}
	}
}

// An apply in which staging ended in every way.
func stagedBadly() *reconcile.Result {
	named := func(address string, c reconcile.AttachmentChange) reconcile.AttachmentChange {
		c.Address = addr.Of(address)
		return c
	}
	all := plans()
	return &reconcile.Result{
		Done: []reconcile.Done{{Change: all["create"].Changes[0], ID: 12}},
		Staged: []reconcile.StageResult{
			{Change: named("attachment.anew", again()), Err: errStaging},
			{Change: named("attachment.chat", again()), Err: errCut, Unknown: true},
			{Change: staged("attachment.handbook", handbook()...)},
			{Change: named("attachment.late", contract()), Err: errInterrupted, NotTried: true},
			{Change: all["attachment-destroy"].Attachments[0]},
		},
	}
}

func TestStagingResult(t *testing.T) {
	well := &reconcile.Result{Staged: []reconcile.StageResult{{Change: staged("attachment.handbook", handbook()...)},
		{Change: again()}}}
	both := stagedBadly()
	lost := both.Done[0].Change
	lost.Address = addr.Of("template.lost")
	both.Failed = []reconcile.Failure{{Change: lost, Unknown: true, Err: errors.New("connection reset")}}
	both.NotTried = []reconcile.Failure{{Change: plans()["destroy"].Changes[0], Err: errInterrupted}}
	form := map[string]state.Output{"form_value": {Value: `[{"fileId":"5550"}]`, Type: "string"}}
	for name, r := range map[string]*reconcile.Result{"staged": well, "staged-badly": stagedBadly(),
		"staged-and-lost": both} {
		var b bytes.Buffer
		if err := Result(&b, r, form, reconcile.Normal, Settings{}); err != nil {
			t.Fatal(err)
		}
		golden(t, "result/"+name+".txt", b.Bytes())
	}
}

func TestStagingLines(t *testing.T) {
	var b bytes.Buffer
	l := newLines(&b, "1.2.3", func() time.Time { return time.Date(2024, 5, 6, 12, 0, 0, 0, time.Local) })
	p := planOf()
	for _, name := range []string{"attachment-create", "attachment-update", "attachment-forget", "attachment-nothing"} {
		p.Attachments = append(p.Attachments, plans()[name].Attachments...)
	}
	l.Plan(p)
	for _, e := range stagingEvents() {
		l.Event(e)
	}
	l.Result(stagedBadly(), nil, reconcile.Normal)
	golden(t, "lines-attachments.jsonl", b.Bytes())
}

func TestStateOfAttachments(t *testing.T) {
	st := someState()
	st.Attachments = stagedState()
	var b bytes.Buffer
	if err := State(&b, st, Settings{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "state-attachments.txt", b.Bytes())
	doc, err := StateJSON(st)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "state-attachments.json", readable(t, doc))

	b.Reset()
	if err := State(&b, state.State{Attachments: stagedState()[2:]}, Settings{}); err != nil {
		t.Fatal(err)
	}
	alone := b.String()
	b.Reset()
	if err := Attachment(&b, stagedState()[2], Settings{}); err != nil || b.String() != alone {
		t.Errorf("%v: a state of one attachment shows\n%s\nthe attachment\n%s", err, alone, b.String())
	}
}

// What `stage` prints ends with a line that holds nothing but what the approval needs.
func TestStaged(t *testing.T) {
	var files []schema.StagedFile
	for _, f := range stagedState()[0].DingTalk.Files {
		files = append(files, f.StagedFile)
	}
	value := "[{\"spaceId\":\"10086\",\"fileName\":\"第一章\u202e(1).pdf\",\"fileSize\":\"1234567\",\"fileType\":\"pdf\",\"fileId\":\"5550\"}]"
	for name, st := range map[string]Stage{
		"drive":    {Files: handbook(), DriveID: 311},
		"dingtalk": {Files: handbook(), DingTalk: files, FormValue: value},
	} {
		var b bytes.Buffer
		if err := Staged(&b, st, Settings{}); err != nil {
			t.Fatal(err)
		}
		golden(t, "staged/"+name+".txt", b.Bytes())
		doc, err := StagedJSON(st)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "staged/"+name+".json", append(doc, '\n'))
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
