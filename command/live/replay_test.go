package live

import (
	"context"
	"errors"
	"testing"

	"countersign/policy/simulate"
	"countersign/reconcile/world"
	"countersign/schema"
)

// Interrupted, it keeps what was looked at and counts the rest; one that cannot be read is named, and stops nothing.
func TestReplayIsInterrupted(t *testing.T) {
	li := schema.Person{ID: 6}
	declared := &schema.Declared{Template: schema.Template{Steps: []schema.Step{{Rule: schema.RuleAny,
		Approvers: []schema.Person{li}}}}}
	h := &simulate.History{}
	for id := range int64(6) {
		r := simulate.Replayed{Approval: schema.Approval{ID: id, Status: schema.ApprovalApproved}, Template: declared}
		if id == 5 {
			r.Template, r.Obstacle = nil, simulate.NotDeclared
		}
		h.Replayed = append(h.Replayed, r)
	}
	ctx, interrupt := context.WithCancel(context.Background())
	play(ctx, h, func(ctx context.Context, id int64) (schema.Approval, error) {
		switch id {
		case 1:
			return schema.Approval{}, errors.New("code 3")
		case 3:
			interrupt()
			return schema.Approval{}, ctx.Err()
		}
		return schema.Approval{ID: id, Status: schema.ApprovalApproved,
			Steps: []schema.ApprovalStep{{Rule: schema.RuleAny,
				Parts: []schema.ApprovalPart{{Person: li, Decision: schema.DecisionAgreed}}}}}, nil
	}, world.Settings{Parallelism: 1})
	var obstacles []simulate.Obstacle
	for _, r := range h.Replayed {
		obstacles = append(obstacles, r.Obstacle)
	}
	if !h.Interrupted || h.Left != 2 || len(obstacles) != 4 || obstacles[0] != "" || obstacles[1] != simulate.NotRead ||
		obstacles[2] != "" || obstacles[3] != simulate.NotDeclared {
		t.Errorf("%d left, %q", h.Left, obstacles)
	}
}
