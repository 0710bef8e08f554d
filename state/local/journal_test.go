package local

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"countersign/state"
)

// TestJournalCutAnywhere: whatever part of the last line was written, the lines before it count, and the next run
// goes on after them.
func TestJournalCutAnywhere(t *testing.T) {
	text := shortJournal(t)
	for n := range len(text) + 1 {
		if n%7 > 0 && n+3 < len(text) {
			continue // some places will do, and the very end
		}
		l := newLocal(t)
		put(t, l.Path(), encoded(t, state.State{Lineage: "l", Serial: 3}))
		put(t, pathsOf(l).journal, text[:n])
		whole := text[:bytes.LastIndexByte(text[:n], '\n')+1]
		if len(whole) == 0 { // a journal gets its name with its first line in it
			_, err := l.Begin(ctx, []state.Intent{intent(state.OpRemove, "template.z", 77, "")})
			mustFail(t, err, "it is no journal", pathsOf(l).journal)
			_, _, err = l.Read(ctx)
			mustFail(t, err, "it is no journal", pathsOf(l).journal)
			continue
		}
		_, before := mustRead(t, l)
		mustBegin(t, l, intent(state.OpRemove, "template.z", 77, ""))
		_, after := mustRead(t, open(l.Path()))
		if len(after) != len(before)+1 || after[len(before)].ID != 77 {
			t.Fatalf("cut at %d and gone on: %d pending, then %d", n, len(before), len(after))
		}
		now := get(t, pathsOf(l).journal)
		if !bytes.HasPrefix(now, whole) || bytes.Count(now, []byte("\n")) != bytes.Count(whole, []byte("\n"))+1 {
			t.Fatalf("cut at %d and gone on, it is\n%s", n, now)
		}
	}
}

// TestJournalDamage: a journal that is not as it was is told by its line, and nothing goes on.
func TestJournalDamage(t *testing.T) {
	l := newLocal(t)
	put(t, l.Path(), encoded(t, state.State{Lineage: "l", Serial: 3}))
	path := pathsOf(l).journal
	text := strings.Replace(string(shortJournal(t)), `"id":5`, `"id":6`, 1)
	put(t, path, []byte(text))
	const says = "line 3 is damaged: its check does not agree"
	_, _, err := l.Read(ctx)
	mustFail(t, err, says, path)
	_, err = l.Write(ctx, state.State{Lineage: "l", Serial: 3})
	mustFail(t, err, says, path)
	_, err = l.Begin(ctx, []state.Intent{intent(state.OpRemove, "", 5, "")})
	mustFail(t, err, says, path)
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Error("the journal was changed")
	}
}

// TestJournalSharesKnown: a thousand templates made on a folder that has a thousand already do not write down a
// million ids, also not when a Write carries them over.
func TestJournalSharesKnown(t *testing.T) {
	known := make([]int64, 1000)
	for i := range known {
		known[i] = int64(1000 + i)
	}
	var intents []state.Intent
	for i := range 1000 {
		in := intent(state.OpCreate, fmt.Sprintf("template.t%d", i), 0, "t")
		in.Known = known
		intents = append(intents, in)
	}
	l := newLocal(t)
	s := mustWrite(t, l, state.State{})
	mustBegin(t, l, intents...)
	mustBegin(t, l, intents[:1]...) // another batch
	for range 2 {
		_, pending := mustRead(t, l)
		if len(pending) != 1001 || !slices.Equal(pending[0].Known, known) || !slices.Equal(pending[999].Known, known) ||
			!slices.Equal(pending[1000].Known, known) {
			t.Fatalf("%d pending; they lost what was known", len(pending))
		}
		if size := len(get(t, pathsOf(l).journal)); size > 600_000 {
			t.Errorf("the journal has %d bytes", size)
		}
		s = mustWrite(t, open(l.Path()), s)
	}
}
