package text

import (
	"bytes"
	"strings"
	"testing"

	"countersign/coverage"
	"countersign/schema"
	"countersign/schema/spelling"
	"countersign/view/viewtest"
)

func TestCoverage(t *testing.T) {
	one := viewtest.Coverage()
	one = coverage.Judge(one.Tree, coverage.Asked{Types: one.Types[:1]})
	whole := coverage.Judge(&coverage.Tree{Top: one.Top.Below[0].Below[0]}, coverage.Asked{Types: one.Types[:1]})
	for name, r := range map[string]*coverage.Report{"two-types": viewtest.Coverage(), "one-type": one,
		"covered": whole} {
		var b bytes.Buffer
		if err := Coverage(&b, r, viewtest.Catalogue, Settings{Width: 100}); err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "coverage/"+name+".txt", b.Bytes())
	}
}

// No name can colour the screen, begin a line, or pass for the numbers.
func TestCoverageOfHostileNames(t *testing.T) {
	for _, text := range viewtest.HostileTexts {
		r := viewtest.HostileCoverage(text)
		var b bytes.Buffer
		if err := Coverage(&b, r, schema.Catalogue(r.Types), Settings{}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if spelling.HiddenIn(strings.TrimSuffix(line, "\n")) != nil {
				t.Errorf("%q makes the line %q", text, line)
			}
		}
	}
}
