package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/command/fault"
	"countersign/internal/parallel"
	"countersign/providers/yomicloud"
	"countersign/reconcile/plans"
	"countersign/schema"
)

// inFlightWait is how long a plan waits for the list of approvals, which decides nothing in it.
const inFlightWait = 30 * time.Second

// CountInFlight notes at each change how many open approvals were raised from what it changes or removes. That takes
// one call and a few for names, or none where nothing changes or goes. If the drive does not answer in time, the plan
// warns.
func (s *Reached) CountInFlight(ctx context.Context, p *plans.Plan) error {
	if !p.Unsettles() {
		return nil
	}
	short, cancel := context.WithTimeout(ctx, inFlightWait)
	defer cancel()
	list, err := s.Client.Approvals(short, yomicloud.AllIManage)
	switch {
	case ctx.Err() != nil:
		return fault.ErrInterrupted
	case err != nil:
		p.Warnings = append(p.Warnings, schema.Diagnostic{Severity: schema.Warning,
			Summary: "Open approvals could not be counted",
			Detail: fmt.Sprintf("%v\n\nThe plan is complete apart from them: it does not say how many were raised "+
				"from what it changes or removes. -in-flight=false does not look for them.", err)})
		return nil
	}
	if unknown := p.CountInFlight(list); len(unknown) > 0 {
		ids := strings.Trim(fmt.Sprint(unknown[:min(len(unknown), mostNamed)]), "[]")
		if more := len(unknown) - mostNamed; more > 0 {
			ids += fmt.Sprintf(" and %d more", more)
		}
		p.Warnings = append(p.Warnings, schema.Diagnostic{Severity: schema.Warning,
			Summary: "Not all open approvals could be counted",
			Detail: fmt.Sprintf("The drive's list does not say of these approvals whether they are open: %s. Those "+
				"that were raised from the same templates are not counted. \"countersign approval show %d\" says it "+
				"of one.", ids, unknown[0])})
	}
	s.nameRaisers(short, p, list)
	return nil
}

// mostNamed bounds the approvals that are read only to learn what those who raised them are called, and those that a
// warning names.
const mostNamed = 20

// nameRaisers looks for the names of people who have raised something that a plan touches: the list does not have
// them, and each approval does. Without a name a person is shown by id.
func (s *Reached) nameRaisers(ctx context.Context, p *plans.Plan, list []schema.Approval) {
	if p.People == nil {
		p.People = map[int64]schema.Person{}
	}
	touched := map[int64]bool{}
	for i := range p.Changes {
		touched[p.Changes[i].ID] = p.Changes[i].InFlight != nil
	}
	var ask []int64
	asked := map[int64]bool{0: true}
	for _, a := range list {
		who := a.Creator
		if !touched[a.TemplateID] || a.Status != schema.ApprovalPending || asked[who.ID] || who.Realname != "" ||
			p.People[who.ID].Realname != "" {
			continue
		}
		if asked[who.ID] = true; len(ask) < mostNamed {
			ask = append(ask, a.ID)
		}
	}
	found := make([]schema.Person, len(ask))
	parallel.Do(len(ask), s.parallelism, func(i int) {
		if a, err := s.Client.Approval(ctx, ask[i]); err == nil {
			found[i] = a.Creator
		}
	})
	for _, who := range found {
		if who.ID != 0 && (who.Realname != "" || who.Username != "") {
			p.People[who.ID] = who
		}
	}
}
