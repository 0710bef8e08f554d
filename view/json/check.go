package json

import (
	"encoding/json"

	"countersign/schema"
	"countersign/schema/addr"
)

// check is a policy and its result, in the form that `terraform show -json` has for check blocks. Only Countersign has
// folder, excepted and, of an instance, subject and severity.
type check struct {
	Address   checkAddress       `json:"address"`
	Status    schema.CheckStatus `json:"status"`
	Instances []checkInstance    `json:"instances"`
	Folder    string             `json:"folder,omitempty"`
	Excepted  []schema.Exception `json:"excepted,omitempty"`
}

type checkAddress struct {
	ToDisplay string `json:"to_display"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
}

type checkInstance struct {
	Address  instanceAddress    `json:"address"`
	Status   schema.CheckStatus `json:"status"`
	Problems []problem          `json:"problems,omitempty"`
	Subject  addr.Address       `json:"subject,omitzero"`
	Severity schema.Severity    `json:"severity"`
}

type instanceAddress struct {
	ToDisplay string          `json:"to_display"`
	Key       json.RawMessage `json:"instance_key,omitempty"`
}

type problem struct {
	Message string `json:"message"`
}

func checksOf(checks []schema.Check) []check {
	out := make([]check, len(checks))
	for i, c := range checks {
		out[i] = check{Address: checkAddress{c.Policy.String(), "check", c.Policy.Name}, Status: c.Status(),
			Instances: make([]checkInstance, len(c.Instances)), Folder: c.Folder, Excepted: c.Excepted}
		for j, x := range c.Instances {
			out[i].Instances[j] = checkInstance{Address: instanceAddress{x.Policy.String(), indexOf(x.Policy.Key)},
				Status: x.Status, Subject: x.Subject, Severity: x.Severity}
			if x.Problem != "" {
				out[i].Instances[j].Problems = []problem{{x.Problem}}
			}
		}
	}
	return out
}
