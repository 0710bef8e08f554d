package export_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/schema"
	"countersign/schema/config"
	"countersign/schema/export"
	"countersign/schema/spelling"
)

var update = flag.Bool("update", false, "rewrite testdata by what is written now")

var catalogue = schema.Catalogue{
	{ID: "1", Name: "不处理", AppliesTo: schema.AppliesToAny},
	{ID: "2", Name: "上传文件", AppliesTo: schema.AppliesToFolders},
	{ID: "3", Name: "2", AppliesTo: schema.AppliesToAny}, // called what another's id is
	{ID: "4", Name: "修改文件", AppliesTo: schema.AppliesToFiles},
}

func person(id int64, username, realname string) schema.Person {
	return schema.Person{ID: id, Username: username, Realname: realname}
}

var (
	zhang = person(5, "zhang.san", "张三")
	li    = person(6, "李四", "李四")
	chen  = person(8, "10086", "陈晨")
)

// simple is the least that a template says.
func simple(title string) schema.Template {
	return schema.Template{Title: title, ApprovalType: "1", AppliesTo: schema.AppliesToAny,
		Steps: []schema.Step{{Name: "初审", Rule: schema.RuleAny, Approvers: []schema.Person{zhang}}}}
}

func attached(id, scope int64, t schema.Template) schema.Live {
	return schema.Live{ID: id, ScopeID: scope, Template: t}
}

// one is a world of one folder.
func one(templates ...schema.Live) export.World {
	return export.World{Endpoint: "https://drive.example.com", Catalogue: catalogue,
		Places: []export.Place{{ID: 72, Kind: schema.ScopeFolder, Path: "公司文件/合同", Checked: true,
			Templates: templates}}}
}

// golden holds what is written against a file.
func golden(t *testing.T, path string, doc export.Document) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, doc.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(doc.Bytes())); diff != "" {
		t.Errorf("%s (-) is not what is written (+):\n%s", path, diff)
	}
}

// What is met often is written once: a template that folders have alike, people who are named together. Flat, it is
// not, and means the same.
func TestFold(t *testing.T) {
	board := []schema.Person{zhang, li, chen}
	upload := simple("上传审批")
	upload.Steps = append(upload.Steps, schema.Step{Name: "董事会", Rule: schema.RuleAtLeast, MinApprovals: 2,
		Approvers: board})
	w := export.World{Endpoint: "https://drive.example.com", Catalogue: catalogue}
	for i, path := range []string{"公司文件/财务", "公司文件/法务/2024年", "公司文件/人事/2024年", "公司文件/合同"} {
		id := int64(71 + i)
		p := export.Place{ID: id, Kind: schema.ScopeFolder, Path: path, Checked: true}
		if i < 3 {
			p.Templates = append(p.Templates, attached(10*id, id, upload))
		}
		for k := range int64(3) {
			p.Templates = append(p.Templates, attached(10*id+5+k, id,
				simple(fmt.Sprintf("%s用印", []string{"公章", "合同章", "法人章"}[k]))))
		}
		other := simple(fmt.Sprintf("申请%d", i))
		if i > 1 {
			other.Title = "上传审批"
			other.Steps[0].Rule = schema.RuleAll
		}
		other.CC = board
		p.Templates = append(p.Templates, attached(10*id+1, id, other))
		if i > 2 {
			p.Templates = append(p.Templates, schema.Live{ID: 10 * id, ScopeID: id,
				Unreadable: "its content is what a drive newer than this program writes, " +
					"with rules in it that nobody here has ever heard of"})
		}
		w.Places = append(w.Places, p)
	}
	w.Places[2].Templates[4].Template.Title = "别的"
	doc := export.Render(w, export.Options{})
	golden(t, "testdata/fold.hcl", doc)
	flat := export.Render(w, export.Options{Flat: true})
	if text := string(flat.Bytes()); strings.Contains(text, "for_each") || strings.Contains(text, "local") {
		t.Errorf("%s", text)
	}
	said := func(doc export.Document) []string {
		var all []string
		for _, x := range declared(t, doc).Templates {
			all = append(all, fmt.Sprintf("%s %+v", x.Scope, x.Template))
		}
		slices.Sort(all)
		return all
	}
	if diff := cmp.Diff(said(flat), said(doc)); diff != "" {
		t.Errorf("flat (-) and not (+):\n%s", diff)
	}
}

func TestRender(t *testing.T) {
	full := schema.Template{Title: "申请修改", ApprovalType: "4", AppliesTo: schema.AppliesToFiles,
		Description:    "请说明:\n1. 内容 ${x}\n2. \"原因\"",
		ApproverAccess: schema.AccessPreview, CC: []schema.Person{{ID: 8}, {ID: 9}}, CCAccess: schema.AccessDownload,
		Steps: []schema.Step{
			{Name: "初审", Rule: schema.RuleAll, Approvers: []schema.Person{zhang, li}},
			{Name: "${终审}", Rule: schema.RuleAtLeast, MinApprovals: 2, Approvers: []schema.Person{zhang, li}},
		}}
	w := export.World{Endpoint: "https://drive.example.com", Catalogue: catalogue,
		People: map[int64]schema.Person{8: chen}, Places: []export.Place{
			{ID: 98, Kind: schema.ScopeFile, Path: "公司文件/章程.pdf", Checked: true,
				Templates: []schema.Live{attached(7, 98, full)}},
			{ID: 72, Kind: schema.ScopeFolder, Path: "公司文件/合同", Templates: []schema.Live{attached(9, 72,
				simple("a %{b} \"c\"\nd")), {ID: 3, ScopeID: 72, Unreadable: "content is\nnot JSON"}}},
		}}
	doc := export.Render(w, export.Options{})
	golden(t, "testdata/render.hcl", doc)
	if doc.Templates != 2 || doc.Places != 2 || len(doc.LeftOut) != 1 || doc.LeftOut[0].ID != 3 {
		t.Errorf("%d templates, %d places, left out %v", doc.Templates, doc.Places, doc.LeftOut)
	}
}

// declared reads what was written as plan would.
func declared(t *testing.T, doc export.Document) schema.Declaration {
	t.Helper()
	dir := t.TempDir()
	for _, s := range doc.Sections {
		path := filepath.Join(dir, s.Name+".hcl")
		if err := os.WriteFile(path, s.Text, 0o600); err != nil {
			t.Fatal(err)
		}
		if text, diags := config.Format(s.Text, path); diags.HasErrors() || string(text) != string(s.Text) {
			t.Errorf("fmt would change %s: %v\n%s", s.Name, diags, cmp.Diff(string(s.Text), string(text)))
		}
	}
	whole := doc.Bytes()
	if text, _ := config.Format(whole, "all.hcl"); string(text) != string(whole) {
		t.Errorf("fmt would change the whole:\n%s", cmp.Diff(string(whole), string(text)))
	}
	source, diags := config.Load(dir)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, whole)
	}
	c, diags := source.Evaluate(config.Inputs{}, nil)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, whole)
	}
	return c.Declaration
}

// Every text comes back as it was, whatever HCL makes of its characters.
func TestTextsComeBack(t *testing.T) {
	texts := []string{
		"${x}", "$${x}", "$$${x}", "%{if}", "%%{if}", "$", "$$", "%", "a$", `"`, `\`, `\n`, "a\nb", "a\rb", "a\tb",
		"a\x00b", "a\u202eb", "`|<b>]]>", "😀", "/* # //",
		"EOT", "a\nEOT\nb", "a\n\nb\n\n\nc", "  a\n b", "a\n\n  b", "<<-EOT\na\nEOT", "a\n${b}\n$${c}\n%{d}",
		"a\\\nb\\", "a\nb$", "$\n{x}", "$", "{x}", "a\u2028b", "\ufeffa",
	}
	for _, text := range texts {
		in := simple("x" + text)
		in.Description, in.Steps[0].Name = text, text
		in = in.Normalise()
		d := declared(t, export.Render(one(attached(5, 72, in)), export.Options{}))
		if len(d.Templates) != 1 {
			t.Fatalf("%q: %d templates", text, len(d.Templates))
		}
		got := d.Templates[0].Template
		if got.Title != in.Title || got.Description != in.Description || got.Steps[0].Name != in.Steps[0].Name {
			t.Errorf("%q came back as %q, %q, %q", text, got.Title, got.Description, got.Steps[0].Name)
		}
	}
}

func TestNames(t *testing.T) {
	w := one(attached(5, 72, simple("上传审批")), attached(6, 72, simple("2024 年审批")), attached(7, 72, simple("😀")),
		attached(8, 72, simple("he_tong_shang_chuan_shen_pi")),
		attached(9, 72, simple(strings.Repeat("长", 100))))
	w.Places = append(w.Places,
		export.Place{ID: 73, Kind: schema.ScopeFolder, Path: "公司文件/imports",
			Templates: []schema.Live{attached(15, 73, simple("上传审批"))}},
		export.Place{ID: 74, Kind: schema.ScopeFile, Path: "人事/合同",
			Templates: []schema.Live{attached(16, 74, simple("Москва"))}},
		export.Place{ID: 76, Kind: schema.ScopeFolder, Path: "a/b/2024年",
			Templates: []schema.Live{attached(20, 76, simple("第1步"))}},
		export.Place{ID: 77, Kind: schema.ScopeFolder, Path: "c/b/2024年",
			Templates: []schema.Live{attached(21, 77, simple("第2步"))}},
		export.Place{ID: 78, Kind: schema.ScopeFolder, Path: "公司文件/AUX",
			Templates: []schema.Live{attached(22, 78, simple("第3步"))}},
		export.Place{ID: 79, Kind: schema.ScopeFolder, Path: "con",
			Templates: []schema.Live{attached(23, 79, simple("第4步"))}},
		export.Place{ID: 75, Kind: schema.ScopeFolder, Templates: []schema.Live{attached(17, 75, simple("x")),
			attached(18, 75, simple("X"))}},
	)
	d := declared(t, export.Render(w, export.Options{}))
	var got []string
	for _, s := range d.Scopes {
		got = append(got, s.Address.String())
	}
	for _, x := range d.Templates {
		got = append(got, x.Address.String())
	}
	want := []string{
		"file.ren_shi_he_tong", "folder.a_b_2024_nian", "folder.c_b_2024_nian", "folder.con_79",
		"folder.gong_si_wen_jian_aux",
		"folder.gong_si_wen_jian_he_tong", "folder.gong_si_wen_jian_imports", "folder.scope_75",
		"template.chang_chang_chang_chang_chang_chang_chang_chang", "template.di_1_bu", "template.di_2_bu",
		"template.di_3_bu", "template.di_4_bu",
		"template.gong_si_wen_jian_he_tong_shang_chuan_shen_pi",
		"template.gong_si_wen_jian_imports_shang_chuan_shen_pi",
		"template.he_tong_shang_chuan_shen_pi", "template.moskva", "template.template_7",
		"template.template_2024_nian_shen_pi", "template.x_17", "template.x_18",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLeftOut(t *testing.T) {
	with := func(change func(*schema.Template)) schema.Template {
		x := simple("标题")
		change(&x)
		return x
	}
	for name, test := range map[string]struct {
		template schema.Template
		why      string
	}{
		"no title": {with(func(x *schema.Template) { x.Title = " " }), "it has no title"},
		"unknown type": {with(func(x *schema.Template) { x.ApprovalType = "9" }),
			`"9" is not in the drive's catalogue`},
		"a type's name for its id": {with(func(x *schema.Template) { x.ApprovalType = "不处理" }),
			"not in the drive's catalogue"},
		"another extent": {with(func(x *schema.Template) { x.AppliesTo = schema.AppliesToFiles }),
			"applies to files"},
		"no step": {with(func(x *schema.Template) { x.Steps = nil }), "it has no step"},
		"no approver": {with(func(x *schema.Template) { x.Steps[0].Approvers = nil }),
			"step 1 (初审) has no approver"},
		"an approver without names": {with(func(x *schema.Template) {
			x.Steps[0].Approvers = []schema.Person{{ID: 3}}
		}),
			"names of user 3"},
		"nobody in cc": {with(func(x *schema.Template) { x.CC = []schema.Person{{}} }), "user 0"},
		"never passes": {with(func(x *schema.Template) {
			x.Steps[0].Rule, x.Steps[0].MinApprovals = schema.RuleAtLeast, 2
			x.Steps[0].Approvers = []schema.Person{zhang, zhang}
		}), "asks for 2 approvals and has 1"},
	} {
		doc := export.Render(one(attached(5, 72, test.template), attached(6, 72, simple("另一个"))), export.Options{})
		if len(doc.LeftOut) != 1 || !strings.Contains(doc.LeftOut[0].Why, test.why) {
			t.Errorf("%s: %v", name, doc.LeftOut)
		}
		if !strings.Contains(string(doc.Bytes()), "\n# tid 5 ") || len(declared(t, doc).Templates) != 1 {
			t.Errorf("%s:\n%s", name, doc.Bytes())
		}
	}
	doc := export.Render(one(attached(6, 72, simple("a  b")), attached(5, 72, simple("a b"))), export.Options{})
	if len(doc.LeftOut) != 1 || doc.LeftOut[0].ID != 6 || !strings.Contains(doc.LeftOut[0].Why,
		"tid 5 has the same title") {
		t.Errorf("two of one title: %v", doc.LeftOut)
	}
}

// A path that a plan would not find right is told, not declared.
func TestPaths(t *testing.T) {
	place := func(id int64, kind schema.ScopeKind, path string, checked bool) export.Place {
		return export.Place{ID: id, Kind: kind, Path: path, Checked: checked,
			Templates: []schema.Live{attached(id, id, simple("x"))}}
	}
	w := one()
	w.Places = []export.Place{
		place(1, schema.ScopeFolder, "a/b", true), place(2, schema.ScopeFile, "a/b", true), // one of the two alone
		place(3, schema.ScopeFolder, "cafe\u0301", true),
		place(6, schema.ScopeFolder, "caf\u00e9", true), // one path to HCL
		place(4, schema.ScopeFolder, "d\ne", false), place(5, schema.ScopeFolder, "", false),
	}
	doc := export.Render(w, export.Options{})
	for _, s := range declared(t, doc).Scopes {
		if want := map[int64]string{1: "a/b", 3: "caf\u00e9"}[s.ID]; s.Path != want {
			t.Errorf("%d has the path %q", s.ID, s.Path)
		}
	}
	for _, want := range []string{"# a/b\n", "# caf\u00e9\n", "# d e: ", "# The drive does not tell where 5 is"} {
		if !strings.Contains(string(doc.Bytes()), want) {
			t.Errorf("no %q in\n%s", want, doc.Bytes())
		}
	}
}

// Texts are one text in whatever form of Unicode the drive has them: they are written in one form, the same ones are
// alike, and two templates whose titles are one cannot both be declared.
func TestOtherUnicodeForm(t *testing.T) {
	w := export.World{Endpoint: "https://drive.example.com", Catalogue: catalogue}
	for i, title := range []string{"cafe\u0301", "caf\u00e9", "cafe\u0301"} {
		id := int64(71 + i)
		w.Places = append(w.Places, export.Place{ID: id, Kind: schema.ScopeFolder, Path: fmt.Sprint(id), Checked: true,
			Templates: []schema.Live{attached(id, id, simple(title))}})
	}
	w.Places[2].Templates = append(w.Places[2].Templates, attached(80, 73, simple("caf\u00e9")))
	doc := export.Render(w, export.Options{})
	if n := strings.Count(string(doc.Bytes()), "for_each"); n != 1 {
		t.Errorf("%d blocks for three templates that are alike:\n%s", n, doc.Bytes())
	}
	for _, x := range declared(t, doc).Templates {
		if got := x.Template.Title; got != "caf\u00e9" {
			t.Errorf("%+q", got)
		}
	}
	if len(doc.LeftOut) != 1 || doc.LeftOut[0].ID != 80 || !strings.Contains(doc.LeftOut[0].Why,
		"tid 73 has the same title") {
		t.Errorf("two of one title: %v", doc.LeftOut)
	}
}

// What is not seen is written out, so that whoever reads the export sees it.
func TestHiddenIsWrittenOut(t *testing.T) {
	in := simple("申\u200b请\u3164 👨\u200d👩")
	in.Description = "一\n二\u2060"
	doc := export.Render(one(attached(5, 72, in)), export.Options{})
	if h := spelling.HiddenIn(strings.ReplaceAll(string(doc.Bytes()), "\n", "")); h != nil {
		t.Errorf("%v in\n%s", h, doc.Bytes())
	}
	if got := declared(t, doc).Templates[0].Template; got.Title != in.Title || got.Description != in.Description {
		t.Errorf("%+q, %+q", got.Title, got.Description)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"$${x}", "%%{", "a\nEOT", "a\n  b\n\nc", " a\n  b", "a\n   \nb", "a\n  EOT\n",
		"\\u0041", "x\x7f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		in := simple("x" + strings.ToValidUTF8(s, "?"))
		in.Description, in.Steps[0].Name = in.Title[1:], in.Title[1:]
		in = in.Normalise()
		doc := export.Render(one(attached(5, 72, in)), export.Options{})
		got := declared(t, doc).Templates[0].Template
		in = in.Form()
		if got.Title != in.Title || got.Description != in.Description || got.Steps[0].Name != in.Steps[0].Name {
			t.Errorf("%q came back as %q, %q, %q", s, got.Title, got.Description, got.Steps[0].Name)
		}
	})
}

// A long list of approvers is written a line each, as fmt leaves it.
func TestLongLists(t *testing.T) {
	x := simple("大会")
	x.Steps[0].Approvers = nil
	for id := range int64(30) {
		x.Steps[0].Approvers = append(x.Steps[0].Approvers, person(id+1, "member", "委员"))
	}
	x.Steps[0].Rule, x.Steps[0].MinApprovals = schema.RuleAtLeast, 16
	x.CC = x.Steps[0].Approvers
	x.CCAccess = schema.AccessPreview
	doc := export.Render(one(attached(5, 72, x)), export.Options{})
	if !strings.Contains(string(doc.Bytes()), "      approver.member_30,\n    ]\n") {
		t.Errorf("%s", doc.Bytes())
	}
	if got := declared(t, doc).Templates[0].Template; len(got.Steps[0].Approvers) != 30 || len(got.CC) != 30 {
		t.Errorf("%d approvers, %d cc", len(got.Steps[0].Approvers), len(got.CC))
	}
}
