package reconcile_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/reconcile"
	"countersign/reconcile/apply"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
	"countersign/schema/export"
	"countersign/schema/rewrite"
	"countersign/state"
	"countersign/state/statetest"
)

// meddle edits some of a box's templates as somebody in the console would, and removes one or two.
func meddle(t *testing.T, b box, st state.State, seed uint64) (edited, removed int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3))
	for _, binding := range st.Bindings {
		live, _, err := b.Template(context.Background(), binding.ID, binding.ScopeID)
		if err != nil {
			t.Fatal(err)
		}
		if r.IntN(3) == 0 {
			continue
		}
		if r.IntN(8) == 0 {
			removed++
			if err := b.Remove(context.Background(), live.ID); err != nil {
				t.Fatal(err)
			}
			continue
		}
		x := live.Template.Normalise()
		for range 1 + r.IntN(4) {
			meddleOnce(r, b.users, &x)
		}
		if x = x.Normalise(); x.Equal(live.Template) {
			continue
		}
		edited++
		if err := b.Update(context.Background(), live, x); err != nil {
			t.Fatal(err)
		}
	}
	return edited, removed
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

// For random worlds: what is edited by hand and accepted is no change any more, and there is no more to accept; the
// files are in the canonical layout, and what is not about what was edited is as it was.
func TestAcceptThenPlanIsEmpty(t *testing.T) {
	edits, removals := 0, 0
	for seed := range uint64(30) {
		b, scopes := newBox(t, seed)
		fill(t, b, scopes, seed)
		if managed, err := b.Managed(context.Background()); err != nil || len(managed) == 0 {
			continue
		}
		decl, doc := exported(t, b, export.Options{Flat: true})
		_, st := apply.Run(context.Background(), b, statetest.NewRun(), planned(t, b, decl, state.State{}),
			state.State{}, quick)

		dir := t.TempDir()
		write(t, dir, doc)
		edited, removed := meddle(t, b, st, seed)
		edits, removals = edits+edited, removals+removed

		rewritten := accepted(t, b, dir, st)
		for name, text := range rewritten {
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if laidOut, diags := config.Format(text, name); diags.HasErrors() || string(laidOut) != string(text) {
				t.Errorf("seed %d: %s is not laid out: %v\n%s", seed, name, diags, text)
			}
		}
		if edited+removed > 0 && len(rewritten) == 0 {
			t.Errorf("seed %d: %d edited, %d removed, and nothing written", seed, edited, removed)
		}
		p := planned(t, b, read(t, dir).Declaration, st)
		forgets := 0
		for _, c := range p.Changes {
			if c.Action == plans.Forget {
				forgets++
			} else if c.Action != plans.NoOp {
				t.Errorf("seed %d: after accept: %s of %s", seed, c.Action, c.Address)
			}
		}
		if forgets != removed || len(p.Refused) > 0 {
			t.Errorf("seed %d: %d forgotten of %d removed, %d refused", seed, forgets, removed, len(p.Refused))
		}
		_, st = apply.Run(context.Background(), b, statetest.NewRun(), p, st, quick)
		if p := planned(t, b, read(t, dir).Declaration, st); !p.Empty() || len(p.Drift) > 0 {
			t.Errorf("seed %d: after the apply: %d changes, %d drift", seed, len(p.Changes), len(p.Drift))
		}
		if again := accepted(t, b, dir, st); len(again) > 0 {
			t.Errorf("seed %d: accepted twice", seed)
		}
	}
	if edits < 50 || removals < 5 {
		t.Fatalf("only %d edits and %d removals in all the worlds", edits, removals)
	}
}

// In an export that says once what several templates share, an edit by hand of one is taken in where that concerns it
// alone, and refused with the line to edit where it does not. A block that shares nothing is always rewritten.
func TestAcceptWhatIsShared(t *testing.T) {
	taken, refused := map[bool]int{}, 0
	for seed := range uint64(5) {
		b, scopes := newBox(t, seed)
		fill(t, b, scopes, seed)
		if managed, err := b.Managed(context.Background()); err != nil || len(managed) == 0 {
			continue
		}
		decl, doc := exported(t, b, export.Options{})
		_, st := apply.Run(context.Background(), b, statetest.NewRun(), planned(t, b, decl, state.State{}),
			state.State{}, quick)
		meddle(t, b, st, seed)
		for _, drift := range planned(t, b, decl, st).Drift {
			name, _, instance := strings.Cut(strings.TrimPrefix(drift.Address.String(), "template."), "[")
			_, block, _ := strings.Cut(string(doc.Bytes()), fmt.Sprintf("template %q {\n", name))
			block, _, _ = strings.Cut(block, "\n}\n")
			shares := instance || strings.Contains(block, "local.")

			dir := t.TempDir()
			write(t, dir, doc)
			files, diags := taking(t, b, dir, st, drift.Address.String())
			if diags.HasErrors() {
				refused++
				if !shares || diags[0].Range == nil || diags[0].Snippet == nil ||
					!strings.Contains(diags[0].Summary, drift.Address.String()) {
					t.Errorf("seed %d: %s refused: %+v\n%s", seed, drift.Address, diags, block)
				}
				continue
			}
			taken[shares]++
			for name, text := range files {
				if err := os.WriteFile(name, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range planned(t, b, read(t, dir).Declaration, st).Changes {
				if c.Address == drift.Address && c.Action != plans.NoOp && c.Action != plans.Forget {
					t.Errorf("seed %d: after accept: %s of %s", seed, c.Action, c.Address)
				}
			}
		}
	}
	if taken[false] < 10 || taken[true] < 5 || refused < 5 {
		t.Fatalf("of blocks that share nothing %d were taken in, of others %d, and %d refused", taken[false],
			taken[true], refused)
	}
}

// write writes an export into a folder, without its imports.
func write(t *testing.T, dir string, doc export.Document) {
	t.Helper()
	for _, s := range doc.Sections {
		if s.Name == "imports" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, s.Name+".hcl"), s.Text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, dir string) *config.Config {
	t.Helper()
	source, diags := config.Load(dir)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	c, diags := source.Evaluate(config.Inputs{}, nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return c
}

// accepted is what becomes of the files of a folder when all drift is taken in, by path.
func accepted(t *testing.T, b box, dir string, st state.State) map[string][]byte {
	t.Helper()
	texts, diags := taking(t, b, dir, st)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return texts
}

// taking is what becomes of the files of a folder when the drift of some addresses is taken in, without any that of
// all.
func taking(t *testing.T, b box, dir string, st state.State, addresses ...string) (map[string][]byte,
	schema.Diagnostics) {
	t.Helper()
	source, diags := config.Load(dir)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	decl := read(t, dir).Declaration
	w, diags := world.Refresh(context.Background(), b, decl, st, nil, quick)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	a, diags := reconcile.Accept(decl, st, w, addresses)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	files, diags := rewrite.Files(source, config.Inputs{}, w.Facts(st), a.Rewrites)
	texts := map[string][]byte{}
	for _, f := range files {
		texts[f.Name] = f.After
	}
	return texts, diags
}

// What accept refuses, and what it has nothing to say about.
func TestAcceptRefuses(t *testing.T) {
	d := newDrive()
	r := newRun(d)
	decl := declare(contracts(71), declared("modify", modify("申请修改", 1), schema.AttrDescription),
		declared("other", modify("别的", 1)))
	decl.Templates[1].IgnoreChanges = []string{schema.AttrTitle}
	if _, _, diags := r.apply(decl, all); diags.HasErrors() {
		t.Fatal(diags)
	}
	accept := func(decl schema.Declaration, targets ...string) (reconcile.Acceptance, string) {
		_, st, _ := r.plan(decl, all)
		w, diags := world.Refresh(context.Background(), d, decl, st, nil, quick)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		a, diags := reconcile.Accept(decl, st, w, targets)
		var told []string
		for _, d := range diags {
			told = append(told, d.Summary)
		}
		return a, strings.Join(told, "; ")
	}
	if _, told := accept(decl, "template.modify", "folder.contracts"); told != "Nothing was edited by hand; Nothing was edited by hand" {
		t.Error(told)
	}
	if _, told := accept(decl, "template.nobody"); told != "The target stands for nothing" {
		t.Error(told)
	}
	_, st, _ := r.plan(decl, all)
	for _, b := range st.Bindings {
		d.edit(b.ID, func(x *schema.Template) { x.Title = "改" + x.Title })
	}
	a, told := accept(decl)
	if told != "" || len(a.Rewrites) != 1 || a.Rewrites[0].Address.String() != "template.modify" ||
		!slices.Equal(a.Rewrites[0].Attributes, []string{schema.AttrTitle}) ||
		!slices.Equal(addr.Texts(a.Said), []string{"template.other"}) {
		t.Errorf("%+v %s", a, told)
	}
	if _, told := accept(declare(contracts(71), decl.Templates[1]),
		"template.modify"); told != "No block declares template.modify" {
		t.Error(told)
	}
	// The code wants another description meanwhile: that is no edit by hand, and stays to be applied.
	decl.Templates[0].Template.Description = "新的"
	if a, told := accept(decl, "template.modify"); told != "" ||
		!slices.Equal(a.Rewrites[0].Attributes, []string{schema.AttrTitle}) {
		t.Errorf("%+v %s", a, told)
	}

	// It wants another title too: the two cannot be told together.
	decl.Templates[0].Template.Title = "申请更改"
	if _, told := accept(decl, "template.modify"); told != "Cannot take in template.modify" {
		t.Error(told)
	}
	decl.Templates[0].Template.Title = "申请修改"

	// A move that the code wants is not taken back, and an attribute that it does not set is not written.
	moved := decl
	moved.Templates = slices.Clone(decl.Templates)
	moved.Scopes = append(slices.Clone(decl.Scopes), schema.Scope{Address: addr.Of("folder.other"),
		Kind: schema.ScopeFolder, ID: 80})
	moved.Templates[0].Scope = addr.Of("folder.other")
	if a, told := accept(moved, "template.modify"); told != "" ||
		!slices.Equal(a.Rewrites[0].Attributes, []string{schema.AttrTitle}) {
		t.Errorf("%+v %s", a, told)
	}

	// Deleted by hand and taken in: the block is gone, and the next look at all does not stop at it.
	for _, b := range st.Bindings {
		if b.Address.String() == "template.modify" {
			if err := d.Remove(context.Background(), b.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a, told := accept(declare(contracts(71), decl.Templates[1])); told != "" ||
		!slices.Equal(addr.Texts(a.Said), []string{"template.modify", "template.other"}) {
		t.Errorf("%+v %s", a, told)
	}
}
