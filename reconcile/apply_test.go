package reconcile_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"countersign/internal/parallel"
	"countersign/reconcile/apply"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
	"countersign/state"
)

// dice make random declarations over a few scopes, names and people, so that one differs from the next by every
// kind of change.
type dice struct{ *rand.Rand }

func (r dice) declaration() schema.Declaration {
	var decl schema.Declaration
	for i := range 3 {
		decl.Scopes = append(decl.Scopes, schema.Scope{Address: addr.Of(fmt.Sprint("folder.f", i)),
			Kind: schema.ScopeFolder, ID: int64(71 + i),
			Unmanaged: []schema.Unmanaged{schema.UnmanagedReport, schema.UnmanagedIgnore, schema.UnmanagedRemove}[i]})
	}
	for i := range 8 {
		if r.IntN(3) > 0 {
			decl.Templates = append(decl.Templates, schema.Declared{Address: addr.Of(fmt.Sprintf("template.t[%q]",
				fmt.Sprint(i))),
				Scope: addr.Of(fmt.Sprint("folder.f", r.IntN(3))), Template: r.template(fmt.Sprint("题é", i))})
		}
	}
	return decl
}

func (r dice) template(title string) schema.Template {
	t := schema.Template{Title: title, ApprovalType: []string{"修改文件", "2", "不处理"}[r.IntN(3)], CC: r.people(r.IntN(3))}
	for i := range 1 + r.IntN(3) {
		s := schema.Step{Name: fmt.Sprint("步ế", r.IntN(4)), Approvers: r.people(1 + r.IntN(3)), Rule: schema.RuleAll}
		if i == 1 {
			s.Rule, s.MinApprovals = schema.RuleAtLeast, 1
		}
		t.Steps = append(t.Steps, s)
	}
	return t
}

func (r dice) people(n int) []schema.Person {
	var ids []int64
	for range n {
		ids = append(ids, int64(1+r.IntN(9)))
	}
	return people(ids...)
}

// form is how a drive writes texts: as they come, taken apart, or each one as it pleases.
func (r dice) form() func(string) string {
	switch r.IntN(3) {
	case 0:
		return nil
	case 1:
		return norm.NFD.String
	}
	return func(s string) string {
		var b strings.Builder
		for _, c := range s {
			f := []norm.Form{norm.NFC, norm.NFD}[r.IntN(2)]
			b.WriteString(f.String(string(c)))
		}
		return b.String()
	}
}

// meddle does what people do in the console.
func (r dice) meddle(d *drive) {
	for _, id := range slices.Sorted(maps.Keys(d.templates)) {
		switch r.IntN(8) {
		case 0:
			delete(d.templates, id)
		case 1:
			d.edit(id, func(t *schema.Template) { t.Steps = r.template("").Steps })
		}
	}
	if r.IntN(3) == 0 {
		d.put(int64(71+r.IntN(3)), r.template(fmt.Sprint("手工", r.IntN(1000))))
	}
}

// check demands that what is declared is live exactly once, and that the state says so.
func check(t *testing.T, r *run, decl schema.Declaration) {
	t.Helper()
	p, st, diags := r.plan(decl, all)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if !p.Empty() || len(p.Drift) > 0 {
		t.Fatalf("the plan after an apply is not empty: %s", summary(p))
	}
	if len(st.Bindings) != len(decl.Templates) {
		t.Fatalf("%d bound, %d declared", len(st.Bindings), len(decl.Templates))
	}
	titles := map[string]int{}
	for _, l := range r.drive.templates {
		titles[spelling.Form(l.Template.Title)]++
	}
	for _, d := range decl.Templates {
		if n := titles[d.Template.Title]; n != 1 {
			t.Fatalf("%s is on the drive %d times", d.Template.Title, n)
		}
	}
}

// Whatever the drive holds and whatever is declared, after an apply a plan finds nothing.
func TestPlanAfterApplyIsEmpty(t *testing.T) {
	g := dice{random(t)}
	for range 200 {
		r := newRun(newDrive())
		r.hold = nil
		r.drive.form = g.form()
		for range 4 {
			decl := g.declaration()
			if _, result, diags := r.apply(decl, all); diags.HasErrors() || len(result.Failed)+
				len(result.NotTried) > 0 {
				t.Fatal(diags, result)
			}
			check(t, r, decl)
			g.meddle(r.drive)
			if r.drive.reformed > 0 {
				t.Fatal("a text that nobody changed was written in another form")
			}
		}
	}
}

// Calls that fail, are lost, never arrive or have an answer that nobody can read without a panic: the run may fail, but
// running it again when the drive is well ends as if nothing had happened.
func TestFaultsLoseAndDoubleNothing(t *testing.T) {
	g := dice{random(t)}
	for range 200 {
		r := newRun(newDrive())
		r.drive.form = g.form()
		for range 3 {
			decl := g.declaration()
			r.drive.fail = func(int, string) fault {
				if g.IntN(4) == 0 {
					return fault(1 + g.IntN(4))
				}
				return fine
			}
			for range 3 {
				r.applyOrCrash(decl)
			}
			r.drive.fail = nil
			if _, result, diags := r.apply(decl, all); diags.HasErrors() || len(result.Failed) > 0 {
				t.Fatal(diags, result)
			}
			check(t, r, decl)
		}
	}
}

// applyOrCrash applies. What panics ends the run, as main would: nothing is kept but the journal.
func (r *run) applyOrCrash(decl schema.Declaration) {
	defer func() {
		if v := recover(); v != nil && parallel.PanicOf(v).Value != error(errLost) {
			panic(v)
		}
	}()
	_, _, _ = r.apply(decl, all)
}

// Killed before or after any call of an apply, the next run ends as if nothing had happened.
func TestKilledAtEachCall(t *testing.T) {
	g := dice{random(t)}
	for range 10 {
		first, second := g.declaration(), g.declaration()
		for n := 1; ; n++ {
			reached := false
			for _, after := range []bool{false, true} {
				r := newRun(newDrive())
				r.hold = nil
				if _, _, diags := r.apply(first, all); diags.HasErrors() {
					t.Fatal(diags)
				}
				r.drive.calls = nil
				r.drive.fail = func(at int, _ string) fault {
					if at < n {
						return fine
					}
					reached = true
					r.journal.Kill() // the process is gone: it notes nothing more
					if at == n && after {
						return lost
					}
					return unsent
				}
				_, _, _ = r.apply(second, all)
				r.drive.fail = nil
				r.journal.Revive()
				if _, result, diags := r.apply(second, all); diags.HasErrors() || len(result.Failed) > 0 {
					t.Fatalf("killed at call %d (after: %v): %v %v", n, after, diags, result)
				}
				check(t, r, second)
			}
			if !reached {
				break
			}
		}
	}
}

// What was edited between plan and apply is left alone, with the name of who did it; the rest goes on.
func TestApplyLeavesAloneWhatWasEditedSince(t *testing.T) {
	r := newRun(newDrive())
	decl := declare(contracts(71), declared("a", modify("甲", 1, 3)), declared("b", modify("乙", 1)))
	if _, _, diags := r.apply(decl, all); diags.HasErrors() {
		t.Fatal(diags)
	}
	for i := range decl.Templates {
		decl.Templates[i].Template.Description = "新"
		decl.Templates[i].Sets = []string{schema.AttrDescription}
	}
	p, st, _ := r.plan(decl, all)
	id := p.Changes[0].ID
	r.drive.edit(id, func(t *schema.Template) { t.Steps[0].Approvers = people(3) })
	result, _ := apply.Run(context.Background(), r.drive, r.journal, p, st, quick)
	if len(result.Done) != 1 || result.Done[0].Change.Address.String() != "template.b" || len(result.Failed) != 1 {
		t.Fatalf("%+v", result)
	}
	if got := result.Failed[0].Err.Error(); !strings.HasPrefix(got,
		fmt.Sprintf("tid %d was edited since the plan was made, by 人3 at 2021-10-20", id)) {
		t.Error(got)
	}
}

// Somebody makes a template of the title between plan and apply: no second one is made.
func TestApplyMakesNoSecondOfATitle(t *testing.T) {
	r := newRun(newDrive())
	p, st, _ := r.plan(declare(contracts(71), declared("a", modify("甲", 1))), all)
	r.drive.put(71, modify("甲", 4))
	result, _ := apply.Run(context.Background(), r.drive, r.journal, p, st, quick)
	if len(result.Failed) != 1 || len(r.drive.templates) != 1 {
		t.Fatalf("%+v, %d live", result, len(r.drive.templates))
	}
}

// A scope is read once before its writes and once after, however many there are.
func TestApplyListsAScopeNotAChange(t *testing.T) {
	r := newRun(newDrive())
	decl := declare(contracts(71))
	for i := range 50 {
		decl.Templates = append(decl.Templates, declared(fmt.Sprint("t", i), modify(fmt.Sprint("题é", i), 1)))
	}
	if _, _, diags := r.apply(decl, all); diags.HasErrors() {
		t.Fatal(diags)
	}
	lists := slices.DeleteFunc(slices.Clone(r.drive.calls), func(c string) bool { return c != "list 71" })
	if len(lists) != 3 { // the plan's, the one before, the one after
		t.Errorf("%d lists for 50 creates", len(lists))
	}
}

// Interrupted, the calls under way finish, the rest are named as not tried, and the state is right.
func TestInterrupt(t *testing.T) {
	r := newRun(newDrive())
	decl := declare(contracts(71))
	for i := range 20 {
		decl.Templates = append(decl.Templates, declared(fmt.Sprint("t", i), modify(fmt.Sprint("题é", i), 1)))
	}
	p, st, _ := r.plan(decl, all)
	ctx, interrupt := context.WithCancel(context.Background())
	r.drive.fail = func(_ int, call string) fault {
		if strings.HasPrefix(call, "create") {
			interrupt()
		}
		return fine
	}
	result, next := apply.Run(ctx, r.drive, r.journal, p, st, world.Settings{Parallelism: 3, LandWait: 1})
	made := len(r.drive.templates)
	if made == 0 || made == 20 || len(result.Done) != made || len(result.NotTried) != 20-made ||
		len(next.Bindings) != made {
		t.Fatalf("%d made, %d done, %d not tried, %d bound", made, len(result.Done), len(result.NotTried),
			len(next.Bindings))
	}
	r.drive.fail = nil
	r.journal.Write(next)
	if _, _, diags := r.apply(decl, all); diags.HasErrors() {
		t.Fatal(diags)
	}
	check(t, r, decl)
}

// A replace makes the new one before it takes the old one away, and remembers the old one if that fails.
func TestReplaceMakesBeforeItRemoves(t *testing.T) {
	r := newRun(newDrive())
	if _, _, diags := r.apply(declare(contracts(71), declared("a", modify("甲", 1))), all); diags.HasErrors() {
		t.Fatal(diags)
	}
	moved := declare(contracts(72), declared("a", modify("甲", 1)))
	old := r.drive.templates[5]
	old.Opaque = `{"new":1}` // a field that only the drive knows
	r.drive.templates[5], r.drive.calls = old, nil
	r.drive.fail = func(_ int, call string) fault {
		if strings.HasPrefix(call, "remove") {
			return refused
		}
		return fine
	}
	_, result, _ := r.apply(moved, all)
	if len(result.Failed) != 1 || !result.Failed[0].Removal || len(r.kept().Bindings[0].Deposed) != 1 {
		t.Fatalf("%+v %+v", result, r.kept())
	}
	if now := r.drive.templates[6]; now.Opaque != old.Opaque {
		t.Errorf("moved, it lost what only the drive knows: %q", now.Opaque)
	}
	made := slices.Index(r.drive.calls, "create 甲")
	removed := slices.Index(r.drive.calls, "remove 5")
	if made < 0 || removed < made {
		t.Errorf("calls: %v", r.drive.calls)
	}
	r.drive.fail = nil
	p, _, diags := r.apply(moved, all)
	if diags.HasErrors() || summary(p) != "template.a delete: left_over 5; template.a no-op" &&
		summary(p) != "template.a no-op; template.a delete deposed 5" {
		t.Fatalf("%v %s", diags, summary(p))
	}
	check(t, r, moved)
}

// An intent of a create is settled by title among what was not there before, whatever has become of it since.
func TestSettleFindsWhatWasMade(t *testing.T) {
	wants := modify("甲", 1).Normalise()
	in := state.Intent{Seq: 1, Op: state.OpCreate, Address: addr.Of("template.a"), ScopeID: 71, Wants: &wants,
		Known: []int64{5}, Wait: 1}
	live := func(id int64, t schema.Template) schema.Live {
		return schema.Live{ID: id, ScopeID: 71, Template: t.Normalise()}
	}
	tests := []struct {
		name string
		list []schema.Live
		want int64 // 0: not made
	}{
		{"not there", nil, 0},
		{"one that was there before", []schema.Live{live(5, wants)}, 0},
		{"made", []schema.Live{live(5, wants), live(6, wants)}, 6},
		{"made and edited since", []schema.Live{live(7, modify("甲", 3))}, 7},
		{"made, and somebody made another", []schema.Live{live(6, modify("甲", 3)), live(7, wants)}, 7},
		{"another title", []schema.Live{live(7, modify("乙", 1))}, 0},
		{"inherited", []schema.Live{{ID: 7, ScopeID: 1, Template: wants}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &world.World{Listings: map[int64]schema.Listing{71: {Templates: tt.list}}}
			settled := world.Settle(state.State{}, []state.Intent{in}, w)
			st, outcomes, notes := settled.State, settled.Outcomes, settled.Notes
			if len(notes) != 1 || outcomes[0].Done != (tt.want != 0) || outcomes[0].ID != tt.want {
				t.Fatalf("%+v %v", outcomes, notes)
			}
			if tt.want != 0 && (len(st.Bindings) != 1 || st.Bindings[0].ID != tt.want) {
				t.Errorf("bound: %+v", st.Bindings)
			}
		})
	}
}

// A write whose run was killed may still be under way on the drive: the next run waits for it before it sends another.
func TestLateWriteIsNotDoubled(t *testing.T) {
	decl := declare(contracts(71), declared("a", modify("甲", 1)))
	r := newRun(newDrive())
	landed := make(chan struct{})
	r.drive.fail = func(_ int, call string) fault {
		if call != "create 甲" {
			return fine
		}
		r.journal.Kill()
		go func() {
			defer close(landed)
			time.Sleep(100 * time.Millisecond)
			r.drive.mu.Lock()
			defer r.drive.mu.Unlock()
			r.drive.put(71, decl.Templates[0].Template)
		}()
		return unsent
	}
	patient := world.Settings{LandWait: time.Minute}
	p, st, _ := r.plan(decl, all)
	killed := make(chan struct{})
	go func() { // this process is gone after the call: nobody waits for it
		defer close(killed)
		_, _ = apply.Run(context.Background(), r.drive, r.journal, p, st, patient)
	}()
	for len(pendingOf(r)) == 0 || pendingOf(r)[0].Wait == 0 {
		time.Sleep(time.Millisecond)
	}
	var waited bool
	ctx := context.Background()
	st, pending := r.journal.Copy().Read()
	w, diags := world.Refresh(ctx, r.drive, decl, st, pending,
		world.Settings{Events: func(e plans.Event) { waited = waited || e.Kind == plans.Waiting }})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	st = world.Settle(st, pending, w).State
	if !waited || len(st.Bindings) != 1 {
		t.Fatalf("waited: %v; bound: %+v", waited, st.Bindings)
	}
	<-landed
	<-killed
}

func pendingOf(r *run) []state.Intent {
	_, pending := r.journal.Read()
	return pending
}
