package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/state/statetest"
	"countersign/state/store"
)

// dying is a place at which a process is killed before or after one of its writes.
type dying struct {
	*statetest.Memory
	writes *int // left until then, of both places; after that nothing is kept
	after  bool
}

var errKilled = errors.New("killed")

func (d dying) write(do func() error) error {
	*d.writes--
	if *d.writes < 0 || *d.writes == 0 && !d.after {
		return errKilled
	}
	if err := do(); err != nil {
		return err
	}
	if *d.writes == 0 {
		return errKilled
	}
	return nil
}

func (d dying) Replace(ctx context.Context, of state.Identity, text []byte, was store.Version) (
	v store.Version, err error) {
	err = d.write(func() error { v, err = d.Memory.Replace(ctx, of, text, was); return err })
	return v, err
}

func (d dying) ReplaceJournal(ctx context.Context, entries [][]byte) (j store.Journal, err error) {
	err = d.write(func() error { j, err = d.Memory.ReplaceJournal(ctx, entries); return err })
	return j, err
}

var mover = store.LockInfo{Who: "me@here", Created: time.Unix(1, 0)}

func create(address string) []state.Intent {
	return []state.Intent{{Op: state.OpCreate, Address: addr.Of(address), ScopeID: 7,
		Wants: &schema.Template{Title: "审批"}}}
}

// used is a place with a state that binds template.a, a journal that binds template.b, and template.c pending.
func used(t *testing.T) *statetest.Memory {
	t.Helper()
	m := statetest.NewMemory()
	s, ctx := store.New(m.Again(), nil), t.Context()
	note := func(address string, id int64) {
		in, err := s.Begin(ctx, create(address))
		if err == nil && id > 0 {
			err = s.Settle(ctx, []state.Outcome{{Seq: in[0].Seq, Done: true, ID: id}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	note("template.a", 5)
	st, _, err := s.Read(ctx)
	if err == nil {
		_, err = s.Write(ctx, st)
	}
	if err != nil {
		t.Fatal(err)
	}
	note("template.b", 6)
	note("template.c", 0)
	return m
}

// says is what a place tells a run: what is bound and pending, or why it cannot be used.
func says(t *testing.T, m *statetest.Memory) string {
	t.Helper()
	st, pending, err := store.New(m.Again(), nil).Read(t.Context())
	var migrated *store.MigratedError
	switch {
	case errors.As(err, &migrated) && migrated.State.Migrated.To != "":
		return "gone"
	case errors.As(err, &migrated):
		return "not complete"
	case err != nil:
		t.Fatal(err)
	}
	text := ""
	for _, b := range st.Bindings {
		text += fmt.Sprintf("%s=%d ", b.Address, b.ID)
	}
	for _, in := range pending {
		text += "?" + in.Address.String()
	}
	return text
}

const whole = "template.a=5 template.b=6 ?template.c"

// TestMigrateKilled kills a move before and after each of its writes. At no moment two places have the state in use,
// none of it is lost, and the same move made again completes it.
func TestMigrateKilled(t *testing.T) {
	ctx := t.Context()
	for _, back := range []bool{false, true} {
		kills := 0
		for n, done := 1, false; !done; n++ {
			for _, after := range []bool{false, true} {
				old, next := used(t), statetest.NewMemory()
				if back { // to where it was before
					if _, _, moved, err := store.New(next, nil).Migrate(ctx, store.New(old, nil), mover); !moved ||
						err != nil {
						t.Fatal(moved, err)
					}
					old, next = next, old
				}
				writes := n
				from, to := store.New(dying{old.Again(), &writes, after}, nil),
					store.New(dying{next.Again(), &writes, after}, nil)
				_, _, moved, err := to.Migrate(ctx, from, mover)
				if done = err == nil; done && (!moved || writes <= 0) {
					t.Errorf("killed at write %d, it moved", n)
				}
				a, b := says(t, old), says(t, next)
				if a == whole == (b == whole) && a == b || a != whole && a != "gone" || b == whole && a != "gone" {
					t.Errorf("killed at write %d, %v: the old place says %q, the new one %q", n, after, a, b)
				}
				kills++
				st, pending, _, err := store.New(next.Again(), nil).Migrate(ctx, store.New(old.Again(), nil), mover)
				if err != nil || len(st.Bindings) != 2 || !done && pending > 1 {
					t.Errorf("killed at write %d, %v, and made again: %d bound, %v", n, after, len(st.Bindings), err)
				}
				if a, b := says(t, old), says(t, next); a != "gone" || b != whole {
					t.Errorf("killed at write %d, %v, and made again: the old place says %q, the new one %q", n,
						after, a, b)
				}
			}
		}
		if kills < 10 {
			t.Errorf("killed %d times", kills)
		}
	}
}

// TestMigrateRefuses: nothing of somebody else's is written over.
func TestMigrateRefuses(t *testing.T) {
	ctx := t.Context()
	empty, a, b, c := statetest.NewMemory(), used(t), used(t), statetest.NewMemory()
	same := a.Copy()
	migrate := func(from, to *statetest.Memory) error {
		_, _, _, err := store.New(to.Again(), nil).Migrate(ctx, store.New(from.Again(), nil), mover)
		return err
	}
	refused := func(err error, says string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("refused with %v, not with %q", err, says)
		}
	}
	refused(migrate(empty, c), "there is no state in")
	refused(migrate(empty, a), "the one in in memory is left as it is")
	refused(migrate(a, b), "there is another state in")
	refused(migrate(a, same), "a state of the same lineage is in use")
	if err := migrate(a, c); err != nil {
		t.Fatal(err)
	}
	refused(migrate(a, empty), "it was moved to in memory at 1970-01-01T00:00:01Z by me@here")
	if says(t, a) != "gone" || says(t, b) != whole || says(t, same) != whole || says(t, c) != whole ||
		says(t, empty) != "" {
		t.Error("something was written over")
	}

	// A run that read the old place before it was marked writes nothing more there, and a person can use it again.
	late := store.New(a.Again(), nil)
	_, err := late.Begin(ctx, create("template.z"))
	refused(err, "the state is no longer in in memory")
	_, err = late.Write(ctx, state.State{})
	refused(err, "the state is no longer in in memory")
	st, _, err := store.New(c.Again(), nil).Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = late.Push(ctx, st, false)
	refused(err, "the state is no longer in in memory")
	if _, err := late.Push(ctx, st, true); err != nil || says(t, a) != "template.a=5 template.b=6 " {
		t.Errorf("%v, %s", err, says(t, a))
	}
}

// named is a place with a name.
type named struct {
	*statetest.Memory
	name string
}

func (n named) Where() store.Where { return store.Where{State: n.name, Journal: n.name + "'s journal"} }

// TestMigrateOfAnother: what a cut-off move from b has left in c is not completed from a, where the state was before b:
// b still has it in use.
func TestMigrateOfAnother(t *testing.T) {
	ctx := t.Context()
	a, b, c := used(t), statetest.NewMemory(), statetest.NewMemory()
	at := func(m *statetest.Memory, name string) *store.Store {
		return store.New(named{m.Again(), name}, nil)
	}
	if _, _, _, err := at(b, "b").Migrate(ctx, at(a, "a"), mover); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := at(c, "c").Migrate(ctx, store.New(dying{b.Again(), new(int), false}, nil),
		mover); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	if says(t, b) != whole || says(t, c) != "not complete" {
		t.Fatalf("b says %q, c %q", says(t, b), says(t, c))
	}
	_, _, _, err := at(c, "c").Migrate(ctx, at(a, "a"), mover)
	if err == nil || !strings.Contains(err.Error(), "it was moved to b") || says(t, c) != "not complete" {
		t.Errorf("%v; c says %q", err, says(t, c))
	}
	if _, _, _, err := at(c, "c").Migrate(ctx, at(b, "b"), mover); err != nil || says(t, b) != "gone" ||
		says(t, c) != whole {
		t.Errorf("%v; b says %q, c %q", err, says(t, b), says(t, c))
	}
}
