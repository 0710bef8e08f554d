package text

import (
	"bytes"
	"strings"
	"testing"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
	"countersign/view/viewtest"
)

func TestExplanation(t *testing.T) {
	bare := viewtest.Explanation()
	bare.Templates, bare.Awaited = nil, nil
	single := viewtest.Explanation().Only(addr.Of("template.modify"))
	on := viewtest.Explanation()
	on.Place = plans.Place{Kind: schema.ScopeFile, ID: 98, Path: "公司文件/合同/章程.pdf"}
	for name, e := range map[string]reconcile.Explanation{"all": viewtest.Explanation(), "none": bare, "one": single,
		"missing": viewtest.Explanation().Only(addr.Of("template.new")), "file": on} {
		var b bytes.Buffer
		if err := Explanation(&b, e, Settings{Width: 100}); err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "explain/"+name+".txt", b.Bytes())
	}
}

// No title and no name can colour the screen or begin a line.
func TestExplanationOfHostileNames(t *testing.T) {
	for _, text := range viewtest.HostileTexts {
		e := viewtest.HostileExplanation(text)
		var b bytes.Buffer
		if err := Explanation(&b, e, Settings{}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if spelling.HiddenIn(line) != nil || strings.HasPrefix(line, "Plan:") ||
				strings.HasPrefix(line, "No changes.") {
				t.Errorf("%q makes the line %q", text, line)
			}
		}
	}
}
