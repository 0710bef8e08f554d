# The security team's rules. A pipeline checks this folder out from their own repository and names it by -policy, so that
# a change of the approvals can neither edit a rule nor except itself from one. The rules name people by id, because names
# may change.

variable "ticket" {
  type        = string
  default     = ""
  description = "Who allowed a weaker approval: -policy-var ticket=SEC-123."
}

locals {
  board = [1, 7, 8]
}

policy "four_eyes" {
  condition     = self.fewest_approvers >= 2
  error_message = "${self.title}: ${join(" or ", self.can_pass_alone)} alone can pass this."

  except {
    templates = ["template.petty_cash"]
    reason    = "SEC-17: up to 500 yuan, and counted each week."
  }
}

# Every payment needs two of the board, in a step of their own.
policy "board_quorum" {
  condition = self.approval_type != "不处理" || anytrue([
    for s in self.steps : s.needs >= 2 && alltrue([for p in s.approvers : contains(local.board, p.id)])
  ])
  error_message = "${self.title} pays out without two of the board."

  except {
    templates = ["template.petty_cash"]
    reason    = "SEC-17, as above."
  }
}

policy "separation_of_duties" {
  condition     = length(self.approvers) == sum([for s in self.steps : length(s.approvers)])
  error_message = "Somebody decides several steps of ${self.title}."
}

policy "nobody_downloads" {
  condition     = !contains(self.access[*].access, "download")
  error_message = "${self.title} lets somebody download what it is about."
}

policy "weaker_needs_a_ticket" {
  condition     = !contains(["weaker", "incomparable", "undecided"], change.verdict) || var.ticket != ""
  error_message = "${change.address} (${change.action}): ${change.meaning}. Name the ticket: -policy-var ticket=…"
}

policy "no_back_door" {
  condition     = length(all.unmanaged) == 0
  error_message = "Made by hand, and declared by nobody: ${join(", ", all.unmanaged[*].title)}."
  severity      = "warning"
}
