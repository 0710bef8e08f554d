package command

import (
	"cmp"
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"countersign/reconcile"
	"countersign/schema/config"
	"countersign/schema/config/disk"
)

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

// resolve finishes what the shared flags say, and takes the configuration's path out of the arguments. It returns the
// others, of which there must be from least to most (most < 0: any number).
func (o *options) resolve(args arguments, least, most int) ([]string, error) {
	rest := args.words
	if o.path == "" {
		o.path, rest = configurationPath(rest, most)
	}
	if err := o.onDisk(); err != nil {
		return nil, err
	}
	if len(rest) < least || most >= 0 && len(rest) > most {
		return nil, args.wrong(rest, least)
	}
	return rest, nil
}

// onDisk finds the files that were named, by whatever spelling of their names the disk has; the path is here if nobody
// named one.
func (o *options) onDisk() (err error) {
	o.state = cmp.Or(o.state, os.Getenv(config.StateEnv))
	if o.path, err = disk.Path(cmp.Or(o.path, ".")); err != nil {
		return err
	}
	for i, v := range o.vars {
		if v.File == "" {
			continue
		}
		if o.vars[i].File, err = disk.Path(v.File); err != nil {
			return err
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
	path, err := disk.Path(arg)
	if err != nil {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
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
	destroy, refreshOnly bool
	maxRemovals          *int
	json                 bool
	jsonInto             string
}

// shape finishes what the flags say of the plan.
func (p *planOptions) shape() error {
	switch {
	case p.destroy && p.refreshOnly:
		return errors.New("-destroy and -refresh-only exclude each other")
	case p.destroy:
		p.Mode = reconcile.Destroy
	case p.refreshOnly:
		p.Mode = reconcile.RefreshOnly
	default:
		p.Mode = reconcile.Normal
	}
	p.MaxRemovals = -1
	if p.maxRemovals != nil {
		if p.MaxRemovals = *p.maxRemovals; p.MaxRemovals < 0 {
			return errors.New("-max-removals: write 0 or more")
		}
	}
	return nil
}
