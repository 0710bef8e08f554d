package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"countersign/reconcile"
	"countersign/schema"
)

// planFile is the file that a plan is saved in. It is made before any work, so that one that cannot be written is told
// then, and takes its name only when it is whole.
type planFile struct {
	path string
	temp *os.File
}

func newPlanFile(path string) (*planFile, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fault("The plan cannot be saved", "%s is not an ordinary file. Nothing was done.", path)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".plan-*") // mode 0600
	if err != nil {
		return nil, fault("The plan cannot be saved", "%v. Nothing was done.", err)
	}
	return &planFile{path, temp}, nil
}

// keep writes the plan and gives the file its name.
func (f *planFile) keep(saved reconcile.Saved) error {
	data, err := saved.Encode()
	if err == nil {
		_, err = f.temp.Write(data)
	}
	if err == nil {
		err = f.temp.Sync()
	}
	if err == nil {
		err = os.Rename(f.temp.Name(), f.path)
	}
	if err != nil {
		return fault("The plan could not be saved", "%v", err)
	}
	return nil
}

// drop removes what was not kept.
func (f *planFile) drop() error {
	f.temp.Close()
	if err := os.Remove(f.temp.Name()); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// saved is the plan with all that apply must hold it against. Values of sensitive variables are refused: the file is
// handed from one job of a pipeline to the next.
func (s *session) saved(plan *reconcile.Plan) (reconcile.Saved, error) {
	secret := s.source.SensitiveVariables()
	out := reconcile.Saved{Version: reconcile.SavedVersion, Writer: VersionString(), Config: s.path, Declare: reconcile.FingerprintOf(s.compared),
		Drive: s.config.Provider.Endpoint, Lineage: s.read.Lineage, Serial: s.read.Serial, Plan: plan}
	for _, v := range s.vars {
		if secret[v.Name] {
			return out, fault("The plan cannot be saved with a sensitive variable", "-var %s=… would be written to the file. Give it by the environment, COUNTERSIGN_VAR_%s, to plan and to apply alike.", v.Name, v.Name)
		}
		out.Vars = append(out.Vars, reconcile.SavedVariable{Name: v.Name, Value: v.Value, File: v.File})
	}
	for _, o := range plan.Outputs {
		if o.Sensitive {
			return out, fault("The plan cannot be saved with a sensitive output", "The output %q is sensitive, and its value would be written to the file. Apply without a saved plan, or take the output out.", o.Name)
		}
	}
	return out, nil
}

// readSaved reads a saved plan; nil when the path is that of a configuration.
func readSaved(path string) (*reconcile.Saved, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || strings.HasSuffix(path, ".hcl") || strings.HasSuffix(path, ".hcl.json") {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault("The saved plan cannot be read", "%v", err)
	}
	saved, err := reconcile.DecodeSaved(data)
	if err != nil {
		return nil, fault("The saved plan cannot be used", "%s: %v. Nothing was done.", path, err)
	}
	return saved, nil
}

// hold refuses a saved plan that was made from another state, another configuration or for another drive than the
// session has before it, and gives it back the files that its attachments are read from.
func (s *session) hold(ctx context.Context, saved *reconcile.Saved) (*reconcile.Plan, error) {
	const again = "Nothing was done: make the plan again, and have it reviewed again."
	plan := saved.Plan
	if saved.Lineage != s.read.Lineage || saved.Serial != s.read.Serial {
		return nil, fault("The saved plan was made from another state", "It was made from serial %d of lineage %s, and %s has serial %d of lineage %s now: something was applied since. %s",
			saved.Serial, orNone(saved.Lineage), s.state.Path(), s.read.Serial, orNone(s.read.Lineage), again)
	}
	if saved.Drive != s.config.Provider.Endpoint {
		return nil, fault("The saved plan was made for another drive", "It was made for %s, and the configuration names %s now. %s", saved.Drive, s.config.Provider.Endpoint, again)
	}
	declared, err := s.readSources(ctx, reconcile.Options{Mode: plan.Mode, Targets: plan.Targets})
	if err != nil {
		return nil, err
	}
	if reconcile.FingerprintOf(declared) != saved.Declare {
		return nil, fault("The configuration has changed since the plan was saved", "%s, a variable given by the environment or a file, or a file of an attachment says something else than when the plan was made. %s", s.path, again)
	}
	byAddress := map[string]*schema.Attachment{}
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

// whereSaved says how to apply a plan that was saved.
func whereSaved(path string) string {
	return fmt.Sprintf("\nSaved the plan to: %s\n\nTo perform exactly these actions, run:\n    countersign apply %q\n", path, path)
}
