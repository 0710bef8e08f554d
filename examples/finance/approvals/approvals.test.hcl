# What the finance department's approvals must do, whoever edits them.

test "a payment takes accounting and two of the board" {
  template       = template.payment
  needs_at_least = 3
  cannot_pass    = [approver.admin, approver.wang, approver.chen]
  who_can_pass = [
    for pair in setproduct(
      [approver.zhang, approver.li],
      [[approver.admin, approver.wang], [approver.admin, approver.chen], [approver.wang, approver.chen]]
    ) : concat([pair[0]], pair[1])
  ]
}

test "what they say to a payment comes to" {
  for_each = {
    "accounting and two of the board" = { agree = [approver.li, approver.wang, approver.chen], refuse = [], expect = "approved" }
    "one of the board is not enough"  = { agree = [approver.zhang, approver.admin], refuse = [], expect = "pending" }
    "two of the board refuse"         = { agree = [approver.zhang], refuse = [approver.admin, approver.wang], expect = "refused" }
    "accounting refuses"              = { agree = [], refuse = [approver.zhang, approver.li], expect = "refused" }
  }
  template = template.payment
  agree    = each.value.agree
  refuse   = each.value.refuse
  expect   = each.value.expect
}

test "the books take both of accounting" {
  template     = template.books
  who_can_pass = [[approver.zhang, approver.li]]
}

test "petty cash takes one" {
  template     = template.petty_cash
  who_can_pass = [approver.zhang, approver.li]
}
