// Package stage stages the attachments of a plan: on the drive, in DingTalk, or both, fetching signed contracts first.
// What is there already is known by its content and is not sent again; each part is noted in the journal before it is
// sent. It decides nothing about what is to be staged: the plan says so.
package stage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"sync"
	"time"

	"countersign/internal/parallel"
	"countersign/internal/ready"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// DriveSystem is what staging needs of the drive. Errors may have a method OutcomeUnknown() bool.
type DriveSystem interface {
	// StageFile makes an attachment of one file.
	StageFile(ctx context.Context, f schema.SourceFile, progress func(sent int64)) (id int64, err error)
	// StageFolder makes an attachment of several files, with its folders and those above them, and no files yet. upload
	// is the drive's mark that files are sent under.
	StageFolder(ctx context.Context, folders []string) (root int64, upload string, err error)
	// StageMember puts a file into it.
	StageMember(ctx context.Context, root int64, upload string, f schema.SourceFile, progress func(sent int64)) error
	// HasMember reports whether a file of that place and size is in it.
	HasMember(ctx context.Context, root int64, f schema.SourceFile) (bool, error)
}

// ChatSystem is what staging needs of DingTalk. Errors may have a method OutcomeUnknown() bool.
type ChatSystem interface {
	Stage(ctx context.Context, t schema.DingTalkTarget, f schema.SourceFile,
		progress func(sent int64)) (schema.StagedFile, error)
	// Look finds a file that an interrupted run may have staged; nil when it is not there.
	Look(ctx context.Context, t schema.DingTalkTarget, f schema.SourceFile) (*schema.StagedFile, error)
	Preview(ctx context.Context, p schema.Preview, files []schema.StagedFile) error
	Link(ctx context.Context, unionID, conversation string, f schema.StagedFile) error
}

// ContractSystem fetches the signed contracts of e-sign flows into a folder. The error names the flows that have none;
// the others are fetched all the same.
type ContractSystem interface {
	Fetch(ctx context.Context, flows []string, into string, progress func(got int64)) ([]schema.SourceFile, error)
}

// Systems are those that attachments are staged on; nil where a configuration has no use for one.
type Systems struct {
	Drive     DriveSystem
	Chat      ChatSystem
	Contracts ContractSystem
	Pending   []state.Intent // of OpStage, that an interrupted run left open
}

// staging is one Run under way.
type staging struct {
	Systems
	ctx     context.Context // done when no further part must be begun
	calls   context.Context // a call under way is let finish: only its outcome can be recorded
	journal *write.Recorder
	wait    time.Duration // how long what is sent may take place unseen
	slots   chan struct{} // one for each file at a time
	events  func(plans.Event)
}

// Run stages all attachments of a plan that have something to do, side by side; the files of each too, bounded. It
// returns how each ended, and st with what is staged now.
func Run(ctx context.Context, j write.Journal, p *plans.Plan, st state.State, with Systems,
	settings world.Settings) ([]plans.StageResult, state.State) {
	settings = settings.WithDefaults()
	s := &staging{Systems: with, ctx: ctx, calls: context.WithoutCancel(ctx), journal: write.Record(j, with.Pending),
		wait: settings.LandWait, slots: make(chan struct{}, settings.Parallelism), events: settings.Events}
	known, sends := st.Index(), map[addr.Address]bool{}
	pending := map[addr.Address][]state.Intent{}
	for _, in := range with.Pending {
		pending[in.Address] = append(pending[in.Address], in)
	}
	results := make([]plans.StageResult, len(p.Attachments))
	var group parallel.Group
	for i := range p.Attachments {
		c := &p.Attachments[i]
		results[i].Change = *c
		if !c.Sends() {
			continue
		}
		sends[c.Address] = true
		have, _ := known.Attachment(c.Address)
		group.Go(func() {
			began := time.Now()
			s.events(plans.Event{Kind: plans.ApplyStart, Attachment: c})
			err := s.attachment(c, have, pending[c.Address])
			results[i].Err, results[i].NotTried = err, errors.Is(err, write.ErrInterrupted)
			results[i].Unknown = err != nil && !results[i].NotTried && write.OutcomeUnknown(err)
			e := plans.Event{Kind: plans.ApplyComplete, Attachment: c, Err: err, Elapsed: time.Since(began)}
			switch {
			case results[i].NotTried:
				e.Kind = plans.NotTried
			case err != nil:
				e.Kind = plans.ApplyErrored
			}
			s.events(e)
		})
	}
	group.Wait()
	for _, in := range with.Pending { // what is no longer staged is not looked for
		if !sends[in.Address] {
			s.settle(state.Outcome{Seq: in.Seq})
		}
	}
	st = record(s.journal.Fold(st), p, results)
	return slices.DeleteFunc(results, func(r plans.StageResult) bool { return r.Change.Action == plans.NoOp }),
		st
}

// attachment stages one: its content is fetched if it is to be, then system by system what is not there yet.
func (s *staging) attachment(c *plans.AttachmentChange, have state.Attachment, pending []state.Intent) error {
	have, err := s.withInterrupted(c, have, pending)
	if err != nil {
		return write.NotSent(fmt.Errorf("finding out what an interrupted run staged: %w", err))
	}
	files := c.Files
	if len(c.Flows) > 0 && (c.Drive || len(c.DingTalk) > 0) {
		folder, err := os.MkdirTemp("", "countersign-contracts-")
		if err != nil {
			return write.NotSent(fmt.Errorf("making a folder for the contracts: %w", err))
		}
		defer os.RemoveAll(folder)
		if s.ctx.Err() != nil {
			return write.ErrInterrupted
		}
		if files, err = s.Contracts.Fetch(s.calls, c.Flows, folder, s.sent(c)); err != nil {
			return write.NotSent(fmt.Errorf("fetching the signed contracts: %w", err))
		}
		if len(files) == 0 {
			return write.NotSent(errors.New("the e-sign flows have no signed contract"))
		}
	}
	var errs []error
	if c.Drive {
		errs = append(errs, s.onDrive(c, files, have.Drive))
	}
	if t := c.Attachment.DingTalk; t != nil {
		errs = append(errs, s.inDingTalk(c, *t, files, have.DingTalk))
	}
	return errors.Join(errs...)
}

// onDrive stages files as one attachment of the drive, going on where an interrupted run stopped.
func (s *staging) onDrive(c *plans.AttachmentChange, files []schema.SourceFile, have *state.StagedDrive) error {
	digest := c.Attachment.Digest()
	if len(files) == 1 && path.Dir(files[0].Name) == "." {
		stage := state.Stage{Part: state.StageDriveFile, Digest: digest, Count: 1, File: &files[0]}
		return s.part(c, stage, func(ctx context.Context) (state.Staged, error) {
			id, err := s.Drive.StageFile(ctx, files[0], s.sent(c))
			return state.Staged{ID: id}, err
		})
	}
	if have == nil || have.Digest != digest || have.Upload == "" {
		stage := state.Stage{Part: state.StageDriveFolder, Digest: digest, Count: len(files)}
		err := s.part(c, stage, func(ctx context.Context) (state.Staged, error) {
			root, upload, err := s.Drive.StageFolder(ctx, Folders(files))
			have = &state.StagedDrive{Digest: digest, ID: root, Upload: upload}
			return state.Staged{ID: root, Upload: upload}, err
		})
		if err != nil {
			return err
		}
	}
	held := have.Held(digest)
	return s.each(files, func(f schema.SourceFile) error {
		if held(f) {
			return nil
		}
		stage := state.Stage{Part: state.StageDriveMember, Digest: digest, Count: len(files), Root: have.ID, File: &f}
		return s.part(c, stage, func(ctx context.Context) (state.Staged, error) {
			return state.Staged{}, s.Drive.StageMember(ctx, have.ID, have.Upload, f, s.sent(c))
		})
	})
}

// inDingTalk stages each file that is not there as it is, grants the previews and posts the links.
func (s *staging) inDingTalk(c *plans.AttachmentChange, t schema.DingTalkTarget, files []schema.SourceFile,
	have *state.StagedDingTalk) error {
	digest := c.Attachment.Digest()
	fresh := have.Fresh(c.Attachment)
	if len(c.Flows) > 0 && len(c.DingTalk) > 0 { // contracts that an interrupted run staged, and that are the same now
		fresh = map[string]state.DingTalkFile{}
		if have != nil && have.Digest == digest && have.FolderID == t.FolderID {
			for _, f := range have.Files {
				same := func(w schema.SourceFile) bool { return w.Name == f.Source && w.SHA256 == f.SHA256 }
				if slices.ContainsFunc(files, same) {
					fresh[f.Source] = f
				}
			}
		}
	}
	var mu sync.Mutex
	staged := map[string]state.DingTalkFile{}
	maps.Copy(staged, fresh)
	err := s.each(files, func(f schema.SourceFile) error {
		if _, ok := fresh[f.Name]; ok {
			return nil
		}
		stage := state.Stage{Part: state.StageDingTalk, Digest: digest, Count: len(files), File: &f,
			FolderID: t.FolderID, UnionID: t.UnionID, Conflict: t.OnConflict}
		return s.part(c, stage, func(ctx context.Context) (state.Staged, error) {
			d, err := s.Chat.Stage(ctx, t, f, s.sent(c))
			if err == nil {
				mu.Lock()
				staged[f.Name] = state.DingTalkFile{StagedFile: d, SHA256: f.SHA256}
				mu.Unlock()
			}
			return state.Staged{File: &d}, err
		})
	})
	if err != nil {
		return err
	}
	ordered := slices.SortedFunc(maps.Values(staged),
		func(a, b state.DingTalkFile) int { return addr.CompareText(a.Source, b.Source) })
	return errors.Join(s.previews(c, ordered), s.links(c, t, ordered))
}

// previews grants what the change says. A grant is good for one look, so it is no loss to grant one twice.
func (s *staging) previews(c *plans.AttachmentChange, files []state.DingTalkFile) error {
	var errs []error
	plain := make([]schema.StagedFile, len(files))
	for i, f := range files {
		plain[i] = f.StagedFile
	}
	for _, p := range c.Previews {
		if s.ctx.Err() != nil {
			return errors.Join(append(errs, write.ErrInterrupted)...)
		}
		stage := state.Stage{Part: state.StagePreview, File: &schema.SourceFile{Name: "*"}, Preview: &p}
		errs = append(errs, s.part(c, stage, func(ctx context.Context) (state.Staged, error) {
			return state.Staged{}, s.Chat.Preview(ctx, p, plain)
		}))
	}
	return errors.Join(errs...)
}

// links posts one for each file into each conversation that has none.
func (s *staging) links(c *plans.AttachmentChange, t schema.DingTalkTarget, files []state.DingTalkFile) error {
	var errs []error
	for _, conversation := range c.Links {
		for _, f := range files {
			if slices.Contains(f.Links, conversation) {
				continue
			}
			stage := state.Stage{Part: state.StageLink, File: &schema.SourceFile{Name: f.Source},
				Conversation: conversation}
			errs = append(errs, s.part(c, stage, func(ctx context.Context) (state.Staged, error) {
				return state.Staged{}, s.Chat.Link(ctx, t.UnionID, conversation, f.StagedFile)
			}))
		}
	}
	return errors.Join(errs...)
}

// each works on files side by side and joins what went wrong.
func (s *staging) each(files []schema.SourceFile, work func(schema.SourceFile) error) error {
	errs := make([]error, len(files))
	var wg parallel.Group
	for i, f := range files {
		s.slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-s.slots }()
			defer parallel.Caught(&errs[i])
			errs[i] = work(f)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// part notes what is about to be staged, sends it, and notes how that ended. It may take several calls, and each is
// sent only while the lock is known to be this run's.
func (s *staging) part(c *plans.AttachmentChange, stage state.Stage,
	send func(context.Context) (state.Staged, error)) error {
	if s.ctx.Err() != nil {
		return write.ErrInterrupted
	}
	began := time.Now()
	noted, err := s.journal.Begin(s.calls, []state.Intent{{Op: state.OpStage, Address: c.Address, Stage: &stage}})
	if err != nil {
		return write.NotSent(fmt.Errorf("nothing was sent, because the journal could not be written: %w", err))
	}
	in := noted[0]
	again := func() error {
		return write.NotSent(s.journal.Sent(s.calls, state.Sent{Seq: in.Seq, Wait: s.wait.Milliseconds()}))
	}
	var answer state.Staged
	if err = write.Late(began); err == nil {
		answer, err = send(ready.With(s.calls, write.Timely(began, again)))
	}
	if err != nil && write.OutcomeUnknown(err) {
		return err // the intent stays open: the next run looks
	}
	out := state.Outcome{Seq: in.Seq, Done: err == nil}
	if err == nil {
		out.Staged = &answer
	}
	s.settle(out)
	return err
}

// settle notes how something ended. Where that cannot be noted, the next run looks.
func (s *staging) settle(out state.Outcome) { _ = s.journal.Settle(s.calls, []state.Outcome{out}) }

// withInterrupted finds out what an interrupted run staged of an attachment, and returns it with that folded in. What
// cannot be looked for counts as not staged, but a link: a second one would be a second message in a chat. When looking
// fails, nothing is concluded and nothing is staged.
func (s *staging) withInterrupted(c *plans.AttachmentChange, have state.Attachment,
	pending []state.Intent) (state.Attachment, error) {
	var records []state.Record
	for _, in := range pending {
		out := state.Outcome{Seq: in.Seq}
		switch stage := in.Stage; stage.Part {
		case state.StageDriveMember:
			there, err := s.Drive.HasMember(s.calls, stage.Root, *stage.File)
			if err != nil {
				return have, err
			}
			if out.Done = there; there {
				out.Staged = &state.Staged{}
			}
		case state.StageDingTalk:
			if t := c.Attachment.DingTalk; t != nil {
				f, err := s.Chat.Look(s.calls, *t, *stage.File)
				if err != nil {
					return have, err
				}
				if out.Done = f != nil; out.Done {
					out.Staged = &state.Staged{File: f}
				}
			}
		case state.StageLink:
			out.Done, out.Staged = true, &state.Staged{}
		}
		s.settle(out)
		records = append(records, state.Record{Intent: &in}, state.Record{Outcome: &out})
	}
	if len(records) == 0 {
		return have, nil
	}
	have.Address = c.Address // there may be nothing of it yet
	st, _ := state.Fold(state.State{Attachments: []state.Attachment{have}}, records)
	return st.Attachments[0], nil
}

// sent reports how many bytes of an attachment are under way or done. The count of one file may go back when it is sent
// again.
func (s *staging) sent(c *plans.AttachmentChange) func(int64) {
	var mu sync.Mutex
	var before int64
	return func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		s.events(plans.Event{Kind: plans.StageProgress, Attachment: c, Bytes: n - before})
		before = n
	}
}
