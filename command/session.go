package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"countersign/providers/sandbox"
	"countersign/providers/yomicloud"
	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/state"
)

// embedded is the endpoint of the drive that runs inside the process.
const embedded = "sandbox:"

// session is one run over a configuration, from its files to the live world and the state. Its steps are taken in
// the order load, lock, open, refresh; close undoes what was taken.
type session struct {
	options
	inputs   config.Inputs
	source   *config.Source
	config   *config.Config
	warnings schema.Diagnostics

	state     *state.Local
	drive     reconcile.Drive
	events    func(reconcile.Event)
	world     *reconcile.World
	read      state.State     // as file and journal told it
	settled   state.State     // read, with the intents of an interrupted run settled
	outcomes  []state.Outcome // of those intents
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
		return problem(append(slices.Clone(s.warnings), s.source.Place(d)...))
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
	s.state = state.NewLocal(cfg.State.Path)
	return nil
}

// locked takes the state's lock for a command.
func (s *session) locked(ctx context.Context, operation string) error {
	if !s.lock {
		return nil
	}
	unlock, err := s.state.Lock(ctx, state.NewLockInfo(operation, VersionString(), s.state.Path()), s.lockTimeout)
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
func (s *session) open() error {
	p := s.config.Provider
	o := yomicloud.Options{
		Endpoint: p.Endpoint, Token: p.Token, Timeout: p.Timeout, CAFile: p.CAFile, Proxy: p.Proxy,
		RequestsPerSecond: p.RequestsPerSecond, MaxConnections: s.parallelism, UserAgent: "countersign/" + VersionString(),
	}
	if p.Retries != nil {
		if o.Retries = *p.Retries; o.Retries == 0 {
			o.Retries = -1
		}
	}
	if p.Endpoint == embedded {
		if err := s.embed(&o); err != nil {
			return err
		}
	}
	if o.Token == "" {
		return fault("The drive's token is missing", "%s needs a token. Set the environment variable YOMICLOUD_TOKEN, or write token = env(\"NAME\") in the provider block.", p.Endpoint)
	}
	if p.Endpoint != embedded && yomicloud.Insecure(p.Endpoint) {
		s.warnings = append(s.warnings, schema.Diagnostic{Severity: schema.Warning, Summary: "The token travels in the clear",
			Detail: fmt.Sprintf("%s is http on another machine: everybody on the way can read the token. Use https; ca_file in the provider block takes an authority of your own.", p.Endpoint)})
	}
	client, err := yomicloud.New(o)
	if err != nil {
		return err
	}
	s.drive = client
	return nil
}

// embed starts the drive that runs inside the process, its data beside the configuration.
func (s *session) embed(o *yomicloud.Options) error {
	path := filepath.Join(s.source.Dir, ".countersign", s.source.Name+".db")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fault("The embedded drive cannot keep its data", "%v", err)
	}
	box, err := sandbox.Open(sandbox.Options{Path: path})
	if err != nil {
		return fault("The embedded drive cannot be opened", "%v", err)
	}
	s.releasing = append(s.releasing, box.Close)
	o.Transport = box.Transport()
	tokens := box.Tokens()
	known := slices.ContainsFunc(tokens, func(t sandbox.Token) bool { return t.Token == o.Token })
	if o.Token == "" || !known && o.Token == os.Getenv("YOMICLOUD_TOKEN") { // that one is a real drive's, meant for other configurations
		o.Token = tokens[0].Token
	}
	return nil
}

// refresh reads the state and the live world, settles what an interrupted run left open, and gives the expressions
// that waited for the drive their values.
func (s *session) refresh(ctx context.Context) error {
	read, pending, err := s.state.Read(ctx)
	if err != nil {
		return err
	}
	read.Writer = VersionString()
	if endpoint := s.config.Provider.Endpoint; read.Drive != "" && read.Drive != endpoint && len(read.Bindings) > 0 {
		s.warnings = append(s.warnings, schema.Diagnostic{Severity: schema.Warning, Summary: "The state is of another drive",
			Detail: fmt.Sprintf("%s was last written for %s, and the provider's endpoint is %s now. Ids mean other templates on another drive: apply only if both are the same drive under two names.", s.state.Path(), read.Drive, endpoint)})
	}
	read.Drive = s.config.Provider.Endpoint
	s.read = read
	world, diags := reconcile.Refresh(ctx, s.drive, s.config.Declaration, read, pending, s.settings())
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err := s.keep(diags); err != nil {
		return err
	}
	s.world = world
	var notes schema.Diagnostics
	s.settled, s.outcomes, notes = reconcile.Settle(read, pending, world)
	if err := s.keep(notes); err != nil {
		return err
	}
	if !s.config.NeedsFacts {
		return nil
	}
	cfg, diags := s.source.Evaluate(s.inputs, world.Facts(s.settled))
	if err := s.keep(diags); err != nil {
		return err
	}
	s.config = cfg
	return nil
}

func (s *session) settings() reconcile.Settings {
	return reconcile.Settings{Parallelism: s.parallelism, Events: s.events, LandWait: s.config.Provider.LostWriteWait}
}

// begin takes all steps from the files to the refreshed world.
func (s *session) begin(ctx context.Context, operation string) error {
	if err := s.load(); err != nil {
		return err
	}
	return s.reach(ctx, operation)
}

// reach takes the steps after load.
func (s *session) reach(ctx context.Context, operation string) error {
	if err := s.locked(ctx, operation); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	return s.refresh(ctx)
}

// plan compares declared, recorded and live, outputs included.
func (s *session) plan(o reconcile.Options) (*reconcile.Plan, error) {
	plan, diags := reconcile.Diff(s.config.Declaration, s.settled, s.world, o)
	if diags.HasErrors() {
		return nil, s.keep(diags)
	}
	outputs, outDiags := s.outputs(s.settled, o, plan.Changes)
	if outDiags.HasErrors() {
		return nil, s.keep(outDiags)
	}
	plan.Outputs = reconcile.DiffOutputs(s.read.Outputs, outputs)
	plan.Warnings = append(append(slices.Clone(s.warnings), s.source.Place(plan.Warnings)...), s.source.Place(outDiags)...)
	return plan, nil
}

// outputs evaluates the outputs by what the state says, ids that a change still to be made will give being unknown.
// Destroying everything leaves none.
func (s *session) outputs(st state.State, o reconcile.Options, coming []reconcile.Change) ([]schema.Output, schema.Diagnostics) {
	if o.Mode == reconcile.Destroy && len(o.Targets) == 0 {
		return nil, nil
	}
	facts := s.world.Facts(st)
	for _, c := range coming {
		switch {
		case c.Action == reconcile.Create, c.Action == reconcile.Replace, c.Action == reconcile.Remove:
			delete(facts.Templates, c.Address)
		case c.Importing:
			facts.Templates[c.Address] = c.ID
		}
	}
	return s.source.Outputs(s.inputs, facts)
}
