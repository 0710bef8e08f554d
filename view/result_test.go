package view

import (
	"bytes"
	"errors"
	"testing"

	"countersign/reconcile"
	"countersign/schema/addr"
	"countersign/state"
)

var errRefused = errors.New(`set template.modify (tid 5) on folder 71: code 403: 无权限`)

// An apply that went wrong in every way at once.
func broken() *reconcile.Result {
	all := plans()
	create, update, replace, remove := all["create"].Changes[0], all["step-moved"].Changes[0], all["replace"].Changes[0], all["destroy"].Changes[0]
	create.Address = addr.Of("template.new")
	lost := create
	lost.Address = addr.Of("template.lost")
	interrupted := errors.New("interrupted before it was begun")
	return &reconcile.Result{
		Done: []reconcile.Done{{Change: create, ID: 12}, {Change: all["nothing"].Changes[0], ID: 5},
			{Change: all["import"].Changes[0], ID: 5}},
		Failed: []reconcile.Failure{
			{Change: update, Err: errRefused},
			{Change: replace, Removal: true, Err: errRefused},
			{Change: lost, Unknown: true, Err: errors.New("POST https://drive.example.com/app/approval/set-templet: connection reset")},
		},
		NotTried: []reconcile.Failure{{Change: remove, Err: interrupted},
			{Change: all["destroy"].Changes[2], Err: interrupted}, {Change: replace,
				Err: errors.New("reading the templates on 80 again before writing: time-out")}},
	}
}

func done(changes ...reconcile.Change) *reconcile.Result {
	r := &reconcile.Result{}
	for _, c := range changes {
		r.Done = append(r.Done, reconcile.Done{Change: c, ID: c.ID})
	}
	return r
}

func TestResult(t *testing.T) {
	all := plans()
	outputs := map[string]state.Output{"modify_id": number("12"),
		"token": {Value: "hush", Type: "string", Sensitive: true}}
	for _, c := range []struct {
		name    string
		result  *reconcile.Result
		outputs map[string]state.Output
		mode    reconcile.Mode
	}{
		{"nothing", done(all["nothing"].Changes...), nil, reconcile.Normal},
		{"complete", done(append(all["create"].Changes, all["replace"].Changes...)...), outputs, reconcile.Normal},
		{"import-and-forget", done(append(all["import"].Changes, all["forget"].Changes...)...), nil, reconcile.Normal},
		{"destroy", done(append(all["destroy"].Changes, all["forget"].Changes...)...), nil, reconcile.Destroy},
		{"refresh-only", done(all["refresh-only"].Changes...), nil, reconcile.RefreshOnly},
		{"incomplete", broken(), outputs, reconcile.Normal},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Result(&b, c.result, c.outputs, c.mode, Settings{}); err != nil {
				t.Fatal(err)
			}
			golden(t, "result/"+c.name+".txt", b.Bytes())
		})
	}
}
