// Package store keeps a state and the journal of a run: it has the rules of which text may follow which, of locks, of
// what is sealed and of moving a state elsewhere, once for all places. A Backend keeps the texts, in files (package
// local) or elsewhere. The package has the text of the journal; that of the state is package state's.
package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"countersign/state"
)

// Store reads and writes a state and its journal, wherever a Backend keeps them. Its methods may be called from several
// goroutines.
//
// The state is rewritten once, at the end of a run; in between, what is done to the drive goes to the journal.
// The journal names the serial it continues. Write first replaces the state, raising its serial, and then the
// journal: a process killed in between leaves a journal of an older serial, whose settled records the state holds
// already and whose pending intents are pending still, so nothing is counted twice and nothing is lost.
type Store struct {
	backend Backend
	cipher  Cipher

	// Waiting is called, unless it is nil, when a lock is waited for: who holds it, and how long the wait may take.
	Waiting func(holder LockInfo, left time.Duration)

	mu     sync.Mutex
	known  version    // the one that was read or written last
	beside journalEnd // of the journal that was read last
	// rekeying is set while what is kept is being sealed anew: a run that is cut off leaves a journal of before.
	rekeying bool
	journal  *openJournal // nil until this process writes to it
	lockID   string       // of the lock that Lock took; "" without one

	noting  sync.Mutex
	waiting []*noted // what the next holder of mu appends to the journal
}

// version is a version of the state as a backend has it; the zero version is that of a state that is not there.
type version struct {
	id   *state.Identity
	mark Version
	key  string // that it is sealed with
}

func newVersion(st state.State, mark Version, key string) version {
	is := st.Identity()
	return version{&is, mark, key}
}

// New keeps a state in a backend, sealed by a cipher unless that is nil. Nothing is read or made yet.
func New(b Backend, c Cipher) *Store {
	if c == nil {
		c = inClear{}
	}
	return &Store{backend: b, cipher: c}
}

// Path says where the state is.
func (s *Store) Path() string { return s.backend.Where().State }

// Files are the files of this machine that the state is kept in. Nothing else may be written to them.
func (s *Store) Files() []string { return s.backend.Where().Files }

// Read returns the state with its journal folded in, and the intents whose outcome is unknown. Without a state, it is
// an empty one of lineage "", or of its journal's lineage when the very first run was interrupted. The error is a
// *MigratedError when the state has moved elsewhere. It writes nothing.
func (s *Store) Read(ctx context.Context) (state.State, []state.Intent, error) {
	st, pending, _, err := s.read(ctx)
	return st, pending, err
}

// Unchanged reports whether state and journal are still as Read has returned them.
func (s *Store) Unchanged(ctx context.Context) bool {
	journal, _, err := s.readJournal(ctx) // first, as in read
	if err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, mark, err := s.backend.Load(ctx, s.known.mark)
	return err == nil && mark == s.known.mark && journal.end == s.beside
}

// Unfolded reports whether the journal says something that the state does not: a run ended before it could write the
// state, so Write is needed even if nothing else has changed.
func (s *Store) Unfolded(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	journal, _, err := s.readJournal(ctx)
	if err != nil || len(journal.records) == 0 {
		return false, err // whatever the state says, which may be long to read
	}
	_, pending, unfolded, err := s.read(ctx)
	return unfolded || len(pending) > 0, err
}

// read is Read; unfolded reports whether the journal has records that the state does not hold.
func (s *Store) read(ctx context.Context) (st state.State, pending []state.Intent, unfolded bool, err error) {
	if err := ctx.Err(); err != nil {
		return state.State{}, nil, false, err
	}
	// The journal goes first: if another process writes the state meanwhile, this journal is of an older serial, which
	// does no harm. In the other order, what it holds would be missed.
	journal, _, err := s.readJournal(ctx)
	if err != nil {
		return state.State{}, nil, false, err
	}
	st = state.State{Version: state.FormatVersion, Bindings: []state.Binding{}, Outputs: map[string]state.Output{}}
	present := version{}
	text, key, mark, err := s.load(ctx, "")
	if err == nil && text != nil {
		if st, err = state.Decode(text); err != nil {
			err = s.unusable(err)
		}
		present = newVersion(st, mark, key)
	}
	if err != nil {
		return state.State{}, nil, false, err
	}
	stale, err := s.follows(journal, present)
	if err != nil {
		return state.State{}, nil, false, err
	}
	s.mu.Lock()
	s.known, s.beside = present, journal.end
	s.mu.Unlock()
	if text == nil {
		st.Lineage = journal.end.of.Lineage
	}
	st, records := state.Respelled(st, journal.records)
	folded, pending := state.Fold(st, records)
	if !stale {
		st = folded
	}
	return st, pending, !stale && len(journal.records) > 0, s.usable(st, pending)
}

// load returns the text of the state in clear, and the key that it is sealed with. The text is nil when there is none,
// and may be when the version is the known one.
func (s *Store) load(ctx context.Context, known Version) (text []byte, key string, mark Version, err error) {
	if text, mark, err = s.backend.Load(ctx, known); err != nil {
		return nil, "", "", fmt.Errorf("read the state: %w", err)
	}
	if text != nil {
		if text, key, err = openState(s.cipher, text); err != nil {
			return nil, "", "", s.unusable(err)
		}
		if key == "" {
			if err := s.inClear(); err != nil {
				return nil, "", "", fmt.Errorf("the state %s cannot be used: %w", s.Path(), err)
			}
		}
	}
	return text, key, mark, nil
}

// present is the version that is there now. Its text is parsed only if it is not the known one.
func (s *Store) present(ctx context.Context) (version, error) {
	text, key, mark, err := s.load(ctx, s.known.mark)
	switch {
	case err != nil:
		return version{}, err
	case mark == "":
		return version{}, nil
	case mark == s.known.mark:
		return s.known, nil
	}
	st, err := state.Decode(text)
	if err != nil {
		return version{}, s.unusable(err)
	}
	return newVersion(st, mark, key), s.usable(st, nil)
}

func (s *Store) unusable(err error) error { return Unusable(s.Path(), s.backend.Backup(), err) }

// Unusable says that a state cannot be used, and what to do. backup is where the version before it is, "" without one.
func Unusable(where, backup string, err error) error {
	if errors.Is(err, ErrKey) {
		return fmt.Errorf("the state %s cannot be read: %w; nothing has been changed", where, err)
	}
	advice := "mend it, or move it away and put a good copy in its place"
	if backup != "" {
		advice += "; the version before it is in " + backup
	}
	return fmt.Errorf("the state %s cannot be used: %w; nothing has been changed: %s", where, err, advice)
}

// follows checks that a journal belongs to the state that is there. A stale one continues an earlier serial: the state
// was written, and the process killed before it emptied the journal.
func (s *Store) follows(journal journalText, at version) (stale bool, err error) {
	of, where, present := journal.end.of, s.backend.Where(), at.id
	switch {
	case journal.none():
		return false, nil
	case journal.end.key == "" && at.key != "" && !s.rekeying:
		return false, fmt.Errorf("the state %s is encrypted, and its journal %s is in clear: "+
			"somebody has put it there, or `countersign state rekey` was cut off: then run that again; "+
			"nothing has been changed", where.State, where.Journal)
	case present == nil && of.Serial > 0:
		backup := s.backend.Backup()
		if backup != "" {
			backup = fmt.Sprintf(" (%s is the version before it)", backup)
		}
		return false, fmt.Errorf("the state %s is gone, but its journal %s, which continues serial %d of it, "+
			"is there: put the state back%s, or, if it was deleted on purpose, delete the journal too",
			where.State, where.Journal, of.Serial, backup)
	case present == nil:
		return false, nil
	case of.Lineage != present.Lineage:
		return false, fmt.Errorf("the journal %s belongs to another state (lineage %s) than %s (lineage %s): "+
			"put the state back that it belongs to, or move the journal away",
			where.Journal, of.Lineage, where.State, present.Lineage)
	case of.Serial > present.Serial:
		return false, fmt.Errorf("the state %s has serial %d, but its journal %s continues serial %d: "+
			"an older copy has been put in its place; put the newer one back, or move the journal away "+
			"and look in the next plan for what it may have done",
			where.State, present.Serial, where.Journal, of.Serial)
	}
	return of.Serial < present.Serial, nil
}

// Write writes st as the next version and removes all from the journal but the intents whose outcome is unknown. What
// is there must have the serial and lineage of st, or there must be nothing. The serial is raised by one, a lineage
// made where there is none. It returns the state written. What has been done must be recorded: a cancelled ctx does not
// stop it.
func (s *Store) Write(ctx context.Context, st state.State) (state.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	now, journal, err := s.now(ctx)
	if err != nil {
		return st, err
	}
	key, err := s.keyOf(now, journal.end)
	if err != nil {
		return st, err
	}
	present := now.id
	if present == nil && st.Serial > 0 { // deleted since it was read: what it held is in st
		is := st.Identity()
		present = &is
	}
	if _, err := s.follows(journal, version{id: present, key: now.key}); err != nil {
		return st, err
	}
	if present == nil && !journal.none() {
		if st.Lineage == "" { // it was read before Begin made the lineage
			st.Lineage = journal.end.of.Lineage
		}
		present = &state.Identity{Lineage: journal.end.of.Lineage}
	}
	if err := s.succeeds(st, present); err != nil {
		if s.lockLost(ctx) { // which explains the other run, and says what becomes of this one
			err = fmt.Errorf("write the state %s: %w", s.Path(), ErrLockLost)
		}
		return st, err
	}
	_, pending := state.Fold(state.State{}, journal.records)
	return s.replace(ctx, st, now.mark, key, pending)
}

// now is the state and the journal that are there.
func (s *Store) now(ctx context.Context) (version, journalText, error) {
	now, err := s.present(ctx)
	if err != nil {
		return now, journalText{}, err
	}
	journal, _, err := s.readJournal(ctx)
	return now, journal, err
}

// succeeds refuses a state that was not made from the present one, nil for none.
func (s *Store) succeeds(st state.State, present *state.Identity) error {
	switch {
	case present == nil:
		return nil
	case st.Lineage == "":
		return fmt.Errorf("the state %s was not there when it was read: another run has made it; "+
			"nothing has been changed: plan again", s.Path())
	case st.Lineage != present.Lineage:
		return fmt.Errorf("the state %s is of another lineage (%s) than the one to be written (%s); "+
			"nothing has been changed", s.Path(), present.Lineage, st.Lineage)
	case st.Serial != present.Serial:
		return fmt.Errorf("the state %s has serial %d, not %d as when it was read: "+
			"another run has changed it; nothing has been changed: plan again", s.Path(), present.Serial, st.Serial)
	}
	return nil
}

// Push puts st, which may come from elsewhere, in the place of the present state, and returns what is written: its
// serial is above both. Unless forced, st must be of the same lineage and not of a lower serial, and no intent may be
// pending. Forced, such intents are forgotten, and a state that was moved away from here is used here again. What else
// the journal holds is written to the state first, so that the backup has it. A damaged state is not pushed over: move
// it away.
func (s *Store) Push(ctx context.Context, st state.State, force bool) (state.State, error) {
	if err := ctx.Err(); err != nil {
		return st, err
	}
	if err := st.Check(); err != nil {
		return st, fmt.Errorf("the state given cannot be used: %w; nothing has been changed", err)
	}
	present, pending, unfolded, err := s.read(ctx)
	var gone *MigratedError
	if errors.As(err, &gone) && force { // somebody wants to use it here again
		present, err = gone.State, nil
	}
	if err != nil {
		return st, err
	}
	st.Migrated = nil
	var errs []error
	if present.Lineage != "" && present.Lineage != st.Lineage {
		errs = append(errs, fmt.Errorf("it is of another lineage (%s) than the present state (%s)",
			st.Lineage, present.Lineage))
	} else if st.Serial < present.Serial {
		errs = append(errs, fmt.Errorf("its serial %d is lower than that of the present state, %d",
			st.Serial, present.Serial))
	}
	if len(pending) > 0 {
		errs = append(errs, fmt.Errorf("an interrupted run left %d writes whose outcome is not known; "+
			"apply finds it out", len(pending)))
	}
	if len(errs) > 0 && !force {
		return st, fmt.Errorf("the state given does not follow the one in %s: %w; nothing has been changed: "+
			"pull again, or use -force", s.Path(), errors.Join(errs...))
	}
	if unfolded && gone == nil {
		if present, err = s.Write(ctx, present); err != nil {
			return st, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key, err := s.keyOf(s.known, s.beside)
	if err != nil {
		return st, err
	}
	st.Serial = max(st.Serial, present.Serial)
	return s.replace(context.WithoutCancel(ctx), st, s.known.mark, key, nil)
}

// replace writes st under the next serial, and leaves of the journal what is pending.
func (s *Store) replace(ctx context.Context, st state.State, was Version, key string, pending []state.Intent) (
	state.State, error) {
	next, where := st, s.Path()
	if next.Lineage == "" {
		next.Lineage = uuid.NewString()
	}
	var err error
	if next.Serial, err = state.Raise(st.Serial); err != nil {
		return st, fmt.Errorf("the state %s cannot be written: %w; nothing has been changed", where, err)
	}
	next.Version = next.Format()
	text, err := state.Encode(next)
	if err != nil {
		return st, fmt.Errorf("the state to be written to %s is not sound: %w; nothing has been changed", where, err)
	}
	of := next.Identity()
	var mark Version
	if text, err = sealState(s.cipher, key, of, text); err == nil {
		mark, err = s.backend.Replace(ctx, of, text, was)
	}
	if err != nil {
		return st, fmt.Errorf("write the state %s: %w", where, err)
	}
	s.known = version{&of, mark, key}
	s.journal = nil
	if len(pending) == 0 {
		_, err = s.backend.ReplaceJournal(ctx, nil)
	} else {
		_, _, err = s.startJournal(ctx, of, key, pending)
	}
	if err != nil {
		return next, fmt.Errorf("the state %s is written, but its journal could not be emptied: %w", where, err)
	}
	return next, nil
}
