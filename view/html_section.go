package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/schema"
)

// sections are the lists of a plan in their order: first what needs attention, then what would be done, then the rest.
func (l *naming) sections(p *reconcile.Plan) []section {
	drift := section{ID: "drift", Title: "Changed outside of Countersign", Intro: driftIntro, Cards: l.driftCards(p)}
	if p.Mode == reconcile.Normal {
		drift.After = consequence(p)
	}
	list := []section{
		{ID: "warnings", Title: "Warnings", Cards: diagnosticCards(unsaid(p))},
		{ID: "refused", Title: "Refused", Intro: refusedIntro(len(p.Refused)), Cards: l.refusedCards(p.Refused)},
		{ID: "actions", Title: "Actions", Cards: l.actionCards(p)},
		{ID: "attachments", Title: "Attachments", Cards: attachmentCards(p)},
		drift,
		{ID: "unmanaged", Title: "Unmanaged", Intro: unmanagedIntro(len(p.Unmanaged)),
			Cards: l.unmanagedCards(p.Unmanaged)},
		{ID: "held", Title: "Held back", Intro: heldBackIntro(len(p.HeldBack)), Cards: l.heldBackCards(p.HeldBack)},
		{ID: "outputs", Title: "Outputs", Cards: outputCards(p.Outputs)},
	}
	return slices.DeleteFunc(list, func(s section) bool { return len(s.Cards) == 0 })
}

func (l *naming) actionCards(p *reconcile.Plan) []card {
	var out []card
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Action != reconcile.NoOp || c.Importing {
			out = append(out, l.changeCard(c))
		}
	}
	return out
}

func attachmentCards(p *reconcile.Plan) []card {
	var out []card
	for i := range p.Attachments {
		c := &p.Attachments[i]
		if c.Action == reconcile.NoOp {
			continue
		}
		b := attachmentBlock(c)
		h := b.heads[0]
		k := card{Kind: string(c.Action), Sign: b.mark.glyph(), Title: h.subject, Fate: h.outcome,
			Facts: []string{b.title}, Above: entries(b.body...)}
		for _, note := range h.comments {
			k.Notes = append(k.Notes, strings.TrimSuffix(strings.TrimPrefix(note, "("), ")"))
		}
		k.Plain = len(k.Above)+len(k.Notes) == 0
		out = append(out, k)
	}
	return out
}

func (l *naming) driftCards(p *reconcile.Plan) []card {
	again := recreated(p)
	var out []card
	for i := range p.Drift {
		d := &p.Drift[i]
		b := l.drifted(d, again[d.Address])
		c := *b.heads[0].change
		k := l.headed(&b, &c)
		k.Kind, k.Sign = kindDrift, "≠"
		switch {
		case d.Live == nil:
			k.Gist = []gist{{"removed", removes.glyph(), "", "gone from the drive"}}
			l.shows(&k, removes, d.Recorded)
			k.quits = k.who
		default:
			l.compares(&k, changes, &c, [2]string{"recorded", "live"})
			if len(b.body) == 1 && b.body[0].label == "scope" {
				k.Above = entries(b.body...)
			}
		}
		out = append(out, k)
	}
	return out
}

func (l *naming) unmanagedCards(list []reconcile.Found) []card {
	var out []card
	for i := range list {
		f := &list[i]
		k := card{Kind: kindUnmanaged, Sign: "?", Title: bare(f.Live.Title), Fate: "unmanaged"}
		k.stands(f.Place, f.ID)
		k.Facts = append(k.Facts, filled(l.edited(f.Edited))...)
		if f.Unreadable != "" {
			k.Notes = []string{unread(f.Unreadable)}
			out = append(out, k)
			continue
		}
		l.shows(&k, same, &f.Live)
		k.Hint, k.Code = "To manage it, declare it in a template block and add:", importCode(fmt.Sprintf("template.tid_%d",
			f.ID), f.ID)
		out = append(out, k)
	}
	return out
}

func importCode(to string, id int64) string {
	return fmt.Sprintf("import {\n  to = %s\n  id = %d\n}", to, id)
}

func (l *naming) refusedCards(list []reconcile.Change) []card {
	var out []card
	for i := range list {
		c := &list[i]
		k := card{Kind: kindRefused, Sign: "×", Title: bare(c.After.Title), Fate: "refused",
			Address: oneLine(address(c).String())}
		k.stands(c.Place, 0)
		k.Notes = []string{l.there(c)}
		if !unbound(c) {
			l.shows(&k, same, c.After)
			out = append(out, k)
			continue
		}
		taken := *c
		taken.Steps = reconcile.AlignSteps(taken.Before.Steps, taken.After.Steps)
		l.compares(&k, changes, &taken, [2]string{"live", "declared"})
		if len(k.Gist) > 0 {
			k.Notes = append(k.Notes, takenOver)
		} else {
			k.Notes = append(k.Notes, asDeclared)
		}
		k.Hint, k.Code = "To take over what is there, add:", importCode(oneLine(c.Address.String()), c.ID)
		out = append(out, k)
	}
	return out
}

func (l *naming) heldBackCards(list []reconcile.Change) []card {
	var out []card
	for i := range list {
		c := &list[i]
		k := card{Kind: kindHeldBack, Sign: "‖", Title: bare(titleOf(c)), Fate: "held back",
			Address: oneLine(address(c).String()), Notes: []string{notDeclared(c)}}
		at := c.Place
		if c.Action == reconcile.Replace && c.OldPlace != nil {
			at = *c.OldPlace
			k.places = append(k.places, c.Place)
		}
		k.stands(at, c.ID)
		k.Facts = append(k.Facts, filled(l.edited(c.Edited))...)
		l.shows(&k, same, c.Before)
		out = append(out, k)
	}
	return out
}

func outputCards(list []reconcile.OutputChange) []card {
	var out []card
	for _, c := range list {
		f := entry{Class: "changed", Before: outputBefore(c, ""), After: outputAfter(c, "")}
		k := card{Kind: kindOutput, Sign: changes.glyph(), Title: oneLine(c.Name), Plain: true}
		switch c.Action {
		case reconcile.Create:
			k.Sign, f.Class, f.Before = adds.glyph(), "added", ""
		case reconcile.Remove:
			k.Sign, f.Class, f.After = removes.glyph(), "removed", "null"
		}
		k.Above = []entry{f}
		out = append(out, k)
	}
	return out
}

func diagnosticCards(d schema.Diagnostics) []card {
	var out []card
	for i := range d {
		k := card{Kind: kindError, Sign: "!", Title: oneLine(d[i].Summary), Fate: "Error", Plain: true}
		if d[i].Severity == schema.Warning {
			k.Kind, k.Fate = kindWarning, "Warning"
		}
		if k.Source = strings.TrimPrefix(strings.Join(source(&d[i], marked), "\n"), "  "); d[i].Range == nil {
			k.Address, k.Source = oneLine(d[i].Address.String()), ""
		}
		k.Notes = filled(strings.TrimSpace(manyLines(d[i].Detail)))
		out = append(out, k)
	}
	return out
}
