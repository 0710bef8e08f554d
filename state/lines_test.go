package state

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// journalOf makes the text of a journal that continues serial 3.
func journalOf(t testing.TB, records ...Record) []byte {
	t.Helper()
	var w writing
	text, err := w.appendLine(nil, journalLine{Journal: &heading{journalVersion, "l", 3}})
	for _, r := range records {
		if err == nil && r.Intent != nil {
			text, err = w.appendIntents(text, []Intent{*r.Intent})
		}
		if err == nil && r.Outcome != nil {
			text, err = w.appendLine(text, journalLine{Record: r})
		}
	}
	if err != nil || w.size != int64(len(text)) {
		t.Fatalf("%d of %d bytes counted, %v", w.size, len(text), err)
	}
	return text
}

// shortJournal has a line of each kind.
func shortJournal() []Record {
	return []Record{intent(1, OpCreate, "template.a", 0, "a"), intent(2, OpRemove, "template.b", 5, ""), done(1, 9),
		notDone(2)}
}

func TestJournalText(t *testing.T) {
	text := journalOf(t, shortJournal()...)
	const first = `{"check":"646e670b","journal":{"version":2,"lineage":"l","serial":3}}`
	if got, _, _ := strings.Cut(string(text), "\n"); got != first {
		t.Errorf("the first line is %s\nnot %s; would today's journals still be read?", got, first)
	}
	got, err := decodeJournal(text)
	if err != nil || *got.heading != (heading{2, "l", 3}) {
		t.Fatalf("%+v, %v", got.heading, err)
	}
	if diff := cmp.Diff(shortJournal(), got.records); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestJournalCutAnywhere: whatever part of the last line was written, the lines before it count, and the next run
// goes on after them.
func TestJournalCutAnywhere(t *testing.T) {
	records := shortJournal()
	text := journalOf(t, records...)
	for n := range len(text) + 1 {
		whole := bytes.Count(text[:n], []byte("\n")) - 1 // without the heading
		got, err := decodeJournal(text[:n])
		if err != nil || len(got.records) != max(0, whole) || (got.heading == nil) != (whole < 0) {
			t.Fatalf("cut at %d: %d records of %d, %v", n, len(got.records), whole, err)
		}
		if n%7 > 0 && n+3 < len(text) {
			continue // what follows writes files; some places will do, and the very end
		}

		l := newLocal(t)
		put(t, l.Path(), encoded(t, State{Lineage: "l", Serial: 3}))
		put(t, pathsOf(l).journal, text[:n])
		if whole < 0 { // a journal gets its name with its first line in it
			_, err := l.Begin(ctx, []Intent{*intent(0, OpRemove, "template.z", 77, "").Intent})
			mustFail(t, err, "it is no journal", pathsOf(l).journal)
			_, _, err = l.Read(ctx)
			mustFail(t, err, "it is no journal", pathsOf(l).journal)
			continue
		}
		mustBegin(t, l, intent(0, OpRemove, "template.z", 77, ""))
		after, err := decodeJournal(get(t, pathsOf(l).journal))
		if err != nil || len(after.records) != max(0, whole)+1 || after.records[max(0, whole)].Intent.ID != 77 {
			t.Fatalf("cut at %d and gone on: %d records, %v", n, len(after.records), err)
		}
	}
}

// TestJournalDamage: a line that was kept once and is not as it was is told by its number, and nothing goes on.
func TestJournalDamage(t *testing.T) {
	text := string(journalOf(t, shortJournal()...))
	lines := strings.SplitAfter(text, "\n")
	without := func(n int) string { return strings.Join(slices.Delete(slices.Clone(lines), n-1, n), "") }
	swapped := slices.Clone(lines)
	swapped[3], swapped[4] = swapped[4], swapped[3]
	var later writing
	newer, err := later.appendLine(nil, journalLine{Journal: &heading{Version: journalVersion + 1, Lineage: "l"}})
	if err != nil {
		t.Fatal(err)
	}

	again := writing{check: 0x646e670b}
	second, err := again.appendLine(nil, journalLine{Journal: &heading{Version: journalVersion, Lineage: "l"}})
	if err != nil {
		t.Fatal(err)
	}

	tests := map[string]struct{ text, says string }{
		"a digit changed": {strings.Replace(text, `"id":5`, `"id":6`, 1),
			"line 3 is damaged: its check does not agree"},
		"the last line":       {strings.Replace(text, `"done":false`, `"done":true`, 1), "line 5 is damaged"},
		"a line lost":         {without(2), "line 2 is damaged"},
		"the first line lost": {without(1), "line 1 is damaged"},
		"lines out of place":  {strings.Join(swapped, ""), "line 4 is damaged"},
		"a line twice":        {text + lines[4], "line 6 is damaged"},
		"zeros":               {text[:len(text)-20] + strings.Repeat("\x00", 19) + "\n", "line 5 is damaged"},
		"an empty line": {lines[0] + "\n" + lines[1],
			"line 2 is damaged: it is not a line of a journal; the 1 lines before it are sound"},
		"something else":    {"hello\n", "line 1 is damaged: it is not a line of a journal; put the journal back as it was, or move it away"},
		"a later program's": {string(newer), "use a newer countersign"},
		"an intent unsound": {string(journalOf(t, Record{Intent: &Intent{Seq: 1, Op: "guess"}})),
			"none of create, update, remove and stage"},
		"an intent twice": {string(journalOf(t, intent(1, OpRemove, "", 5, ""), intent(1, OpRemove, "", 6, ""))),
			"intent 1 comes after intent 1"},
		"an outcome of none": {string(journalOf(t, done(1, 5))), "outcome of intent 1, which is not there"},
		"a create without tid": {string(journalOf(t, intent(1, OpCreate, "template.a", 0, "a"), done(1, 0))),
			"no tid is given"},
		"a second first line": {lines[0] + string(second), "line 2 is damaged: it is neither an intent, nor the mark of one sent, nor an outcome"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.text == text {
				t.Fatal("nothing is damaged")
			}
			l := newLocal(t)
			put(t, l.Path(), encoded(t, State{Lineage: "l", Serial: 3}))
			path := filepath.Join(filepath.Dir(l.Path()), "countersign.state.journal")
			put(t, path, []byte(tt.text))
			_, _, err := l.Read(ctx)
			mustFail(t, err, tt.says, path)
			_, err = l.Write(ctx, State{Lineage: "l", Serial: 3})
			mustFail(t, err, tt.says)
			_, err = l.Begin(ctx, []Intent{*intent(0, OpRemove, "", 5, "").Intent})
			mustFail(t, err, tt.says)
			if got, err := os.ReadFile(path); err != nil || string(got) != tt.text {
				t.Error("the journal was changed")
			}
		})
	}
}

// TestJournalSharesKnown: a thousand templates made on a folder that has a thousand already do not write down a
// million ids, also not when a Write carries them over.
func TestJournalSharesKnown(t *testing.T) {
	known := make([]int64, 1000)
	for i := range known {
		known[i] = int64(1000 + i)
	}
	var records []Record
	for i := range 1000 {
		r := intent(0, OpCreate, fmt.Sprintf("template.t%d", i), 0, "t")
		r.Intent.Known = known
		records = append(records, r)
	}
	l := newLocal(t)
	s := mustWrite(t, l, State{})
	mustBegin(t, l, records...)
	mustBegin(t, l, records[:1]...) // another batch
	for range 2 {
		_, pending := mustRead(t, l)
		if len(pending) != 1001 || !slices.Equal(pending[0].Known, known) || !slices.Equal(pending[999].Known, known) ||
			!slices.Equal(pending[1000].Known, known) {
			t.Fatalf("%d pending; they lost what was known", len(pending))
		}
		if size := len(get(t, pathsOf(l).journal)); size > 600_000 {
			t.Errorf("the journal has %d bytes", size)
		}
		s = mustWrite(t, NewLocal(l.Path()), s)
	}
}

func FuzzDecodeJournal(f *testing.F) {
	text := journalOf(f, shortJournal()...)
	f.Add(text)
	f.Add(text[:len(text)-9])
	f.Add(bytes.Replace(text, []byte("create"), []byte("remove"), 1))
	f.Add([]byte(checkOpen + "00000000" + checkClose + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		// the text as it is, and its lines under the checks that belong to them: a fuzzer would not find those
		var w writing
		var sealed []byte
		for rest := range bytes.Lines(data) {
			rest = bytes.TrimSuffix(rest, []byte("\n"))
			rest = bytes.TrimPrefix(rest, []byte(checkOpen))
			if len(rest) > 8+len(checkClose) {
				rest = rest[8+len(checkClose):]
			}
			w.check = checkOf(w.check, rest)
			sealed = fmt.Appendf(sealed, "%s%08x%s%s", checkOpen, w.check, checkClose, rest)
			sealed = append(sealed, '\n')
		}
		for _, data := range [][]byte{data, sealed} {
			got, err := decodeJournal(data)
			if err != nil || got.heading == nil {
				continue
			}
			s, _ := Fold(State{Lineage: "l"}, got.records)
			if _, err := decodeJournal(data[:got.end.size]); err != nil {
				t.Fatalf("its sound part is refused: %v", err)
			}
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
		var text []byte
		for _, line := range []string{
			`{"journal":{"version":1,"lineage":"l","serial":3}}`,
			`{"intent":{"seq":1,"op":"create","address":"template.a","scope_id":71,"wants":` + string(wants) + `}}`,
			`{"intent":{"seq":2,"op":"create","address":"template.b","scope_id":71,"wants":` + string(wants) +
				`,"until":` + until + `}}`,
			`{"intent":{"seq":3,"op":"create","address":"template.c","scope_id":71,"wants":` + string(wants) + `}}`,
			`{"sent":{"seq":1,"until":` + until + `}}`,
		} {
			rest := []byte(line[1:])
			check = checkOf(check, rest)
			text = fmt.Appendf(text, "%s%08x%s%s\n", checkOpen, check, checkClose, rest)
		}
		got, err := decodeJournal(text)
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
