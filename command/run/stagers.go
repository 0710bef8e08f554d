package run

import (
	"context"
	"slices"

	"countersign/command/fault"
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/stage"
	"countersign/state"
)

// readSources reads the files of the attachments that a plan looks at, so that their content is known.
func (s *Reached) readSources(ctx context.Context, o reconcile.Options) (schema.Declaration, error) {
	decl := s.Config.Declaration
	if o.Mode != plans.Normal || len(decl.Attachments) == 0 {
		return decl, nil
	}
	decl.Attachments = slices.Clone(decl.Attachments)
	var aimed []schema.Attachment
	var at []int
	for i, a := range decl.Attachments {
		if o.Targeted(a.Address) {
			aimed, at = append(aimed, a), append(at, i)
		}
	}
	read, diags := stage.ReadSources(ctx, aimed, s.parallelism)
	if ctx.Err() != nil {
		return decl, fault.ErrInterrupted
	}
	if err := s.Keep(diags); err != nil {
		return decl, err
	}
	for i, j := range at {
		decl.Attachments[j] = read[i]
	}
	return decl, nil
}

// Stagers makes the clients that a plan's attachments need, and no other: to change templates alone, nobody needs a
// key of DingTalk. What an interrupted run left open of attachments that this plan does not look at stays open.
func (s *Reached) Stagers(plan *plans.Plan) (stage.Systems, error) {
	with := stage.Systems{Drive: stage.Drive{Client: s.Client}}
	looked := map[addr.Address]bool{}
	var chat, contracts bool
	for _, c := range plan.Attachments {
		looked[c.Address] = true
		if c.Action == plans.NoOp || c.Action == plans.Forget {
			continue
		}
		chat = chat || len(c.DingTalk)+len(c.Previews)+len(c.Links) > 0 ||
			c.Attachment.DingTalk != nil && s.leftOpen(c.Address)
		contracts = contracts || len(c.Flows) > 0 && (c.Drive || len(c.DingTalk) > 0)
	}
	for _, in := range s.pending {
		if in.Op == state.OpStage && (looked[in.Address] || len(plan.Targets) == 0) {
			with.Pending = append(with.Pending, in)
		}
	}
	if chat {
		client, err := s.NewDingTalk(*s.Config.DingTalk)
		if err != nil {
			return with, err
		}
		with.Chat = stage.NewDingTalk(client, s.Settled.State)
	}
	if contracts {
		client, err := s.newESign(*s.Config.ESign)
		if err != nil {
			return with, err
		}
		with.Contracts = stage.ESign{Client: client}
	}
	return with, nil
}

// leftOpen reports whether an interrupted run was staging something of an attachment.
func (s *Reached) leftOpen(address addr.Address) bool {
	return slices.ContainsFunc(s.pending, func(in state.Intent) bool {
		return in.Op == state.OpStage && in.Address == address
	})
}
