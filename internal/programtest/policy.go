package programtest

import "fmt"

// Policy is a small configuration without its provider: a template of one step on a folder of the sandbox.
func Policy(title string) string {
	return fmt.Sprintf(`folder "quality" {
  id = 7
}
approver "admin" {
  id       = 1
  username = "admin"
  realname = "系统管理员"
}
template "modify" {
  scope         = folder.quality
  title         = %q
  approval_type = "修改文件"
  step "审批" {
    approvers = [approver.admin]
    require   = "any"
  }
}
`, title)
}
