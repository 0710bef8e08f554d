package command

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

// ForceUnlock takes the state's lock away from a run that is dead.
func ForceUnlock(c *cli.Context) error {
	o, args, err := readOptions(c, 1, 1)
	if err != nil {
		return err
	}
	r, err := newReport(o.noColor, false, "")
	if err != nil {
		return err
	}
	local, err := findState(o)
	if err != nil {
		return r.fail(err)
	}
	if !c.Bool("force") {
		yes, err := confirm(c.Context, "Do you really want to force-unlock?",
			fmt.Sprintf("The lock of %s is taken away from whoever holds it.\nIf that run is alive, two of them may write at once and make templates twice.", local.Path()))
		switch {
		case err == errInterrupted:
			return r.fail(err)
		case err != nil:
			return r.fail(fault("The lock was left as it is: nobody can be asked", "%v. Add -force to unlock without a question.", sentence(err.Error())))
		case !yes:
			return r.fail(fault("The lock was left as it is", "The answer was not yes."))
		}
	}
	if err := local.ForceUnlock(c.Context, args[0]); err != nil {
		return r.fail(err)
	}
	_, err = fmt.Fprintf(r.out, "The lock of %s has been taken away.\n", local.Path())
	return err
}
