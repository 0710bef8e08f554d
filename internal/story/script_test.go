// Package story runs the whole program: the stories in testdata/script, and configurations, drives and command lines
// that mean harm.
package story

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/programtest"
	"countersign/state/httpstate/httpstatetest"
)

var update = flag.Bool("update", false, "rewrite the golden texts in testdata by what the program prints now")

func TestMain(m *testing.M) { programtest.Main(m) }

// TestScript runs the stories in testdata/script: whole programs against a drive. Besides what testscript offers,
// a story may use
//
//	drive [FLAG ...]          start "countersign sandbox" with these flags; sets ENDPOINT and TOKEN_username
//	undrive                   interrupt it and demand a clean end
//	stateserver               start a server that keeps states; sets STATES
//	stated REGEXP             demand a call to it, METHOD ADDRESS, that matches
//	settled [ARG ...]         plan, and demand that there is nothing to do
//	json stdout|FILE          demand one JSON document and nothing else
//	jsonlines stdout|FILE     demand JSON on every line
//	eventually REGEXP CMD ... repeat a command until its output matches
//	console WHERE USER ...    edit as somebody in the drive's web console would (internal/programtest/console.go)
//	clerk DATABASE            what clients have left in the embedded sandbox's DingTalk (internal/programtest/clerk.go)
//	unpack ZIP DIR            unpack an archive
func TestScript(t *testing.T) { stories(t, "testdata/script", nil) }

// stories runs the stories in a folder, each with some environment variables more.
func stories(t *testing.T, dir string, environment []string) {
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Values[boxKey{}] = new(running)
			e.Values[statesKey{}] = new(*httpstatetest.Server)
			e.Setenv(programtest.FormErrors, os.Getenv(programtest.FormErrors))
			e.Vars = append(e.Vars, environment...)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"drive": drive, "undrive": undrive, "stateserver": stateServer, "stated": stated, "staterefuse": stateRefuse, "settled": settled, "json": isJSON, "jsonlines": isJSONLines, "eventually": eventually,
		},
	})
}

// running is the sandbox that a story has started.
type running struct {
	cmd    *exec.Cmd
	said   bytes.Buffer // on standard error; to be read once it has exited
	exited chan error
}

type boxKey struct{}

func drive(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command("countersign", append([]string{"sandbox", "-listen", "127.0.0.1:0"}, args...)...)
	cmd.Dir = ts.Getenv("WORK")
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	box := ts.Value(boxKey{}).(*running)
	cmd.Stderr = &box.said // not the story's log, which the story itself is writing to
	ts.Check(cmd.Start())
	box.cmd, box.exited = cmd, make(chan error, 1)
	ts.Defer(func() { _ = cmd.Process.Kill() })

	found := false
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch {
		case strings.Contains(lines.Text(), "listens on "):
			ts.Setenv("ENDPOINT", strings.TrimSuffix(words[4], "."))
		case len(words) > 3 && words[len(words)-2] == "token":
			ts.Setenv("TOKEN_"+words[1], words[len(words)-1])
		case len(words) > 1 && words[0] == "export":
			found = true
		}
		if found {
			break
		}
	}
	if !found {
		ts.Fatalf("the sandbox did not say where it is")
	}
	go func() {
		_, _ = io.Copy(io.Discard, out)
		box.exited <- cmd.Wait()
	}()
}

func undrive(ts *testscript.TestScript, _ bool, _ []string) {
	box := ts.Value(boxKey{}).(*running)
	ts.Check(box.cmd.Process.Signal(os.Interrupt))
	if err := <-box.exited; err != nil {
		ts.Fatalf("the sandbox did not end cleanly: %v\n%s", err, box.said.String())
	}
}

type statesKey struct{}

func stateServer(ts *testscript.TestScript, _ bool, _ []string) {
	keeper := httpstatetest.New()
	server := httptest.NewServer(keeper)
	ts.Defer(server.Close)
	ts.Setenv("STATES", server.URL)
	*ts.Value(statesKey{}).(**httpstatetest.Server) = keeper
}

func stateRefuse(ts *testscript.TestScript, _ bool, args []string) {
	(*ts.Value(statesKey{}).(**httpstatetest.Server)).Refuse(args[0])
}

func stated(ts *testscript.TestScript, not bool, args []string) {
	calls := strings.Join((*ts.Value(statesKey{}).(**httpstatetest.Server)).Calls(), "\n")
	if regexp.MustCompile("(?m)"+args[0]).MatchString(calls) == not {
		ts.Fatalf("the server was asked:\n%s", calls)
	}
}

func settled(ts *testscript.TestScript, _ bool, args []string) {
	if err := ts.Exec("countersign", append([]string{"plan", "-detailed-exitcode"}, args...)...); err != nil {
		ts.Fatalf("the plan after an apply is not empty: %v", err)
	}
	if out := ts.ReadFile("stdout"); !strings.Contains(out, "No changes.") {
		ts.Fatalf("an empty plan does not say so:\n%s", out)
	}
}

func isJSON(ts *testscript.TestScript, _ bool, args []string) {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	var doc any
	if err := d.Decode(&doc); err != nil {
		ts.Fatalf("%s is not JSON: %v", args[0], err)
	}
	if _, err := d.Token(); err != io.EOF {
		ts.Fatalf("%s holds more than one JSON document", args[0])
	}
}

func isJSONLines(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		var doc map[string]any
		if err := json.Unmarshal([]byte(line), &doc); err != nil {
			ts.Fatalf("%s line %d is not a JSON object: %v\n%s", args[0], i+1, err, line)
		}
	}
}

func eventually(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(args[0])
	for range 400 {
		cmd := exec.Command(args[1], args[2:]...)
		cmd.Dir = ts.Getenv("WORK")
		cmd.Env = append(os.Environ(), environment(ts)...)
		var out bytes.Buffer
		cmd.Stdout = &out
		_ = cmd.Run()
		if want.Match(out.Bytes()) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	ts.Fatalf("%s never printed %s", strings.Join(args[1:], " "), args[0])
}

// environment is what console needs to know of a story's variables.
func environment(ts *testscript.TestScript) []string {
	var env []string
	for _, user := range []string{"admin", "test02", "test03", "zhang"} {
		if token := ts.Getenv("TOKEN_" + user); token != "" {
			env = append(env, "TOKEN_"+user+"="+token)
		}
	}
	return env
}
