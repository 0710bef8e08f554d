package httpstate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"countersign/state/store"
)

// document is a journal as the server keeps it: in the shape of a state, with a serial that rises with every write,
// because GitLab keeps each serial once. A journal that was removed is one without entries: in GitLab, few may delete,
// and deletion takes time.
type document struct {
	Version int      `json:"version"`
	Lineage string   `json:"lineage"`
	Serial  uint64   `json:"serial"`
	Entries [][]byte `json:"journal"` // in base64
}

// journal is a document as it was read or written last.
type journal struct {
	backend *Backend
	doc     document
	text    []byte
	written bool // by this process, so that under the lock nobody else has changed it
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
	j.doc = found
	return j, nil
}

// Journal implements store.Backend.
func (b *Backend) Journal(ctx context.Context) ([][]byte, store.Journal, error) {
	j, err := b.journal(ctx)
	if err != nil || len(j.doc.Entries) == 0 {
		return nil, nil, err
	}
	return slices.Clone(j.doc.Entries), j, nil
}

// ReplaceJournal implements store.Backend.
func (b *Backend) ReplaceJournal(ctx context.Context, entries [][]byte) (store.Journal, error) {
	if err := b.stillHeld(ctx); err != nil {
		return nil, err
	}
	j, err := b.journal(ctx)
	if err != nil || len(entries)+len(j.doc.Entries) == 0 {
		return nil, err
	}
	return j, j.write(ctx, append([][]byte{}, entries...)) // not nil, which would be no list
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
	err = j.backend.put(ctx, j.backend.JournalAddress, append(text, '\n'), j.text)
	switch {
	case errors.Is(err, store.ErrChanged):
		return store.ErrOtherWriter
	case err != nil:
		return err
	}
	j.doc, j.text, j.written = doc, append(text, '\n'), true
	return nil
}

// Append implements store.Journal. The server compares the lock's ID only with writes of the state, so whether the lock
// is still held is asked before.
func (j *journal) Append(ctx context.Context, entries [][]byte, _ bool) error {
	if err := j.backend.stillHeld(ctx); err != nil {
		return err
	}
	if j.backend.lock() == nil || !j.written {
		now, err := j.backend.get(ctx, j.backend.JournalAddress)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, j.text) {
			return store.ErrOtherWriter
		}
	}
	return j.write(ctx, slices.Concat(j.doc.Entries, entries))
}
