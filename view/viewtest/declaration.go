package viewtest

import (
	"countersign/schema"
	"countersign/schema/addr"
)

// Declaration is a declaration with folders in folders, a file, four rules, cc, and a name that only the drive
// knows.
func Declaration() schema.Declaration {
	modify, newest := *Modify(), *Upload(Other)
	newest.Title, newest.Steps = `"A|B" <b>x</b> & #1`, []schema.Step{Step("", schema.RuleDesignated, 0, Zhang, Other,
		Ghost)}
	modify.ApprovalType = "修改文件"
	return schema.Declaration{
		Scopes: []schema.Scope{
			{Address: addr.Of("file.charter"), Kind: schema.ScopeFile, ID: 98},
			{Address: addr.Of("folder.archive"), Kind: schema.ScopeFolder, Path: "公司文件/合同/归档/旧/"},
			{Address: addr.Of("folder.company"), Kind: schema.ScopeFolder, ID: 1, Path: "/公司文件"},
			{Address: addr.Of("folder.contracts"), Kind: schema.ScopeFolder, ID: 71, Path: "公司文件/合同",
				Unmanaged: schema.UnmanagedRemove},
			{Address: addr.Of("folder.contracts2"), Kind: schema.ScopeFolder, Path: "公司文件/合同2"},
		},
		Approvers: []schema.Approver{
			{Address: addr.Of("approver.ghost"), Person: Ghost}, {Address: addr.Of("approver.li"), Person: Li},
			{Address: addr.Of("approver.other"), Person: Other},
			{Address: addr.Of("approver.unused"), Person: schema.Person{ID: 44, Realname: "没有用到"}},
			{Address: addr.Of("approver.zhang"), Person: Zhang},
		},
		Templates: []schema.Declared{
			{Address: addr.Of(`template.each["法务"]`), Scope: addr.Of("folder.archive"), Template: newest},
			{Address: addr.Of("template.modify"), Scope: addr.Of("folder.contracts"), Template: modify},
			{Address: addr.Of("template.untold"), Scope: addr.Of("file.charter"), Template: schema.Template{}},
		},
	}
}
