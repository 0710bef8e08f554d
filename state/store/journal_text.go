package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"time"

	"countersign/state"
)

// A journal is a list of lines of JSON. The first says which version of which state it continues, each of the others
// is a Record. Every line begins with a check: the CRC-32C of the rest of the line and of all lines before it, so
// that a line which was changed, lost or moved is noticed.

// journalVersion is the version of the journal's format. Version 1 noted a point in time, by its machine's clock, until
// which a write that was sent had to be looked for; version 2 notes a duration.
const journalVersion = 2

// undated is how long is waited for a write of a journal of version 1.
const undated = time.Minute

// heading is the first line of a journal.
type heading struct {
	Version        int    `json:"version"`
	state.Identity        // of the state that the journal continues; serial 0 when there is none yet
	Key            string `json:"key,omitempty"` // that what follows is sealed with; "" in clear
}

// journalLine is a line of a journal without its check.
type journalLine struct {
	Journal *heading `json:"journal,omitempty"`
	state.Record
	KnownAs int `json:"known_as,omitempty"` // the intent's Known is that of the intent with this Seq
}

// dated is what a line of version 1 says about time.
type dated struct {
	Intent *struct{ Until int64 } `json:"intent"`
	Sent   *struct{ Until int64 } `json:"sent"`
}

// date completes a line of version 1 with what version 2 says about time.
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

// journalEnd is the end of a journal, from which its next line continues. Two journals that have the same are the same.
type journalEnd struct {
	of    state.Identity // the state that the journal continues; of no lineage: there is no journal
	check uint32
	seq   int // the last one given

	key     string // see heading
	entries int    // after the heading, if they are sealed
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checkOf is the check of a line: before is the check of the line before it, rest the text after the line's own check.
func checkOf(before uint32, rest []byte) uint32 { return crc32.Update(before, castagnoli, rest) }

const checkOpen, checkClose, headingOpen = `{"check":"`, `",`, `"journal":{`

// line returns the text of the next line, without a newline.
func (w *journalEnd) line(l journalLine) ([]byte, error) {
	rest, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	rest = rest[1:] // without its opening brace, which stands before the check
	w.check = checkOf(w.check, rest)
	return fmt.Appendf(nil, "%s%08x%s%s", checkOpen, w.check, checkClose, rest), nil
}

// begin returns the first line.
func (w *journalEnd) begin(of state.Identity, key string) ([]byte, error) {
	w.of, w.key = of, key
	return w.line(journalLine{Journal: &heading{journalVersion, of, key}})
}

// lines returns a line for each record. Intents that share one list as their Known share it in the text as well: many
// templates made on one crowded folder would otherwise take the square of their number.
func (w *journalEnd) lines(records []state.Record) ([][]byte, error) {
	var owner state.Intent // the last intent whose Known was written out
	list := make([][]byte, 0, len(records))
	for _, r := range records {
		l := journalLine{Record: r}
		if r.Intent != nil {
			in := *r.Intent
			if len(in.Known) > 1 {
				if len(in.Known) == len(owner.Known) && &in.Known[0] == &owner.Known[0] {
					l.KnownAs, in.Known = owner.Seq, nil
				} else {
					owner = in
				}
			}
			l.Intent = &in
			w.seq = max(w.seq, in.Seq)
		}
		text, err := w.line(l)
		if err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, nil
}

// journalText is what a journal says.
type journalText struct {
	version int
	records []state.Record
	end     journalEnd
}

// none reports that there is no journal.
func (t journalText) none() bool { return t.end.of.Lineage == "" }

// decodeJournal reads the lines of a journal, which has at least one.
func decodeJournal(lines [][]byte) (journalText, error) {
	var t journalText
	if len(lines) == 0 {
		return t, errors.New("it is no journal; move it away, or keep the state elsewhere")
	}
	intents := map[int]*state.Intent{}
	for n, text := range lines {
		err := t.take(text, intents)
		var newer newerJournal
		if errors.As(err, &newer) {
			return journalText{}, err
		}
		if err != nil {
			advice := fmt.Sprintf("the %d lines before it are sound: put the journal back as it was, or keep a copy, "+
				"delete line %d and all after it, and look in the next plan for what the lost lines may have done "+
				"to the drive", n, n+1)
			if n == 0 {
				advice = "put the journal back as it was, or move it away and look in the next plan for what the " +
					"lost lines may have done to the drive"
			}
			return journalText{}, fmt.Errorf("line %d is damaged: %w; %s", n+1, err, advice)
		}
	}
	return t, nil
}

// newerJournal is the version of a journal that only a later program can read.
type newerJournal int

func (v newerJournal) Error() string {
	return fmt.Sprintf("it has format version %d, this program knows versions up to %d: use a newer countersign",
		int(v), journalVersion)
}

// take adds a line. The intents are those of the lines before, by Seq.
func (t *journalText) take(text []byte, intents map[int]*state.Intent) error {
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
	first := t.none()
	if !first && t.version < journalVersion {
		if err := l.date(rest); err != nil {
			return err
		}
	}
	switch {
	case first && l.Journal == nil:
		return errors.New("it does not say which state the journal continues")
	case first && l.Journal.Version > journalVersion:
		return newerJournal(l.Journal.Version)
	case first && l.Journal.Lineage == "":
		return errors.New("it names no lineage")
	case first && l.Journal.Serial > state.MostSerial:
		return fmt.Errorf("it continues serial %d, and no state has a serial above %d",
			l.Journal.Serial, uint64(state.MostSerial))
	case first:
		t.version, t.end.of, t.end.key = l.Journal.Version, l.Journal.Identity, l.Journal.Key
	case l.Intent != nil && l.Outcome == nil && l.Sent == nil && l.Journal == nil:
		in := l.Intent
		if in.Seq <= t.end.seq || int64(in.Seq) > state.MostSerial {
			return fmt.Errorf("intent %d comes after intent %d", in.Seq, t.end.seq)
		}
		if err := in.Check(); err != nil {
			return err
		}
		if l.KnownAs != 0 {
			owner, ok := intents[l.KnownAs]
			if !ok {
				return fmt.Errorf("intent %d refers to intent %d, which is not there", in.Seq, l.KnownAs)
			}
			in.Known = owner.Known
		} else {
			slices.Sort(in.Known) // older programs kept the drive's order
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
		if err := l.Outcome.Check(*in); err != nil {
			return err
		}
		t.records = append(t.records, l.Record)
	default:
		return errors.New("it is neither an intent, nor the mark of one sent, nor an outcome")
	}
	t.end.check = check
	return nil
}

// IsJournal reports whether a text begins as a journal does.
func IsJournal(r io.ReaderAt) bool {
	const mark = len(checkOpen) + 8 + len(checkClose)
	head := make([]byte, mark+len(headingOpen))
	if _, err := r.ReadAt(head, 0); err != nil {
		return false
	}
	return string(head[:len(checkOpen)]) == checkOpen && string(head[mark-len(checkClose):]) == checkClose+headingOpen
}
