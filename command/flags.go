package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/schema/config"
	"countersign/schema/spelling"
)

// A command is described to urfave/cli by a function of its own, and run by a method of its flags: each flag fills a
// field, so that a name that is mistyped does not compile, and what runs knows nothing of the library.

// arguments are what stands on a command line besides flags.
type arguments struct {
	words []string
	name  string // of the command, such as "countersign state mv"
	usage string // what it takes
}

// wrong says that arguments are missing or too many.
func (a arguments) wrong(rest []string, least int) error {
	if len(rest) < least {
		return fmt.Errorf("%s needs: %s\nFor help: %[1]s -help", a.name, a.usage)
	}
	return fmt.Errorf("%s takes no argument %q here (it takes: %s)\nFor help: %[1]s -help",
		a.name, rest[len(rest)-1], orNone(a.usage))
}

// runs is what urfave/cli calls to run a command.
func runs(run func(context.Context, arguments) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		return run(c.Context, arguments{words: c.Args().Slice(), name: c.Command.HelpName, usage: c.Command.ArgsUsage})
	}
}

// join joins groups of flags.
func join(groups ...[]cli.Flag) []cli.Flag { return slices.Concat(groups...) }

// yes is a flag that is true or false. What the field holds is the default, here and below.
func yes(to *bool, name, usage string) *cli.BoolFlag {
	return &cli.BoolFlag{Name: name, Usage: usage, Value: *to, Destination: to}
}

// text is a flag with a text. One that is given without a value is refused, as -out="$PLAN" is where PLAN is not set:
// what was asked for would silently not be done.
func text(to *string, name, usage string) *cli.StringFlag {
	f := anyText(to, name, usage)
	f.Action = func(c *cli.Context, value string) error {
		if strings.TrimSpace(value) != "" {
			return nil
		}
		return fmt.Errorf("-%s is given and empty (-%[1]s: %s)\nFor help: %s -help",
			name, strings.ReplaceAll(usage, "`", ""), c.Command.HelpName)
	}
	return f
}

// anyText is a flag with a text that may be empty.
func anyText(to *string, name, usage string) *cli.StringFlag {
	return &cli.StringFlag{Name: name, Usage: usage, Value: *to, Destination: to}
}

// texts is a flag that may be repeated.
func texts(to *[]string, name, usage string) *cli.StringSliceFlag {
	return &cli.StringSliceFlag{Name: name, Usage: usage, Action: func(_ *cli.Context, values []string) error {
		*to = values
		return nil
	}}
}

// given fills a field that stays nil where the flag is not given.
func given[T any](to **T) func(*cli.Context, T) error {
	return func(_ *cli.Context, value T) error {
		*to = &value
		return nil
	}
}

// common is the category of flags that many commands share; a command's help only names them, and "countersign help
// flags" explains them.
const common = "common"

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
		return errAssignment
	}
	*a.to = append(*a.to, config.Assignment{Name: spelling.Form(strings.TrimSpace(name)), Value: text})
	return nil
}

var errAssignment = errors.New("write -var NAME=VALUE")

// storedFlags are those of commands that read the configuration only to find the state. Variables may say where it is.
func (o *options) storedFlags() []cli.Flag {
	state := text(&o.state, "state", "keep the state in `FILE`, whatever the configuration says (or COUNTERSIGN_STATE)")
	path := text(&o.path, "config", "the configuration's `PATH`, where the argument could be taken for something else")
	state.Category, path.Category = common, common
	return []cli.Flag{
		&cli.GenericFlag{Name: "var", Value: &assignments{to: &o.vars}, Category: common,
			Usage: "give a variable its value: `NAME=VALUE`; may be repeated"},
		&cli.GenericFlag{Name: "var-file", Value: &assignments{to: &o.vars, file: true}, Category: common,
			Usage: "read variables from `FILE`; may be repeated"},
		state, path, noColor(&o.noColor),
	}
}

// configurationFlags are those of commands that need all of the configuration.
func (o *options) configurationFlags() []cli.Flag {
	o.input = true
	input := yes(&o.input, "input", "ask on a terminal for variables without a value and for approval")
	input.Category = common
	return append(o.storedFlags(), input)
}

func noColor(to *bool) cli.Flag {
	f := yes(to, "no-color", "no colour (nor with NO_COLOR, TERM=dumb, CI, or off a terminal)")
	f.Category = common
	return f
}

func (o *options) callFlags() []cli.Flag {
	return []cli.Flag{&cli.IntFlag{
		Name: "parallelism", Value: 10, Destination: &o.parallelism, Usage: "`N` calls to the drive at once", Category: common,
		Action: func(_ *cli.Context, n int) error {
			if n < 1 {
				return fmt.Errorf("-parallelism=%d: at least one call at a time is needed", n)
			}
			return nil
		},
	}}
}

func (o *options) lockFlags() []cli.Flag {
	o.lock = true
	lock := yes(&o.lock, "lock", "hold the state's lock (-lock=false: only when nobody else can be at work)")
	lock.Category = common
	return []cli.Flag{lock,
		&cli.DurationFlag{Name: "lock-timeout", Destination: &o.lockTimeout, Category: common,
			Usage: "wait this `LONG` for the lock, such as 30s"}}
}

// planningFlags are those that shape a plan.
func (p *planOptions) planningFlags() []cli.Flag {
	return append(p.narrowingFlags(),
		yes(&p.refreshOnly, "refresh-only", "record what is live, change nothing on the drive"),
		yes(&p.destroy, "destroy", "remove everything that the state binds"),
		yes(&p.NoRemovals, "no-removals", "leave removals and replacements out"))
}

func (p *planOptions) narrowingFlags() []cli.Flag {
	return []cli.Flag{
		target(&p.Targets),
		&cli.IntFlag{Name: "max-removals", Value: -1, Action: given(&p.maxRemovals),
			Usage: "refuse to remove more than `N` (default: 10 and more than 30 % of those bound)"},
	}
}

func (p *planOptions) jsonIntoFlag() []cli.Flag { return []cli.Flag{jsonInto(&p.jsonInto)} }

func target(to *[]string) cli.Flag {
	return texts(to, "target", "only `ADDRESS`: a template, its instances, or those of a scope; may be repeated")
}

func jsonDocument(to *bool) []cli.Flag {
	return []cli.Flag{yes(to, "json", "print one JSON document, also on failure")}
}

func jsonLines(to *bool) []cli.Flag {
	return []cli.Flag{yes(to, "json", "print a line of JSON an event, also on failure")}
}

func jsonInto(to *string) cli.Flag {
	return text(to, "json-into", "write the JSON to `FILE`, beside the text for people")
}

func reporting(to *[]string) cli.Flag {
	return texts(to, "report", "report `KIND=FILE`: markdown, html, gitlab, sarif, github (stdout if bare)")
}
