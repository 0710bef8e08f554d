package view

import (
	"bytes"
	"testing"

	"countersign/reconcile"
	"countersign/state"
	"countersign/view/viewtest"
)

func done(changes ...reconcile.Change) *reconcile.Result {
	r := &reconcile.Result{}
	for _, c := range changes {
		r.Done = append(r.Done, reconcile.Done{Change: c, ID: c.ID})
	}
	return r
}

func TestResult(t *testing.T) {
	all := viewtest.Plans()
	outputs := map[string]state.Output{"modify_id": viewtest.Number("12"),
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
		{"incomplete", viewtest.Broken(), outputs, reconcile.Normal},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Result(&b, c.result, c.outputs, c.mode, Settings{}); err != nil {
				t.Fatal(err)
			}
			viewtest.Golden(t, "result/"+c.name+".txt", b.Bytes())
		})
	}
}
