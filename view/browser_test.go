package view

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chromium starts a real browser, once for all tests of the package.
var chromium = sync.OnceValues(func() (context.Context, error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, errors.New("pages are tested in a real Chromium, and there is none: apt-get install chromium, or make tools")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	browser, _ := chromedp.NewContext(ctx)
	stopBrowser = func() {
		_ = chromedp.Cancel(browser)
		stop()
	}
	return browser, chromedp.Do(browser)
})

// stopBrowser ends it.
var stopBrowser = func() {}

// tab is a page opened in the browser. What is wrong with a page at any time fails its test: a script error, a
// violation of its policy, anything said on the console, any request but that for the page itself.
type tab struct {
	*testing.T
	ctx context.Context
	url string

	mu    sync.Mutex
	wrong []string
	asked []string
}

// opening is how a tab is when a page is opened in it.
type opening struct {
	width, height int64 // 0: 1280 × 900
	dark, print   bool
	scriptless    bool
	fragment      string
}

// open opens a page as a file.
func open(t *testing.T, doc []byte, how opening) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("make quick opens no browser")
	}
	browser, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plan.html")
	if err := os.WriteFile(path, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := chromedp.NewContext(browser)
	ctx, late := context.WithTimeout(ctx, 2*time.Minute)
	p := &tab{T: t, ctx: ctx, url: "file://" + path}
	t.Cleanup(func() {
		late()
		stop()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, w := range p.wrong {
			t.Error(w)
		}
		for _, url := range p.asked {
			if before, _, _ := strings.Cut(url, "#"); before != p.url {
				t.Errorf("the page asks for %s", url)
			}
		}
		if len(p.asked) == 0 {
			t.Error("not even the page itself was asked for")
		}
	})
	p.must(chromedp.Listen(ctx, p.hear))
	p.call(func() error { _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); return err })
	p.call(func() error { _, err := chromedp.Call(ctx, log.Enable, struct{}{}); return err })
	if how.width == 0 {
		how.width, how.height = 1280, 900
	}
	p.do(chromedp.EmulateViewport(how.width, how.height))
	p.media(how)
	p.call(func() error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled,
			emulation.SetScriptExecutionDisabledParams{Value: how.scriptless})
		return err
	})
	p.do(chromedp.Navigate(p.url + how.fragment))
	return p
}

// hear notes what a page that is well would not do.
func (p *tab) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.asked = append(p.asked, e.Request.URL)
	case *runtime.EventExceptionThrown:
		p.wrong = append(p.wrong, fmt.Sprint("script error: ", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		p.wrong = append(p.wrong, fmt.Sprint("on the console: ", e.Type, e.Args))
	case *log.EventEntryAdded:
		p.wrong = append(p.wrong, fmt.Sprint("in the log: ", e.Entry.Text))
	}
}

func (p *tab) media(how opening) {
	p.Helper()
	params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme",
		Value: "light"}}}
	if how.dark {
		params.Features[0].Value = "dark"
	}
	if how.print {
		params.Media = "print"
	}
	p.call(func() error { _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, params); return err })
}

func (p *tab) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *tab) call(f func() error) { p.Helper(); p.must(f()) }

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	p.must(chromedp.Do(p.ctx, steps...))
}

// press presses and releases keys, as a person does: what a page does not want typed is not typed.
func (p *tab) press(keys string) {
	p.Helper()
	for _, r := range keys {
		events := kb.Encode(r)
		if len(events) == 3 { // down, the character, up
			events[0].Text = events[1].Text
			events = []*input.DispatchKeyEventParams{events[0], events[2]}
		}
		for _, e := range events {
			p.call(func() error { _, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, *e); return err })
		}
	}
}

func (p *tab) click(selector chromedp.CSS) { p.Helper(); p.do(chromedp.Click(selector)) }

// see is the value of an expression in the page.
func see[T any](p *tab, expression string) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// expect waits until an expression has a value: what a page does it may do a moment later.
func expect[T comparable](p *tab, expression string, want T) {
	p.Helper()
	var got T
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if got = see[T](p, expression); got == want {
			return
		}
	}
	p.Errorf("%s is %v, want %v", expression, got, want)
}

// texts are those of the visible elements that a selector finds.
func (p *tab) texts(selector string) []string {
	p.Helper()
	return see[[]string](p, fmt.Sprintf("[...document.querySelectorAll(%q)].filter(e => e.checkVisibility()).map(e => e.textContent.replace(/\\s+/g, ' ').trim())",
		selector))
}

// same demands a list.
func (p *tab) same(what string, got, want []string) {
	p.Helper()
	if !slices.Equal(got, want) {
		p.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// rendered is a page that was made.
func rendered(t *testing.T, doc []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
