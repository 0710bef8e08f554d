# Approvals of a finance department: four eyes, a quorum of the board, and nobody who decides twice.
#
#   countersign test -coverage examples/finance/approvals
#   countersign plan -policy examples/finance/security examples/finance/approvals
#
# What the department promises stands here and in approvals.test.hcl, and whoever changes one can change the other. What
# the security team demands stands in ../security, which a change of this folder does not reach.

provider "yomicloud" {
  endpoint = "sandbox:"
}

variable "quorum" {
  type        = number
  default     = 2
  description = "How many of the board must agree."
}

folder "finance" {
  path = "公司文件/财务"
}

approver "zhang" {
  id       = 5
  username = "zhang"
  realname = "张三"
}

approver "li" {
  id       = 6
  username = "li"
  realname = "李四"
}

approver "admin" {
  id       = 1
  username = "admin"
  realname = "系统管理员"
}

approver "wang" {
  id       = 7
  username = "wang"
  realname = "王五"
}

approver "chen" {
  id       = 8
  username = "chen"
  realname = "陈晨"
}

locals {
  accounting = [approver.zhang, approver.li]
  board      = [approver.admin, approver.wang, approver.chen]
}

# A payment: accounting checks it, and a quorum of the board agrees.
template "payment" {
  scope           = folder.finance
  title           = "付款审批"
  approval_type   = "不处理"
  description     = "请附合同与发票"
  approver_access = "preview"

  step "会计复核" {
    approvers = local.accounting
    require   = "any"
  }

  step "董事会" {
    approvers     = local.board
    min_approvals = var.quorum
  }

  lifecycle {
    prevent_destroy = true
  }
}

# A change of the books: both accountants agree.
template "books" {
  scope           = folder.finance
  title           = "账目修改"
  approval_type   = "修改文件"
  approver_access = "preview"

  step "会计复核" {
    approvers = local.accounting
    require   = "all"
  }
}

# Small amounts: one accountant is enough, and the security team has accepted that.
template "petty_cash" {
  scope           = folder.finance
  title           = "备用金"
  approval_type   = "不处理"
  approver_access = "preview"

  step "会计复核" {
    approvers = local.accounting
    require   = "any"
  }
}

# The department's own rule: when somebody is ill, approvals go on.
policy "somebody_stands_in" {
  condition     = self.bus_factor > 0
  error_message = "${self.title} never passes without ${join(" and ", self.can_block_alone)}."
  severity      = "warning"

  except {
    templates = [template.books]
    reason    = "Both of accounting know each change of the books, and it can wait."
  }
}
