package state

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
)

// openJournal is a journal that this process writes to. Its methods but flush and close are called by one
// goroutine at a time.
type openJournal struct {
	files
	file    *os.File
	info    os.FileInfo // which file it is
	end     writing
	intents map[int]Intent // the pending ones, by Seq

	broken  atomic.Bool  // a sync failed: what the disk holds is not known any more
	written atomic.Int64 // counts batches
	syncing sync.Mutex   // held during a sync, guards synced
	synced  int64        // batches known to be on the disk
}

// createJournal makes a journal that holds nothing but the intents that are pending still, in place of the one
// that there may be.
func (f files) createJournal(h heading, pending []Intent) error {
	var end writing
	text, err := end.appendLine(nil, journalLine{Journal: &h})
	if err != nil {
		return err
	}
	if text, err = end.appendIntents(text, pending); err != nil {
		return err
	}
	old, was, err := f.ours(f.journal)
	if err != nil {
		return err
	}
	if old != nil {
		old.Close()
	}
	n, err := f.folder.New(f.journal)
	if err != nil {
		return err
	}
	defer n.Drop()
	if _, err := n.Write(text); err != nil {
		return err
	}
	return n.Commit(was)
}

// continueJournal opens the journal whose text has been read, and cuts off its interrupted last line.
func (f files) continueJournal(t journalText) (*openJournal, error) {
	file, info, err := f.open(f.journal, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	if !os.SameFile(info, t.file) {
		err = errors.New("another process has replaced it; is one running without the lock?")
	} else {
		err = errors.Join(file.Chmod(0o600), file.Truncate(t.end.size))
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	j := &openJournal{files: f, file: file, info: info, end: t.end, intents: map[int]Intent{}}
	_, pending := Fold(State{}, t.records)
	for _, in := range pending {
		j.intents[in.Seq] = in
	}
	return j, nil
}

// write puts text at the end of the file in one write, and returns the number of the batch for flush. When it
// fails, the journal is as it was before.
func (j *openJournal) write(text []byte, end writing) (batch int64, err error) {
	if j.broken.Load() {
		return 0, errors.New("an earlier sync of it failed")
	}
	info, err := j.folder.Lstat(j.journal)
	if err != nil {
		return 0, err
	}
	if !os.SameFile(info, j.info) || info.Size() != j.end.size {
		return 0, errors.New("another process has written to it; is one running without the lock?")
	}
	if _, err := j.file.WriteAt(text, j.end.size); err != nil {
		if cut := j.file.Truncate(j.end.size); cut != nil {
			j.broken.Store(true)
			err = errors.Join(err, cut)
		}
		return 0, err
	}
	j.end = end
	return j.written.Add(1), nil
}

// flush returns when the batch is on the disk. Those who wait together share one sync.
func (j *openJournal) flush(batch int64) error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.synced >= batch {
		return nil
	}
	if j.broken.Load() {
		return errors.New("an earlier sync of it failed")
	}
	all := j.written.Load()
	if err := j.file.Sync(); err != nil {
		j.broken.Store(true) // the kernel may have dropped the pages: to sync again would prove nothing
		return err
	}
	j.synced = all
	return nil
}

func (j *openJournal) close() {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	j.file.Close()
}

// begin notes intents and gives them their Seq; flush must follow.
func (j *openJournal) begin(intents []Intent) ([]Intent, int64, error) {
	intents = slices.Clone(intents)
	for i := range intents {
		intents[i].Seq = j.end.seq + 1 + i
		if err := intents[i].check(); err != nil {
			return nil, 0, err
		}
	}
	end := j.end
	text, err := end.appendIntents(nil, intents)
	if err != nil {
		return nil, 0, err
	}
	batch, err := j.write(text, end)
	if err != nil {
		return nil, 0, err
	}
	for _, in := range intents {
		j.intents[in.Seq] = in
	}
	return intents, batch, nil
}

// sent marks a pending intent as being sent. It need not be flushed: a process that is killed loses nothing that it
// has written, and after a power cut the drive has long done what it was asked.
func (j *openJournal) sent(mark Sent) error {
	in, ok := j.intents[mark.Seq]
	if !ok {
		return fmt.Errorf("intent %d, which is not pending, is to be sent", mark.Seq)
	}
	end := j.end
	text, err := end.appendLine(nil, journalLine{Record: Record{Sent: &mark}})
	if err != nil {
		return err
	}
	if _, err := j.write(text, end); err != nil {
		return err
	}
	in.Wait = mark.Wait
	j.intents[mark.Seq] = in
	return nil
}

// settle notes outcomes of pending intents; flush must follow.
func (j *openJournal) settle(outcomes []Outcome) (batch int64, err error) {
	end := j.end
	var text []byte
	for _, out := range outcomes {
		in, ok := j.intents[out.Seq]
		if !ok {
			return 0, fmt.Errorf("outcome of intent %d, which is not pending", out.Seq)
		}
		if err := out.check(in); err != nil {
			return 0, err
		}
		if text, err = end.appendLine(text, journalLine{Record: Record{Outcome: &out}}); err != nil {
			return 0, err
		}
	}
	if batch, err = j.write(text, end); err != nil {
		return 0, err
	}
	for _, out := range outcomes {
		delete(j.intents, out.Seq)
	}
	return batch, nil
}
