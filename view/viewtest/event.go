package viewtest

import (
	"errors"
	"time"

	"countersign/reconcile"
	"countersign/schema/addr"
)

var ErrRefused = errors.New(`set template.modify (tid 5) on folder 71: code 403: 无权限`)

// Broken is an apply that went wrong in every way at once.
func Broken() *reconcile.Result {
	all := Plans()
	create, update, replace, remove := all["create"].Changes[0], all["step-moved"].Changes[0], all["replace"].Changes[0], all["destroy"].Changes[0]
	create.Address = addr.Of("template.new")
	lost := create
	lost.Address = addr.Of("template.lost")
	interrupted := errors.New("interrupted before it was begun")
	return &reconcile.Result{
		Done: []reconcile.Done{{Change: create, ID: 12}, {Change: all["nothing"].Changes[0], ID: 5},
			{Change: all["import"].Changes[0], ID: 5}},
		Failed: []reconcile.Failure{
			{Change: update, Err: ErrRefused},
			{Change: replace, Removal: true, Err: ErrRefused},
			{
				Change:  lost,
				Unknown: true,
				Err:     errors.New("POST https://drive.example.com/app/approval/set-templet: connection reset"),
			},
		},
		NotTried: []reconcile.Failure{{Change: remove, Err: interrupted},
			{Change: all["destroy"].Changes[2], Err: interrupted}, {Change: replace,
				Err: errors.New("reading the templates on 80 again before writing: time-out")}},
	}
}

// Events are a refresh of three reads, then an apply with one change of each kind.
func Events() []reconcile.Event {
	all := Plans()
	create, update, replace, remove := all["create"].Changes[0], all["step-moved"].Changes[0], all["replace"].Changes[0], all["destroy"].Changes[1]
	refused := ErrRefused
	return []reconcile.Event{
		{Kind: reconcile.ReadStart, Total: 3},
		{Kind: reconcile.ReadDone}, {Kind: reconcile.ReadDone}, {Kind: reconcile.ReadDone},
		{Kind: reconcile.ApplyStart, Change: &create},
		{Kind: reconcile.ApplyStart, Change: &update, ID: 5},
		{Kind: reconcile.ApplyComplete, Change: &create, ID: 12, Elapsed: 400 * time.Millisecond},
		{Kind: reconcile.ApplyErrored, Change: &update, ID: 5, Elapsed: 65 * time.Second, Err: refused},
		{Kind: reconcile.ApplyStart, Change: &replace, ID: 5},
		{Kind: reconcile.ApplyComplete, Change: &replace, ID: 13, Elapsed: time.Second},
		{Kind: reconcile.ApplyStart, Change: &replace, ID: 5, Removal: true},
		{Kind: reconcile.ApplyComplete, Change: &replace, ID: 5, Removal: true, Elapsed: time.Second},
		{Kind: reconcile.ApplyStart, Change: &remove, ID: 8},
		{Kind: reconcile.ApplyComplete, Change: &remove, ID: 8},
		{Kind: reconcile.NotTried, Change: &remove, ID: 8, Err: refused},
	}
}

// StagingEvents are an apply that makes a template and stages three attachments side by side: one is staged, one fails
// after a part had to be sent again, one is not tried.
func StagingEvents() []reconcile.Event {
	create := Plans()["create"].Changes[0]
	whole, anew, late := Staged(
		"attachment.handbook",
		Handbook()...), Again(), Staged(
		"attachment.late",
		Sent("函.pdf", 512),
	)
	anew.Address = addr.Of("attachment.anew")
	return []reconcile.Event{
		{Kind: reconcile.ApplyStart, Change: &create},
		{Kind: reconcile.ApplyComplete, Change: &create, ID: 12, Elapsed: time.Second},
		{Kind: reconcile.ApplyStart, Attachment: &whole},
		{Kind: reconcile.StageProgress, Attachment: &whole, Bytes: 1_000_000},
		{Kind: reconcile.ApplyStart, Attachment: &anew},
		{Kind: reconcile.ApplyStart, Attachment: &late},
		{Kind: reconcile.StageProgress, Attachment: &anew, Bytes: 45_000},
		{Kind: reconcile.StageProgress, Attachment: &anew, Bytes: -45_000},
		{Kind: reconcile.ApplyErrored, Attachment: &anew, Elapsed: 61 * time.Second, Err: ErrStaging},
		{Kind: reconcile.StageProgress, Attachment: &whole, Bytes: 1_400_000},
		{Kind: reconcile.ApplyComplete, Attachment: &whole, Elapsed: 2 * time.Second},
		{Kind: reconcile.NotTried, Attachment: &late, Err: ErrInterrupted},
	}
}

var (
	ErrStaging = errors.Join(errors.New("stage 目录.pdf in DingTalk: forbidden.accessDenied: 没有调用该接口的权限"),
		errors.New("stage 第一章.pdf in DingTalk: the upload was cut off"))
	ErrInterrupted = errors.New("interrupted before it was begun")
	errCut         = errors.New("post the link to 目录.pdf into cidSandbox: the answer was lost; look into the chat")
)

// StagedBadly is an apply in which staging ended in every way.
func StagedBadly() *reconcile.Result {
	named := func(address string, c reconcile.AttachmentChange) reconcile.AttachmentChange {
		c.Address = addr.Of(address)
		return c
	}
	all := Plans()
	return &reconcile.Result{
		Done: []reconcile.Done{{Change: all["create"].Changes[0], ID: 12}},
		Staged: []reconcile.StageResult{
			{Change: named("attachment.anew", Again()), Err: ErrStaging},
			{Change: named("attachment.chat", Again()), Err: errCut, Unknown: true},
			{Change: Staged("attachment.handbook", Handbook()...)},
			{Change: named("attachment.late", Contract()), Err: ErrInterrupted, NotTried: true},
			{Change: all["attachment-destroy"].Attachments[0]},
		},
	}
}
