package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/google/uuid"
)

// Local keeps the state in one file of its own, with a journal, a lock and one backup beside it. All of them are
// readable by their owner alone. Its methods may be called from several goroutines.
//
// The state file is rewritten once, at the end of a run; in between, what is done to the drive goes to the journal.
// The journal names the serial it continues. Write first replaces the state, raising its serial, and then the
// journal: a process killed in between leaves a journal of an older serial, whose settled records the state holds
// already and whose pending intents are pending still, so nothing is counted twice and nothing is lost.
type Local struct {
	path   string
	within string // the folder that a configuration has chosen the path in; "": a person has named it

	opening sync.Mutex
	opened  files

	mu      sync.Mutex
	journal *openJournal // nil until this process writes to it
	held    *heldLock    // nil while this process does not hold the lock
}

// NewLocal names the state file, or a link to it, as a person does; nothing is read or made yet.
func NewLocal(path string) *Local { return &Local{path: path} }

// NewLocalIn is NewLocal for a path that a configuration has chosen in a folder, which stays there: neither the file
// nor a folder on the way to it is reached through a link. Without a folder it is NewLocal.
func NewLocalIn(folder, path string) *Local { return &Local{path: path, within: folder} }

// Path is the state file's path.
func (l *Local) Path() string { return l.path }

// BackupPath is the path of the version before the one in the state file.
func (l *Local) BackupPath() string {
	path := l.path
	if real, err := l.real(); err == nil {
		path = real
	}
	return path + ".backup"
}

// Paths are those of the state file and of what may be beside it.
func (l *Local) Paths() []string {
	path := strings.TrimSuffix(l.BackupPath(), ".backup")
	stem := strings.TrimSuffix(path, ".json")
	return []string{path, path + ".backup", stem + ".journal", stem + ".lock"}
}

// Read returns the state as the file and the journal together tell it, and the intents whose outcome is unknown.
// A file that is not there is an empty state with lineage "", or with that of its journal when the first run of
// all was interrupted. It writes nothing.
func (l *Local) Read(ctx context.Context) (State, []Intent, error) {
	if err := ctx.Err(); err != nil {
		return State{}, nil, err
	}
	s, pending, _, err := l.read()
	return s, pending, err
}

// Unfolded reports whether the journal tells of something that the state file does not: a run ended before it could
// write the state, and Write is worth while even if nothing else has changed.
func (l *Local) Unfolded(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	paths, err := l.files(false)
	if err != nil {
		return false, err
	}
	journal, err := paths.readJournal()
	if err != nil || len(journal.records) == 0 {
		return false, err // whatever the state says, which may be long to read
	}
	_, pending, unfolded, err := l.read()
	return unfolded || len(pending) > 0, err
}

// read is Read; it tells besides whether the journal has records that the state file does not hold.
func (l *Local) read() (s State, pending []Intent, unfolded bool, err error) {
	paths, err := l.files(false)
	if err != nil {
		return State{}, nil, false, err
	}
	// The journal goes first: should another process write the state meanwhile, the journal read is one of an
	// older serial, which does no harm. The other way round, what it holds would be missed.
	journal, err := paths.readJournal()
	if err != nil {
		return State{}, nil, false, err
	}
	s = State{Version: FormatVersion, Bindings: []Binding{}, Outputs: map[string]Output{}}
	var present *identity
	data, _, err := paths.read(paths.state)
	if err == nil {
		if s, err = Decode(data); err != nil {
			return State{}, nil, false, paths.refuse(err)
		}
		present = &identity{s.Lineage, s.Serial}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return State{}, nil, false, fmt.Errorf("read the state: %w", err)
	}
	stale, err := journal.follows(present, paths)
	if err != nil {
		return State{}, nil, false, err
	}
	if present == nil && journal.heading != nil {
		s.Lineage = journal.heading.Lineage
	}
	s, records := respelled(s, journal.records)
	folded, pending := Fold(s, records)
	if !stale {
		s = folded
	}
	return s, pending, !stale && len(journal.records) > 0, nil
}

// present reads which state is in the file; nil when there is none.
func (f files) present() (*identity, error) {
	data, _, err := f.read(f.state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	id, err := decodeIdentity(data)
	if err != nil {
		return nil, f.refuse(err)
	}
	return &id, nil
}

// refuse says of a state file that it cannot be used, and what to do.
func (f files) refuse(err error) error {
	advice := "mend it, or move it away and put a good copy in its place"
	if backup, _, _ := f.ours(f.backup); backup != nil {
		backup.Close()
		advice = fmt.Sprintf("mend it, or move it away and put a good copy in its place; the version before it is in %s",
			f.at(f.backup))
	}
	return fmt.Errorf("the state %s cannot be used: %w; nothing has been changed: %s", f.at(f.state), err, advice)
}

// follows holds a journal against the state in the file, nil for none. A stale one continues an earlier serial:
// the state was written and the process killed before it emptied the journal.
func (t journalText) follows(present *identity, f files) (stale bool, err error) {
	h := t.heading
	switch {
	case h == nil:
		return false, nil
	case present == nil && h.Serial > 0:
		return false, fmt.Errorf("the state %s is gone, but its journal %s, which continues serial %d of it, is there: put the state back (%s is the "+
			"version before it), or, if it was deleted on purpose, delete the journal too", f.at(f.state), f.at(f.journal), h.Serial, f.at(f.backup))
	case present == nil:
		return false, nil
	case h.Lineage != present.lineage:
		return false, fmt.Errorf("the journal %s belongs to another state (lineage %s) than %s (lineage %s): put the state back that it belongs to, or "+
			"move the journal away", f.at(f.journal), h.Lineage, f.at(f.state), present.lineage)
	case h.Serial > present.serial:
		return false, fmt.Errorf("the state %s has serial %d, but its journal %s continues serial %d: an older copy has been put in its place; put "+
			"the newer one back, or move the journal away and look in the next plan for what it may have done", f.at(f.state), present.serial, f.at(f.journal), h.Serial)
	}
	return h.Serial < present.serial, nil
}

// Write keeps s as the next version and empties the journal, but for the intents whose outcome is unknown: serial
// and lineage of the file must be those of s (or the file must be absent); the serial is raised by one, a lineage
// made where there is none. The state written is returned. What has been done must be kept: a cancelled ctx does
// not stop it.
func (l *Local) Write(_ context.Context, s State) (State, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.stillHeld(); err != nil {
		return s, fmt.Errorf("write the state %s: %w", l.path, err)
	}
	paths, err := l.files(true)
	if err != nil {
		return s, err
	}
	present, err := paths.present()
	if err != nil {
		return s, err
	}
	journal, err := paths.readJournal()
	if err != nil {
		return s, err
	}
	if present == nil && s.Serial > 0 { // deleted since it was read: what it held is in s
		present = &identity{s.Lineage, s.Serial}
	}
	if _, err := journal.follows(present, paths); err != nil {
		return s, err
	}
	if present == nil && journal.heading != nil {
		if s.Lineage == "" { // it was read before Begin made the lineage
			s.Lineage = journal.heading.Lineage
		}
		present = &identity{journal.heading.Lineage, 0}
	}
	switch {
	case present == nil:
	case s.Lineage == "":
		return s, fmt.Errorf("the state %s was not there when it was read: another run has made it; nothing has been changed: plan again",
			paths.at(paths.state))
	case s.Lineage != present.lineage:
		return s, fmt.Errorf("the state %s is of another lineage (%s) than the one to be written (%s); nothing has been changed",
			paths.at(paths.state), present.lineage, s.Lineage)
	case s.Serial != present.serial:
		return s, fmt.Errorf("the state %s has serial %d, not %d as when it was read: another run has changed it; nothing has been changed: plan again",
			paths.at(paths.state), present.serial, s.Serial)
	}
	_, pending := Fold(State{}, journal.records)
	return l.replace(paths, s, pending)
}

// Push puts s, which may come from elsewhere, in the place of the present state, and returns what is then in the
// file: its serial is above both. Unless forced, s must be of the same lineage, not of a lower serial, and no run
// may be waiting for its outcome to be found; forced, such intents are forgotten. What the journal holds besides is
// written to the state first, so that the backup has it. A damaged state is not pushed over: move it away.
func (l *Local) Push(ctx context.Context, s State, force bool) (State, error) {
	if err := ctx.Err(); err != nil {
		return s, err
	}
	if err := s.check(); err != nil {
		return s, fmt.Errorf("the state given cannot be used: %w; nothing has been changed", err)
	}
	present, pending, unfolded, err := l.read()
	if err != nil {
		return s, err
	}
	var errs []error
	if present.Lineage != "" && present.Lineage != s.Lineage {
		errs = append(errs, fmt.Errorf("it is of another lineage (%s) than the present state (%s)", s.Lineage,
			present.Lineage))
	} else if s.Serial < present.Serial {
		errs = append(errs, fmt.Errorf("its serial %d is lower than that of the present state, %d", s.Serial,
			present.Serial))
	}
	if len(pending) > 0 {
		errs = append(errs, fmt.Errorf("an interrupted run left %d writes whose outcome is not known; apply finds it out",
			len(pending)))
	}
	if len(errs) > 0 && !force {
		return s, fmt.Errorf("the state given does not follow the one in %s: %w; nothing has been changed: pull again, or use -force",
			l.path, errors.Join(errs...))
	}
	if unfolded {
		if present, err = l.Write(ctx, present); err != nil {
			return s, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.stillHeld(); err != nil {
		return s, fmt.Errorf("push the state to %s: %w", l.path, err)
	}
	s.Serial = max(s.Serial, present.Serial)
	paths, err := l.files(true)
	if err != nil {
		return s, err
	}
	return l.replace(paths, s, nil)
}

// Begin notes intents and syncs them to disk before it returns; it returns them with Seq set. Calls at the same
// time share a sync. Before the first state is written, it makes the lineage. When ctx is cancelled nothing is
// noted.
func (l *Local) Begin(ctx context.Context, intents []Intent) ([]Intent, error) {
	if err := ctx.Err(); err != nil || len(intents) == 0 {
		return nil, err
	}
	noted, err := func() ([]Intent, error) {
		l.mu.Lock()
		j, err := l.openJournal()
		if err != nil {
			l.mu.Unlock()
			return nil, err
		}
		noted, batch, err := j.begin(intents)
		l.mu.Unlock()
		if err != nil {
			return nil, err
		}
		return noted, j.flush(batch)
	}()
	if err != nil {
		return nil, fmt.Errorf("note in the journal of %s what is about to be done: %w", l.path, err)
	}
	return noted, nil
}

// Sent marks a pending intent as being sent; see Sent. It does not sync.
func (l *Local) Sent(_ context.Context, mark Sent) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	j, err := l.openJournal()
	if err == nil {
		err = j.sent(mark)
	}
	if err != nil {
		return fmt.Errorf("note in the journal of %s that a write is sent: %w", l.path, err)
	}
	return nil
}

// Settle notes how pending intents ended, and syncs. What has been done must be kept: a cancelled ctx does not
// stop it.
func (l *Local) Settle(_ context.Context, outcomes []Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	err := func() error {
		l.mu.Lock()
		j, err := l.openJournal()
		if err != nil {
			l.mu.Unlock()
			return err
		}
		batch, err := j.settle(outcomes)
		l.mu.Unlock()
		if err != nil {
			return err
		}
		return j.flush(batch)
	}()
	if err != nil {
		return fmt.Errorf("note in the journal of %s what has been done: %w", l.path, err)
	}
	return nil
}

// openJournal returns the journal, ready to be written to. The first time it makes one where there is none, and
// rids a stale one of what the state holds already.
func (l *Local) openJournal() (*openJournal, error) {
	if err := l.stillHeld(); err != nil {
		return nil, err
	}
	if l.journal != nil {
		return l.journal, nil
	}
	paths, err := l.files(true)
	if err != nil {
		return nil, err
	}
	present, err := paths.present()
	if err != nil {
		return nil, err
	}
	text, err := paths.readJournal()
	if err != nil {
		return nil, err
	}
	if err := paths.clear(); err != nil { // what is done must be written down in the end
		return nil, err
	}
	stale, err := text.follows(present, paths)
	if err != nil {
		return nil, err
	}
	if text.heading == nil || stale {
		h := heading{Version: journalVersion, Lineage: uuid.NewString()}
		if present != nil {
			h.Lineage, h.Serial = present.lineage, present.serial
		}
		if _, err := raise(h.Serial); err != nil { // what is noted could not be kept in the end
			return nil, fmt.Errorf("the state %s cannot be written: %w; nothing has been changed",
				paths.at(paths.state), err)
		}
		_, pending := Fold(State{}, text.records)
		if err := paths.createJournal(h, pending); err != nil {
			return nil, err
		}
		if text, err = paths.readJournal(); err != nil {
			return nil, err
		}
	}
	l.journal, err = paths.continueJournal(text)
	return l.journal, err
}

func (l *Local) closeJournal() {
	if l.journal != nil {
		l.journal.close()
		l.journal = nil
	}
}
