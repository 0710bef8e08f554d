package command

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/schema/addr"
	"countersign/schema/spelling"
	"countersign/state"
	"countersign/view"
)

type stateListFlags struct {
	options
	id *int64
}

func stateListCommand() *cli.Command {
	f := new(stateListFlags)
	return &cli.Command{
		Name: "list", ArgsUsage: "[ADDRESS ...] [PATH]", Action: runs(f.run),
		Usage: "List the addresses that the state binds",
		Description: `An ADDRESS stands for itself and its instances, the first part of one (template.up) for all that
begin with it.

Example:
  countersign state list template.upload policies`,
		Flags: join([]cli.Flag{
			&cli.Int64Flag{Name: "id", Action: given(&f.id),
				Usage: "only the address that stands for the template with this `ID`"},
		}, f.storedFlags()),
	}
}

// run lists the addresses that the state knows: of templates, then of attachments.
func (f *stateListFlags) run(ctx context.Context, args arguments) error {
	prefixes, err := f.resolve(args, 0, -1)
	if err != nil {
		return err
	}
	r, err := newReport(f.noColor, false, "")
	if err != nil {
		return err
	}
	st, err := readState(ctx, f.options)
	if err != nil {
		return r.fail(err)
	}
	r.warn(st.unsettled())
	list := addresses(st.State)
	if f.id != nil {
		list = nil
		for _, b := range st.Bindings {
			if b.ID == *f.id {
				list = append(list, b.Address)
			}
		}
	}
	found := false
	for _, a := range list {
		if len(prefixes) > 0 && !slices.ContainsFunc(prefixes,
			func(p string) bool { return typed(a.String()).Completes(spelling.Form(p)) }) {
			continue
		}
		found = true
		if _, err := fmt.Fprintln(r.out, a); err != nil {
			return err
		}
	}
	if !found {
		fmt.Fprintln(r.err, "Nothing in the state matches.")
	}
	return nil
}

type stateShowFlags struct {
	options
	json bool
}

func stateShowCommand() *cli.Command {
	f := new(stateShowFlags)
	return &cli.Command{
		Name: "show", ArgsUsage: "ADDRESS [PATH]", Action: runs(f.run),
		Usage: "Show what the state says of one template or attachment",
		Description: `Example:
  countersign state show 'template.upload["legal"]' policies`,
		Flags: join(jsonDocument(&f.json), f.storedFlags()),
	}
}

// run shows one binding, or what is staged of one attachment.
func (f *stateShowFlags) run(ctx context.Context, args arguments) error {
	words, err := f.resolve(args, 1, 1)
	if err != nil {
		return err
	}
	r, err := newReport(f.noColor, f.json, "")
	if err != nil {
		return err
	}
	st, err := readState(ctx, f.options)
	if err != nil {
		return r.fail(err)
	}
	r.warn(st.unsettled())
	address := meant(st.State, words[0])
	known := st.Index()
	if a, ok := known.Attachment(address); ok {
		if !r.json {
			return view.Attachment(r.out, a, r.outStyle)
		}
		return r.indented(a)
	}
	b := known.Bindings[address]
	if b == nil {
		return r.fail(notBound(st.State, address))
	}
	if !r.json {
		return view.Binding(r.out, *b, r.outStyle)
	}
	return r.indented(b)
}

// typed is the address that somebody has typed, in the form that configurations have it in.
func typed(text string) addr.Address { return addr.Of(spelling.Form(text)) }

// meant is the address of a state that somebody has typed: the very one, or else one that is the same text, with
// instances or without.
func meant(st state.State, text string) addr.Address {
	if very := addr.Of(text); slices.ContainsFunc(addresses(st), very.Contains) {
		return very
	}
	return typed(text)
}

// addresses are those of templates, then those of attachments.
func addresses(st state.State) []addr.Address {
	var all []addr.Address
	for _, b := range st.Bindings {
		all = append(all, b.Address)
	}
	return append(all, attachmentAddresses(st)...)
}

// indented prints a part of the state as the state file has it.
func (r *report) indented(v any) error {
	doc, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return r.fail(err)
	}
	return r.document(doc)
}

// notBound says that the state has no such address, and names the near one.
func notBound(st state.State, address addr.Address) error {
	known := addresses(st)
	if instances := instancesOf(address, known); len(instances) > 0 {
		return fault("Name one instance", "%s has instances in the state: %s", address,
			strings.Join(instances[:min(len(instances), 10)], ", "))
	}
	return fault("The state binds no such address",
		"There is no %s in the state.%s \"countersign state list\" shows what there is.", address,
		suggestAddress(address, known))
}

// instancesOf are those of the addresses that a block's stands for, as text.
func instancesOf(block addr.Address, among []addr.Address) []string {
	return addr.Texts(slices.DeleteFunc(slices.Clone(among),
		func(a addr.Address) bool { return a == block || !block.Contains(a) }))
}

type statePullFlags struct{ options }

func statePullCommand() *cli.Command {
	f := new(statePullFlags)
	return &cli.Command{
		Name: "pull", ArgsUsage: "[PATH]", Action: runs(f.run),
		Usage: "Print the state as JSON, the journal folded in",
		Description: `Example:
  countersign state pull policies > backup.json`,
		Flags: f.storedFlags(),
	}
}

// run prints the state as JSON.
func (f *statePullFlags) run(ctx context.Context, args arguments) error {
	if _, err := f.resolve(args, 0, 0); err != nil {
		return err
	}
	r, err := newReport(f.noColor, false, "")
	if err != nil {
		return err
	}
	st, err := readState(ctx, f.options)
	if err != nil {
		return r.fail(err)
	}
	r.warn(st.unsettled())
	if st.Lineage == "" && len(st.Bindings)+len(st.Attachments) == 0 {
		return r.fail(fault("There is no state yet", "%s is made by the first apply or import.", st.Path()))
	}
	var doc bytes.Buffer
	e := json.NewEncoder(&doc)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(st.State); err != nil {
		return err
	}
	_, err = os.Stdout.Write(spelling.JSON(doc.Bytes()))
	return err
}
