package ci

import (
	"encoding/json"

	"countersign/reconcile/plans"
	"countersign/view"
)

// gitLabNumbers are the numbers that GitLab's merge requests show (artifacts:reports:terraform).
type gitLabNumbers struct {
	Create int `json:"create"`
	Update int `json:"update"`
	Delete int `json:"delete"`
}

// GitLabReport is a plan in GitLab's numbers. A replacement is one to create and one to delete, as in the plan's last
// line; GitLab does not count imports and what is only forgotten.
func GitLabReport(p *plans.Plan) ([]byte, error) {
	n := p.Counts()
	return json.Marshal(gitLabNumbers{n.Add, n.Change, n.Destroy})
}

// GitLabDrift is what was edited by hand in GitLab's numbers: what was done on the drive, not what a plan would do
// about it. What nobody declared counts as created.
func GitLabDrift(p *plans.Plan) ([]byte, error) {
	edited, deleted := view.DriftCounts(p)
	return json.Marshal(gitLabNumbers{len(p.Unmanaged), edited, deleted})
}
