//go:build !quick

package html

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
	"countersign/view/viewtest"
	"countersign/view/viewtest/browser"
)

// Every page opens, whatever is in its plan, and fits a phone.
func TestPagesOpen(t *testing.T) {
	pages := map[string][]byte{}
	for name, p := range viewtest.Plans() {
		doc, err := Plan(p)
		pages[name] = rendered(t, doc, err)
	}
	doc, err := Plan(viewtest.EveryKind())
	pages["every-kind"] = rendered(t, doc, err)
	doc, err = Failure(view.OfPlan, viewtest.DiagnosticsOfEachKind())
	pages["failure"] = rendered(t, doc, err)
	doc, err = Drift(viewtest.Plans()["recreate"])
	pages["drift"] = rendered(t, doc, err)
	for name, doc := range pages {
		t.Run(name, func(t *testing.T) {
			p := browser.Open(t, doc, browser.Opening{Width: 390, Height: 844})
			browser.See[any](p, "document.querySelectorAll('details').forEach(d => d.open = true)")
			if wide := browser.See[int](p, "document.documentElement.scrollWidth"); wide > 390 {
				t.Errorf("it is %d wide on a screen of 390", wide)
			}
			if h := p.Texts("h1"); len(h) != 1 || h[0] == "" {
				t.Errorf("headlines %q", h)
			}
		})
	}
}

// entryOf is the card of an address, as an expression.
func entryOf(address string) string {
	return fmt.Sprintf("[...document.querySelectorAll('.card')].find(c => c.querySelector('code')?.textContent === %q)",
		address)
}

// A reader sees before above after, each step below the one that it was, and by signs and words what becomes of them.
func TestPageDrawsFlows(t *testing.T) {
	doc, err := Plan(viewtest.EveryKind())
	p := browser.Open(t, rendered(t, doc, err), browser.Opening{})
	p.Click("button[name=open]")
	boxes := func(address, lane string) []string {
		return browser.See[[]string](
			p,
			fmt.Sprintf(
				"[...%s.querySelectorAll('.flow > li > %s > .box')].map(b => [...b.querySelectorAll('.hd, .wd')]"+
					".map(e => e.textContent.replace(/\\s+/g, ' ').trim()).join(' / '))",
				entryOf(address),
				lane,
			),
		)
	}
	for _, c := range []struct {
		address    string
		was, after []string
	}{
		{"template.contract_change", []string{"1 初审", "2 复审", "before: ~ 3 终审"},
			[]string{"after: + 1 法务 / added", "2 初审", "3 复审", "after: ~ 4 终审 / changed"}},
		{"template.moved", []string{"1 初审", "2 复审", "before: ↕ 3 终审 / moved to step 1"},
			[]string{"after: ↕ 1 终审 / moved from step 3", "2 初审", "3 复审"}},
		{"template.shorter", []string{"1 初审", "2 复审", "before: − 3 终审 / removed"}, []string{"1 初审", "2 复审"}},
		{"template.steps", []string{"before: ~ 1 初审", "before: ~ 2 复审", "before: ~ 3 终审"},
			[]string{"after: ~ 1 初审 / changed", `after: ~ 2 部门负责人复审 / renamed from "复审"`, "after: ~ 3 终审 / changed"}},
		{"template.create", nil, []string{"+ 1 初审", "+ 2 复审", "+ 3 终审"}},
		{"template.old", nil, []string{"− 1 初审", "− 2 复审", "− 3 终审"}},
		{"template.imported", nil, []string{"1 初审", "2 复审", "3 终审"}},
	} {
		p.Same(c.address+" before", boxes(c.address, ".was"), c.was)
		p.Same(c.address+" after", boxes(c.address, ".now"), c.after)
	}
	type rectangle struct{ X, Y, Width, Height float64 }
	at := func(address, lane string) []rectangle {
		return browser.See[[]rectangle](
			p,
			fmt.Sprintf(`(card => [...card.querySelectorAll('.flow > li > %s > .box')].map(box => {
			const b = box.getBoundingClientRect(), c = card.getBoundingClientRect();
			return {X: b.x - c.x, Y: b.y - c.y, Width: b.width, Height: b.height};
		}))(%s)`, lane, entryOf(address)),
		)
	}
	before, after := at("template.contract_change", ".was"), at("template.contract_change", ".now")
	for _, lane := range [][]rectangle{before, after} {
		for i, r := range lane {
			if r.Width < 50 || r.Height < 20 {
				t.Errorf("a box of %v × %v cannot be read", r.Width, r.Height)
			}
			if i > 0 && (r.X <= lane[i-1].X || r.Y != lane[i-1].Y) {
				t.Errorf("boxes do not stand from left to right: %+v", lane)
			}
		}
	}
	for i, r := range before {
		if now := after[i+1]; r.X != now.X || r.Y+r.Height > now.Y {
			t.Errorf("step %d of before at %+v is not above what it became, at %+v", i+1, r, now)
		}
	}
	p.Do(chromedp.EmulateViewport(390, 844)) // on a phone, from top to bottom
	before, after = at("template.contract_change", ".was"), at("template.contract_change", ".now")
	last := 0.0
	for _, r := range []rectangle{after[0], after[1], after[2], before[2], after[3]} {
		if r.X != after[0].X || r.Y < last || r.Width < 250 {
			t.Errorf("on a phone, steps stand at %+v, before at %+v", after, before)
		}
		last = r.Y + r.Height
	}
	people := func(address, lane string, n int) []string {
		return browser.See[[]string](
			p,
			fmt.Sprintf(
				"[...[...%s.querySelectorAll('.flow > li > %s > .box')][%d].querySelectorAll('li')]"+
					".map(e => e.textContent.trim())",
				entryOf(address),
				lane,
				n,
			),
		)
	}
	p.Same("who was asked", people("template.contract_change", ".was", 2),
		[]string{"− removed: wang", "系统管理员 admin", "李四 li"})
	p.Same("who is asked", people("template.contract_change", ".now", 3),
		[]string{"+ added: 张三 (zhang2)", "+ added: user 9", "系统管理员 admin", "李四 li"})
}

// A committee of a hundred is folded after a dozen; who is new comes first.
func TestPageFoldsCommittees(t *testing.T) {
	var board []schema.Person
	for i := range 100 {
		board = append(board, schema.Person{ID: int64(i + 1), Username: fmt.Sprintf("u%d", i),
			Realname: fmt.Sprintf("委员%d", i)})
	}
	c := viewtest.Changed(func(t *schema.Template) {
		t.Steps = []schema.Step{viewtest.Step("委员会", schema.RuleAll, 0, board...)}
	})
	c.Before.Steps = []schema.Step{viewtest.Step("委员会", schema.RuleAll, 0, board[:99]...)}
	c.Steps = reconcile.AlignSteps(c.Before.Steps, c.After.Steps)
	doc, err := Plan(viewtest.PlanOf(c))
	p := browser.Open(t, rendered(t, doc, err), browser.Opening{})
	if got := p.Texts(".now .box li"); len(got) != 12 || got[0] != "+ added: 委员99 u99" {
		t.Errorf("%d people are shown, first %s", len(got), got[0])
	}
	p.Same("rule", p.Texts(".now .rule"), []string{"all of 100 people"})
	p.Same("fold", p.Texts(".more summary"), []string{"and 87 more", "and 88 more"})
	p.Click(".now .more summary")
	browser.Expect(p, "[...document.querySelectorAll('.now .box li')].filter(e => e.checkVisibility()).length", 100)
}

// The numbers are filters; they, the search and the lists can be combined, kept as an address, undone and cleared.
func TestPageFilters(t *testing.T) {
	doc, err := Plan(viewtest.EveryKind())
	p := browser.Open(t, rendered(t, doc, err), browser.Opening{})
	shown := "[...document.querySelectorAll('.card')].filter(c => c.checkVisibility()).length"
	all := browser.See[int](p, shown)
	said := "document.querySelector('output').textContent"
	browser.Expect(p, said, fmt.Sprintf("%d entries", all))

	for _, kind := range browser.See[[]string](p, "[...document.querySelectorAll('.tile')].map(t => t.dataset.kind)") {
		tile := chromedp.CSS(fmt.Sprintf(".tile[data-kind=%s]", kind))
		n := browser.See[int](p, fmt.Sprintf("Number(document.querySelector('%s b').textContent)", tile))
		p.Click(tile)
		browser.Expect(p, said, fmt.Sprintf("%d of %d", n, all))
		browser.Expect(p, shown, n)
		browser.Expect(p, fmt.Sprintf("document.querySelector('%s').getAttribute('aria-pressed')", tile), "true")
		browser.Expect(
			p,
			fmt.Sprintf(
				"[...document.querySelectorAll('.card')].filter(c => c.checkVisibility())"+
					".every(c => c.dataset.kind.split(' ').includes('%s'))",
				kind,
			),
			true,
		)
		p.Click(tile)
		browser.Expect(p, shown, all)
	}
	p.Same("sections", p.Texts("h2"), []string{"Warnings 1", "Refused 1", "Actions 19", "Attachments 4",
		"Changed outside of Countersign 2", "Unmanaged 3", "Held back 3", "Outputs 4"})

	// Two kinds show both; a folder and a person narrow them down.
	p.Click(".tile[data-kind=create]")
	p.Click(".tile[data-kind=delete]")
	browser.Expect(p, said, fmt.Sprintf("%d of %d", 8, all))
	p.Same("sections", p.Texts("h2"), []string{"Actions 6 of 19", "Attachments 2 of 4"})
	choose := func(list, value string) {
		p.Helper()
		browser.See[any](
			p,
			fmt.Sprintf(
				"(s => { s.value = %q; s.dispatchEvent(new Event('change')) })"+
					"(document.querySelector('select[name=%s]'))",
				value,
				list,
			),
		)
	}
	choose("at", "80")
	browser.Expect(p, said, fmt.Sprintf("%d of %d", 3, all)) // in 归档
	choose("who", "6")
	browser.Expect(p, said, fmt.Sprintf("%d of %d", 1, all)) // wang
	choose("as", "joins")
	browser.Expect(p, said, fmt.Sprintf("%d of %d", 0, all))
	browser.Expect(p, "document.querySelector('.none').checkVisibility()", true)
	browser.Expect(
		p,
		"document.querySelectorAll('h2').length > 0 && "+
			"[...document.querySelectorAll('h2')].every(h => !h.checkVisibility())",
		true,
	)
	choose("as", "quits")
	browser.Expect(p, said, fmt.Sprintf("%d of %d", 1, all))
	browser.Expect(p, "location.hash", "#kind=create%2Cdelete&at=80&who=6&as=quits")

	// Back undoes a choice; the address alone restores them.
	browser.See[any](p, "history.back()")
	browser.Expect(p, said, fmt.Sprintf("%d of %d", 0, all))
	browser.Expect(p, "document.querySelector('select[name=as]').value", "joins")
	p.Click(".shown button[name=clear]")
	browser.Expect(p, shown, all)
	browser.Expect(p, "location.hash", "")
	browser.Expect(p, "document.activeElement.name", "q")
	q := browser.Open(t, rendered(t, doc, err), browser.Opening{Fragment: "#kind=create%2Cdelete&at=80&who=6&as=quits"})
	browser.Expect(q, said, fmt.Sprintf("%d of %d", 1, all))
	browser.Expect(q, "[...document.querySelectorAll('.tile[aria-pressed=true]')].map(t => t.dataset.kind).join()",
		"create,delete")

	// A folder with all below it.
	q = browser.Open(t, rendered(t, doc, err), browser.Opening{Fragment: "#at=" + "公司文件/"})
	below := browser.See[int](q, shown)
	if below == 0 || below == all {
		t.Errorf("%d of %d are below 公司文件", below, all)
	}

	// What an address asks for that is not there filters nothing.
	q = browser.Open(t, rendered(t, doc, err), browser.Opening{Fragment: "#kind=nonsense&at=999999&who=x&as=y"})
	browser.Expect(q, shown, all)
}

// What can be searched for is all that an entry says: titles, addresses, folders, people, descriptions, tids.
func TestPageSearches(t *testing.T) {
	doc, err := Plan(viewtest.EveryKind())
	p := browser.Open(t, rendered(t, doc, err), browser.Opening{})
	for _, c := range []struct {
		text string
		want []string
	}{
		{"contract_change", []string{"template.contract_change"}},
		{"TEMPLATE.BOARD", []string{"template.board"}},
		{"归档 tid 31", []string{`template.upload["旧部门"]`}},
		{"tid 12", []string{`unmanaged.template["12"]`, "", `unmanaged.template["12"]`}}, // of three kinds
		{"旧版本的链接", []string{"template.fields"}},
		{"谁同意过 何时需要 法务", []string{"template.contract_change"}},
		{"委员一", []string{"template.board"}},
	} {
		browser.See[any](
			p,
			fmt.Sprintf("(q => { q.value = %q; q.dispatchEvent(new Event('input')) })(document.querySelector('input'))",
				c.text),
		)
		browser.Expect(p, "document.querySelector('output').textContent.split(' ')[0]", fmt.Sprint(len(c.want)))
		p.Same(
			c.text,
			browser.See[[]string](
				p,
				"[...document.querySelectorAll('.card')].filter(c => c.checkVisibility())"+
					".map(c => c.querySelector('.head code')?.textContent ?? '')",
			),
			c.want,
		)
	}
}

// Everything can be done without a mouse.
func TestPageKeys(t *testing.T) {
	doc, err := Plan(viewtest.Plans()["unmanaged"])
	p := browser.Open(t, rendered(t, doc, err), browser.Opening{})
	focus := "document.activeElement.textContent.trim().slice(0, 16)"
	p.Press(kb.Tab)
	browser.Expect(p, focus, "Skip to the plan")
	browser.Expect(
		p,
		"document.activeElement.getBoundingClientRect().x > 0 && "+
			"getComputedStyle(document.activeElement).outlineStyle !== 'none'",
		true,
	)
	p.Press(kb.Enter)
	browser.Expect(p, "document.activeElement.id", "plan")

	p.Press("/")
	browser.Expect(p, "document.activeElement.name", "q")
	p.Press("预览")
	browser.Expect(p, "document.querySelector('output').textContent", "1 of 3")
	browser.Expect(p, "location.hash", "#q=%E9%A2%84%E8%A7%88")
	p.Press("/")
	browser.Expect(p, "document.querySelector('input').value", "预览/")
	browser.Expect(p, "document.querySelector('.none').checkVisibility()", true)
	p.Press(kb.Escape)
	browser.Expect(p, "document.querySelector('output').textContent", "3 entries")
	browser.Expect(p, "document.querySelector('input').value", "")

	// From the search on: the list of folders, expand, collapse, the entries.
	reached := []string{}
	for range 7 {
		p.Press(kb.Tab)
		reached = append(
			reached,
			browser.See[string](p, "document.activeElement.name || document.activeElement.tagName"),
		)
	}
	p.Same("order of focus", reached, []string{"at", "open", "close", "SUMMARY", "SUMMARY", "SUMMARY", "BODY"})
	browser.See[any](p, "document.querySelector('summary').focus()")
	p.Press(kb.Enter)
	browser.Expect(p, "document.querySelector('details').open", false)
	browser.See[any](p, "document.querySelector('.tile').focus()")
	p.Press(" ")
	browser.Expect(p, "document.querySelector('.tile').getAttribute('aria-pressed')", "true")
	browser.See[any](p, "document.querySelector('button[name=close]').focus()")
	p.Press(kb.Enter)
	browser.Expect(p, "document.querySelectorAll('details[open]').length", 0)
}

// What a drive or a file calls itself is text: nothing of it runs, is fetched, or becomes an element.
func TestHostileTextsInPage(t *testing.T) {
	var d schema.Diagnostics
	for i, text := range pageHostile {
		plan := viewtest.HostilePlan(text)
		doc, err := Plan(plan)
		checkPage(t, text, rendered(t, doc, err))
		if i < len(pageHostile)-len(viewtest.HostileInReports) {
			p := browser.Open(t, doc, browser.Opening{})
			if title := view.Bare(text); !slices.Contains(p.Texts("h3"), strings.Join(strings.Fields(title), " ")) {
				t.Errorf("%q: the title is not among %q", text, p.Texts("h3"))
			}
			browser.Expect(
				p,
				"window.fooled === undefined && document.title.endsWith('Countersign') && "+
					"!document.title.startsWith('Approved')",
				true,
			)
			browser.Expect(
				p,
				"[document.scripts.length, document.styleSheets.length, document.querySelectorAll('h1').length, "+
					"document.querySelectorAll('img, svg, base, iframe, object, "+
					"[onerror], [onload], [style], a:not([href^=\"#\"])').length].join()",
				"1,1,1,0",
			)
		}
		d = append(d, schema.Diagnostic{Severity: schema.Error, Summary: text, Detail: text, Address: addr.Of(text)},
			schema.Diagnostic{Severity: schema.Warning, Summary: text, Detail: text,
				Range: &schema.Range{Filename: text}, Snippet: &schema.Snippet{Context: &text, Code: text,
					Values: []schema.Value{{Traversal: text, Statement: text}}}})
	}
	doc, err := Failure(view.OfPlan, d)
	checkPage(t, "failure", rendered(t, doc, err))
	p := browser.Open(t, doc, browser.Opening{})
	browser.Expect(
		p,
		"[document.scripts.length, document.styleSheets.length, document.querySelectorAll('h1').length, "+
			"document.querySelectorAll('.card').length].join()",
		fmt.Sprint("1,1,1,", len(d)),
	)
}

// Without its script a page says the same: what is folded opens, and there are no controls that do nothing.
func TestPageWithoutScript(t *testing.T) {
	doc, err := Plan(viewtest.EveryKind())
	p := browser.Open(t, rendered(t, doc, err), browser.Opening{Scriptless: true})
	browser.Expect(p, "document.querySelector('.tools').checkVisibility()", false)
	browser.Expect(p, "[...document.querySelectorAll('button')].some(b => b.checkVisibility() && !b.disabled)", false)
	browser.Expect(p, "[...document.querySelectorAll('.card')].filter(c => c.checkVisibility()).length", 37)
	browser.Expect(
		p,
		"document.querySelector('.flow').checkVisibility({contentVisibilityAuto: false, visibilityProperty: true})",
		false,
	)
	p.Click("#actions summary")
	browser.Expect(
		p,
		"document.querySelector('#actions details').open && document.querySelector('#actions .flow').checkVisibility()",
		true,
	)
}

// unseen is how much text of a page cannot be seen, that for screen readers and controls apart.
const unseen = `[...document.querySelectorAll('main :is(p, dt, dd, li, pre, h2, h3)')]
	.filter(e => !e.matches('.none, .gist *') && !e.closest('.was') &&
		(!e.checkVisibility() || e.getBoundingClientRect().height === 0)).length`

// Printed, everything is open, with a script and without; controls are not there.
func TestPagePrinted(t *testing.T) {
	doc, err := Plan(viewtest.EveryKind())
	doc = rendered(t, doc, err)
	sheets := regexp.MustCompile(`/Type ?/Page\b`)
	count := func(p *browser.Tab) int {
		pdf, err := chromedp.Run(p.Ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
		p.Must(err)
		return len(sheets.FindAll(pdf, -1))
	}
	opened := browser.Open(t, doc, browser.Opening{})
	opened.Click("button[name=open]")
	browser.See[any](opened, "document.querySelectorAll('details').forEach(d => d.open = true)")
	want := count(opened)
	for _, scriptless := range []bool{true, false} {
		p := browser.Open(t, doc, browser.Opening{Scriptless: scriptless})
		if got := count(p); got != want || got < 5 {
			t.Errorf("without script: %v: %d pages printed, %d when all is open", scriptless, got, want)
		}
		browser.Expect(p, "document.querySelectorAll('.card details[open]').length", 0)
		if !scriptless { // for browsers whose style cannot open them
			browser.Expect(
				p,
				"(dispatchEvent(new Event('beforeprint')), document.querySelectorAll('details:not([open])').length)",
				0,
			)
			browser.Expect(
				p,
				"(dispatchEvent(new Event('afterprint')), document.querySelectorAll('details[open]').length)",
				0,
			)
		}
		p.Media(browser.Opening{Print: true})
		if scriptless {
			browser.Expect(p, unseen, 0)
		}
		browser.Expect(
			p,
			"[...document.querySelectorAll('nav, input, select, .fold button')].some(e => e.checkVisibility())",
			false,
		)
		browser.Expect(p, "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color",
			"rgb(255, 255, 255)rgb(0, 0, 0)")
	}
}

// contrasts are the texts whose colour is too near to what is behind them, by WCAG's formula.
const contrasts = `(() => {
  const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return {rgb: m.slice(0, 3), a: m[3] ?? 1}; };
  const light = ({rgb}) => {
    const [r, g, b] = rgb.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const bad = new Set();
  let seen = 0;
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility() || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) ||
      e.closest('.v')) continue;
    let behind = e;
    while (behind && parse(getComputedStyle(behind).backgroundColor).a === 0) behind = behind.parentElement;
    const a = light(parse(getComputedStyle(e).color));
    const b = light(parse(getComputedStyle(behind ?? document.body).backgroundColor));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    seen++;
    if (ratio < 4.5) bad.add(ratio.toFixed(2) + ' ' + e.tagName + '.' + e.className + ' in ' +
      e.parentElement.className + ': ' + e.textContent.trim().slice(0, 20));
  }
  return seen < 500 ? ['only ' + seen + ' texts were looked at'] : [...bad];
})()`

// Every text stands out from what is behind it: in light, in dark, printed, and in filters that are on.
func TestPageContrast(t *testing.T) {
	doc, err := Plan(viewtest.EveryKind())
	doc = rendered(t, doc, err)
	for _, how := range []browser.Opening{{}, {Dark: true}, {Print: true}, {Dark: true, Print: true}} {
		p := browser.Open(t, doc, how)
		browser.See[any](
			p,
			"document.querySelectorAll('details').forEach(d => d.open = true); "+
				"document.querySelectorAll('.tile').forEach(t => t.setAttribute('aria-pressed', 'true'))",
		)
		if bad := browser.See[[]string](p, contrasts); len(bad) > 0 {
			t.Errorf("%+v:\n%s", how, strings.Join(bad, "\n"))
		}
		if !how.Print {
			dark := browser.See[int](
				p,
				"Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])",
			) < 128
			if dark != how.Dark {
				t.Errorf("%+v, and the page is dark: %v", how, dark)
			}
		}
	}
}

// A screen reader says the same: landmarks, headings in order, controls with names, steps as a list.
func TestPageForScreenReaders(t *testing.T) {
	doc, err := Plan(viewtest.EveryKind())
	p := browser.Open(t, rendered(t, doc, err), browser.Opening{})
	p.Click("button[name=open]")
	browser.Expect(p, "document.documentElement.lang", "en")
	tree, err := chromedp.Call(p.Ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	p.Must(err)
	roles := map[string][]string{}
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		name, role := spoken(n.Name), spoken(n.Role)
		roles[role] = append(roles[role], name)
		if slices.Contains([]string{"button", "link", "searchbox", "combobox", "navigation", "search", "region",
			"heading", "DisclosureTriangle"}, role) && name == "" {
			t.Errorf("a %s has no name", role)
		}
	}
	for role, want := range map[string]int{"banner": 1, "main": 1, "navigation": 1, "search": 1, "status": 1,
		"searchbox": 1, "combobox": 2, "region": 8, "DisclosureTriangle": 31} {
		if len(roles[role]) < want {
			t.Errorf("%d of role %s, want %d: %q", len(roles[role]), role, want, roles[role])
		}
	}
	if !slices.Contains(roles["list"], "Steps, before and after") {
		t.Errorf("no list of steps among the lists %q", roles["list"])
	}
	if !slices.Contains(roles["button"], "11 update") {
		t.Errorf("no filter among the buttons %q", roles["button"])
	}
	levels := browser.See[[]int](p, "[...document.querySelectorAll('h1, h2, h3, h4')].map(h => Number(h.tagName[1]))")
	for i, level := range levels {
		if i == 0 && level != 1 || i > 0 && level > levels[i-1]+1 {
			t.Fatalf("headings of levels %v", levels)
		}
	}
	browser.Expect(p, "document.querySelector('output').getAttribute('aria-live')", "polite")
}

// spoken is what a screen reader says of a property.
func spoken(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text string
	_ = json.Unmarshal(v.Value, &text)
	return text
}

// Two thousand changes are one page that filters right.
func TestPageOfThousands(t *testing.T) {
	doc, err := Plan(viewtest.ManyChanges(2000))
	p := browser.Open(t, rendered(t, doc, err), browser.Opening{})
	said := "document.querySelector('output').textContent"
	browser.Expect(p, said, "2,000 entries")
	p.Click(".tile[data-kind=create]")
	browser.Expect(p, said, "200 of 2,000")
	p.Press("/")
	p.Press("审批11")
	browser.Expect(p, said, "12 of 2,000") // 11, 111, 1101 … of the hundreds that end in 1
	p.Click(".shown button[name=clear]")
	browser.Expect(p, said, "2,000 entries")
	p.Click("button[name=open]")
	browser.Expect(p, "document.querySelectorAll('details:not([open])').length", 0)
	p.Click("button[name=close]")
	browser.Expect(p, "document.querySelectorAll('.card > details[open]').length", 0)
}
