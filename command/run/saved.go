package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/sidefile"
	"countersign/confine"
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
	"countersign/schema/config/backend"
	"countersign/schema/config/disk"
	"countersign/schema/config/functions"
	"countersign/state"
	"countersign/state/store"
)

// PlanFile is the file that a plan is saved in; nil where none is wanted. It is made before any work, so that the run
// stops then if it cannot be written, and takes its name only when it is whole.
type PlanFile struct {
	path string // as it was named
	new  *confine.New
	was  fs.FileInfo // what has the name now, nil for nothing
	kept bool
}

// NewPlanFile makes the file of -out; "" wants none.
func NewPlanFile(path string, others *sidefile.Files) (*PlanFile, error) {
	if path == "" {
		return nil, nil
	}
	refuse := func(format string, values ...any) (*PlanFile, error) {
		return nil, fault.New("The plan cannot be saved", format+" Nothing was done.", values...)
	}
	f, to := &PlanFile{path: path}, path
	if real, err := filepath.EvalSymlinks(path); err == nil { // a link stays one
		to = real
	} else if target, err := os.Readlink(path); err == nil { // to something that is not there yet
		to = target
		if !filepath.IsAbs(target) {
			to = filepath.Join(filepath.Dir(path), target)
		}
	}
	info, err := os.Stat(to)
	if err == nil {
		f.was = info
	}
	switch name := sidefile.Absolute(path); {
	case err == nil && !info.Mode().IsRegular(), strings.HasPrefix(name, "/dev/"), strings.HasPrefix(name, "/proc/"):
		return refuse("%s is not an ordinary file.", path)
	case others.Same(path) != "":
		return refuse("%s is the file of %s.", path, others.Same(path))
	}
	if err := sidefile.Precious(path); err != nil {
		return refuse("%v.", err)
	}
	folder, err := confine.OpenFolder(filepath.Dir(to))
	if err == nil {
		f.new, err = folder.New(filepath.Base(to))
	}
	if err != nil {
		return refuse("%s: %s.", path, disk.Reason(err))
	}
	others.Plan = path
	return f, nil
}

// Keep writes a plan, sealed as the state is that it was made from, and gives the file its name. A plan that a policy
// refuses is not kept.
func (f *PlanFile) Keep(s *Reached, plan *Planned) error {
	if f == nil || Refused(plan.Plan) != nil {
		return nil
	}
	saved, err := s.saved(plan)
	if err != nil {
		return err
	}
	data, err := saved.Encode()
	if err == nil {
		data, err = s.State.SealPlan(saved.Config, state.Identity{Lineage: saved.Lineage, Serial: saved.Serial}, data)
	}
	if err == nil {
		_, err = f.new.Write(data)
	}
	if err == nil {
		err = f.new.Commit(f.was)
	}
	if err != nil {
		return fault.New("The plan could not be saved", "%v", err)
	}
	f.kept = true
	return nil
}

// Saved says how to apply the plan that was kept, "" for none.
func (f *PlanFile) Saved() string {
	if f == nil || !f.kept {
		return ""
	}
	return fmt.Sprintf("\nSaved the plan to: %s\n\n"+
		"To perform exactly these actions, run:\n    countersign apply %[1]q\n", f.path)
}

// Drop removes what was not kept.
func (f *PlanFile) Drop() error {
	if f != nil {
		f.new.Drop()
	}
	return nil
}

// saved is the plan with all that apply must compare it with. No secret is in it, because the file is handed from one
// job of a pipeline to the next: values of sensitive variables are refused, those of sensitive outputs left out.
func (s *Reached) saved(plan *Planned) (plans.Saved, error) {
	secret := s.Source.SensitiveVariables()
	kept := *plan.Plan
	kept.Outputs = reconcile.WithoutSecrets(plan.Outputs)
	out := plans.Saved{Version: plans.SavedVersion, Writer: VersionString(), Config: s.Path,
		Declare: plans.FingerprintOf(plan.compared), Drive: s.Config.Provider.Endpoint, Lineage: s.Read.Lineage,
		Serial: s.Read.Serial, State: plans.FingerprintOfState(s.Read, s.pending), Plan: &kept}
	for _, v := range s.Vars {
		if secret[v.Name] {
			return out, fault.New("The plan cannot be saved with a sensitive variable",
				"-var %s=… would be written to the file. Give it by the environment, COUNTERSIGN_VAR_%s, to plan "+
					"and to apply alike.", v.Name, v.Name)
		}
		if v.File != "" && s.Source.Stream(v.File) {
			return out, fault.New("The plan cannot be saved with variables that come only once",
				"-var-file=%s is a stream, and apply will read it again. Name a file.", v.File)
		}
		out.Vars = append(out.Vars, plans.SavedVariable{Name: v.Name, Value: v.Value, File: v.File})
	}
	return out, s.rules.save(s.Policies, &out)
}

// MaxSaved is the size in bytes from which on a file is taken for something else than a plan or a state.
const MaxSaved = 1 << 30

// ReadSaved reads a saved plan; nil when the path is that of a configuration.
func ReadSaved(path string) (*plans.Saved, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && !strings.HasSuffix(path, ".hcl") && !strings.HasSuffix(path, ".hcl.json") {
		return nil, fault.New("No such file or folder", "There is no file or folder %q, neither a configuration nor "+
			"a plan that plan -out has saved.%s",
			path, nearFile(path))
	}
	if err != nil || !info.Mode().IsRegular() || strings.HasSuffix(path, ".hcl") ||
		strings.HasSuffix(path, ".hcl.json") {
		return nil, nil
	}
	data, err := confine.ReadFile(path, MaxSaved)
	if err != nil {
		return nil, fault.New("The saved plan cannot be read", "%v", err)
	}
	of, sealed := store.SealedPlan(data)
	if sealed {
		data, err = openPlan(of, data)
	}
	var saved *plans.Saved
	if err == nil {
		saved, err = plans.DecodeSaved(data)
	}
	if err == nil && sealed && saved.Config != of {
		err = errors.New("it is of another configuration inside than outside")
	}
	if err != nil {
		return nil, fault.New("The saved plan cannot be used", "%s: %v. Nothing was done.", path, err)
	}
	return saved, nil
}

// openPlan opens a sealed plan with the keys of its configuration, as far as that can be read, and of the environment.
func openPlan(of string, data []byte) ([]byte, error) {
	e := backend.EncryptionFromEnviron(functions.Environ(os.Environ()))
	if source, diags := config.Load(of); !diags.HasErrors() {
		cfg, _ := source.Evaluate(config.Inputs{Environ: os.Environ()}, nil)
		if cfg != nil && cfg.State.Encryption != nil {
			e = cfg.State.Encryption
		}
	}
	cipher, err := CipherOf(e)
	if err != nil {
		return nil, err
	}
	return store.OpenPlan(cipher, data)
}

// nearFile suggests a file of the folder that a path which leads nowhere names.
func nearFile(path string) string {
	entries, _ := os.ReadDir(filepath.Dir(path)) // a folder that cannot be listed suggests nothing
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return cmdline.Suggest(filepath.Base(path), names)
}

const again = "Nothing was done: make the plan again, and have it reviewed again."

// CheckSameDrive refuses a saved plan that was made for another drive, before that one is called.
func (s *Loaded) CheckSameDrive(saved *plans.Saved) error {
	if err := needsProvider("the drive", "yomicloud", s.Config.Provider.Endpoint); err != nil {
		return err
	}
	if saved.Drive != s.Config.Provider.Endpoint {
		return fault.New("The saved plan was made for another drive",
			"It was made for %s, and the configuration names %s now. %s", s.Config.Provider.Shown(saved.Drive),
			s.Config.Provider.Address(), again)
	}
	return nil
}

// StillValid refuses a saved plan that was made from another state or another configuration. It gives the plan the
// files again that its attachments are read from.
func (s *Reached) StillValid(ctx context.Context, saved *plans.Saved) (*plans.Plan, error) {
	plan := saved.Plan
	if err := s.checkSameState(saved); err != nil {
		return nil, err
	}
	declared, err := s.readSources(ctx, reconcile.Options{Mode: plan.Mode, Targets: plan.Targets})
	if err != nil {
		return nil, err
	}
	if plans.FingerprintOf(declared) != saved.Declare {
		return nil, fault.New("The configuration has changed since the plan was saved",
			"What the configuration in %q declares is not what the plan was made from: one of its files, a variable, "+
				"the environment, or a file of an attachment says something else. %s", s.Path, again)
	}
	if err := s.checkSameOutputs(plan); err != nil {
		return nil, err
	}
	if plan.People == nil {
		plan.People = map[int64]schema.Person{}
	}
	maps.Copy(plan.People, s.World.People) // whoever has edited since may be new to the plan
	byAddress := map[addr.Address]*schema.Attachment{}
	for i := range declared.Attachments {
		byAddress[declared.Attachments[i].Address] = &declared.Attachments[i]
	}
	for i := range plan.Attachments {
		if a := byAddress[plan.Attachments[i].Address]; a != nil {
			plan.Attachments[i].Attachment, plan.Attachments[i].Files = a, a.Files
		}
	}
	return plan, nil
}

// checkSameState refuses a plan that was made from another state, or before a run that was interrupted.
func (s *Reached) checkSameState(saved *plans.Saved) error {
	const summary = "The saved plan was made from another state"
	now := s.Read
	switch {
	case now.Lineage == "" && saved.Lineage != "":
		return fault.New(summary, "It was made from serial %d of lineage %s, and there is no state in %s any more. %s",
			saved.Serial, saved.Lineage, s.State.Path(), again)
	case saved.Serial != now.Serial:
		return fault.New(summary, "It was made from serial %d, and %s has serial %d now: something was applied "+
			"since. %s",
			saved.Serial, s.State.Path(), now.Serial, again)
	case saved.Lineage != now.Lineage && saved.Lineage != "":
		return fault.New(summary, "It was made from a state of lineage %s, and that in %s is of lineage %s: they "+
			"have nothing in common. %s",
			saved.Lineage, s.State.Path(), now.Lineage, again)
	case saved.State != plans.FingerprintOfState(now, s.pending):
		return fault.New("A run was cut off since the plan was saved",
			"What it had done is in the journal beside %s, and this plan knows nothing of it, even if that run was "+
				"carrying out this very plan. `countersign plan` finds out what became of it and what is left to do. "+
				"%s", s.State.Path(), again)
	}
	return nil
}

// checkSameOutputs refuses a plan whose outputs would not become what it shows. Values of sensitive ones it does not
// show: they become what they are when it is applied.
func (s *Reached) checkSameOutputs(plan *plans.Plan) error {
	outputs, diags := s.Outputs(s.Settled.State, reconcile.Options{Mode: plan.Mode, Targets: plan.Targets}, plan)
	if diags.HasErrors() {
		return s.Keep(diags)
	}
	if name, same := reconcile.SameOutputs(plan.Outputs, reconcile.DiffOutputs(s.Read.Outputs, outputs)); !same {
		return fault.New("The configuration has changed since the plan was saved",
			"The output %q would become something else than the plan shows: its block in %q, or something that it "+
				"reads, says something else than when the plan was made. %s", name, s.Path, again)
	}
	return nil
}
