// Package run takes the steps that commands share: the flags of a configuration, its files, its state and lock, the
// drive, a plan, and a plan saved. It prints nothing; package report does.
package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"countersign/command/fault"
	"countersign/command/log"
	"countersign/command/sidefile"
	"countersign/providers/route"
	"countersign/providers/sandbox"
	"countersign/providers/yomicloud"
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/schema/config/provider"
	"countersign/stage"
	"countersign/state"
	"countersign/state/store"
)

// Session is one run over a configuration. Each of its steps returns a value with what is known from there on: Load
// returns Loaded; Observe, or Reach for a run that writes, returns Reached; Plan returns Planned. Close releases what
// was taken on the way, however far the run came.
type Session struct {
	Flags
	Log       *slog.Logger // nil: nobody asked for one
	Inputs    config.Inputs
	SideFiles *sidefile.Files // files that the run writes, which must be none of those that it needs; nil: none
	Writes    bool            // this run may write to the drive
	Events    func(plans.Event)
	Warnings  schema.Diagnostics // so far

	box       *sandbox.Sandbox // the embedded one, once something of this session needed it
	waiting   sync.Mutex
	until     time.Time // when the last wait that was reported ends
	releasing []func() error
}

// Loaded is a session whose files are read.
type Loaded struct {
	*Session
	Source *config.Source // nil where the environment alone says how the vendors are reached
	Config *config.Config
	rules  *Rules
	State  *store.Store // nil after Provide
}

// Opened is a session that can call the drive.
type Opened struct {
	*Loaded
	Client *yomicloud.Client
}

// Reached is a session that has read the state and the drive.
type Reached struct {
	*Opened
	World   *world.World
	Read    state.State    // the state, its journal folded in
	pending []state.Intent // writes that an interrupted run left open
	Settled world.Settled  // Read, with the intents of an interrupted run settled
}

// Planned is a plan, and the declaration that it was made from.
type Planned struct {
	*plans.Plan
	compared schema.Declaration // what the plan was made from, attachments read
}

func NewSession(ctx context.Context, o Flags) *Session {
	return &Session{Flags: o, Log: log.From(ctx), Inputs: o.Inputs(ctx)}
}

// waits reports a pause before a call to a service is tried again. Calls side by side wait at the same time; that is
// reported once.
func (s *Session) waits(service string) func(route.Wait) {
	return func(w route.Wait) {
		s.waiting.Lock()
		ends := time.Now().Add(w.For)
		news := ends.Sub(s.until) > max(time.Second, w.For/4)
		if news {
			s.until = ends
		}
		s.waiting.Unlock()
		if !news || s.Events == nil {
			return
		}
		why := fmt.Sprintf("%s answered %s with %s, and is asked again then", service, w.Call, w.Why)
		if !w.Answered {
			why = fmt.Sprintf("%s gave no answer to %s (%s), and is asked again then", service, w.Call, w.Why)
		}
		switch {
		case w.Asked > w.For:
			why += fmt.Sprintf(". It asks for %s, and longest_wait in the provider block allows less",
				w.Asked.Round(time.Second))
		case w.Asked > 0:
			why += ", as it asks"
		}
		s.Events(plans.Event{Kind: plans.Waiting, Wait: w.For, Total: 1, Why: why})
	}
}

// Close releases drive and lock, the last taken first.
func (s *Session) Close() error {
	var errs []error
	for _, release := range slices.Backward(s.releasing) {
		errs = append(errs, release())
	}
	s.releasing = nil
	return errors.Join(errs...)
}

// Keep keeps warnings for the end of the run. Errors among the diagnostics end it.
func (s *Loaded) Keep(d schema.Diagnostics) error {
	if d.HasErrors() {
		return fault.Diagnostics(append(slices.Clone(s.Warnings), s.Source.Place(d)...))
	}
	s.Warnings = append(s.Warnings, s.Source.Place(d)...)
	return nil
}

// Load reads the files and gives every expression its value that needs no drive.
func (run *Session) Load() (_ *Loaded, err error) {
	source, diags := config.Load(run.Path)
	s := &Loaded{Session: run, Source: source}
	if diags.HasErrors() {
		return nil, s.Keep(diags)
	}
	s.Warnings = diags
	cfg, diags := source.Evaluate(s.Inputs, nil)
	if err := s.spare(s.Named(), source.Files, source.Read()); err != nil { // before a failure is written there
		return nil, err
	}
	if diags.HasErrors() || !cfg.NeedsFacts { // the second evaluation repeats the warnings of the first
		if err := s.Keep(diags); err != nil {
			return nil, err
		}
	}
	s.Warnings = append(s.Warnings, source.NoTemplate()...)
	s.Config = cfg
	rules, diags := s.Policies.Load(source, s.Inputs)
	if err := s.Keep(diags); err != nil {
		return nil, err
	}
	s.rules = rules
	if s.State, err = StateOf(cfg, s.Log); err != nil {
		return s, err
	}
	if s.Events != nil {
		s.State.Waiting = WaitingFor(s.State, s.Events)
	}
	return s, s.spare(s.State.Files(), rules.files())
}

// spare refuses to write to files that the run reads or keeps.
func (run *Session) spare(files ...[]string) error {
	if run.SideFiles == nil {
		return nil
	}
	return run.SideFiles.RefuseOverwriting(slices.Concat(files...)...)
}

// locked takes the state's lock for a command.
func (s *Loaded) locked(ctx context.Context, operation string) error {
	if !s.Lock {
		return nil
	}
	unlock, err := s.State.Lock(ctx, LockInfo(operation, s.State), s.LockTimeout)
	if err == nil {
		s.releasing = append(s.releasing, unlock)
	}
	if ctx.Err() != nil {
		return fault.ErrInterrupted
	}
	return fault.Headed("The state could not be locked", err)
}

// open makes the drive's client; it makes no call yet.
func (s *Loaded) open() (*Opened, error) {
	client, err := s.newDrive(s.Config.Provider)
	return &Opened{Loaded: s, Client: client}, err
}

// refresh reads the state and the live world, settles what an interrupted run left open, and gives the expressions
// that waited for the drive their values.
func (s *Opened) refresh(ctx context.Context) (*Reached, error) {
	read, pending, err := s.State.Read(ctx)
	if err != nil {
		return nil, unread(err)
	}
	r := &Reached{Opened: s, Read: read, pending: pending}
	if err := s.writable(); err != nil {
		return nil, err
	}
	read.Writer = VersionString()
	if read.Lineage == "" {
		s.Warnings = append(s.Warnings, s.otherStates(ctx)...)
	}
	endpoint := s.Config.Provider.Endpoint
	if read.Drive != "" && read.Drive != endpoint && len(read.Bindings)+len(read.Attachments) > 0 {
		s.Warnings = append(s.Warnings, schema.Diagnostic{Severity: schema.Warning,
			Summary: "The state is of another drive",
			Detail: fmt.Sprintf("%s was last written for %s, and the provider's endpoint is %s now. Ids mean other "+
				"templates on another drive: apply only if both are the same drive under two names.",
				s.State.Path(), s.Config.Provider.Shown(read.Drive), s.Config.Provider.Address())})
	}
	read.Drive = endpoint
	live, diags := world.Refresh(ctx, s.Client, s.Config.Declaration, read, pending, s.Settings())
	if ctx.Err() != nil {
		return nil, fault.ErrInterrupted
	}
	if err := s.Keep(diags); err != nil {
		return nil, err
	}
	r.World, r.Settled = live, world.Settle(read, pending, live)
	if err := s.Keep(r.Settled.Notes); err != nil || !s.Config.NeedsFacts {
		return r, err
	}
	s.Config, diags = s.Source.Evaluate(s.Inputs, r.Facts(r.Settled.State))
	return r, s.Keep(diags)
}

// writable refuses a state that an apply would not write, because it is not sealed as the configuration says. A run
// that writes nothing is only warned.
func (s *Loaded) writable() error {
	const summary = "Nothing can be applied as the state is kept"
	err := s.State.Writable()
	if err == nil || s.Writes {
		return fault.Headed(summary, err)
	}
	s.Warnings = append(s.Warnings, schema.Diagnostic{Severity: schema.Warning, Summary: summary,
		Detail: fault.Sentence(err.Error()) + "."})
	return nil
}

// Facts are what expressions may refer to, as far as it is known.
func (s *Reached) Facts(st state.State) *schema.Facts {
	facts := s.World.Facts(st)
	facts.Attachments = stage.Facts(st)
	return facts
}

// Settings say how the drive is called: how many calls side by side, and for how long.
func (s *Opened) Settings() world.Settings {
	return world.Settings{Parallelism: s.parallelism, Events: s.Events,
		LandWait: LandWait(s.Config.Provider, s.Client)}
}

// margin is how much longer than a call's own time limit a write is looked for whose answer did not come.
const margin = 5 * time.Second

// LandWait is how long the drive may take to carry out a write whose answer was lost: as the configuration says, or
// longer than it has for an answer.
func LandWait(p provider.Drive, client *yomicloud.Client) time.Duration {
	return cmp.Or(p.LostWriteWait, client.Timeout()+margin)
}

// Reach takes the steps after load, of a run that writes.
func (s *Loaded) Reach(ctx context.Context, operation string) (*Reached, error) {
	s.Writes = true
	if err := s.locked(ctx, operation); err != nil {
		return nil, err
	}
	opened, err := s.open()
	if err != nil {
		return nil, err
	}
	return opened.refresh(ctx)
}

// Plan compares declared, recorded and live, outputs included.
func (s *Reached) Plan(ctx context.Context, o reconcile.Options) (*Planned, error) {
	declared, err := s.readSources(ctx, o)
	if err != nil {
		return nil, err
	}
	plan, diags := reconcile.Diff(declared, s.Settled.State, s.World, o)
	if diags.HasErrors() {
		return nil, s.Keep(diags)
	}
	outputs, outDiags := s.Outputs(s.Settled.State, o, plan)
	if outDiags.HasErrors() {
		return nil, s.Keep(outDiags)
	}
	plan.Outputs = reconcile.DiffOutputs(s.Read.Outputs, outputs)
	found := slices.Concat(s.Warnings, s.Source.Place(plan.Warnings), s.Source.Place(outDiags))
	if o.Mode == plans.Destroy { // what goes needs no advice, and an error must not keep it
		plan.Warnings = found
	} else if err = s.Lint(plan, found); err != nil {
		return nil, err
	}
	return &Planned{plan, declared}, s.CheckPolicies(plan)
}

// Outputs evaluates the outputs by what the state says. Ids that a coming plan will give are unknown. Destroying
// everything leaves no outputs.
func (s *Reached) Outputs(st state.State, o reconcile.Options, coming *plans.Plan) (
	[]schema.Output, schema.Diagnostics) {
	if o.Mode == plans.Destroy && len(o.Targets) == 0 {
		return nil, nil
	}
	facts := s.Facts(st)
	if coming == nil {
		return s.Source.Outputs(s.Inputs, facts)
	}
	stage.Unstaged(facts, coming.Attachments)
	for _, c := range coming.Changes {
		switch {
		case c.Action == plans.Create, c.Action == plans.Replace, c.Action == plans.Remove:
			delete(facts.Templates, c.Address)
		case c.Importing:
			facts.Templates[c.Address] = c.ID
		}
	}
	return s.Source.Outputs(s.Inputs, facts)
}
