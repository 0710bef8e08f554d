package run

import (
	"context"
	"os"
	"slices"
	"strings"

	"countersign/command/fault"
	"countersign/command/log"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/schema/config/backend"
	"countersign/schema/config/disk"
	"countersign/schema/config/functions"
	"countersign/state/local"
	"countersign/state/store"
)

// FormerState finds the state where it was before the state block was changed. from names the file or folder whose
// state block said so, or a state file itself; "" is the file where a state is without a block. The former block is
// evaluated in the configuration as it is now: relative paths start in its folder, and its variables are known.
func FormerState(ctx context.Context, o Flags, from string) (*store.Store, error) {
	source, diags := config.Load(o.Path)
	if diags.HasErrors() {
		return nil, fault.Diagnostics(source.Place(diags))
	}
	if from == "" {
		from = source.DefaultState()
		if _, err := os.Lstat(from); err != nil {
			return nil, fault.New("Where the state was is not known", "It is not in %s, where it would be without a "+
				"state block. Name the file with the former state block, such as one that git has: "+
				"git show HEAD:state.hcl >/tmp/before.hcl, then -from=/tmp/before.hcl. If it was in a file, name that.",
				from)
		}
		return formerFile(source.Dir, from)
	}
	path, err := disk.Path(from)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(path, ".json") && !strings.HasSuffix(path, ".hcl.json") {
		return formerFile("", path)
	}
	former, diags := config.Load(path)
	if diags.HasErrors() {
		return nil, fault.Diagnostics(former.Place(diags))
	}
	o.Input, o.state = false, ""
	cfg, diags := source.WithStateOf(former).Evaluate(o.Inputs(ctx), nil)
	diags = slices.DeleteFunc(diags, func(d schema.Diagnostic) bool { return !within(d, "state ") })
	if diags.HasErrors() {
		return nil, fault.Diagnostics(diags)
	}
	if cfg == nil || cfg.State.Path == "" {
		return nil, fault.New("Where the state was is not known", "The state block of %s cannot be evaluated.", from)
	}
	return StateOf(cfg, log.From(ctx))
}

// formerFile is a state in a file, below a folder unless that is "". The keys of its encryption come from the
// environment.
func formerFile(folder, path string) (*store.Store, error) {
	if _, err := os.Lstat(path); err != nil {
		return nil, fault.New("The former state cannot be read", "%s: %s.", path, disk.Reason(err))
	}
	cipher, err := CipherOf(backend.EncryptionFromEnviron(functions.Environ(os.Environ())))
	if err != nil {
		return nil, err
	}
	return store.New(local.NewIn(folder, path), cipher), nil
}
