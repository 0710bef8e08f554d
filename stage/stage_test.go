package stage_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/internal/ready"
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/stage"
	"countersign/state"
	"countersign/state/statetest"
	"countersign/state/store"
)

// cupboard is a drive and a DingTalk in memory that keep what is staged on them.
type cupboard struct {
	mu      sync.Mutex
	next    int64
	singles []string            // names of single files, in the order they came
	roots   map[int64][]string  // members by root
	chat    map[string][]string // names by folder
	shown   []string            // previews and links
	calls   int
	fail    func(n int, call string) fault
	sending func(context.Context) error // what sending a file to DingTalk takes before it is there; may be nil
}

type unknownOutcome struct{ error }

func (unknownOutcome) OutcomeUnknown() bool { return true }

func newCupboard() *cupboard {
	return &cupboard{next: 100, roots: map[int64][]string{}, chat: map[string][]string{}}
}

func (c *cupboard) call(name string, do func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	what := fine
	if c.fail != nil {
		what = c.fail(c.calls, name)
	}
	switch what {
	case refused:
		return write.NotSent(errors.New("no permission"))
	case unsent:
		return unknownOutcome{errLost}
	}
	do()
	if what == lost {
		return unknownOutcome{errLost}
	}
	return nil
}

func (c *cupboard) StageFile(_ context.Context, f schema.SourceFile, progress func(int64)) (id int64, err error) {
	err = c.call("file "+f.Name, func() {
		c.next++
		id = c.next
		c.singles = append(c.singles,
			f.Name)
		progress(f.Size)
	})
	return
}

func (c *cupboard) StageFolder(_ context.Context, folders []string) (root int64, upload string, err error) {
	err = c.call("folder", func() { c.next++; root, upload = c.next, "mark"; c.roots[root] = nil })
	return
}

func (c *cupboard) StageMember(_ context.Context, root int64, upload string, f schema.SourceFile, _ func(int64)) error {
	return c.call("member "+f.Name, func() { c.roots[root] = append(c.roots[root], f.Name) })
}

func (c *cupboard) HasMember(_ context.Context, root int64, f schema.SourceFile) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.roots[root], f.Name), nil
}

func (c *cupboard) Stage(ctx context.Context, t schema.DingTalkTarget, f schema.SourceFile,
	_ func(int64)) (d schema.StagedFile, err error) {
	if c.sending != nil {
		if err := c.sending(ctx); err != nil {
			return d, write.NotSent(err)
		}
	}
	err = c.call("chat "+f.Name, func() { c.chat[t.FolderID] = append(c.chat[t.FolderID], f.Name); d = dentry(f) })
	return
}

func dentry(f schema.SourceFile) schema.StagedFile {
	return schema.StagedFile{Source: f.Name, SpaceID: "1", ID: "d-" + f.Name, Name: filepath.Base(f.Name), Size: f.Size,
		Extension: "pdf"}
}

func (c *cupboard) Look(_ context.Context, t schema.DingTalkTarget, f schema.SourceFile) (*schema.StagedFile, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.chat[t.FolderID], f.Name) {
		d := dentry(f)
		return &d, nil
	}
	return nil, nil
}

func (c *cupboard) Preview(_ context.Context, p schema.Preview, files []schema.StagedFile) error {
	return c.call("preview", func() { c.shown = append(c.shown, fmt.Sprint("preview ", p.UserID, " ", len(files))) })
}

func (c *cupboard) Link(_ context.Context, _, conversation string, f schema.StagedFile) error {
	return c.call("link", func() { c.shown = append(c.shown, "link "+conversation+" "+f.Source) })
}

func (c *cupboard) Fetch(_ context.Context, flows []string, into string, _ func(int64)) (files []schema.SourceFile,
	err error) {
	err = c.call("fetch", func() {
		for _, flow := range flows {
			path := filepath.Join(into, flow+".pdf")
			if err := os.WriteFile(path, []byte(flow), 0o600); err == nil {
				files = append(files, schema.SourceFile{Name: flow + ".pdf", Path: path, Size: int64(len(flow)),
					SHA256: "sha-" + flow})
			}
		}
	})
	return
}

// fault is what goes wrong with a call.
type fault int

const (
	fine    fault = iota
	refused       // the system says no
	lost          // carried out, but no answer comes
	unsent        // not carried out, and no answer comes
)

var errLost = errors.New("connection reset by peer")

// run is one run of the program in memory: a state and a journal.
type run struct {
	journal *statetest.Run
	sleep   time.Duration // of the machine, whenever something is noted
	lost    bool          // the lock
	marks   int           // how often something was noted again
}

// sleepy is a journal during whose notes the machine sleeps. Where the lock is lost nothing is noted again.
type sleepy struct {
	*statetest.Run
	sleep time.Duration
	lost  *bool
	marks *int
}

func (s sleepy) Begin(ctx context.Context, intents []state.Intent) ([]state.Intent, error) {
	time.Sleep(s.sleep)
	return s.Run.Begin(ctx, intents)
}

func (s sleepy) Sent(ctx context.Context, mark state.Sent) error {
	if *s.marks++; *s.lost {
		return store.ErrLockLost
	}
	return s.Run.Sent(ctx, mark)
}

func attachments(r *run) []state.Attachment {
	st, _ := r.journal.Read()
	return st.Attachments
}

// handbook is an attachment of files with these contents, by name.
func handbook(t *testing.T, dir string, contents map[string]string) schema.Attachment {
	a := schema.Attachment{Address: addr.Of("attachment.handbook"), Drive: true,
		DingTalk: &schema.DingTalkTarget{UserID: "u", UnionID: "n", FolderID: "0",
			OnConflict: schema.ConflictRename, Previews: []schema.Preview{{UserID: "u",
				ProcessInstanceID: "p"}}, Links: []string{"cid"}}}
	for name, text := range contents {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700),
			os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		a.Files = append(a.Files, schema.SourceFile{Name: name, Path: path})
	}
	slices.SortFunc(a.Files, func(x, y schema.SourceFile) int { return strings.Compare(x.Name, y.Name) })
	return a
}

// stage plans and applies attachments alone, as the program does.
func (r *run) stage(t *testing.T, c *cupboard, declared ...schema.Attachment) (*plans.Plan,
	[]plans.StageResult) {
	t.Helper()
	ctx := context.Background()
	declared, diags := stage.ReadSources(ctx, declared, 2)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	st, pending := r.journal.Read()
	p, diags := reconcile.Diff(schema.Declaration{Attachments: declared}, st, &world.World{}, reconcile.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	with := stage.Systems{Drive: c, Chat: c, Contracts: c, Pending: pending}
	results, next := stage.Run(ctx, sleepy{r.journal, r.sleep, &r.lost, &r.marks}, p, st, with, world.Settings{})
	r.journal.Write(next)
	return p, results
}

// settledOn demands that nothing is left to stage.
func settledOn(t *testing.T, r *run, c *cupboard, declared ...schema.Attachment) {
	t.Helper()
	calls := c.calls
	if p, _ := r.stage(t, c, declared...); !p.Empty() || c.calls != calls {
		t.Fatalf("staged again: %+v", p.Attachments)
	}
}

func TestStageOnceAndAgainWhenChanged(t *testing.T) {
	r, c, dir := &run{journal: statetest.NewRun()}, newCupboard(), t.TempDir()
	a := handbook(t, dir, map[string]string{"a.pdf": "1", "x/b.pdf": "2"})
	if p, result := r.stage(t, c, a); p.Counts().Add != 1 || result[0].Err != nil {
		t.Fatal(result)
	}
	settledOn(t, r, c, a)
	if got := strings.Join(c.shown, "; "); got != "preview u 2; link cid a.pdf; link cid x/b.pdf" {
		t.Error(got)
	}

	a = handbook(t, dir, map[string]string{"a.pdf": "1", "x/b.pdf": "changed"})
	p, _ := r.stage(t, c, a)
	if p.Counts().Change != 1 || !slices.Equal(p.Attachments[0].DingTalk, []string{"x/b.pdf"}) {
		t.Errorf("%+v", p.Attachments)
	}
	settledOn(t, r, c, a)

	fewer := a
	fewer.Files, fewer.Drive = a.Files[:1], false
	if p, _ := r.stage(t, c, fewer); p.Counts().Change != 1 ||
		!slices.Equal(p.Attachments[0].Drops, []string{"x/b.pdf", "drive"}) {
		t.Errorf("%+v", p.Attachments)
	}
	settledOn(t, r, c, fewer)

	if p, _ := r.stage(t, c); p.Counts().Forget != 1 || len(attachments(r)) != 0 {
		t.Errorf("%+v %+v", p.Attachments, attachments(r))
	}
}

func TestStageOneFile(t *testing.T) {
	r, c := &run{journal: statetest.NewRun()}, newCupboard()
	a := handbook(t, t.TempDir(), map[string]string{"a.pdf": "1"})
	a.DingTalk = nil
	r.stage(t, c, a)
	settledOn(t, r, c, a)
	if len(c.singles) != 1 || attachments(r)[0].Drive.ID != 101 {
		t.Errorf("%v %+v", c.singles, attachments(r))
	}
}

func TestStageContracts(t *testing.T) {
	r, c := &run{journal: statetest.NewRun()}, newCupboard()
	a := handbook(t, t.TempDir(), nil)
	a.Flows = []string{"f1", "f2"}
	r.stage(t, c, a)
	settledOn(t, r, c, a)
	if got := c.chat["0"]; len(got) != 2 {
		t.Errorf("%v", got)
	}
	a.DingTalk.Links = append(a.DingTalk.Links, "another") // what is staged need not be fetched again for it
	fetched := c.calls
	r.stage(t, c, a)
	if c.calls != fetched+2 {
		t.Errorf("%d calls for two links", c.calls-fetched)
	}
	settledOn(t, r, c, a)
}

// What was noted long ago is not sent: another run may have the lock since, and have staged it.
func TestStageNotLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := &run{journal: statetest.NewRun(), sleep: time.Minute}, newCupboard()
		a := handbook(t, t.TempDir(), map[string]string{"a.pdf": "1", "x/b.pdf": "2"})
		if _, result := r.stage(t, c, a); c.calls != 0 || result[0].Err == nil ||
			!strings.Contains(result[0].Err.Error(), "plan again") {
			t.Errorf("%d calls: %v", c.calls, result[0].Err)
		}
		r.sleep = 0
		r.stage(t, c, a)
		settledOn(t, r, c, a)
	})
}

// A file takes several calls, and the machine may sleep between two of them. Before each call what was noted long ago
// is noted again; once another run has the lock nothing more is sent, and what was not done is not taken for done.
func TestLockLostBetweenTwoCalls(t *testing.T) {
	for name, test := range map[string]struct {
		sleep time.Duration // before each call
		lost  int           // the lock, during the so many-th sleep; 0: never
		marks int
		done  bool
	}{
		"at once":            {0, 0, 0, true},
		"soon":               {10 * time.Second, 2, 0, true}, // the lock outlives what is sent so soon
		"late":               {time.Minute, 0, 3, true},
		"late, lost first":   {time.Minute, 1, 1, false},
		"late, lost at last": {time.Minute, 3, 3, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, c := &run{journal: statetest.NewRun()}, newCupboard()
				a := handbook(t, t.TempDir(), map[string]string{"a.pdf": "1"})
				a.Drive, a.DingTalk.Previews, a.DingTalk.Links = false, nil, nil
				c.sending = func(ctx context.Context) error {
					for n := range 3 { // ticket, bytes, commit
						time.Sleep(test.sleep)
						r.lost = r.lost || n+1 == test.lost
						if err := ready.Check(ctx); err != nil {
							return err
						}
					}
					return nil
				}
				_, results := r.stage(t, c, a)
				if err := results[0].Err; r.marks != test.marks || len(c.chat["0"]) == 1 != test.done ||
					err == nil != test.done || !test.done && !errors.Is(err, store.ErrLockLost) || results[0].Unknown {
					t.Errorf("noted again %d times, staged %v, %+v", r.marks, c.chat, results)
				}
				r.lost, c.sending = false, nil
				r.stage(t, c, a)
				settledOn(t, r, c, a)
				if len(c.chat["0"]) != 1 {
					t.Error(c.chat)
				}
			})
		})
	}
}

// Killed before or after any call, the next run goes on: what can be looked for is not staged twice, and no message
// is posted twice.
func TestStageKilledAtEachCall(t *testing.T) {
	dir := t.TempDir()
	a := handbook(t, dir, map[string]string{"a.pdf": "1", "x/b.pdf": "2", "x/y/c.pdf": "3"})
	for n := 1; ; n++ {
		reached := false
		for _, after := range []bool{false, true} {
			r, c := &run{journal: statetest.NewRun()}, newCupboard()
			c.fail = func(at int, _ string) fault {
				if at < n {
					return fine
				}
				reached = true
				r.journal.Kill()
				if at == n && after {
					return lost
				}
				return unsent
			}
			r.stage(t, c, a)
			c.fail = nil
			r.journal.Revive()
			if _, result := r.stage(t, c, a); len(result) > 0 && result[0].Err != nil {
				t.Fatal(result[0].Err)
			}
			settledOn(t, r, c, a)
			if len(c.chat["0"]) != 3 {
				t.Errorf("killed at call %d (after: %v): in DingTalk: %v", n, after, c.chat["0"])
			}
			for _, members := range c.roots {
				if slices.Sort(members); len(slices.Compact(slices.Clone(members))) != len(members) {
					t.Errorf("killed at call %d (after: %v): a member twice: %v", n, after, members)
				}
			}
			links := slices.DeleteFunc(slices.Clone(c.shown),
				func(s string) bool { return !strings.HasPrefix(s, "link") })
			if slices.Sort(links); len(slices.Compact(slices.Clone(links))) != len(links) {
				t.Errorf("killed at call %d (after: %v): a link twice: %v", n, after, links)
			}
		}
		if !reached {
			return
		}
	}
}

// What a plan showed is what is staged, or nothing.
func TestChangedFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	a, _ := stage.ReadSources(context.Background(), []schema.Attachment{handbook(t, dir,
		map[string]string{"a.pdf": "one"})}, 1)
	f := a[0].Files[0]
	for _, now := range []string{"two", "longer", "1"} {
		if err := os.WriteFile(f.Path, []byte(now), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := stage.OpenSource(f)
		if err == nil {
			_, err = r.Read(make([]byte, 10))
			r.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "has changed since the plan was made") {
			t.Errorf("%s: %v", now, err)
		}
	}
}
