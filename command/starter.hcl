# A configuration to start from. "countersign plan" shows what it would change, "countersign apply" makes it so.

provider "yomicloud" {
  # A drive embedded in the program, to try things out. For a real one, write its address, such as
  # "https://drive.example.com", and put its token into the environment variable YOMICLOUD_TOKEN.
  endpoint = "sandbox:"
}

# The people who approve, as the drive knows them.
approver "admin" {
  id       = 1
  username = "admin"
  realname = "系统管理员"
}

approver "test02" {
  id       = 3
  username = "test02"
  realname = "测试2"
}

# A folder that templates are attached to; what is below it inherits them.
folder "quality" {
  id   = 7
  path = "公司文件/示例-按项目/质量控制" # optional: checked against the drive
}

# A kind of approval that people can raise on files in that folder.
template "modify" {
  scope         = folder.quality
  title         = "申请修改"
  approval_type = "修改文件" # by name or id in the drive's catalogue
  description   = "请说明修改内容"

  # Steps pass in order. A step passes when "all" or "any" of its approvers agree, when the one "designated" by
  # whoever raises the approval agrees, or, with min_approvals = 2 instead of require, when that many agree.
  step "初审" {
    approvers = [approver.test02]
    require   = "any"
  }

  step "终审" {
    approvers = [approver.admin, approver.test02]
    require   = "all"
  }
}

output "modify_id" {
  value       = template.modify.id
  description = "The template's id on the drive, for raising approvals."
}
