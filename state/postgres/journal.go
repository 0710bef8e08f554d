package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"countersign/state/store"
)

// journal is a journal as it was read or written last. Journals of a state have numbers. Each write raises the number
// or the length, so that a late one is refused.
type journal struct {
	backend        *Backend
	number, length int64
}

// Journal implements store.Backend. What was appended together is a row.
func (b *Backend) Journal(ctx context.Context) ([][]byte, store.Journal, error) {
	j := &journal{backend: b}
	var size int64
	rows, err := read(ctx, b, func(row pgx.CollectableRow) (entries [][]byte, err error) {
		return entries, row.Scan(&j.number, &j.length, &size, &entries)
	}, `SELECT number, length, size, CASE WHEN size <= $2 THEN entries END FROM (
	SELECT s.journal AS number, s.length, coalesce(sum(octets) OVER (), 0)::bigint AS size, j.entries, j.position
	FROM `+b.states+` s LEFT JOIN `+b.journals+` j ON j.name = s.name AND j.journal = s.journal
	LEFT JOIN LATERAL (SELECT sum(octet_length(e)) AS octets FROM unnest(j.entries) e) o ON true
	WHERE s.name = $1) found
ORDER BY position`, b.Name, b.most)
	if err != nil || j.length == 0 {
		return nil, nil, err
	}
	if size > b.most {
		return nil, nil, fmt.Errorf("%s has %d bytes, and more than %d are not read", b.Where().Journal, size, b.most)
	}
	entries := slices.Concat(rows...)
	if int64(len(entries)) != j.length {
		return nil, nil, fmt.Errorf("%s: it has %d entries in the table %s, and should have %d", b.Where().Journal,
			len(entries), b.journals, j.length)
	}
	return entries, j, nil
}

// ReplaceJournal implements store.Backend.
func (b *Backend) ReplaceJournal(ctx context.Context, entries [][]byte) (store.Journal, error) {
	for length := int64(len(entries)); ; {
		h, err := b.head(ctx)
		if err != nil {
			return nil, err
		}
		if h == nil {
			h = new(head)
		}
		if length+h.length == 0 {
			return nil, nil
		}
		err = b.write(ctx, uuid.NewString(), `journal = journal + 1, length = $5`, `journal = $4`,
			`, new AS (INSERT INTO `+b.journals+` (name, journal, position, entries)
SELECT name, journal, 0, $6::bytea[] FROM head WHERE length > 0),
old AS (DELETE FROM `+b.journals+` j USING head WHERE j.name = head.name AND j.journal < head.journal)
SELECT FROM head`, h.journal, length, entries)
		if !errors.Is(err, store.ErrChanged) {
			return &journal{b, h.journal + 1, length}, err
		}
	}
}

// Append implements store.Journal, in one round trip. A commit is durable, also where the server is set to answer
// before that.
func (j *journal) Append(ctx context.Context, entries [][]byte, _ bool) error {
	err := j.backend.write(ctx, uuid.NewString(), `length = length + $4`, `journal = $5 AND length = $6`,
		`INSERT INTO `+j.backend.journals+` (name, journal, position, entries)
SELECT name, journal, $6, $7::bytea[] FROM head`,
		int64(len(entries)), j.number, j.length, entries)
	switch {
	case errors.Is(err, store.ErrChanged):
		return store.ErrOtherWriter
	case errors.Is(err, store.ErrLockLost):
		return err
	case err != nil: // it may have been done nonetheless
		return fmt.Errorf("%w: %w", store.ErrUnknown, err)
	}
	j.length += int64(len(entries))
	return nil
}
