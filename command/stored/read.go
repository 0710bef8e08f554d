package stored

import (
	"context"
	"fmt"
	"io"
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
	"countersign/view"
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
		Flags: slices.Concat([]cli.Flag{
			&cli.Int64Flag{Name: "id", Action: cmdline.Given(&f.id),
				Usage: "only the address that stands for the template with this `ID`"},
		}, f.StoredFlags()),
	}
}

// run lists the addresses that the state knows: of templates, then of attachments.
func (f *stateListFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	prefixes, err := f.Resolve(args, 0, -1)
	if err != nil {
		return err
	}
	r := report.New(f.NoColor, false)
	defer r.End(&err)
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
	if len(prefixes) > 0 {
		list = slices.DeleteFunc(list, func(a addr.Address) bool {
			return !slices.ContainsFunc(prefixes, func(p string) bool { return Typed(a.String()).Completes(spelling.Form(p)) })
		})
	}
	switch {
	case len(list) == 0 && len(st.Bindings)+len(st.Attachments) == 0:
		_, err = fmt.Fprintln(r.Err, "The state binds nothing.")
		return err
	case len(list) == 0:
		_, err = fmt.Fprintln(r.Err, "Nothing in the state matches.")
		return err
	}
	_, err = fmt.Fprintln(r.Out, strings.Join(addr.Texts(list), "\n"))
	return err
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
		Flags: slices.Concat(cmdline.JSONDocument(&f.json), f.StoredFlags()),
	}
}

// run shows one binding, or what is staged of one attachment.
func (f *stateShowFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	words, err := f.Resolve(args, 1, 1)
	if err != nil {
		return err
	}
	r := report.New(f.NoColor, f.json)
	defer r.End(&err)
	st, err := r.Stored(ctx, f.Flags)
	if err != nil {
		return err
	}
	address := Meant(st.State, words[0])
	known := st.Index()
	if a, ok := known.Attachment(address); ok {
		return report.Print(r, a, text.Attachment, asKept)
	}
	b := known.Bindings[address]
	if b == nil {
		return NotBound(st.State, address)
	}
	return report.Print(r, *b, func(w io.Writer, b state.Binding, s text.Settings) error {
		return text.Binding(w, b, st.Names(), s)
	}, asKept)
}

// asKept is a part of the state as the state file has it.
func asKept[T any](part T) ([]byte, error) { return view.IndentedJSON(part) }

// Typed is the address that somebody has typed, spelled as configurations spell it.
func Typed(text string) addr.Address { return addr.Of(spelling.Form(text)) }

// Meant is the address in a state that somebody has typed: that very one, or else the same text in another spelling.
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

// NotBound says that the state has no such address, and names the near one.
func NotBound(st state.State, address addr.Address) error {
	known := addresses(st)
	return fault.New("The state binds no such address",
		"There is no %s in the state.%s \"countersign state list\" shows what there is.", address,
		cmdline.SuggestAddress(address, known))
}

func PullCommand() *cli.Command {
	f := new(flags)
	return &cli.Command{
		Name: "pull", ArgsUsage: "[PATH]", Action: cmdline.Action(f.pull),
		Usage: "Print the state as JSON, the journal folded in",
		Description: `Example:
  countersign state pull policies > backup.json`,
		Flags: f.StoredFlags(),
	}
}

// pull prints the state as JSON, sealed if it is kept sealed.
func (f *flags) pull(ctx context.Context, args cmdline.Arguments) (err error) {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	r := report.New(f.NoColor, false)
	defer r.End(&err)
	st, err := r.Stored(ctx, f.Flags)
	if err != nil {
		return err
	}
	if st.Lineage == "" && len(st.Bindings)+len(st.Attachments) == 0 {
		return none(st.Store)
	}
	doc, err := st.Handed(st.State)
	if err == nil && doc == nil { // it is not sealed
		if doc, err = view.IndentedJSON(st.State); err == nil {
			doc = append(spelling.JSON(doc), '\n')
		}
	}
	if err != nil {
		return err
	}
	_, err = r.Out.Write(doc)
	return err
}

func AttachmentAddresses(st state.State) []addr.Address {
	var all []addr.Address
	for _, a := range st.Attachments {
		all = append(all, a.Address)
	}
	return all
}
