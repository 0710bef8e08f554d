# Files of this machine as an attachment, and the template that an approval is raised with to publish them: the PDFs below
# handbook/ are staged on the drive and in DingTalk, with their folders. What is staged is known by its content: change
# a file, and the next plan stages anew what has to be; touch it, and there is nothing to do.

provider "yomicloud" {
  endpoint = "sandbox:"
}

provider "dingtalk" {
  endpoint = "sandbox:"
}

folder "personnel" {
  path = "公司文件/人事"
}

approver "li" {
  id       = 6
  username = "li"
  realname = "李四"
}

approver "chen" {
  id       = 8
  username = "chen"
  realname = "陈晨"
}

template "publish" {
  scope         = folder.personnel
  title         = "发布文件"
  approval_type = "上传文件" # what is approved is put into the folder

  step "审核" {
    approvers = [approver.li, approver.chen]
    require   = "all"
  }
}

# Several files, or files in folders, are one attachment of several files; a single path would be one of a single file.
attachment "handbook" {
  files = fileset("handbook", "**/*.pdf") # names start from the folder: 员工手册.pdf, 附录/休假.pdf, …

  drive {}

  dingtalk {
    user_id     = "user123"
    union_id    = "union123"
    on_conflict = "overwrite" # a file that changed becomes a new version of the one that is there
  }
}

#   countersign approval raise template.publish examples/handbook.hcl -on 公司文件/人事 -attach attachment.handbook
output "attachment_id" {
  description = "For raising an approval with template.publish."
  value       = attachment.handbook.drive.id
}

output "form_value" {
  value = attachment.handbook.dingtalk.form_value
}

output "dingtalk_ids" {
  description = "The file's id in DingTalk, by its name in the attachment."
  value       = { for file in attachment.handbook.dingtalk.files : file.source => file.id }
}
