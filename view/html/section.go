package html

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/view"
	"countersign/view/text"
)

// sections are the lists of a plan in their order: first what needs attention, then what would be done, then the rest.
func sections(l *view.Names, p *plans.Plan) []section {
	drift := section{
		ID:    "drift",
		Title: "Changed outside of Countersign",
		Intro: view.DriftIntro,
		Cards: driftCards(l, p),
	}
	if p.Mode == plans.Normal {
		drift.After = view.Consequence(p)
	}
	errors, warnings := view.Told(p)
	list := []section{
		{ID: "errors", Title: view.ErrorsTitle, Cards: diagnosticCards(errors)},
		{ID: "warnings", Title: "Warnings", Cards: diagnosticCards(warnings)},
		{ID: "refused", Title: "Refused", Intro: view.RefusedIntro(len(p.Refused)), Cards: refusedCards(l, p.Refused)},
		{ID: "actions", Title: "Actions", Cards: actionCards(l, p)},
		{ID: "attachments", Title: "Attachments", Cards: attachmentCards(p)},
		drift,
		{ID: "unmanaged", Title: "Unmanaged", Intro: view.UnmanagedIntro(len(p.Unmanaged)),
			Cards: unmanagedCards(l, p.Unmanaged)},
		{
			ID:    "held",
			Title: "Held back",
			Intro: view.HeldBackIntro(len(p.HeldBack)),
			Cards: heldBackCards(l, p.HeldBack),
		},
		{ID: "outputs", Title: "Outputs", Cards: outputCards(p.Outputs)},
	}
	return slices.DeleteFunc(list, func(s section) bool { return len(s.Cards) == 0 })
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
		k := card{Kind: string(c.Action), Sign: glyph(b.Mark), Title: h.Subject,
			Fate: h.Outcome, Facts: []string{b.Title}, Above: entries(b.Body...)}
		for _, note := range h.Notes {
			k.Notes = append(k.Notes, strings.TrimSuffix(strings.TrimPrefix(note, "("), ")"))
		}
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
		k := headed(l, &b, &c)
		k.Kind, k.Sign = kindDrift, "≠"
		switch {
		case d.Live == nil:
			k.Gist = []gist{{"removed", glyph(view.Removes), "", "gone from the drive"}}
			shows(l, &k, view.Removes, d.Recorded)
			k.quits = k.who
		default:
			compares(l, &k, view.Changes, &c, [2]string{"recorded", "live"})
			if last := b.Body[len(b.Body)-1]; last.Label == "scope" {
				k.Above = entries(last)
			}
		}
		k.means(l, view.VerdictOfDrift(d))
		out = append(out, k)
	}
	return out
}

func unmanagedCards(l *view.Names, list []plans.Found) []card {
	var out []card
	for i := range list {
		f := &list[i]
		k := card{Kind: kindUnmanaged, Sign: "?", Title: bare(f.Live.Title), Fate: "unmanaged"}
		k.stands(f.Place, f.ID)
		k.Facts = append(k.Facts, filled(l.LastEdited(f.Edited))...)
		if f.Unreadable != "" {
			k.Notes = []string{view.Unread(f.Unreadable)}
			out = append(out, k)
			continue
		}
		shows(l, &k, view.Same, &f.Live)
		k.Hint, k.Code = "To manage it, declare it in a template block and add:", importCode(
			fmt.Sprintf("template.tid_%d",
				f.ID),
			f.ID,
		)
		out = append(out, k)
	}
	return out
}

func importCode(to string, id int64) string {
	return fmt.Sprintf("import {\n  to = %s\n  id = %d\n}", to, id)
}

func refusedCards(l *view.Names, list []plans.Change) []card {
	var out []card
	for i := range list {
		c := &list[i]
		k := card{Kind: kindRefused, Sign: "×", Title: bare(c.After.Title), Fate: "refused",
			Address: view.OneLine(view.Address(c).String())}
		k.stands(c.Place, 0)
		k.Notes = []string{l.There(c)}
		if !view.Unbound(c) {
			shows(l, &k, view.Same, c.After)
			out = append(out, k)
			continue
		}
		taken := *c
		taken.Steps = reconcile.AlignSteps(taken.Before.Steps, taken.After.Steps)
		compares(l, &k, view.Changes, &taken, [2]string{"live", "declared"})
		if len(k.Gist) > 0 {
			k.Notes = append(k.Notes, view.TakenOver)
		} else {
			k.Notes = append(k.Notes, view.AsDeclared)
		}
		k.Hint, k.Code = "To take over what is there, add:", importCode(view.OneLine(c.Address.String()), c.ID)
		out = append(out, k)
	}
	return out
}

func heldBackCards(l *view.Names, list []plans.Change) []card {
	var out []card
	for i := range list {
		c := &list[i]
		k := card{Kind: kindHeldBack, Sign: "‖", Title: bare(view.TitleOf(c)), Fate: "held back",
			Address: view.OneLine(view.Address(c).String()), Notes: []string{view.NotDeclared(c)}}
		at := c.Place
		if c.Action == plans.Replace && c.OldPlace != nil {
			at = *c.OldPlace
			k.places = append(k.places, c.Place)
		}
		k.stands(at, c.ID)
		k.Facts = append(k.Facts, filled(l.LastEdited(c.Edited))...)
		shows(l, &k, view.Same, c.Before)
		out = append(out, k)
	}
	return out
}

func outputCards(list []plans.OutputChange) []card {
	var out []card
	for _, c := range list {
		f := entry{Class: "changed", Before: view.OutputBefore(c, ""), After: view.OutputAfter(c, "")}
		k := card{Kind: kindOutput, Sign: glyph(view.Changes), Title: view.OneLine(c.Name), Plain: true}
		switch c.Action {
		case plans.Create:
			k.Sign, f.Class, f.Before = glyph(view.Adds), "added", ""
		case plans.Remove:
			k.Sign, f.Class, f.After = glyph(view.Removes), "removed", "null"
		}
		k.Above = []entry{f}
		out = append(out, k)
	}
	return out
}

func diagnosticCards(d schema.Diagnostics) []card {
	var out []card
	for i := range d {
		k := card{Kind: kindError, Sign: "!", Title: view.OneLine(d[i].Summary), Fate: "Error", Plain: true}
		if d[i].Severity == schema.Warning {
			k.Kind, k.Fate = kindWarning, "Warning"
		}
		if k.Source = strings.TrimPrefix(
			strings.Join(text.Source(&d[i], text.ForReports), "\n"),
			"  ",
		); d[i].Range == nil {
			k.Address, k.Source = view.OneLine(d[i].Address.String()), ""
		}
		if d[i].Rule != nil {
			rule := schema.Diagnostic{Range: d[i].Rule.Range, Snippet: d[i].Rule.Snippet}
			k.Source = strings.TrimSpace(k.Source + "\n\n" + strings.Join(text.Source(&rule, text.ForReports), "\n"))
		}
		k.Notes = filled(strings.TrimSpace(view.ManyLines(d[i].Detail)))
		out = append(out, k)
	}
	return out
}
