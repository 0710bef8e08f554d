package docs

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/programtest"
	"countersign/providers/sandbox"
	"countersign/state/local"
	"countersign/state/store"
)

func TestMain(m *testing.M) { programtest.Main(m) }

// What the documents show of the program's output is what it prints. testdata/PAGE.txtar is the story that a page
// tells: after each command whose output the page shows, "shown" notes that output. Every sample of the page, which
// is each block of code without a language, must be found in what was noted, whole and in a row. Lines of a sample
// that begin with "$" are commands, "…" leaves lines out, and points in time, ids of locks and of files in DingTalk
// may differ. The story of getting-started.md and that of sandbox.md run each of their commands, to the letter. JSON
// that a page shows is what a command printed ("shown") or a file that is kept ("keeps"), with "…" in place of
// anything.
func TestSamples(t *testing.T) {
	stories, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatal("no stories", err)
	}
	for _, story := range stories {
		var said strings.Builder
		var kept []any // documents
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
					"keeps": func(ts *testscript.TestScript, _ bool, args []string) {
						var doc any
						ts.Check(json.Unmarshal([]byte(settle(ts.ReadFile(args[0]))), &doc))
						kept = append(kept, doc)
					},
					"serve": func(ts *testscript.TestScript, _ bool, args []string) {
						said.WriteString("\n" + settle(serve(ts, args)) + "\n")
					},
					"held": held, "as": as,
				}})
		})
		page := strings.TrimSuffix(filepath.Base(story), ".txtar") + ".md"
		if page == "README.md" {
			page = filepath.Join(root, page)
		}
		found := 0
		for _, block := range fence.FindAllStringSubmatch(read(t, page), -1) {
			var shown any
			if block[1] == "json" && len(kept) > 0 {
				if err := json.Unmarshal([]byte(settle(block[2])), &shown); err != nil ||
					!slices.ContainsFunc(kept, func(doc any) bool { return abridged(shown, doc) }) {
					t.Errorf("%s shows\n%s\nwhich is nothing that %s keeps (%v): %v", page, block[2], story, err, kept)
				}
			}
			if block[1] != "" {
				continue
			}
			for _, part := range outputs(block[2]) {
				found++
				if folded := strings.Join(strings.Fields(settle(part)), " "); strings.HasPrefix(folded, "Error:") &&
					strings.Contains(strings.Join(strings.Fields(said.String()), " "), folded) { // a terminal wraps them
					continue
				}
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
				if answer, found := strings.CutPrefix(line, "# {"); found && page == "sandbox.md" && !strings.Contains(line, "…") &&
					!strings.Contains(said.String(), settle("{"+answer)) {
					t.Errorf("%s shows the answer %s, which %s does not get; it gets\n%s", page, line, story, said.String())
				}
				line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
				if line = strings.ReplaceAll(strings.TrimSpace(line), "-auto-approve ", ""); block[1] == "sh" &&
					strings.HasPrefix(line, "countersign ") && (page == "getting-started.md" || page == "sandbox.md") &&
					!strings.Contains(told, "exec "+line+"\n") && !strings.HasPrefix(line, "countersign sandbox ") {
					t.Errorf("%s says %q, which %s does not try", page, line, story)
				}
			}
		}
	}
}

// serve starts a sandbox on a free port, and sets what a shell sets that reads what it prints, which it returns. BOX
// is its address.
func serve(ts *testscript.TestScript, args []string) string {
	cmd := exec.Command("countersign", append([]string{"sandbox", "-listen", "127.0.0.1:0"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	printed := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		printed += line + "\n"
		if _, after, found := strings.Cut(line, "listens on "); found {
			box, _, _ := strings.Cut(after, ". ")
			ts.Setenv("BOX", box)
		}
		name, value, found := strings.Cut(strings.TrimPrefix(line, "  export "), "=")
		if found && strings.HasPrefix(line, "  export ") {
			ts.Setenv(name, value)
		}
		if curl, found := strings.CutPrefix(line, "  curl "); found {
			ts.Check(os.WriteFile(ts.MkAbs("colleague.sh"), []byte("curl "+curl+"\n"), 0o644))
		}
		if name == "YOMICLOUD_TOKEN" { // the last line
			return printed
		}
	}
	ts.Fatalf("the sandbox ended, having said %s", printed)
	return ""
}

// held takes the lock of a state for the holder in a file, until the end of the story.
func held(ts *testscript.TestScript, _ bool, args []string) {
	var holder store.LockInfo
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &holder))
	kept := local.New(ts.MkAbs(args[0]))
	ts.Check(kept.Lock(context.Background(), holder))
	ts.Defer(func() { ts.Check(kept.Unlock(context.Background())) })
}

// abridged reports whether a document shows another one, with "…" in place of anything, of the rest of a text, and of
// other keys or elements.
func abridged(shown, whole any) bool {
	switch shown := shown.(type) {
	case string:
		text, _ := whole.(string)
		begin, _, short := strings.Cut(shown, "…")
		return shown == text || short && (begin == "" || strings.HasPrefix(text, begin))
	case map[string]any:
		all, ok := whole.(map[string]any)
		_, short := shown["…"]
		for name, value := range shown {
			ok = ok && (name == "…" || abridged(value, all[name]))
		}
		return ok && (short || len(shown) == len(all))
	case []any:
		all, ok := whole.([]any)
		if n := len(shown); n > 0 && shown[n-1] == "…" && ok && len(all) >= n {
			shown, all = shown[:n-1], all[:n-1]
		}
		return ok && slices.EqualFunc(shown, all, abridged)
	}
	return reflect.DeepEqual(shown, whole)
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

// untried are the pages whose samples no story can print.
var untried = map[string]bool{"docs/benchmarks.md": true} // figures of one machine

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
	{`\b[0-9a-f]{32}\b|\b5f3c0b1d…`, "TOKEN"},
	{`"countersign_version": "[^"]*"`, `"countersign_version": "VERSION"`},
	{`127\.0\.0\.1:\d+`, "ADDRESS"},
	{`(?m)[ \t]+$`, ""},
}

// settle is a text without what differs from run to run.
func settle(text string) string {
	for _, p := range passing {
		text = regexp.MustCompile(p.is).ReplaceAllString(text, p.as)
	}
	return text
}
