package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"

	"golang.org/x/sync/errgroup"

	"countersign/internal/parallel"
	"countersign/providers/route"
)

// sendParts uploads a file in parts, some of them side by side, each sent again on its own.
func (c *Client) sendParts(ctx context.Context, u Upload, r TicketRequest) (UploadKey, error) {
	size, count, err := divide(u.Size, c.part)
	if err != nil {
		return "", err
	}
	key, err := c.InitParts(ctx, r)
	if err != nil {
		return "", err
	}
	m := &meter{report: u.Progress}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(c.parallel, 1))
	tickets := &partTickets{client: c, unionID: u.UnionID, key: key, count: count, slots: map[int]Slot{}}
	for part := 1; part <= count && ctx.Err() == nil; part++ {
		group.Go(func() (err error) {
			defer parallel.Caught(&err)
			from := int64(part-1) * size
			length := min(size, u.Size-from)
			d := delivery{
				about: fmt.Sprintf("file %s, part %d of %d, %d bytes", u.Name, part, count, length),
				size:  length,
				open:  func() (io.ReadCloser, error) { return section(u.Open, from, length, part == count) },
				meter: m,
			}
			for renewed := 0; ; renewed++ {
				slot, err := tickets.slot(ctx, part, renewed > 0)
				if err != nil {
					return err
				}
				d.slot = slot
				err = c.put(ctx, d)
				if err == nil || !expired(err) || renewed == renewals {
					return err
				}
			}
		})
	}
	return key, group.Wait()
}

// divide says how large the parts of a file are, and how many: no more than the store takes.
func divide(total, size int64) (part int64, count int, err error) {
	if least := (total + mostParts - 1) / mostParts; size < least {
		size = least
	}
	if size > largestPut {
		return 0, 0, fmt.Errorf("a file of %d bytes is more than the store takes", total)
	}
	return size, int((total + size - 1) / size), nil
}

// partTickets gets places for parts, a few parts at a time: a ticket that is not used soon expires.
type partTickets struct {
	client  *Client
	unionID string
	key     UploadKey
	count   int

	mu    sync.Mutex
	asked int          // parts up to this one were asked for
	slots map[int]Slot // of those the ones that were not used yet
}

// slot is the place for a part; a new one if the one it had was not taken.
func (t *partTickets) slot(ctx context.Context, part int, renew bool) (Slot, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, ok := t.slots[part]; ok && !renew && (s.until.IsZero() || t.client.now().Before(s.until)) {
		delete(t.slots, part)
		return s, nil
	}
	if part <= t.asked {
		slots, err := t.client.PartSlots(ctx, t.unionID, t.key, []int{part})
		return slots[part], err
	}
	for part > t.asked {
		var ask []int
		for next := t.asked + 1; next <= t.count && len(ask) < min(partBatch, 2*t.client.parallel); next++ {
			ask = append(ask, next)
		}
		slots, err := t.client.PartSlots(ctx, t.unionID, t.key, ask)
		if err != nil {
			return Slot{}, err
		}
		maps.Copy(t.slots, slots)
		t.asked += len(ask)
	}
	s := t.slots[part]
	delete(t.slots, part)
	return s, nil
}

// section opens a part of a file. The last part has no end of its own, so that a file that grew is seen.
func section(open func() (io.ReadCloser, error), from, length int64, last bool) (io.ReadCloser, error) {
	source, err := open()
	if err != nil {
		return nil, err
	}
	var r io.Reader = source
	at, direct := source.(io.ReaderAt)
	seeker, seeks := source.(io.Seeker)
	switch {
	case direct:
		r = io.NewSectionReader(at, from, length+1)
	case seeks:
		_, err = seeker.Seek(from, io.SeekStart)
	default:
		if _, err = io.CopyN(io.Discard, source, from); errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: it is shorter than it was", route.ErrChanged)
		}
	}
	if err != nil {
		source.Close()
		return nil, err
	}
	if !last {
		r = io.LimitReader(r, length)
	}
	return struct {
		io.Reader
		io.Closer
	}{r, source}, nil
}
