# The smallest whole policy: one folder, three people, one template with two steps.
#
#   countersign plan  examples/quickstart.hcl     shows what would change
#   countersign apply examples/quickstart.hcl     makes it so, after asking
#
# State and drive of this file are its own: quickstart.state.json and .countersign/quickstart.db beside it.

provider "yomicloud" {
  endpoint = "sandbox:" # the drive embedded in the program; for a real one "https://drive.example.com"
}

# People, as the drive knows them. They are told apart by id.
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

approver "wang" {
  id       = 7
  username = "wang"
  realname = "王五"
}

# Where the template is attached. Everything below the folder inherits it.
folder "contracts" {
  id   = 72
  path = "公司文件/合同" # optional: checked against the drive
}

template "modify" {
  scope         = folder.contracts
  title         = "合同修改"
  approval_type = "修改文件" # what the drive does once it is approved; a name or id of the drive's catalogue
  description   = "请说明修改内容"

  # Steps pass in order.
  step "初审" {
    approvers = [approver.zhang, approver.li]
    require   = "any" # one of them is enough; also "all" and "designated"
  }

  step "终审" {
    approvers     = [approver.zhang, approver.li, approver.wang]
    min_approvals = 2 # in place of require: so many of them
  }

  approver_access = "preview" # approvers may look at the file while they decide
}

output "modify_id" {
  value = template.modify.id
}
