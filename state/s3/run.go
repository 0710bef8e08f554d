package s3

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"countersign/state/store"
)

// run is KEY.journal: who holds the lock, and the journal. It is a line of JSON with a line for each entry after it.
type run struct {
	Version int             `json:"countersign_run"` // of this form
	Write   string          `json:"write"`           // the number of the write
	Fence   uint64          `json:"fence"`           // how often the lock was taken
	Lock    *store.LockInfo `json:"lock"`
	Expires int             `json:"expires_after,omitempty"` // seconds after a write: each renews the lock

	Journal string   `json:"journal,omitempty"` // which one; "" without one
	Entries int      `json:"entries,omitempty"` // how many it has
	Parts   []string `json:"parts,omitempty"`   // objects that have the first of them

	rest [][]byte // the others
}

const runVersion = 1

// seen is a run that was read or written.
type seen struct {
	run
	etag string
	age  time.Duration // when it was read
	at   time.Time     // when that was
}

func (r run) text() ([]byte, error) {
	head, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return append(bytes.Join(append([][]byte{head}, r.rest...), []byte("\n")), '\n'), nil
}

// runOf reads the object, which may not be there.
func (b *Backend) runOf(o object) (*seen, error) {
	s := &seen{run: run{Version: runVersion}, etag: o.etag, age: o.age, at: time.Now()}
	if o.etag == "" {
		return s, nil
	}
	lines := bytes.Split(bytes.TrimSuffix(o.body, []byte("\n")), []byte("\n"))
	err := json.Unmarshal(lines[0], &s.run)
	switch {
	case err == nil && s.Version > runVersion:
		return nil, fmt.Errorf("%s has format version %d: use a newer countersign", b.Where().Journal, s.Version)
	case err != nil || s.Write == "" || s.Version < 1 || len(s.Parts) == 0 && s.Entries != len(lines)-1:
		return nil, fmt.Errorf("%s is in the way: it is not the lock and journal of a state, and is left as it is; "+
			"move it away, or write another key", b.Where().Journal)
	}
	s.rest = lines[1:]
	return s, nil
}

// look reads the run as it is now. b.mu is held.
func (b *Backend) look(ctx context.Context) (*seen, error) {
	known := ""
	if b.seen != nil {
		known = b.seen.etag
	}
	o, err := b.get(ctx, b.journalKey(), known)
	if err == nil && (o.body != nil || o.etag == "") {
		b.seen, err = b.runOf(o)
	}
	if err != nil {
		b.seen = nil
	}
	return b.seen, err
}

// mine reports whether the lock in a run is the one that this process took.
func (b *Backend) mine(r run) bool {
	return b.held != nil && r.Lock != nil && r.Lock.ID == b.held.info.ID && r.Fence == b.held.fence
}

// fenced is the fence of the lock that this process took.
func (b *Backend) fenced() uint64 {
	if b.held == nil {
		return 0
	}
	return b.held.fence
}

// stillHeld returns ErrLockLost when the lock that this process took has been taken away. b.mu is held.
func (b *Backend) stillHeld(ctx context.Context) error {
	if b.held == nil {
		return nil
	}
	now, err := b.look(ctx)
	if err == nil && !b.mine(now.run) {
		err = store.ErrLockLost
	}
	return err
}

// errSame is what an edit returns when there is nothing to change.
var errSame = errors.New("nothing to be changed")

// change edits the run by a conditional write. It begins with what was seen last, and reads what is there when that has
// changed; it refuses nothing because of what was seen before. edit must not change lists in place, and may be called
// several times. If the lock was taken away, the error is ErrLockLost. b.mu is held.
func (b *Backend) change(ctx context.Context, edit func(*run) error) error {
	for fresh := false; ; {
		if b.seen == nil {
			if _, err := b.look(ctx); err != nil {
				return err
			}
			fresh = true
		}
		next := b.seen.run
		next.rest, next.Parts = slices.Clip(next.rest), slices.Clip(next.Parts)
		var err error
		if b.held != nil && !b.mine(next) {
			err = store.ErrLockLost
		} else {
			err = edit(&next)
		}
		switch {
		case err != nil && !fresh:
			if _, err := b.look(ctx); err != nil {
				return err
			}
			fresh = true
			continue
		case errors.Is(err, errSame):
			return nil
		case err != nil:
			return err
		}
		if err := b.probe(ctx); err != nil {
			return err
		}
		next.Write = uuid.NewString()
		text, err := next.text()
		if err != nil {
			return err
		}
		etag, err := b.put(ctx, b.journalKey(), text, b.seen.etag)
		var changed *changedError
		switch {
		case errors.As(err, &changed):
			if b.seen, err = b.runOf(changed.now); err != nil {
				return err
			}
			fresh = true
		case err != nil:
			b.seen = nil
			return err
		default:
			b.seen = &seen{run: next, etag: etag, at: time.Now()}
			return nil
		}
	}
}
