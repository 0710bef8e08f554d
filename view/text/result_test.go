package text

import (
	"bytes"
	"testing"

	"countersign/reconcile/plans"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/view/viewtest"
)

func done(changes ...plans.Change) *plans.Result {
	r := &plans.Result{}
	for _, c := range changes {
		r.Done = append(r.Done, plans.Done{Change: c, ID: c.ID})
	}
	return r
}

func TestResult(t *testing.T) {
	all := viewtest.Plans()
	outputs := map[string]state.Output{"modify_id": viewtest.Number("12"),
		"token": {Value: "hush", Type: "string", Sensitive: true}}
	for _, c := range []struct {
		name    string
		result  *plans.Result
		outputs map[string]state.Output
		mode    plans.Mode
	}{
		{"nothing", done(all["nothing"].Changes...), nil, plans.Normal},
		{"complete", done(append(all["create"].Changes, all["replace"].Changes...)...), outputs, plans.Normal},
		{"import-and-forget", done(append(all["import"].Changes, all["forget"].Changes...)...), nil, plans.Normal},
		{"destroy", done(append(all["destroy"].Changes, all["forget"].Changes...)...), nil, plans.Destroy},
		{"refresh-only", done(all["refresh-only"].Changes...), nil, plans.RefreshOnly},
		{"incomplete", viewtest.Broken(), outputs, plans.Normal},
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

// Where there is colour, each failure stands in a box, with those that failed like it.
func TestFailuresInBoxes(t *testing.T) {
	r := viewtest.Broken()
	like := r.Failed[0]
	like.Change.Address = addr.Of("template.like")
	r.Failed = append(r.Failed, like)
	var b bytes.Buffer
	if err := Result(&b, r, nil, plans.Normal, Settings{Width: 78, Color: true}); err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "result/colour.txt", b.Bytes())
}
