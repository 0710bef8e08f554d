package json

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/stage"
	"countersign/state"
	"countersign/view"
	"countersign/view/viewtest"
)

// Each kind of change, as a program reads it.
func TestPlanJSON(t *testing.T) {
	for name, p := range viewtest.Plans() {
		doc, err := Plan(p)
		if err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "plan/"+name+".json", viewtest.Readable(t, doc))
	}
}

// A plan that was saved is the same document as the plan itself.
func TestSavedPlanJSON(t *testing.T) {
	viewtest.AsSaved(t, func(t *testing.T, plan, saved *plans.Plan) {
		before, err1 := Plan(plan)
		after, err2 := Plan(saved)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, after) {
			t.Errorf("it is shown otherwise:\n%s\n%s", before, after)
		}
	})
}

func TestStateJSON(t *testing.T) {
	staged := viewtest.State()
	staged.Attachments = viewtest.StagedState()
	for name, st := range map[string]state.State{"state": viewtest.State(), "state-empty": {},
		"state-attachments": staged} {
		doc, err := State(st, stage.Facts(st))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(doc), "hush") {
			t.Error("a sensitive output is shown")
		}
		viewtest.Golden(t, name+".json", viewtest.Readable(t, doc))
	}
}

func TestDiagnosticsJSON(t *testing.T) {
	for name, d := range map[string]schema.Diagnostics{"several": viewtest.DiagnosticsOfEachKind()[:3], "none": nil,
		"warning": viewtest.DiagnosticsOfEachKind()[6:7]} {
		doc, err := Diagnostics(d)
		if err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "diagnostics/"+name+".json", append(doc, '\n'))
	}
}

func TestExplanationJSON(t *testing.T) {
	doc, err := Explanation(viewtest.Explanation())
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "explain/all.json", viewtest.Readable(t, doc))
	e := viewtest.Explanation()
	e.Awaited = nil // without a configuration
	if doc, err = Explanation(e); err != nil || !strings.Contains(string(doc), `"not_applied":null`) {
		t.Errorf("what is not known is not null: %v %s", err, doc)
	}
	for _, text := range viewtest.HostileTexts {
		if doc, err := Explanation(viewtest.HostileExplanation(text)); err != nil || !json.Valid(doc) {
			t.Errorf("%q: %v %s", text, err, doc)
		}
	}
}

func TestCoverageJSON(t *testing.T) {
	doc, err := Coverage(viewtest.Coverage())
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "coverage.json", viewtest.Readable(t, doc))
	for _, text := range viewtest.HostileTexts {
		if doc, err := Coverage(viewtest.HostileCoverage(text)); err != nil || !json.Valid(doc) {
			t.Errorf("%q: %v %s", text, err, doc)
		}
	}
}

func TestReplayJSON(t *testing.T) {
	doc, err := Replay(viewtest.Replayed())
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "replay.json", viewtest.Readable(t, doc))
	for _, text := range viewtest.HostileTexts {
		if doc, err := Replay(viewtest.HostileReplayed(text)); err != nil || !json.Valid(doc) {
			t.Errorf("%q: %v %s", text, err, doc)
		}
	}
}

func TestOutputsJSON(t *testing.T) {
	outputs := map[string]state.Output{"b": viewtest.Number("2"), "a": {Value: "x<y", Type: "string"},
		"s": {Value: "hush", Type: "string", Sensitive: true}}
	doc, err := Outputs(outputs)
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "outputs.json", append(doc, '\n'))
}

func TestStagedJSON(t *testing.T) {
	files, value := viewtest.StagedFiles()
	for name, st := range map[string]view.Stage{
		"drive":    {Files: viewtest.Handbook(), DriveID: 311},
		"dingtalk": {Files: viewtest.Handbook(), DingTalk: files, FormValue: value},
	} {
		doc, err := Staged(st)
		if err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "staged/"+name+".json", append(doc, '\n'))
	}
}

func TestApprovalJSON(t *testing.T) {
	for name, a := range viewtest.Approvals() {
		doc, err := Approval(a)
		if err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "approval/"+name+".json", append(doc, '\n'))
	}
	for name, list := range map[string][]schema.Approval{"list": viewtest.ApprovalList()[5:], "list-empty": nil} {
		doc, err := Approvals(list)
		if err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "approval/"+name+".json", append(doc, '\n'))
	}
}

// Showing an approval leaves it as it was.
func TestApprovalJSONChangesNothing(t *testing.T) {
	a := schema.Approval{ID: 1, Steps: []schema.ApprovalStep{{Name: "初审"}}}
	if _, err := Approval(a); err != nil {
		t.Fatal(err)
	}
	if a.Steps[0].Parts != nil {
		t.Error("its steps were changed")
	}
}

func FuzzPlanJSONOfHostileText(f *testing.F) {
	for _, h := range viewtest.HostileTexts {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if doc, err := Plan(viewtest.HostilePlan(text)); err != nil || !json.Valid(doc) {
			t.Fatalf("%v %s", err, doc)
		}
	})
}

// Ten thousand changes are a matter of a second, not of minutes.
func BenchmarkPlanJSON(b *testing.B) {
	p := viewtest.ManyChanges(10000)
	for b.Loop() {
		if _, err := Plan(p); err != nil {
			b.Fatal(err)
		}
	}
}
