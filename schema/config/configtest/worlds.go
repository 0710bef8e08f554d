package configtest

import (
	"fmt"
	"strings"
)

// WorldBlocks writes n templates as blocks of their own, ten to a folder.
func WorldBlocks(n int) string {
	var b strings.Builder
	writeApprovers(&b)
	for i := range n {
		if i%10 == 0 {
			fmt.Fprintf(&b, "folder \"f%d\" {\n  id = %d\n}\n", i/10, 100+i/10)
		}
		fmt.Fprintf(&b, "template \"t%d\" {\n  scope         = folder.f%d\n  title         = \"审批 %d\"\n", i, i/10, i)
		b.WriteString(worldSteps)
	}
	return b.String()
}

// worldSteps is the rest of a template's block.
const worldSteps = `  approval_type = "修改文件"
  step "初审" {
    approvers = [approver.a1, approver.a2, approver.a3]
    require   = "any"
  }
  step "复审" {
    approvers     = [approver.a4, approver.a5, approver.a6]
    min_approvals = 2
  }
  step "终审" {
    approvers = [approver.a7, approver.a8, approver.a9]
    require   = "all"
  }
}
`

// WorldForEach writes the same as one folder block and one template block with for_each, over WorldRows in rows.csv.
func WorldForEach(int) string {
	var b strings.Builder
	writeApprovers(&b)
	b.WriteString(`locals {
  rows = csvdecode(file("rows.csv"))
}
folder "team" {
  for_each = { for r in local.rows : r.folder => r.id... }
  id       = each.value[0]
}
template "t" {
  for_each      = { for r in local.rows : r.name => r }
  scope         = folder.team[each.value.folder]
  title         = "审批 ${each.key}"
` + worldSteps)
	return b.String()
}

// WorldRows is a line of CSV a template: its name, and the name and id of its folder.
func WorldRows(n int) string {
	var b strings.Builder
	b.WriteString("name,folder,id\n")
	for i := range n {
		fmt.Fprintf(&b, "t%d,f%d,%d\n", i, i/10, 100+i/10)
	}
	return b.String()
}

func writeApprovers(b *strings.Builder) {
	for i := 1; i <= 9; i++ {
		fmt.Fprintf(b, "approver \"a%d\" {\n  id       = %d\n  username = \"u%d\"\n  realname = \"用户%d\"\n}\n", i, i, i,
			i)
	}
}

// Example is the language at a glance.
const Example = `
provider "yomicloud" {
  endpoint = "https://drive.example.com"
  token    = env("YOMICLOUD_TOKEN")
  timeout  = "30s"
  retries  = 4
}

state "local" {
  path = "state/contracts.json"
}

variable "board_quorum" {
  type        = number
  default     = 2
  description = "How many of the board must agree."
  validation {
    condition     = var.board_quorum > 1
    error_message = "One person alone must not be able to pass the board."
  }
}

locals {
  board = [approver.admin, approver.li, approver.wang]
}

folder "contracts" {
  id        = 71
  path      = "公司文件/合同"
  unmanaged = "remove"
}

folder "legal" { path = "公司文件/法务" }
folder "finance" { id = 80 }

file "charter" { id = 98 }

approver "admin" {
  id       = 1
  username = "admin"
  realname = "系统管理员"
}
approver "li" { id = 3 }
approver "wang" {
  id       = 4
  username = "wang"
  realname = "王"
}
approver "zhang" {
  id       = 5
  realname = "张"
}

template "modify" {
  scope         = folder.contracts
  title         = "申请修改"
  approval_type = "修改文件"
  applies_to    = "files"
  description   = "请说明修改内容"

  step "初审" {
    approvers = [approver.zhang, approver.li]
    require   = "any"
  }
  step "终审" {
    approvers     = local.board
    min_approvals = var.board_quorum
  }

  approver_access = "preview"
  cc {
    users  = [approver.zhang]
    access = "none"
  }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [description]
  }
}

template "upload" {
  for_each      = { legal = folder.legal, finance = folder.finance, charter = file.charter }
  scope         = each.value
  title         = "上传审批"
  approval_type = 2
  dynamic "step" {
    for_each = { "1 初审" = [approver.li], "2 终审" = local.board }
    labels   = [trimspace(substr(step.key, 1, -1))]
    content {
      approvers = step.value
      require   = "designated"
    }
  }
  lifecycle {
    ignore_changes = all
  }
}

import {
  to = template.upload["legal"]
  id = "12"
}

output "modify_id" {
  description = "For raising the approval."
  value       = template.modify.id
}

output "scopes" {
  value = { for k, t in template.upload : k => t.scope.id }
}

output "token" {
  value     = env("YOMICLOUD_TOKEN")
  sensitive = true
}
`
