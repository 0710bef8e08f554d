package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"countersign/internal/parallel"
)

// runaway names what a child of TestRunaway does, in its environment.
const runaway = "TEST_RUNAWAY"

var runaways = map[string]func(){
	"a recursion without end": func() { deeper(0) },
	"many deep at once": func() {
		var g parallel.Group
		for range 8 {
			g.Go(func() { deeper(0) })
		}
		g.Wait()
	},
	"memory without end": func() {
		var kept [][]byte
		for {
			kept = append(kept, bytes.Repeat([]byte{1}, 1<<20))
			runtime.KeepAlive(kept)
		}
	},
	"a panic":                func() { panic("by design") },
	"a panic in a goroutine": func() { var g parallel.Group; g.Go(func() { panic("by design") }); g.Wait() },
}

// deeper has frames as large as those of a parser.
func deeper(n int) (out [16]int) {
	if n >= 0 {
		out = deeper(n + 1)
		out[n&15]++
	}
	return out
}

// TestRunaway: whatever would end the program with Go's exit code 2, which pipelines read as changes, ends it with 1,
// and JSON stands where it was asked for.
func TestRunaway(t *testing.T) {
	if name := os.Getenv(runaway); name != "" {
		app := &cli.App{Name: "countersign", Commands: []*cli.Command{{Name: "plan",
			Flags:  []cli.Flag{&cli.BoolFlag{Name: "json"}},
			Action: func(*cli.Context) error { runaways[name](); return errors.New("it came back") }}}}
		os.Exit(execute(app, []string{"plan", "-json"}))
	}
	for name, words := range map[string]string{
		"a recursion without end": "Nested too deeply", "many deep at once": "Nested too deeply",
		"memory without end": "Too much memory",
		"a panic":            "crashed, which is a bug", "a panic in a goroutine": "crashed, which is a bug",
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestRunaway$")
			cmd.Env = append(os.Environ(), runaway+"="+name, memoryVariable+"=700MB")
			var out, err bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &err
			_ = cmd.Run() // its code is looked at
			if code := cmd.ProcessState.ExitCode(); code != 1 {
				t.Errorf("exit code %d", code)
			}
			if !strings.Contains(err.String(), words) {
				t.Errorf("stderr says %.2000s", err.String())
			}
			var document any
			if err := json.Unmarshal(out.Bytes(), &document); err != nil || !strings.Contains(out.String(), words) {
				t.Errorf("%v: stdout says %.2000s", err, out.String())
			}
		})
	}
}

func TestMemoryLimit(t *testing.T) {
	for text, want := range map[string]int64{"2GB": 2 << 30, "1.5 GiB": 3 << 29, "512mb": 512 << 20,
		"300000000": 300000000, "4096K": 4 << 20, "1T": 1 << 40} {
		if n, err := memoryLimit(text); err != nil || n != want {
			t.Errorf("%q is %d, %v", text, n, err)
		}
	}
	for _, text := range []string{"x", "0", "-1GB", "NaN", "1e99GB", "5", "GB"} {
		if n, err := memoryLimit(text); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", text)) {
			t.Errorf("%q is %d, %v", text, n, err)
		}
	}
	if n, err := memoryLimit(""); err != nil || n < 64<<20 {
		t.Errorf("the default is %d, %v", n, err)
	}
}
