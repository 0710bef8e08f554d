package text

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/reconcile/plans"
	"countersign/view/viewtest"
)

const shownInLog = `Refreshing state... [3 reads]

template.modify: Creation complete after 0s [id=12]
template.modify: Modifications errored after 1m5s
template.modify: Creation complete after 1s [id=13]
template.modify: Destruction complete after 1s
template.stale (deposed object 8): Destruction complete after 0s
`

func TestProgressInPlainLines(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, Settings{})
	for _, e := range viewtest.Events() {
		p.Event(e)
	}
	p.Close()
	p.Close()
	if b.String() != shownInLog {
		t.Errorf("got\n%s\nwant\n%s", b.String(), shownInLog)
	}
}

// shownOnTerminal is what the bar does not show.
const shownOnTerminal = `Refreshing state... [3 reads]

template.modify: Modifications errored after 1m5s
`

// screen is what a terminal shows after text: \r goes back, ESC[2K empties the line.
func screen(text string) string {
	var lines []string
	var line []rune
	at := 0
	for rest := text; rest != ""; {
		if after, ok := strings.CutPrefix(rest, "\x1b[2K"); ok {
			line, rest = nil, after
			continue
		}
		r := []rune(rest)[0]
		rest = rest[len(string(r)):]
		switch {
		case r == '\n':
			lines = append(lines, strings.TrimRight(string(line), " "))
			line, at = nil, 0
		case r == '\r':
			at = 0
		default:
			for len(line) <= at {
				line = append(line, ' ')
			}
			line[at] = r
			at++
		}
	}
	return strings.Join(lines, "\n") + "\n" + strings.TrimRight(string(line), " ")
}

// On a terminal the bar is drawn below what failed, and nothing of it is left in the end.
func TestProgressBarLeavesNothingBehind(t *testing.T) {
	for _, colour := range []bool{false, true} {
		var b bytes.Buffer
		p := NewProgress(&b, Settings{Terminal: true, Color: colour, Width: 80})
		p.Expect(viewtest.PlanOf(append(viewtest.Plans()["create"].Changes, viewtest.Plans()["replace"].Changes...)...))
		for _, e := range viewtest.Events() {
			p.Event(e)
		}
		p.Close()
		p.Close()
		if !strings.Contains(b.String(), "[===") {
			t.Errorf("no bar was drawn: %q", b.String())
		}
		if got := screen(b.String()); got != shownOnTerminal {
			t.Errorf("colour %v: the screen shows\n%s\nwant\n%s", colour, got, shownOnTerminal)
		}
	}
}

// A refresh that is cut off says how far it came.
func TestProgressOfAnUnfinishedRefresh(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var b bytes.Buffer
		p := NewProgress(&b, Settings{Terminal: terminal})
		p.Event(plans.Event{Kind: plans.ReadStart, Total: 9})
		p.Event(plans.Event{Kind: plans.ReadDone})
		p.Close()
		if got := screen(b.String()); got != "Refreshing state... [1 of 9 reads]\n\n" {
			t.Errorf("terminal %v: got %q", terminal, got)
		}
	}
}

func TestProgressFromSeveralGoroutines(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, Settings{Terminal: true})
	p.Event(plans.Event{Kind: plans.ReadStart, Total: 50})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { p.Event(plans.Event{Kind: plans.ReadDone}) })
	}
	wg.Wait()
	p.Close()
	if got := screen(b.String()); got != "Refreshing state... [50 reads]\n\n" {
		t.Errorf("got %q", got)
	}
}

// A wait says why. On a terminal no word of it is cut; in a log it stays on one line.
func TestProgressSaysWhyItWaits(t *testing.T) {
	wait := plans.Event{Kind: plans.Waiting, Wait: 3 * time.Second,
		Why: "the drive gave no answer to templet-content (nothing listens at 127.0.0.1:1), and is asked again then"}
	for terminal, want := range map[bool]string{
		false: "Waiting 3s: " + wait.Why + "\n",
		true: "Waiting 3s: the drive gave no answer to templet-content (nothing listens at\n" +
			"  127.0.0.1:1), and is asked again then\n",
	} {
		var b bytes.Buffer
		NewProgress(&b, Settings{Terminal: terminal}).Event(wait)
		if b.String() != want {
			t.Errorf("terminal %v: got %q", terminal, b.String())
		}
	}
}
