package html

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
	"countersign/view/text"
)

// sections are the lists of a plan: first what needs attention, then what would be done, then the rest.
func sections(l *view.Names, p *plans.Plan) []section {
	errors, warnings := view.ErrorsAndWarnings(p)
	list := []section{
		{ID: "errors", Title: view.ErrorsTitle, Cards: diagnosticCards(errors)},
		{ID: "warnings", Title: "Warnings", Cards: diagnosticCards(warnings)},
		{ID: "refused", Title: "Refused", Intro: view.RefusedIntro(len(p.Refused)),
			Cards: cards(l, p.Refused, refusedCard)},
		{ID: "actions", Title: "Actions", Cards: actionCards(l, p)},
		{ID: "attachments", Title: "Attachments", Cards: attachmentCards(p)},
		{ID: "drift", Title: "Changed outside of Countersign", Intro: view.DriftIntro, Cards: driftCards(l, p),
			After: view.Consequence(p)},
		{ID: "unmanaged", Title: "Unmanaged", Intro: view.UnmanagedIntro(len(p.Unmanaged)),
			Cards: cards(l, p.Unmanaged, unmanagedCard)},
		{ID: "held", Title: "Held back", Intro: view.HeldBackIntro(len(p.HeldBack)),
			Cards: cards(l, p.HeldBack, heldBackCard)},
		{ID: "outputs", Title: "Outputs", Cards: outputCards(p.Outputs)},
	}
	return slices.DeleteFunc(list, func(s section) bool { return len(s.Cards) == 0 })
}

// cards are a card for each entry of a list.
func cards[T any](l *view.Names, list []T, one func(*view.Names, *T) card) []card {
	out := make([]card, len(list))
	for i := range list {
		out[i] = one(l, &list[i])
	}
	return out
}

func actionCards(l *view.Names, p *plans.Plan) []card {
	var out []card
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Action != plans.NoOp || c.Importing {
			out = append(out, changeCard(l, c))
		}
	}
	return out
}

func attachmentCards(p *plans.Plan) []card {
	var out []card
	for i := range p.Attachments {
		c := &p.Attachments[i]
		if c.Action == plans.NoOp {
			continue
		}
		b := view.AttachmentBlock(c)
		h := b.Heads[0]
		k := card{Kind: string(c.Action), Sign: glyph(b.Mark), Title: h.Subject, Outcome: h.Outcome,
			Facts: []string{b.Title}, Notes: h.Notes, Above: b.Body}
		k.Plain = len(k.Above)+len(k.Notes) == 0
		out = append(out, k)
	}
	return out
}

func driftCards(l *view.Names, p *plans.Plan) []card {
	var out []card
	for i, b := range l.Edits(p) {
		d := &p.Drift[i]
		c := *b.Heads[0].Change
		k := headed(&b, &c)
		k.Kind, k.Sign = kindDrift, "≠"
		if d.Live == nil {
			k.Gist = append(k.Gist, gist{"removed", glyph(view.Removes), "", "gone from the drive"})
			k.shows(l, view.Removes, d.Recorded)
			k.quits = k.who
		} else {
			k.compares(l, view.Changes, &c, [2]string{"recorded", "live"})
			if last := b.Body[len(b.Body)-1]; last.Label == "scope" {
				k.Above = append(k.Above, last)
			}
		}
		out = append(out, k)
	}
	return out
}

func unmanagedCard(l *view.Names, f *plans.Found) card {
	k := card{Kind: kindUnmanaged, Sign: "?", Title: view.Bare(f.Live.Title), Outcome: "unmanaged"}
	k.locate(f.Place, f.ID)
	k.Facts = append(k.Facts, filled(l.LastEdited(f.Edited))...)
	if f.Unreadable != "" {
		k.Notes = []string{view.Unread(f.Unreadable)}
		return k
	}
	k.shows(l, view.Same, &f.Live)
	k.Hint, k.Code = view.ToManage, view.ImportBlock(fmt.Sprintf("template.tid_%d", f.ID), f.ID)
	return k
}

func refusedCard(l *view.Names, c *plans.Change) card {
	k := card{Kind: kindRefused, Sign: "×", Title: view.Bare(c.After.Title), Outcome: "refused",
		Address: view.SubjectOf(c), Notes: []string{l.Holder(c)}}
	k.locate(c.Place, 0)
	if !view.Unbound(c) {
		k.shows(l, view.Same, c.After)
		return k
	}
	taken := *c
	taken.Steps = reconcile.AlignSteps(taken.Before.Steps, taken.After.Steps)
	k.compares(l, view.Changes, &taken, [2]string{"live", "declared"})
	if len(k.Gist) > 0 {
		k.Notes = append(k.Notes, view.TakenOver)
	} else {
		k.Notes = append(k.Notes, view.AsDeclared)
	}
	k.Hint, k.Code = view.ToTakeOver, view.ImportBlock(view.OneLine(c.Address.String()), c.ID)
	return k
}

func heldBackCard(l *view.Names, c *plans.Change) card {
	k := card{Kind: kindHeldBack, Sign: "‖", Title: view.Bare(view.TitleOf(c)), Outcome: "held back",
		Address: view.SubjectOf(c), Notes: []string{view.WhyRemoved(c)}, places: []plans.Place{c.Place}}
	k.locate(view.PlaceNow(c), c.ID)
	k.Facts = append(k.Facts, filled(l.LastEdited(c.Edited))...)
	k.shows(l, view.Same, c.Before)
	return k
}

func outputCards(list []plans.OutputChange) []card {
	var out []card
	for _, c := range list {
		f := view.Node{Mark: view.Changes, Before: view.OutputBefore(c, ""), After: view.OutputAfter(c, "")}
		k := card{Kind: kindOutput, Title: view.OneLine(c.Name), Plain: true}
		switch c.Action {
		case plans.Create:
			f.Mark, f.Before = view.Adds, ""
		case plans.Remove:
			f.Mark, f.After = view.Removes, "null"
		}
		k.Sign, k.Above = glyph(f.Mark), []view.Node{f}
		out = append(out, k)
	}
	return out
}

func diagnosticCards(d schema.Diagnostics) []card {
	var out []card
	for i := range d {
		k := card{Kind: kindError, Sign: "!", Title: view.OneLine(d[i].Summary), Outcome: "Error", Plain: true,
			Notes: filled(strings.TrimSpace(view.ManyLines(d[i].Detail)))}
		if d[i].Severity == schema.Warning {
			k.Kind, k.Outcome = kindWarning, "Warning"
		}
		if d[i].Range == nil {
			k.Address = view.OneLine(d[i].Address.String())
		}
		source := d[i]
		source.Address = addr.Address{} // it has a place of its own in a card
		k.Source = strings.TrimSpace(strings.Join(text.Source(&source, text.ForReports), "\n"))
		out = append(out, k)
	}
	return out
}
