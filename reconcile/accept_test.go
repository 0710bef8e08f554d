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
		hands, _ := console(t, b)
		meddle(t, hands, st, rand.New(rand.NewPCG(seed, 3)))
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
	if _, told := accept(decl, "template.modify", "folder.contracts"); told !=
		"Nothing was edited by hand; Nothing was edited by hand" {
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
