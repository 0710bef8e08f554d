# What the policy of quickstart.hcl must do, whoever edits it. Nothing here calls a drive:
#
#   countersign test -coverage examples/quickstart.hcl

test "nobody passes it alone" {
  template       = template.modify
  needs_at_least = 2
  cannot_pass    = [approver.li]
  who_can_pass = [
    [approver.zhang, approver.li],
    [approver.zhang, approver.wang],
    [approver.li, approver.wang],
  ]
}

test "what they say comes to" {
  for_each = {
    "two of three"       = { agree = [approver.zhang, approver.wang], refuse = [approver.li], expect = "approved" }
    "one is not enough"  = { agree = [approver.zhang], refuse = [], expect = "pending" }
    "two refuse"         = { agree = [approver.zhang], refuse = [approver.li, approver.wang], expect = "refused" }
    "refused from below" = { agree = [], refuse = [approver.zhang, approver.li], expect = "refused" }
  }
  template = template.modify
  agree    = each.value.agree
  refuse   = each.value.refuse
  expect   = each.value.expect
}

# One after the other: a decision of somebody whose turn has not come does not count.
test "wang has no say in the first step" {
  template = template.modify
  decisions = [
    { agree = approver.wang },
    { agree = approver.zhang },
    { agree = approver.zhang },
  ]
  expect = "pending"
}
