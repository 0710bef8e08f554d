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

// Check is the result of one policy block.
type Check struct {
	Policy    addr.Address    `json:"policy"`
	Folder    string          `json:"folder,omitempty"` // of -policy; "" for a policy of the configuration itself
	Instances []CheckInstance `json:"instances"`
	Excepted  []Exception     `json:"excepted,omitempty"`
}

// CheckInstance is the result of one instance of a policy for one subject.
type CheckInstance struct {
	Policy   addr.Address `json:"policy"`           // with the key of its for_each
	Subject  addr.Address `json:"subject,omitzero"` // the template; zero for the whole configuration
	Severity Severity     `json:"severity"`
	Status   CheckStatus  `json:"status"`
	Problem  string       `json:"problem,omitempty"` // why it is not passed
}

// Exception is a template that a policy does not apply to, and why.
type Exception struct {
	Template addr.Address `json:"template"` // or its block: all instances
	Reason   string       `json:"reason"`
}

// Refuses reports whether the check forbids to carry out the plan.
func (c Check) Refuses() bool {
	return slices.ContainsFunc(c.Instances, func(i CheckInstance) bool {
		return i.Severity == Error && i.Status != CheckPass
	})
}

// Status is the worst status of all instances.
func (c Check) Status() CheckStatus {
	for _, s := range []CheckStatus{CheckError, CheckFail, CheckUnknown} {
		if slices.ContainsFunc(c.Instances, func(i CheckInstance) bool { return i.Status == s }) {
			return s
		}
	}
	return CheckPass
}
