package reconcile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/yomicloud"
	"countersign/reconcile"
	"countersign/reconcile/apply"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/schema/export"
	"countersign/state"
	"countersign/state/statetest"
)

// box is an embedded drive with an administrator's client.
type box struct {
	*sandbox.Sandbox
	*yomicloud.Client
	users []schema.Person
}

// clientOf speaks for one of a box's users.
func clientOf(t *testing.T, b *sandbox.Sandbox, username string) *yomicloud.Client {
	t.Helper()
	tokens := b.Tokens()
	i := slices.IndexFunc(tokens, func(x records.StoredUser) bool { return x.Username == username })
	c, err := yomicloud.New(yomicloud.Options{Endpoint: "http://drive.example.com", Token: tokens[i].Token,
		Transport: b.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newBox is a drive with users and folders and no template. The same seed makes the same one.
func newBox(t *testing.T, seed uint64) (box, []int64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	s, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b := box{Sandbox: s, Client: clientOf(t, s, "admin")}
	if err := b.Client.Remove(context.Background(), 5); err != nil { // the one of the document's example
		t.Fatal(err)
	}
	for i, username := range []string{"zhang.san", "Zhang San", "李四", "10086", "a${b}", "o'neil \"x\""} {
		token, err := sandboxtest.AddUser(s, records.User{Username: username,
			Realname: fmt.Sprintf("%s %d号", username, i)})
		if err != nil {
			t.Fatal(err)
		}
		b.users = append(b.users, schema.Person{ID: token.ID, Username: username,
			Realname: fmt.Sprintf("%s %d号", username, i)})
	}
	scopes := []int64{71, 72}
	names := []string{"合同", "2024", "a.b", "${x}", "%{if}", "\"q\"", "main", "imports", "aux", "2024年", "Финансы", "😀",
		"cafe\u0301", "caf\u00e9", "\u1112\u1161\u11ab", "a b", "a\u200bb"}
	folders := []int64{1, 3}
	for range 3 + r.IntN(12) {
		parent := folders[r.IntN(len(folders))]
		name := names[r.IntN(len(names))]
		if r.IntN(4) == 0 {
			if id, err := sandboxtest.AddFile(s, parent, name); err == nil {
				scopes = append(scopes, id)
			}
		} else if id, err := sandboxtest.AddFolder(s, parent, name); err == nil {
			folders, scopes = append(folders, id), append(scopes, id)
		}
	}
	return b, scopes
}

// fill puts random templates on random scopes of a drive.
func fill(t *testing.T, b box, scopes []int64, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 2))
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	some := func(least int) []schema.Person {
		list := slices.Clone(b.users)
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		return list[:least+r.IntN(len(list)-least+1)]
	}
	types := []schema.Template{{ApprovalType: "1", AppliesTo: schema.AppliesToAny},
		{ApprovalType: "2", AppliesTo: schema.AppliesToFolders},
		{ApprovalType: "3", AppliesTo: schema.AppliesToAny}, {ApprovalType: "4", AppliesTo: schema.AppliesToFiles}}
	board, together := slices.Clone(b.users[:4]), scopes[:min(len(scopes), 3+r.IntN(4))]
	for range r.IntN(25) {
		x := types[r.IntN(len(types))]
		x.Title = pick("上传审批", "申请修改", "${title}", "%{if x}", "a \"b\" \\c", "two\nlines", "😀", "<script>",
			"x", "cafe\u0301", "caf\u00e9", "\u1112\u1161\u11ab", "\ud55c", "\u212b", "申\u200b请") +
			pick("", "", "1", " 2", "甲")
		x.Description = pick("", "", "请说明", "一\n二\n\n三", "  缩进\n  x", "$${a}\n%{b}", "EOT\nx",
			"re\u0301sume\u0301", "e\u0301\nx")
		x.ApproverAccess = schema.Access(pick("none", "preview", "download"))
		x.CCAccess = schema.Access(pick("none", "preview", "download"))
		x.CC = some(0)
		for n := range 1 + r.IntN(3) {
			s := schema.Step{Name: pick("初审", "终审", "${s}", "a\"b", fmt.Sprint(n), "e\u0301", "\u00e9", "\u212a"),
				Approvers: some(1), Rule: schema.PassRule(pick("all", "any", "at_least", "designated"))}
			if r.IntN(3) == 0 {
				s.Approvers = board
			}
			if s.Rule == schema.RuleAtLeast {
				s.MinApprovals = 1 + r.IntN(len(s.Approvers))
			}
			x.Steps = append(x.Steps, s)
		}
		on := []int64{scopes[r.IntN(len(scopes))]}
		if r.IntN(5) == 0 { // the same on several
			on = nil
			if r.IntN(2) == 0 {
				on = slices.Clone(together)
			}
			for _, i := range r.Perm(len(scopes))[:min(len(scopes), 1+r.IntN(6))] {
				on = append(on, scopes[i])
			}
			slices.Sort(on)
			on = slices.Compact(on)
		}
		for _, id := range on {
			if err := b.CreateLike(context.Background(), id, x, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// exported is what a drive's export says, read as plan reads it; some sections may be left out.
func exported(t *testing.T, b box, o export.Options, without ...string) (schema.Declaration, export.Document) {
	t.Helper()
	w, diags := world.Survey(context.Background(), b, nil, quick)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	w.Endpoint = "http://drive.example.com"
	doc := export.Render(w, o)
	dir := t.TempDir()
	for _, s := range doc.Sections {
		if !slices.Contains(without, s.Name) {
			if err := os.WriteFile(filepath.Join(dir, s.Name+".hcl"), s.Text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	source, diags := config.Load(dir)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, doc.Bytes())
	}
	c, diags := source.Evaluate(config.Inputs{}, nil)
	if diags.HasErrors() || c.NeedsFacts {
		t.Fatalf("needs facts: %v; %v\n%s", c != nil && c.NeedsFacts, diags, doc.Bytes())
	}
	return c.Declaration, doc
}

// planned refreshes and compares.
func planned(t *testing.T, b box, decl schema.Declaration, st state.State) *plans.Plan {
	t.Helper()
	w, diags := world.Refresh(context.Background(), b, decl, st, nil, quick)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	p, diags := reconcile.Diff(decl, st, w, all)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return p
}

// said is all that a drive's templates say, without tids and moments, their texts in one form of Unicode.
func said(t *testing.T, b box) []string {
	t.Helper()
	w, diags := world.Survey(context.Background(), b, nil, quick)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var list []string
	for _, p := range w.Places {
		for _, l := range p.Templates {
			list = append(list, fmt.Sprintf("%d %s %s %+v", p.ID, p.Kind, p.Path, l.Template.Form()))
		}
	}
	slices.Sort(list)
	return list
}

// For random worlds: a plan of the export has nothing to do but imports, nothing at all once applied, and the export
// without its imports makes an equal world of a drive that has the same users and folders and no templates.
func TestExportThenPlan(t *testing.T) {
	folded, areas, lists, rebuilt := 0, 0, 0, 0
	for seed := range uint64(12) {
		b, scopes := newBox(t, seed)
		fill(t, b, scopes, seed)
		if managed, err := b.Managed(context.Background()); err != nil || len(managed) == 0 {
			continue
		}
		for _, o := range []export.Options{{}, {Flat: true}} {
			decl, doc := exported(t, b, o)
			folded += bytes.Count(doc.Bytes(), []byte("for_each"))
			areas += bytes.Count(doc.Bytes(), []byte("for_each      = local."))
			lists += bytes.Count(doc.Bytes(), []byte("approvers     = local.")) +
				bytes.Count(doc.Bytes(), []byte("approvers = local."))
			p := planned(t, b, decl, state.State{})
			for _, c := range p.Changes {
				if c.Action != plans.NoOp || !c.Importing {
					t.Errorf("seed %d, %+v: %s: %v\n%s", seed, o, c.Address, c.Action, doc.Bytes())
				}
			}
			if len(p.Changes) != doc.Templates || len(p.Refused)+len(p.Unmanaged) != len(doc.LeftOut) {
				t.Errorf("seed %d, %+v: %d changes of %d templates, %d unmanaged, %d left out", seed, o, len(p.Changes),
					doc.Templates, len(p.Unmanaged), len(doc.LeftOut))
			}
			_, st := apply.Run(context.Background(), b, statetest.NewRun(), p, state.State{}, quick)
			if p := planned(t, b, decl, st); !p.Empty() {
				t.Errorf("seed %d, %+v: after the import: %+v", seed, o, p.Changes)
			}
			if len(doc.LeftOut) > 0 { // of one title twice: the other drive could not be the same
				continue
			}

			rebuilt++
			bare, _ := newBox(t, seed)
			decl, _ = exported(t, b, o, "imports")
			p = planned(t, bare, decl, state.State{})
			result, st := apply.Run(context.Background(), bare, statetest.NewRun(), p, state.State{}, quick)
			if p := planned(t, bare, decl, st); !p.Empty() {
				t.Errorf("seed %d, %+v: after the apply: %+v; %+v", seed, o, p.Changes, result)
			}
			if diff := cmp.Diff(said(t, b), said(t, bare)); diff != "" {
				t.Errorf("seed %d, %+v: the export makes another world:\n%s", seed, o, diff)
			}
		}
	}
	if folded < 5 || areas < 3 || lists < 10 || rebuilt < 8 {
		t.Fatalf("only %d templates on several folders, %d on the same ones, %d uses of a list and %d "+
			"rebuilt drives in all the worlds", folded, areas, lists, rebuilt)
	}
}

// The same drive is the same text.
func TestExportIsTheSameTwice(t *testing.T) {
	b, scopes := newBox(t, 7)
	fill(t, b, scopes, 8)
	_, first := exported(t, b, export.Options{})
	_, second := exported(t, b, export.Options{})
	if diff := cmp.Diff(string(first.Bytes()), string(second.Bytes())); diff != "" {
		t.Error(diff)
	}
}

// counting counts calls to a drive, and may answer some of them itself.
type counting struct {
	world.Drive
	templates, lists int
	template         func(id int64) error
	children         error
}

func (c *counting) Template(ctx context.Context, id, file int64) (schema.Live, map[int64]schema.Person, error) {
	c.templates++
	if c.template != nil {
		if err := c.template(id); err != nil {
			return schema.Live{}, nil, err
		}
	}
	return c.Drive.Template(ctx, id, file)
}

func (c *counting) Templates(ctx context.Context, id int64) (schema.Listing, error) {
	c.lists++
	return c.Drive.Templates(ctx, id)
}

func (c *counting) Children(ctx context.Context, id int64) ([]schema.Entry, error) {
	if c.children != nil {
		return nil, c.children
	}
	return c.Drive.Children(ctx, id)
}

func titled(title string, p schema.Person) schema.Template {
	return schema.Template{Title: title, ApprovalType: "1", AppliesTo: schema.AppliesToAny,
		Steps: []schema.Step{{Name: "审批", Rule: schema.RuleAny, Approvers: []schema.Person{p}}}}
}

// onOneFolder is a drive with so many templates on folder 72.
func onOneFolder(t *testing.T, n int) box {
	t.Helper()
	b, _ := newBox(t, 1)
	for i := range n {
		if err := b.CreateLike(context.Background(), 72, titled(fmt.Sprint("审批", i), b.users[0]), ""); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

var one = world.Settings{Parallelism: 1}

func TestSurveyReadsListsNotTemplates(t *testing.T) {
	d := &counting{Drive: onOneFolder(t, 30)}
	w, diags := world.Survey(context.Background(), d, nil, one)
	if diags.HasErrors() || len(w.Places) != 1 || len(w.Places[0].Templates) != 30 {
		t.Fatalf("%v %+v", diags, w.Places)
	}
	if d.lists != 1 || d.templates != 1 {
		t.Errorf("%d lists and %d templates were read", d.lists, d.templates)
	}
	if p := w.Places[0]; p.ID != 72 || p.Kind != schema.ScopeFolder || p.Path != "公司文件/合同" || !p.Checked {
		t.Errorf("%+v", p)
	}
}

// A template that cannot be read hides neither its folder nor those beside it.
func TestSurveyFindsFoldersWithoutReadingTemplates(t *testing.T) {
	d := &counting{Drive: onOneFolder(t, 5), template: func(int64) error { return errors.New("content is not JSON") }}
	w, diags := world.Survey(context.Background(), d, nil, one)
	if diags.HasErrors() || len(w.Places) != 1 || len(w.Places[0].Templates) != 5 {
		t.Fatalf("%v %+v", diags, w.Places)
	}
	d.children = errors.New("no such call")
	if _, diags = world.Survey(context.Background(), d, nil, one); !diags.HasErrors() ||
		!strings.Contains(diags[0].Detail, "-scope=ID") {
		t.Errorf("neither templates nor folders can be read: %v", diags)
	}
	d.template = nil
	w, diags = world.Survey(context.Background(), d, nil, one)
	if diags.HasErrors() || w.Places[0].Checked || w.Places[0].Kind != schema.ScopeFolder {
		t.Errorf("without folders: %v %+v", diags, w.Places)
	}
}

// vanishing drops a template between the list of all and the list of its folder.
type vanishing struct{ *counting }

func (v vanishing) Templates(ctx context.Context, id int64) (schema.Listing, error) {
	l, err := v.counting.Templates(ctx, id)
	l.Templates = l.Templates[1:]
	return l, err
}

func TestSurveyRefusesHalfAWorld(t *testing.T) {
	b := onOneFolder(t, 3)
	_, diags := world.Survey(context.Background(), vanishing{&counting{Drive: b}}, nil, one)
	if !diags.HasErrors() || !strings.Contains(diags[0].Summary, "changed while it was read") {
		t.Errorf("a template vanished: %v", diags)
	}
	_, diags = world.Survey(context.Background(), b, []int64{72, 4711}, one)
	if !diags.HasErrors() || !strings.Contains(diags[0].Detail, "4711") {
		t.Errorf("a folder that is not there: %v", diags)
	}
	_, diags = world.Survey(context.Background(), clientOf(t, b.Sandbox, "test02"), nil, one)
	if !diags.HasErrors() || diags[0].Summary != "There is nothing to export" {
		t.Errorf("a token that may manage nothing: %v", diags)
	}
}
