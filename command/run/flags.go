package run

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/schema/config"
	"countersign/schema/spelling"
)

// Assignments is a flag that gives variables values: -var one by one, or -var-file by a file. Both add to one list in
// the order in which they are written, because later ones win.
type Assignments struct {
	To   *[]config.Assignment
	file bool
}

func (a *Assignments) String() string { return "" }

// Set takes one value. An error must not repeat it: it may be the value of a sensitive variable.
func (a *Assignments) Set(value string) error {
	if a.file {
		*a.To = append(*a.To, config.Assignment{File: value})
		return nil
	}
	name, text, ok := strings.Cut(value, "=")
	if !ok || strings.TrimSpace(name) == "" {
		return cmdline.ErrAssignment
	}
	*a.To = append(*a.To, config.Assignment{Name: spelling.Form(strings.TrimSpace(name)), Value: text})
	return nil
}

// StoredFlags are those of commands that read the configuration only to find the state. Variables may say where it is.
func (o *Flags) StoredFlags() []cli.Flag {
	state := cmdline.Text(&o.state, "state", "keep the state in `FILE`, whatever the configuration says (or "+
		"COUNTERSIGN_STATE)")
	path := cmdline.Text(&o.Path, "config", "the configuration's `PATH`, where the argument could be taken for "+
		"something else")
	state.Category, path.Category = cmdline.Common, cmdline.Common
	return []cli.Flag{
		&cli.GenericFlag{Name: "var", Value: &Assignments{To: &o.Vars}, Category: cmdline.Common,
			Usage: "give a variable its value: `NAME=VALUE`; may be repeated"},
		&cli.GenericFlag{Name: "var-file", Value: &Assignments{To: &o.Vars, file: true}, Category: cmdline.Common,
			Usage: "read variables from `FILE`; may be repeated"},
		state, path, cmdline.NoColor(&o.NoColor),
	}
}

// ConfigurationFlags are those of commands that need all of the configuration.
func (o *Flags) ConfigurationFlags() []cli.Flag {
	o.Input = true
	input := cmdline.Bool(&o.Input, "input", "ask on a terminal for variables without a value and for approval")
	input.Category = cmdline.Common
	return append(o.StoredFlags(), input)
}

// RestrictFlag is that of commands that run on what is proposed, before anybody has reviewed it.
func (o *Flags) RestrictFlag() []cli.Flag {
	return []cli.Flag{cmdline.Bool(&o.restrict, "restrict", "trust the files with nothing: no env, no endpoint of "+
		"their own")}
}

func (o *Flags) CallFlags() []cli.Flag {
	return []cli.Flag{&cli.IntFlag{
		Name: "parallelism", Value: 10, Destination: &o.parallelism, Usage: "`N` calls to the drive at once", Category: cmdline.Common,
		Action: func(_ *cli.Context, n int) error {
			if n < 1 {
				return fmt.Errorf("-parallelism=%d: at least one call at a time is needed", n)
			}
			return nil
		},
	}}
}

func (o *Flags) LockFlags() []cli.Flag {
	o.Lock = true
	lock := cmdline.Bool(&o.Lock, "lock", "hold the state's lock (-lock=false: only when nobody else can be at work)")
	lock.Category = cmdline.Common
	return append([]cli.Flag{lock}, o.LockTimeoutFlag()...)
}

func (o *Flags) LockTimeoutFlag() []cli.Flag {
	return []cli.Flag{
		&cli.DurationFlag{Name: "lock-timeout", Destination: &o.LockTimeout, Category: cmdline.Common,
			Usage: "wait this `LONG` for the lock, such as 30s"}}
}

// PlanningFlags are those that shape a plan.
func (p *PlanFlags) PlanningFlags() []cli.Flag {
	return append(p.NarrowingFlags(),
		cmdline.Texts(&p.Replace, "replace", "make the template of `ADDRESS` anew; may be repeated"),
		cmdline.Bool(&p.RefreshOnly, "refresh-only", "record what is live, change nothing on the drive"),
		cmdline.Bool(&p.Destroy, "destroy", "remove everything that the state binds"),
		cmdline.Bool(&p.NoRemovals, "no-removals", "leave removals and replacements out"))
}

func (p *PlanFlags) NarrowingFlags() []cli.Flag {
	compact := cmdline.Bool(&p.CompactWarnings, "compact-warnings", "of warnings tell the summaries alone")
	compact.Category = cmdline.Common
	p.InFlight = true
	inFlight := cmdline.Bool(&p.InFlight, "in-flight", "count the open approvals of what changes or goes")
	inFlight.Category = cmdline.Common
	return []cli.Flag{
		cmdline.Target(&p.Targets), compact, inFlight,
		&cli.IntFlag{Name: "max-removals", Value: -1, Action: cmdline.Given(&p.RemovalLimit),
			Usage: "refuse to remove more than `N` (default: 10 and more than 30% of those bound)"},
	}
}

func (p *PlanFlags) JSONIntoFlag() []cli.Flag { return []cli.Flag{cmdline.JSONInto(&p.JSONInto)} }
