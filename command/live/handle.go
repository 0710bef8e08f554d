package live

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/run"
	"countersign/providers/yomicloud"
	"countersign/reconcile/write"
	"countersign/schema"
)

type approvalHandleFlags struct {
	driveFlags
	agree, refuse bool
	note, as      string
}

func handleCommand() *cli.Command {
	f := &approvalHandleFlags{driveFlags: driveFlags{
		failed: "The approval could not be decided", words: [2]int{1, 1}, writes: true,
	}}
	return &cli.Command{
		Name: "handle", ArgsUsage: "ID [PATH]",
		Action: f.action(f.check, f.handle),
		Usage:  "Agree to an approval, or refuse it",
		Description: `Decides your part in the current step.

Example:
  countersign approval handle 2 -agree -note='Fine with section 3'`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Bool(&f.agree, "agree", "agree"),
			cmdline.Bool(&f.refuse, "refuse", "refuse"),
			cmdline.AnyText(&f.note, "note", "`TEXT` that goes with it"),
			cmdline.Text(&f.as, "as", "which `USER` you are, where the drive does not let it be known"),
		}, f.connectionFlags()),
	}
}

func (f *approvalHandleFlags) check(args cmdline.Arguments) error {
	if f.agree == f.refuse {
		return args.Mistake("approval handle: write -agree or -refuse, one of the two")
	}
	return nil
}

// handle decides the caller's part of an approval.
func (f *approvalHandleFlags) handle(ctx context.Context, d *DriveRun) error {
	id, a, err := d.approval(ctx)
	if err != nil {
		return err
	}
	step, part, err := d.ownPart(ctx, a, f.as)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // an answer that is not waited for leaves open what was done
	failed := d.Client.Handle(ctx, yomicloud.HandleRequest{ApprovalID: id, Step: step, PartID: part.ID, Agree: f.agree,
		Note: f.note})
	if failed != nil && !write.OutcomeUnknown(failed) {
		return failed
	}
	after, err := d.Client.Approval(ctx, id)
	for until := time.Now().Add(run.LandWait(d.Config.Provider, d.Client)); failed != nil && err == nil &&
		decided(after, step, part) == schema.DecisionPending && time.Now().Before(until); {
		time.Sleep(250 * time.Millisecond) // the drive may still be at it
		after, err = d.Client.Approval(ctx, id)
	}
	wanted := schema.DecisionRefused
	if f.agree {
		wanted = schema.DecisionAgreed
	}
	if failed != nil && (err != nil || decided(after, step, part) != wanted) {
		return fault.New("Whether the decision counts is not known",
			"%v\n\nCheck with \"countersign approval show %d\" whether step %s has it, and decide again if not.",
			failed, id, stepText(a, step))
	}
	if err != nil { // it is done, and may no longer be looked at
		return d.printDone(a, "Approval %d: %s %s in step %s.", id, personText(part.Person), wanted, stepText(a, step))
	}
	return d.printDone(after, "Approval %d: %s %s in step %s; %s.", id, personText(part.Person), wanted,
		stepText(a, step), waitsFor(after))
}

// decided is the decision of a part of a step.
func decided(a schema.Approval, step int, part schema.ApprovalPart) schema.Decision {
	if step < len(a.Steps) {
		for _, p := range a.Steps[step].Parts {
			if p.ID == part.ID {
				return p.Decision
			}
		}
	}
	return schema.DecisionPending
}

// ownPart finds the part that the caller has in the current step.
func (d *DriveRun) ownPart(ctx context.Context, a schema.Approval, as string) (int, schema.ApprovalPart, error) {
	none := schema.ApprovalPart{}
	notYours := func() (int, schema.ApprovalPart, error) {
		return 0, none, fault.New("It is not your turn", "Approval %d (%s) does not wait for you: %s.", a.ID, a.Title,
			waitsFor(a))
	}
	at := a.Current()
	if at < 0 {
		return 0, none, fault.New("There is nothing to decide", "Approval %d (%s) has ended: %s.", a.ID, a.Title,
			waitsFor(a))
	}
	if as != "" {
		p, err := d.person(as, everyone(a))
		if err != nil {
			return 0, none, err
		}
		return partOf(a, at, p.ID)
	}
	list, err := d.Client.Approvals(ctx, yomicloud.WaitingForMe)
	if err != nil {
		return 0, none, err
	}
	raised, err := d.Client.Raised(ctx)
	if err != nil {
		return 0, none, err
	}
	if i := slices.IndexFunc(raised, func(r schema.Approval) bool { return r.Creator.ID != 0 }); i >= 0 {
		return partOf(a, at, raised[i].Creator.ID) // who raised what I raised is me
	}
	if !slices.ContainsFunc(list, func(w schema.Approval) bool { return w.ID == a.ID }) {
		return notYours()
	}
	waiting := a.Steps[at].Waiting()
	for _, other := range list { // everything that waits for me has me among those it waits for
		if len(waiting) < 2 {
			break
		}
		if other.ID == a.ID {
			continue
		}
		v, err := d.Client.Approval(ctx, other.ID)
		if err != nil {
			return 0, none, err
		}
		if turn := v.Current(); turn >= 0 {
			theirs := v.Steps[turn].Waiting()
			waiting = slices.DeleteFunc(waiting, func(p schema.ApprovalPart) bool {
				return !slices.ContainsFunc(theirs,
					func(t schema.ApprovalPart) bool { return t.Person.ID == p.Person.ID })
			})
		}
	}
	switch len(waiting) {
	case 1:
		return at, waiting[0], nil
	case 0:
		return notYours()
	}
	var names []string
	for _, p := range waiting {
		names = append(names, "-as="+cmp.Or(p.Person.Username, fmt.Sprint(p.Person.ID)))
	}
	return 0, none, fault.New("Which of its approvers are you?",
		"Approval %d waits for several, and the drive does not say to whom this token belongs. Write %s", a.ID,
		strings.Join(names, " or "))
}

// partOf is the part of one user in the current step, or why there is none to decide.
func partOf(a schema.Approval, at int, user int64) (int, schema.ApprovalPart, error) {
	refuse := func(why string) (int, schema.ApprovalPart, error) {
		return 0, schema.ApprovalPart{}, fault.New("It is not your turn", "Approval %d (%s): %s. Now %s.", a.ID,
			a.Title, why, waitsFor(a))
	}
	for _, p := range a.Steps[at].Waiting() {
		if p.Person.ID == user {
			return at, p, nil
		}
	}
	for i, s := range a.Steps {
		for _, p := range s.Parts {
			switch {
			case p.Person.ID != user:
			case i == at && p.Decision != schema.DecisionPending:
				return refuse(fmt.Sprintf("you %s already in step %s", p.Decision, stepText(a, i)))
			case i == at:
				return refuse(fmt.Sprintf("somebody else is designated in step %s", stepText(a, i)))
			case i > at:
				return refuse(fmt.Sprintf("you come in step %s, after the others", stepText(a, i)))
			}
		}
	}
	return refuse("you are none of those who decide it, or not any more")
}

// everyone are the approvers of an approval.
func everyone(a schema.Approval) []schema.Person {
	var all []schema.Person
	for _, s := range a.Steps {
		for _, p := range s.Parts {
			all = append(all, p.Person)
		}
	}
	return all
}
