package viewtest

import "countersign/schema"

// Declaration is a declaration with folders in folders, a file, four rules, cc, and a name that only the drive
// knows.
func Declaration() schema.Declaration {
	modify, newest := *Modify(), *Upload(Other)
	newest.Title, newest.Steps = `"A|B" <b>x</b> & #1`, []schema.Step{Step("", schema.RuleDesignated, 0, Zhang, Other,
		Ghost)}
	modify.ApprovalType = "修改文件"
	return schema.Declaration{
		Scopes: []schema.Scope{
			{Address: "file.charter", Kind: schema.ScopeFile, ID: 98},
			{Address: "folder.archive", Kind: schema.ScopeFolder, Path: "公司文件/合同/归档/旧/"},
			{Address: "folder.company", Kind: schema.ScopeFolder, ID: 1, Path: "/公司文件"},
			{Address: "folder.contracts", Kind: schema.ScopeFolder, ID: 71, Path: "公司文件/合同",
				Unmanaged: schema.UnmanagedRemove},
			{Address: "folder.contracts2", Kind: schema.ScopeFolder, Path: "公司文件/合同2"},
		},
		Approvers: []schema.Approver{
			{Address: "approver.ghost", Person: Ghost}, {Address: "approver.li",
				Person: Li}, {Address: "approver.other", Person: Other},
			{Address: "approver.unused", Person: schema.Person{ID: 44, Realname: "没有用到"}}, {Address: "approver.zhang",
				Person: Zhang},
		},
		Templates: []schema.Declared{
			{Address: `template.each["法务"]`, Scope: "folder.archive", Template: newest},
			{Address: "template.modify", Scope: "folder.contracts", Template: modify},
			{Address: "template.untold", Scope: "file.charter", Template: schema.Template{}},
		},
	}
}
