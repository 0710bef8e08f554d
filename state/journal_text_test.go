package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// journalOf makes the lines of a journal that continues serial 3. It checks nothing.
func journalOf(t testing.TB, records ...Record) [][]byte {
	t.Helper()
	var w journalEnd
	first, err := w.begin(Identity{"l", 3}, "")
	lines := [][]byte{first}
	for _, r := range records {
		more, failed := w.lines([]Record{r}) // each in a batch of its own
		lines, err = append(lines, more...), errors.Join(err, failed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// shortJournal has a line of each kind.
func shortJournal() []Record {
	return []Record{
		intent(1, OpCreate, "template.a", 0, "a"),
		intent(2, OpRemove, "template.b", 5, ""),
		done(1, 9),
		notDone(2),
	}
}

func TestJournalText(t *testing.T) {
	lines := journalOf(t, shortJournal()...)
	const first = `{"check":"646e670b","journal":{"version":2,"lineage":"l","serial":3}}`
	if got := string(lines[0]); got != first {
		t.Errorf("the first line is %s\nnot %s; would today's journals still be read?", got, first)
	}
	got, err := decodeJournal(lines)
	if err != nil || got.version != 2 || got.end.of != (Identity{"l", 3}) {
		t.Fatalf("%+v, %v", got.end, err)
	}
	if diff := cmp.Diff(shortJournal(), got.records); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := decodeJournal(nil); err == nil || !strings.Contains(err.Error(), "it is no journal") {
		t.Errorf("without a line: %v", err)
	}
}

// TestJournalDamage: a line that was kept once and is not as it was is told by its number.
func TestJournalDamage(t *testing.T) {
	lines := journalOf(t, shortJournal()...)
	changed := func(n int, old, new string) [][]byte {
		list := slices.Clone(lines)
		list[n-1] = bytes.Replace(list[n-1], []byte(old), []byte(new), 1)
		return list
	}
	swapped := slices.Clone(lines)
	swapped[3], swapped[4] = swapped[4], swapped[3]
	newer, err := new(journalEnd).line(journalLine{Journal: &heading{Version: journalVersion + 1, Lineage: "l"}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := (&journalEnd{check: 0x646e670b}).begin(Identity{Lineage: "l"}, "")
	if err != nil {
		t.Fatal(err)
	}
	of := func(records ...Record) [][]byte { return journalOf(t, records...) }

	for name, tt := range map[string]struct {
		lines [][]byte
		says  string
	}{
		"a digit changed":      {changed(3, `"id":5`, `"id":6`), "line 3 is damaged: its check does not agree"},
		"the last line":        {changed(5, `"done":false`, `"done":true`), "line 5 is damaged"},
		"a line lost":          {slices.Delete(slices.Clone(lines), 1, 2), "line 2 is damaged"},
		"the first line lost":  {lines[1:], "line 1 is damaged"},
		"lines out of place":   {swapped, "line 4 is damaged"},
		"a line twice":         {append(slices.Clone(lines), lines[4]), "line 6 is damaged"},
		"zeros":                {changed(5, string(lines[4][20:]), strings.Repeat("\x00", 19)), "line 5 is damaged"},
		"an empty line":        {[][]byte{lines[0], nil, lines[1]}, "line 2 is damaged: it is not a line of a journal; the 1 lines before it are sound"},
		"something else":       {[][]byte{[]byte("hello")}, "line 1 is damaged: it is not a line of a journal; put the journal back as it was, or move it away"},
		"a later program's":    {[][]byte{newer}, "use a newer countersign"},
		"an intent unsound":    {of(Record{Intent: &Intent{Seq: 1, Op: "guess"}}), "none of create, update, remove and stage"},
		"an intent twice":      {of(intent(1, OpRemove, "", 5, ""), intent(1, OpRemove, "", 6, "")), "intent 1 comes after intent 1"},
		"an outcome of none":   {of(done(1, 5)), "outcome of intent 1, which is not there"},
		"a create without tid": {of(intent(1, OpCreate, "template.a", 0, "a"), done(1, 0)), "no tid is given"},
		"a second first line":  {[][]byte{lines[0], second}, "line 2 is damaged: it is neither an intent, nor the mark of one sent, nor an outcome"},
	} {
		_, err := decodeJournal(tt.lines)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: error %v\nmust say %q", name, err, tt.says)
		}
	}
}

func FuzzDecodeJournal(f *testing.F) {
	text := bytes.Join(journalOf(f, shortJournal()...), []byte("\n"))
	f.Add(text)
	f.Add(text[:len(text)-9])
	f.Add(bytes.Replace(text, []byte("create"), []byte("remove"), 1))
	f.Add([]byte(checkOpen + "00000000" + checkClose))
	f.Fuzz(func(t *testing.T, data []byte) {
		// the lines as they are, and under the checks that belong to them: a fuzzer would not find those
		var w journalEnd
		lines := bytes.Split(data, []byte("\n"))
		var sealed [][]byte
		for _, rest := range lines {
			rest = bytes.TrimPrefix(rest, []byte(checkOpen))
			if len(rest) > 8+len(checkClose) {
				rest = rest[8+len(checkClose):]
			}
			w.check = checkOf(w.check, rest)
			sealed = append(sealed, fmt.Appendf(nil, "%s%08x%s%s", checkOpen, w.check, checkClose, rest))
		}
		for _, lines := range [][][]byte{lines, sealed} {
			got, err := decodeJournal(lines)
			if err != nil {
				continue
			}
			s, _ := Fold(State{Lineage: "l"}, got.records)
			again, err := decodeJournal(journalOf(t, got.records...))
			if err != nil {
				t.Fatalf("written again it is refused: %v", err)
			}
			twice, _ := Fold(State{Lineage: "l"}, again.records)
			if diff := cmp.Diff(s, twice); diff != "" {
				t.Fatalf("written again it says something else:\n%s", diff)
			}
		}
	})
}

// TestJournalOfVersion1: it noted the time until when a write was to be looked for, by a clock that the next run need
// not share. Whatever that says, such a write is looked for, and not for ever.
func TestJournalOfVersion1(t *testing.T) {
	wants, err := json.Marshal(titled("a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, until := range []string{"1", "1750000000000", "9999999999999999"} {
		var check uint32
		var lines [][]byte
		for _, line := range []string{
			`{"journal":{"version":1,"lineage":"l","serial":3}}`,
			`{"intent":{"seq":1,"op":"create","address":"template.a","scope_id":71,"wants":` + string(wants) + `}}`,
			`{"intent":{"seq":2,"op":"create","address":"template.b","scope_id":71,"wants":` + string(wants) + `,"until":` + until + `}}`,
			`{"intent":{"seq":3,"op":"create","address":"template.c","scope_id":71,"wants":` + string(wants) + `}}`,
			`{"sent":{"seq":1,"until":` + until + `}}`,
		} {
			rest := []byte(line[1:])
			check = checkOf(check, rest)
			lines = append(lines, fmt.Appendf(nil, "%s%08x%s%s", checkOpen, check, checkClose, rest))
		}
		got, err := decodeJournal(lines)
		if err != nil {
			t.Fatal(err)
		}
		_, pending := Fold(State{}, got.records)
		var waits []time.Duration
		for _, in := range pending {
			waits = append(waits, in.Waiting())
		}
		if diff := cmp.Diff([]time.Duration{time.Minute, time.Minute, 0}, waits); diff != "" {
			t.Errorf("until %s (-want +got):\n%s", until, diff)
		}
	}
}
