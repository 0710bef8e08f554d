package s3

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"

	"countersign/state/store"
)

// partSize is from how many bytes on entries are put into a part: so much at most is sent again with each write.
const partSize = 128 << 10

// journal is one as it was read or written last.
type journal struct {
	backend *Backend
	id      string
	length  int // in entries
}

// Journal implements store.Backend.
func (b *Backend) Journal(ctx context.Context) ([][]byte, store.Journal, error) {
	for {
		b.mu.Lock()
		now, err := b.look(ctx)
		b.mu.Unlock()
		if err != nil || now.Journal == "" {
			return nil, nil, err
		}
		entries, missing, err := b.parts(ctx, now.Parts)
		switch {
		case err != nil:
			return nil, nil, err
		case missing == "":
			entries = append(entries, now.rest...)
			if len(entries) != now.Entries {
				return nil, nil, fmt.Errorf("%s has %d entries and must have %d", b.Where().Journal, len(entries),
					now.Entries)
			}
			return entries, &journal{b, now.Journal, len(entries)}, nil
		}
		b.mu.Lock() // it may have been removed meanwhile
		again, err := b.look(ctx)
		b.mu.Unlock()
		if err != nil {
			return nil, nil, err
		}
		if again.Journal == now.Journal {
			return nil, nil, fmt.Errorf("%s, a part of the journal %s, is gone: put it back, or, "+
				"if it cannot be found, move the journal away and look in the next plan for what it may have told",
				b.address(missing), b.Where().Journal)
		}
	}
}

// parts reads the parts of a journal; missing is one that is not there.
func (b *Backend) parts(ctx context.Context, keys []string) (entries [][]byte, missing string, err error) {
	size := 0
	for _, key := range keys {
		o, err := b.get(ctx, key, "")
		if err != nil {
			return nil, "", err
		}
		if o.etag == "" {
			return nil, key, nil
		}
		if size += len(o.body); size > b.most {
			return nil, "", fmt.Errorf("the journal %s has more than %d bytes", b.Where().Journal, b.most)
		}
		entries = append(entries, bytes.Split(o.body, []byte("\n"))...)
	}
	return entries, "", nil
}

// ReplaceJournal implements store.Backend.
func (b *Backend) ReplaceJournal(ctx context.Context, entries [][]byte) (store.Journal, error) {
	j := &journal{b, "", len(entries)}
	if len(entries) > 0 {
		j.id = uuid.NewString()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var old []string
	err := b.change(ctx, func(r *run) error {
		if r.Journal == "" && j.id == "" {
			return errSame
		}
		old = r.Parts
		r.Journal, r.Entries, r.Parts, r.rest = j.id, j.length, nil, entries
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, key := range old { // by names that are never used again; what cannot be removed does no harm
		ctx, cancel := b.limited(ctx, key)
		_ = b.store.RemoveObject(ctx, b.Bucket, key, minio.RemoveObjectOptions{})
		cancel()
	}
	return j, nil
}

// Append implements store.Journal.
func (j *journal) Append(ctx context.Context, entries [][]byte, _ bool) error {
	b, part := j.backend, ""
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.change(ctx, func(r *run) error {
		if r.Journal != j.id || r.Entries != j.length {
			return store.ErrOtherWriter
		}
		if text := bytes.Join(r.rest, []byte("\n")); len(text) >= partSize {
			if part == "" {
				key := fmt.Sprintf("%s.%s", b.journalKey(), uuid.NewString())
				if _, err := b.put(ctx, key, text, ""); err != nil {
					return err
				}
				part = key
			}
			r.Parts, r.rest = append(r.Parts, part), nil
		}
		r.rest = append(r.rest, entries...)
		r.Entries += len(entries)
		return nil
	})
	if err == nil {
		j.length += len(entries)
	}
	return err
}
