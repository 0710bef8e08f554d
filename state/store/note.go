package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"countersign/state"
)

// openJournal is a journal that this process writes to. The mutex of its Store guards it.
type openJournal struct {
	Journal
	end     journalEnd
	intents map[int]state.Intent // the pending ones, by Seq
	broken  error                // why nothing more can be appended; nil while it can
}

// Begin notes intents and returns them with Seq set. They survive a power cut. Before the first state is written, it
// makes the lineage. When ctx is cancelled nothing is noted.
func (s *Store) Begin(ctx context.Context, intents []state.Intent) ([]state.Intent, error) {
	if err := ctx.Err(); err != nil || len(intents) == 0 {
		return nil, err
	}
	intents = slices.Clone(intents)
	records := make([]state.Record, len(intents))
	for i := range intents {
		records[i].Intent = &intents[i]
	}
	if err := s.note(ctx, records, true); err != nil {
		return nil, fmt.Errorf("note in the journal of %s what is about to be done: %w", s.Path(), err)
	}
	return intents, nil
}

// Sent marks a pending intent as being sent; see Sent. The mark need not survive a power cut: by the time the machine
// is up again, the drive has long done what it was asked.
func (s *Store) Sent(ctx context.Context, mark state.Sent) error {
	if err := s.note(ctx, []state.Record{{Sent: &mark}}, false); err != nil {
		return fmt.Errorf("note in the journal of %s that a write is sent: %w", s.Path(), err)
	}
	return nil
}

// Settle notes how pending intents ended; that survives a power cut. What has been done must be recorded: a cancelled
// ctx does not stop it.
func (s *Store) Settle(ctx context.Context, outcomes []state.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	records := make([]state.Record, len(outcomes))
	for i := range outcomes {
		records[i].Outcome = &outcomes[i]
	}
	if err := s.note(ctx, records, true); err != nil {
		return fmt.Errorf("note in the journal of %s what has been done: %w", s.Path(), err)
	}
	return nil
}

// noted is what one call of note wants, and how it ended.
type noted struct {
	records []state.Record
	durable bool
	taken   bool  // by the call that appends it
	err     error // once it is taken: why it was not appended
}

// errCrashed is why nothing counts as noted that a call had taken along and did not come to the end of.
var errCrashed = fmt.Errorf("%w: the program crashed meanwhile", ErrUnknown)

// note appends records to the journal, giving intents their Seq. What is noted while another append is under way is
// appended after it, all at once: where a journal is far away, or a disk slow, many share its round trip.
func (s *Store) note(ctx context.Context, records []state.Record, durable bool) error {
	n := &noted{records: records, durable: durable, err: errCrashed}
	s.noting.Lock()
	s.waiting = append(s.waiting, n)
	s.noting.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.taken { // with what another call appended
		return n.err
	}
	s.noting.Lock()
	all := s.waiting
	s.waiting = nil
	s.noting.Unlock()
	for _, n := range all {
		n.taken = true
	}
	s.appendAll(context.WithoutCancel(ctx), all)
	return n.err
}

// appendAll appends what several calls want, at once. What cannot be noted is refused to the call that wants it, and
// does not stop the others.
func (s *Store) appendAll(ctx context.Context, all []*noted) {
	j, err := s.openJournal(ctx)
	if err == nil {
		err = j.broken
	}
	var accepted []*noted
	var records []state.Record
	durable := false
	if err == nil {
		seq, settled := j.end.seq, map[int]bool{}
		for _, n := range all {
			if refused := j.accept(n.records, &seq, settled); refused != nil {
				n.err = refused
				continue
			}
			accepted, records, durable = append(accepted, n), append(records, n.records...), durable || n.durable
		}
		all = accepted
	}
	if err == nil && len(records) > 0 {
		err = s.appendTo(ctx, j, records, durable)
	}
	for _, n := range all {
		n.err = err
	}
}

// accept gives intents their Seq, after seq, and refuses what the next run could not understand. settled are the
// intents whose outcome is about to be appended already.
func (j *openJournal) accept(records []state.Record, seq *int, settled map[int]bool) error {
	next := *seq
	for _, r := range records {
		if r.Intent != nil {
			next++
			r.Intent.Seq = next
		}
		if err := j.check(r); err != nil {
			return err
		}
		switch {
		case r.Outcome != nil && settled[r.Outcome.Seq]:
			return fmt.Errorf("a second outcome of intent %d", r.Outcome.Seq)
		case r.Sent != nil && settled[r.Sent.Seq]:
			return fmt.Errorf("intent %d, which is settled, is to be sent", r.Sent.Seq)
		}
	}
	for _, r := range records {
		if r.Outcome != nil {
			settled[r.Outcome.Seq] = true
		}
	}
	*seq = next
	return nil
}

// appendTo appends records that were accepted.
func (s *Store) appendTo(ctx context.Context, j *openJournal, records []state.Record, durable bool) error {
	end := j.end
	lines, err := end.lines(records)
	if err == nil {
		lines, err = s.sealLines(&end, lines)
	}
	if err != nil {
		return err
	}
	j.broken = errCrashed // until Append returns
	err = j.Append(ctx, lines, durable)
	if j.broken = nil; errors.Is(err, ErrUnknown) || errors.Is(err, ErrOtherWriter) {
		j.broken = err
	}
	if err != nil {
		return err
	}
	j.end = end
	for _, r := range records {
		switch {
		case r.Intent != nil:
			j.intents[r.Intent.Seq] = *r.Intent
		case r.Outcome != nil:
			delete(j.intents, r.Outcome.Seq)
		}
	}
	return nil
}

// check refuses what the next run could not understand.
func (j *openJournal) check(r state.Record) error {
	switch {
	case r.Intent != nil:
		return r.Intent.Check()
	case r.Sent != nil:
		if _, ok := j.intents[r.Sent.Seq]; !ok {
			return fmt.Errorf("intent %d, which is not pending, is to be sent", r.Sent.Seq)
		}
		return nil
	}
	in, ok := j.intents[r.Outcome.Seq]
	if !ok {
		return fmt.Errorf("outcome of intent %d, which is not pending", r.Outcome.Seq)
	}
	return r.Outcome.Check(in)
}

// openJournal returns the journal, ready to be written to. The first time, it makes one where there is none, and
// removes from a stale one what the state holds already.
func (s *Store) openJournal(ctx context.Context) (*openJournal, error) {
	if s.journal != nil {
		return s.journal, nil
	}
	present, err := s.present(ctx)
	if err != nil {
		return nil, err
	}
	text, journal, err := s.readJournal(ctx)
	if err != nil {
		return nil, err
	}
	stale, err := s.follows(text, present)
	if err != nil {
		return nil, err
	}
	key, err := s.keyOf(present, text.end)
	if err != nil {
		return nil, err
	}
	_, pending := state.Fold(state.State{}, text.records)
	if text.none() || stale {
		of := state.Identity{Lineage: uuid.NewString()}
		if present.id != nil {
			of = *present.id
		}
		if _, err := state.Raise(of.Serial); err != nil { // what is noted could not be kept in the end
			return nil, fmt.Errorf("the state %s cannot be written: %w; nothing has been changed", s.Path(), err)
		}
		if journal, text.end, err = s.startJournal(ctx, of, key, pending); err != nil {
			return nil, err
		}
	}
	s.journal = &openJournal{Journal: journal, end: text.end, intents: make(map[int]state.Intent, len(pending))}
	for _, in := range pending {
		s.journal.intents[in.Seq] = in
	}
	return s.journal, nil
}

// startJournal makes a journal that holds nothing but the intents that are pending still.
func (s *Store) startJournal(ctx context.Context, of state.Identity, key string, pending []state.Intent) (
	Journal, journalEnd, error) {
	var end journalEnd
	first, err := end.begin(of, key)
	if err != nil {
		return nil, end, err
	}
	records := make([]state.Record, len(pending))
	for i := range pending {
		records[i].Intent = &pending[i]
	}
	lines, err := end.lines(records)
	if err == nil {
		lines, err = s.sealLines(&end, lines)
	}
	if err != nil {
		return nil, end, err
	}
	journal, err := s.backend.ReplaceJournal(ctx, append([][]byte{first}, lines...))
	return journal, end, err
}

// readJournal reads the journal. One that is not there is an empty one, and nil.
func (s *Store) readJournal(ctx context.Context) (journalText, Journal, error) {
	entries, journal, err := s.backend.Journal(ctx)
	if err != nil {
		return journalText{}, nil, fmt.Errorf("read the journal: %w", err)
	}
	if journal == nil {
		return journalText{}, nil, nil
	}
	var t journalText
	lines, err := s.openLines(entries)
	if err == nil {
		t, err = decodeJournal(lines)
		t.end.entries = len(entries) - 1
	}
	if err != nil {
		return journalText{}, nil, fmt.Errorf("the journal %s, which tells what an interrupted run was doing, "+
			"cannot be used: %w", s.backend.Where().Journal, err)
	}
	return t, journal, nil
}
