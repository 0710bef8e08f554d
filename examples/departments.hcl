# One template for each department, from a list that somebody keeps in a spreadsheet. A new row in departments.csv is a
# new folder, a new approver and a new template; a row taken out takes its template away.

provider "yomicloud" {
  endpoint = "sandbox:"
}

locals {
  rows        = csvdecode(file("departments.csv"))             # paths start from the folder of this file
  departments = { for row in local.rows : row.key => row }     # a key that is there twice is an error
  heads       = { for row in local.rows : row.head => row... } # ... gathers the rows of one head
}

# for_each makes one instance for each key. Keys become part of addresses: folder.department["legal"].
folder "department" {
  for_each = local.departments
  path     = each.value.path # no id: found by walking the drive's folders
}

approver "head" {
  for_each = local.heads
  id       = each.value[0].head_id # the text "5" becomes the number 5
  username = each.key
  realname = each.value[0].head_name
}

# Changing a key, or the name of this block, makes new addresses: see `countersign state mv`.
template "upload" {
  for_each      = local.departments
  scope         = folder.department[each.key]
  title         = "上传审批"
  approval_type = "上传文件"
  description   = "由${each.value.head_name}负责"

  # dynamic writes a step once for each element: here the head first, then the deputy.
  dynamic "step" {
    for_each = [each.value.head, each.value.deputy]
    labels   = ["${approver.head[step.value].realname}审核"]
    content {
      approvers = [approver.head[step.value]]
      require   = "all"
    }
  }
}

output "upload_ids" {
  description = "The template's id on the drive, by department."
  value       = { for key, template in template.upload : key => template.id }
}
