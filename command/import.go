package command

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/command/stored"
	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

type importFlags struct{ run.Flags }

func importCommand() *cli.Command {
	f := new(importFlags)
	return &cli.Command{
		Name: "import", Category: cmdline.GroupMain, ArgsUsage: "ADDRESS ID [PATH]", Action: cmdline.Action(f.run),
		Usage: "Bind a template that the drive has already to a declared address",
		Description: `Writes the state only, never the drive. ADDRESS must be declared, and the template with that ID
must be attached to the scope that ADDRESS declares; plan then shows what differs. An import block in the files
does the same within plan and apply.

Example:
  countersign import template.modify 5 policies`,
		Flags: cmdline.Join(f.ConfigurationFlags(), f.CallFlags(), f.LockFlags()),
	}
}

// run binds a template that the drive has already to a declared address. It writes the state alone.
func (f *importFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	words, err := f.Resolve(args, 2, 2)
	if err != nil {
		return err
	}
	address := stored.Typed(words[0])
	id, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil || id < 1 {
		return fmt.Errorf("import: %q is not a template's ID: write its number (tid), such as 5\nFor help: countersign import -help",
			words[1])
	}
	r, err := report.New(f.NoColor, false, "")
	if err != nil {
		return err
	}
	s := run.NewSession(ctx, f.Flags)
	defer fault.Finish(&err, s.Close)
	if err := s.Load(); err != nil {
		return r.Fail(err)
	}
	if _, _, err := declaredAt(s, address); err != nil { // a typo is told before the drive is called
		return r.Fail(err)
	}
	if err := r.Watch(s, func() error { return s.Reach(ctx, "import") }); err != nil {
		return r.Fail(err)
	}
	r.Warn(s.Warnings)
	live, err := bind(s, context.WithoutCancel(ctx), address, id)
	if err != nil {
		return r.Fail(err)
	}
	_, err = fmt.Fprintf(r.Out, "Import successful! %s now stands for tid %d, %q.\nNothing was changed on the drive; \"countersign plan\" shows what differs.\n",
		address, id, live.Template.Title)
	return err
}

// bind writes the binding of a live template to a declared address.
func bind(s *run.Session, ctx context.Context, address addr.Address, id int64) (*schema.Live, error) {
	refuse := func(format string, values ...any) error {
		return fault.New(fmt.Sprintf("Cannot import tid %d to %s", id, address), format, values...)
	}
	declared, scope, err := declaredAt(s, address)
	if err != nil {
		return nil, err
	}
	for _, b := range s.Settled.State.Bindings {
		deposed := slices.ContainsFunc(b.Deposed, func(d state.Deposed) bool { return d.ID == id })
		switch {
		case b.Address == address && b.ID == id:
			return nil, refuse("That is what it stands for already; there is nothing to import.")
		case b.Address == address && b.ID != 0:
			return nil, refuse("%s stands for tid %d. Forget that first: countersign state rm '%s'", address, b.ID,
				address)
		case b.ID == id || deposed:
			return nil, refuse("tid %d is bound to %s. To give it another address: countersign state mv '%s' '%s'", id,
				b.Address, b.Address, address)
		}
	}
	live, elsewhere := findTemplate(s, scope.ID, id)
	switch {
	case live == nil && elsewhere != nil:
		return nil, refuse("That template is attached to %d, and only inherited by or apart from %s (id %d), the scope that %s declares. Declare the scope it is attached to.",
			elsewhere.ScopeID, scope.Address, scope.ID, address)
	case live == nil:
		return nil, refuse("The drive has no template of that ID on %s (id %d). Its templates are: %s", scope.Address,
			scope.ID, titlesOn(s, scope.ID))
	}
	after := s.Settled.State
	binding := state.Binding{
		Address: address, ID: id, ScopeID: scope.ID, Scope: scope.Address, ScopeKind: scope.Kind, ScopePath: scope.Path,
		Recorded: live.Template.Normalise(), Sets: reconcile.ImportSets(declared.Sets,
			live.Template), PreventDestroy: declared.PreventDestroy,
	}
	if i := slices.IndexFunc(after.Bindings, func(b state.Binding) bool { return b.Address == address }); i >= 0 {
		binding.Deposed = after.Bindings[i].Deposed // only those were left of it
		after.Bindings = slices.Delete(slices.Clone(after.Bindings), i, i+1)
	}
	after.Bindings = append(slices.Clone(after.Bindings), binding)
	slices.SortFunc(after.Bindings, func(a, b state.Binding) int { return a.Address.Compare(b.Address) })
	if _, err := s.State.Write(ctx, after); err != nil {
		return nil, fault.New("The state could not be written", "%v. Nothing was imported.", err)
	}
	return live, nil
}

// declaredAt finds a declared template and its scope, the scope's id known.
func declaredAt(s *run.Session, address addr.Address) (schema.Declared, schema.Scope, error) {
	decl := s.Config.Declaration
	i := slices.IndexFunc(decl.Templates, func(t schema.Declared) bool { return t.Address == address })
	if i < 0 {
		var known []addr.Address
		for _, t := range decl.Templates {
			known = append(known, t.Address)
		}
		return schema.Declared{}, schema.Scope{}, fault.New("No such template is declared",
			"The configuration in %s declares no %s.%s Write its block first, then import.", s.Path, address,
			cmdline.SuggestAddress(address, known))
	}
	t := decl.Templates[i]
	j := slices.IndexFunc(decl.Scopes, func(sc schema.Scope) bool { return sc.Address == t.Scope })
	if j < 0 {
		return t, schema.Scope{}, fault.New("The scope of "+address.String()+" is not known", "%s names the scope %q.",
			address, t.Scope)
	}
	scope := decl.Scopes[j]
	if scope.ID == 0 && s.World != nil {
		scope.ID = s.World.ScopeIDs[scope.Address]
	}
	return t, scope, nil
}

// findTemplate looks for a live template on a scope, or else anywhere that was read.
func findTemplate(s *run.Session, scope, id int64) (there, elsewhere *schema.Live) {
	for _, list := range s.World.Listings {
		for i := range list.Templates {
			if l := &list.Templates[i]; l.ID == id {
				if l.ScopeID == scope {
					return l, nil
				}
				elsewhere = l
			}
		}
	}
	return nil, elsewhere
}

// titlesOn lists what is attached to a scope itself.
func titlesOn(s *run.Session, scope int64) string {
	var known []string
	for _, l := range s.World.Listings[scope].Templates {
		if l.ScopeID == scope {
			known = append(known, fmt.Sprintf("%d %q", l.ID, l.Template.Title))
		}
	}
	return cmdline.OrNone(strings.Join(known, ", "))
}
