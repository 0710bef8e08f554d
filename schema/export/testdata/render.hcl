# The approval policy of https://drive.example.com as countersign export found it.

provider "yomicloud" {
  endpoint = "https://drive.example.com"
}

approver "zhang_san" {
  id       = 5
  username = "zhang.san"
  realname = "张三"
}

approver "li_si" {
  id       = 6
  username = "李四"
  realname = "李四"
}

approver "user_10086" {
  id       = 8
  username = "10086"
  realname = "陈晨"
}

approver "user_9" {
  id = 9
}

# 公司文件/合同: the drive does not show it under that path, so whether it is a folder is a guess.
folder "he_tong" {
  id = 72
}

# tid 3 "" is left out: the drive keeps it in a way that cannot be read (content is not JSON).

template "a_b_c_d" {
  scope         = folder.he_tong
  title         = "a %%{b} \"c\"\nd"
  approval_type = "不处理"

  step "初审" {
    approvers = [approver.zhang_san]
    require   = "any"
  }
}

file "zhang_cheng_pdf" {
  id   = 98
  path = "公司文件/章程.pdf"
}

template "shen_qing_xiu_gai" {
  scope         = file.zhang_cheng_pdf
  title         = "申请修改"
  approval_type = "修改文件"
  description   = <<-EOT
    请说明:
    1. 内容 $${x}
    2. "原因"
  EOT

  step "初审" {
    approvers = [approver.zhang_san, approver.li_si]
    require   = "all"
  }

  step "$${终审}" {
    approvers     = [approver.zhang_san, approver.li_si]
    min_approvals = 2
  }

  approver_access = "preview"

  cc {
    users  = [approver.user_10086, approver.user_9]
    access = "download"
  }
}

# Once apply has taken the templates over, these blocks have done their work and can be removed.

# 公司文件/合同
import {
  to = template.a_b_c_d
  id = 9
}

# 公司文件/章程.pdf
import {
  to = template.shen_qing_xiu_gai
  id = 7
}
