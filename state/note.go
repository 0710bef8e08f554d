package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
)

// openJournal is a journal that this process writes to. The mutex of its Store guards end and intents.
type openJournal struct {
	Journal
	end     writing
	intents map[int]Intent // the pending ones, by Seq

	broken  atomic.Bool  // a sync failed: what was kept of it is not known any more
	written atomic.Int64 // counts batches
	syncing sync.Mutex   // held during a sync, guards synced
	synced  int64        // batches known to survive a power cut
}

// Begin notes intents, so that they survive a power cut, before it returns; it returns them with Seq set. Calls at the
// same time share a sync. Before the first state is written, it makes the lineage. When ctx is cancelled nothing is
// noted.
func (s *Store) Begin(ctx context.Context, intents []Intent) ([]Intent, error) {
	if err := ctx.Err(); err != nil || len(intents) == 0 {
		return nil, err
	}
	intents = slices.Clone(intents)
	records := make([]Record, len(intents))
	for i := range intents {
		records[i].Intent = &intents[i]
	}
	if err := s.note(ctx, records, true); err != nil {
		return nil, fmt.Errorf("note in the journal of %s what is about to be done: %w", s.Path(), err)
	}
	return intents, nil
}

// Sent marks a pending intent as being sent; see Sent. It does not sync: a process that is killed loses nothing that it
// has appended, and after a power cut the drive has long done what it was asked.
func (s *Store) Sent(ctx context.Context, mark Sent) error {
	if err := s.note(ctx, []Record{{Sent: &mark}}, false); err != nil {
		return fmt.Errorf("note in the journal of %s that a write is sent: %w", s.Path(), err)
	}
	return nil
}

// Settle notes how pending intents ended, and syncs. What has been done must be kept: a cancelled ctx does not
// stop it.
func (s *Store) Settle(ctx context.Context, outcomes []Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	records := make([]Record, len(outcomes))
	for i := range outcomes {
		records[i].Outcome = &outcomes[i]
	}
	if err := s.note(ctx, records, true); err != nil {
		return fmt.Errorf("note in the journal of %s what has been done: %w", s.Path(), err)
	}
	return nil
}

// note appends records to the journal, giving intents their Seq. What is noted while another append is under way is
// appended after it, all at once: where a journal is far away, many share its round trip.
func (s *Store) note(ctx context.Context, records []Record, durable bool) error {
	ctx = context.WithoutCancel(ctx)
	n := &noted{records: records}
	s.noting.Lock()
	s.waiting = append(s.waiting, n)
	s.noting.Unlock()
	s.mu.Lock()
	j := n.journal
	if j == nil && n.err == nil { // nobody before has appended it along with theirs
		s.noting.Lock()
		all := s.waiting
		s.waiting = nil
		s.noting.Unlock()
		s.appendAll(ctx, all)
		j = n.journal
	}
	s.mu.Unlock()
	if n.err != nil || !durable {
		return n.err
	}
	return j.flush(ctx, n.batch)
}

// noted is what one call of note wants, and, once it was appended or refused, what came of it.
type noted struct {
	records []Record
	journal *openJournal
	batch   int64 // for flush
	err     error
}

// appendAll appends what several want, at once; what of it cannot be noted is refused to whoever wants it alone.
func (s *Store) appendAll(ctx context.Context, all []*noted) {
	j, err := s.openJournal(ctx)
	var sound []*noted
	var records []Record
	if err == nil {
		seq, settled := j.end.seq, map[int]bool{}
		for _, n := range all {
			if n.err = j.accept(n.records, &seq, settled); n.err == nil {
				sound, records = append(sound, n), append(records, n.records...)
			}
		}
		all = sound
	}
	var batch int64
	if err == nil && len(sound) > 0 {
		batch, err = s.appendTo(ctx, j, records)
	}
	for _, n := range all {
		n.journal, n.batch, n.err = j, batch, err
	}
}

// accept gives intents their Seq, after seq, and refuses what the next run could not understand. settled are those whose
// outcome is to be appended already.
func (j *openJournal) accept(records []Record, seq *int, settled map[int]bool) error {
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

// appendTo returns the number of the batch, for flush. When it fails, the journal is as it was before.
func (s *Store) appendTo(ctx context.Context, j *openJournal, records []Record) (batch int64, err error) {
	if j.broken.Load() {
		return 0, errBroken
	}
	end := j.end
	lines, err := end.lines(records)
	if err == nil {
		lines, err = s.sealLines(&end, lines)
	}
	if err == nil {
		err = j.Append(ctx, lines)
	}
	if err != nil {
		return 0, err
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
	return j.written.Add(1), nil
}

// check refuses what the next run could not understand.
func (j *openJournal) check(r Record) error {
	switch {
	case r.Intent != nil:
		return r.Intent.check()
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
	return r.Outcome.check(in)
}

var errBroken = errors.New("an earlier sync of it failed")

// flush returns when the batch survives a power cut. Those who wait together share one sync.
func (j *openJournal) flush(ctx context.Context, batch int64) error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.synced >= batch {
		return nil
	}
	if j.broken.Load() {
		return errBroken
	}
	all := j.written.Load()
	if err := j.Sync(ctx); err != nil {
		j.broken.Store(true) // what could not be written may have been dropped: to sync again would prove nothing
		return err
	}
	j.synced = all
	return nil
}

// closeJournal ends what this process writes to the journal; what it writes next, it adds to what is there then.
func (s *Store) closeJournal() {
	if s.journal == nil {
		return
	}
	s.journal.syncing.Lock()
	defer s.journal.syncing.Unlock()
	s.journal.Close()
	s.journal = nil
}

// openJournal returns the journal, ready to be written to. The first time it makes one where there is none, and
// rids a stale one of what the state holds already.
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
	key, err := s.keyOf(present, text.heading)
	if err != nil {
		return nil, err
	}
	_, pending := Fold(State{}, text.records)
	if text.heading == nil || stale {
		h := heading{Version: journalVersion, Lineage: uuid.NewString(), Key: key}
		if present.id != nil {
			h.Lineage, h.Serial = present.id.Lineage, present.id.Serial
		}
		if _, err := raise(h.Serial); err != nil { // what is noted could not be kept in the end
			return nil, fmt.Errorf("the state %s cannot be written: %w; nothing has been changed", s.Path(), err)
		}
		if journal, text.end, err = s.startJournal(ctx, h, pending); err != nil {
			return nil, err
		}
	}
	s.journal = &openJournal{Journal: journal, end: text.end, intents: make(map[int]Intent, len(pending))}
	for _, in := range pending {
		s.journal.intents[in.Seq] = in
	}
	return s.journal, nil
}

// startJournal makes a journal that holds nothing but the intents that are pending still.
func (s *Store) startJournal(ctx context.Context, h heading, pending []Intent) (Journal, writing, error) {
	var end writing
	first, err := end.begin(h)
	if err != nil {
		return nil, end, err
	}
	records := make([]Record, len(pending))
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
	journal, err := s.backend.StartJournal(ctx, append([][]byte{first}, lines...))
	return journal, end, err
}

// readJournal reads the journal. One that is not there is an empty one, and nil.
func (s *Store) readJournal(ctx context.Context) (journalText, Journal, error) {
	journal, err := s.backend.Journal(ctx)
	if err != nil {
		return journalText{}, nil, fmt.Errorf("read the journal: %w", err)
	}
	if journal == nil {
		return journalText{}, nil, nil
	}
	var t journalText
	entries := journal.Entries()
	lines, err := s.openLines(entries)
	if err == nil {
		if t, err = decodeJournal(lines); err == nil {
			t.end.entries = len(entries) - 1
		}
	}
	if err != nil {
		return journalText{}, nil, fmt.Errorf("the journal %s, which tells what an interrupted run was doing, "+
			"cannot be used: %w", s.backend.Where().Journal, err)
	}
	return t, journal, nil
}
