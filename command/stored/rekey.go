package stored

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/command/fault"
	"countersign/command/run"
)

func rekeyCommand() *cli.Command {
	f := new(flags)
	return &cli.Command{
		Name: "rekey", ArgsUsage: "[PATH]",
		Action: f.action("The state could not be encrypted anew", 0, 0, rekey),
		Usage:  "Encrypt the state anew as the configuration says, or no longer",
		Description: `Rewrites state, journal and backup at once, under a new key. Keys of before are read from
COUNTERSIGN_STATE_OLD_IDENTITY and COUNTERSIGN_STATE_OLD_PASSPHRASE.

Example:
  countersign state rekey policies`,
		Flags: slices.Concat(f.StoredFlags(), f.LockFlags()),
	}
}

// rekey encrypts the state anew.
func rekey(ctx context.Context, s *opened) error {
	if len(s.Found) > 0 { // what the configuration says of encryption is not known
		return fault.New("The state was left as it is",
			"How it is to be encrypted cannot be read from the configuration.")
	}
	if err := s.lock(ctx, "state rekey", false); err != nil {
		return err
	}
	whom, kept, err := s.Rekey(ctx, run.VersionString())
	if err != nil {
		return err
	}
	how := "in clear"
	if whom != "" {
		how = "encrypted for " + whom
	}
	if !kept {
		_, err = fmt.Fprintf(s.Out, "There is no state yet: the first one will be %s.\n", how)
		return err
	}
	_, err = fmt.Fprintf(s.Out, "The state %s is %s now, and so is the version before it.\n"+
		"Copies that were kept elsewhere, and versions that a server keeps, are as they were: remove those.\n",
		s.Path(), how)
	return err
}
