package reconcile_test

import (
	"context"
	"strings"
	"testing"

	"countersign/reconcile/apply"
	"countersign/reconcile/plans"
	"countersign/schema/addr"
	"countersign/state"
)

// no is an answer by which the drive refuses to tell of a template, without saying that there is none.
type no struct{ error }

func (no) Refused() bool { return true }

// A list that lacks a bound template proves nothing: only what the drive says of it by its id makes it gone.
func TestMissingFromAListIsNotGone(t *testing.T) {
	decl := declare(contracts(71), declared("a", modify("甲", 1)))
	start := func(t *testing.T) *run {
		r := newRun(newDrive())
		if _, _, diags := r.apply(decl, all); diags.HasErrors() {
			t.Fatal(diags)
		}
		return r
	}
	tests := []struct {
		name string
		hand func(d *drive)
		says string // "": planned as gone
	}{
		{"gone", func(d *drive) { delete(d.templates, 5) }, ""},
		{"hidden by a short list", func(d *drive) { d.hidden = map[int64]bool{5: true} },
			"A list of templates is not whole: template.a is tid 5"},
		{"asking for it fails", func(d *drive) {
			d.hidden = map[int64]bool{5: true}
			d.fail = func(_ int, call string) fault {
				if call == "template" {
					return lost
				}
				return fine
			}
		}, "Whether a template is gone could not be found out: template.a is tid 5"},
		{"refused, and among those that the token may manage", func(d *drive) {
			d.hidden, d.template = map[int64]bool{5: true}, no{errRefused}
		}, "Whether a template is gone could not be found out"},
		{"refused, and not among those", func(d *drive) {
			delete(d.templates, 5)
			d.template = no{errRefused}
		}, ""},
		{"refused, and that list cannot be read", func(d *drive) {
			delete(d.templates, 5)
			d.template = no{errRefused}
			d.fail = func(_ int, call string) fault {
				if call == "managed" {
					return lost
				}
				return fine
			}
		}, "reading what the token may manage failed too"},
	}
	for _, mode := range []string{"declared", "removed from the code", "destroy"} {
		for _, tt := range tests {
			t.Run(mode+", "+tt.name, func(t *testing.T) {
				r := start(t)
				tt.hand(r.drive)
				then, o := decl, all
				switch mode {
				case "removed from the code":
					then = declare(contracts(71))
				case "destroy":
					o.Mode = plans.Destroy
				}
				p, _, diags := r.plan(then, o)
				if tt.says == "" {
					if diags.HasErrors() || p.Changes[0].Action != plans.Create &&
						p.Changes[0].Action != plans.Forget {
						t.Fatalf("%v %s", diags, summary(p))
					}
					return
				}
				if !diags.HasErrors() || !strings.Contains(diags[0].Summary+": "+diags[0].Detail, tt.says) {
					t.Fatalf("%v", diags)
				}
			})
		}
	}
}

// A template that the drive has attached elsewhere is not made a second time.
func TestTemplateFoundElsewhere(t *testing.T) {
	r := newRun(newDrive())
	decl := declare(contracts(71), declared("a", modify("甲", 1)))
	if _, _, diags := r.apply(decl, all); diags.HasErrors() {
		t.Fatal(diags)
	}
	l := r.drive.templates[5]
	l.ScopeID = 99
	r.drive.templates[5] = l
	p, result, diags := r.apply(decl, all)
	if diags.HasErrors() || !strings.HasPrefix(summary(p), "template.a replace") || len(result.Failed) > 0 {
		t.Fatalf("%v %s %+v", diags, summary(p), result)
	}
	check(t, r, decl)
}

// Right before it is removed, and after an answer was lost, a template counts as gone only when the drive says so.
func TestHiddenFromApply(t *testing.T) {
	for _, lose := range []bool{false, true} {
		r := newRun(newDrive())
		if _, _, diags := r.apply(declare(contracts(71), declared("a", modify("甲", 1))), all); diags.HasErrors() {
			t.Fatal(diags)
		}
		p, st, _ := r.plan(declare(contracts(71)), all)
		r.drive.fail = func(_ int, call string) fault {
			if lose && call == "remove 5" {
				r.drive.hidden = map[int64]bool{5: true}
				return unsent
			}
			return fine
		}
		if !lose {
			r.drive.hidden = map[int64]bool{5: true}
		}
		result, next := apply.Run(context.Background(), r.drive, r.journal, p, st, quick)
		if len(result.Failed) != 1 || !strings.Contains(result.Failed[0].Err.Error(),
			"the drive has it on 71 when it is asked for it by its id") || len(next.Bindings) != 1 {
			t.Errorf("lost: %v: %+v %+v", lose, result.Failed, next.Bindings)
		}
		if lose != result.Failed[0].Unknown {
			t.Errorf("lost: %v: %+v", lose, result.Failed)
		}
	}
}

// The removal that an interrupted run left open took place only if the drive says so.
func TestPendingRemovalHidden(t *testing.T) {
	r := newRun(newDrive())
	if _, _, diags := r.apply(declare(contracts(71), declared("a", modify("甲", 1))), all); diags.HasErrors() {
		t.Fatal(diags)
	}
	if _, err := r.journal.Begin(context.Background(), []state.Intent{{Op: state.OpRemove,
		Address: addr.Of("template.a"), ID: 5, ScopeID: 71}}); err != nil {
		t.Fatal(err)
	}
	r.drive.hidden = map[int64]bool{5: true}
	if _, _, diags := r.plan(declare(contracts(71)), all); !diags.HasErrors() ||
		diags[0].Summary != "A list of templates is not whole" {
		t.Errorf("%v", diags)
	}
}
