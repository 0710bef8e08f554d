package local

import (
	"path/filepath"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

func TestUnfolded(t *testing.T) {
	ctx := t.Context()
	l := open(filepath.Join(t.TempDir(), "countersign.state.json"))
	expect := func(when string, want bool) {
		t.Helper()
		if got, err := l.Unfolded(ctx); err != nil || got != want {
			t.Errorf("%s: got %v, error %v, want %v", when, got, err, want)
		}
	}
	expect("without a state", false)
	intents, err := l.Begin(ctx, []state.Intent{
		{Op: state.OpCreate, Address: addr.Of("template.a"), ScopeID: 7, Wants: &schema.Template{Title: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	expect("with a write under way", true)
	if err := l.Settle(ctx, []state.Outcome{{Seq: intents[0].Seq, Done: true, ID: 6}}); err != nil {
		t.Fatal(err)
	}
	expect("with a write that only the journal knows", true)
	st, _, err := l.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Write(ctx, st); err != nil {
		t.Fatal(err)
	}
	expect("after the state was written", false)
}
