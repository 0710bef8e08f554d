package cmdline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"countersign/schema/spelling"
)

// A command is described to urfave/cli by a function of its own, and run by a method of its flags: each flag fills a
// field, so that a name that is mistyped does not compile, and what runs knows nothing of the library.

// Arguments are what stands on a command line besides flags.
type Arguments struct {
	Words []string
	name  string // of the command, such as "countersign state mv"
	usage string // what it takes
}

// Mistake is what is wrong with a command line, and where help is.
type Mistake string

func (m Mistake) Error() string { return string(m) }

// Mistake says what is wrong with the command line of a command.
func (a Arguments) Mistake(format string, values ...any) error {
	return Mistake(fmt.Sprintf(format, values...) + "\nFor help: " + a.name + " -help")
}

// Wrong says that arguments are missing or too many.
func (a Arguments) Wrong(rest []string, least int) error {
	if len(rest) < least {
		return a.Mistake("%s needs: %s", a.name, a.usage)
	}
	return a.Mistake("%s takes no argument %q here (it takes: %s)", a.name, rest[len(rest)-1], cmp.Or(a.usage, "none"))
}

// Action is what urfave/cli calls to run a command.
func Action(run func(context.Context, Arguments) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		return run(c.Context, Arguments{Words: c.Args().Slice(), name: c.Command.HelpName, usage: c.Command.ArgsUsage})
	}
}

// Bool is a flag that is true or false. What the field holds is the default, here and below.
func Bool(to *bool, name, usage string) *cli.BoolFlag {
	return &cli.BoolFlag{Name: name, Usage: usage, Value: *to, Destination: to}
}

// Text is a flag with a text. One that is given without a value is refused, as -out="$PLAN" is where PLAN is not set:
// what was asked for would silently not be done.
func Text(to *string, name, usage string) *cli.StringFlag {
	return &cli.StringFlag{Name: name, Usage: usage, Value: *to, Destination: to}
}

// freeText is a flag that may be given and empty.
type freeText struct{ *cli.StringFlag }

// AnyText is a flag with a text that may be empty.
func AnyText(to *string, name, usage string) cli.Flag { return freeText{Text(to, name, usage)} }

// Texts is a flag that may be repeated.
func Texts(to *[]string, name, usage string) *cli.StringSliceFlag {
	return &cli.StringSliceFlag{Name: name, Usage: usage, Action: func(_ *cli.Context, values []string) error {
		*to = values
		return nil
	}}
}

// AtLeastOne is a flag with a number, of calls say, that must not be 0.
func AtLeastOne(to *int, name, usage string) *cli.IntFlag {
	return &cli.IntFlag{Name: name, Usage: usage, Value: *to, Destination: to,
		Action: func(_ *cli.Context, n int) error {
			if n < 1 {
				return fmt.Errorf("-%s=%d: write 1 or more", name, n)
			}
			return nil
		}}
}

// Given fills a field that stays nil where the flag is not given.
func Given[T any](to **T) func(*cli.Context, T) error {
	return func(_ *cli.Context, value T) error {
		*to = &value
		return nil
	}
}

var ErrAssignment = errors.New("write -var NAME=VALUE")

func NoColor(to *bool) cli.Flag {
	return Bool(to, "no-color", "no colour (nor with NO_COLOR, TERM=dumb, CI, or off a terminal)")
}

func Target(to *[]string) cli.Flag {
	return Texts(to, "target", "only `ADDRESS`: a template, its instances, or those of a scope; may be repeated")
}

func JSONDocument(to *bool) []cli.Flag {
	return []cli.Flag{Bool(to, "json", "print one JSON document, also on failure")}
}

func JSONLines(to *bool) []cli.Flag {
	return []cli.Flag{Bool(to, "json", "print a line of JSON an event, also on failure")}
}

func JSONInto(to *string) cli.Flag {
	return Text(to, "json-into", "write the JSON to `FILE`, beside the text for people")
}

func Reporting(to *[]string) cli.Flag {
	return Texts(to, "report", "report `KIND=FILE`: markdown, html, gitlab, sarif, github (stdout if bare)")
}

// check says in plain words what is wrong with a flag's value. The value of a variable is not repeated: it may be
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
