package view

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// A whole apply as lines: version, plan, events, result.
func TestLines(t *testing.T) {
	var b bytes.Buffer
	clock := func() time.Time { return time.Date(2024, 5, 6, 12, 0, 0, 0, time.Local) }
	l := newLines(&b, "1.2.3", clock)
	all := plans()
	p := planOf()
	for _, name := range []string{"create", "replace", "destroy", "import", "forget", "for-each", "nothing"} {
		p.Changes = append(p.Changes, all[name].Changes...)
	}
	p.Drift = all["drift"].Drift
	p.Outputs = all["outputs"].Outputs
	p.Warnings = schema.Diagnostics{schema.Problem(schema.Warning, addr.Of("approver.li"), "realname", "A name differs",
		"by one letter")}
	l.Plan(p)
	for _, e := range events() {
		l.Event(e)
	}
	l.Result(broken(), map[string]state.Output{"modify_id": number("12"),
		"token": {Value: "hush", Type: "string", Sensitive: true}}, reconcile.Normal)

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
		t.Error("a sensitive output is told")
	}
	golden(t, "lines.jsonl", b.Bytes())
}
