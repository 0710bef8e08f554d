package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"countersign/state"
	"countersign/state/store"
)

var ctx = context.Background()

// run is one run of the program on a state in files.
type run struct {
	*store.Store
	local *Local
}

func runOn(l *Local) *run { return &run{store.New(l, nil), l} }

func open(path string) *run           { return runOn(New(path)) }
func openIn(folder, path string) *run { return runOn(NewIn(folder, path)) }

// newLocal names a state file in a fresh folder.
func newLocal(t testing.TB) *run {
	return open(filepath.Join(t.TempDir(), "countersign.state.json"))
}

// paths are those of a state and of what is kept beside it.
type paths struct{ state, backup, journal, lock string }

func pathsOf(l *run) paths {
	files := l.Files()
	return paths{files[0], files[1], files[2], files[3]}
}

func (l *run) backup() string { return pathsOf(l).backup }

func mustRead(t testing.TB, l *run) (state.State, []state.Intent) {
	t.Helper()
	s, pending, err := l.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return s, pending
}

func mustWrite(t testing.TB, l *run, s state.State) state.State {
	t.Helper()
	s, err := l.Write(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustBegin(t testing.TB, l *run, intents ...state.Intent) []state.Intent {
	t.Helper()
	intents, err := l.Begin(ctx, intents)
	if err != nil {
		t.Fatal(err)
	}
	return intents
}

func mustSettle(t testing.TB, l *run, outcomes ...state.Outcome) {
	t.Helper()
	if err := l.Settle(ctx, outcomes); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustFail(t testing.TB, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Fatalf("error %v\nmust say %q", err, part)
		}
	}
}

// names lists a folder.
func names(t testing.TB, l *run) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(l.Path()))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

func TestWriteAndRead(t *testing.T) {
	l := newLocal(t)
	empty, pending := mustRead(t, l)
	if empty.Lineage != "" || empty.Serial != 0 || pending != nil || names(t, l) != "" {
		t.Fatalf("a state that is not there: %+v, %v; the folder has %q", empty, pending, names(t, l))
	}

	empty.Bindings = []state.Binding{bound("template.a", 5, "a")}
	first := mustWrite(t, l, empty)
	if first.Lineage == "" || first.Serial != 1 {
		t.Fatalf("first: lineage %q, serial %d", first.Lineage, first.Serial)
	}
	if got, _ := mustRead(t, l); cmp.Diff(first, got, cmpopts.EquateEmpty()) != "" {
		t.Fatal(cmp.Diff(first, got, cmpopts.EquateEmpty()))
	}
	text := string(get(t, l.Path()))

	second := mustWrite(t, l, first)
	if second.Lineage != first.Lineage || second.Serial != 2 {
		t.Fatalf("second: lineage %q, serial %d", second.Lineage, second.Serial)
	}
	if backup := string(get(t, l.backup())); backup != text {
		t.Errorf("the backup is not the version before:\n%s", cmp.Diff(text, backup))
	}
	mustWrite(t, l, second)
	if s, err := state.Decode(get(t, l.backup())); err != nil || s.Serial != 2 {
		t.Errorf("backup of the third: serial %d, %v", s.Serial, err)
	}
	if got := names(t, l); got != "countersign.state.json countersign.state.json.backup" {
		t.Errorf("the folder has %s", got)
	}
}

// TestWriteRefuses: what was not read is not written over, and nothing in the folder changes.
func TestWriteRefuses(t *testing.T) {
	s := sample()
	other := s
	other.Lineage = "another"
	late := s
	late.Serial--
	ahead := s
	ahead.Serial++
	unread := state.State{}
	twice := s
	twice.Bindings = append([]state.Binding{s.Bindings[1]}, s.Bindings...)

	tests := map[string]struct {
		s    state.State
		says string
	}{
		"another lineage":      {other, "is of another lineage"},
		"an older serial":      {late, "has serial 7, not 6 as when it was read: another run has changed it"},
		"a newer serial":       {ahead, "has serial 7, not 8"},
		"one that was absent":  {unread, "was not there when it was read"},
		"one that is not good": {twice, "template.modify: this address is there twice"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLocal(t)
			text := encoded(t, s)
			put(t, l.Path(), text)
			_, err := l.Write(ctx, tt.s)
			mustFail(t, err, tt.says, "nothing has been changed", l.Path())
			if string(get(t, l.Path())) != string(text) || names(t, l) != "countersign.state.json" {
				t.Errorf("something changed: the folder has %s", names(t, l))
			}
		})
	}
}

// TestDamagedState: no method reads, continues or replaces a state that is not sound.
func TestDamagedState(t *testing.T) {
	good := string(encoded(t, sample()))
	for name, tt := range map[string]struct{ text, says string }{
		"empty":     {"", "it is empty"},
		"cut off":   {good[:len(good)/2], "it has been cut off"},
		"not UTF-8": {strings.Replace(good, "modify", "mod\xff", 1), "it is not valid UTF-8"},
		"no state":  {`{"version": 1}`, "it has no lineage"},
		"another's": {`{"version": 4, "terraform_version": "1.5.7", "serial": 1, "lineage": "x"}`,
			"it is a state of Terraform or OpenTofu"},
		"a later format": {strings.Replace(good, `"version": 1`, `"version": 3`, 1), "use a newer countersign"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLocal(t)
			put(t, l.Path(), []byte(tt.text))
			put(t, l.backup(), encoded(t, sample()))
			check := func(err error) {
				t.Helper()
				mustFail(t, err, tt.says, l.Path(), "nothing has been changed",
					"the version before it is in "+l.backup())
			}
			_, _, err := l.Read(ctx)
			check(err)
			_, err = l.Push(ctx, sample(), true)
			check(err)
			_, err = l.Write(ctx, sample())
			check(err)
			_, err = l.Begin(ctx, []state.Intent{intent(state.OpRemove, "template.a", 5, "")})
			check(err)
			if string(get(t, l.Path())) != tt.text {
				t.Error("the file was changed")
			}
		})
	}
}

func TestUnreadableState(t *testing.T) {
	folder := newLocal(t)
	if err := os.Mkdir(folder.Path(), 0o700); err != nil {
		t.Fatal(err)
	}
	pipe := newLocal(t)
	if err := syscall.Mkfifo(pipe.Path(), 0o600); err != nil {
		t.Fatal(err)
	}
	loop := newLocal(t)
	if err := os.Symlink(loop.Path(), loop.Path()); err != nil {
		t.Fatal(err)
	}
	under := open(filepath.Join(newFile(t), "countersign.state.json"))

	for says, l := range map[string]*run{
		"is a folder, not a file":           folder,
		"is not a regular file":             pipe,
		"too many levels of symbolic links": loop,
		"not a directory":                   under,
	} {
		_, _, err := l.Read(ctx)
		mustFail(t, err, says, filepath.Dir(l.Path()))
		_, err = l.Write(ctx, state.State{})
		mustFail(t, err, says, filepath.Dir(l.Path()))
		_, err = l.Begin(ctx, []state.Intent{intent(state.OpRemove, "template.a", 5, "")})
		mustFail(t, err, says, filepath.Dir(l.Path()))
	}
}

func newFile(t testing.TB) string {
	path := filepath.Join(t.TempDir(), "file")
	put(t, path, nil)
	return path
}

// TestModes: nothing that is kept is readable by others, whatever it was before and whatever the umask.
func TestModes(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	l := newLocal(t)
	s := mustWrite(t, l, state.State{})
	if err := os.Chmod(l.Path(), 0o666); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, l, s)
	mustBegin(t, l, intent(state.OpRemove, "template.a", 5, ""))
	if err := os.Chmod(pathsOf(l).journal, 0o666); err != nil {
		t.Fatal(err)
	}
	put(t, pathsOf(l).lock, left(t, "old"))
	if err := os.Chmod(pathsOf(l).lock, 0o666); err != nil {
		t.Fatal(err)
	}
	l = open(l.Path()) // the next run
	unlock, err := l.Lock(ctx, lockInfo("apply", "1.2.3", l.Path()), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	mustBegin(t, l, intent(state.OpRemove, "template.a", 5, ""))
	f := pathsOf(l)
	for _, path := range []string{f.state, f.backup, f.journal, f.lock} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
}

func TestFolderIsMade(t *testing.T) {
	for name, use := range map[string]func(l *run) error{
		"Write": func(l *run) error { _, err := l.Write(ctx, state.State{}); return err },
		"Begin": func(l *run) error {
			_, err := l.Begin(ctx, []state.Intent{intent(state.OpRemove, "template.a", 5, "")})
			return err
		},
		"Lock": func(l *run) error { _, err := l.Lock(ctx, store.LockInfo{}, 0); return err },
	} {
		l := open(filepath.Join(t.TempDir(), "deep", "er", "countersign.state.json"))
		mustRead(t, l)
		if err := use(l); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(filepath.Dir(l.Path())); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// TestSymbolicLink: a state kept elsewhere stays there.
func TestSymbolicLink(t *testing.T) {
	real := newLocal(t)
	s := mustWrite(t, real, state.State{})
	link := newLocal(t)
	if err := os.Symlink(real.Path(), link.Path()); err != nil {
		t.Fatal(err)
	}
	mustBegin(t, link, intent(state.OpRemove, "template.a", 5, ""))
	if _, pending := mustRead(t, real); len(pending) != 1 {
		t.Error("the journal is not beside the file itself")
	}
	mustWrite(t, link, s)
	if got, _ := mustRead(t, real); got.Serial != 2 || names(t, link) != "countersign.state.json" {
		t.Errorf("serial %d; the link's folder has %s", got.Serial, names(t, link))
	}
}

// TestLeftovers: a killed run leaves files that the next one removes; those of other states are left alone, and what is
// not ours by what is in it.
func TestLeftovers(t *testing.T) {
	l := newLocal(t)
	folder := filepath.Dir(l.Path())
	ours := encoded(t, sample())
	put(t, filepath.Join(folder, ".new-123.countersign.state.json"), ours[:120]) // it was killed while it wrote
	put(t, filepath.Join(folder, ".new-1.countersign.state.json.backup"), ours)
	put(t, filepath.Join(folder, ".new-2.countersign.state.journal"), shortJournal(t))
	put(t, filepath.Join(folder, ".new-3.countersign.state.lock"), left(t, "old"))
	mustWrite(t, l, mustWrite(t, l, state.State{}))
	if got := names(t, l); got != "countersign.state.json countersign.state.json.backup" {
		t.Errorf("the folder has %s", got)
	}
	put(t, filepath.Join(folder, ".new-123.my.countersign.state.json"), ours) // of another state
	put(t, filepath.Join(folder, ".new-4.countersign.state.json"), []byte("{\"version\": 4}"))
	put(t, filepath.Join(folder, ".new-5.countersign.state.json"), nil)
	s, _ := mustRead(t, l)
	mustWrite(t, l, s)
	if got := names(t, l); got != ".new-123.my.countersign.state.json "+
		".new-4.countersign.state.json .new-5.countersign.state.json "+
		"countersign.state.json countersign.state.json.backup" {
		t.Errorf("the folder has %s", got)
	}
}

// TestKilledBetweenBackupAndRename: the backup is then the present state itself.
func TestKilledBetweenBackupAndRename(t *testing.T) {
	l := newLocal(t)
	s := mustWrite(t, l, state.State{})
	if err := os.Link(l.Path(), l.backup()); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, l, s)
	if b, err := state.Decode(get(t, l.backup())); err != nil || b.Serial != 1 {
		t.Errorf("backup: serial %d, %v", b.Serial, err)
	}
}

func TestPush(t *testing.T) {
	s := sample()
	other, lower, higher := s, s, s
	other.Lineage, lower.Serial, higher.Serial = "another", 6, 20
	broken := s
	broken.Bindings = append([]state.Binding{s.Bindings[1]}, s.Bindings...)

	for name, tt := range map[string]struct {
		s      state.State
		force  bool
		serial uint64 // 0: refused
		says   string
	}{
		"the same":                {s, false, 8, ""},
		"a higher serial":         {higher, false, 21, ""},
		"a lower serial":          {lower, false, 0, "its serial 6 is lower than that of the present state, 7"},
		"a lower serial, forced":  {lower, true, 8, ""},
		"another lineage":         {other, false, 0, "it is of another lineage (another)"},
		"another lineage, forced": {other, true, 8, ""},
		"not sound, forced":       {broken, true, 0, "this address is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLocal(t)
			put(t, l.Path(), encoded(t, s))
			got, err := l.Push(ctx, tt.s, tt.force)
			read, _ := mustRead(t, l)
			if tt.serial == 0 {
				mustFail(t, err, tt.says, "nothing has been changed")
				if read.Serial != 7 {
					t.Errorf("serial %d", read.Serial)
				}
				return
			}
			if err != nil || got.Serial != tt.serial || read.Serial != tt.serial || read.Lineage != tt.s.Lineage {
				t.Errorf("serial %d, in the file %d of %s, %v", got.Serial, read.Serial, read.Lineage, err)
			}
		})
	}

	l := newLocal(t)
	if got, err := l.Push(ctx, s, false); err != nil || got.Serial != 8 || got.Lineage != s.Lineage {
		t.Errorf("where no state is: %+v, %v", got, err)
	}
}

// TestPushAfterInterruptedRun: what the journal held is in the backup, and what is not settled is not forgotten
// unless told so.
func TestPushAfterInterruptedRun(t *testing.T) {
	l := newLocal(t)
	s := mustWrite(t, l, state.State{})
	in := mustBegin(t, l, intent(state.OpCreate, "template.a", 0, "a"), intent(state.OpCreate, "template.b", 0, "b"))
	mustSettle(t, l, state.Outcome{Seq: in[0].Seq, Done: true, ID: 9})

	_, err := l.Push(ctx, s, false)
	mustFail(t, err, "1 writes whose outcome is not known")
	if _, err := l.Push(ctx, s, true); err != nil {
		t.Fatal(err)
	}
	if got, pending := mustRead(t, l); len(got.Bindings) != 0 || pending != nil || got.Serial != 3 {
		t.Errorf("%+v, pending %v", got, pending)
	}
	if b, err := state.Decode(get(t, l.backup())); err != nil || addresses(b.Bindings) != "template.a" {
		t.Errorf("backup: %s, %v", addresses(b.Bindings), err)
	}
}

// TestCancelled: a cancelled run begins nothing, but keeps what has been done.
func TestCancelled(t *testing.T) {
	l := newLocal(t)
	in := mustBegin(t, l, intent(state.OpCreate, "template.a", 0, "a"))
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := l.Begin(cancelled, in); !errors.Is(err, context.Canceled) {
		t.Errorf("Begin: %v", err)
	}
	if _, _, err := l.Read(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %v", err)
	}
	if err := l.Settle(cancelled, []state.Outcome{{Seq: in[0].Seq, Done: true, ID: 9}}); err != nil {
		t.Errorf("Settle: %v", err)
	}
	s, _ := mustRead(t, l)
	if _, err := l.Write(cancelled, s); err != nil {
		t.Errorf("Write: %v", err)
	}
}

// mostSerial is the highest serial.
const mostSerial = 1<<53 - 1

// A state whose serial is the last is read, and neither written nor begun upon: nothing wraps, and no write goes to the
// drive that the state could not keep.
func TestLastSerial(t *testing.T) {
	s := sample()
	s.Serial = mostSerial
	text := encoded(t, s)
	l := newLocal(t)
	put(t, l.Path(), text)
	if got, _ := mustRead(t, l); got.Serial != mostSerial {
		t.Fatalf("serial %d", got.Serial)
	}
	const says = "its serial, 9007199254740991, cannot be raised"
	_, err := l.Write(ctx, s)
	mustFail(t, err, says, "nothing has been changed", l.Path())
	_, err = l.Begin(ctx, []state.Intent{intent(state.OpRemove, "template.modify", 5, "")})
	mustFail(t, err, says, "write the serial of the version before it and one more, by hand")
	mustFail(t, l.Settle(ctx, []state.Outcome{{Seq: 1}}), says)
	for _, force := range []bool{false, true} {
		_, err = l.Push(ctx, s, force)
		mustFail(t, err, says, "nothing has been changed")
		lower := s
		lower.Serial = 3
		_, err = l.Push(ctx, lower, true)
		mustFail(t, err, says)
	}
	if string(get(t, l.Path())) != string(text) || names(t, l) != "countersign.state.json" {
		t.Errorf("something changed: the folder has %s", names(t, l))
	}

	s.Serial = mostSerial - 1
	put(t, l.Path(), encoded(t, s))
	if got, err := l.Write(ctx, s); err != nil || got.Serial != mostSerial {
		t.Errorf("serial %d, %v", got.Serial, err)
	}
	mustRead(t, l)

	l = newLocal(t)
	s = sample()
	for _, serial := range []uint64{mostSerial, mostSerial + 1, 1<<63 - 1, 1<<64 - 1} {
		s.Serial = serial
		_, err := l.Push(ctx, s, true)
		mustFail(t, err, "cannot be raised")
	}
	if names(t, l) != "" {
		t.Errorf("the folder has %s", names(t, l))
	}
}
