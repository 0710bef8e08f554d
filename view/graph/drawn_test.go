//go:build !quick

package graph

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/text/unicode/norm"

	"countersign/internal/npm"
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
	"countersign/view/mermaid"
	"countersign/view/viewtest"
	"countersign/view/viewtest/browser"
)

// seenPicture is what a reader sees of a picture that Mermaid has drawn.
type seenPicture struct {
	Error     string    `json:"error"`
	MS        int       `json:"ms"`
	Nodes     []seenBox `json:"nodes"`
	Frames    []seenBox `json:"frames"`
	Labels    []seenBox `json:"labels"` // of frames and arrows
	Invisible bool      `json:"invisible"`
}

// seenBox is a thing in it, with its place on the page.
type seenBox struct {
	ID     string  `json:"id"`
	Text   string  `json:"text"`
	Rich   string  `json:"rich"`  // the elements in its text that are more than text
	Lines  int     `json:"lines"` // how many it takes
	Spills bool    `json:"spills"`
	Left   float64 `json:"left"`
	Top    float64 `json:"top"`
	Right  float64 `json:"right"`
	Bottom float64 `json:"bottom"`
}

func (b seenBox) overlaps(c seenBox) bool {
	const hair = 1
	return b.Left+hair < c.Right && c.Left+hair < b.Right && b.Top+hair < c.Bottom && c.Top+hair < b.Bottom
}

func (d seenPicture) box(list []seenBox, id string) seenBox {
	for _, b := range list {
		if b.ID == id {
			return b
		}
	}
	return seenBox{}
}

// drawing draws pictures as a host does, one below the other, and reports what is seen of them.
const drawing = `<!doctype html><meta charset="utf-8"><title>pictures</title>
<style>body { width: 860px; font: 16px sans-serif } svg { max-width: 100%% }</style><body>
<script>%s</script><script>
mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' });
const drawn = (async () => {
	const seen = [];
	const place = e => { const r = e.getBoundingClientRect();
      return { left: r.left, top: r.top, right: r.right, bottom: r.bottom } };
	const texts = e => {
		const label = e.querySelector('foreignObject > *');
		if (!label) return { text: '', rich: '', lines: 0 };
		const range = document.createRange(); range.selectNodeContents(label);
		let lines = 0, last = -Infinity;
		for (const r of [...range.getClientRects()].filter(r => r.width > 1).sort((a, b) => a.top - b.top))
			if (r.top > last + r.height / 2) { lines++; last = r.top }
		const l = place(label), around = place(e);
		return { text: label.innerText, lines,
          rich: [...label.querySelectorAll('*')].map(x => x.localName)
            .filter(x => !['div', 'span', 'p', 'br'].includes(x)).join(' '),
			spills: l.left < around.left - 1 || l.right > around.right + 1 ||
            l.top < around.top - 1 || l.bottom > around.bottom + 1 };
	};
	for (const source of %s) {
		const home = document.body.appendChild(document.createElement('div'));
		try {
			home.innerHTML = (await mermaid.render('picture' + seen.length, source)).svg;
			const all = s => [...home.querySelectorAll(s)];
			seen.push({
				nodes: all('g.node').map(g => ({ id: (g.id.match(/flowchart-(.+)-\d+$/) || [])[1],
        ...texts(g), ...place(g) })),
				frames: all('g.cluster').map(g => ({ id: texts(g).text.trim() || g.id.split('-').pop(),
        ...place(g.querySelector('rect')) })),
				labels: all('g.cluster-label, g.edgeLabel').map(g => ({ ...texts(g), ...place(g) }))
        .filter(l => l.text.trim() && l.right > l.left),
			});
		} catch (e) { seen.push({ error: String(e) }) }
		home.remove();
	}
	return seen;
})();
</script>`

// The lines of a picture that have texts: nodes, and frames and arrows.
var (
	nodeLines  = regexp.MustCompile(`(?m)^ +(\w+)[\[(/]+"([^"\n]*)"[\])/]+(?::::\w+)?$`)
	labelLines = regexp.MustCompile(`(?m)^  subgraph (before|after)$|\|"([^"\n]*)"\|`)
)

// meant are the texts of a picture's nodes as they are to be read, by id, spelled out of Mermaid's entities.
func meant(picture string) map[string]string {
	texts := map[string]string{}
	for _, m := range nodeLines.FindAllStringSubmatch(picture, -1) {
		text := strings.ReplaceAll(m[2], "<br/>", "\n")
		texts[m[1]] = read(html.UnescapeString(strings.ReplaceAll(text, "#", "&#")))
	}
	return texts
}

// meantLabels are the texts of frames and arrows, sorted.
func meantLabels(picture string) []string {
	var texts []string
	for _, m := range labelLines.FindAllStringSubmatch(picture, -1) {
		texts = append(texts, read(m[1]+html.UnescapeString(strings.ReplaceAll(m[2], "#", "&#"))))
	}
	slices.Sort(texts)
	return texts
}

// read is text without what nobody sees.
func read(s string) string {
	s = norm.NFC.String(strings.NewReplacer("\ufeff", "", "\u00a0", " ").Replace(s))
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	return strings.Join(lines, "\n")
}

// pictures are flows and graphs by name.
func pictures(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	l := view.NewNames(nil, nil)
	flow := func(name string, before, after []schema.Step) {
		c := plans.Change{Action: plans.Update, Steps: reconcile.AlignSteps(before, after)}
		if all["flow "+name] = mermaid.Flow(l, &c); all["flow "+name] == "" {
			t.Fatalf("%s: no picture", name)
		}
	}
	long := make([]schema.Step, 24)
	for i := range long {
		long[i] = viewtest.Step(fmt.Sprintf("第%d级", i+1), schema.RuleAny, 0, viewtest.Zhang, viewtest.Li)
	}
	three := viewtest.Modify().Steps
	flow(
		"of three",
		three,
		append([]schema.Step{viewtest.Step("法务", schema.RuleAll, 0, viewtest.Chen)}, three[0], three[2],
			viewtest.Step("终审", schema.RuleAny, 0, viewtest.Other)),
	)
	flow("of many", long[:23], append(slices.Clone(long[1:]),
		viewtest.Step("新", schema.RuleDesignated, 0, viewtest.Zhang, viewtest.Li, viewtest.Wang, viewtest.Chen)))
	flow("of one", nil, three[:1])
	titles := slices.DeleteFunc(slices.Clone(viewtest.HostileInReports), func(s string) bool { return len(s) > 200 })
	for i := 0; i < len(titles); i += drawnAtOnce {
		part := titles[i:min(len(titles), i+drawnAtOnce)]
		steps := make([]schema.Step, len(part))
		d := schema.Declaration{Scopes: []schema.Scope{{Address: addr.Of("folder.x"), Kind: schema.ScopeFolder,
			Path: "合同"}}}
		for j, text := range part {
			who := schema.Person{ID: int64(100 + j), Realname: text}
			steps[j] = viewtest.Step(text, schema.RuleAny, 0, who)
			d.Templates = append(d.Templates, schema.Declared{
				Address: addr.Of(fmt.Sprintf("template.t[%q]", fmt.Sprint(j))),
				Scope:   addr.Of("folder.x"),
				Template: schema.Template{Title: text, ApprovalType: text, CC: []schema.Person{who},
					Steps: []schema.Step{{Name: text, Approvers: []schema.Person{who}, Rule: schema.RuleAll}}}})
		}
		flow(fmt.Sprintf("of hostile names, from %d", i), nil, steps)
		for _, what := range []Type{Approvers, Flow} {
			all[fmt.Sprintf("%s of hostile titles, from %d", what, i)], _ = Draw(d, what, Mermaid)
		}
	}
	for _, what := range []Type{Folders, Approvers, Flow} {
		all[string(what)], _ = Draw(viewtest.Declaration(), what, Mermaid)
	}
	return all
}

// drawnAtOnce is how many hostile texts are in one picture.
const drawnAtOnce = 20

// Pictures are drawn by Mermaid itself, in versions that read labels differently: nothing is wrong for it, each text is
// read as it was meant, what comes first stands first, and nothing covers anything.
func TestPicturesAreDrawn(t *testing.T) {
	modules, err := npm.Install(filepath.Join("testdata", "mermaid"))
	if err != nil {
		t.Fatal(err)
	}
	all := pictures(t)
	names, sources := make([]string, 0, len(all)), make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		sources = append(sources, all[name])
	}
	list, err := json.Marshal(sources)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"10.9", "11.4", "newest"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			script, err := os.ReadFile(filepath.Join(modules, "mermaid-"+version, "dist", "mermaid.min.js"))
			if err != nil {
				t.Fatal(err)
			}
			p := browser.Open(
				t,
				fmt.Appendf(nil, drawing, strings.ReplaceAll(string(script), "</script", `<\/script`), list),
				browser.Opening{},
			)
			list, err := chromedp.Run(p.Ctx, chromedp.Evaluate[[]seenPicture]("drawn", chromedp.EvalAwaitPromise))
			p.Must(err)
			for i, d := range list {
				checkDrawn(t, names[i], sources[i], d)
			}
		})
	}
}

func checkDrawn(t *testing.T, name, source string, d seenPicture) {
	t.Helper()
	wrong := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s: %s", name, fmt.Sprintf(format, args...))
	}
	if d.Error != "" {
		wrong("%s\n%s", d.Error, source)
		return
	}
	want := meant(source)
	if len(d.Nodes) != len(want) || len(want) == 0 {
		wrong("%d nodes are drawn of %d", len(d.Nodes), len(want))
	}
	ours := strings.HasPrefix(name, "flow of") && !strings.Contains(name, "hostile") || name == string(Flow)
	for i, n := range d.Nodes {
		text := read(n.Text)
		if text != want[n.ID] {
			wrong("%s is read as %q, and means %q", n.ID, text, want[n.ID])
		}
		if n.Rich != "" {
			wrong("%s is more than text: %s", n.ID, n.Rich)
		}
		if lines := strings.Count(text, "\n") + 1; ours && n.Lines != lines {
			wrong("%s takes %v lines and means %d: %q", n.ID, n.Lines, lines, text)
		}
		if n.Spills {
			wrong("%s does not hold its text", n.ID)
		}
		for _, other := range append(slices.Clone(d.Nodes[i+1:]), d.Labels...) {
			if n.overlaps(other) {
				wrong("%s and %q cover each other", n.ID, other.ID+other.Text)
			}
		}
	}
	var labels []string
	for _, l := range d.Labels {
		labels = append(labels, read(l.Text))
		if l.Rich != "" || l.Spills {
			wrong("%q is more than text or does not fit", l.Text)
		}
	}
	slices.Sort(labels)
	if wanted := meantLabels(source); !slices.Equal(labels, wanted) {
		wrong("frames and arrows are called %q, and should be %q", labels, wanted)
	}
	// Frames stand one below the other in their order, or side by side; arrows lead to the right or down.
	frames := regexp.MustCompile(`(?m)^  subgraph (\w+)`).FindAllStringSubmatch(source, -1)
	if len(d.Frames) != len(frames) {
		wrong("%d frames are drawn of %d", len(d.Frames), len(frames))
	}
	for i := 1; i < len(frames); i++ {
		first, then := d.box(d.Frames, frames[i-1][1]), d.box(d.Frames, frames[i][1])
		beside := first.Right <= then.Left && strings.HasPrefix(source, "flowchart LR")
		if first.ID == "" || then.ID == "" || first.Bottom > then.Top && !beside {
			wrong("%s does not stand before %s: %v", frames[i-1][1], frames[i][1], d.Frames)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^ +(\w+(?: -\.?-> \w+)+)$`).FindAllStringSubmatch(source, -1) {
		chain := regexp.MustCompile(` -\.?-> `).Split(m[1], -1)
		for i := 1; i < len(chain); i++ {
			first, then := d.box(d.Nodes, chain[i-1]), d.box(d.Nodes, chain[i])
			if first.Bottom > then.Top && first.Right > then.Left {
				wrong("%s does not stand before %s", chain[i-1], chain[i])
			}
		}
	}
}
