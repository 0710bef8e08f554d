package reconcile_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/reconcile"
	"countersign/reconcile/apply"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
	"countersign/schema/export"
	"countersign/state"
	"countersign/state/statetest"
)

// console is a box in the hands of a colleague at the drive's web console.
func console(t *testing.T, b box) (hands box, who int64) {
	t.Helper()
	added, err := sandboxtest.AddUser(b.Sandbox, records.User{Username: "console", Realname: "控制台", Super: true})
	if err != nil {
		t.Fatal(err)
	}
	b.Client = clientOf(t, b.Sandbox, "console")
	return b, added.ID
}

// edits is what the templates of some addresses say that were edited by hand; nil is one that was removed.
type edits map[addr.Address]*schema.Template

// meddle does to templates what a colleague may: edits some, some of them only to take that back, lets two change their
// titles, and removes a few.
func meddle(t *testing.T, hands box, st state.State, r *rand.Rand) edits {
	t.Helper()
	ctx := context.Background()
	done := edits{}
	edit := func(of state.Binding, change func(*schema.Template)) {
		live, _, err := hands.Template(ctx, of.ID, of.ScopeID)
		if err != nil {
			t.Fatal(err)
		}
		x := live.Template.Normalise()
		change(&x)
		if x = x.Normalise(); x.Equal(live.Template) {
			return
		}
		if err := hands.Update(ctx, live, x); err != nil {
			t.Fatal(err)
		}
		if done[of.Address] = &x; x.Equal(of.Recorded) {
			delete(done, of.Address)
		}
	}
	for i, of := range st.Bindings {
		switch n := r.IntN(24); {
		case n < 8:
		case n < 10:
			if err := hands.Remove(ctx, of.ID); err != nil {
				t.Fatal(err)
			}
			done[of.Address] = nil
		case n < 12: // two change their titles
			for _, other := range st.Bindings[:i] {
				if _, edited := done[other.Address]; other.ScopeID == of.ScopeID && !edited {
					edit(of, func(x *schema.Template) { x.Title = other.Recorded.Title })
					edit(other, func(x *schema.Template) { x.Title = of.Recorded.Title })
					break
				}
			}
		default:
			edit(of, func(x *schema.Template) {
				for range 1 + r.IntN(4) {
					meddleOnce(r, hands.users, x)
				}
			})
			if n < 14 {
				edit(of, func(x *schema.Template) { *x = of.Recorded })
			}
		}
	}
	return done
}

func meddleOnce(r *rand.Rand, users []schema.Person, x *schema.Template) {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	at := r.IntN(len(x.Steps))
	s := &x.Steps[at]
	switch r.IntN(9) {
	case 0:
		x.Title = fmt.Sprint(pick("改", "${t}", "\"q\"", "<b>"), r.IntN(1e9))
	case 1:
		x.Description = pick("", "一行", "一\n二", "${x} %{y}", "EOT\nEOT")
	case 2:
		x.ApproverAccess, x.CCAccess = schema.Access(pick("none", "preview", "download")), schema.Access(pick("none",
			"preview"))
	case 3:
		x.CC = schema.People(append(x.CC, users[r.IntN(len(users))]))
	case 4:
		x.CC = x.CC[:r.IntN(len(x.CC)+1)]
	case 5: // more or fewer approvers
		s.Approvers = schema.People(append(s.Approvers, users[r.IntN(len(users))]))
		if r.IntN(2) == 0 && len(s.Approvers) > 1 {
			s.Approvers = s.Approvers[1:]
		}
	case 6: // another rule, another name
		s.Rule, s.Name = schema.PassRule(pick("all", "any", "at_least", "designated")), pick(s.Name, "改名", "a\"b${c}")
	case 7: // a step comes or goes
		if len(x.Steps) > 1 && r.IntN(2) == 0 {
			x.Steps = slices.Delete(x.Steps, at, at+1)
		} else {
			x.Steps = slices.Insert(x.Steps, at, schema.Step{Name: pick("新", "初审"), Approvers: users[:1+r.IntN(3)],
				Rule: schema.RuleAll})
		}
	case 8: // steps change places
		other := r.IntN(len(x.Steps))
		x.Steps[at], x.Steps[other] = x.Steps[other], x.Steps[at]
	}
	for i := range x.Steps {
		if s := &x.Steps[i]; s.Rule == schema.RuleAtLeast {
			s.MinApprovals = max(1, min(s.MinApprovals, len(s.Approvers)))
		}
	}
}

// unowned are the templates in declared scopes that no address stands for, by tid.
func unowned(t *testing.T, b box, decl schema.Declaration, st state.State) map[int64]schema.Template {
	t.Helper()
	found := map[int64]schema.Template{}
	for _, scope := range decl.Scopes {
		for _, l := range own(t, b, scope.ID) {
			if !slices.ContainsFunc(st.Bindings, func(of state.Binding) bool { return of.ID == l.ID }) {
				found[l.ID] = l.Template
			}
		}
	}
	return found
}

// own are the templates of a scope.
func own(t *testing.T, b box, scope int64) []schema.Live {
	t.Helper()
	listing, err := b.Templates(context.Background(), scope)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(listing.Templates, func(l schema.Live) bool { return l.ScopeID != scope })
}

// named demands that what is said to be drift is what was edited by hand, and by whom.
func named(t *testing.T, drift []plans.Drift, done edits, st state.State, who int64) {
	t.Helper()
	recorded := st.Index().Bindings
	for _, d := range drift {
		want, edited := done[d.Address]
		switch {
		case !edited, want == nil != (d.Live == nil), want != nil && !d.Live.Equal(*want),
			!d.Recorded.Equal(recorded[d.Address].Recorded), d.ID != recorded[d.Address].ID,
			want != nil && d.Edited.By.ID != who:
			t.Errorf("%s is said to be edited by hand: %+v, by %+v; it is %+v", d.Address, d.Live, d.Edited, want)
		}
	}
	if len(drift) != len(done) {
		t.Errorf("%d are said to be edited by hand, and %d are", len(drift), len(done))
	}
}

// For random worlds, what somebody does by hand in the console, again and again: drift and the plan name exactly that;
// some of it is taken into the files, all of it or nothing too; the apply undoes the rest, but for what the plan says
// will stay; then the next plan is empty. What nobody declares is as it was. The files keep the canonical layout.
func TestEditsByHand(t *testing.T) {
	h := handTest{met: map[string]int{}}
	worlds := 30
	if testing.Short() {
		worlds = 15
	}
	for seed := range uint64(worlds) {
		h.r = rand.New(rand.NewPCG(seed, 3))
		b, scopes := newBox(t, seed)
		fill(t, b, scopes, seed)
		if managed, err := b.Managed(context.Background()); err != nil || len(managed) == 0 {
			continue
		}
		decl, doc := exported(t, b, export.Options{Flat: true})
		_, h.st = apply.Run(context.Background(), b, statetest.NewRun(), planned(t, b, decl, state.State{}),
			state.State{}, quick)
		h.b, h.dir = b, t.TempDir()
		h.hands, h.who = console(t, b)
		write(t, h.dir, doc)
		for round := range 3 {
			if !t.Run(fmt.Sprintf("world %d, round %d", seed, round), h.round) {
				break
			}
		}
	}
	t.Log(h.met)
	for _, what := range []string{"edited", "removed", "made", "taken in", "undone", "undone but for", "in the way",
		"taken in with another"} {
		if h.met[what] < 3 {
			t.Errorf("%s: %d times in all the worlds", what, h.met[what])
		}
	}
}

// handTest is TestEditsByHand in one of its worlds.
type handTest struct {
	b, hands box
	who      int64 // whose hands they are
	dir      string
	st       state.State
	r        *rand.Rand
	met      map[string]int // how often something has happened, in all worlds

	done    edits // in this round
	taken   map[addr.Address]bool
	foreign map[int64]schema.Template // what nobody declares
}

func (h *handTest) round(t *testing.T) {
	decl := read(t, h.dir).Declaration
	h.done, h.taken = meddle(t, h.hands, h.st, h.r), map[addr.Address]bool{}
	h.make(t)
	h.foreign = unowned(t, h.b, decl, h.st)

	w, diags := world.Refresh(context.Background(), h.b, decl, h.st, nil, quick)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	drift, diags := reconcile.FindDrift(decl, h.st, w, nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	named(t, drift.Drift, h.done, h.st, h.who)
	if len(drift.Unmanaged) != len(h.foreign) {
		t.Errorf("%d templates are said to be nobody's, and %d are", len(drift.Unmanaged), len(h.foreign))
	}
	named(t, planned(t, h.b, decl, h.st).Drift, h.done, h.st, h.who)

	if few := h.r.IntN(3); few > 0 {
		h.accept(t, func() bool { return few == 2 || h.r.IntN(2) == 0 })
	}
	h.apply(t)
}

// make makes templates that nobody declares: of titles that are free now, and of new ones.
func (h *handTest) make(t *testing.T) {
	t.Helper()
	for _, of := range h.st.Bindings {
		x, edited := h.done[of.Address]
		made := of.Recorded
		free := edited && (x == nil || x.Title != made.Title) &&
			!slices.ContainsFunc(own(t, h.b, of.ScopeID), func(l schema.Live) bool {
				return schema.TitleIn(of.ScopeID, l.Template.Title) == schema.TitleIn(of.ScopeID, made.Title)
			})
		switch h.r.IntN(6) {
		case 0:
			made.Title = fmt.Sprint("手工", h.r.IntN(1e9))
		case 1, 2:
			if free {
				break
			}
			fallthrough
		default:
			continue
		}
		h.met["made"]++
		if err := h.hands.CreateLike(context.Background(), of.ScopeID, made, ""); err != nil {
			t.Fatal(err)
		}
	}
}

// accept takes some edits into the files; where that cannot be without the others, all.
func (h *handTest) accept(t *testing.T, some func() bool) {
	t.Helper()
	var addresses []string
	for _, of := range h.st.Bindings {
		if _, edited := h.done[of.Address]; edited && some() {
			h.taken[of.Address] = true
			addresses = append(addresses, of.Address.String())
		}
	}
	if len(addresses) == 0 {
		return
	}
	files, diags := taking(t, h.b, h.dir, h.st, addresses...)
	if diags.HasErrors() && len(addresses) < len(h.done) {
		h.met["taken in with another"]++ // of two that have changed their titles
		h.accept(t, func() bool { return true })
		return
	}
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for name, text := range files {
		if laidOut, diags := config.Format(text, name); diags.HasErrors() || string(laidOut) != string(text) {
			t.Errorf("%s is not laid out: %v\n%s", name, diags, text)
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// apply applies the files, and demands that the drive is then as they say.
func (h *handTest) apply(t *testing.T) {
	t.Helper()
	decl := read(t, h.dir).Declaration
	p, before := planned(t, h.b, decl, h.st), h.st.Index().Bindings
	for ; len(p.Refused) > 0 && len(h.foreign) > 0; p = planned(t, h.b, decl, h.st) {
		for _, c := range p.Refused { // what somebody has made by hand has the title
			if c.Holder.Keeps == plans.KeepsRefused { // or that is why the template that has it keeps it
				continue
			}
			h.met["in the way"]++
			if _, nobodys := h.foreign[c.ID]; !nobodys {
				t.Fatalf("%s is refused because of tid %d, which somebody declares", c.Address, c.ID)
			}
			delete(h.foreign, c.ID)
			if err := h.hands.Remove(context.Background(), c.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	result, st := apply.Run(context.Background(), h.b, statetest.NewRun(), p, h.st, quick)
	if len(p.Refused)+len(result.Failed)+len(result.NotTried) > 0 {
		t.Fatalf("%+v %+v", p.Refused, result)
	}
	h.st = st
	if p := planned(t, h.b, decl, h.st); !p.Empty() || len(p.Drift) > 0 {
		t.Errorf("after the apply: %d changes, %d drift", len(p.Changes), len(p.Drift))
	}
	stays := map[addr.Address][]plans.Stay{}
	for _, d := range p.Drift {
		stays[d.Address] = d.Stays
	}
	after := h.st.Index().Bindings
	for address, was := range before {
		want, edited := h.wanted(was, stays[address])
		is, bound := after[address]
		if bound != (want != nil) {
			t.Errorf("%s: bound %t, to be %+v", address, bound, want)
		}
		if bound && want != nil {
			live, _, err := h.b.Template(context.Background(), is.ID, is.ScopeID)
			gone := edited && h.done[address] == nil // and made again
			if err != nil || !live.Template.Equal(*want) || is.ID == was.ID == gone {
				t.Errorf("%s (edited %t, taken in %t) is %+v, not %+v: %v", address, edited, h.taken[address], live,
					want, err)
			}
		}
	}
	for id, want := range h.foreign {
		if live, _, err := h.b.Template(context.Background(), id, 0); err != nil || !live.Template.Equal(want) {
			t.Errorf("tid %d, which nobody declares, is %+v, not %+v: %v", id, live.Template, want, err)
		}
	}
}

// wanted is what a template says after the apply, nil when there is none, and whether it was edited by hand.
func (h *handTest) wanted(was *state.Binding, stays []plans.Stay) (want *schema.Template, edited bool) {
	x, edited := h.done[was.Address]
	kind := map[bool]string{true: "removed", false: "edited"}[x == nil]
	recorded := was.Recorded
	switch {
	case !edited:
		return &recorded, false
	case h.taken[was.Address]:
		h.met[kind], h.met["taken in"] = h.met[kind]+1, h.met["taken in"]+1
		return x, true
	case x == nil: // it is made again, as the files say
		for _, a := range schema.Attributes {
			if !a.Managed(was.Sets) {
				a.Copy(&recorded, new(schema.Template))
			}
		}
	case len(stays) > 0:
		h.met["undone but for"]++
		for _, s := range stays {
			a := schema.Attributes[slices.Index(schema.AttributeNames(), s.Attribute)]
			a.Copy(&recorded, x)
		}
	}
	h.met[kind], h.met["undone"] = h.met[kind]+1, h.met["undone"]+1
	return &recorded, true
}
