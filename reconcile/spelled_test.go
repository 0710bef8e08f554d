package reconcile_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"countersign/reconcile"
	"countersign/reconcile/apply"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// accented is template.modify with texts that Unicode writes in two forms.
func accented() schema.Declared {
	t := modify("Modifié", 1, 3)
	t.ApprovalType, t.AppliesTo = "4", schema.AppliesToFiles
	t.Description = "résumé"
	t.Steps = []schema.Step{{Name: "première", Approvers: people(1, 3), Rule: schema.RuleAny},
		{Name: "dernière", Approvers: people(4), Rule: schema.RuleAny}}
	return declared("modify", t, schema.AttrDescription)
}

// takenApart writes all texts of a live template in the other form.
func takenApart(d *drive, id int64) {
	d.form = norm.NFD.String
	d.edit(id, func(*schema.Template) {})
	d.form = nil
}

// A text in another form of Unicode is no other text: the table of what plan decides.
func TestFormsDecide(t *testing.T) {
	a := accented()
	one := declare(contracts(71), a)
	with := func(how func(*schema.Declared)) schema.Declaration {
		d := accented()
		how(&d)
		return declare(contracts(71), d)
	}
	for _, tt := range []struct {
		name  string
		start schema.Declaration
		hand  func(*drive)
		then  schema.Declaration
		opts  reconcile.Options
		want  string
	}{
		{name: "taken apart by hand: nothing", start: one, then: one, hand: func(d *drive) { takenApart(d, 5) },
			want: "template.modify no-op"},
		{name: "one of that title, unbound: refused", then: one,
			hand: func(d *drive) { d.put(71, modify("Modifie\u0301", 4)) }, want: "template.modify refused"},
		{name: "renamed to what one has, unbound: refused", start: declare(contracts(71),
			declared("modify", modify("x", 1))),
			then: declare(contracts(71), declared("modify", modify("Modifié", 1))), hand: func(d *drive) {
				d.put(71, modify("Modifie\u0301", 4))
			}, want: "template.modify refused"},
		{name: "imported: nothing else", then: func() schema.Declaration {
			d := declare(contracts(71), a)
			d.Imports = []schema.Import{{To: a.Address, ID: 5}}
			return d
		}(), hand: func(d *drive) { d.put(71, a.Template); takenApart(d, 5) }, want: "template.modify no-op importing"},
		{name: "another attribute: update of that alone", start: one, hand: func(d *drive) { takenApart(d, 5) },
			then: with(func(d *schema.Declared) {
				d.Template.CC = people(4)
				d.Sets = append([]string{schema.AttrCC}, d.Sets...)
			}), want: "template.modify update"},
		{name: "another letter: update", start: one,
			then: with(func(d *schema.Declared) { d.Template.Title = "Modifiè" }),
			want: "template.modify update"},
		{name: "full-width letters are others: create", then: declare(contracts(71),
			declared("modify", modify("ABC", 1))),
			hand: func(d *drive) { d.put(71, modify("ＡＢＣ", 4)) }, want: "template.modify create; unmanaged ＡＢＣ"},
		{name: "what nobody sees is seen: create", then: one,
			hand: func(d *drive) {
				d.put(71, modify("Modifi\u200bé", 4))
			}, want: "template.modify create; unmanaged Modifi\u200bé"},
		{name: "a type by its name, taken apart", start: one,
			then: with(func(d *schema.Declared) { d.Template.ApprovalType = "\u4fee\u6539\u6587\u4ef6" }),
			want: "template.modify no-op"},
		{name: "a target taken apart", start: declare(contracts(71), declared("été", modify("x", 1))),
			then: declare(contracts(71), declared("été", modify("y", 1))),
			opts: reconcile.Options{Targets: []string{"template.e\u0301te\u0301"},
				MaxRemovals: -1}, want: "template.été update"},
	} {
		r := newRun(newDrive())
		if len(tt.start.Templates) > 0 {
			if _, result, diags := r.apply(tt.start, all); diags.HasErrors() || len(result.Failed) > 0 {
				t.Fatal(tt.name, diags, result)
			}
		}
		if tt.hand != nil {
			tt.hand(r.drive)
		}
		p, _, diags := r.plan(tt.then, tt.opts)
		if diags.HasErrors() {
			t.Errorf("%s: %v", tt.name, diags)
			continue
		}
		if got := summary(p); got != tt.want {
			t.Errorf("%s: %s, not %s", tt.name, got, tt.want)
		}
	}
}

// An update writes what nobody changed as the drive has it, and what is recorded of it is the same text.
func TestFormsAreKept(t *testing.T) {
	r := newRun(newDrive())
	decl := declare(contracts(71), accented())
	if _, _, diags := r.apply(decl, all); diags.HasErrors() {
		t.Fatal(diags)
	}
	takenApart(r.drive, 5)
	live := r.drive.templates[5].Template
	decl.Templates[0].Template.Steps = append([]schema.Step{{Name: "zéro", Approvers: people(3), Rule: schema.RuleAny}},
		decl.Templates[0].Template.Steps...)
	p, _, diags := r.apply(decl, all)
	if diags.HasErrors() || len(p.Drift) > 0 {
		t.Fatal(diags, p.Drift)
	}
	now := r.drive.templates[5].Template
	if now.Title != live.Title || now.Description != live.Description || now.Steps[1].Name != live.Steps[0].Name ||
		now.Steps[2].Name != live.Steps[1].Name {
		t.Errorf("%+v became %+v", live, now)
	}
	if now.Steps[0].Name != "zéro" {
		t.Errorf("a new text is written as declared, not %+q", now.Steps[0].Name)
	}
	added := 0
	for _, s := range p.Changes[0].Steps {
		if !s.Same() {
			added++
		}
	}
	if added != 1 {
		t.Errorf("one step was added, and the plan shows %d that are not the same", added)
	}
	check(t, r, decl)

	// Drift shows what was edited, and not the form of the rest.
	r.drive.edit(5, func(t *schema.Template) { t.Description = "autre" })
	p, _, _ = r.plan(decl, all)
	if len(p.Drift) != 1 || p.Drift[0].Recorded.Title != p.Drift[0].Live.Title ||
		p.Drift[0].Recorded.Steps[1].Name != p.Drift[0].Live.Steps[1].Name {
		t.Errorf("%+v", p.Drift)
	}
}

// A template that was only written in another form between plan and apply was not edited.
func TestFormsBetweenPlanAndApply(t *testing.T) {
	r := newRun(newDrive())
	decl := declare(contracts(71), accented())
	if _, _, diags := r.apply(decl, all); diags.HasErrors() {
		t.Fatal(diags)
	}
	decl.Templates[0].Template.Steps = decl.Templates[0].Template.Steps[1:]
	p, st, diags := r.plan(decl, all)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	takenApart(r.drive, 5)
	if result, _ := apply.Run(context.Background(), r.drive, r.journal, p, st, quick); len(result.Failed)+
		len(result.NotTried) > 0 || len(result.Done) != 1 {
		t.Errorf("%+v", result)
	}
}

// A path is followed by names in whatever form the drive has them. The id decides between two of one path; without one
// the exact path does, and where there is none it is an error that names them.
func TestPathsInForms(t *testing.T) {
	folder := func(id int64, name string) schema.Entry { return schema.Entry{ID: id, Name: name, Folder: true} }
	for _, tt := range []struct {
		name  string
		scope schema.Scope
		want  string // the id, or a part of the error
	}{
		{"another form", schema.Scope{Path: "Équipe/Été"}, "72"},
		{"the exact one", schema.Scope{Path: "Équipe/Café"}, "73"},
		{"the id's", schema.Scope{Path: "Équipe/Café", ID: 74}, "74"},
		{"no one's", schema.Scope{Path: "Équipe/Café", ID: 99},
			`is written with id 99, but on the drive "Équipe/Café" has id 73`},
		{"two, neither exact", schema.Scope{Path: "Équipe/ế"},
			"in several forms of Unicode that look the same and none of which a configuration can write: ids 75, 76"},
		{"two, by id", schema.Scope{Path: "Équipe/ế", ID: 76}, "76"},
		{"through two folders", schema.Scope{Path: "Équipe/Café/X"}, "80"},
		{"what nobody sees", schema.Scope{Path: "Équipe/合同"}, `What looks the same there is another name: "合\u200b同"`},
	} {
		r := newRun(newDrive())
		r.drive.entries = map[int64][]schema.Entry{
			0: {folder(71, "E\u0301quipe")},
			71: {folder(72, "E\u0301te\u0301"), folder(74, "Cafe\u0301"), folder(73, "Café"),
				folder(75, "e\u0302\u0301"), folder(76, "ê\u0301"), folder(77, "合\u200b同"),
				{ID: 78, Name: "Été"}},
			74: {folder(80, "X")},
		}
		tt.scope.Address, tt.scope.Kind = addr.Of("folder.x"), schema.ScopeFolder
		w, diags := world.Refresh(context.Background(), r.drive, schema.Declaration{Scopes: []schema.Scope{tt.scope}},
			state.State{}, nil, quick)
		got := fmt.Sprint(w.ScopeIDs[addr.Of("folder.x")])
		if tt.scope.ID != 0 {
			got = fmt.Sprint(tt.scope.ID)
		}
		if diags.HasErrors() {
			got = fmt.Sprint(diags)
		}
		if got != tt.want && !(len(tt.want) > 2 && diags.HasErrors() && strings.Contains(got, tt.want)) {
			t.Errorf("%s: %s, not %s", tt.name, got, tt.want)
		}
	}
}

// What nobody sees on the drive is told with tid and scope; what the configuration says itself is told by it.
func TestUnseen(t *testing.T) {
	one := func(title string) schema.Declaration {
		return declare(contracts(71), declared("modify", modify(title, 1)))
	}
	for _, tt := range []struct {
		name string
		decl schema.Declaration
		hand func(*drive)
		want []string // of each warning a part
	}{
		{"nothing", one("修改"), func(d *drive) { d.put(71, modify("上传", 1)) }, nil},
		{"somebody's", one("上传"), func(d *drive) { d.put(71, modify("修\u200b改", 1)) },
			[]string{`(id 71), tid 5, which is bound to no address, last edited by 人1. ` +
				`Its title "修\u200b改" has U+200B (an invisible character), ` +
				`so that it looks like "修改".`}},
		{"one like ours", one("修改"), func(d *drive) { d.put(71, modify("修\u2060改", 1)) },
			[]string{`Its title "修\u2060改" has U+2060`, `tid 5 is titled "修\u2060改"; ` +
				`template.modify is titled "修改". They are different titles`}},
		{"two of others, in two forms", one("x"), func(d *drive) {
			d.put(71, modify("e\u0301", 1))
			d.put(71, modify("é", 1))
		},
			[]string{`tid 5 is titled "e\u0301"; tid 6 is titled "\u00e9". They are different titles`}},
		{"two of others, by blanks", one("x"), func(d *drive) {
			d.put(71, modify("修 改", 1))
			d.put(71, modify("修  改", 1))
		}, []string{`tid 5 is titled "修 改"; tid 6 is titled "修  改"`}},
		{"a step, a name", one("x"), func(d *drive) {
			t := modify("y", 1)
			t.Steps[0].Name = "初\u3164审"
			t.Steps[0].Approvers[0].Realname = "张\ufeff三"
			d.put(71, t)
		}, []string{`Its step "初\u3164审" has U+3164 (an invisible character), so that it looks like "初 审".`,
			`User 1 has the realname "张\ufeff三" on the drive.`}},
		{"ours, as declared", one("修\u200b改"), nil, nil}, // the configuration is warned of it where it is written
		{"ignored ones", func() schema.Declaration {
			d := one("x")
			d.Scopes[0].Unmanaged = schema.UnmanagedIgnore
			return d
		}(), func(d *drive) { d.put(71, modify("修\u200b改", 1)); d.put(71, modify("修改", 1)) }, nil},
		{"an ignored one like ours", func() schema.Declaration {
			d := one("修改")
			d.Scopes[0].Unmanaged = schema.UnmanagedIgnore
			return d
		}(), func(d *drive) { d.put(71, modify("修\u200b改", 1)) },
			[]string{`tid 5 is titled "修\u200b改"; template.modify is titled "修改"`}},
	} {
		r := newRun(newDrive())
		if tt.hand != nil {
			tt.hand(r.drive)
		}
		_, _, diags := r.plan(tt.decl, all)
		if len(diags) != len(tt.want) {
			t.Errorf("%s: %d warnings: %v", tt.name, len(diags), diags)
			continue
		}
		for i, d := range diags {
			if d.Severity != schema.Warning || !strings.Contains(d.Detail, tt.want[i]) {
				t.Errorf("%s: %v does not say %s", tt.name, d, tt.want[i])
			}
		}
	}
}

// A state of an older program may bind one address in two forms. No plan takes the one for the other.
func TestOneAddressInTwoForms(t *testing.T) {
	r := newRun(newDrive())
	decl := declare(contracts(71), declared("été", modify("a", 1)))
	if _, _, diags := r.apply(decl, all); diags.HasErrors() {
		t.Fatal(diags)
	}
	id := r.drive.put(71, modify("b", 1))
	old := r.kept().Bindings[0]
	old.Address, old.ID, old.Recorded = addr.Of("template.e\u0301te\u0301"), id, modify("b", 1)
	st := r.kept()
	st.Bindings = append(st.Bindings, old)
	r.journal.Write(st)
	_, _, diags := r.plan(decl, all)
	if want := `countersign state rm $'template.e\u0301te\u0301'`; !diags.HasErrors() ||
		!strings.Contains(fmt.Sprint(diags), want) {
		t.Errorf("%v does not say %s", diags, want)
	}
}
