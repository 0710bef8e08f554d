// Package cmdline is all that stands between a command and urfave/cli: words and flags in any order, the flags that commands
// share, help, and what to say to a word that is none of them. It knows of no configuration.
package cmdline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"countersign/schema/addr"
	"countersign/schema/near"
	"countersign/schema/spelling"
)

// commandLine is a command line put in the order that urfave/cli reads: flags of the program, the command, its
// flags, a double dash, everything else. Or help is its answer.
type commandLine struct {
	Name    string // the command, or its group
	Command string // the command with its group
	Args    []string
	Help    func() string
	Empty   bool // nothing at all was written, which help answers and a pipeline must not take for success
}

// Arrange puts a command line in order. urfave/cli stops reading flags at the first argument, people do not: they
// write flags before and after the path, with one dash or two. Unknown commands and flags are found here too,
// where the near name can be told.
func Arrange(app *cli.App, args []string) (commandLine, error) {
	var global, names, local, rest []string
	var at *cli.Command // the command that the words so far name
	within, help := app.Commands, false
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			switch {
			case len(within) == 0:
				if err := notADash(app, at, names, arg); err != nil {
					return commandLine{}, err
				}
				rest = append(rest, arg)
			case arg == "help" || arg == "h":
				help = true
			case help && at == nil && arg == "flags":
				return commandLine{Help: func() string { return flagsHelp(app) }}, nil
			default:
				next := Find(within, arg)
				if next == nil {
					return commandLine{}, unknownCommand(app, at, names, within, arg)
				}
				at, within, names = next, next.Subcommands, append(names, next.Name)
			}
			continue
		}
		name, value, given := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		f, isGlobal := Lookup(app, at, name)
		if f == nil {
			return commandLine{}, unknownFlag(app, at, names, name)
		}
		if _, isBool := f.(*cli.BoolFlag); !given && isBool {
			value, given = "true", true
		}
		if !given {
			i++
			if i == len(args) {
				return commandLine{}, usageError(app, names, "-%s needs a value: -%s=%s", name, name, placeholder(f))
			}
			value = args[i]
			if next, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(value, "-"), "-"), "="); next != value {
				if known, _ := Lookup(app, at, next); known != nil {
					return commandLine{}, usageError(app, names, "-%s needs a value, and after it stands the flag "+
						"-%s: write -%s=%s",
						name, next, name, placeholder(f))
				}
			}
		}
		if err := check(f, value); err != nil {
			return commandLine{}, usageError(app, names, "%v", err)
		}
		switch on, _ := strconv.ParseBool(value); {
		case f == helpFlag:
			help = on
		case f == versionFlag && on:
			at, within, names = Find(app.Commands, "version"), nil, []string{"version"}
		case f == versionFlag:
		case isGlobal:
			global = append(global, "--"+name+"="+value)
		default:
			local = append(local, "--"+name+"="+value)
		}
	}
	switch {
	case at == nil && (help || len(args) == 0):
		return commandLine{Help: func() string { return programHelp(app) }, Empty: !help}, nil
	case at == nil:
		return commandLine{}, usageError(app, names, "a command is needed: %s COMMAND [flags] [PATH]", app.Name)
	case !help && len(within) > 0:
		return commandLine{}, usageError(app, names, "%s needs a command after it: %s", strings.Join(names, " "),
			strings.Join(commandNames(within), ", "))
	case help:
		return commandLine{Help: func() string { return commandHelp(app, at, names) }}, nil
	case slices.Contains(rest, ""):
		return commandLine{}, usageError(app, names,
			"an argument is empty, as \"$DIR\" is where DIR is not set: give it a value, or leave it out")
	}
	line := append([]string{app.Name}, global...)
	line = append(append(line, names...), local...)
	return commandLine{Name: names[0], Command: strings.Join(names, " "), Args: append(append(line, "--"), rest...)}, nil
}

// Questions about the program that go before a command or, help, anywhere.
var (
	helpFlag    = &cli.BoolFlag{Name: "help", Aliases: []string{"h"}}
	versionFlag = &cli.BoolFlag{Name: "version", Aliases: []string{"v"}}
)

// Run runs a command line that Arrange has put in order. urfave/cli says nothing itself: no help, no word on a flag.
func (l commandLine) Run(ctx context.Context, app *cli.App) error {
	app.ExitErrHandler = func(*cli.Context, error) {}
	app.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return err }
	for _, c := range Flatten(app.Commands) {
		c.OnUsageError = app.OnUsageError
		c.HideHelp = true // it would take a path "help" or "h" for a question, and answer it with exit code 0
	}
	return app.RunContext(ctx, l.Args)
}

func Find(commands []*cli.Command, name string) *cli.Command {
	i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(name) })
	if i < 0 {
		return nil
	}
	return commands[i]
}

// Lookup finds a flag of the command, or else of the program.
func Lookup(app *cli.App, at *cli.Command, name string) (f cli.Flag, global bool) {
	has := func(f cli.Flag) bool { return slices.Contains(f.Names(), name) }
	switch {
	case has(helpFlag):
		return helpFlag, true
	case at == nil && has(versionFlag):
		return versionFlag, true
	}
	if at != nil {
		if i := slices.IndexFunc(at.Flags, has); i >= 0 {
			return at.Flags[i], false
		}
	}
	if i := slices.IndexFunc(app.Flags, has); i >= 0 {
		return app.Flags[i], true
	}
	return nil, false
}

// check tells in plain words what is wrong with a flag's value. The value of a variable is not repeated: it may be
// secret.
func check(f cli.Flag, value string) error {
	var err error
	want := ""
	name := f.Names()[0]
	switch f.(type) {
	case freeText:
	case *cli.GenericFlag, *cli.StringFlag, *cli.StringSliceFlag:
		if variable, _, ok := strings.Cut(value, "="); name == "var" && (!ok || strings.TrimSpace(variable) == "") {
			return ErrAssignment
		}
		if strings.TrimSpace(value) == "" {
			return fmt.Errorf("-%s is given and empty (-%[1]s: %s)", name, strings.ReplaceAll(UsageOf(f), "`", ""))
		}
	case *cli.BoolFlag:
		_, err = strconv.ParseBool(value)
		want = "true or false"
	case *cli.IntFlag, *cli.Int64Flag:
		_, err = strconv.ParseInt(value, 10, 64)
		want = "a whole number"
	case *cli.Uint64Flag:
		_, err = strconv.ParseUint(value, 10, 64)
		want = "a whole number that is not negative"
	case *cli.Float64Flag:
		_, err = strconv.ParseFloat(value, 64)
		want = "a number such as 0.1"
	case *cli.DurationFlag:
		var d time.Duration
		if d, err = time.ParseDuration(value); d < 0 {
			err = strconv.ErrRange
		}
		want = "a duration such as 30s, 5m or 100ms"
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strconv.ErrRange) && strings.Trim(value, "0123456789") == "":
		return fmt.Errorf("-%s=%s: that is too large a number", name, value)
	}
	return fmt.Errorf("-%s=%s: write %s", name, spelling.Escape(value, "", ""), want)
}

// notADash complains of a flag that begins with another dash than the keyboard's: those of a text that was copied from a
// page, and the full-width one.
func notADash(app *cli.App, at *cli.Command, names []string, arg string) error {
	first, _ := utf8.DecodeRuneInString(arg)
	if first < utf8.RuneSelf || !unicode.Is(unicode.Pd, first) && first != '\u2212' {
		return nil
	}
	name, _, _ := strings.Cut(strings.TrimLeftFunc(arg, func(r rune) bool { return r == first || r == '-' }), "=")
	if f, _ := Lookup(app, at, name); f == nil && !ofACommand(app, name) {
		return nil
	}
	return usageError(app, names, "%s begins with U+%04X, which is no hyphen: write -%s", arg, first, name)
}

// ofACommand reports whether any command has such a flag.
func ofACommand(app *cli.App, name string) bool {
	return slices.ContainsFunc(Flatten(app.Commands), func(c *cli.Command) bool {
		f, _ := Lookup(app, c, name)
		return f != nil
	})
}

func unknownCommand(app *cli.App, at *cli.Command, names []string, within []*cli.Command, arg string) error {
	if arg == "" {
		return usageError(app, names, "the name of the command is empty, as \"$COMMAND\" is where COMMAND is not set")
	}
	if err := notADash(app, at, names, arg); err != nil {
		return err
	}
	typed := strings.Join(append(names, arg), " ")
	if do := habits[typed]; do != "" {
		return usageError(app, names, "there is no command %q: %s", typed, do)
	}
	return usageError(app, names, "unknown command %s%s", spelling.Quote(typed), DidYouMean(arg, commandNames(within), ""))
}

func commandNames(commands []*cli.Command) []string {
	var names []string
	for _, c := range commands {
		names = append(names, c.Names()...)
	}
	return names
}

func unknownFlag(app *cli.App, at *cli.Command, names []string, name string) error {
	if before, _, wide := strings.Cut(name, "＝"); wide {
		if f, _ := Lookup(app, at, before); f != nil {
			return usageError(app, names, "-%s is followed by a full-width equals sign: write -%[1]s=", before)
		}
	}
	if (at == nil || len(at.Subcommands) > 0) && ofACommand(app, name) {
		return usageError(app, names, "-%s belongs to commands: write it after the command's name", name)
	}
	var known []string
	for _, f := range app.Flags {
		known = append(known, f.Names()...)
	}
	if at != nil {
		for _, f := range at.Flags {
			known = append(known, f.Names()...)
		}
	}
	if way := flagHabits[name]; way != "" {
		return usageError(app, names, "there is no flag -%s: %s", name, way)
	}
	if name == "" {
		return usageError(app, names, "a flag without a name: write -NAME, or -NAME=VALUE")
	}
	return usageError(app, names, "unknown flag -%s%s", spelling.Escape(name, "", ""), DidYouMean(name, known, "-"))
}

// usageError is a mistake on the command line: what it is, and where help is.
func usageError(app *cli.App, names []string, format string, values ...any) error {
	return fmt.Errorf(format+"\nFor help: %s -help", append(values,
		strings.Join(append([]string{app.Name}, names...), " "))...)
}

// DidYouMean suggests the near name at the end of a line.
func DidYouMean(name string, known []string, prefix string) string {
	if best := near.Name(name, known); best != "" {
		return fmt.Sprintf("; did you mean %s%s?", prefix, best)
	}
	return ""
}

// SuggestAddress suggests what somebody may have meant by an address that is not there: one of its instances, or a near
// name. It is a sentence with a blank before it, or "".
func SuggestAddress(a addr.Address, known []addr.Address) string {
	instances := addr.Texts(slices.DeleteFunc(slices.Clone(known), func(k addr.Address) bool { return k == a || !a.Contains(k) }))
	if len(instances) == 0 {
		return Suggest(a.String(), addr.Texts(known))
	}
	return " It has instances: name one, such as " + strings.Join(instances[:min(len(instances), 10)], ", ") + "."
}

// Suggest is the near name as a sentence of its own, a blank before it.
func Suggest(name string, known []string) string {
	if best := near.Name(name, known); best != "" {
		return " Did you mean " + best + "?"
	}
	return ""
}

// Flatten lists commands with their subcommands.
func Flatten(commands []*cli.Command) []*cli.Command {
	var all []*cli.Command
	for _, c := range commands {
		all = append(append(all, c), Flatten(c.Subcommands)...)
	}
	return all
}

func OrNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Groups of commands, in the order in which help lists them.
const (
	GroupMain  = "Main commands"
	GroupState = "State"
	GroupOther = "Other"
)
