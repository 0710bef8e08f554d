package live

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/command/stored"
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

func ExplainCommand() *cli.Command {
	f := &driveFlags{failed: "What is in force there could not be read", words: [2]int{1, 1}}
	return &cli.Command{
		Name: "explain", Category: cmdline.GroupMain, ArgsUsage: "ID|PATH|ADDRESS [PATH]",
		Action: f.action(nil, explain),
		Usage:  "Say which approvals are in force on a folder or file, from where, and who must approve",
		Description: `The place is an id, a path on the drive, or the address of a folder or file block; a template's
address explains that template alone. Without a configuration YOMICLOUD_ENDPOINT and _TOKEN say where the drive
is.

Examples:
  countersign explain 公司文件/合同/章程.pdf
  countersign explain template.modify policies`,
		Flags: f.connectionFlags(),
	}
}

// explain says which templates are in force on a folder or file, from where each comes, and who must approve.
func explain(ctx context.Context, d *DriveRun) error {
	e, err := d.explain(ctx, d.words[0])
	if err != nil {
		return err
	}
	return report.Print(d.Report, e, text.Explanation, viewjson.Explanation)
}

// explain reads what is in force on a place that is named by id, path or address. The address of a template explains
// that template alone.
func (d *DriveRun) explain(ctx context.Context, name string) (reconcile.Explanation, error) {
	bindings, err := d.bindings(ctx)
	if err != nil {
		return reconcile.Explanation{}, err
	}
	isTemplate := addr.Meant(name, "template")
	address := stored.Typed(name)
	var at place
	if isTemplate {
		at, err = d.placeOfTemplate(ctx, address, bindings)
	} else {
		at, err = d.Place(ctx, name, false)
		if meant := d.nearAddress(name); err != nil && meant != "" {
			err = fault.New("There is no such template, folder or file", "Nothing is called %q.%s", name, meant)
		}
	}
	if err != nil {
		return reconcile.Explanation{}, err
	}
	listing, err := d.Client.Templates(ctx, at.ID)
	if err != nil {
		return reconcile.Explanation{}, err
	}
	around := reconcile.Surroundings{Declared: d.Source != nil, Declaration: d.Config.Declaration, Bindings: bindings,
		Catalogue: d.catalogue(ctx), Paths: map[int64]string{}}
	for _, p := range at.above {
		around.Above = append(around.Above, p.ID)
		around.Paths[p.ID] = p.path
	}
	if at.path != "" {
		around.Paths[at.ID] = at.path
	}
	d.learnPaths(ctx, listing, around.Paths)
	e := reconcile.Explain(plans.Place{ID: at.ID, Kind: at.kind, Path: at.path}, listing, around)
	if isTemplate {
		e = e.Only(address)
	}
	return e, nil
}

// nearAddress suggests a declared template's address for a word that is written as an address and is none.
func (d *DriveRun) nearAddress(name string) string {
	a, err := addr.Parse(name)
	if err != nil || a.Kind == "folder" || a.Kind == "file" {
		return ""
	}
	var known []addr.Address
	for _, t := range d.Config.Declaration.Templates {
		known = append(known, t.Address)
	}
	return cmdline.SuggestAddress(a, known)
}

// bindings are what the state says, if there is a configuration and its state is of this drive.
func (d *DriveRun) bindings(ctx context.Context) ([]state.Binding, error) {
	if d.Config.State.Path == "" {
		return nil, nil
	}
	st, err := d.storedState(ctx)
	if err != nil || st.Drive != "" && st.Drive != d.Config.Provider.Endpoint {
		return nil, err
	}
	return st.Bindings, nil
}

// storedState reads the state of the configuration, which says where it is.
func (d *DriveRun) storedState(ctx context.Context) (state.State, error) {
	store, err := run.StateOf(d.Config, d.Log)
	if err != nil {
		return state.State{}, err
	}
	st, _, err := store.Read(ctx)
	return st, fault.Headed(run.StateUnread, err)
}

// bound are the addresses that the state binds templates to, by tid. Without the state tids are shown, so that failing
// to read it is no error.
func (d *DriveRun) bound(ctx context.Context) map[int64]addr.Address {
	bindings, _ := d.bindings(ctx)
	return addressesByTID(bindings)
}

// addressesByTID are the addresses of templates, also of those that a replacement has left over.
func addressesByTID(bindings []state.Binding) map[int64]addr.Address {
	out := make(map[int64]addr.Address, len(bindings))
	for _, b := range bindings {
		out[b.ID] = b.Address
		for _, old := range b.Deposed {
			out[old.ID] = b.Address
		}
	}
	delete(out, 0)
	return out
}

// learnPaths finds the paths of folders that templates are inherited from. The list of all that one may manage has
// them; who may not read that list sees ids.
func (d *DriveRun) learnPaths(ctx context.Context, listing schema.Listing, paths map[int64]string) {
	unknown := func(l schema.Live) bool { return paths[l.ScopeID] == "" }
	if !slices.ContainsFunc(listing.Templates, unknown) {
		return
	}
	managed, err := d.Client.Managed(ctx)
	if err != nil {
		return
	}
	byTemplate := make(map[int64]string, len(managed))
	for _, m := range managed {
		byTemplate[m.ID] = strings.Trim(m.Path, "/")
	}
	for _, l := range listing.Templates {
		if path := byTemplate[l.ID]; unknown(l) && path != "" {
			paths[l.ScopeID] = path
		}
	}
}

// placeOfTemplate is where the template of an address is, or would be.
func (d *DriveRun) placeOfTemplate(ctx context.Context, address addr.Address, bindings []state.Binding) (place, error) {
	bound := func(b state.Binding) bool { return b.Address == address && b.ID != 0 }
	if i := slices.IndexFunc(bindings, bound); i >= 0 {
		return place{ID: bindings[i].ScopeID, kind: bindings[i].ScopeKind, path: bindings[i].ScopePath}, nil
	}
	if t, err := d.DeclaredTemplate(address); err == nil {
		return d.scope(ctx, t.Scope, false)
	}
	var known []addr.Address
	for _, t := range d.Config.Declaration.Templates {
		known = append(known, t.Address)
	}
	for _, b := range bindings {
		known = append(known, b.Address)
	}
	slices.SortFunc(known, addr.Address.Compare)
	return place{}, fault.New("No such template is declared",
		"Neither the configuration in %s nor its state has a %s.%s", d.Opened.Path, address,
		cmdline.SuggestAddress(address, slices.Compact(known)))
}
