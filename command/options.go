package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"countersign/reconcile"
	"countersign/schema/config"
	"countersign/schema/spelling"
)

// Assignments collects -var and -var-file in the order in which they are written, because later ones win.
type Assignments struct{ list []config.Assignment }

// OneByOne is the value of the -var flag.
func (a *Assignments) OneByOne() cli.Generic { return &assignmentFlag{to: a} }

// ByFile is the value of the -var-file flag.
func (a *Assignments) ByFile() cli.Generic { return &assignmentFlag{to: a, file: true} }

type assignmentFlag struct {
	to   *Assignments
	file bool
}

func (f *assignmentFlag) String() string { return "" }

// Set takes one value. An error must not repeat it: it may be the value of a sensitive variable.
func (f *assignmentFlag) Set(value string) error {
	if f.file {
		f.to.list = append(f.to.list, config.Assignment{File: value})
		return nil
	}
	name, text, ok := strings.Cut(value, "=")
	if !ok || strings.TrimSpace(name) == "" {
		return errAssignment
	}
	f.to.list = append(f.to.list, config.Assignment{Name: spelling.Form(strings.TrimSpace(name)), Value: text})
	return nil
}

var errAssignment = errors.New("write -var NAME=VALUE")

// options are the flags that commands on a configuration share.
type options struct {
	path        string
	state       string // -state, or the environment variable
	vars        []config.Assignment
	input       bool
	noColor     bool
	parallelism int
	lock        bool
	lockTimeout time.Duration
}

// readOptions reads the shared flags; the command's other arguments are returned. There must be from least to most
// of those (most < 0: any number), the configuration's path not among them.
func readOptions(c *cli.Context, least, most int) (options, []string, error) {
	o := options{
		path: c.String("config"), state: statePath(c), input: c.Bool("input"), noColor: c.Bool("no-color"),
		parallelism: c.Int("parallelism"), lock: c.Bool("lock"), lockTimeout: c.Duration("lock-timeout"),
	}
	if f, ok := c.Generic("var").(*assignmentFlag); ok {
		o.vars = f.to.list
	}
	if err := nonempty(c); err != nil {
		return o, nil, err
	}
	if o.parallelism < 1 && c.IsSet("parallelism") {
		return o, nil, fmt.Errorf("-parallelism=%d: at least one call at a time is needed", o.parallelism)
	}
	rest := c.Args().Slice()
	if o.path == "" {
		o.path, rest = configurationPath(rest, most)
	}
	var err error
	if o.path, err = config.OnDisk(o.path); err != nil {
		return o, nil, err
	}
	o.vars = slices.Clone(o.vars)
	for i, v := range o.vars {
		if v.File == "" {
			continue
		}
		if o.vars[i].File, err = config.OnDisk(v.File); err != nil {
			return o, nil, err
		}
	}
	if len(rest) < least || most >= 0 && len(rest) > most {
		return o, nil, wrongArguments(c, rest, least)
	}
	return o, rest, nil
}

// statePath is where a person says that the state is, "" if they do not.
func statePath(c *cli.Context) string { return cmp.Or(c.String("state"), os.Getenv(config.StateEnv)) }

// nonempty refuses a flag that was given without a value, as -out="$PLAN" is where PLAN is not set: what was asked for would
// silently not be done.
func nonempty(c *cli.Context) error {
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if text, is := f.(*cli.StringFlag); is && name != "note" && c.IsSet(name) && strings.TrimSpace(c.String(name)) == "" {
			return fmt.Errorf("-%s is given and empty (-%[1]s: %s)\nFor help: %s -help", name, strings.ReplaceAll(text.Usage, "`", ""), c.Command.HelpName)
		}
	}
	return nil
}

// named are the files that the command line names to be read.
func (o options) named() []string {
	files := []string{o.path}
	for _, v := range o.vars {
		if v.File != "" {
			files = append(files, v.File)
		}
	}
	return files
}

// configurationPath takes the configuration's path out of the arguments. Where a command takes no others, any
// argument is the path; otherwise one that ends in .hcl or .hcl.json, or is a folder, is it.
func configurationPath(args []string, others int) (path string, rest []string) {
	if others == 0 && len(args) > 0 {
		return args[0], args[1:]
	}
	for i := len(args) - 1; i >= 0; i-- {
		if looksLikeConfiguration(args[i]) {
			return args[i], append(append([]string(nil), args[:i]...), args[i+1:]...)
		}
	}
	return ".", args
}

func looksLikeConfiguration(arg string) bool {
	if strings.HasSuffix(arg, ".hcl") || strings.HasSuffix(arg, ".hcl.json") {
		return true
	}
	path, err := config.OnDisk(arg)
	if err != nil {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// wrongArguments says that arguments are missing or too many.
func wrongArguments(c *cli.Context, rest []string, least int) error {
	name := c.Command.HelpName
	if len(rest) < least {
		return fmt.Errorf("%s needs: %s\nFor help: %s -help", name, c.Command.ArgsUsage, name)
	}
	return fmt.Errorf("%s takes no argument %q here (it takes: %s)\nFor help: %s -help", name, rest[len(rest)-1], orNone(c.Command.ArgsUsage), name)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// inputs are what the configuration is given from outside. A variable is asked for once, however often the
// configuration is evaluated.
func (o options) inputs(ctx context.Context) config.Inputs {
	in := config.Inputs{Vars: o.vars, Environ: os.Environ(), State: o.state}
	if !o.input || !term.IsTerminal(int(os.Stdin.Fd())) {
		return in
	}
	answers := map[string]string{}
	in.Ask = func(name, description string, sensitive bool) (string, error) {
		if text, ok := answers[name]; ok {
			return text, nil
		}
		question := "var." + name
		if description != "" {
			question += "\n  " + description
		}
		text, err := ask(ctx, question+"\n\n  Enter a value: ", sensitive)
		if err == nil {
			answers[name] = text
		}
		return text, err
	}
	return in
}

// planOptions are the flags that shape a plan.
type planOptions struct {
	reconcile.Options
	json     bool
	jsonInto string
}

func readPlanOptions(c *cli.Context) (planOptions, error) {
	p := planOptions{
		Options:  reconcile.Options{Targets: c.StringSlice("target"), MaxRemovals: c.Int("max-removals"), NoRemovals: c.Bool("no-removals")},
		json:     c.Bool("json"),
		jsonInto: c.String("json-into"),
	}
	switch {
	case c.Bool("destroy") && c.Bool("refresh-only"):
		return p, errors.New("-destroy and -refresh-only exclude each other")
	case c.Bool("destroy"), c.Command.Name == "destroy":
		p.Mode = reconcile.Destroy
	case c.Bool("refresh-only"):
		p.Mode = reconcile.RefreshOnly
	default:
		p.Mode = reconcile.Normal
	}
	if c.IsSet("max-removals") && p.MaxRemovals < 0 {
		return p, errors.New("-max-removals: write 0 or more")
	}
	return p, nil
}
