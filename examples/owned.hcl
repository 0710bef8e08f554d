# A folder whose templates are all declared here. What somebody adds in the drive's console is removed by the next apply;
# what the folder only inherits from a folder above it is left alone.

provider "yomicloud" {
  endpoint = "sandbox:"
}

variable "quorum" {
  type        = number
  default     = 2
  description = "How many of the board must agree."

  validation {
    condition     = var.quorum > 1
    error_message = "One person alone must not be able to pass the board."
  }
}

folder "finance" {
  path      = "公司文件/财务"
  unmanaged = "remove" # "report" (the default) only lists them, "ignore" says nothing
}

approver "li" {
  id       = 6
  username = "li"
  realname = "李四"
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
  board = [approver.li, approver.wang, approver.chen]
}

template "payment" {
  scope         = folder.finance
  title         = "付款审批"
  approval_type = "不处理" # the drive does nothing by itself; the approval is the record

  step "财务" {
    approvers = [approver.li]
    require   = "all"
  }

  step "董事会" {
    approvers     = local.board
    min_approvals = var.quorum
  }

  cc {
    users = [approver.chen] # told of the outcome
  }

  lifecycle {
    prevent_destroy = true # refuse every plan that would remove it, even once this block is gone
  }
}
