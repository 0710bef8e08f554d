# Taking over a template that was made by hand. The embedded drive begins with one: template 5, 申请修改, on file 71.
# The first plan imports it and shows what differs; after the apply the import block may stay or go.

provider "yomicloud" {
  endpoint = "sandbox:"
}

import {
  to = template.modify
  id = 5 # the template's id (tid) on the drive
}

# A single file can be a scope too. It must be where the template is attached.
file "archive" {
  id = 71
}

approver "admin" {
  id = 1 # the template names this user already, so username and realname are looked up
}

# What is not written here stays as it is on the drive: the description, who is told (cc), what they may see.
template "modify" {
  scope         = file.archive
  title         = "申请修改"
  approval_type = "修改文件"

  step "审批" { # was "d": shown as a change
    approvers = [approver.admin]
    require   = "any"
  }
}
