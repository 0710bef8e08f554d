package json

import (
	"countersign/policy"
	"countersign/policy/simulate"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
)

type replayDocument struct {
	FormatVersion string          `json:"format_version"`
	Complete      bool            `json:"complete"`
	Same          int             `json:"same"`
	Open          int             `json:"open"`
	NotLookedAt   int             `json:"not_looked_at"`
	Otherwise     []endsOtherwise `json:"otherwise"`
	NotReplayed   []notReplayed   `json:"not_replayed"`
}

// replayed is a past approval.
type replayed struct {
	ID       int64        `json:"id"`
	Title    string       `json:"title"`
	TID      int64        `json:"template_id,omitempty"`
	Template addr.Address `json:"template,omitzero"`
	Created  int64        `json:"created,omitempty"`
}

// endsOtherwise is one that would have ended otherwise.
type endsOtherwise struct {
	replayed
	Was     schema.Outcome `json:"was"`
	Now     schema.Outcome `json:"now"`
	Step    *replayedStep  `json:"step,omitempty"`
	Refused []int64        `json:"refused"`
}

// replayedStep is the declared step that refuses an approval, or where it waits.
type replayedStep struct {
	Index   int     `json:"index"`
	Name    string  `json:"name"`
	Needs   int     `json:"needs"`
	Missing []int64 `json:"missing"`
}

type notReplayed struct {
	replayed
	Obstacle simulate.Obstacle `json:"obstacle"`
	Why      string            `json:"why,omitempty"`
}

// Replay is which past approvals would have ended otherwise by what is declared now.
func Replay(h *simulate.History) ([]byte, error) {
	doc := replayDocument{FormatVersion: "1.0", Complete: h.Left == 0, Open: h.Open, NotLookedAt: h.Left,
		Otherwise: []endsOtherwise{}, NotReplayed: []notReplayed{}}
	for i := range h.Replayed {
		r := &h.Replayed[i]
		about := replayed{ID: r.Approval.ID, Title: r.Approval.Title, TID: r.Approval.TemplateID,
			Created: r.Approval.Created}
		if r.Template != nil {
			about.Template = r.Template.Address
		}
		switch {
		case r.Obstacle != "":
			not := notReplayed{replayed: about, Obstacle: r.Obstacle}
			if r.Err != nil {
				not.Why = plans.CauseOf(r.Err)
			}
			doc.NotReplayed = append(doc.NotReplayed, not)
		case r.Otherwise():
			ends := endsOtherwise{replayed: about, Was: r.Was, Now: r.Now, Refused: policy.IDs(r.Refuse)}
			if r.Now != schema.OutcomeApproved {
				ends.Step = &replayedStep{r.Step, r.Template.Template.Steps[r.Step].Name, r.Needs,
					policy.IDs(r.Missing)}
			}
			doc.Otherwise = append(doc.Otherwise, ends)
		default:
			doc.Same++
		}
	}
	return view.CompactJSON(doc)
}
