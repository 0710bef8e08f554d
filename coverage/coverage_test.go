package coverage_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"countersign/coverage"
	"countersign/policy"
	"countersign/reconcile/world"
	"countersign/schema"
)

// drive is a drive of folders in memory.
type drive struct {
	names     map[int64]string
	below     map[int64][]schema.Entry
	above     map[int64]int64
	own       map[int64][]schema.Live
	noList    map[int64]bool // folders that cannot be listed
	noForce   map[int64]bool // folders whose templates cannot be read
	unmanaged map[int64]bool // templates that the list of all does not have
	calls     atomic.Int64
}

var errRefused = errors.New("code 3: no permission")

func (d *drive) Children(_ context.Context, id int64) ([]schema.Entry, error) {
	d.calls.Add(1)
	if d.noList[id] {
		return nil, errRefused
	}
	return d.below[id], nil
}

func (d *drive) Templates(_ context.Context, id int64) (schema.Listing, error) {
	d.calls.Add(1)
	if d.noForce[id] {
		return schema.Listing{}, errRefused
	}
	var l schema.Listing
	for ; id != 0; id = d.above[id] {
		l.Templates = append(l.Templates, d.own[id]...)
	}
	return l, nil
}

func (d *drive) Managed(context.Context) ([]schema.Managed, error) {
	d.calls.Add(1)
	var out []schema.Managed
	for id, list := range d.own {
		for _, l := range list {
			if !d.unmanaged[l.ID] {
				out = append(out, schema.Managed{ID: l.ID, Title: l.Template.Title, Path: "/" + d.path(id) + "/"})
			}
		}
	}
	return out, nil
}

func (d *drive) path(id int64) string {
	if up := d.above[id]; up != 0 {
		return d.path(up) + "/" + d.names[id]
	}
	return d.names[id]
}

func (d *drive) folder(above int64, name string) int64 {
	id := int64(len(d.names) + 1)
	d.names[id], d.above[id] = name, above
	d.below[above] = append(d.below[above], schema.Entry{ID: id, Name: name, Folder: true})
	return id
}

var tids int64

func (d *drive) attach(to int64, kind string, applies schema.AppliesTo, approvers ...int64) schema.Live {
	tids++
	l := schema.Live{ID: tids, ScopeID: to, Template: template(kind, approvers...)}
	l.Template.AppliesTo = applies
	d.own[to] = append(d.own[to], l)
	return l
}

// template asks each of these people.
func template(kind string, approvers ...int64) schema.Template {
	t := schema.Template{Title: kind, ApprovalType: kind}
	for _, id := range approvers {
		t.Steps = append(t.Steps, schema.Step{Rule: schema.RuleAny, Approvers: []schema.Person{{ID: id}}})
	}
	return t
}

func newDrive() *drive {
	return &drive{names: map[int64]string{}, below: map[int64][]schema.Entry{}, above: map[int64]int64{},
		own: map[int64][]schema.Live{}, noList: map[int64]bool{}, noForce: map[int64]bool{},
		unmanaged: map[int64]bool{}}
}

func look(t *testing.T, d *drive, top coverage.Folder, limit int, asked coverage.Asked) *coverage.Report {
	t.Helper()
	tree, err := coverage.Walk(context.Background(), d, top, limit, world.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return coverage.Judge(tree, asked)
}

// states are how the folders stand with the first type asked for, by path.
func states(r *coverage.Report) map[string]coverage.Finding {
	out := map[string]coverage.Finding{}
	r.Top.Each(func(f *coverage.Folder) {
		if found := r.Of(f); found != nil {
			out[f.Path] = found[0]
		}
	})
	return out
}

var (
	onFiles   = schema.ApprovalType{ID: "4", AppliesTo: schema.AppliesToFiles}
	onAny     = schema.ApprovalType{ID: "1", AppliesTo: schema.AppliesToAny}
	onFolders = schema.ApprovalType{ID: "2", AppliesTo: schema.AppliesToFolders}
)

// In random drives each folder stands as what the drive itself says is in force there, whatever the walk has asked.
func TestFoldersStandAsTheDriveSays(t *testing.T) {
	kinds := []schema.AppliesTo{schema.AppliesToAny, schema.AppliesToFolders, schema.AppliesToFiles}
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		d := newDrive()
		for i := range 30 {
			at := d.folder(int64(random.IntN(i+1)), fmt.Sprint("目录", i))
			for range random.IntN(2) * random.IntN(3) {
				d.attach(at, fmt.Sprint(random.IntN(2)), kinds[random.IntN(3)], 1, 2+int64(random.IntN(3)))
			}
		}
		than := schema.Declared{Template: template("0", 1, 2)}
		asked := coverage.Asked{Types: []schema.ApprovalType{{ID: "0", AppliesTo: kinds[random.IntN(3)]}}, Than: &than}
		r := look(t, d, coverage.Folder{}, 1000, asked)
		if !r.Complete() || r.Folders != 30 {
			t.Fatalf("seed %d: complete %v, %d folders", seed, r.Complete(), r.Folders)
		}
		for id := range d.names {
			listing, _ := d.Templates(context.Background(), id)
			want := coverage.Covered
			for _, kind := range []schema.AppliesTo{schema.AppliesToFolders, schema.AppliesToFiles} {
				if need := asked.Types[0].AppliesTo; need != kind && need != schema.AppliesToAny {
					continue
				}
				here := coverage.None
				for _, l := range listing.Templates {
					switch to := l.Template.AppliesTo; {
					case l.Template.ApprovalType != "0" || to != kind && to != schema.AppliesToAny:
					case policy.Compare(policy.Of(than.Template), policy.Of(l.Template)).Opens == nil:
						here = coverage.Covered
					case here == coverage.None:
						here = coverage.Weak
					}
				}
				if here == coverage.None || want == coverage.Covered {
					want = here
				}
			}
			if got := states(r)[d.path(id)].State; got != want {
				t.Fatalf("seed %d: %s stands %q, want %q", seed, d.path(id), got, want)
			}
		}
	}
}

// What is inherited costs no call: one for the list of all templates, one a folder, and one where something is
// attached.
func TestWalkAsksNoMoreThanItMust(t *testing.T) {
	d := newDrive()
	top := d.folder(0, "公司")
	for i := range 100 {
		d.folder(top, fmt.Sprint(i))
	}
	d.attach(50, "4", schema.AppliesToFiles, 1)
	look(t, d, coverage.Folder{}, 1000, coverage.Asked{Types: []schema.ApprovalType{onFiles}})
	if got := d.calls.Load(); got != 1+102+2 {
		t.Errorf("%d calls", got)
	}
}

// A folder of which something cannot be read is never taken for one without templates, nor for an empty one.
func TestUnreadIsNotEmpty(t *testing.T) {
	asked := coverage.Asked{Types: []schema.ApprovalType{onFiles}}
	d := newDrive()
	top := d.folder(0, "公司")
	a, b := d.folder(top, "甲"), d.folder(top, "乙")
	d.folder(a, "一")
	d.attach(b, "4", schema.AppliesToFiles, 1)
	d.noForce[b], d.noList[a] = true, true
	d.folder(b, "二")

	r := look(t, d, coverage.Folder{}, 100, asked)
	got := states(r)
	if r.Complete() || r.Failed != 2 || got["公司/乙"].State != coverage.Unknown {
		t.Errorf("%+v; %d failed", got, r.Failed)
	}
	if got["公司/乙/二"].State != coverage.Covered || got["公司/甲"].State != coverage.None {
		t.Errorf("what can be read below or beside: %+v", got)
	}
	if _, met := got["公司/甲/一"]; met {
		t.Error("a folder was met in one that cannot be listed")
	}

	d.noList[0] = true
	if r := look(t, d, coverage.Folder{}, 100, asked); r.Complete() || r.Folders != 0 {
		t.Errorf("a drive that cannot be listed: %d folders, complete %v", r.Folders, r.Complete())
	}
}

// Whether a template that cannot be read is of the type is not known, nor is what it leaves uncovered.
func TestUnreadableTemplateIsNotNone(t *testing.T) {
	d := newDrive()
	top := d.folder(0, "公司")
	l := d.attach(top, "4", schema.AppliesToFiles, 1)
	d.own[top] = []schema.Live{{ID: l.ID, ScopeID: top, Unreadable: "step 1 has the unknown type 9"}}
	r := look(t, d, coverage.Folder{}, 100, coverage.Asked{Types: []schema.ApprovalType{onFiles}})
	if got := states(r)["公司"]; got.State != coverage.Unknown || r.Complete() {
		t.Errorf("%+v", got)
	}
}

// Half of what a type is about is a gap for the other half.
func TestEachKindMustBeCovered(t *testing.T) {
	d := newDrive()
	top := d.folder(0, "公司")
	d.attach(top, "1", schema.AppliesToFolders, 1)
	got := states(look(t, d, coverage.Folder{}, 100, coverage.Asked{Types: []schema.ApprovalType{onAny}}))["公司"]
	if got.State != coverage.None || got.On != schema.AppliesToFiles {
		t.Errorf("%+v", got)
	}
	d.attach(d.folder(top, "甲"), "1", schema.AppliesToFiles, 1)
	asked := coverage.Asked{Types: []schema.ApprovalType{onAny}}
	if got := states(look(t, d, coverage.Folder{}, 100, asked))["公司/甲"]; got.State != coverage.Covered {
		t.Errorf("%+v", got)
	}
}

// The bound is told; what lies beyond is not taken for covered.
func TestWalkIsBounded(t *testing.T) {
	d := newDrive()
	top := d.folder(0, "公司")
	for i := range 20 {
		d.folder(top, fmt.Sprint(i))
	}
	d.attach(15, "2", schema.AppliesToFolders, 1)
	r := look(t, d, coverage.Folder{}, 5, coverage.Asked{Types: []schema.ApprovalType{onFolders}})
	if r.Complete() || r.Beyond != 17 || states(r)[d.path(15)].State != coverage.Unknown {
		t.Errorf("%d beyond, %+v", r.Beyond, states(r))
	}
}

// Folders that lie in each other end, and templates on what is met nowhere are told.
func TestStrangeDrives(t *testing.T) {
	asked := coverage.Asked{Types: []schema.ApprovalType{onFiles}}
	d := newDrive()
	top := d.folder(0, "公司")
	d.below[top] = append(d.below[top], schema.Entry{ID: top, Name: "公司", Folder: true})
	if r := look(t, d, coverage.Folder{}, 100, asked); r.Complete() || r.Folders != 1 {
		t.Errorf("a folder in itself: %d folders", r.Folders)
	}
	d = newDrive()
	d.folder(0, "公司")
	d.attach(77, "4", schema.AppliesToFiles, 1)
	d.names[77] = "别处"
	if r := look(t, d, coverage.Folder{}, 100, asked); len(r.Strays) != 1 || r.Complete() {
		t.Errorf("strays %v", r.Strays)
	}
	d.below[0] = append(d.below[0], schema.Entry{ID: 77, Name: "别处"}) // a file
	if r := look(t, d, coverage.Folder{}, 100, asked); len(r.Strays) != 0 || !r.Complete() {
		t.Errorf("strays %v", r.Strays)
	}
}

// From a folder on, what is above counts and what is beside does not.
func TestUnderAFolder(t *testing.T) {
	d := newDrive()
	top := d.folder(0, "公司")
	a, b := d.folder(top, "甲"), d.folder(top, "乙")
	d.folder(a, "一")
	d.attach(top, "4", schema.AppliesToFiles, 1)
	d.attach(b, "4", schema.AppliesToFiles, 1)
	r := look(t, d, coverage.Folder{ID: a, Name: "甲", Path: "公司/甲"}, 100,
		coverage.Asked{Types: []schema.ApprovalType{onFiles}})
	if !r.Complete() || r.Gaps() || r.Folders != 2 {
		t.Errorf("%+v", r)
	}
	if paths := slices.Sorted(func(yield func(string) bool) {
		for p := range states(r) {
			if !yield(p) {
				return
			}
		}
	}); !slices.Equal(paths, []string{"公司/甲", "公司/甲/一"}) {
		t.Error(paths)
	}
}
