package markdown

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
	"countersign/view/viewtest"
)

// Each kind of change as a comment on a pull request.
func TestMarkdown(t *testing.T) {
	for name, p := range viewtest.Plans() {
		t.Run(name, func(t *testing.T) {
			got := Plan(p, 0)
			viewtest.Golden(t, "plan/"+name+".md", []byte(got))
			checkMarkdown(t, got)
		})
	}
	viewtest.Golden(t, "failure.md", []byte(Failure(view.OfPlan, viewtest.DiagnosticsOfEachKind(), 0)))
}

// A plan that was saved is the same comment as the plan itself.
func TestMarkdownOfSavedPlan(t *testing.T) {
	viewtest.AsSaved(t, func(t *testing.T, plan, saved *plans.Plan) {
		if before, after := Plan(plan, 0), Plan(saved, 0); before != after {
			t.Errorf("it is shown otherwise:\n%s\n%s", before, after)
		}
	})
}

// What was edited by hand, as a comment of its own: it is found by its own mark, and says nothing of a plan's actions.
func TestMarkdownOfDrift(t *testing.T) {
	for name, p := range viewtest.Drifts() {
		got := Drift(p, 0)
		viewtest.Golden(t, "drift/"+name+".md", []byte(got))
		checkMarkdown(t, got)
		if !strings.HasPrefix(got, "<!-- countersign drift -->\n## ") || strings.Contains(got, "Plan:") ||
			strings.Contains(got, "plan -->") {
			t.Errorf("%s reads as a plan:\n%s", name, got)
		}
	}
	viewtest.Golden(t, "drift-failure.md", []byte(Failure(view.OfDrift, viewtest.DiagnosticsOfEachKind(), 0)))
}

// What is ours outside of code, once the tags and what is in code elements are taken away.
var (
	codeElement = regexp.MustCompile(`<code>[^<>"'\n]*</code>`)
	ourTags     = regexp.MustCompile(`</?(details|summary|b)>|<details open>|<br>|<!-- countersign (plan|drift) -->`)
	ourCommand  = regexp.MustCompile("`countersign (plan|drift)`")
	foreign     = regexp.MustCompile("[<>@\\[\\]|\\\\*_~$`]")
)

// checkMarkdown demands that a comment is made as ours are: code whose fences match, nothing that Markdown or HTML
// would read anything from outside of it, and Mermaid that is nothing but boxes and arrows.
func checkMarkdown(t *testing.T, text string) {
	t.Helper()
	fence, language := "", ""
	for i, line := range strings.Split(text, "\n") {
		ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(ticks) >= 3:
			fence, language = ticks, line[len(ticks):]
			continue
		case fence != "" && len(ticks) >= len(fence) && strings.TrimSpace(line) == ticks:
			fence = ""
			continue
		case fence != "":
			if language == "mermaid" && !ofMermaid(line) {
				t.Errorf("line %d is none of a picture of ours: %s", i+1, line)
			}
			if language == "diff" && line != "" && !strings.ContainsRune("+-!#. ", rune(line[0])) {
				t.Errorf("line %d has no mark: %s", i+1, line)
			}
			continue
		}
		rest := codeElement.ReplaceAllString(line, "")
		rest = ourTags.ReplaceAllString(rest, "")
		if strings.HasPrefix(line, leftOut) {
			rest = ourCommand.ReplaceAllString(rest[len(leftOut):], "")
		}
		if foreign.MatchString(rest) {
			t.Errorf("line %d is not text alone outside of code: %s", i+1, line)
		}
	}
	if fence != "" {
		t.Error("code that does not end")
	}
	for _, r := range text {
		if r != '\n' && r != '\u3000' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("%U reaches the comment", r)
			break
		}
	}
}

var mermaidLines = regexp.MustCompile(
	`^(flowchart (LR|TB)|  subgraph (before|after)|    direction (LR|TB)|  end|  before ~~~ after|` +
		`    (before|after)\d+( --> (before|after)\d+)+|  classDef (added|removed|changed) [a-z0-9:,#-]+|` +
		`    (before|after)\d+\["([^\x00-\x{ff}]|[\p{L}\p{M}\p{N}, ()./_:\[\]-]|#\d+;|<br/>)+"\]` +
		`(:::(added|removed|changed))?)$`,
)

func ofMermaid(line string) bool { return mermaidLines.MatchString(line) }

// Nothing that a drive or a file calls itself is anything but text in a comment.
func TestHostileTextsInMarkdown(t *testing.T) {
	for _, text := range viewtest.HostileInReports {
		got := Plan(viewtest.HostilePlan(text), 0)
		checkMarkdown(t, got)
		if n := strings.Count(got, "\n## "); n != 1 {
			t.Errorf("%q: %d headlines", text, n)
		}
		d := schema.Diagnostics{{Severity: schema.Error, Summary: text, Detail: text, Address: addr.Of(text)}}
		checkMarkdown(t, Failure(view.OfPlan, d, 0))
		got = Drift(viewtest.HostilePlan(text), 0)
		checkMarkdown(t, got)
		if n := strings.Count(got, "\n## "); n != 1 {
			t.Errorf("%q: %d headlines of drift", text, n)
		}
	}
}

// A plan of any size fits a comment, by whole templates, and says how many are left out.
func TestMarkdownIsCutByWholeTemplates(t *testing.T) {
	var list []plans.Change
	for i := range 2000 {
		c := viewtest.Changed(func(t *schema.Template) { t.Steps[0].Rule = schema.RuleAll })
		c.Address = addr.Of(fmt.Sprintf("template.t%04d", i))
		list = append(list, c)
	}
	p := viewtest.PlanOf(list...)
	all := viewtest.Plans()
	p.Refused, p.Drift, p.Unmanaged = all["refused"].Refused, all["drift"].Drift, all["unmanaged"].Unmanaged
	left := regexp.MustCompile(`Left out, because .*?(\d+) that will be updated in-place`)
	for _, limit := range []int{0, 20000, 4000} {
		got := Plan(p, limit)
		most := limit
		if most == 0 {
			most = 65536
		}
		if n := characters(got); n >= most || limit != 4000 && n < most*9/10 {
			t.Errorf("limit %d: %d characters", limit, n)
		}
		checkMarkdown(t, got)
		shown := strings.Count(got, "will be updated in-place<br>")
		m := left.FindStringSubmatch(got)
		if m == nil || fmt.Sprint(2000-shown) != m[1] {
			t.Errorf("limit %d: %d are shown, and it says %v", limit, shown, m)
		}
		if limit != 4000 && (!strings.Contains(got, "<b>Refused</b>") || !strings.Contains(got, "<b>Unmanaged</b>")) {
			t.Errorf("limit %d: short sections give way to many templates", limit)
		}
	}
	p.Changes = p.Changes[:20]
	for limit := 1; limit < 3000; limit += 97 { // the numbers and the line about what is missing are always there
		if got := Plan(p, limit); !strings.Contains(got, "## Plan: ") || characters(got) >= max(limit, 700) {
			t.Errorf("limit %d: %d characters", limit, characters(got))
		}
	}
	if strings.Contains(Plan(viewtest.PlanOf(list[:5]...), 0), "Left out") {
		t.Error("a short plan leaves something out")
	}
}

// Drift of any size fits a comment too.
func TestMarkdownOfDriftIsCut(t *testing.T) {
	p := viewtest.PlanOf()
	p.Mode = plans.RefreshOnly
	for i := range 1000 {
		d := viewtest.Plans()["drift"].Drift[0]
		d.Address = addr.Of(fmt.Sprintf("template.t%04d", i))
		p.Drift = append(p.Drift, d)
	}
	got := Drift(p, 0)
	checkMarkdown(t, got)
	if n := characters(got); n >= 65536 || n < 55000 {
		t.Errorf("%d characters", n)
	}
	shown := strings.Count(got, "has changed: <b>weaker</b><br>")
	if want := fmt.Sprintf("%d that were edited outside of Countersign. `countersign drift` shows all.",
		1000-shown); !strings.Contains(got, want) {
		t.Errorf("%d are shown, and it does not say %q", shown, want)
	}
}

// Instances that change alike share a block, and a picture if their steps are alike too.
func TestMarkdownShowsInstancesOnce(t *testing.T) {
	got := Plan(viewtest.Plans()["for-each"], 0)
	if n := strings.Count(got, "```mermaid"); n != 2 {
		t.Errorf("%d pictures", n)
	}
	if !strings.Contains(got, "and 2 others alike") {
		t.Error("the others are not counted")
	}
}

func FuzzMarkdownOfHostileText(f *testing.F) {
	for _, h := range viewtest.HostileInReports {
		f.Add(h, 3000)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		checkMarkdown(t, Plan(viewtest.HostilePlan(text), limit%100000))
	})
}
