// Package browser opens pages in a real Chromium, for tests. A page that does anything wrong at any time fails its
// test.
package browser

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

	"countersign/view/viewtest"
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
		return nil, errors.New("pages are tested in a real Chromium, and there is none: " +
			"apt-get install chromium, or make tools")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
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

// Main runs the tests of a package that opens pages.
func Main(m *testing.M) int {
	code := viewtest.InChina(m)
	stopBrowser()
	return code
}

// Tab is a page opened in the browser. Its test fails at a script error, a violation of its policy, any message on the
// console, and any request except that for the page itself.
type Tab struct {
	*testing.T
	Ctx context.Context
	url string

	mu    sync.Mutex
	wrong []string
	asked []string
}

// Opening is how a page is opened.
type Opening struct {
	Width, Height int64 // 0: 1280 × 900
	Dark, Print   bool
	Scriptless    bool
	Fragment      string
}

// Open opens a page as a file.
func Open(t *testing.T, doc []byte, how Opening) *Tab {
	t.Helper()
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
	p := &Tab{T: t, Ctx: ctx, url: "file://" + path}
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
	p.Must(chromedp.Listen(ctx, p.watch))
	p.call(func() error { _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); return err })
	p.call(func() error { _, err := chromedp.Call(ctx, log.Enable, struct{}{}); return err })
	if how.Width == 0 {
		how.Width, how.Height = 1280, 900
	}
	p.Do(chromedp.EmulateViewport(how.Width, how.Height))
	p.Media(how)
	p.call(func() error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled,
			emulation.SetScriptExecutionDisabledParams{Value: how.Scriptless})
		return err
	})
	p.Do(chromedp.Navigate(p.url + how.Fragment))
	return p
}

// watch notes what a page must not do.
func (p *Tab) watch(event any) {
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

// Media shows the page on another medium, or in other colours.
func (p *Tab) Media(how Opening) {
	p.Helper()
	params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme",
		Value: "light"}}}
	if how.Dark {
		params.Features[0].Value = "dark"
	}
	if how.Print {
		params.Media = "print"
	}
	p.call(func() error { _, err := chromedp.Call(p.Ctx, emulation.SetEmulatedMedia, params); return err })
}

// Must demands that nothing went wrong.
func (p *Tab) Must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *Tab) call(f func() error) { p.Helper(); p.Must(f()) }

// Do does things in the page.
func (p *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	p.Must(chromedp.Do(p.Ctx, steps...))
}

// Press presses and releases keys, as a person does: the page may take a key before it is typed.
func (p *Tab) Press(keys string) {
	p.Helper()
	for _, r := range keys {
		events := kb.Encode(r)
		if len(events) == 3 { // down, the character, up
			events[0].Text = events[1].Text
			events = []*input.DispatchKeyEventParams{events[0], events[2]}
		}
		for _, e := range events {
			p.call(func() error { _, err := chromedp.Call(p.Ctx, input.DispatchKeyEvent, *e); return err })
		}
	}
}

// Click clicks what a selector finds.
func (p *Tab) Click(selector chromedp.CSS) { p.Helper(); p.Do(chromedp.Click(selector)) }

// See is the value of an expression in the page.
func See[T any](p *Tab, expression string) T {
	p.Helper()
	v, err := chromedp.Run(p.Ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Expect waits until an expression has a value: a page may take a moment.
func Expect[T comparable](p *Tab, expression string, want T) {
	p.Helper()
	var got T
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if got = See[T](p, expression); got == want {
			return
		}
	}
	p.Errorf("%s is %v, want %v", expression, got, want)
}

// Texts are those of the visible elements that a selector finds.
func (p *Tab) Texts(selector string) []string {
	p.Helper()
	return See[[]string](p, fmt.Sprintf("[...document.querySelectorAll(%q)].filter(e => e.checkVisibility()).map(e => "+
		"e.textContent.replace(/\\s+/g, ' ').trim())", selector))
}

// Same demands a list.
func (p *Tab) Same(what string, got, want []string) {
	p.Helper()
	if !slices.Equal(got, want) {
		p.Errorf("%s: got %q, want %q", what, got, want)
	}
}
