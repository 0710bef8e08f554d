package run

import (
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/schema/config"
	"countersign/schema/spelling"
)

// assignments is a flag that gives variables values: -var one by one, or -var-file by a file. Both add to one list in
// the order in which they are written, because later ones win.
type assignments struct {
	to   *[]config.Assignment
	file bool
}

func (a *assignments) String() string { return "" }

// Set takes one value. An error must not repeat it: it may be the value of a sensitive variable.
func (a *assignments) Set(value string) error {
	if a.file {
		*a.to = append(*a.to, config.Assignment{File: value})
		return nil
	}
	name, text, ok := strings.Cut(value, "=")
	if !ok || strings.TrimSpace(name) == "" {
		return cmdline.ErrAssignment
	}
	*a.to = append(*a.to, config.Assignment{Name: spelling.Form(strings.TrimSpace(name)), Value: text})
	return nil
}

// StoredFlags are the flags of commands that read the configuration only to find the state. Variables may say where
// it is.
func (o *Flags) StoredFlags() []cli.Flag {
	return []cli.Flag{
		&cli.GenericFlag{Name: "var", Value: &assignments{to: &o.Vars},
			Usage: "give a variable its value: `NAME=VALUE`; may be repeated"},
		&cli.GenericFlag{Name: "var-file", Value: &assignments{to: &o.Vars, file: true},
			Usage: "read variables from `FILE`; may be repeated"},
		cmdline.Text(&o.state, "state",
			"keep the state in `FILE`, whatever the configuration says (or COUNTERSIGN_STATE)"),
		cmdline.Text(&o.Path, "config",
			"the configuration's `PATH`, where the argument could be taken for something else"),
		cmdline.NoColor(&o.NoColor),
	}
}

// ConfigurationFlags are the flags of commands that need all of the configuration.
func (o *Flags) ConfigurationFlags() []cli.Flag {
	o.Input = true
	return append(o.StoredFlags(),
		cmdline.Bool(&o.Input, "input", "ask on a terminal for variables without a value and for approval"))
}

// RestrictFlag is for commands that run on files that nobody may have reviewed.
func (o *Flags) RestrictFlag() []cli.Flag {
	return []cli.Flag{cmdline.Bool(&o.restrict, "restrict",
		"trust the files with nothing: no env, no endpoint of their own")}
}

func (o *Flags) CallFlags() []cli.Flag {
	o.parallelism = 10
	return []cli.Flag{cmdline.AtLeastOne(&o.parallelism, "parallelism", "`N` calls to the drive at once")}
}

func (o *Flags) LockFlags() []cli.Flag {
	o.Lock = true
	return append([]cli.Flag{cmdline.Bool(&o.Lock, "lock",
		"hold the state's lock (-lock=false: only when nobody else can be at work)")}, o.LockTimeoutFlag()...)
}

func (o *Flags) LockTimeoutFlag() []cli.Flag {
	return []cli.Flag{&cli.DurationFlag{Name: "lock-timeout", Destination: &o.LockTimeout,
		Usage: "wait this `LONG` for the lock, such as 30s"}}
}

// PlanningFlags are the flags that shape a plan.
func (p *PlanFlags) PlanningFlags() []cli.Flag {
	return append(p.NarrowingFlags(),
		cmdline.Texts(&p.Replace, "replace", "make the template of `ADDRESS` anew; may be repeated"),
		cmdline.Bool(&p.RefreshOnly, "refresh-only", "record what is live, change nothing on the drive"),
		cmdline.Bool(&p.Destroy, "destroy", "remove everything that the state binds"),
		cmdline.Bool(&p.NoRemovals, "no-removals", "leave removals and replacements out"))
}

// NarrowingFlags are those of them that destroy has, too.
func (p *PlanFlags) NarrowingFlags() []cli.Flag {
	p.InFlight = true
	return []cli.Flag{
		cmdline.Target(&p.Targets),
		cmdline.Bool(&p.CompactWarnings, "compact-warnings", "show only the summaries of warnings"),
		cmdline.Bool(&p.InFlight, "in-flight", "count the open approvals of what changes or goes"),
		&cli.IntFlag{Name: "max-removals", Value: -1, Action: cmdline.Given(&p.RemovalLimit),
			Usage: "refuse to remove more than `N` (default: 10 and more than 30% of those bound)"},
	}
}

func (p *PlanFlags) JSONIntoFlag() []cli.Flag { return []cli.Flag{cmdline.JSONInto(&p.JSONInto)} }
