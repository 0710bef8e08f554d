package json

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/view/viewtest"
)

// A whole apply as lines: version, plan, events, result.
func TestLines(t *testing.T) {
	var b bytes.Buffer
	clock := func() time.Time { return time.Date(2024, 5, 6, 12, 0, 0, 0, time.Local) }
	l := newLines(&b, "1.2.3", clock)
	all := viewtest.Plans()
	p := viewtest.PlanOf()
	for _, name := range []string{"create", "replace", "destroy", "import", "forget", "for-each", "nothing"} {
		p.Changes = append(p.Changes, all[name].Changes...)
	}
	p.Drift = all["drift"].Drift
	p.Outputs = all["outputs"].Outputs
	p.Warnings = schema.Diagnostics{schema.Problem(schema.Warning, addr.Of("approver.li"), "realname", "A name differs",
		"by one letter")}
	l.Plan(p)
	for _, e := range viewtest.Events() {
		l.Event(e)
	}
	l.Result(viewtest.Broken(), map[string]state.Output{"modify_id": viewtest.Number("12"),
		"token": {Value: "hush", Type: "string", Sensitive: true}}, plans.Normal)

	for _, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		var common struct {
			Level     string `json:"@level"`
			Message   string `json:"@message"`
			Module    string `json:"@module"`
			Timestamp string `json:"@timestamp"`
			Type      string `json:"type"`
		}
		if err := json.Unmarshal([]byte(line), &common); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if common.Level == "" || common.Message == "" || common.Module != "countersign.ui" || common.Type == "" {
			t.Errorf("a common key is missing: %s", line)
		}
		if _, err := time.Parse(time.RFC3339Nano, common.Timestamp); err != nil {
			t.Error(err)
		}
	}
	if strings.Contains(b.String(), "hush") {
		t.Error("a sensitive output is shown")
	}
	viewtest.Golden(t, "lines.jsonl", b.Bytes())
}

func TestStagingLines(t *testing.T) {
	var b bytes.Buffer
	l := newLines(&b, "1.2.3", func() time.Time { return time.Date(2024, 5, 6, 12, 0, 0, 0, time.Local) })
	p := viewtest.PlanOf()
	for _, name := range []string{"attachment-create", "attachment-update", "attachment-forget", "attachment-nothing"} {
		p.Attachments = append(p.Attachments, viewtest.Plans()[name].Attachments...)
	}
	l.Plan(p)
	for _, e := range viewtest.StagingEvents() {
		l.Event(e)
	}
	l.Result(viewtest.StagedBadly(), nil, plans.Normal)
	viewtest.Golden(t, "lines-attachments.jsonl", b.Bytes())
}
