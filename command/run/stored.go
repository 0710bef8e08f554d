package run

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"countersign/command/fault"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/state"
	"countersign/state/httpstate"
	"countersign/state/local"
)

// FindState finds the state of a configuration. Variables without a value do not matter for that: nobody is asked,
// and only mistakes that hide the state block itself are errors.
func FindState(o Flags) (*state.Store, error) {
	source, diags := config.Load(o.Path)
	if diags.HasErrors() {
		return nil, fault.Diagnostics(source.Place(diags))
	}
	o.Input = false
	cfg, diags := source.Evaluate(o.Inputs(context.Background()), nil)
	ofState := func(d schema.Diagnostic) bool {
		return d.Severity == schema.Error && d.Snippet != nil && d.Snippet.Context != nil &&
			strings.HasPrefix(*d.Snippet.Context, "state ")
	}
	if cfg == nil || cfg.State.Path == "" || slices.ContainsFunc(diags, ofState) {
		return nil, fault.Diagnostics(source.Place(diags))
	}
	return StateOf(cfg, nil)
}

// StateOf names the state of a configuration; nothing is read yet. A log, which may be nil, is told what is done with it.
func StateOf(cfg *config.Config, to *slog.Logger) (*state.Store, error) {
	var kept state.Backend = local.NewIn(cfg.State.Folder, cfg.State.Path)
	if cfg.State.HTTP != nil {
		var err error
		if kept, err = httpstate.New(httpstate.Options(*cfg.State.HTTP)); err != nil {
			return nil, err
		}
	}
	if to != nil {
		kept = logged{kept, to}
	}
	return state.NewStore(kept, nil), nil
}

// Stored is a state as a command without a drive finds it.
type Stored struct {
	*state.Store
	state.State
	pending []state.Intent // writes of an interrupted run whose outcome only the drive knows
}

// ReadState finds and reads the state of a configuration, the journal folded in.
func ReadState(ctx context.Context, o Flags) (*Stored, error) {
	store, err := FindState(o)
	if err != nil {
		return nil, err
	}
	st, pending, err := store.Read(ctx)
	return &Stored{store, st, pending}, err
}

// Unsettled warns of writes whose outcome only the drive knows.
func (s *Stored) Unsettled() schema.Diagnostics {
	if len(s.pending) == 0 {
		return nil
	}
	return schema.Diagnostics{{Severity: schema.Warning, Summary: "An interrupted run left writes unsettled",
		Detail: "Whether they took place is found out by the next plan, and recorded by the next apply."}}
}
