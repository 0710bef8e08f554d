package ci

import (
	"encoding/json"
	"encoding/xml"
	"regexp"
	"strings"
	"testing"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view/viewtest"
)

func TestGitLabReport(t *testing.T) {
	for name, want := range map[string]string{
		"create": `{"create":1,"update":0,"delete":0}`, "step-changed": `{"create":0,"update":1,"delete":0}`,
		"replace": `{"create":1,"update":0,"delete":1}`, "destroy": `{"create":0,"update":0,"delete":3}`,
		"nothing": `{"create":0,"update":0,"delete":0}`, "forget": `{"create":0,"update":0,"delete":0}`,
	} {
		got, err := GitLabReport(viewtest.Plans()[name])
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
}

// GitLab's numbers of drift are those of what was done by hand.
func TestGitLabDrift(t *testing.T) {
	for name, want := range map[string]string{
		"recreate": `{"create":0,"update":0,"delete":1}`, "edited": `{"create":0,"update":1,"delete":0}`,
		"none": `{"create":0,"update":0,"delete":0}`,
	} {
		got, err := GitLabDrift(viewtest.Drifts()[name])
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
}

// placesOf puts each address on a line of its own.
func placesOf(p *plans.Plan) map[addr.Address]schema.Range {
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
	out.WriteString(GitHubAnnotations(viewtest.DiagnosticsOfEachKind(), nil, nil))
	for _, name := range []string{"step-changed", "drift", "for-each", "nothing"} {
		p := viewtest.Plans()[name]
		out.WriteString(GitHubAnnotations(nil, p, placesOf(p)))
	}
	viewtest.Golden(t, "github.txt", []byte(out.String()))
	if got := GitHubAnnotations(nil, viewtest.Plans()["create"], nil); got != "" {
		t.Errorf("without a place there is nothing to say: %s", got)
	}
}

// A runner reads each line as one command of ours, whatever a title says.
func TestHostileTextsInAnnotations(t *testing.T) {
	command := regexp.MustCompile(`^::(error|warning|notice) ([a-zA-Z]+=[^,:]*,)*title=[^,:]*::.*$`)
	for _, text := range viewtest.HostileInReports {
		p := viewtest.HostilePlan(text)
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
	doc, err := SARIF(viewtest.DiagnosticsOfEachKind(), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "diagnostics.sarif", append(doc, '\n'))
	if doc, err = SARIF(nil, "1.2.3"); err != nil || !strings.Contains(string(doc), `"results": []`) {
		t.Errorf("nothing found must be an empty list: %s, %v", doc, err)
	}
}

// What was edited by hand is found at the block that declares it; one without a block, by its address.
func TestSARIFOfDrift(t *testing.T) {
	p := viewtest.PlanOf()
	p.Drift = append(viewtest.Drifts()["edited"].Drift, viewtest.Drifts()["recreate"].Drift...)
	p.Drift[1].Address = addr.Of("template.removed")
	places := placesOf(viewtest.PlanOf(plans.Change{Address: addr.Of("template.modify")}))
	doc, err := SARIF(DriftFindings(p, places), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "drift.sarif", append(doc, '\n'))
}

// Each result names its rule by both id and index, and a place that can be.
func TestHostileTextsInSARIF(t *testing.T) {
	for _, text := range viewtest.HostileInReports {
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
	for _, h := range viewtest.HostileInReports {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := viewtest.HostilePlan(text)
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

// An error is a test that fails; a warning and a notice are tests that pass and say what was found.
func TestJUnitOfFindings(t *testing.T) {
	d := append(viewtest.DiagnosticsOfEachKind(), schema.Diagnostic{Severity: schema.Notice,
		Summary: "Nobody may leave (single_point)",
		Code:    "single_point", Detail: "Add somebody.", Address: addr.Of("template.modify")})
	for _, text := range viewtest.HostileInReports {
		d = append(d, schema.Diagnostic{Severity: schema.Warning, Summary: text, Detail: text, Address: addr.Of(text),
			Range: &schema.Range{Filename: text}})
	}
	doc, err := JUnitOfFindings(d)
	if err != nil {
		t.Fatal(err)
	}
	var suite junitSuite
	if err := xml.Unmarshal(doc, &suite); err != nil {
		t.Fatalf("%v in\n%s", err, doc)
	}
	errors := 0
	for i, x := range d {
		c := suite.Cases[i]
		if (c.Failures != nil) != (x.Severity == schema.Error) || (c.Out != "") == (x.Severity == schema.Error) {
			t.Errorf("%+v is reported as %+v", x, c)
		}
		if x.Severity == schema.Error {
			errors++
		}
		if x.Code != "" && c.Class != "countersign."+x.Code {
			t.Errorf("the class is %q", c.Class)
		}
	}
	if suite.Tests != len(d) || suite.Failures != errors || len(suite.Cases) != len(d) {
		t.Errorf("counted %d tests and %d failures of %d and %d", suite.Tests, suite.Failures, len(d), errors)
	}
	if doc, err = JUnitOfFindings(nil); err != nil || !strings.Contains(string(doc), `tests="1" failures="0"`) {
		t.Errorf("nothing found: %s, %v", doc, err)
	}
}
