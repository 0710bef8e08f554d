package schema

import (
	"slices"

	"countersign/schema/addr"
)

// CheckStatus is how a policy was judged, under Terraform's names.
type CheckStatus string

const (
	CheckPass    CheckStatus = "pass"    // the condition holds
	CheckFail    CheckStatus = "fail"    // it does not
	CheckError   CheckStatus = "error"   // it cannot be evaluated, which never counts as passed
	CheckUnknown CheckStatus = "unknown" // it depends on what only the drive or a plan knows, and is judged then
)

// Check is what became of one policy block.
type Check struct {
	Policy    addr.Address    `json:"policy"`
	Folder    string          `json:"folder,omitempty"` // of -policy; "": the policy stands in the configuration
	Instances []CheckInstance `json:"instances"`
	Excepted  []Exception     `json:"excepted,omitempty"`
}

// CheckInstance is what became of one instance of a policy, held against one subject.
type CheckInstance struct {
	Policy   addr.Address `json:"policy"`           // with the key of its for_each
	Subject  addr.Address `json:"subject,omitzero"` // the template; none for the whole
	Severity Severity     `json:"severity"`
	Status   CheckStatus  `json:"status"`
	Problem  string       `json:"problem,omitempty"` // why it is not passed
}

// Exception is a template that a policy is not held against, and why.
type Exception struct {
	Template addr.Address `json:"template"` // or its block: all instances
	Reason   string       `json:"reason"`
}

// Refuses reports whether a plan that this is about must not be carried out.
func (c Check) Refuses() bool {
	return slices.ContainsFunc(c.Instances, func(i CheckInstance) bool {
		return i.Severity == Error && i.Status != CheckPass
	})
}

// Status is that of all instances together: the worst of them.
func (c Check) Status() CheckStatus {
	worst := CheckPass
	for _, s := range []CheckStatus{CheckUnknown, CheckFail, CheckError} {
		for _, i := range c.Instances {
			if i.Status == s {
				worst = s
			}
		}
	}
	return worst
}
