package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/providers/sandbox"
	"countersign/providers/yomicloud"
	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/schema/config/provider"
	"countersign/stage"
	"countersign/state"
)

// session is one run over a configuration, from its files to the live world and the state. Its steps are taken in
// the order load, lock, open, refresh; close undoes what was taken.
type session struct {
	options
	inputs   config.Inputs
	source   *config.Source
	config   *config.Config
	warnings schema.Diagnostics

	state     *state.Store
	client    *yomicloud.Client
	sideFiles *sideFiles       // files that the run writes, which must be none of those that it needs; nil: there are none
	box       *sandbox.Sandbox // the embedded one, once something of this session needed it
	writes    bool             // this run may write to the drive
	events    func(reconcile.Event)
	world     *reconcile.World
	compared  schema.Declaration // as the last plan compared it: the configuration's, its attachments read
	read      state.State        // as file and journal told it
	pending   []state.Intent     // that an interrupted run left open
	settled   reconcile.Settled  // read, with the intents of an interrupted run settled
	releasing []func() error
}

func newSession(ctx context.Context, o options) *session {
	return &session{options: o, inputs: o.inputs(ctx)}
}

// close lets go of drive and lock, the last taken first.
func (s *session) close() error {
	var errs []error
	for _, release := range slices.Backward(s.releasing) {
		errs = append(errs, release())
	}
	s.releasing = nil
	return errors.Join(errs...)
}

// keep parts diagnostics: warnings are kept for the end, errors end the run.
func (s *session) keep(d schema.Diagnostics) error {
	if d.HasErrors() {
		return diagnosticsError(append(slices.Clone(s.warnings), s.source.Place(d)...))
	}
	s.warnings = append(s.warnings, s.source.Place(d)...)
	return nil
}

// load reads the files and gives every expression its value that needs no drive.
func (s *session) load() error {
	source, diags := config.Load(s.path)
	s.source = source
	if diags.HasErrors() {
		return s.keep(diags)
	}
	s.warnings = diags
	cfg, diags := source.Evaluate(s.inputs, nil)
	if diags.HasErrors() || !cfg.NeedsFacts { // the second evaluation repeats the warnings of the first
		if err := s.keep(diags); err != nil {
			return err
		}
	}
	s.config = cfg
	s.state = stateOf(cfg)
	if s.sideFiles == nil {
		return nil
	}
	return s.sideFiles.refuseOverwriting(slices.Concat(s.named(), source.Files, source.Read(), s.state.Files())...)
}

// locked takes the state's lock for a command.
func (s *session) locked(ctx context.Context, operation string) error {
	if !s.lock {
		return nil
	}
	unlock, err := s.state.Lock(ctx, lockInfo(operation, s.state), s.lockTimeout)
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	s.releasing = append(s.releasing, unlock)
	return nil
}

// open reaches for the drive; it makes no call yet.
func (s *session) open() (err error) {
	s.client, err = s.newDrive(s.config.Provider)
	return err
}

// refresh reads the state and the live world, settles what an interrupted run left open, and gives the expressions
// that waited for the drive their values.
func (s *session) refresh(ctx context.Context) error {
	read, pending, err := s.state.Read(ctx)
	if err != nil {
		return err
	}
	s.read, s.pending = read, pending
	read.Writer = VersionString()
	if endpoint := s.config.Provider.Endpoint; read.Drive != "" && read.Drive != endpoint && len(read.Bindings)+
		len(read.Attachments) > 0 {
		s.warnings = append(s.warnings, schema.Diagnostic{Severity: schema.Warning,
			Summary: "The state is of another drive",
			Detail: fmt.Sprintf("%s was last written for %s, and the provider's endpoint is %s now. Ids mean other templates on another drive: apply only if both are the same drive under two names.",
				s.state.Path(), s.config.Provider.Shown(read.Drive), s.config.Provider.Address())})
	}
	read.Drive = s.config.Provider.Endpoint
	world, diags := reconcile.Refresh(ctx, s.client, s.config.Declaration, read, pending, s.settings())
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err := s.keep(diags); err != nil {
		return err
	}
	s.world = world
	s.settled = reconcile.Settle(read, pending, world)
	if err := s.keep(s.settled.Notes); err != nil {
		return err
	}
	if !s.config.NeedsFacts {
		return nil
	}
	cfg, diags := s.source.Evaluate(s.inputs, s.facts(s.settled.State))
	if err := s.keep(diags); err != nil {
		return err
	}
	s.config = cfg
	return nil
}

// facts are what expressions may refer to, as far as it is known.
func (s *session) facts(st state.State) *schema.Facts {
	facts := s.world.Facts(st)
	facts.Attachments = stage.Facts(st)
	return facts
}

func (s *session) settings() reconcile.Settings {
	return reconcile.Settings{Parallelism: s.parallelism, Events: s.events,
		LandWait: landWait(s.config.Provider, s.client)}
}

// margin is how much longer than a call's own time limit a write of which nothing is heard is looked for.
const margin = 5 * time.Second

// landWait is how long a write whose answer was lost may take to be carried out: as the configuration says, or longer
// than the drive has for an answer.
func landWait(p provider.Drive, client *yomicloud.Client) time.Duration {
	return cmp.Or(p.LostWriteWait, client.Timeout()+margin)
}

// reach takes the steps after load, of a run that writes.
func (s *session) reach(ctx context.Context, operation string) error {
	s.writes = true
	if err := s.locked(ctx, operation); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	return s.refresh(ctx)
}

// plan compares declared, recorded and live, outputs included.
func (s *session) plan(ctx context.Context, o reconcile.Options) (*reconcile.Plan, error) {
	declared, err := s.readSources(ctx, o)
	if err != nil {
		return nil, err
	}
	s.compared = declared
	plan, diags := reconcile.Diff(declared, s.settled.State, s.world, o)
	if diags.HasErrors() {
		return nil, s.keep(diags)
	}
	outputs, outDiags := s.outputs(s.settled.State, o, plan)
	if outDiags.HasErrors() {
		return nil, s.keep(outDiags)
	}
	plan.Outputs = reconcile.DiffOutputs(s.read.Outputs, outputs)
	plan.Warnings = append(append(slices.Clone(s.warnings), s.source.Place(plan.Warnings)...),
		s.source.Place(outDiags)...)
	return plan, nil
}

// outputs evaluates the outputs by what the state says, ids that a plan still to be applied will give being unknown.
// Destroying everything leaves none.
func (s *session) outputs(st state.State, o reconcile.Options, coming *reconcile.Plan) ([]schema.Output,
	schema.Diagnostics) {
	if o.Mode == reconcile.Destroy && len(o.Targets) == 0 {
		return nil, nil
	}
	facts := s.facts(st)
	if coming == nil {
		return s.source.Outputs(s.inputs, facts)
	}
	stage.Unstaged(facts, coming.Attachments)
	for _, c := range coming.Changes {
		switch {
		case c.Action == reconcile.Create, c.Action == reconcile.Replace, c.Action == reconcile.Remove:
			delete(facts.Templates, c.Address)
		case c.Importing:
			facts.Templates[c.Address] = c.ID
		}
	}
	return s.source.Outputs(s.inputs, facts)
}
