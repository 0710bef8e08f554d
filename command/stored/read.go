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
	flags
	id *int64
}

func listCommand() *cli.Command {
	f := new(stateListFlags)
	return &cli.Command{
		Name: "list", ArgsUsage: "[ADDRESS ...] [PATH]",
		Action: f.action(run.StateUnread, 0, -1, f.list),
		Usage:  "List the addresses that the state binds",
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

// list lists the addresses that the state knows: of templates, then of attachments.
func (f *stateListFlags) list(ctx context.Context, s *opened) error {
	st, err := s.read(ctx)
	if err != nil {
		return err
	}
	list := addresses(st)
	if f.id != nil {
		list = nil
		for _, b := range st.Bindings {
			if b.ID == *f.id {
				list = append(list, b.Address)
			}
		}
	}
	if len(s.words) > 0 {
		list = slices.DeleteFunc(list, func(a addr.Address) bool {
			return !slices.ContainsFunc(s.words,
				func(p string) bool { return Typed(a.String()).Completes(spelling.Form(p)) })
		})
	}
	switch {
	case len(list) == 0 && len(st.Bindings)+len(st.Attachments) == 0:
		_, err = fmt.Fprintln(s.Err, "The state binds nothing.")
		return err
	case len(list) == 0:
		_, err = fmt.Fprintln(s.Err, "Nothing in the state matches.")
		return err
	}
	_, err = fmt.Fprintln(s.Out, strings.Join(addr.Texts(list), "\n"))
	return err
}

func showOneCommand() *cli.Command {
	f := new(flags)
	return &cli.Command{
		Name: "show", ArgsUsage: "ADDRESS [PATH]",
		Action: f.action(run.StateUnread, 1, 1, showOne),
		Usage:  "Show what the state says of one template or attachment",
		Description: `Example:
  countersign state show 'template.upload["legal"]' policies`,
		Flags: slices.Concat(cmdline.JSONDocument(&f.json), f.StoredFlags()),
	}
}

// showOne shows one binding, or what is staged of one attachment.
func showOne(ctx context.Context, s *opened) error {
	st, err := s.read(ctx)
	if err != nil {
		return err
	}
	address := Meant(st, s.words[0])
	known := st.Index()
	if a, ok := known.Attachment(address); ok {
		return report.Print(s.Report, a, text.Attachment, asKept)
	}
	b := known.Bindings[address]
	if b == nil {
		return NotBound(st, address)
	}
	return report.Print(s.Report, *b, func(w io.Writer, b state.Binding, style text.Settings) error {
		return text.Binding(w, b, s.Names(st), style)
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

func pullCommand() *cli.Command {
	f := new(flags)
	return &cli.Command{
		Name: "pull", ArgsUsage: "[PATH]",
		Action: f.action(run.StateUnread, 0, 0, pull),
		Usage:  "Print the state as JSON, the journal folded in",
		Description: `Example:
  countersign state pull policies > backup.json`,
		Flags: f.StoredFlags(),
	}
}

// pull prints the state as JSON, sealed if it is kept sealed.
func pull(ctx context.Context, s *opened) error {
	st, err := s.read(ctx)
	if err != nil {
		return err
	}
	if st.Lineage == "" && len(st.Bindings)+len(st.Attachments) == 0 {
		return none(s.Store)
	}
	doc, err := s.Handed(st)
	if err == nil && doc == nil { // it is not sealed
		if doc, err = view.IndentedJSON(st); err == nil {
			doc = append(spelling.JSON(doc), '\n')
		}
	}
	if err != nil {
		return err
	}
	_, err = s.Out.Write(doc)
	return err
}

func AttachmentAddresses(st state.State) []addr.Address {
	var all []addr.Address
	for _, a := range st.Attachments {
		all = append(all, a.Address)
	}
	return all
}
