// Package write carries out writes on a drive's templates so that the outcome of each is known: it notes the intent in
// the journal, sends the call, and reads the scope's list when the answer does not say what happened. It knows no plan,
// decides nothing about what is to be written, and reports no progress except by its two callbacks.
package write

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/internal/parallel"
	"countersign/internal/ready"
	"countersign/schema"
	"countersign/state"
)

// Drive is what a write needs of a drive. Errors of CreateLike, Update and Remove say by a method OutcomeUnknown() bool
// whether the write may have taken place; those that do not say count as if it may.
type Drive interface {
	Template(ctx context.Context, id, fileID int64) (schema.Live, map[int64]schema.Person, error)
	Templates(ctx context.Context, fileID int64) (schema.Listing, error)
	Managed(ctx context.Context) ([]schema.Managed, error)
	CreateLike(ctx context.Context, scopeID int64, t schema.Template, opaque string) error
	Update(ctx context.Context, live schema.Live, t schema.Template) error
	Remove(ctx context.Context, id int64) error
}

// Journal is where a write is noted before it is sent, and how it ended.
type Journal interface {
	Begin(ctx context.Context, intents []state.Intent) ([]state.Intent, error)
	Sent(ctx context.Context, mark state.Sent) error
	Settle(ctx context.Context, outcomes []state.Outcome) error
}

// ErrInterrupted is why a write was not sent: the run was told to stop.
var ErrInterrupted = errors.New("interrupted before it was begun")

// Write is one write of one template: before Do what is to be done, afterwards what became of it.
type Write struct {
	Intent state.Intent // Seq is given when it is noted
	Live   *schema.Live // of an update or removal, as it was just read; nil in a removal: it is gone already
	Opaque string       // of a create: the provider's own form of the template that it replaces
	Gone   int64        // of a create: the template that its address stood for and that is gone; noted as removed

	Sent    bool
	Began   time.Time // when it was begun, and then when it was sent
	Done    bool
	Unknown bool    // the drive may have done it, or may still do it: the journal keeps it, and the next run finds out
	ID      int64   // of a create that was done
	Spare   []int64 // of a create that was done: more templates that fit it, sorted
	Err     error   // why it was not done

	gone int // Seq of the intent that notes Gone as removed
}

// Writer carries out writes.
type Writer struct {
	Drive    Drive
	Journal  Journal
	LandWait time.Duration       // how long a write whose answer was lost may take to be carried out
	Slots    chan struct{}       // one for each call at a time
	Taken    func(id int64) bool // whether a template is bound already, so that no create has made it
	Sending  func(*Write)        // called right before each write is sent, in order
	Waiting  func(time.Duration) // called once when it waits for a lost write, with the longest time
}

// Do carries out writes on one scope that do not wait for each other. Cancelling ctx sends no more calls; those under
// way finish, so that their outcome is recorded.
func (w *Writer) Do(ctx context.Context, scope int64, writes []*Write) {
	calls := context.WithoutCancel(ctx)
	if err := w.begin(ctx, writes); err != nil {
		for _, one := range writes {
			one.Err = err
		}
		return
	}
	w.send(ctx, writes)
	w.findOutcomes(calls, scope, writes)
}

// List reads a scope's list. An error means that nothing is known of it.
func (w *Writer) List(ctx context.Context, scope int64) (schema.Listing, error) {
	w.Slots <- struct{}{}
	defer func() { <-w.Slots }()
	if ctx.Err() != nil {
		return schema.Listing{}, ErrInterrupted
	}
	return w.Drive.Templates(context.WithoutCancel(ctx), scope)
}

// begin notes all intents at once.
func (w *Writer) begin(ctx context.Context, writes []*Write) error {
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	intents := make([]state.Intent, 0, len(writes))
	for _, one := range writes {
		if one.Gone != 0 { // so that the new one does not count as replacing it
			intents = append(intents, state.Intent{Op: state.OpRemove, Address: one.Intent.Address, ID: one.Gone,
				ScopeID: one.Intent.ScopeID})
		}
		intents = append(intents, one.Intent)
	}
	noted, err := w.Journal.Begin(context.WithoutCancel(ctx), intents)
	if err != nil {
		return fmt.Errorf("nothing was sent, because the journal could not be written: %w", err)
	}
	for _, one := range writes {
		if one.Gone != 0 {
			one.gone, noted = noted[0].Seq, noted[1:]
		}
		one.Intent, noted = noted[0], noted[1:]
	}
	return nil
}

// send makes the calls side by side, begun in order, and keeps each one's error.
func (w *Writer) send(ctx context.Context, writes []*Write) {
	calls := context.WithoutCancel(ctx)
	var group parallel.Group
	for _, one := range writes {
		w.Slots <- struct{}{}
		if ctx.Err() != nil {
			<-w.Slots
			continue
		}
		one.Sent, one.Began = true, time.Now()
		w.Sending(one)
		group.Go(func() {
			defer func() { <-w.Slots }()
			defer parallel.Caught(&one.Err)
			if one.Err = w.mark(calls, one, w.LandWait); one.Err == nil {
				one.Err = Late(one.Began)
			}
			if one.Err == nil {
				one.Err = w.call(w.timely(calls, one), one)
			}
		})
	}
	group.Wait()
}

// timely is a context for a write that is sent only while it was noted just now. The time in which the drive may carry
// it out begins when it is sent.
func (w *Writer) timely(ctx context.Context, one *Write) context.Context {
	check := Timely(one.Began, func() error { return w.mark(ctx, one, w.LandWait) })
	return ready.With(ctx, func() error {
		err := check()
		one.Began = time.Now()
		return err
	})
}

// mark notes that a call is under way, and for how long it may still take place unseen.
func (w *Writer) mark(ctx context.Context, one *Write, wait time.Duration) error {
	if err := w.Journal.Sent(ctx, state.Sent{Seq: one.Intent.Seq, Wait: wait.Milliseconds()}); err != nil {
		return NotSent(err)
	}
	return nil
}

func (w *Writer) call(ctx context.Context, one *Write) error {
	switch in := &one.Intent; {
	case in.Op == state.OpRemove && one.Live == nil:
		return nil
	case in.Op == state.OpRemove:
		return w.Drive.Remove(ctx, in.ID)
	case in.Op == state.OpUpdate:
		return w.Drive.Update(ctx, *one.Live, *in.Wants)
	default:
		return w.Drive.CreateLike(ctx, in.ScopeID, *in.Wants, one.Opaque)
	}
}

// findOutcomes finds out how writes ended, reading the scope's list where the answers do not say, and notes it. A
// refusal is checked too: what the list shows is what happened.
func (w *Writer) findOutcomes(ctx context.Context, scope int64, writes []*Write) {
	var outcomes []state.Outcome
	for _, one := range writes {
		if one.Gone != 0 {
			outcomes = append(outcomes, state.Outcome{Seq: one.gone, Done: true})
		}
	}
	open := slices.DeleteFunc(slices.Clone(writes), func(one *Write) bool {
		plain := !one.Sent || one.Err == nil && one.Intent.Op != state.OpCreate
		if plain {
			outcomes = append(outcomes, state.Outcome{Seq: one.Intent.Seq, Done: one.Sent})
		}
		return plain
	})
	found, readErr := w.look(ctx, scope, &open)
	outcomes = append(outcomes, found...)
	for _, one := range open {
		switch {
		case !OutcomeUnknown(one.Err): // refused, and reading it back failed too: the refusal stands
			outcomes = append(outcomes, state.Outcome{Seq: one.Intent.Seq})
		case timedOut(one.Err): // the drive is slow: give it far longer before the write may be sent again
			_ = w.mark(ctx, one, max(time.Minute, w.LandWait))
		}
	}
	if len(outcomes) > 0 {
		// A failure here loses nothing: the next run finds out about an intent without an outcome.
		_ = w.Journal.Settle(ctx, outcomes)
	}
	ended := make(map[int]state.Outcome, len(outcomes))
	for _, out := range outcomes {
		ended[out.Seq] = out
	}
	for _, one := range writes {
		out, known := ended[one.Intent.Seq]
		switch {
		case known && out.Done:
			one.Done, one.ID, one.Err = true, out.ID, nil
		case known && !one.Sent:
			one.Err = ErrInterrupted
		case known && OutcomeUnknown(one.Err):
			one.Err = fmt.Errorf("%w. The list, read until %s, %s: it is safe to apply again", one.Err,
				time.Now().Format("15:04:05"), undone(one.Intent.Op))
		case known:
		default:
			one.Unknown, one.Err = true, unsettled(one, scope, readErr)
		}
	}
}

// quiet is how long it waits for a lost write before it calls Waiting.
const quiet = 2 * time.Second

// look reads a scope's list until it shows how all open writes ended, or until the time of those that it does not show
// is over. It returns what it found out, and leaves in open the writes that it found out nothing about.
func (w *Writer) look(ctx context.Context, scope int64, open *[]*Write) (outcomes []state.Outcome, readErr error) {
	began, announced := time.Now(), false
	for wait := w.LandWait / 50; len(*open) > 0; wait = min(wait*2, time.Second) {
		var listing schema.Listing
		if listing, readErr = w.List(ctx, scope); readErr != nil {
			return outcomes, readErr
		}
		now := time.Now()
		mayCome := func(one *Write) bool { return now.Before(one.Began.Add(w.LandWait)) }
		list := Index(listing.Templates)
		*open = slices.DeleteFunc(*open, func(one *Write) bool {
			out, spare := Settle(&one.Intent, list, w.Taken)
			if out.Done && one.Intent.Op == state.OpRemove {
				if readErr = w.Vanished(ctx, one.Intent.ID); readErr != nil {
					return false
				}
			}
			if !out.Done && OutcomeUnknown(one.Err) && (one.Err == nil || timedOut(one.Err) || mayCome(one)) {
				return false
			}
			one.Spare = spare
			outcomes = append(outcomes, out)
			return true
		})
		if !slices.ContainsFunc(*open, mayCome) {
			return outcomes, readErr
		}
		if !announced && now.Sub(began) > quiet {
			announced = true
			w.Waiting(w.LandWait - now.Sub(began))
		}
		time.Sleep(wait)
	}
	return outcomes, nil
}

// undone is what a list does that does not show a write.
func undone(op state.Op) string {
	switch op {
	case state.OpRemove:
		return "still shows it"
	case state.OpUpdate:
		return "does not show the change"
	}
	return "does not show it"
}

// unsettled is the error of a write whose outcome is not known; it says why reading did not show it.
func unsettled(one *Write, scope int64, readErr error) error {
	err := one.Err
	if err == nil {
		err = fmt.Errorf("the drive said it was done, but its list %s", undone(one.Intent.Op))
	}
	if readErr != nil {
		return fmt.Errorf("%w; reading the templates on %d to find out failed too: %w", err, scope, readErr)
	}
	return fmt.Errorf("%w. It may still be carried out", err)
}
