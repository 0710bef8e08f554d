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

locals {
  dong_shi_hui = [approver.zhang_san, approver.li_si, approver.user_10086]
}

# Each of these templates is alike on several folders or files.
locals {
  in_gong_si_wen_jian = {
    ren_shi_2024_nian = folder.ren_shi_2024_nian
    he_tong           = folder.he_tong
    fa_wu_2024_nian   = folder.fa_wu_2024_nian
    cai_wu            = folder.cai_wu
  }
}

template "shang_chuan_shen_pi" {
  for_each = {
    ren_shi_2024_nian = folder.ren_shi_2024_nian
    fa_wu_2024_nian   = folder.fa_wu_2024_nian
    cai_wu            = folder.cai_wu
  }
  scope         = each.value
  title         = "上传审批"
  approval_type = "不处理"

  step "初审" {
    approvers = [approver.zhang_san]
    require   = "any"
  }

  step "董事会" {
    approvers     = local.dong_shi_hui
    min_approvals = 2
  }
}

template "gong_zhang_yong_yin" {
  for_each      = local.in_gong_si_wen_jian
  scope         = each.value
  title         = "公章用印"
  approval_type = "不处理"

  step "初审" {
    approvers = [approver.zhang_san]
    require   = "any"
  }
}

template "he_tong_zhang_yong_yin" {
  for_each      = local.in_gong_si_wen_jian
  scope         = each.value
  title         = "合同章用印"
  approval_type = "不处理"

  step "初审" {
    approvers = [approver.zhang_san]
    require   = "any"
  }
}

template "fa_ren_zhang_yong_yin" {
  for_each      = local.in_gong_si_wen_jian
  scope         = each.value
  title         = "法人章用印"
  approval_type = "不处理"

  step "初审" {
    approvers = [approver.zhang_san]
    require   = "any"
  }
}

folder "ren_shi_2024_nian" {
  id   = 73
  path = "公司文件/人事/2024年"
}

template "bie_de" {
  scope         = folder.ren_shi_2024_nian
  title         = "别的"
  approval_type = "不处理"

  step "初审" {
    approvers = [approver.zhang_san]
    require   = "all"
  }

  cc {
    users = local.dong_shi_hui
  }
}

folder "he_tong" {
  id   = 74
  path = "公司文件/合同"
}

# tid 740 "" is left out: the drive keeps it in a way that cannot be read (its content is what a drive newer
# than this program writes, with rules in it that nobody here has ever heard of).

template "he_tong_shang_chuan_shen_pi" {
  scope         = folder.he_tong
  title         = "上传审批"
  approval_type = "不处理"

  step "初审" {
    approvers = [approver.zhang_san]
    require   = "all"
  }

  cc {
    users = local.dong_shi_hui
  }
}

folder "fa_wu_2024_nian" {
  id   = 72
  path = "公司文件/法务/2024年"
}

template "shen_qing_1" {
  scope         = folder.fa_wu_2024_nian
  title         = "申请1"
  approval_type = "不处理"

  step "初审" {
    approvers = [approver.zhang_san]
    require   = "any"
  }

  cc {
    users = local.dong_shi_hui
  }
}

folder "cai_wu" {
  id   = 71
  path = "公司文件/财务"
}

template "shen_qing_0" {
  scope         = folder.cai_wu
  title         = "申请0"
  approval_type = "不处理"

  step "初审" {
    approvers = [approver.zhang_san]
    require   = "any"
  }

  cc {
    users = local.dong_shi_hui
  }
}

# Once apply has taken the templates over, these blocks have done their work and can be removed.

# 公司文件/人事/2024年
import {
  to = template.shang_chuan_shen_pi["ren_shi_2024_nian"]
  id = 730
}
import {
  to = template.bie_de
  id = 731
}
import {
  to = template.gong_zhang_yong_yin["ren_shi_2024_nian"]
  id = 735
}
import {
  to = template.he_tong_zhang_yong_yin["ren_shi_2024_nian"]
  id = 736
}
import {
  to = template.fa_ren_zhang_yong_yin["ren_shi_2024_nian"]
  id = 737
}

# 公司文件/合同
import {
  to = template.he_tong_shang_chuan_shen_pi
  id = 741
}
import {
  to = template.gong_zhang_yong_yin["he_tong"]
  id = 745
}
import {
  to = template.he_tong_zhang_yong_yin["he_tong"]
  id = 746
}
import {
  to = template.fa_ren_zhang_yong_yin["he_tong"]
  id = 747
}

# 公司文件/法务/2024年
import {
  to = template.shang_chuan_shen_pi["fa_wu_2024_nian"]
  id = 720
}
import {
  to = template.shen_qing_1
  id = 721
}
import {
  to = template.gong_zhang_yong_yin["fa_wu_2024_nian"]
  id = 725
}
import {
  to = template.he_tong_zhang_yong_yin["fa_wu_2024_nian"]
  id = 726
}
import {
  to = template.fa_ren_zhang_yong_yin["fa_wu_2024_nian"]
  id = 727
}

# 公司文件/财务
import {
  to = template.shang_chuan_shen_pi["cai_wu"]
  id = 710
}
import {
  to = template.shen_qing_0
  id = 711
}
import {
  to = template.gong_zhang_yong_yin["cai_wu"]
  id = 715
}
import {
  to = template.he_tong_zhang_yong_yin["cai_wu"]
  id = 716
}
import {
  to = template.fa_ren_zhang_yong_yin["cai_wu"]
  id = 717
}
