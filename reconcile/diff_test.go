package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// random is a source that says its seed when the test fails; SEED in the environment repeats it.
func random(t *testing.T) *rand.Rand {
	seed := rand.Uint64()
	if again, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		seed = again
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

func contracts(id int64) schema.Scope {
	return schema.Scope{Address: addr.Of("folder.contracts"), Kind: schema.ScopeFolder, ID: id,
		Unmanaged: schema.UnmanagedReport}
}

// modify is a template as a configuration would declare it.
func modify(title string, ids ...int64) schema.Template {
	return schema.Template{Title: title, ApprovalType: "修改文件", Steps: []schema.Step{step("初审", schema.RuleAny, ids...)}}
}

func declare(scope schema.Scope, templates ...schema.Declared) schema.Declaration {
	return schema.Declaration{Scopes: []schema.Scope{scope}, Templates: templates}
}

func declared(name string, t schema.Template, sets ...string) schema.Declared {
	return schema.Declared{Address: addr.New("template", name), Scope: addr.Of("folder.contracts"), Template: t,
		Sets: sets}
}

func protected(d schema.Declared) schema.Declared {
	d.PreventDestroy = true
	return d
}

// keyed is one instance of a block with for_each.
func keyed(d schema.Declared, key string) schema.Declared {
	d.Address, d.Template.Title = d.Address.Instance(key), key
	return d
}

// summary is a plan in short, a part for each change: the address, the action, and what else matters.
func summary(p *plans.Plan) string {
	var lines []string
	for _, c := range p.Changes {
		line := strings.TrimSpace(c.Address.String() + " " + string(c.Action))
		if c.Importing {
			line += " importing"
		}
		if c.Reason != "" {
			line += ": " + string(c.Reason)
		}
		if c.Deposed || c.Address.IsZero() {
			line += fmt.Sprint(" ", c.ID)
		}
		lines = append(lines, line)
	}
	for _, c := range p.Refused {
		lines = append(lines, c.Address.String()+" refused")
	}
	for _, c := range p.HeldBack {
		lines = append(lines, c.Address.String()+" held back: "+string(c.Reason))
	}
	for _, d := range p.Drift {
		line := d.Address.String() + " drift"
		if d.Live == nil {
			line += " gone"
		} else if d.Edited != nil {
			line += " by " + d.Edited.By.Realname
		}
		lines = append(lines, line)
	}
	for _, u := range p.Unmanaged {
		lines = append(lines, fmt.Sprint("unmanaged ", u.Live.Title))
	}
	return strings.Join(lines, "; ")
}

// The table of what plan decides: declared, bound and live against the change. Each row starts from template.modify
// applied to folder 71, does something, and plans.
func TestPlanDecides(t *testing.T) {
	a := declared("modify", modify("申请修改", 1, 3))
	one := declare(contracts(71), a)
	with := func(how func(*schema.Declared)) schema.Declaration {
		d := a
		d.Template.Steps = slices.Clone(a.Template.Steps)
		how(&d)
		return declare(contracts(71), d)
	}
	with71 := func(u schema.Unmanaged) schema.Scope {
		return schema.Scope{Address: addr.Of("folder.contracts"), ID: 71, Unmanaged: u}
	}
	importing := one
	importing.Imports = []schema.Import{{To: addr.Of("template.modify"), ID: 5}}
	tests := []struct {
		name  string
		start schema.Declaration
		hand  func(*drive)
		then  schema.Declaration
		opts  reconcile.Options
		want  string
	}{
		{name: "not bound, not live: create", then: one, want: "template.modify create"},
		{name: "bound, live equal: nothing", start: one, then: one, want: "template.modify no-op"},
		{name: "bound, live differs from declared: update", start: one,
			then: with(func(d *schema.Declared) { d.Template.Steps[0].Rule = schema.RuleAll }),
			want: "template.modify update"},
		{name: "edited by hand: update back, and told as drift with the editor", start: one, then: one,
			hand: func(d *drive) { d.edit(5, func(t *schema.Template) { t.Steps[0].Approvers = people(3) }) },
			want: "template.modify update; template.modify drift by 人3"},
		{name: "edited by hand to what is declared now: drift, no change", start: one,
			then: with(func(d *schema.Declared) { d.Template.Title = "修改" }),
			hand: func(d *drive) { d.edit(5, func(t *schema.Template) { t.Title = "修改" }) },
			want: "template.modify no-op; template.modify drift by 人3"},
		{name: "removed by hand: create again, shown as drift", start: one, then: one,
			hand: func(d *drive) { delete(d.templates, 5) },
			want: "template.modify create: gone; template.modify drift gone"},
		{name: "another scope: replace", start: one, then: declare(contracts(72), a),
			want: "template.modify replace: other_scope"},
		{name: "another scope that has one of that title, unbound: refused", start: one,
			then: declare(contracts(72), a),
			hand: func(d *drive) { d.put(72, modify("申请修改", 4)) }, want: "template.modify refused"},
		{name: "removed by hand and made again by hand: refused", start: one, then: one,
			hand: func(d *drive) { delete(d.templates, 5); d.put(71, modify("申请修改", 4)) },
			want: "template.modify refused; template.modify drift gone"},
		{name: "no longer declared: remove", start: one, then: declare(contracts(71)),
			want: "template.modify delete: undeclared"},
		{name: "its key no longer declared: remove",
			start: declare(contracts(71), keyed(a, "legal"), keyed(a, "sales")),
			then:  declare(contracts(71), keyed(a, "sales")),
			want:  `template.modify["legal"] delete: key_gone; template.modify["sales"] no-op`},
		{name: "no longer declared, scope neither: remove all the same", start: one,
			want: "template.modify delete: undeclared"},
		{name: "no longer declared and gone: forget", start: one, then: declare(contracts(71)),
			hand: func(d *drive) { delete(d.templates, 5) },
			want: "template.modify forget: gone; template.modify drift gone"},
		{name: "live, declared nowhere: unmanaged", then: declare(contracts(71)),
			hand: func(d *drive) { d.put(71, modify("手工", 1)) }, want: "unmanaged 手工"},
		{name: "unmanaged in a scope that ignores them",
			then: declare(with71(schema.UnmanagedIgnore)),
			hand: func(d *drive) { d.put(71, modify("手工", 1)) }, want: ""},
		{name: "unmanaged in a wholly owned scope: remove",
			then: declare(with71(schema.UnmanagedRemove)),
			hand: func(d *drive) { d.put(71, modify("手工", 1)) }, want: "delete: unowned 5"},
		{name: "inherited ones are another scope's",
			then: declare(with71(schema.UnmanagedRemove)),
			hand: func(d *drive) { d.parents[71] = 1; d.put(1, modify("上面的", 1)) }, want: ""},
		{name: "one of that title is there, unbound: refused", then: one,
			hand: func(d *drive) { d.put(71, modify("申请修改", 4)) },
			want: "template.modify refused"},
		{name: "the same in a wholly owned scope: refused too, and the other kept",
			then: declare(with71(schema.UnmanagedRemove), a),
			hand: func(d *drive) { d.put(71, modify("申请修改", 4)) }, want: "template.modify refused"},
		{name: "renamed to the title of one that is bound to nothing: refused", start: one,
			then: with(func(d *schema.Declared) { d.Template.Title = "修改" }),
			hand: func(d *drive) { d.put(71, modify("修改", 4)) },
			want: "template.modify refused"},
		{name: "the block was given another name: made anew, with a hint", start: one,
			then: declare(contracts(71), declared("other", modify("申请修改", 1, 3))),
			want: "template.modify delete: undeclared; template.other create"},
		{name: "imported as it is", hand: func(d *drive) {
			live := modify("申请修改", 1, 3)
			live.ApprovalType, live.AppliesTo, live.CC, live.Description = "4", schema.AppliesToFiles, people(4), "请说明"
			d.put(71, live)
		}, then: importing, want: "template.modify no-op importing"},
		{name: "imported and changed", hand: func(d *drive) { d.put(71, modify("旧", 1)) }, then: importing,
			want: "template.modify update importing"},
		{name: "a value never set is not compared", start: one, then: one,
			hand: func(d *drive) { d.edit(5, func(t *schema.Template) { t.Description = "by hand" }) },
			want: "template.modify no-op; template.modify drift by 人3"},
		{name: "a default of something made here is", start: one, then: one,
			hand: func(d *drive) { d.edit(5, func(t *schema.Template) { t.ApproverAccess = schema.AccessDownload }) },
			want: "template.modify update; template.modify drift by 人3"},
		{name: "a value that was set and is no longer goes back",
			start: with(func(d *schema.Declared) { d.Template.Description = "x"; d.Sets = []string{"description"} }),
			then:  one,
			want:  "template.modify update"},
		{name: "ignored changes", start: one,
			then: with(func(d *schema.Declared) { d.IgnoreChanges = []string{"step"} }),
			hand: func(d *drive) { d.edit(5, func(t *schema.Template) { t.Steps[0].Rule = schema.RuleAll }) },
			want: "template.modify no-op; template.modify drift by 人3"},
		{name: "a protected one left out", start: declare(contracts(71), protected(a)), then: declare(contracts(71)),
			opts: reconcile.Options{NoRemovals: true}, want: "template.modify held back: undeclared"},
		{name: "a protected one that moved left out", start: declare(contracts(71), protected(a)),
			then: declare(contracts(72), protected(a)),
			opts: reconcile.Options{NoRemovals: true}, want: "template.modify held back: other_scope"},
		{name: "removals left out", start: one, then: declare(contracts(71)), opts: reconcile.Options{NoRemovals: true},
			want: "template.modify held back: undeclared"},
		{name: "destroy", start: one, then: one, opts: reconcile.Options{Mode: plans.Destroy},
			want: "template.modify delete"},
		{name: "refresh only", start: one, then: declare(contracts(71)),
			opts: reconcile.Options{Mode: plans.RefreshOnly},
			hand: func(d *drive) { d.edit(5, func(t *schema.Template) { t.Title = "改" }) },
			want: "template.modify no-op; template.modify drift by 人3"},
		{name: "another target", start: one, then: declare(contracts(71), a, declared("other", modify("另一", 1))),
			opts: reconcile.Options{Targets: []string{"template.other"}},
			want: "template.other create"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRun(newDrive())
			if len(tt.start.Templates) > 0 {
				if _, _, diags := r.apply(tt.start, all); diags.HasErrors() {
					t.Fatal(diags)
				}
			}
			if tt.hand != nil {
				tt.hand(r.drive)
			}
			tt.opts.MaxRemovals = -1
			p, _, diags := r.plan(tt.then, tt.opts)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if got := summary(p); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// What an import leaves out and finds at its default is under management from then on, as if it had been made here;
// what it leaves out and finds otherwise stays as it is.
func TestImportTakesDefaultsOver(t *testing.T) {
	d := newDrive()
	r := newRun(d)
	plain, told := modify("申请修改", 1, 3), modify("别的", 1, 3)
	plain.ApprovalType, plain.AppliesTo = "4", schema.AppliesToFiles
	told.ApprovalType, told.AppliesTo = "4", schema.AppliesToFiles
	told.CC, told.ApproverAccess = people(4), schema.AccessPreview
	d.put(71, plain)
	d.put(71, told)
	decl := declare(contracts(71), declared("modify", modify("申请修改", 1, 3)), declared("told", modify("别的", 1, 3)))
	decl.Imports = []schema.Import{{To: addr.Of("template.modify"), ID: 5}, {To: addr.Of("template.told"), ID: 6}}
	if p, _, diags := r.apply(decl, all); diags.HasErrors() || p.Counts() != (plans.Counts{Import: 2}) {
		t.Fatal(diags, p)
	}
	for _, id := range []int64{5, 6} {
		d.edit(id, func(x *schema.Template) {
			x.CC, x.CCAccess = people(5), schema.AccessDownload
			x.ApproverAccess, x.Description = schema.AccessDownload, "by hand"
		})
	}
	p, _, diags := r.plan(decl, all)
	if diags.HasErrors() || p.Counts() != (plans.Counts{Change: 1}) {
		t.Fatal(diags, p.Counts())
	}
	after := p.Changes[0].After
	if p.Changes[0].Address.String() != "template.modify" || after.ApproverAccess != schema.AccessNone ||
		after.CCAccess != schema.AccessNone || len(after.CC) != 0 {
		t.Errorf("%s: %+v", p.Changes[0].Address, after)
	}
	if after.Description != "by hand" {
		t.Errorf("a description is no right: %q", after.Description)
	}
}

func TestPlanRefuses(t *testing.T) {
	scope := contracts(71)
	protected := declared("modify", modify("申请修改", 1))
	protected.PreventDestroy = true
	many := declare(scope)
	for i := range 12 {
		many.Templates = append(many.Templates, declared(fmt.Sprint("t", i), modify(fmt.Sprint("题", i), 1)))
	}
	three := many
	three.Templates = many.Templates[:9]
	wrongType := modify("x", 1)
	wrongType.ApprovalType = "改文件"
	folders := modify("x", 1)
	folders.AppliesTo = schema.AppliesToFolders
	tests := []struct {
		name  string
		start schema.Declaration
		then  schema.Declaration
		opts  reconcile.Options
		want  string // part of a diagnostic
	}{
		{"a protected template whose block is gone", declare(scope, protected), declare(scope),
			reconcile.Options{MaxRemovals: -1}, "the state remembers its protection"},
		{"a protected template in a destroy", declare(scope, protected), declare(scope, protected),
			reconcile.Options{Mode: plans.Destroy, MaxRemovals: -1}, "prevent_destroy = false"},
		{"a protected template that would move", declare(scope, protected), declare(contracts(72), protected),
			reconcile.Options{MaxRemovals: -1}, "would be replaced"},
		{"more than ten and 30 %", many, declare(scope), reconcile.Options{MaxRemovals: -1},
			"It would remove 12 templates, and 12 are bound"},
		{"more than told", many, three, reconcile.Options{MaxRemovals: 2}, "-max-removals allows 2"},
		{"a type that is not there", schema.Declaration{}, declare(scope, declared("x", wrongType)),
			reconcile.Options{}, `There are: "不处理" (id 1, for folders and files), "上传文件"`},
		{"applies_to against the type", schema.Declaration{}, declare(scope, declared("x", folders)),
			reconcile.Options{}, `applies_to must be "files"`},
		{"a target that is not there", schema.Declaration{}, declare(scope),
			reconcile.Options{Targets: []string{"template.nope"}}, "template.nope: no template"},
		{"an import that is not there", schema.Declaration{},
			schema.Declaration{Scopes: []schema.Scope{scope},
				Templates: []schema.Declared{declared("x", modify("x", 1))},
				Imports:   []schema.Import{{To: addr.Of("template.x"), ID: 99}}},
			reconcile.Options{}, "tid 99 is not attached there"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRun(newDrive())
			if len(tt.start.Templates) > 0 {
				if _, _, diags := r.apply(tt.start, all); diags.HasErrors() {
					t.Fatal(diags)
				}
			}
			p, _, diags := r.plan(tt.then, tt.opts)
			if !diags.HasErrors() || p != nil {
				t.Fatalf("not refused: %v", diags)
			}
			if text := fmt.Sprint(diags); !strings.Contains(text, tt.want) {
				t.Errorf("%s\ndoes not say %q", text, tt.want)
			}
		})
	}
}

// Names that differ are told, and change nothing.
func TestNamesAreNotCompared(t *testing.T) {
	r := newRun(newDrive())
	decl := declare(contracts(71), declared("modify", modify("申请修改", 1)))
	decl.Approvers = []schema.Approver{{Address: addr.Of("approver.admin"), Person: person(1)}}
	if _, _, diags := r.apply(decl, all); diags.HasErrors() {
		t.Fatal(diags)
	}
	renamed := schema.Person{ID: 1, Username: "u1", Realname: "新名字"}
	decl.Approvers[0].Person = renamed
	decl.Templates[0].Template.Steps = []schema.Step{{Name: "初审", Rule: schema.RuleAny,
		Approvers: []schema.Person{renamed}}}
	p, _, diags := r.plan(decl, all)
	if len(diags) != 1 || diags[0].Severity != schema.Warning || diags[0].Address.String() != "approver.admin" ||
		diags[0].Attribute != "realname" {
		t.Errorf("diagnostics: %v", diags)
	}
	if got := summary(p); got != "template.modify no-op" {
		t.Error(got)
	}
}

// An approver declared by id alone gets the names that the drive tells, from single templates if need be.
func TestNamesAreLookedUp(t *testing.T) {
	r := newRun(newDrive())
	hand := modify("手工", 3)
	hand.CC = []schema.Person{{ID: 4}}
	r.drive.put(71, hand)
	decl := declare(contracts(71), declared("modify", schema.Template{Title: "申请修改", ApprovalType: "4",
		Steps: []schema.Step{{Name: "初审", Rule: schema.RuleAll, Approvers: []schema.Person{{ID: 3}, {ID: 4}}}}}))
	decl.Approvers = []schema.Approver{{Address: addr.Of("approver.a"), Person: schema.Person{ID: 3}},
		{Address: addr.Of("approver.b"), Person: schema.Person{ID: 4}}}
	p, _, diags := r.plan(decl, all)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if got := p.Changes[0].After.Steps[0].Approvers; !slices.Equal(got, people(3, 4)) {
		t.Errorf("names: %v", got)
	}

	// Nothing here names 8, but a template on another folder does.
	elsewhere := modify("别处", 3)
	elsewhere.CC = []schema.Person{{ID: 8}}
	r.drive.people[8] = person(8)
	r.drive.put(99, elsewhere)
	decl.Approvers[1].Person.ID = 8
	decl.Templates[0].Template.Steps[0].Approvers[1].ID = 8
	p, _, diags = r.plan(decl, all)
	if len(diags) > 0 || !slices.Equal(p.Changes[0].After.Steps[0].Approvers, people(3, 8)) {
		t.Errorf("%v", diags)
	}

	decl.Approvers[1].Person.ID = 9
	decl.Templates[0].Template.Steps[0].Approvers[1].ID = 9
	_, _, diags = r.plan(decl, all)
	if !strings.Contains(fmt.Sprint(diags), "check the id, or write username and realname") {
		t.Errorf("diagnostics: %v", diags)
	}
}

// Paths are followed from the root, folders of one depth read once.
func TestScopesByPath(t *testing.T) {
	r := newRun(newDrive())
	r.drive.entries = map[int64][]schema.Entry{
		0: {{ID: 1, Name: "公司文件", Folder: true}},
		1: {{ID: 71, Name: "合同", Folder: true}, {ID: 72, Name: "财务", Folder: true}},
	}
	scope := func(name, path string, id int64) schema.Scope {
		return schema.Scope{Address: addr.New("folder", name), Kind: schema.ScopeFolder, ID: id, Path: path}
	}
	decl := schema.Declaration{Scopes: []schema.Scope{scope("a", "公司文件/合同", 0), scope("b", "公司文件/财务", 72)}}
	if _, _, diags := r.plan(decl, all); len(diags) > 0 {
		t.Fatal(diags)
	}
	if got := strings.Join(r.drive.calls[:3], ", "); got != "catalogue, children 0, children 1" {
		t.Error(got)
	}
	for _, tt := range []struct {
		scope schema.Scope
		want  string
	}{
		{scope("c", "公司文件/人事", 0), `There are: "合同", "财务"`},
		{scope("d", "公司文件/合同", 99), `written with id 99, but on the drive "公司文件/合同" has id 71`},
	} {
		_, _, diags := r.plan(schema.Declaration{Scopes: []schema.Scope{tt.scope}}, all)
		if !diags.HasErrors() || !strings.Contains(fmt.Sprint(diags), tt.want) {
			t.Errorf("%v does not say %q", diags, tt.want)
		}
	}
}

// A template that cannot be read stops nothing but what would touch it.
func TestUnreadableTemplates(t *testing.T) {
	r := newRun(newDrive())
	decl := declare(schema.Scope{Address: addr.Of("folder.contracts"), ID: 71, Unmanaged: schema.UnmanagedRemove},
		declared("modify", modify("申请修改", 1)))
	odd := func(id int64) {
		l := r.drive.templates[id]
		l.Unreadable, l.Template = "type is 5", schema.Template{Title: l.Template.Title}
		r.drive.templates[id] = l
	}
	odd(r.drive.put(71, modify("手工", 1)))
	p, _, diags := r.apply(decl, all)
	if diags.HasErrors() || summary(p) != "template.modify create; unmanaged 手工" || len(diags) != 1 ||
		!strings.Contains(diags[0].Detail, "type is 5") {
		t.Fatalf("%v %s", diags, summary(p))
	}
	odd(p.Changes[0].ID + 6)
	if _, _, diags := r.plan(decl, all); !diags.HasErrors() {
		t.Error("a bound template cannot be read, and there is a plan")
	}
	gone := declare(schema.Scope{Address: addr.Of("folder.contracts"), ID: 71})
	if _, _, diags := r.plan(gone, all); !diags.HasErrors() {
		t.Error("a bound template that cannot be read is to be removed, and there is a plan")
	}
	if p, _, diags := r.plan(gone, reconcile.Options{NoRemovals: true}); diags.HasErrors() || len(p.HeldBack) != 1 {
		t.Errorf("one that is held back need not be read: %v", diags)
	}
}

// A read that fails ends the plan: nothing missing is ever taken for deleted.
func TestFailedReadEndsThePlan(t *testing.T) {
	r := newRun(newDrive())
	decl := declare(contracts(71), declared("modify", modify("申请修改", 1)))
	if _, _, diags := r.apply(decl, all); diags.HasErrors() {
		t.Fatal(diags)
	}
	for _, what := range []string{"catalogue", "list 71"} {
		r.drive.fail = func(_ int, call string) fault {
			if call == what {
				return lost
			}
			return fine
		}
		if p, _, diags := r.plan(decl, all); p != nil || !diags.HasErrors() {
			t.Errorf("%s failed, and there is a plan: %v", what, p)
		}
	}
}
