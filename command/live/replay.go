package live

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/command/stored"
	"countersign/internal/parallel"
	"countersign/policy/simulate"
	"countersign/providers/yomicloud"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

type replayFlags struct {
	driveFlags
	since            string
	templates        []string
	max              int
	detailedExitcode bool
}

func ReplayCommand() *cli.Command {
	f := &replayFlags{driveFlags: driveFlags{failed: "The approvals could not be replayed", load: (*run.Session).Load},
		max: 500}
	return &cli.Command{
		Name: "replay", Category: cmdline.GroupMain, ArgsUsage: "[PATH]",
		Action: f.action(nil, f.replay),
		Usage:  "Say which past approvals would have ended otherwise by the templates as they are declared",
		Description: `Takes what everybody really decided, and lets that decide the declared templates. It changes
nothing.
Ctrl-C ends it with what was looked at so far.

Examples:
  countersign replay policies
  countersign replay -since 2026-01-01 -template template.modify -detailed-exitcode policies`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Text(&f.since, "since", "only those raised since this `DATE`, such as 2026-01-31"),
			cmdline.Texts(&f.templates, "template",
				"only those of this declared template, an `ADDRESS`; may be repeated"),
			cmdline.AtLeastOne(&f.max, "max", "look at `N` approvals at most, the latest"),
			cmdline.Bool(&f.detailedExitcode, "detailed-exitcode",
				"exit 2 when some would have ended otherwise, 0 when none"),
		}, f.connectionFlags(), f.CallFlags()),
	}
}

// replay replays past approvals. The exit code says what it found.
func (f *replayFlags) replay(ctx context.Context, d *DriveRun) error {
	h, err := f.history(ctx, d)
	if err != nil {
		return err
	}
	catalogue := d.catalogue(ctx)
	end := d.reading("Reading the approvals...")
	play(ctx, h, d.Client.Approval, d.Settings())
	end()
	err = report.Print(d.Report, h, func(w io.Writer, h *simulate.History, s text.Settings) error {
		return text.Replay(w, h, catalogue, s)
	}, viewjson.Replay)
	switch {
	case err != nil:
		return err
	case h.Interrupted:
		return fault.Exit(fault.ExitError)
	case f.detailedExitcode && slices.ContainsFunc(h.Replayed, func(r simulate.Replayed) bool { return r.Otherwise() }):
		return fault.Exit(fault.ExitChanges)
	}
	return nil
}

// history is the past approvals that the flags ask for, the latest first, before they are replayed.
func (f *replayFlags) history(ctx context.Context, d *DriveRun) (*simulate.History, error) {
	var wrong fault.Diagnostics
	since, err := dateOf(f.since)
	wrong.Add(err)
	asked, err := f.asked(d)
	wrong.Add(err)
	if len(wrong) > 0 {
		return nil, wrong
	}
	bindings, err := d.bindings(ctx)
	if err != nil {
		return nil, err
	}
	bound, declared := addressesByTID(bindings), map[addr.Address]*schema.Declared{}
	for i := range d.Config.Declaration.Templates {
		t := &d.Config.Declaration.Templates[i]
		declared[t.Address] = t
	}
	list, err := d.Client.Approvals(ctx, yomicloud.AllIManage)
	if err != nil {
		return nil, err
	}
	h := &simulate.History{}
	for _, a := range list {
		r := simulate.Replayed{Approval: a, Address: bound[a.TemplateID], Template: declared[bound[a.TemplateID]]}
		switch {
		case asked != nil && !asked[r.Address]:
			continue
		case since != 0 && a.Created == 0:
			r.Obstacle = simulate.NotDated
		case a.Created < since:
			continue
		case r.Template == nil:
			r.Obstacle = simulate.NotDeclared
		}
		if a.Status == schema.ApprovalPending {
			h.Open++
		} else { // where the list does not say it, the approval does
			h.Replayed = append(h.Replayed, r)
		}
	}
	slices.SortStableFunc(h.Replayed, func(a, b simulate.Replayed) int { return int(b.Approval.ID - a.Approval.ID) })
	if over := len(h.Replayed) - f.max; over > 0 {
		h.Replayed, h.Left = h.Replayed[:f.max], over
	}
	return h, nil
}

// asked are the declared templates that -template names, nil without it. The error lists all that is wrong with it.
func (f *replayFlags) asked(d *DriveRun) (map[addr.Address]bool, error) {
	if len(f.templates) == 0 {
		return nil, nil
	}
	asked := map[addr.Address]bool{}
	var wrong fault.Diagnostics
	for _, name := range f.templates {
		block, found := stored.Typed(name), false
		for _, t := range d.Config.Declaration.Templates {
			if t.Address == block || t.Address.Block() == block {
				asked[t.Address], found = true, true
			}
		}
		if !found {
			_, err := d.DeclaredTemplate(block)
			wrong.Add(err)
		}
	}
	return asked, wrong.Err()
}

// play reads the approvals that can be replayed, side by side, and replays them. Those that are not read before ctx
// ends are left out.
func play(ctx context.Context, h *simulate.History, read func(context.Context, int64) (schema.Approval, error),
	s world.Settings) {
	var todo []int
	for i := range h.Replayed {
		if h.Replayed[i].Obstacle == "" {
			todo = append(todo, i)
		}
	}
	s = s.WithDefaults()
	s.Events(plans.Event{Kind: plans.ReadStart, Total: len(todo)})
	left, open := make([]bool, len(h.Replayed)), make([]bool, len(h.Replayed))
	parallel.Do(len(todo), s.Parallelism, func(i int) {
		defer s.Events(plans.Event{Kind: plans.ReadDone})
		r := &h.Replayed[todo[i]]
		var a schema.Approval
		err := ctx.Err()
		if err == nil {
			a, err = read(ctx, r.Approval.ID)
		}
		switch {
		case err != nil && ctx.Err() != nil:
			left[todo[i]] = true
		case err != nil:
			r.Obstacle, r.Err = simulate.NotRead, err
		case a.Status == schema.ApprovalPending:
			open[todo[i]] = true
		default:
			*r = simulate.Replay(a, r.Template)
		}
	})
	var looked []simulate.Replayed
	for i := range h.Replayed {
		switch {
		case left[i]:
			h.Left++
			h.Interrupted = true
		case open[i]:
			h.Open++
		default:
			looked = append(looked, h.Replayed[i])
		}
	}
	h.Replayed = looked
}

// dateOf is when a day begins, in Unix seconds; 0 for no day.
func dateOf(day string) (int64, error) {
	if day == "" {
		return 0, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, day, time.Local)
	if err != nil {
		return 0, fault.New("That is not a date", "-since=%s: write year, month and day, such as 2026-01-31.", day)
	}
	return t.Unix(), nil
}
