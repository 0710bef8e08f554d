package plans

import (
	"reflect"
	"slices"
	"testing"

	"countersign/schema"
)

// Approvals are counted by the template that they were raised from, those that are open alone. Where it is not known of
// one whether it is open, nothing is said of that template.
func TestCountInFlight(t *testing.T) {
	open := func(template, created, who int64) schema.Approval {
		return schema.Approval{TemplateID: template, Status: schema.ApprovalPending, Created: created,
			Creator: schema.Person{ID: who}}
	}
	p := Plan{Changes: []Change{{Action: Create}, {Action: Update, ID: 5}, {Action: Replace, ID: 6},
		{Action: Remove, ID: 7}, {Action: NoOp, ID: 8}, {Action: Forget, ID: 9}, {Action: Update, ID: 10}}}
	if !p.Unsettles() || (&Plan{Changes: p.Changes[:1]}).Unsettles() || (&Plan{Changes: p.Changes[4:6]}).Unsettles() {
		t.Error("what unsettles approvals is not known")
	}
	unknown := p.CountInFlight([]schema.Approval{open(5, 30, 3), open(5, 20, 4), open(5, 0, 4), open(7, 0, 1),
		open(8, 1, 1), open(9, 1, 1),
		{TemplateID: 6, Status: schema.ApprovalApproved}, {TemplateID: 6, Status: schema.ApprovalRefused},
		{TemplateID: 6, Status: schema.ApprovalFailed}, {TemplateID: 8, ID: 1}, open(10, 1, 1),
		{TemplateID: 10, ID: 2}})
	if !slices.Equal(unknown, []int64{2}) {
		t.Errorf("of these it is not known whether they are open: %d", unknown)
	}
	want := []*InFlight{nil,
		{Open: 3, Since: 20, By: []Raiser{{schema.Person{ID: 4}, 2, 20}, {schema.Person{ID: 3}, 1, 30}}},
		{}, {Open: 1, By: []Raiser{{schema.Person{ID: 1}, 1, 0}}}, nil, nil, nil}
	keeps := []bool{false, false, true, true, false, false, false}
	for i := range p.Changes {
		c := &p.Changes[i]
		if !reflect.DeepEqual(c.InFlight, want[i]) {
			t.Errorf("%s: %+v, want %+v", c.Action, c.InFlight, want[i])
		}
		if c.KeepsRules() != keeps[i] {
			t.Errorf("%s: open approvals keep their rules: %v", c.Action, c.KeepsRules())
		}
	}
}
