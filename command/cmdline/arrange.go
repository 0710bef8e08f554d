package cmdline

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"countersign/schema/spelling"
)

// CommandLine is a command line put in the order that urfave/cli reads: flags of the program, the command, its flags, a
// double dash, everything else. If Help is set, that is the answer to it.
type CommandLine struct {
	Name    string // the command, or its group
	Command string // the command with its group
	Args    []string
	All     []string // as it was written, with the arguments that the environment adds; also after an error
	Help    func() string
	Empty   bool // nothing at all was written, which help answers and a pipeline must not take for success
}

// Arrange puts a command line in order. urfave/cli stops reading flags at the first argument, people do not: they
// write flags before and after the path, with one dash or two. Unknown commands and flags are found here too, so that
// a near name can be suggested.
func Arrange(app *cli.App, args []string, env func(string) string) (CommandLine, error) {
	r := &reader{app: app, within: app.Commands, all: slices.Clone(args), env: env}
	err := r.read()
	line := CommandLine{All: r.all}
	if err == nil {
		err = r.finish(&line)
	}
	if err != nil && len(r.added) > 0 {
		err = fmt.Errorf("%w\nArguments come from the environment too: %s", err, strings.Join(r.added, ", "))
	}
	return line, err
}

// reader reads a command line word by word.
type reader struct {
	app     *cli.App
	all     []string
	env     func(string) string // nil adds nothing
	added   []string            // the environment's variables that have added arguments
	at      *cli.Command        // the command that the words so far name, nil for none
	names   []string            // those words
	within  []*cli.Command      // the commands that the next word can name
	help    bool
	topic   string   // of "help flags"
	waiting cli.Flag // a last flag without its value

	global, local, rest []string // flags of the program, of the command, and the arguments
}

func (r *reader) read() error {
	for i := 0; i < len(r.all) && r.topic == ""; i++ {
		arg := r.all[i]
		if arg == "--" {
			r.rest = append(r.rest, r.all[i+1:]...)
			return nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			if err := r.word(arg, i); err != nil {
				return err
			}
			continue
		}
		took, err := r.flag(arg[1:], r.all[i+1:])
		if err != nil {
			return err
		}
		i += took
	}
	return nil
}

// word reads a word that is no flag.
func (r *reader) word(word string, at int) error {
	switch {
	case len(r.within) == 0:
		r.rest = append(r.rest, word)
		return r.notADash(word)
	case word == "help" || word == "h":
		r.help = true
		return nil
	case r.help && r.at == nil && word == "flags":
		r.topic = word
		return nil
	}
	next := Find(r.within, word)
	if next == nil {
		return r.unknownCommand(word)
	}
	r.at, r.within, r.names = next, next.Subcommands, append(r.names, next.Name)
	if len(r.within) > 0 || r.help || r.env == nil {
		return nil
	}
	more, err := r.environ()
	r.all = slices.Insert(r.all, at+1, more...) // those of the command line come later and count more
	return err
}

// flag reads a flag, and returns how many of the words behind it are its value.
func (r *reader) flag(text string, behind []string) (took int, err error) {
	name, value, given := strings.Cut(strings.TrimPrefix(text, "-"), "=")
	f, isGlobal := lookup(r.app, r.at, name)
	if f == nil {
		return 0, r.unknownFlag(name)
	}
	if _, isBool := f.(*cli.BoolFlag); !given && isBool {
		value, given = "true", true
	}
	if !given {
		if len(behind) == 0 {
			r.waiting = f
			return 0, r.wrong("-%s needs a value: -%s=%s", name, name, placeholder(f))
		}
		value, took = behind[0], 1
		next, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(value, "-"), "-"), "=")
		if known, _ := lookup(r.app, r.at, next); next != value && known != nil {
			return 0, r.wrong("-%s needs a value, and after it stands the flag -%s: write -%[1]s=%[3]s", name, next,
				placeholder(f))
		}
	}
	if err := check(f, value); err != nil {
		return 0, r.wrong("%v", err)
	}
	switch on, _ := strconv.ParseBool(value); {
	case f == helpFlag:
		r.help = on
	case f == versionFlag && on:
		r.at, r.within, r.names = Find(r.app.Commands, "version"), nil, []string{"version"}
	case f == versionFlag:
	case isGlobal:
		r.global = append(r.global, "--"+name+"="+value)
	default:
		r.local = append(r.local, "--"+name+"="+value)
	}
	return took, nil
}

// finish says what a command line that was read to its end comes to.
func (r *reader) finish(line *CommandLine) error {
	switch {
	case r.topic != "":
		line.Help = func() string { return flagsHelp(r.app) }
	case r.at == nil && (r.help || len(r.all) == 0):
		line.Help, line.Empty = func() string { return programHelp(r.app) }, !r.help
	case r.at == nil:
		return r.wrong("a command is needed: %s COMMAND [flags] [PATH]", r.app.Name)
	case !r.help && len(r.within) > 0:
		return r.wrong("%s needs a command after it: %s", strings.Join(r.names, " "),
			strings.Join(commandNames(r.within), ", "))
	case r.help:
		line.Help = func() string { return commandHelp(r.app, r.at, r.names) }
	case slices.Contains(r.rest, ""):
		return r.wrong("an argument is empty, as \"$DIR\" is where DIR is not set: give it a value, or leave it out")
	}
	if line.Help == nil {
		line.Name, line.Command = r.names[0], strings.Join(r.names, " ")
		line.Args = slices.Concat([]string{r.app.Name}, r.global, r.names, r.local, []string{"--"}, r.rest)
	}
	return nil
}

// Flags that ask about the program: -version before a command, -help anywhere.
var (
	helpFlag    = &cli.BoolFlag{Name: "help", Aliases: []string{"h"}}
	versionFlag = &cli.BoolFlag{Name: "version", Aliases: []string{"v"}}
)

// Run runs a command line that Arrange has put in order. urfave/cli says nothing itself: no help, no word on a flag.
func (l CommandLine) Run(ctx context.Context, app *cli.App) error {
	app.ExitErrHandler = func(*cli.Context, error) {}
	app.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return err }
	for _, c := range Flatten(app.Commands) {
		c.OnUsageError = app.OnUsageError
		c.HideHelp = true // it would take a path "help" or "h" for a question, and answer it with exit code 0
	}
	return app.RunContext(ctx, l.Args)
}

// lookup finds a flag of the command, or else of the program.
func lookup(app *cli.App, at *cli.Command, name string) (f cli.Flag, global bool) {
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

// notADash refuses a flag that begins with another dash than the keyboard's: those of a text that was copied from a
// page, and the full-width one.
func (r *reader) notADash(arg string) error {
	first, _ := utf8.DecodeRuneInString(arg)
	if first < utf8.RuneSelf || !unicode.Is(unicode.Pd, first) && first != '\u2212' {
		return nil
	}
	name, _, _ := strings.Cut(strings.TrimLeftFunc(arg, func(r rune) bool { return r == first || r == '-' }), "=")
	if f, _ := lookup(r.app, r.at, name); f == nil && len(having(r.app.Commands, name, "")) == 0 {
		return nil
	}
	return r.wrong("%s begins with U+%04X, which is no hyphen: write -%s", arg, first, name)
}

func (r *reader) unknownCommand(arg string) error {
	if arg == "" {
		return r.wrong("the name of the command is empty, as \"$COMMAND\" is where COMMAND is not set")
	}
	if err := r.notADash(arg); err != nil {
		return err
	}
	typed := strings.Join(append(r.names, arg), " ")
	if do := habits[typed]; do != "" {
		return r.wrong("there is no command %q: %s", typed, do)
	}
	return r.wrong("unknown command %s%s", spelling.Quote(typed), DidYouMean(arg, commandNames(r.within), ""))
}

func commandNames(commands []*cli.Command) []string {
	var names []string
	for _, c := range commands {
		names = append(names, c.Names()...)
	}
	return names
}

func (r *reader) unknownFlag(name string) error {
	if before, _, wide := strings.Cut(name, "＝"); wide {
		if f, _ := lookup(r.app, r.at, before); f != nil {
			return r.wrong("-%s is followed by a full-width equals sign: write -%[1]s=", before)
		}
	}
	others := having(r.app.Commands, name, "")
	switch way := flagHabits[name]; {
	case len(others) > 0 && (r.at == nil || len(r.within) > 0):
		return r.wrong("-%s belongs to commands: write it after the command's name", name)
	case len(others) > 0:
		return r.wrong("%s has no flag -%s; %s", strings.Join(r.names, " "), name, haveIt(others))
	case way != "":
		return r.wrong("there is no flag -%s: %s", name, way)
	}
	if name == "" {
		return r.wrong("a flag without a name: write -NAME, or -NAME=VALUE")
	}
	var known []string
	for _, f := range r.flags() {
		known = append(known, f.Names()...)
	}
	return r.wrong("unknown flag -%s%s", spelling.Escape(name, "", ""), DidYouMean(name, known, "-"))
}

// having lists the commands that have a flag, groups before their names.
func having(commands []*cli.Command, flag, group string) (names []string) {
	for _, c := range commands {
		if slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), flag) }) {
			names = append(names, group+c.Name)
		}
		names = append(names, having(c.Subcommands, flag, group+c.Name+" ")...)
	}
	return names
}

// mostHaving is how many commands are named that have a flag.
const mostHaving = 5

// haveIt says which commands have a flag.
func haveIt(names []string) string {
	last := len(names) - 1
	switch {
	case last == 0:
		return names[0] + " has it"
	case last >= mostHaving:
		return strings.Join(names[:mostHaving], ", ") + " and others have it"
	}
	return strings.Join(names[:last], ", ") + " and " + names[last] + " have it"
}

// flags are those that can be written here.
func (r *reader) flags() []cli.Flag {
	if r.at == nil {
		return r.app.Flags
	}
	return slices.Concat(r.app.Flags, r.at.Flags)
}

// wrong is a mistake on the command line: what it is, and where help is.
func (r *reader) wrong(format string, values ...any) error {
	return fmt.Errorf("%s\nFor help: %s -help", fmt.Sprintf(format, values...),
		strings.Join(append([]string{r.app.Name}, r.names...), " "))
}
