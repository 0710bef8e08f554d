package stored

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
)

type rekeyFlags struct{ run.Flags }

func RekeyCommand() *cli.Command {
	f := new(rekeyFlags)
	return &cli.Command{
		Name: "rekey", ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "Encrypt the state anew as the configuration says, or no longer",
		Description: `Rewrites state, journal and backup at once, under a new key. Keys of before are read from
COUNTERSIGN_STATE_OLD_IDENTITY and COUNTERSIGN_STATE_OLD_PASSPHRASE.

Example:
  countersign state rekey policies`,
		Flags: cmdline.Join(f.StoredFlags(), f.LockFlags()),
	}
}

// run seals what is kept anew.
func (f *rekeyFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	r := report.New(f.NoColor, false)
	store, found, err := run.FindState(f.Flags)
	if err != nil {
		return r.Fail(err)
	}
	if len(found) > 0 { // what the configuration says of encryption is not known
		return r.Fail(fault.Diagnostics(found))
	}
	unlock, err := lockState(ctx, r, store, f.Flags, "state rekey", false)
	if err != nil {
		return r.Fail(err)
	}
	defer fault.Finish(&err, unlock)
	is, kept, err := store.Rekey(ctx, run.VersionString())
	if err != nil {
		return r.Fail(err)
	}
	said := "in clear"
	if is != "" {
		said = "encrypted for " + is
	}
	if !kept {
		_, err = fmt.Fprintf(r.Out, "There is no state yet: the first one will be %s.\n", said)
		return err
	}
	_, err = fmt.Fprintf(r.Out, "The state %s is %s now, and so is the version before it.\n"+
		"Copies that were kept elsewhere, and versions that a server keeps, are as they were: remove those.\n",
		store.Path(), said)
	return err
}
