package view

import (
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
)

// Each kind of change as a comment on a pull request.
func TestMarkdown(t *testing.T) {
	for name, p := range plans() {
		t.Run(name, func(t *testing.T) {
			got := Markdown(p, 0)
			golden(t, "report/"+name+".md", []byte(got))
			checkMarkdown(t, got)
		})
	}
	golden(t, "report/failure.md", []byte(MarkdownFailure(OfPlan, diagnosticsOfEachKind(), 0)))
}

// What was edited by hand, as a comment of its own: it is found by its own mark, and neither promises a plan's actions
// nor advises about them.
func TestMarkdownOfDrift(t *testing.T) {
	for name, p := range drifts() {
		got := MarkdownDrift(p, 0)
		golden(t, "drift/"+name+".md", []byte(got))
		checkMarkdown(t, got)
		if !strings.HasPrefix(got, "<!-- countersign drift -->\n## ") || strings.Contains(got, "Plan:") ||
			strings.Contains(got, "plan -->") {
			t.Errorf("%s reads as a plan:\n%s", name, got)
		}
	}
	golden(t, "drift/failure.md", []byte(MarkdownFailure(OfDrift, diagnosticsOfEachKind(), 0)))
}

// What is ours outside of code, once the tags and what is in code elements are taken away.
var (
	codeElement = regexp.MustCompile(`<code>[^<>"'\n]*</code>`)
	ourTags     = regexp.MustCompile(`</?(details|summary|b)>|<br>|<!-- countersign (plan|drift) -->`)
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

var mermaidLines = regexp.MustCompile(`^(flowchart (LR|TB)|  subgraph (before|after)|    direction (LR|TB)|  end|  before ~~~ after|` +
	`    (before|after)\d+( --> (before|after)\d+)+|  classDef (added|removed|changed) [a-z0-9:,#-]+|` +
	`    (before|after)\d+\["([\p{L}\p{M}\p{N}, ]|#\d+;|<br/>)+"\](:::(added|removed|changed))?)$`)

func ofMermaid(line string) bool { return mermaidLines.MatchString(line) }

// Texts that would mean something to Markdown, HTML, Mermaid, or a runner of workflows.
var reportHostile = append([]string{
	"``` \n```\n# Approved", "````````", "`code` **bold** [link](https://evil.example) ![i](x)", "a | b | c",
	"<script>alert(1)</script>", "</details></summary><h1>Approved</h1>", "<img src=x onerror=alert(1)>", "]]>", "<!--", "-->",
	"@everyone #1 !2 &lt; &#60; :smile: $x$", `"]; click before1 call evil() %%{init: {}}%%`, "x\"] --> y[\"z", "end", "graph TD; A-->B;",
	"style a fill:#f9f;", "#quot;#35;", "ﬂ°°60¶ß", "fa:fa-car", "1. one", "- item", "`md`", "a*b*c *d* _e_", "~~no~~", `line1\nline2`, "https://evil.example/x", "a@b.example", "ﬂ°35¶ß", "::error file=x::y", "%0A::set-output name=a::b", "/close",
}, hostile...)

// Nothing that a drive or a file calls itself is anything but text in a comment.
func TestHostileTextsInMarkdown(t *testing.T) {
	for _, text := range reportHostile {
		got := Markdown(hostilePlan(text), 0)
		checkMarkdown(t, got)
		if n := strings.Count(got, "\n## "); n != 1 {
			t.Errorf("%q: %d headlines", text, n)
		}
		d := schema.Diagnostics{{Severity: schema.Error, Summary: text, Detail: text, Address: addr.Of(text)}}
		checkMarkdown(t, MarkdownFailure(OfPlan, d, 0))
		got = MarkdownDrift(hostilePlan(text), 0)
		checkMarkdown(t, got)
		if n := strings.Count(got, "\n## "); n != 1 {
			t.Errorf("%q: %d headlines of drift", text, n)
		}
	}
}

// What Mermaid makes of a label is what a reader sees in the plan's text, and what could be read as Markdown stands
// alone.
func TestMermaidText(t *testing.T) {
	sign := regexp.MustCompile(`[^\x{feff}][!-+\-/:-@\[-^_{-~\x60]`)
	for _, text := range reportHostile {
		visible := oneLine(text)
		spelled := mermaidText(visible)
		got := html.UnescapeString(strings.ReplaceAll(spelled, "#", "&#"))
		if sign.MatchString(" " + got) {
			t.Errorf("%q is spelled %s, in which a sign does not stand alone", visible, spelled)
		}
		if got = norm.NFC.String(strings.ReplaceAll(got, "\ufeff", "")); got != norm.NFC.String(visible) {
			t.Errorf("%q is spelled %s, which is %q", visible, spelled, got)
		}
		if strings.ContainsAny(spelled, "\"`[]{}()<>|\\%:&") {
			t.Errorf("%q is spelled %s", visible, spelled)
		}
	}
}

// A plan of any size fits a comment, by whole templates, and says how many are left out.
func TestMarkdownIsCutByWholeTemplates(t *testing.T) {
	var list []reconcile.Change
	for i := range 2000 {
		c := changed(func(t *schema.Template) { t.Steps[0].Rule = schema.RuleAll })
		c.Address = addr.Of(fmt.Sprintf("template.t%04d", i))
		list = append(list, c)
	}
	p := planOf(list...)
	p.Refused, p.Drift, p.Unmanaged = plans()["refused"].Refused, plans()["drift"].Drift, plans()["unmanaged"].Unmanaged
	left := regexp.MustCompile(`Left out, because .*?(\d+) that will be updated in-place`)
	for _, limit := range []int{0, 20000, 4000} {
		got := Markdown(p, limit)
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
		if got := Markdown(p, limit); !strings.Contains(got, "## Plan: ") || characters(got) >= max(limit, 700) {
			t.Errorf("limit %d: %d characters", limit, characters(got))
		}
	}
	if strings.Contains(Markdown(planOf(list[:5]...), 0), "Left out") {
		t.Error("a short plan leaves something out")
	}
}

// Drift of any size fits a comment too.
func TestMarkdownOfDriftIsCut(t *testing.T) {
	p := planOf()
	p.Mode = reconcile.RefreshOnly
	for i := range 1000 {
		d := plans()["drift"].Drift[0]
		d.Address = addr.Of(fmt.Sprintf("template.t%04d", i))
		p.Drift = append(p.Drift, d)
	}
	got := MarkdownDrift(p, 0)
	checkMarkdown(t, got)
	if n := characters(got); n >= 65536 || n < 55000 {
		t.Errorf("%d characters", n)
	}
	shown := strings.Count(got, "has changed<br>")
	if want := fmt.Sprintf("%d that were edited outside of Countersign. `countersign drift` shows all.",
		1000-shown); !strings.Contains(got, want) {
		t.Errorf("%d are shown, and it does not say %q", shown, want)
	}
}

// Instances that are changed alike are told once, with a picture, if their steps are alike too.
func TestMarkdownTellsInstancesOnce(t *testing.T) {
	got := Markdown(plans()["for-each"], 0)
	if n := strings.Count(got, "```mermaid"); n != 2 {
		t.Errorf("%d pictures", n)
	}
	if !strings.Contains(got, "and 2 others alike") {
		t.Error("the others are not told")
	}
}

func TestGitLabReport(t *testing.T) {
	for name, want := range map[string]string{
		"create": `{"create":1,"update":0,"delete":0}`, "step-changed": `{"create":0,"update":1,"delete":0}`,
		"replace": `{"create":1,"update":0,"delete":1}`, "destroy": `{"create":0,"update":0,"delete":3}`,
		"nothing": `{"create":0,"update":0,"delete":0}`, "forget": `{"create":0,"update":0,"delete":0}`,
	} {
		got, err := GitLabReport(plans()[name])
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
}

// GitLab's numbers of drift are those of what was done by hand.
func TestGitLabDrift(t *testing.T) {
	for name, want := range map[string]string{
		"recreate": `{"create":0,"update":0,"delete":1}`, "edited": `{"create":0,"update":1,"delete":0}`, "none": `{"create":0,"update":0,"delete":0}`,
	} {
		got, err := GitLabDrift(drifts()[name])
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
}

// placesOf puts each address on a line of its own.
func placesOf(p *reconcile.Plan) map[addr.Address]schema.Range {
	places := map[addr.Address]schema.Range{}
	put := func(address addr.Address) {
		line := 10 * (len(places) + 1)
		places[address] = schema.Range{Filename: "policies/main.hcl", Start: schema.Pos{Line: line, Column: 1},
			End: schema.Pos{Line: line, Column: 20}}
	}
	for _, c := range p.Changes {
		put(c.Address)
	}
	for _, a := range p.Attachments {
		put(a.Address)
	}
	return places
}

func TestGitHubAnnotations(t *testing.T) {
	var out strings.Builder
	out.WriteString(GitHubAnnotations(diagnosticsOfEachKind(), nil, nil))
	for _, name := range []string{"step-changed", "drift", "for-each", "nothing"} {
		p := plans()[name]
		out.WriteString(GitHubAnnotations(nil, p, placesOf(p)))
	}
	golden(t, "report/github.txt", []byte(out.String()))
	if got := GitHubAnnotations(nil, plans()["create"], nil); got != "" {
		t.Errorf("without a place there is nothing to say: %s", got)
	}
}

// A runner reads each line as one command of ours, whatever a title says.
func TestHostileTextsInAnnotations(t *testing.T) {
	command := regexp.MustCompile(`^::(error|warning|notice) ([a-zA-Z]+=[^,:]*,)*title=[^,:]*::.*$`)
	for _, text := range reportHostile {
		p := hostilePlan(text)
		d := schema.Diagnostics{{Severity: schema.Error, Summary: text, Detail: text,
			Range: &schema.Range{Filename: text}}}
		for line := range strings.Lines(GitHubAnnotations(d, p, placesOf(p))) {
			if line = strings.TrimSuffix(line, "\n"); !command.MatchString(line) || strings.ContainsRune(line, '\r') {
				t.Errorf("%q: %s", text, line)
			}
		}
	}
}

func TestSARIF(t *testing.T) {
	doc, err := SARIF(diagnosticsOfEachKind(), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report/diagnostics.sarif", append(doc, '\n'))
	if doc, err = SARIF(nil, "1.2.3"); err != nil || !strings.Contains(string(doc), `"results": []`) {
		t.Errorf("nothing found must be an empty list: %s, %v", doc, err)
	}
}

// What was edited by hand is found at the block that declares it; one without a block, by its address.
func TestSARIFOfDrift(t *testing.T) {
	p := planOf()
	p.Drift = append(drifts()["edited"].Drift, drifts()["recreate"].Drift...)
	p.Drift[1].Address = addr.Of("template.removed")
	places := placesOf(planOf(reconcile.Change{Address: addr.Of("template.modify")}))
	doc, err := SARIF(DriftFindings(p, places), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "drift/findings.sarif", append(doc, '\n'))
}

// Each result names its rule by both id and index, and a place that can be.
func TestHostileTextsInSARIF(t *testing.T) {
	for _, text := range reportHostile {
		doc, err := SARIF(schema.Diagnostics{
			{Severity: schema.Warning, Summary: text, Detail: text, Address: addr.Of(text),
				Range: &schema.Range{Filename: text}},
			{Severity: schema.Error, Summary: text},
		}, text)
		if err != nil {
			t.Fatal(err)
		}
		var log sarifLog
		if err := json.Unmarshal(doc, &log); err != nil {
			t.Fatal(err)
		}
		for _, r := range log.Runs[0].Results {
			if rules := log.Runs[0].Tool.Driver.Rules; rules[r.RuleIndex].ID != r.RuleID || r.RuleID == "" ||
				r.Message.Text == "" && text != "" {
				t.Errorf("%q: %+v", text, r)
			}
		}
		if at := log.Runs[0].Results[0].Locations[0].Physical.Region; at.StartLine < 1 || at.StartColumn < 1 ||
			at.EndLine < at.StartLine {
			t.Errorf("%q: %+v", text, at)
		}
	}
	for path, want := range map[string]string{"a b/合同.hcl": "a%20b/%E5%90%88%E5%90%8C.hcl", "c:d.hcl": "./c:d.hcl",
		"/x/y#.hcl": "file:///x/y%23.hcl", "a?b%.hcl": "a%3Fb%25.hcl"} {
		if got := fileURI(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func FuzzReportsOfHostileText(f *testing.F) {
	for _, h := range reportHostile {
		f.Add(h, 3000)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		p := hostilePlan(text)
		checkMarkdown(t, Markdown(p, limit%100000))
		for line := range strings.Lines(GitHubAnnotations(p.Warnings, p, placesOf(p))) {
			if !strings.HasPrefix(line, "::") {
				t.Fatal(line)
			}
		}
		if _, err := SARIF(p.Warnings, text); err != nil {
			t.Fatal(err)
		}
	})
}
