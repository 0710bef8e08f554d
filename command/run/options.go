package run

import (
	"cmp"
	"context"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"countersign/command/cmdline"
	"countersign/command/terminal"
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema/config"
	"countersign/schema/config/backend"
	"countersign/schema/config/disk"
)

// Flags are the flags that commands on a configuration share.
type Flags struct {
	Path        string
	state       string // -state, or the environment variable
	Vars        []config.Assignment
	Input       bool
	restrict    bool
	NoColor     bool
	parallelism int
	Lock        bool
	LockTimeout time.Duration
	Policies    Policies
}

// Resolve finishes what the shared flags say, and takes the configuration's path out of the arguments. It returns the
// others, of which there must be from least to most (most < 0: any number).
func (o *Flags) Resolve(args cmdline.Arguments, least, most int) ([]string, error) {
	rest := args.Words
	if o.Path == "" {
		o.Path, rest = configurationPath(rest, most)
	}
	if err := o.OnDisk(); err != nil {
		return nil, err
	}
	if len(rest) < least || most >= 0 && len(rest) > most {
		return nil, args.Wrong(rest, least)
	}
	return rest, nil
}

// Take takes what the words of an unfinished command line say of the configuration: its flags, as --name=value, and its
// arguments. What it does not know, or what is wrong, it leaves out.
func (o *Flags) Take(flags, args []string) {
	for _, word := range flags {
		set := flag.NewFlagSet("", flag.ContinueOnError)
		set.SetOutput(io.Discard)
		for _, f := range o.StoredFlags() {
			_ = f.Apply(set)
		}
		_ = set.Parse([]string{word})
	}
	if o.Path == "" {
		o.Path, _ = configurationPath(args, -1)
	}
}

// OnDisk finds the files that were named, however the disk spells their names. The path is the working directory if
// nobody named one.
func (o *Flags) OnDisk() (err error) {
	o.state = cmp.Or(o.state, os.Getenv(backend.Env))
	if o.Path, err = disk.Path(cmp.Or(o.Path, ".")); err != nil {
		return err
	}
	for i, v := range o.Vars {
		if v.File == "" {
			continue
		}
		if o.Vars[i].File, err = disk.Path(v.File); err != nil {
			return err
		}
	}
	return nil
}

// Named are the files that the command line names to be read.
func (o Flags) Named() []string {
	files := []string{o.Path}
	for _, v := range o.Vars {
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
			return args[i], slices.Delete(slices.Clone(args), i, i+1)
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

// Inputs are what the configuration gets from outside. A variable is asked for once, however often the configuration is
// evaluated.
func (o Flags) Inputs(ctx context.Context) config.Inputs {
	in := config.Inputs{Vars: o.Vars, Environ: os.Environ(), State: o.state, Restrict: o.restrict}
	if !o.Input || terminal.Askable() != nil {
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
		text, err := terminal.Ask(ctx, question+"\n\n  Enter a value: ", sensitive)
		if err == nil {
			answers[name] = text
		}
		return text, err
	}
	return in
}

// PlanFlags are the flags that shape a plan.
type PlanFlags struct {
	reconcile.Options
	Destroy, RefreshOnly bool
	RemovalLimit         *int
	CompactWarnings      bool
	InFlight             bool // count the open approvals that the plan touches
	JSON                 bool
	JSONInto             string
}

// Shape finishes what the flags say of the plan.
func (p *PlanFlags) Shape(args cmdline.Arguments) error {
	switch {
	case p.Destroy && p.RefreshOnly:
		return args.Mistake("-destroy and -refresh-only exclude each other")
	case len(p.Replace) > 0 && (p.Destroy || p.RefreshOnly):
		return args.Mistake("-replace makes templates anew, which neither -destroy nor -refresh-only does: " +
			"leave one of them out")
	case p.Destroy:
		p.Mode = plans.Destroy
	case p.RefreshOnly:
		p.Mode = plans.RefreshOnly
	default:
		p.Mode = plans.Normal
	}
	p.MaxRemovals = -1
	if p.RemovalLimit != nil {
		if p.MaxRemovals = *p.RemovalLimit; p.MaxRemovals < 0 {
			return args.Mistake("-max-removals: write 0 or more")
		}
	}
	return nil
}
