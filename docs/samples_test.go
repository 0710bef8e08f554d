package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/programtest"
	"countersign/providers/sandbox"
)

func TestMain(m *testing.M) { programtest.Main(m) }

// What the documents show of the program's output is what it prints. testdata/PAGE.txtar is the story that a page
// tells: after each command whose output the page shows, "shown" notes that output. Every sample of the page, which is
// each block of code without a language, must be found in what was noted, whole and in a row. Lines of a sample that
// begin with "$" are commands, "…" leaves lines out, and points in time, ids of locks and of files in DingTalk may differ. The story of
// getting-started.md runs each of its commands, to the letter.
func TestSamples(t *testing.T) {
	stories, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatal("no stories", err)
	}
	for _, story := range stories {
		var said strings.Builder
		t.Run(filepath.Base(story), func(t *testing.T) {
			testscript.Run(t, testscript.Params{Files: []string{story},
				Setup: func(e *testscript.Env) error {
					e.Setenv(programtest.FormErrors, os.Getenv(programtest.FormErrors))
					examples, err := filepath.Abs(filepath.Join(root, "examples"))
					e.Setenv("EXAMPLES", examples)
					return err
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"shown": func(ts *testscript.TestScript, _ bool, _ []string) {
						said.WriteString("\n" + settle(ts.ReadFile("stdout")) + "\n" + settle(ts.ReadFile("stderr")) + "\n")
					},
					"as": as,
				}})
		})
		page := strings.TrimSuffix(filepath.Base(story), ".txtar") + ".md"
		if page == "README.md" {
			page = filepath.Join(root, page)
		}
		found := 0
		for _, block := range fence.FindAllStringSubmatch(read(t, page), -1) {
			if block[1] != "" {
				continue
			}
			for _, part := range outputs(block[2]) {
				found++
				if !strings.Contains(said.String(), "\n"+settle(part)) &&
					!strings.Contains(said.String(), "\n"+settle(dedent(part))) { // in a list, a sample has a margin
					t.Errorf("%s shows\n%s\nwhich no command of %s printed; they printed\n%s", page, part, story, said.String())
				}
			}
		}
		if found == 0 && said.Len() > 0 {
			t.Errorf("%s has no samples", page)
		}
		told := strings.ReplaceAll(read(t, story), "-auto-approve ", "") // nobody is there to be asked
		for _, block := range fence.FindAllStringSubmatch(read(t, page), -1) {
			for line := range strings.Lines(dedent(block[2])) {
				line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
				if line = strings.TrimSpace(line); block[1] == "sh" && strings.HasPrefix(line, "countersign ") &&
					page == "getting-started.md" && !strings.Contains(told, "exec "+line+"\n") {
					t.Errorf("%s says %q, which %s does not try", page, line, story)
				}
			}
		}
	}
}

// as goes on with the token of a user of the embedded sandbox whose database is named.
func as(ts *testscript.TestScript, _ bool, args []string) {
	box, err := sandbox.Open(sandbox.Options{Path: ts.MkAbs(args[1])})
	ts.Check(err)
	defer box.Close()
	for _, t := range box.Tokens() {
		if t.Username == args[0] {
			ts.Setenv("YOMICLOUD_TOKEN", t.Token)
		}
	}
}

// outputs are the pieces of a sample that the program printed in a row.
func outputs(sample string) []string {
	var parts []string
	part, command := "", false
	end := func() {
		if strings.TrimSpace(part) != "" {
			parts = append(parts, strings.TrimLeft(part, "\n"))
		}
		part = ""
	}
	for line := range strings.Lines(sample) {
		switch {
		case command || strings.HasPrefix(strings.TrimLeft(line, " "), "$ "):
			command = strings.HasSuffix(line, "\\\n")
			end()
		case strings.Contains(line, "…"):
			before, _, _ := strings.Cut(line, "…")
			part += strings.TrimRight(before, " ")
			end()
		default:
			part += line
		}
	}
	end()
	return parts
}

// untried are the pages whose samples no story prints yet.
var untried = map[string]bool{"docs/benchmarks.md": true, "docs/sandbox.md": true, "docs/state.md": true}

// A page that shows output has a story.
func TestSamplesHaveStories(t *testing.T) {
	for page, text := range pages(t) {
		if page == "CONTRIBUTING.md" || untried[page] {
			continue
		}
		story := filepath.Join("testdata", strings.TrimSuffix(filepath.Base(page), ".md")+".txtar")
		for _, block := range fence.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(story); block[1] == "" && err != nil {
				t.Errorf("%s shows output, and has no %s", page, story)
			}
		}
	}
}

var passing = []struct{ is, as string }{
	{`\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?( [+-]\d\d:\d\d|Z)?`, "TIME"},
	{`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, "UUID"},
	{`222892787\d{3}`, "DENTRY"}, // files that are sent side by side
	{`(?m)[ \t]+$`, ""},
}

// settle is a text without what differs from run to run.
func settle(text string) string {
	for _, p := range passing {
		text = regexp.MustCompile(p.is).ReplaceAllString(text, p.as)
	}
	return text
}
