package text

import (
	"bytes"
	"strings"
	"testing"

	"countersign/policy/simulate"
	"countersign/schema/spelling"
	"countersign/view/viewtest"
)

func TestReplay(t *testing.T) {
	interrupted := viewtest.Replayed()
	interrupted.Replayed, interrupted.Interrupted, interrupted.Open = interrupted.Replayed[:1], true, 1
	for name, h := range map[string]*simulate.History{"all": viewtest.Replayed(), "interrupted": interrupted,
		"none": {}} {
		var b bytes.Buffer
		if err := Replay(&b, h, viewtest.Catalogue, Settings{Width: 100}); err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "replay/"+name+".txt", b.Bytes())
	}
}

// No text from the drive can colour the screen or begin a line.
func TestReplayOfHostileTexts(t *testing.T) {
	for _, text := range viewtest.HostileTexts {
		var b bytes.Buffer
		if err := Replay(&b, viewtest.HostileReplayed(text), nil, Settings{}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if spelling.HiddenIn(strings.TrimSuffix(line, "\n")) != nil {
				t.Errorf("%q makes the line %q", text, line)
			}
		}
	}
}
