// Package cmdline is all that stands between a command and urfave/cli: words and flags in any order, the flags that commands
// share, help, and what to say to a word that is none of them. It knows of no configuration.
package cmdline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"countersign/schema/addr"
	"countersign/schema/near"
)

// commandLine is a command line put in the order that urfave/cli reads: flags of the program, the command, its
// flags, a double dash, everything else. Or it asks for help.
type commandLine struct {
	Name    string // the command, or its group
	Command string // the command with its group
	Args    []string
	Help    func() string
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
				rest = append(rest, arg)
			case arg == "help" || arg == "h":
				help = true
			case help && at == nil && arg == "flags":
				return commandLine{Help: func() string { return flagsHelp(app) }}, nil
			default:
				next := Find(within, arg)
				if next == nil {
					return commandLine{}, unknownCommand(app, names, within, arg)
				}
				at, within, names = next, next.Subcommands, append(names, next.Name)
			}
			continue
		}
		name, value, given := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		if name == "h" || name == "help" {
			help = true
			continue
		}
		if at == nil && (name == "v" || name == "version") {
			at, within, names = Find(app.Commands, "version"), nil, []string{"version"}
			continue
		}
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
		}
		if err := check(f, value); err != nil {
			return commandLine{}, usageError(app, names, "%v", err)
		}
		if isGlobal {
			global = append(global, "--"+name+"="+value)
		} else {
			local = append(local, "--"+name+"="+value)
		}
	}
	switch {
	case at == nil:
		return commandLine{Help: func() string { return programHelp(app) }}, nil
	case !help && len(within) > 0:
		return commandLine{}, usageError(app, names, "%s needs a command after it: %s", strings.Join(names, " "),
			strings.Join(commandNames(within), ", "))
	case help:
		return commandLine{Help: func() string { return commandHelp(app, at, names) }}, nil
	}
	line := append([]string{app.Name}, global...)
	line = append(append(line, names...), local...)
	return commandLine{Name: names[0], Command: strings.Join(names, " "), Args: append(append(line, "--"), rest...)}, nil
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
	switch f.(type) {
	case *cli.GenericFlag:
		if name, _, ok := strings.Cut(value, "="); f.Names()[0] == "var" && (!ok || strings.TrimSpace(name) == "") {
			return ErrAssignment
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
	if err != nil {
		return fmt.Errorf("-%s=%s: write %s", f.Names()[0], value, want)
	}
	return nil
}

func unknownCommand(app *cli.App, names []string, within []*cli.Command, arg string) error {
	typed := strings.Join(append(names, arg), " ")
	if do := habits[typed]; do != "" {
		return usageError(app, names, "there is no command %q: %s", typed, do)
	}
	return usageError(app, names, "unknown command %q%s", typed, DidYouMean(arg, commandNames(within), ""))
}

func commandNames(commands []*cli.Command) []string {
	var names []string
	for _, c := range commands {
		names = append(names, c.Names()...)
	}
	return names
}

func unknownFlag(app *cli.App, at *cli.Command, names []string, name string) error {
	if at == nil || len(at.Subcommands) > 0 {
		for _, c := range Flatten(app.Commands) {
			if f, _ := Lookup(app, c, name); f != nil {
				return usageError(app, names, "-%s belongs to commands: write it after the command's name", name)
			}
		}
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
	return usageError(app, names, "unknown flag -%s%s", name, DidYouMean(name, known, "-"))
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

// SuggestAddress is suggest for an address.
func SuggestAddress(a addr.Address, known []addr.Address) string {
	return Suggest(a.String(), addr.Texts(known))
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
