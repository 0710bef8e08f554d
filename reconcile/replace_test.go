package reconcile_test

import (
	"strings"
	"testing"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
)

// replacing is to replace addresses by request.
func replacing(addresses ...string) reconcile.Options {
	o := all
	o.Replace = addresses
	return o
}

// A template that is replaced by request, killed before or after any call, is at no moment gone from its scope and at
// none there twice; the next run, whatever it is asked for, ends with one.
func TestReplacedByRequest(t *testing.T) {
	decl := declare(contracts(71), declared("a", modify("甲", 1, 3)), declared("b", modify("乙", 1)))
	for _, next := range []reconcile.Options{all, replacing("template.a")} {
		for n := 1; ; n++ {
			reached := false
			for _, after := range []bool{false, true} {
				r := newRun(newDrive())
				r.hold = nil
				if _, _, diags := r.apply(decl, all); diags.HasErrors() {
					t.Fatal(diags)
				}
				seconds := guarded(r.drive)
				guard := r.drive.watch
				r.drive.watch = func(call string, before map[int64]schema.Live) {
					guard(call, before)
					gates := 0
					for _, l := range r.drive.templates {
						if strings.HasPrefix(l.Template.Title, "甲") {
							gates++
						}
					}
					if gates < 1 || gates > 3 { // 3: one that a killed run left, and two of this run
						t.Errorf("%s: the scope has %d of it", call, gates)
					}
				}
				r.drive.calls = nil
				r.drive.fail = func(at int, _ string) fault {
					if at < n {
						return fine
					}
					reached = true
					r.journal.Kill()
					if at == n && after {
						return lost
					}
					return unsent
				}
				p, _, _ := r.apply(decl, replacing("template.a"))
				if p != nil && p.Counts() != (plans.Counts{Add: 1, Destroy: 1}) { // nil: killed before
					t.Fatalf("%+v", p.Counts())
				}
				r.drive.fail = nil
				r.journal.Revive()
				_, result, diags := r.apply(decl, next)
				if diags.HasErrors() || len(result.Failed)+len(result.NotTried) > 0 {
					t.Fatalf("killed at call %d (after: %v): %v %+v", n, after, diags, result)
				}
				check(t, r, decl)
				if len(r.drive.templates) != 2 || len(*seconds) > 0 {
					t.Fatalf("killed at call %d (after: %v): %v %v", n, after, r.drive.templates, *seconds)
				}
			}
			if !reached {
				break
			}
		}
	}
}

// What the drive refuses of a replacement leaves the old one: as it is, or under its interim title until the next run.
func TestReplacementRefused(t *testing.T) {
	decl := declare(contracts(71), declared("a", modify("甲", 1, 3)))
	for _, call := range []string{"update", "create", "remove"} {
		r := newRun(newDrive())
		r.hold = nil
		if _, _, diags := r.apply(decl, all); diags.HasErrors() {
			t.Fatal(diags)
		}
		seconds := guarded(r.drive)
		hit := false
		r.drive.fail = func(_ int, name string) fault {
			if strings.HasPrefix(name, call) {
				hit = true
				return refused
			}
			return fine
		}
		_, result, diags := r.apply(decl, replacing("template.a"))
		if !hit || diags.HasErrors() || len(result.Failed)+len(result.NotTried) != 1 {
			t.Fatalf("%s refused: %v %v %+v", call, hit, diags, result)
		}
		r.drive.fail = nil
		if _, result, diags := r.apply(decl, all); diags.HasErrors() || len(result.Failed) > 0 || len(*seconds) > 0 {
			t.Fatalf("after %s was refused: %v %+v %v", call, diags, result, *seconds)
		}
		check(t, r, decl)
		if len(r.drive.templates) != 1 {
			t.Errorf("after %s was refused: %v", call, r.drive.templates)
		}
	}
}

// One that is gone, or no longer declared, needs no replacement; one to be moved is replaced for that.
func TestReplacementThatIsNone(t *testing.T) {
	decl := declare(contracts(71), declared("a", modify("甲", 1, 3)))
	r := newRun(newDrive())
	if p, _, diags := r.plan(decl, replacing("template.a")); diags.HasErrors() || p.Changes[0].Action != plans.Create {
		t.Error(diags, p)
	}
	if _, _, diags := r.apply(decl, all); diags.HasErrors() {
		t.Fatal(diags)
	}
	if p, _, diags := r.plan(declare(contracts(71)), replacing("template.a")); diags.HasErrors() ||
		p.Changes[0].Action != plans.Remove {
		t.Error(diags, p)
	}
	if p, _, diags := r.plan(declare(contracts(72), decl.Templates...), replacing("template.a")); diags.HasErrors() ||
		p.Changes[0].Reason != plans.Elsewhere {
		t.Error(diags, p)
	}
}
