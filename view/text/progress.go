package text

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"countersign/reconcile/plans"
	"countersign/view"
)

// Progress shows the events of a refresh and an apply: on a terminal a bar that moves with what is done, and above it
// what failed; in a log a line for each change once it has ended. Its methods may be called from several goroutines.
type Progress struct {
	Reads string // what the reads are for
	Alone bool   // show only waits, because the other events are shown elsewhere

	mu    sync.Mutex
	w     io.Writer
	s     Settings
	reads int // to be made
	read  int // made
	calls int // the writes of templates that an apply will make; 0: not known, so it shows no bar

	bytes   int64  // that attachments will send; 0: not known
	staging int    // attachments that are being staged
	bar     *meter // on a terminal; nil for none
}

// NewProgress writes to w, which is standard error.
func NewProgress(w io.Writer, s Settings) *Progress {
	return &Progress{Reads: "Refreshing state...", w: w, s: s}
}

// Expect says what an apply is going to do, so that a bar can show how much of it is done.
func (p *Progress) Expect(plan *plans.Plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	templates := plans.Plan{Changes: plan.Changes}
	n := templates.Counts()
	p.calls = n.Add + n.Change + n.Destroy
	p.bytes = 0
	for _, a := range plan.Attachments {
		if len(a.Flows) > 0 && (a.Drive || len(a.DingTalk) > 0) {
			p.bytes = 0
			return // known only once it is fetched
		}
		p.bytes += a.Bytes
	}
}

// Event shows one event.
func (p *Progress) Event(e plans.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Alone && e.Kind != plans.Waiting {
		return
	}
	if e.Attachment != nil {
		p.stage(e)
		return
	}
	switch e.Kind {
	case plans.ReadStart:
		if p.read == p.reads {
			p.clear()
		}
		p.reads += e.Total
		p.show("Reading the drive", p.reads)
	case plans.Waiting:
		p.line(p.broken(waiting(e)))
	case plans.ReadDone:
		p.read++
		p.step()
		if p.read == p.reads {
			p.endReads()
		}
	case plans.SetAside:
		p.unlessBar(view.Sentence(e))
	case plans.ApplyStart:
		p.show("Applying", p.calls)
	case plans.ApplyComplete:
		p.unlessBar(view.Sentence(e))
		p.step()
	case plans.ApplyErrored:
		p.line(view.Sentence(e))
		p.step()
	case plans.NotTried:
		p.step() // the end of the apply names each; a thousand lines here would hide what went on
	}
}

// broken is a line in as many as a terminal needs. In a log it stays one, for grep.
func (p *Progress) broken(line string) string {
	if !p.s.Terminal {
		return line
	}
	return strings.Join(view.Wrap(line, p.s.width()-2), "\n  ")
}

// waiting is how long nothing will happen, and why.
func waiting(e plans.Event) string {
	long := max(e.Wait.Round(time.Second), time.Second)
	if e.Why != "" {
		return fmt.Sprintf("Waiting %s: %s", long, view.OneLine(e.Why))
	}
	return fmt.Sprintf("Waiting %s at most: the answer to a write was lost, and the drive may still carry it out.",
		long)
}

// stage shows an event about an attachment. Templates come before attachments, so that one bar follows the other.
func (p *Progress) stage(e plans.Event) {
	switch e.Kind {
	case plans.ApplyStart:
		p.staging++
		if !p.s.Terminal { // it may take long, and a log has no bar
			p.line(view.Sentence(e))
		}
	case plans.StageProgress:
		if !p.s.Terminal {
			return
		}
		if p.bar == nil || !p.bar.bytes {
			p.clear()
			p.bar = &meter{w: p.w, what: "Staging", bytes: true, bar: p.barWidth(), total: p.bytes}
		}
		p.bar.add(e.Bytes)
	case plans.ApplyComplete, plans.ApplyErrored, plans.NotTried:
		if e.Kind == plans.ApplyComplete {
			p.unlessBar(view.Sentence(e))
		} else {
			p.line(view.Sentence(e))
		}
		if p.staging--; p.staging <= 0 {
			p.clear()
		}
	}
}

// Close removes a bar that is still shown, and says how far an unfinished read came. Closing twice is fine.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endReads()
	p.clear()
}

// endReads writes the one line about reads, and a blank one.
func (p *Progress) endReads() {
	if p.reads == 0 {
		return
	}
	p.clear()
	if p.read == p.reads {
		fmt.Fprintf(p.w, "%s [%s]\n\n", p.Reads, view.Count(p.read, "read"))
	} else {
		fmt.Fprintf(p.w, "%s [%d of %d reads]\n\n", p.Reads, p.read, p.reads)
	}
	p.reads, p.read = 0, 0
}

// show begins a bar, or gives the one that is shown a new total.
func (p *Progress) show(what string, total int) {
	if !p.s.Terminal || total == 0 {
		return
	}
	if p.bar == nil {
		p.bar = &meter{w: p.w, what: what, bar: p.barWidth()}
	}
	p.bar.total = int64(total)
	p.bar.draw()
}

// barWidth is how many columns a bar takes between its brackets.
func (p *Progress) barWidth() int { return max(10, min(40, p.s.width()-50)) }

// step counts one thing that is done. The last one ends the bar.
func (p *Progress) step() {
	if p.bar == nil {
		return
	}
	p.bar.add(1)
	if p.bar.done >= p.bar.total {
		p.clear()
	}
}

// line writes a line above the bar.
func (p *Progress) line(text string) {
	if text == "" {
		return
	}
	if p.bar != nil {
		p.bar.erase()
	}
	fmt.Fprintln(p.w, text)
	if p.bar != nil {
		p.bar.draw()
	}
}

// unlessBar writes a line that is needed only where no bar shows it.
func (p *Progress) unlessBar(text string) {
	if p.bar == nil {
		p.line(text)
	}
}

// clear removes the bar and leaves an empty line.
func (p *Progress) clear() {
	if p.bar != nil {
		p.bar.erase()
		p.bar = nil
	}
}
