package live

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/stored"
	"countersign/internal/parallel"
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
	"countersign/view"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

type whoFlags struct {
	driveFlags
	ifGone string
}

func WhoCommand() *cli.Command {
	f := &whoFlags{driveFlags: driveFlags{failed: "Who can approve could not be read", words: [2]int{0, 1}}}
	return &cli.Command{
		Name: "who", Category: cmdline.GroupMain, ArgsUsage: "ADDRESS|PATH [PATH]",
		Action: f.action(f.check, f.who),
		Usage:  "Say who can approve: who alone, which groups, who is needed always, how many may leave",
		Description: `Of a template by its address, or of all in force on a folder or file. -if-gone says what can never
pass any more when somebody leaves: there, or without ADDRESS|PATH everywhere that the token may manage
templates.

Examples:
  countersign who template.modify policies
  countersign who -if-gone 测试2`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Text(&f.ifGone, "if-gone",
				"`USER` leaves: an id, a user name, a real name or an approver's address"),
		}, f.connectionFlags()),
	}
}

// check demands a template or a place, unless it is about somebody who leaves.
func (f *whoFlags) check(args cmdline.Arguments) error {
	if f.ifGone == "" && len(args.Words) == 0 {
		return args.Wrong(args.Words, 1)
	}
	return nil
}

// who says who can approve, or what becomes impossible when somebody leaves.
func (f *whoFlags) who(ctx context.Context, d *DriveRun) error {
	e, where, err := d.asked(ctx)
	switch {
	case err != nil:
		return err
	case f.ifGone != "":
		return f.gone(d, e, where)
	}
	if !e.Asked.IsZero() && len(e.Templates) == 1 && e.Templates[0].Unreadable != "" && d.JSON {
		return fault.New("Who can approve is not known", "%s: %s.", e.Asked, view.Unread(e.Templates[0].Unreadable))
	}
	return report.Print(d.Report, e, text.Who, viewjson.Who)
}

// gone says what becomes impossible when somebody leaves.
func (f *whoFlags) gone(d *DriveRun, e reconcile.Explanation, where string) error {
	person, err := d.person(f.ifGone, d.people(&e))
	if err != nil {
		return err
	}
	return report.Print(d.Report, e, func(w io.Writer, e reconcile.Explanation, s text.Settings) error {
		return text.IfGone(w, e, person, where, s)
	}, func(e reconcile.Explanation) ([]byte, error) { return viewjson.IfGone(e, person) })
}

// asked are the templates that were asked about, and where they are, in words. A template that is declared and not on
// the drive yet is as it is declared.
func (d *DriveRun) asked(ctx context.Context) (e reconcile.Explanation, where string, err error) {
	if len(d.words) == 0 {
		e, err = d.everywhere(ctx)
		return e, " that the token may manage", err
	}
	name := d.words[0]
	if e, err = d.explain(ctx, name); err != nil || !addr.Meant(name, "template") || len(e.Templates) > 0 {
		return e, " in force there", err
	}
	address := stored.Typed(name)
	t, err := d.DeclaredTemplate(address)
	if err != nil {
		return e, "", fault.New("No such template",
			"The drive has no %s any more, and the configuration does not declare it.", address)
	}
	e.Templates = []reconcile.InForce{{Address: address, Place: e.Place, Template: t.Template}}
	return e, " declared", nil
}

// everywhere reads each template that the token may manage. One that cannot be read ends the command: without it nobody
// could say what is impossible.
func (d *DriveRun) everywhere(ctx context.Context) (reconcile.Explanation, error) {
	var e reconcile.Explanation
	bindings, err := d.bindings(ctx)
	if err != nil {
		return e, err
	}
	bound := addressesByTID(bindings)
	managed, err := d.Client.Managed(ctx)
	if err != nil {
		return e, err
	}
	slices.SortFunc(managed, func(a, b schema.Managed) int { return int(a.ID - b.ID) })
	e.Templates, e.People = make([]reconcile.InForce, len(managed)), map[int64]schema.Person{}
	people := make([]map[int64]schema.Person, len(managed))
	for _, err := range parallel.Each(len(managed), d.Settings().Parallelism, func(i int) error {
		live, known, err := d.Client.Template(ctx, managed[i].ID, 0)
		if err != nil {
			return fmt.Errorf("read the template %s: %w",
				view.Called(managed[i].Title, bound[managed[i].ID], managed[i].ID), err)
		}
		people[i] = known
		e.Templates[i] = reconcile.InForce{ID: live.ID, Place: plans.Place{ID: live.ScopeID,
			Path: strings.Trim(managed[i].Path, "/")},
			Template: live.Template, Unreadable: live.Unreadable}
		return nil
	}) {
		if err != nil {
			return e, err
		}
	}
	for i := range e.Templates {
		for id, p := range people[i] {
			e.People[id] = p
		}
		for _, b := range bindings {
			if b.ID == e.Templates[i].ID {
				e.Templates[i].Address, e.Templates[i].Place.Kind = b.Address, b.ScopeKind
			}
		}
		at := &e.Templates[i].Place
		for _, s := range d.Config.Declaration.Scopes {
			if s.ID == at.ID || s.ID == 0 && at.Path != "" && spelling.Same(strings.Trim(s.Path, "/"), at.Path) {
				at.Address, at.Kind = s.Address, s.Kind
			}
		}
	}
	return e, nil
}

// people are all that are known: those that the configuration declares, and those of the templates that were read.
// The drive knows their names best.
func (d *DriveRun) people(e *reconcile.Explanation) []schema.Person {
	known := map[int64]schema.Person{}
	add := func(p schema.Person) {
		if p.ID != 0 && known[p.ID].Realname == "" {
			known[p.ID] = p
		}
	}
	for id, p := range e.People {
		p.ID = id
		add(p)
	}
	for _, a := range d.Config.Declaration.Approvers {
		add(a.Person)
	}
	for i := range e.Templates {
		for _, s := range e.Templates[i].Template.Steps {
			for _, p := range s.Approvers {
				add(p)
			}
		}
	}
	return slices.Collect(maps.Values(known))
}
