package viewtest

import (
	"errors"
	"fmt"

	"countersign/coverage"
	"countersign/schema"
	"countersign/schema/addr"
)

// Coverage has folders of each kind for two approval types, one of which must be as strong as template.modify.
func Coverage() *coverage.Report {
	return coverageOf(func(name string) string { return name }, errors.New("list-dir: code 3: 没有权限"))
}

// HostileCoverage has a text wherever coverage has one from outside.
func HostileCoverage(text string) *coverage.Report {
	return coverageOf(func(string) string { return text }, errors.New(text))
}

func coverageOf(name func(string) string, failed error) *coverage.Report {
	id := int64(0)
	folder := func(above *coverage.Folder, called string, in *coverage.Force) *coverage.Folder {
		id++
		f := &coverage.Folder{ID: id, Name: name(called), Path: name(called), InForce: in}
		if above.Path != "" {
			f.Path = above.Path + "/" + f.Name
		}
		above.Below = append(above.Below, f)
		return f
	}
	live := func(tid int64, t schema.Template) *schema.Live {
		t.Title, t.ApprovalType, t.AppliesTo = name(t.Title), "4", schema.AppliesToFiles
		return &schema.Live{ID: tid, ScopeID: 1, Template: t}
	}
	strict := *Modify()
	alone := schema.Template{Title: "快速修改", Steps: []schema.Step{{Name: "审批", Rule: schema.RuleAny,
		Approvers: []schema.Person{Zhang}}}}
	none := &coverage.Force{}
	strong := &coverage.Force{Templates: []*schema.Live{live(5, strict)}}
	weak := &coverage.Force{Templates: []*schema.Live{live(8, alone)}}
	unread := &coverage.Force{Templates: []*schema.Live{{ID: 9, Unreadable: failed.Error()}}}

	root := &coverage.Folder{}
	company := folder(root, "公司文件", none)
	contracts := folder(company, "合同", strong)
	folder(contracts, "往年", strong)
	folder(folder(company, "财务", none), "发票", weak)
	for i := range 15 {
		folder(contracts, fmt.Sprint("客户", i), weak)
	}
	folder(root, "历史", unread)
	closed := folder(root, "人事", nil)
	closed.Unread = failed
	folder(company, "法务", none).Unlisted = failed
	rest := folder(root, "其他", none)
	rest.Unlisted = coverage.ErrLimit
	modify := &schema.Declared{Address: addr.Of("template.modify"), Template: strict}
	strays := []schema.Managed{{ID: 12, Title: name("旧的"), Path: name("别处")}}
	tree := &coverage.Tree{Top: root, Strays: strays}
	return coverage.Judge(tree, coverage.Asked{Than: modify, Types: []schema.ApprovalType{
		{ID: "4", Name: name("修改文件"), AppliesTo: schema.AppliesToFiles},
		{ID: "2", Name: name("上传文件"), AppliesTo: schema.AppliesToFolders}}})
}
