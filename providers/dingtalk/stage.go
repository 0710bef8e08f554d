package dingtalk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"countersign/providers/route"
	"countersign/schema"
)

// Upload is a file to be staged in the approval space.
type Upload struct {
	UserID     string // who uploads, by the organisation's id; gets the right to upload
	UnionID    string // the same person by the developer's id
	ParentID   string // folder; "" is the root
	Name       string
	Size       int64  // bytes; the file must have exactly so many while it is sent
	MD5        string // lower-case hex, checked by the service; "" to leave that out
	OnConflict schema.Conflict

	// Open returns the file from its beginning. It is called again for each try, and by several goroutines for parts.
	// Where what it returns is an io.ReaderAt or io.Seeker, as an *os.File is, a part costs no reading of what is
	// before it.
	Open func() (io.ReadCloser, error)
	// Progress, if not nil, gets how many bytes are sent; the number goes back when some must be sent again.
	Progress func(sent int64)
}

// check says everything that can be seen to be wrong before a call is made.
func (u Upload) check() error {
	wrong := []error{CheckName(u.Name), CheckConflict(u.OnConflict)}
	if u.UserID == "" {
		wrong = append(wrong, errors.New("no user_id: who uploads"))
	}
	if u.UnionID == "" {
		wrong = append(wrong, errors.New("no union_id: the unionId of who uploads"))
	}
	if u.Size < 0 {
		wrong = append(wrong, fmt.Errorf("size %d", u.Size))
	}
	if u.Open == nil {
		wrong = append(wrong, errors.New("nothing to read the file with"))
	}
	return errors.Join(wrong...)
}

const (
	// grantLife is how long the right to upload is relied on. How long it really lasts is not documented.
	grantLife = 10 * time.Minute
	// renewals is how often a ticket that is not taken is replaced before the fault must be elsewhere.
	renewals = 2
)

// Stage puts a file into the approval space: right to upload, ticket, bytes, commit. It uses as much memory for a large
// file as for a small one. A ticket that expires is replaced; after a commit whose answer is lost, it looks into the
// folder. If that does not show what happened, the error's OutcomeUnknown is true.
func (c *Client) Stage(ctx context.Context, u Upload) (Dentry, error) {
	d, err := c.stage(ctx, u)
	if err != nil {
		return Dentry{}, fmt.Errorf("stage %s in DingTalk: %w", u.Name, err)
	}
	return d, nil
}

func (c *Client) stage(ctx context.Context, u Upload) (Dentry, error) {
	if err := u.check(); err != nil {
		return Dentry{}, c.of(call{name: callTicket, about: u.Name}).Refuse(err)
	}
	space, err := c.Space(ctx, u.UserID)
	if err != nil {
		return Dentry{}, err
	}
	granted := c.now()
	request := TicketRequest{SpaceID: space, UnionID: u.UnionID, Size: u.Size, MD5: u.MD5}
	if u.OnConflict == schema.ConflictFail {
		// Only here is a name clash a fault, and better found before the bytes are sent.
		request.Name, request.ParentID = u.Name, folder(u.ParentID)
	}
	var key UploadKey
	if u.Size > c.above {
		key, err = c.sendParts(ctx, u, request)
	} else {
		key, err = c.sendWhole(ctx, u, request)
	}
	if err != nil {
		return Dentry{}, err
	}
	if c.now().Sub(granted) > grantLife {
		if _, err := c.Space(ctx, u.UserID); err != nil {
			return Dentry{}, err
		}
	}
	return c.commitOrFind(ctx, Commit{space, u.UnionID, key, u.Name, u.ParentID, u.Size, u.OnConflict})
}

// sendWhole uploads a file in one piece.
func (c *Client) sendWhole(ctx context.Context, u Upload, r TicketRequest) (UploadKey, error) {
	m := &meter{report: u.Progress}
	for renewed := 0; ; renewed++ {
		ticket, err := c.UploadTicket(ctx, r)
		if err != nil {
			return "", err
		}
		err = c.put(ctx, delivery{slot: ticket.Slot, about: fmt.Sprintf("file %s, %d bytes", u.Name, u.Size),
			size: u.Size, open: u.Open, meter: m})
		if err == nil {
			return ticket.Key, nil
		}
		if !expired(err) || renewed == renewals {
			return "", err
		}
	}
}

// expired reports whether a new ticket may help after a PUT that failed.
func expired(err error) bool {
	var e *route.Error
	return errors.Is(err, ErrExpired) || errors.As(err, &e) && e.Status == http.StatusForbidden
}

// commitOrFind commits, and finds out what became of a commit whose answer was lost.
func (c *Client) commitOrFind(ctx context.Context, r Commit) (Dentry, error) {
	since := c.now().Add(time.Duration(c.skew.Load()) - 2*time.Second) // the service's clock is known to the second
	d, err := c.Commit(ctx, r)
	var lost *route.Error
	if err == nil || !errors.As(err, &lost) || !lost.Unknown {
		return d, err
	}
	// The caller may have given up by now, but must still know whether the file is there.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*c.timeout)
	defer cancel()
	look := Search{SpaceID: r.SpaceID, UnionID: r.UnionID, ParentID: r.ParentID, Name: r.Name}
	if r.OnConflict == schema.ConflictReuse {
		// The one commit that may be sent again: if the first made a file, this returns it.
		if d, err := c.Commit(ctx, r); err == nil {
			return d, nil
		}
	} else {
		look.Since, look.Renamed = since, cmp.Or(r.OnConflict, schema.ConflictRename) == schema.ConflictRename
	}
	var found []Dentry
	for try := 0; try < 2 && len(found) == 0; try++ {
		if try > 0 {
			c.rest(ctx) // the service may still have been at it
		}
		if found, err = c.Find(ctx, look); err != nil {
			lost.Err = join(lost.Err, fmt.Errorf("and the folder could not be looked into: %w", err))
			return Dentry{}, lost
		}
		found = c.candidates(found, r)
	}
	switch {
	case len(found) == 1, r.OnConflict == schema.ConflictReuse && len(found) > 0:
		c.mu.Lock()
		c.mine[found[0].ID] = true
		c.mu.Unlock()
		return found[0].filled(r), nil
	case len(found) > 1:
		lost.Err = join(lost.Err, fmt.Errorf("and the folder has %d files that it may have made", len(found)))
	default:
		lost.Err = join(lost.Err, errors.New("and the file was not in the folder a moment later"))
	}
	return Dentry{}, lost
}

// candidates are the files that a commit may have made: as long as it, by the same person, made by no other commit of
// this client. An overwritten file may have been one of its own before.
func (c *Client) candidates(found []Dentry, r Commit) []Dentry {
	if r.OnConflict == schema.ConflictReuse {
		return found
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var fit []Dentry
	for _, d := range found {
		by := cmp.Or(d.ModifierID, d.CreatorID)
		if d.Size == r.Size && (by == "" || by == r.UnionID) &&
			(r.OnConflict == schema.ConflictOverwrite || !c.mine[d.ID]) {
			fit = append(fit, d)
		}
	}
	return fit
}

// rest waits two seconds, or less if the context ends.
func (c *Client) rest(ctx context.Context) {
	t := time.NewTimer(2 * c.tries.Second)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func join(first, second error) error {
	if first == nil {
		return second
	}
	return fmt.Errorf("%w; %w", first, second)
}
