package state

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"countersign/schema"
	"countersign/schema/addr"
)

// titled is a template that differs from others by its title alone.
func titled(title string) schema.Template {
	return schema.Template{Title: title, ApprovalType: "4", AppliesTo: schema.AppliesToFiles,
		Steps: []schema.Step{{Name: "初审", Approvers: []schema.Person{{ID: 3, Username: "test02",
			Realname: "测试2"}}, Rule: schema.RuleAny}},
		ApproverAccess: schema.AccessNone, CCAccess: schema.AccessNone}
}

func bound(address string, id int64, title string) Binding {
	return Binding{Address: addr.Of(address), ID: id, ScopeID: 71, Scope: addr.Of("folder.f"),
		ScopeKind: schema.ScopeFolder, Recorded: titled(title)}
}

func intent(seq int, op Op, address string, id int64, title string) Record {
	in := Intent{Seq: seq, Op: op, Address: addr.Of(address), ID: id, ScopeID: 71, Scope: addr.Of("folder.f"),
		ScopeKind: schema.ScopeFolder}
	if op != OpRemove {
		t := titled(title)
		in.Wants = &t
	}
	return Record{Intent: &in}
}

func done(seq int, id int64) Record { return Record{Outcome: &Outcome{Seq: seq, Done: true, ID: id}} }
func notDone(seq int) Record        { return Record{Outcome: &Outcome{Seq: seq}} }

func TestFold(t *testing.T) {
	const a, b = "template.a", "template.b"
	deposing := func(b Binding, old ...Deposed) Binding { b.Deposed = old; return b }
	old := Deposed{ID: 5, ScopeID: 71, Recorded: titled("old")}

	tests := []struct {
		name    string
		before  []Binding
		records []Record
		want    []Binding
		pending []int
	}{
		{name: "nothing", before: []Binding{bound(a, 5, "old")}, want: []Binding{bound(a, 5, "old")}},
		{name: "a create that was done is bound, in its order",
			before:  []Binding{bound(b, 6, "b")},
			records: []Record{intent(1, OpCreate, a, 0, "new"), done(1, 9)},
			want:    []Binding{bound(a, 9, "new"), bound(b, 6, "b")}},
		{name: "a create that was not done leaves nothing",
			records: []Record{intent(1, OpCreate, a, 0, "new"), notDone(1)}},
		{name: "a create whose outcome is unknown is pending",
			records: []Record{intent(1, OpCreate, a, 0, "new")}, pending: []int{1}},
		{name: "an outcome without the new tid leaves a create pending",
			records: []Record{intent(1, OpCreate, a, 0, "new"), done(1, 0)}, pending: []int{1}},
		{name: "pending ones keep their order, whatever is settled between them",
			records: []Record{intent(1, OpCreate, a, 0, "a"), intent(2, OpRemove, b, 6, ""),
				intent(3, OpUpdate, b, 6, "b"), done(2, 0)},
			before:  []Binding{bound(b, 6, "b")},
			pending: []int{1, 3}},
		{name: "a create on a bound address deposes",
			before:  []Binding{bound(a, 5, "old")},
			records: []Record{intent(1, OpCreate, a, 0, "new"), done(1, 9)},
			want:    []Binding{deposing(bound(a, 9, "new"), old)}},
		{name: "a replace: create, then remove the old",
			before:  []Binding{bound(a, 5, "old")},
			records: []Record{intent(1, OpCreate, a, 0, "new"), done(1, 9), intent(2, OpRemove, a, 5, ""), done(2, 0)},
			want:    []Binding{bound(a, 9, "new")}},
		{name: "a replace whose removal failed",
			before:  []Binding{bound(a, 5, "old")},
			records: []Record{intent(1, OpCreate, a, 0, "new"), done(1, 9), intent(2, OpRemove, a, 5, ""), notDone(2)},
			want:    []Binding{deposing(bound(a, 9, "new"), old)}},
		{name: "an update is recorded",
			before:  []Binding{bound(a, 5, "old")},
			records: []Record{intent(1, OpUpdate, a, 5, "new"), done(1, 0)},
			want:    []Binding{bound(a, 5, "new")}},
		{name: "an update of a tid that is not the bound one is not",
			before:  []Binding{bound(a, 5, "old")},
			records: []Record{intent(1, OpUpdate, a, 7, "new"), done(1, 0)},
			want:    []Binding{bound(a, 5, "old")}},
		{name: "a removal takes the binding away",
			before:  []Binding{bound(a, 5, "old"), bound(b, 6, "b")},
			records: []Record{intent(1, OpRemove, a, 5, ""), done(1, 0)},
			want:    []Binding{bound(b, 6, "b")}},
		{name: "a removal of the bound one leaves the deposed one to be removed",
			before:  []Binding{deposing(bound(a, 9, "new"), old)},
			records: []Record{intent(1, OpRemove, a, 9, ""), done(1, 0)},
			want:    []Binding{deposing(bound(a, 0, "new"), old)}},
		{name: "a removal of an unmanaged template concerns no binding",
			before:  []Binding{bound(a, 5, "old")},
			records: []Record{intent(1, OpRemove, "", 8, ""), done(1, 0)},
			want:    []Binding{bound(a, 5, "old")}},
		{name: "removed and made again",
			before:  []Binding{bound(a, 5, "old")},
			records: []Record{intent(1, OpRemove, a, 5, ""), done(1, 0), intent(2, OpCreate, a, 0, "new"), done(2, 9)},
			want:    []Binding{bound(a, 9, "new")}},
		{name: "an intent that does not say what it wants is no reason to panic",
			records: []Record{{Intent: &Intent{Seq: 1, Op: OpCreate, Address: addr.Of(a)}}, done(1, 9)},
			want:    []Binding{{Address: addr.Of(a), ID: 9}}},
		{name: "an outcome of no intent is nothing",
			records: []Record{done(4, 9)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := State{Lineage: "l", Serial: 3, Bindings: tt.before}
			got, pending := Fold(s, tt.records)
			if diff := cmp.Diff(State{Lineage: "l", Serial: 3, Bindings: tt.want}, got,
				cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
			var seqs []int
			for _, in := range pending {
				seqs = append(seqs, in.Seq)
			}
			if diff := cmp.Diff(tt.pending, seqs, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("pending (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFoldUpdateRenamesScope: a scope's block may have been renamed since the template was made.
func TestFoldUpdateRenamesScope(t *testing.T) {
	r := intent(1, OpUpdate, "template.a", 5, "new")
	r.Intent.Scope, r.Intent.ScopePath = addr.Of("folder.renamed"), "公司文件/合同"
	got, _ := Fold(State{Bindings: []Binding{bound("template.a", 5, "old")}}, []Record{r, done(1, 0)})
	if b := got.Bindings[0]; b.Scope.String() != "folder.renamed" || b.ScopePath != "公司文件/合同" {
		t.Errorf("scope is %s at %s", b.Scope, b.ScopePath)
	}
}

// TestFoldRandom makes random journals and holds Fold to what the program relies on: it changes nothing it was
// given, folding in two parts is folding once, and folding again what is held already changes nothing.
func TestFoldRandom(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 2))
		s, records := randomJournal(rng)
		before, err := Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		whole, pending := Fold(s, records)
		if after, _ := Encode(s); string(before) != string(after) {
			t.Fatalf("seed %d: Fold changed the state it was given", seed)
		}
		if err := whole.Check(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}

		cut := rng.IntN(len(records) + 1)
		half, waiting := Fold(s, records[:cut])
		var rest []Record
		for _, in := range waiting {
			rest = append(rest, Record{Intent: &in})
		}
		got, left := Fold(half, append(rest, records[cut:]...))
		if diff := cmp.Diff(whole, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d: in two parts, cut at %d (-whole +parts):\n%s", seed, cut, diff)
		}
		if diff := cmp.Diff(pending, left, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d: pending in two parts, cut at %d (-whole +parts):\n%s", seed, cut, diff)
		}

		again, _ := Fold(whole, records)
		if diff := cmp.Diff(sortDeposed(whole), sortDeposed(again), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d: folded twice (-once +twice):\n%s", seed, diff)
		}
	}
}

// sortDeposed: in which order the replaced ones are listed means nothing.
func sortDeposed(s State) map[string]map[int64]schema.Template {
	out := map[string]map[int64]schema.Template{}
	for _, b := range s.Bindings {
		ids := map[int64]schema.Template{}
		if b.ID != 0 {
			ids[b.ID] = b.Recorded
		}
		for _, d := range b.Deposed {
			ids[-d.ID] = d.Recorded
		}
		out[b.Address.String()] = ids
	}
	return out
}

// randomJournal makes a state and what an apply with several writes at a time might note: on one address, an
// intent comes only when the one before is settled.
func randomJournal(rng *rand.Rand) (State, []Record) {
	s := State{Version: FormatVersion, Lineage: "l", Serial: 1, Outputs: map[string]Output{}}
	nextID := int64(100)
	for i := range rng.IntN(4) {
		s.Bindings = append(s.Bindings, bound(fmt.Sprintf("template.t%d", i), int64(10+i), "before"))
	}
	world := s // what a fold of everything settled so far gives; the source of sensible intents
	busy := map[string]Record{}
	var records []Record
	add := func(r Record) {
		records = append(records, r)
	}
	for seq := 1; len(records) < 24; {
		address := fmt.Sprintf("template.t%d", rng.IntN(6))
		if open, ok := busy[address]; ok {
			if rng.IntN(3) == 0 {
				break
			}
			delete(busy, address)
			out := Outcome{Seq: open.Intent.Seq, Done: rng.IntN(4) > 0}
			if out.Done && open.Intent.Op == OpCreate {
				nextID++
				out.ID = nextID
			}
			add(Record{Outcome: &out})
			world, _ = Fold(world, []Record{open, {Outcome: &out}})
			continue
		}
		b := world.Index().Bindings[addr.Of(address)]
		r := intent(seq, OpCreate, address, 0, fmt.Sprint("made by ", seq))
		if b != nil && b.ID != 0 && rng.IntN(3) > 0 {
			r = intent(seq, OpUpdate, address, b.ID, fmt.Sprint("updated by ", seq))
			if rng.IntN(2) == 0 {
				r = intent(seq, OpRemove, address, b.ID, "")
			}
		}
		if b != nil && len(b.Deposed) > 0 && rng.IntN(2) == 0 {
			r = intent(seq, OpRemove, address, b.Deposed[0].ID, "")
		}
		busy[address] = r
		add(r)
		seq++
	}
	return s, records
}
