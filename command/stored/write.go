package stored

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/run"
	"countersign/confine"
	"countersign/reconcile/plans"
	"countersign/schema/addr"
	"countersign/schema/config/disk"
	"countersign/state"
	"countersign/state/store"
	"countersign/view"
)

// stateChangeFlags are the flags of the commands that move and forget addresses.
type stateChangeFlags struct {
	flags
	dryRun bool
}

func (f *stateChangeFlags) all() []cli.Flag {
	return slices.Concat([]cli.Flag{cmdline.Bool(&f.dryRun, "dry-run", "only say what would be done")}, f.StoredFlags(),
		f.LockFlags())
}

func moveCommand() *cli.Command {
	f := new(stateChangeFlags)
	return &cli.Command{
		Name: "mv", ArgsUsage: "FROM TO [PATH]", Action: f.changing("state mv", 2, 2, move),
		Usage: "Give a template or attachment, or all instances of one, another address",
		Description: `Writes the state only. Refuses when TO is bound already.

Example:
  countersign state mv template.upload 'template.upload_all["legal"]'`,
		Flags: f.all(),
	}
}

// move gives a template or attachment, or all instances of one, another address. It is a pure function, and returns the
// new state, and a line for each address that has moved.
func move(st state.State, words []string) (state.State, []string, error) {
	source, aim := Meant(st, words[0]), Typed(words[1])
	if err := movable(source, aim); err != nil {
		return st, nil, err
	}
	after, moved, err := st.Move(source, aim)
	var refused *state.MoveError
	switch {
	case errors.As(err, &refused) && refused.Taken:
		return st, nil, fault.New("The address is taken", "%v. Look at both with \"countersign state show\".", refused)
	case errors.As(err, &refused) && !refused.Beside.IsZero():
		return st, nil, fault.New("No such address can be beside what is bound",
			"%v. Move or forget %s first.", refused, refused.Beside)
	case errors.As(err, &refused):
		return st, nil, fault.New("The new address has a key already",
			"%s cannot become %s: give %s the address of a block, without a key, or move its instances one by one.",
			refused.From, refused.To.String()+string(refused.Key), source)
	case len(moved) == 0:
		return st, nil, NotBound(st, source)
	}
	var lines []string
	for _, m := range moved {
		line := fmt.Sprintf("%s moved to %s", m.From, m.To)
		if m.From.Kind == "template" {
			line += fmt.Sprintf(" (tid %d)", m.ID)
		}
		lines = append(lines, line)
	}
	return after, lines, nil
}

func movable(from, to addr.Address) error {
	for _, a := range []addr.Address{from, to} {
		if _, err := addr.Read(a.String(), "template", "attachment"); err != nil {
			return fault.New("That is not a template's address",
				"%v, in single quotes for the shell; an attachment's begins with attachment.", err)
		}
	}
	if from.Kind != to.Kind {
		return fault.New("A template is no attachment", "%s cannot become %s.", from, to)
	}
	if from == to {
		return fault.New("Nothing to move", "Both addresses are %s.", from)
	}
	return nil
}

func removeCommand() *cli.Command {
	f := new(stateChangeFlags)
	return &cli.Command{
		Name: "rm", ArgsUsage: "ADDRESS ... [PATH]", Action: f.changing("state rm", 1, -1, forget),
		Usage: "Forget templates and attachments, which stay where they are",
		Description: `Writes the state only. A template that is forgotten and still declared is refused as a second one
of its title by the next plan, until it is imported again; an attachment is staged anew.

Example:
  countersign state rm -dry-run template.upload`,
		Flags: f.all(),
	}
}

// forget forgets templates and attachments; the drive and DingTalk keep them. It is a pure function, and returns the
// new state, and a line for each address that is forgotten. All that are named must be there.
func forget(st state.State, words []string) (state.State, []string, error) {
	named := make([]addr.Address, len(words))
	for i, w := range words {
		named[i] = Meant(st, w)
	}
	var lines []string
	var kept []state.Binding
	matched := map[addr.Address]bool{}
	goes := func(address addr.Address) (gone bool) {
		for _, a := range named {
			if a.Contains(address) {
				gone, matched[a] = true, true
			}
		}
		return gone
	}
	for _, b := range st.Bindings {
		if !goes(b.Address) {
			kept = append(kept, b)
			continue
		}
		at := view.Place(plans.Place{Address: b.Scope, Kind: b.ScopeKind, ID: b.ScopeID, Path: b.ScopePath})
		line := fmt.Sprintf("%s forgotten; the drive keeps %s (tid %d) on %s", b.Address, view.Quote(b.Recorded.Title),
			b.ID, at)
		for _, d := range b.Deposed {
			line += fmt.Sprintf(", and tid %d on %s that was still to be removed", d.ID,
				view.Place(plans.Place{ID: d.ScopeID}))
		}
		lines = append(lines, line)
	}
	var staged []state.Attachment
	for _, a := range st.Attachments {
		if !goes(a.Address) {
			staged = append(staged, a)
			continue
		}
		lines = append(lines, fmt.Sprintf("%s forgotten; what is staged of it stays there: %s", a.Address,
			strings.Join(stagedWhere(a), ", ")))
	}
	var missing fault.Diagnostics
	for _, a := range named {
		if !matched[a] {
			missing.Add(NotBound(st, a))
		}
	}
	if len(missing) > 0 {
		return st, nil, missing
	}
	st.Bindings, st.Attachments = kept, staged
	return st, lines, nil
}

// stagedWhere says what is staged of an attachment.
func stagedWhere(a state.Attachment) []string {
	var where []string
	if a.Drive != nil {
		where = append(where, fmt.Sprintf("attachment %d on the drive", a.Drive.ID))
	}
	if a.DingTalk != nil {
		for _, f := range a.DingTalk.Files {
			where = append(where, fmt.Sprintf("%q (id %s) in DingTalk", f.Name, f.ID))
		}
	}
	return where
}

// change is a pure function that makes another state of one, as some words say, and a line for each thing that it
// changes.
type change func(st state.State, words []string) (after state.State, done []string, err error)

// changing is what runs a command that changes what the state says.
func (f *stateChangeFlags) changing(operation string, least, most int, by change) cli.ActionFunc {
	return f.action("The state was left as it is", least, most, func(ctx context.Context, s *opened) error {
		return f.change(ctx, s, operation, by)
	})
}

// change reads the state under its lock, changes it, and writes it unless -dry-run.
func (f *stateChangeFlags) change(ctx context.Context, s *opened, operation string, by change) error {
	if err := s.lock(ctx, operation, f.dryRun); err != nil {
		return err
	}
	st, pending, err := s.Read(ctx)
	if err == nil {
		err = refuseUnsettled(pending)
	}
	if err != nil {
		return err
	}
	after, done, err := by(st, s.words)
	if err != nil {
		return err
	}
	after.Writer = run.VersionString()
	if !f.dryRun {
		if _, err := s.Write(context.WithoutCancel(ctx), after); err != nil {
			return err
		}
	}
	for _, line := range done {
		if f.dryRun {
			line = "Would do: " + line
		}
		if _, err := fmt.Fprintln(s.Out, line); err != nil {
			return err
		}
	}
	return nil
}

// refuseUnsettled guards what an interrupted run left open: the journal has it under the address of then.
func refuseUnsettled(pending []state.Intent) error {
	if len(pending) == 0 {
		return nil
	}
	how := "Run \"countersign apply\" first (apply -refresh-only changes nothing on the drive); it settles them."
	if slices.ContainsFunc(pending, func(in state.Intent) bool { return in.Op == state.OpStage }) {
		how = "Run \"countersign apply\" first; it settles them and stages what is missing of attachments."
	}
	return fault.New("An interrupted run left writes unsettled",
		"The journal tells of %d whose outcome only the systems they were sent to know. %s", len(pending), how)
}

type statePushFlags struct {
	flags
	force bool
}

func pushCommand() *cli.Command {
	f := new(statePushFlags)
	return &cli.Command{
		Name: "push", ArgsUsage: "FILE|- [PATH]",
		Action: f.action("The state was not pushed", 1, 1, f.push),
		Usage:  "Replace the state by one that pull printed",
		Description: `Refuses a state of another lineage and one that is older than what is there; the state before is
kept as the backup.

Example:
  countersign state push backup.json`,
		Flags: slices.Concat([]cli.Flag{cmdline.Bool(&f.force, "force", "push one that is older, or of another "+
			"lineage, too")},
			f.StoredFlags(), f.LockFlags()),
	}
}

// push replaces the state by one that pull printed.
func (f *statePushFlags) push(ctx context.Context, s *opened) error {
	pushed, err := readPushed(s.words[0], s.Store)
	if err != nil {
		return err
	}
	if err := s.lock(ctx, "state push", false); err != nil {
		return err
	}
	written, err := s.Push(ctx, pushed, f.force)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "Pushed: the state binds %s now, serial %d.\n",
		view.Count(len(written.Bindings), "template"), written.Serial)
	return err
}

// readPushed reads a state, sealed or not, from a file, or standard input for "-".
func readPushed(from string, to *store.Store) (st state.State, err error) {
	var text []byte
	if from == "-" {
		text, err = confine.Read(os.Stdin, run.MaxSaved)
	} else {
		if from, err = disk.Path(from); err == nil {
			text, _, err = confine.ReadInput(from, run.MaxSaved)
		}
	}
	if err == nil {
		st, err = to.Decode(text)
	}
	if err != nil {
		return st, fault.New("The state to push cannot be read", "%s: %v. Nothing was written.", from, err)
	}
	return st, nil
}
