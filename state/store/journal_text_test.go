package store

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

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

func intent(seq int, op state.Op, address string, id int64, title string) state.Record {
	in := state.Intent{Seq: seq, Op: op, Address: addr.Of(address), ID: id, ScopeID: 71}
	if op != state.OpRemove {
		in.Wants = &schema.Template{Title: title}
	}
	return state.Record{Intent: &in}
}

func done(seq int, id int64) state.Record {
	return state.Record{Outcome: &state.Outcome{Seq: seq, Done: true, ID: id}}
}

// journalOf makes the lines of a journal that continues serial 3. It checks nothing.
func journalOf(t testing.TB, records ...state.Record) [][]byte {
	t.Helper()
	var w journalEnd
	first, err := w.begin(state.Identity{Lineage: "l", Serial: 3}, "")
	lines := [][]byte{first}
	for _, r := range records {
		more, failed := w.lines([]state.Record{r}) // each in a batch of its own
		lines, err = append(lines, more...), errors.Join(err, failed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// shortJournal has a line of each kind.
func shortJournal() []state.Record {
	return []state.Record{
		intent(1, state.OpCreate, "template.a", 0, "a"),
		intent(2, state.OpRemove, "template.b", 5, ""),
		done(1, 9),
		{Outcome: &state.Outcome{Seq: 2}},
	}
}

func TestJournalText(t *testing.T) {
	lines := journalOf(t, shortJournal()...)
	const first = `{"check":"646e670b","journal":{"version":2,"lineage":"l","serial":3}}`
	if got := string(lines[0]); got != first {
		t.Errorf("the first line is %s\nnot %s; would today's journals still be read?", got, first)
	}
	got, err := decodeJournal(lines)
	if err != nil || got.version != 2 || got.end.of != (state.Identity{Lineage: "l", Serial: 3}) {
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
	newer, err := new(journalEnd).line(journalLine{Journal: &heading{Version: journalVersion + 1,
		Identity: state.Identity{Lineage: "l"}}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := (&journalEnd{check: 0x646e670b}).begin(state.Identity{Lineage: "l"}, "")
	if err != nil {
		t.Fatal(err)
	}
	of := func(records ...state.Record) [][]byte { return journalOf(t, records...) }

	for name, tt := range map[string]struct {
		lines [][]byte
		says  string
	}{
		"a digit changed":     {changed(3, `"id":5`, `"id":6`), "line 3 is damaged: its check does not agree"},
		"the last line":       {changed(5, `"done":false`, `"done":true`), "line 5 is damaged"},
		"a line lost":         {slices.Delete(slices.Clone(lines), 1, 2), "line 2 is damaged"},
		"the first line lost": {lines[1:], "line 1 is damaged"},
		"lines out of place":  {swapped, "line 4 is damaged"},
		"a line twice":        {append(slices.Clone(lines), lines[4]), "line 6 is damaged"},
		"zeros":               {changed(5, string(lines[4][20:]), strings.Repeat("\x00", 19)), "line 5 is damaged"},
		"an empty line": {[][]byte{lines[0], nil, lines[1]},
			"line 2 is damaged: it is not a line of a journal; the 1 lines before it are sound"},
		"something else": {[][]byte{[]byte("hello")},
			"line 1 is damaged: it is not a line of a journal; put the journal back as it was, or move it away"},
		"a later program's": {[][]byte{newer}, "use a newer countersign"},
		"an intent unsound": {of(state.Record{Intent: &state.Intent{Seq: 1, Op: "guess"}}),
			"none of create, update, remove and stage"},
		"an intent twice": {of(intent(1, state.OpRemove, "", 5, ""), intent(1, state.OpRemove, "", 6, "")),
			"intent 1 comes after intent 1"},
		"an outcome of none":   {of(done(1, 5)), "outcome of intent 1, which is not there"},
		"a create without tid": {of(intent(1, state.OpCreate, "template.a", 0, "a"), done(1, 0)), "no tid is given"},
		"a second first line": {[][]byte{lines[0], second},
			"line 2 is damaged: it is neither an intent, nor the mark of one sent, nor an outcome"},
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
			s, _ := state.Fold(state.State{Lineage: "l"}, got.records)
			again, err := decodeJournal(journalOf(t, got.records...))
			if err != nil {
				t.Fatalf("written again it is refused: %v", err)
			}
			twice, _ := state.Fold(state.State{Lineage: "l"}, again.records)
			if diff := cmp.Diff(s, twice); diff != "" {
				t.Fatalf("written again it says something else:\n%s", diff)
			}
		}
	})
}

// What a journal says is held against what a run can have written, by whoever wrote its checks.
func TestJournalOfWhatCannotBe(t *testing.T) {
	change := func(do func(*state.Intent)) state.Record {
		r := intent(1, state.OpCreate, "template.a", 0, "a")
		do(r.Intent)
		return r
	}
	stage := func(do func(*state.Intent)) state.Record {
		in := state.Intent{Seq: 1, Op: state.OpStage, Address: addr.Of("attachment.a"),
			Stage: &state.Stage{Part: state.StageDriveFolder}}
		do(&in)
		return state.Record{Intent: &in}
	}
	for says, records := range map[string][]state.Record{
		`no block can have the address "a": it does not begin with template.`: {
			change(func(in *state.Intent) { in.Address = addr.Of("a") })},
		`no block can have the address "attachment.a": it does not begin with template.`: {
			change(func(in *state.Intent) { in.Address = addr.Of("attachment.a") })},
		`no block can have the address "template.a\x1b[2J"`: {
			change(func(in *state.Intent) { in.Address = addr.Of("template.a\x1b[2J") })},
		`intent 1 to create "template.a\nb": no block can have the address "template.a\nb"`: {
			change(func(in *state.Intent) { in.Address = addr.Of("template.a\nb") })},
		`no block can have the address "template.x y"`: {
			{Intent: &state.Intent{Seq: 1, Op: state.OpRemove, ID: 5, ScopeID: 7, Address: addr.Of("template.x y")}}},
		"it has no address":                           {change(func(in *state.Intent) { in.Address = addr.Address{} })},
		"scope_id 0 is not that of a folder or file":  {change(func(in *state.Intent) { in.ScopeID = 0 })},
		"scope_id -1 is not that of a folder or file": {change(func(in *state.Intent) { in.ScopeID = -1 })},
		`scope: no block can have the address "template.f"`: {
			change(func(in *state.Intent) { in.Scope = addr.Of("template.f") })},
		`scope_kind "disc" is none of folder and file`: {change(func(in *state.Intent) { in.ScopeKind = "disc" })},
		"known tid -4 is not that of a template":       {change(func(in *state.Intent) { in.Known = []int64{3, -4} })},
		"its tid -5 is not that of a template":         {intent(1, state.OpUpdate, "template.a", -5, "a")},
		`no block can have the address "template.a": it does not begin with attachment.`: {
			stage(func(in *state.Intent) { in.Address = addr.Of("template.a") })},
		`no block can have the address "": it does not begin with attachment.`: {
			stage(func(in *state.Intent) { in.Address = addr.Address{} })},
		"id 0 is not that of an attachment on the drive": {
			stage(func(*state.Intent) {}), {Outcome: &state.Outcome{Seq: 1, Done: true, Staged: &state.Staged{}}}},
		"id -3 is not that of an attachment on the drive": {
			stage(func(*state.Intent) {}),
			{Outcome: &state.Outcome{Seq: 1, Done: true, Staged: &state.Staged{ID: -3}}}},
		"intent 9007199254740992 comes after intent 0": {intent(1<<53, state.OpRemove, "", 5, "")},
	} {
		_, err := decodeJournal(journalOf(t, records...))
		mustSay(t, err, says, "is damaged", "put the journal back as it was")
	}
	line, err := new(journalEnd).begin(state.Identity{Lineage: "l", Serial: state.MostSerial + 1}, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = decodeJournal([][]byte{line})
	mustSay(t, err, "it continues serial 9007199254740992, and no state has a serial above 9007199254740991")
}

func mustSay(t testing.TB, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Fatalf("error %v\nmust say %q", err, part)
		}
	}
}

// TestJournalOfVersion1: it noted the time until when a write was to be looked for, by a clock that the next run need
// not share. Whatever that says, such a write is looked for, and not for ever.
func TestJournalOfVersion1(t *testing.T) {
	wants, err := json.Marshal(schema.Template{Title: "a"})
	if err != nil {
		t.Fatal(err)
	}
	for _, until := range []string{"1", "1750000000000", "9999999999999999"} {
		var check uint32
		var lines [][]byte
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
			lines = append(lines, fmt.Appendf(nil, "%s%08x%s%s", checkOpen, check, checkClose, rest))
		}
		got, err := decodeJournal(lines)
		if err != nil {
			t.Fatal(err)
		}
		_, pending := state.Fold(state.State{}, got.records)
		var waits []time.Duration
		for _, in := range pending {
			waits = append(waits, in.Waiting())
		}
		if diff := cmp.Diff([]time.Duration{time.Minute, time.Minute, 0}, waits); diff != "" {
			t.Errorf("until %s (-want +got):\n%s", until, diff)
		}
	}
}
