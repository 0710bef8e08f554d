// Package stored has the commands that work on the state alone, without the drive: state and force-unlock.
package stored

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/schema/addr"
	"countersign/schema/spelling"
	"countersign/state"
	"countersign/view/text"
)

type stateListFlags struct {
	run.Flags
	id *int64
}

func ListCommand() *cli.Command {
	f := new(stateListFlags)
	return &cli.Command{
		Name: "list", ArgsUsage: "[ADDRESS ...] [PATH]", Action: cmdline.Action(f.run),
		Usage: "List the addresses that the state binds",
		Description: `An ADDRESS stands for itself and its instances, the first part of one (template.up) for all that
begin with it.

Example:
  countersign state list template.upload policies`,
		Flags: cmdline.Join([]cli.Flag{
			&cli.Int64Flag{Name: "id", Action: cmdline.Given(&f.id),
				Usage: "only the address that stands for the template with this `ID`"},
		}, f.StoredFlags()),
	}
}

// run lists the addresses that the state knows: of templates, then of attachments.
func (f *stateListFlags) run(ctx context.Context, args cmdline.Arguments) error {
	prefixes, err := f.Resolve(args, 0, -1)
	if err != nil {
		return err
	}
	r := report.New(f.NoColor, false)
	st, err := r.Stored(ctx, f.Flags)
	if err != nil {
		return err
	}
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
			func(p string) bool { return Typed(a.String()).Completes(spelling.Form(p)) }) {
			continue
		}
		found = true
		if _, err := fmt.Fprintln(r.Out, a); err != nil {
			return err
		}
	}
	if !found {
		fmt.Fprintln(r.Err, "Nothing in the state matches.")
	}
	return nil
}

type stateShowFlags struct {
	run.Flags
	json bool
}

func ShowCommand() *cli.Command {
	f := new(stateShowFlags)
	return &cli.Command{
		Name: "show", ArgsUsage: "ADDRESS [PATH]", Action: cmdline.Action(f.run),
		Usage: "Show what the state says of one template or attachment",
		Description: `Example:
  countersign state show 'template.upload["legal"]' policies`,
		Flags: cmdline.Join(cmdline.JSONDocument(&f.json), f.StoredFlags()),
	}
}

// run shows one binding, or what is staged of one attachment.
func (f *stateShowFlags) run(ctx context.Context, args cmdline.Arguments) error {
	words, err := f.Resolve(args, 1, 1)
	if err != nil {
		return err
	}
	r := report.New(f.NoColor, f.json)
	st, err := r.Stored(ctx, f.Flags)
	if err != nil {
		return err
	}
	address := Meant(st.State, words[0])
	known := st.Index()
	if a, ok := known.Attachment(address); ok {
		if !r.JSON {
			return text.Attachment(r.Out, a, r.OutStyle)
		}
		return indented(r, a)
	}
	b := known.Bindings[address]
	if b == nil {
		return r.Fail(NotBound(st.State, address))
	}
	if !r.JSON {
		return text.Binding(r.Out, *b, st.Names(), r.OutStyle)
	}
	return indented(r, b)
}

// Typed is the address that somebody has typed, in the form that configurations have it in.
func Typed(text string) addr.Address { return addr.Of(spelling.Form(text)) }

// Meant is the address of a state that somebody has typed: the very one, or else one that is the same text, with
// instances or without.
func Meant(st state.State, text string) addr.Address {
	if very := addr.Of(text); slices.ContainsFunc(addresses(st), very.Contains) {
		return very
	}
	return Typed(text)
}

// addresses are those of templates, then those of attachments.
func addresses(st state.State) []addr.Address {
	var all []addr.Address
	for _, b := range st.Bindings {
		all = append(all, b.Address)
	}
	return append(all, AttachmentAddresses(st)...)
}

// indented prints a part of the state as the state file has it.
func indented(r *report.Report, v any) error {
	doc, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return r.Fail(err)
	}
	return r.Document(doc)
}

// NotBound says that the state has no such address, and names the near one.
func NotBound(st state.State, address addr.Address) error {
	known := addresses(st)
	if instances := InstancesOf(address, known); len(instances) > 0 {
		return fault.New("Name one instance", "%s has instances in the state: %s", address,
			strings.Join(instances[:min(len(instances), 10)], ", "))
	}
	return fault.New("The state binds no such address",
		"There is no %s in the state.%s \"countersign state list\" shows what there is.", address,
		cmdline.SuggestAddress(address, known))
}

// InstancesOf are those of the addresses that a block's stands for, as text.
func InstancesOf(block addr.Address, among []addr.Address) []string {
	return addr.Texts(slices.DeleteFunc(slices.Clone(among),
		func(a addr.Address) bool { return a == block || !block.Contains(a) }))
}

type statePullFlags struct{ run.Flags }

func PullCommand() *cli.Command {
	f := new(statePullFlags)
	return &cli.Command{
		Name: "pull", ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "Print the state as JSON, the journal folded in",
		Description: `Example:
  countersign state pull policies > backup.json`,
		Flags: f.StoredFlags(),
	}
}

// run prints the state as JSON.
func (f *statePullFlags) run(ctx context.Context, args cmdline.Arguments) error {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	r := report.New(f.NoColor, false)
	st, err := r.Stored(ctx, f.Flags)
	if err != nil {
		return err
	}
	if st.Lineage == "" && len(st.Bindings)+len(st.Attachments) == 0 {
		return r.Fail(fault.New("There is no state yet", "%s is made by the first apply or import.", st.Path()))
	}
	sealed, err := st.Handed(st.State)
	if err != nil {
		return r.Fail(err)
	}
	if sealed != nil {
		_, err = os.Stdout.Write(sealed)
		return err
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

func AttachmentAddresses(st state.State) []addr.Address {
	var all []addr.Address
	for _, a := range st.Attachments {
		all = append(all, a.Address)
	}
	return all
}
