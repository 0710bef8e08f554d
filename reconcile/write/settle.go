package write

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"countersign/schema"
	"countersign/state"
)

// Settle finds out from a scope's list whether an intent took place, and which other templates fit a create. taken
// reports which ids are bound already. It is a pure function.
func Settle(in *state.Intent, list List, taken func(id int64) bool) (out state.Outcome, spare []int64) {
	out = state.Outcome{Seq: in.Seq}
	switch live := list.ByID[in.ID]; in.Op {
	case state.OpCreate:
		born := newborn(in, list, taken)
		if len(born) == 0 {
			return out, nil
		}
		out.Done, out.ID = true, born[0].ID
		for _, l := range born[1:] {
			spare = append(spare, l.ID)
		}
		slices.Sort(spare)
	case state.OpUpdate:
		out.Done = live != nil && live.Template.Equal(*in.Wants)
	default:
		out.Done = live == nil
	}
	return out, spare
}

// newborn finds the templates that a create may have made: of its title, on its scope, not there before and not bound.
// Those with the intended content come before those that were edited since; then the oldest, with the lowest id, first.
func newborn(in *state.Intent, list List, taken func(id int64) bool) []*schema.Live {
	var found []*schema.Live
	for _, l := range list.ByTitle[schema.TitleIn(in.ScopeID, in.Wants.Title)] {
		if _, before := slices.BinarySearch(in.Known, l.ID); !before && !taken(l.ID) {
			found = append(found, l)
		}
	}
	rank := func(l *schema.Live) int {
		if l.Template.Equal(*in.Wants) {
			return 0
		}
		return 1
	}
	slices.SortFunc(found, func(a, b *schema.Live) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a.ID, b.ID)) })
	return slices.CompactFunc(found, func(a, b *schema.Live) bool { return a.ID == b.ID })
}

// A list that lacks a template may be a list that is not whole. So a template that was made or taken over counts as
// gone only when the drive, asked for it by its id, says that there is none.

// Vanished is nil when the drive, asked for a template that a list lacks, says that there is none.
func (w *Writer) Vanished(ctx context.Context, id int64) error {
	w.Slots <- struct{}{}
	defer func() { <-w.Slots }()
	l, err := LookFor(context.WithoutCancel(ctx), w.Drive, id)
	switch {
	case err != nil:
		return fmt.Errorf("tid %d is not in the list, and asking for it failed: %w", id, err)
	case l != nil:
		return fmt.Errorf(
			"tid %d is not in the list, and the drive has it on %d when it is asked for it by its id; plan again",
			id, l.ScopeID)
	}
	return nil
}

// LookFor asks for a template by its id. It is nil only when there is none: the drive says so, or it refuses the answer
// and the template is not among those that the token may manage either.
func LookFor(ctx context.Context, d Drive, id int64) (*schema.Live, error) {
	l, _, err := d.Template(ctx, id, 0)
	var gone interface{ NotFound() bool }
	var no interface{ Refused() bool }
	switch {
	case err == nil:
		return &l, nil
	case errors.As(err, &gone) && gone.NotFound():
		return nil, nil
	case !errors.As(err, &no) || !no.Refused():
		return nil, err
	}
	managed, other := d.Managed(ctx)
	if other != nil {
		return nil, fmt.Errorf("%w; reading what the token may manage failed too: %w", err, other)
	}
	if slices.ContainsFunc(managed, func(m schema.Managed) bool { return m.ID == id }) {
		return nil, err
	}
	return nil, nil
}
