package httpstate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/google/uuid"

	"countersign/state"
)

// document is a journal as the server keeps it: in the shape of a state, with a serial that rises with every write,
// because GitLab keeps each serial once. A journal that was removed is one without entries: GitLab lets few delete, and
// takes its time with it.
type document struct {
	Version int      `json:"version"`
	Lineage string   `json:"lineage"`
	Serial  uint64   `json:"serial"`
	Entries [][]byte `json:"journal"` // in base64
}

// journal is a document as it was read or written last.
type journal struct {
	backend *Backend
	entries [][]byte // that it had when it was read or started

	mu     sync.Mutex
	doc    document
	text   []byte
	sure   bool  // it was written, or looked at again, under the lock
	broken error // why nothing can be appended any more
}

// journal reads the document; with neither a journal nor a former one, its text is nil.
func (b *Backend) journal(ctx context.Context) (*journal, error) {
	j := &journal{backend: b, doc: document{Version: 1, Lineage: uuid.NewString()}}
	var err error
	if j.text, err = b.get(ctx, b.JournalAddress); err != nil || j.text == nil {
		return j, err
	}
	var found document
	var keys map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(j.text, &found), json.Unmarshal(j.text, &keys)); err != nil ||
		keys["journal"] == nil || found.Lineage == "" {
		return nil, fmt.Errorf("%s is in the way: it is not the journal of a state, and is left as it is; "+
			"write another journal_address", b.Where().Journal)
	}
	if found.Version > 1 {
		return nil, fmt.Errorf("%s has format version %d: use a newer countersign", b.Where().Journal, found.Version)
	}
	j.doc, j.entries = found, found.Entries
	return j, nil
}

// Journal implements state.Backend.
func (b *Backend) Journal(ctx context.Context) (state.Journal, error) {
	j, err := b.journal(ctx)
	if err != nil || len(j.entries) == 0 {
		return nil, err
	}
	return j, nil
}

// StartJournal implements state.Backend.
func (b *Backend) StartJournal(ctx context.Context, entries [][]byte) (state.Journal, error) {
	if err := b.stillHeld(ctx); err != nil {
		return nil, err
	}
	j, err := b.journal(ctx)
	if err != nil {
		return nil, err
	}
	j.entries = entries
	return j, j.write(ctx, entries)
}

// RemoveJournal implements state.Backend.
func (b *Backend) RemoveJournal(ctx context.Context) error {
	if err := b.stillHeld(ctx); err != nil {
		return err
	}
	j, err := b.journal(ctx)
	if err != nil || len(j.entries) == 0 {
		return err
	}
	return j.write(ctx, [][]byte{})
}

// write puts other entries in the place of those that are there.
func (j *journal) write(ctx context.Context, entries [][]byte) error {
	doc := j.doc
	doc.Serial++
	doc.Entries = entries
	text, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	if unknown, err := j.backend.put(ctx, j.backend.JournalAddress, append(text, '\n'), j.text); err != nil {
		if unknown || errors.Is(err, state.ErrChanged) {
			j.broken = err
		}
		return err
	}
	j.doc, j.text, j.sure = doc, append(text, '\n'), true
	return nil
}

// Entries implements state.Journal.
func (j *journal) Entries() [][]byte { return slices.Clone(j.entries) }

// Append implements state.Journal. What it has appended is on the server when it returns: a Store gathers what is noted
// at the same time. The server does not compare the lock's ID with that of another document, so it is asked before.
func (j *journal) Append(ctx context.Context, entries [][]byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	if err := j.backend.stillHeld(ctx); err != nil {
		return err
	}
	j.backend.mu.Lock()
	held := j.backend.held != nil
	j.backend.mu.Unlock()
	if !held || !j.sure {
		now, err := j.backend.get(ctx, j.backend.JournalAddress)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, j.text) {
			return errors.New("another process has written to it; is one running without the lock?")
		}
	}
	all := slices.Concat(j.doc.Entries, entries)
	for i := len(j.doc.Entries); i < len(all); i++ {
		all[i] = bytes.Clone(all[i])
	}
	return j.write(ctx, all)
}

// Sync implements state.Journal.
func (j *journal) Sync(context.Context) error { return nil }

// Close implements state.Journal.
func (j *journal) Close() error { return nil }
