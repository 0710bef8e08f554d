package viewtest

import (
	"errors"
	"time"

	"countersign/reconcile/plans"
	"countersign/schema/addr"
)

var ErrRefused = errors.New(`set template.modify (tid 5) on folder 71: code 403: 无权限`)

func oneOfEach(all map[string]*plans.Plan) (create, update, replace, remove plans.Change) {
	first := func(name string) plans.Change { return all[name].Changes[0] }
	return first("create"), first("step-moved"), first("replace"), first("destroy")
}

// Broken is an apply that went wrong in every way at once.
func Broken() *plans.Result {
	all := Plans()
	create, update, replace, remove := oneOfEach(all)
	create.Address = addr.Of("template.new")
	lost := create
	lost.Address = addr.Of("template.lost")
	return &plans.Result{
		Done: []plans.Done{{Change: create, ID: 12}, {Change: all["nothing"].Changes[0], ID: 5},
			{Change: all["import"].Changes[0], ID: 5}},
		Failed: []plans.Failure{
			{Change: update, Err: ErrRefused}, {Change: replace, Removal: true, Err: ErrRefused},
			{Change: lost, Unknown: true,
				Err: errors.New("POST https://drive.example.com/app/approval/set-templet: connection reset")},
		},
		NotTried: []plans.Failure{{Change: remove, Err: ErrInterrupted},
			{Change: all["destroy"].Changes[2], Err: ErrInterrupted},
			{Change: replace, Err: errors.New("reading the templates on 80 again before writing: time-out")}},
	}
}

// Events are a refresh of three reads, then an apply with one change of each kind.
func Events() []plans.Event {
	all := Plans()
	create, update, replace, _ := oneOfEach(all)
	remove := all["destroy"].Changes[1]
	return []plans.Event{
		{Kind: plans.ReadStart, Total: 3},
		{Kind: plans.ReadDone}, {Kind: plans.ReadDone}, {Kind: plans.ReadDone},
		{Kind: plans.ApplyStart, Change: &create},
		{Kind: plans.ApplyStart, Change: &update, ID: 5},
		{Kind: plans.ApplyComplete, Change: &create, ID: 12, Elapsed: 400 * time.Millisecond},
		{Kind: plans.ApplyErrored, Change: &update, ID: 5, Elapsed: 65 * time.Second, Err: ErrRefused},
		{Kind: plans.ApplyStart, Change: &replace, ID: 5},
		{Kind: plans.ApplyComplete, Change: &replace, ID: 13, Elapsed: time.Second},
		{Kind: plans.ApplyStart, Change: &replace, ID: 5, Removal: true},
		{Kind: plans.ApplyComplete, Change: &replace, ID: 5, Removal: true, Elapsed: time.Second},
		{Kind: plans.ApplyStart, Change: &remove, ID: 8},
		{Kind: plans.ApplyComplete, Change: &remove, ID: 8},
		{Kind: plans.NotTried, Change: &remove, ID: 8, Err: ErrRefused},
	}
}

// StagingEvents are an apply that makes a template and stages three attachments side by side: one is staged, one fails
// after a part had to be sent again, one is not tried.
func StagingEvents() []plans.Event {
	create := Plans()["create"].Changes[0]
	whole, anew := Staged("attachment.handbook", Handbook()...), Again()
	late := Staged("attachment.late", Sent("函.pdf", 512))
	anew.Address = addr.Of("attachment.anew")
	return []plans.Event{
		{Kind: plans.ApplyStart, Change: &create},
		{Kind: plans.ApplyComplete, Change: &create, ID: 12, Elapsed: time.Second},
		{Kind: plans.ApplyStart, Attachment: &whole},
		{Kind: plans.StageProgress, Attachment: &whole, Bytes: 1_000_000},
		{Kind: plans.ApplyStart, Attachment: &anew},
		{Kind: plans.ApplyStart, Attachment: &late},
		{Kind: plans.StageProgress, Attachment: &anew, Bytes: 45_000},
		{Kind: plans.StageProgress, Attachment: &anew, Bytes: -45_000},
		{Kind: plans.ApplyErrored, Attachment: &anew, Elapsed: 61 * time.Second, Err: ErrStaging},
		{Kind: plans.StageProgress, Attachment: &whole, Bytes: 1_400_000},
		{Kind: plans.ApplyComplete, Attachment: &whole, Elapsed: 2 * time.Second},
		{Kind: plans.NotTried, Attachment: &late, Err: ErrInterrupted},
	}
}

var (
	ErrStaging = errors.Join(errors.New("stage 目录.pdf in DingTalk: forbidden.accessDenied: 没有调用该接口的权限"),
		errors.New("stage 第一章.pdf in DingTalk: the upload was cut off"))
	ErrInterrupted = errors.New("interrupted before it was begun")
	errCut         = errors.New("post the link to 目录.pdf into cidSandbox: the answer was lost; look into the chat")
)

// StagedBadly is an apply in which staging ended in every way.
func StagedBadly() *plans.Result {
	named := func(address string, c plans.AttachmentChange) plans.AttachmentChange {
		c.Address = addr.Of(address)
		return c
	}
	all := Plans()
	return &plans.Result{
		Done: []plans.Done{{Change: all["create"].Changes[0], ID: 12}},
		Staged: []plans.StageResult{
			{Change: named("attachment.anew", Again()), Err: ErrStaging},
			{Change: named("attachment.chat", Again()), Err: errCut, Unknown: true},
			{Change: Staged("attachment.handbook", Handbook()...)},
			{Change: named("attachment.late", Contract()), Err: ErrInterrupted, NotTried: true},
			{Change: all["attachment-destroy"].Attachments[0]},
		},
	}
}
