package view

import (
	"encoding/json"

	"countersign/reconcile"
)

// GitLabReport is the document that GitLab's merge requests show the numbers of (artifacts:reports:terraform). A replace is
// one to create and one to delete, as in the plan's last line; what is only imported or forgotten GitLab does not count.
func GitLabReport(p *reconcile.Plan) ([]byte, error) {
	n := p.Counts()
	return json.Marshal(struct {
		Create int `json:"create"`
		Update int `json:"update"`
		Delete int `json:"delete"`
	}{n.Add, n.Change, n.Destroy})
}
