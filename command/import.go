package command

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

type importFlags struct{ options }

func importCommand() *cli.Command {
	f := new(importFlags)
	return &cli.Command{
		Name: "import", Category: groupMain, ArgsUsage: "ADDRESS ID [PATH]", Action: runs(f.run),
		Usage: "Bind a template that the drive has already to a declared address",
		Description: `Writes the state only, never the drive. ADDRESS must be declared, and the template with that ID
must be attached to the scope that ADDRESS declares; plan then shows what differs. An import block in the files
does the same within plan and apply.

Example:
  countersign import template.modify 5 policies`,
		Flags: join(f.configurationFlags(), f.callFlags(), f.lockFlags()),
	}
}

// run binds a template that the drive has already to a declared address. It writes the state alone.
func (f *importFlags) run(ctx context.Context, args arguments) (err error) {
	words, err := f.resolve(args, 2, 2)
	if err != nil {
		return err
	}
	address := typed(words[0])
	id, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil || id < 1 {
		return fmt.Errorf("import: %q is not a template's ID: write its number (tid), such as 5\nFor help: countersign import -help",
			words[1])
	}
	r, err := newReport(f.noColor, false, "")
	if err != nil {
		return err
	}
	s := newSession(ctx, f.options)
	defer finish(&err, s.close)
	if err := s.load(); err != nil {
		return r.fail(err)
	}
	if _, _, err := s.declared(address); err != nil { // a typo is told before the drive is called
		return r.fail(err)
	}
	if err := r.watch(s, func() error { return s.reach(ctx, "import") }); err != nil {
		return r.fail(err)
	}
	r.warn(s.warnings)
	live, err := s.bind(context.WithoutCancel(ctx), address, id)
	if err != nil {
		return r.fail(err)
	}
	_, err = fmt.Fprintf(r.out, "Import successful! %s now stands for tid %d, %q.\nNothing was changed on the drive; \"countersign plan\" shows what differs.\n",
		address, id, live.Template.Title)
	return err
}

// bind writes the binding of a live template to a declared address.
func (s *session) bind(ctx context.Context, address addr.Address, id int64) (*schema.Live, error) {
	refuse := func(format string, values ...any) error {
		return fault(fmt.Sprintf("Cannot import tid %d to %s", id, address), format, values...)
	}
	declared, scope, err := s.declared(address)
	if err != nil {
		return nil, err
	}
	for _, b := range s.settled.State.Bindings {
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
	live, elsewhere := s.find(scope.ID, id)
	switch {
	case live == nil && elsewhere != nil:
		return nil, refuse("That template is attached to %d, and only inherited by or apart from %s (id %d), the scope that %s declares. Declare the scope it is attached to.",
			elsewhere.ScopeID, scope.Address, scope.ID, address)
	case live == nil:
		return nil, refuse("The drive has no template of that ID on %s (id %d). Its templates are: %s", scope.Address,
			scope.ID, s.titles(scope.ID))
	}
	after := s.settled.State
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
	if _, err := s.state.Write(ctx, after); err != nil {
		return nil, fault("The state could not be written", "%v. Nothing was imported.", err)
	}
	return live, nil
}

// declared finds a declared template and its scope, the scope's id known.
func (s *session) declared(address addr.Address) (schema.Declared, schema.Scope, error) {
	decl := s.config.Declaration
	i := slices.IndexFunc(decl.Templates, func(t schema.Declared) bool { return t.Address == address })
	if i < 0 {
		var known []addr.Address
		for _, t := range decl.Templates {
			known = append(known, t.Address)
		}
		return schema.Declared{}, schema.Scope{}, fault("No such template is declared",
			"The configuration in %s declares no %s.%s Write its block first, then import.", s.path, address,
			suggestAddress(address, known))
	}
	t := decl.Templates[i]
	j := slices.IndexFunc(decl.Scopes, func(sc schema.Scope) bool { return sc.Address == t.Scope })
	if j < 0 {
		return t, schema.Scope{}, fault("The scope of "+address.String()+" is not known", "%s names the scope %q.",
			address, t.Scope)
	}
	scope := decl.Scopes[j]
	if scope.ID == 0 && s.world != nil {
		scope.ID = s.world.ScopeIDs[scope.Address]
	}
	return t, scope, nil
}

// find looks for a live template on a scope, or else anywhere that was read.
func (s *session) find(scope, id int64) (there, elsewhere *schema.Live) {
	for _, list := range s.world.Listings {
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

// titles lists what is attached to a scope itself.
func (s *session) titles(scope int64) string {
	var known []string
	for _, l := range s.world.Listings[scope].Templates {
		if l.ScopeID == scope {
			known = append(known, fmt.Sprintf("%d %q", l.ID, l.Template.Title))
		}
	}
	return orNone(strings.Join(known, ", "))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
