package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"countersign/state"
)

// journal is a journal as it was read or written last. Journals of a state have numbers, and each write raises the number
// or the length, so that a late one fits no more.
type journal struct {
	backend *Backend
	number  int64
	entries [][]byte // that it had when it was read or started

	mu     sync.Mutex
	length int64
	broken error // why nothing can be appended any more
}

// Journal implements state.Backend. What was appended together is a row.
func (b *Backend) Journal(ctx context.Context) (state.Journal, error) {
	j := &journal{backend: b}
	rows, err := read(ctx, b, func(row pgx.CollectableRow) (entries [][]byte, err error) {
		return entries, row.Scan(&j.number, &j.length, &entries)
	}, `SELECT s.journal, s.length, j.entries FROM `+b.states+` s
LEFT JOIN `+b.journals+` j ON j.name = s.name AND j.journal = s.journal WHERE s.name = $1 ORDER BY j.position`, b.Name)
	if err != nil || j.length == 0 {
		return nil, err
	}
	if j.entries = slices.Concat(rows...); int64(len(j.entries)) != j.length {
		return nil, fmt.Errorf("%s: it has %d entries in the table %s, and should have %d", b.Where().Journal,
			len(j.entries), b.journals, j.length)
	}
	return j, nil
}

// StartJournal implements state.Backend.
func (b *Backend) StartJournal(ctx context.Context, entries [][]byte) (state.Journal, error) {
	was, err := b.nextJournal(ctx, int64(len(entries)), `, new AS (INSERT INTO `+b.journals+` (name, journal, position, entries)
SELECT name, journal, 0, $6::bytea[] FROM head)`, entries)
	if err != nil {
		return nil, err
	}
	return &journal{backend: b, number: was + 1, entries: entries, length: int64(len(entries))}, nil
}

// RemoveJournal implements state.Backend.
func (b *Backend) RemoveJournal(ctx context.Context) error {
	h, err := b.head(ctx)
	if err != nil || h == nil || h.length == 0 {
		return err
	}
	_, err = b.nextJournal(ctx, 0, "")
	return err
}

// nextJournal puts another journal, or none, in the place of the one that was, whose number is returned.
func (b *Backend) nextJournal(ctx context.Context, length int64, with string, args ...any) (was int64, err error) {
	for {
		h, err := b.head(ctx)
		if err != nil {
			return 0, err
		}
		if h != nil {
			was = h.journal
		}
		err = b.write(ctx, uuid.NewString(), `journal = journal + 1, length = $5`, `journal = $4`,
			with+`, old AS (DELETE FROM `+b.journals+` j USING head WHERE j.name = head.name AND j.journal < head.journal)
SELECT FROM head`, append([]any{was, length}, args...)...)
		if !errors.Is(err, state.ErrChanged) {
			return was, err
		}
	}
}

var errOtherWriter = errors.New("another process has written to it; is one running without the lock?")

// Entries implements state.Journal.
func (j *journal) Entries() [][]byte { return slices.Clone(j.entries) }

// Append implements state.Journal, in one round trip. What it has appended is in the database when it returns: a Store
// gathers what is noted at the same time.
func (j *journal) Append(ctx context.Context, entries [][]byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	more := make([][]byte, len(entries))
	for i, e := range entries {
		more[i] = bytes.Clone(e)
	}
	err := j.backend.write(ctx, uuid.NewString(), `length = length + $4`, `journal = $5 AND length = $6`,
		`INSERT INTO `+j.backend.journals+` (name, journal, position, entries) SELECT name, journal, $6, $7::bytea[] FROM head`,
		int64(len(more)), j.number, j.length, more)
	switch {
	case errors.Is(err, state.ErrChanged):
		return errOtherWriter
	case err != nil && !errors.Is(err, state.ErrLockLost): // it may have been done all the same
		j.broken = err
		return err
	case err != nil:
		return err
	}
	j.length += int64(len(more))
	return nil
}

// Sync implements state.Journal. A commit is durable, also where the server is told to answer before that.
func (j *journal) Sync(context.Context) error { return nil }

// Close implements state.Journal.
func (j *journal) Close() error { return nil }
