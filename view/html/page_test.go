package html

import (
	"regexp"
	"testing"
	"unicode"

	"countersign/reconcile/plans"
	"countersign/view"
	"countersign/view/viewtest"
)

// What is the same in every page, and looked at in files of its own.
var pageParts = regexp.MustCompile(`(?s)(<style>).*?(</style>)|(<script>).*?(</script>)|(sha256-).*?(&#39;)`)

// Pages, without their style and script.
func TestHTML(t *testing.T) {
	all := viewtest.Plans()
	pages := map[string]*plans.Plan{"every-kind": viewtest.EveryKind()}
	for _, name := range []string{"nothing", "refresh-only", "refresh-only-nothing", "destroy-nothing", "step-moved",
		"outputs-only", "attachment-update"} {
		pages[name] = all[name]
	}
	for name, p := range pages {
		doc, err := Plan(p)
		doc = rendered(t, doc, err)
		viewtest.Golden(t, name+".html", pageParts.ReplaceAll(doc, []byte("$1$2$3$4$5$6")))
		again, _ := Plan(p)
		if string(again) != string(doc) {
			t.Errorf("%s: the same plan is not the same bytes", name)
		}
	}
	drift := viewtest.Plans()["drift"]
	drift.Mode, drift.Unmanaged = plans.RefreshOnly, viewtest.Plans()["unmanaged"].Unmanaged
	doc, err := Drift(drift)
	viewtest.Golden(t, "drift.html", pageParts.ReplaceAll(rendered(t, doc, err), []byte("$1$2$3$4$5$6")))
	doc, err = Coverage(viewtest.Coverage(), viewtest.Catalogue)
	viewtest.Golden(t, "coverage.html", pageParts.ReplaceAll(rendered(t, doc, err), []byte("$1$2$3$4$5$6")))
	doc, err = Failure(view.OfDrift, viewtest.DiagnosticsOfEachKind())
	viewtest.Golden(t, "failure.html", pageParts.ReplaceAll(rendered(t, doc, err), []byte("$1$2$3$4$5$6")))
}

// pageHostile are texts that would mean something to a browser, and those that fool readers of other forms.
var pageHostile = append([]string{
	"<script>window.fooled = 1; document.title = 'Approved'</script>",
	"</style><style>*{display:none}</style>",
	"</script><script>window.fooled = 1</script>",
	`"><img src=x onerror="window.fooled = 1">`,
	`' onmouseover='window.fooled = 1`,
	"<svg/onload=window.fooled=1>",
	"javascript:window.fooled=1",
	"]]>",
	"<!--",
	"--><h1>Approved</h1>",
	"`${window.fooled = 1}`",
	"{{.Headline}}{{template \"page\"}}",
	"&lt;b&gt; &amp; &#60;",
	"</li></ul></main>",
	"<base href=https://evil.example>",
	"<meta http-equiv=refresh content=0;url=https://evil.example>",
	"line\u2028and\u2029paragraph",
	"<a href=https://evil.example>x</a>",
}, viewtest.HostileInReports...)

// checkPage demands that a reader sees every character that is there.
func checkPage(t *testing.T, what string, doc []byte) {
	t.Helper()
	for _, r := range string(pageParts.ReplaceAll(doc, nil)) {
		if r != '\n' && r != '\u3000' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) ||
			r == '\u3164') {
			t.Errorf("%q: %U reaches the page", what, r)
			return
		}
	}
}

func FuzzPageOfHostileText(f *testing.F) {
	for _, h := range pageHostile {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, text string) {
		folders, err := Coverage(viewtest.HostileCoverage(text), viewtest.Catalogue)
		checkPage(t, text, rendered(t, folders, err))
		page, err := Plan(viewtest.HostilePlan(text))
		checkPage(t, text, rendered(t, page, err))
	})
}

// rendered is a page that was made.
func rendered(t *testing.T, doc []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
