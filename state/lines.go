package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"time"
)

// A journal is a file of JSON lines. The first says which version of which state it continues, each of the others
// is a Record. Every line begins with a check: the CRC-32C of the rest of the line and of all lines before it, so
// that a line changed, lost or out of its place is noticed. A line without its newline is one whose writing was
// interrupted; nobody was ever told that it had been kept, and it counts for nothing.

// journalVersion is the version of the journal's format. Version 1 noted until when, by its machine's clock, a write
// that was sent had to be looked for; version 2 notes for how long.
const journalVersion = 2

// undated is how long is waited for a write of a journal of version 1.
const undated = time.Minute

// heading is the first line of a journal.
type heading struct {
	Version int    `json:"version"`
	Lineage string `json:"lineage"`
	Serial  uint64 `json:"serial"` // of the state that the journal continues; 0 when there is no state file yet
}

// journalLine is a line of a journal without its check.
type journalLine struct {
	Journal *heading `json:"journal,omitempty"`
	Record
	KnownAs int `json:"known_as,omitempty"` // the intent's Known is that of the intent with this Seq
}

// dated is what a line of version 1 says of time.
type dated struct {
	Intent *struct{ Until int64 } `json:"intent"`
	Sent   *struct{ Until int64 } `json:"sent"`
}

// date gives a line of version 1 what version 2 says of time.
func (l *journalLine) date(rest []byte) error {
	var d dated
	if err := json.Unmarshal(rest, &d); err != nil {
		return err
	}
	if l.Intent != nil && d.Intent != nil && d.Intent.Until != 0 {
		l.Intent.Wait = undated.Milliseconds()
	}
	if l.Sent != nil && l.Sent.Wait == 0 {
		l.Sent.Wait = undated.Milliseconds()
	}
	return nil
}

// writing is where a journal's text ends: what its next line goes on from.
type writing struct {
	check uint32
	size  int64 // bytes
	seq   int   // the last one given
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checkOf is the check of a line, of which rest is what follows its check, after a line whose check is before.
func checkOf(before uint32, rest []byte) uint32 { return crc32.Update(before, castagnoli, rest) }

const checkOpen, checkClose, headingOpen = `{"check":"`, `",`, `"journal":{`

// appendLine appends the text of a line to text.
func (w *writing) appendLine(text []byte, l journalLine) ([]byte, error) {
	rest, err := json.Marshal(l)
	if err != nil {
		return text, err
	}
	rest = rest[1:] // without its opening brace, which stands before the check
	w.check = checkOf(w.check, rest)
	before := len(text)
	text = fmt.Appendf(text, "%s%08x%s%s\n", checkOpen, w.check, checkClose, rest)
	w.size += int64(len(text) - before)
	return text, nil
}

// appendIntents appends a line for each intent. Intents that were given one list as their Known share it in the
// text as well: many templates made on one crowded folder would otherwise take the square of their number.
func (w *writing) appendIntents(text []byte, intents []Intent) ([]byte, error) {
	var err error
	var owner Intent // the last intent whose Known was written out
	for _, in := range intents {
		l := journalLine{Record: Record{Intent: &in}}
		if len(in.Known) > 1 {
			if len(in.Known) == len(owner.Known) && &in.Known[0] == &owner.Known[0] {
				l.KnownAs, in.Known = owner.Seq, nil
			} else {
				owner = in
			}
		}
		if text, err = w.appendLine(text, l); err != nil {
			return text, fmt.Errorf("note intent %d to %s %s: %w", in.Seq, in.Op, in.Address, err)
		}
		w.seq = max(w.seq, in.Seq)
	}
	return text, nil
}

// journalText is what a journal's file holds.
type journalText struct {
	heading *heading // nil: there is no journal
	file    fs.FileInfo
	records []Record
	end     writing // without the interrupted last line
}

// readJournal reads the journal. One that is not there is an empty one. A journal gets its name with its first line in
// it, so that a file without one is another's.
func (f files) readJournal() (journalText, error) {
	data, file, err := f.read(f.journal)
	if errors.Is(err, fs.ErrNotExist) {
		return journalText{}, nil
	}
	if err != nil {
		return journalText{}, fmt.Errorf("read the journal: %w", err)
	}
	t, err := decodeJournal(data)
	if err == nil && t.heading == nil {
		err = errors.New("it is no journal; move it away, or keep the state elsewhere")
	}
	if err != nil {
		return journalText{}, fmt.Errorf("the journal %s, which tells what an interrupted run was doing, cannot be used: %w",
			f.at(f.journal), err)
	}
	t.file = file
	return t, nil
}

// decodeJournal reads the text of a journal. Damage anywhere but in an interrupted last line is an error.
func decodeJournal(data []byte) (journalText, error) {
	var t journalText
	intents := map[int]*Intent{}
	for n := 1; ; n++ {
		text, rest, whole := bytes.Cut(data, []byte("\n"))
		if !whole {
			return t, nil
		}
		data = rest
		if err := t.take(text, intents); err != nil {
			var newer newerJournal
			if errors.As(err, &newer) {
				return journalText{}, err
			}
			advice := fmt.Sprintf("the %d lines before it are sound: put the journal back as it was, or keep a copy, delete line %d and all after it, "+
				"and look in the next plan for what the lost lines may have done to the drive", n-1, n)
			if n == 1 {
				advice = "put the journal back as it was, or move it away and look in the next plan for what the lost lines may have done to the drive"
			}
			return journalText{}, fmt.Errorf("line %d is damaged: %w; %s", n, err, advice)
		}
		t.end.size += int64(len(text)) + 1
	}
}

// newerJournal is the version of a journal that only a later program can read.
type newerJournal int

func (v newerJournal) Error() string {
	return fmt.Sprintf("it has format version %d, this program knows versions up to %d: use a newer countersign",
		int(v), journalVersion)
}

// take adds a whole line, given without its newline. The intents are those of the lines before, by Seq.
func (t *journalText) take(text []byte, intents map[int]*Intent) error {
	const start, end = len(checkOpen), len(checkOpen) + 8
	if len(text) < end+len(checkClose) || string(text[:start]) != checkOpen ||
		string(text[end:end+len(checkClose)]) != checkClose {
		return errors.New("it is not a line of a journal")
	}
	rest := text[end+len(checkClose):]
	check := checkOf(t.end.check, rest)
	if fmt.Sprintf("%08x", check) != string(text[start:end]) {
		return errors.New("its check does not agree with its text and the lines before it")
	}
	var l journalLine
	rest = append([]byte("{"), rest...)
	if err := json.Unmarshal(rest, &l); err != nil {
		return err
	}
	if t.heading != nil && t.heading.Version < journalVersion {
		if err := l.date(rest); err != nil {
			return err
		}
	}
	switch {
	case t.heading == nil && l.Journal == nil:
		return errors.New("it does not say which state the journal continues")
	case t.heading == nil && l.Journal.Version > journalVersion:
		return newerJournal(l.Journal.Version)
	case t.heading == nil && l.Journal.Lineage == "":
		return errors.New("it names no lineage")
	case t.heading == nil && l.Journal.Serial > mostSerial:
		return fmt.Errorf("it continues serial %d, and no state has a serial above %d", l.Journal.Serial,
			uint64(mostSerial))
	case t.heading == nil:
		t.heading = l.Journal
	case l.Intent != nil && l.Outcome == nil && l.Sent == nil && l.Journal == nil:
		in := l.Intent
		if in.Seq <= t.end.seq || int64(in.Seq) > mostSerial {
			return fmt.Errorf("intent %d comes after intent %d", in.Seq, t.end.seq)
		}
		*in = in.spelled()
		if err := in.check(); err != nil {
			return err
		}
		if l.KnownAs != 0 {
			owner, ok := intents[l.KnownAs]
			if !ok {
				return fmt.Errorf("intent %d refers to intent %d, which is not there", in.Seq, l.KnownAs)
			}
			in.Known = owner.Known
		}
		intents[in.Seq] = in
		t.end.seq = in.Seq
		t.records = append(t.records, l.Record)
	case l.Sent != nil && l.Intent == nil && l.Outcome == nil && l.Journal == nil:
		if _, ok := intents[l.Sent.Seq]; !ok {
			return fmt.Errorf("intent %d is said to be sent, which is not there", l.Sent.Seq)
		}
		t.records = append(t.records, l.Record)
	case l.Outcome != nil && l.Intent == nil && l.Sent == nil && l.Journal == nil:
		in, ok := intents[l.Outcome.Seq]
		if !ok {
			return fmt.Errorf("outcome of intent %d, which is not there", l.Outcome.Seq)
		}
		if err := l.Outcome.check(*in); err != nil {
			return err
		}
		t.records = append(t.records, l.Record)
	default:
		return errors.New("it is neither an intent, nor the mark of one sent, nor an outcome")
	}
	t.end.check = check
	return nil
}
