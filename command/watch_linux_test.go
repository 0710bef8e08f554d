package command

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestAddressesWithoutEnd: where addresses give out before memory does (ulimit -v), a run ends in order, too.
func TestAddressesWithoutEnd(t *testing.T) {
	if os.Getenv(runaway) != "" {
		taken, _ := addressSpace()
		most := uint64(taken) + 1<<30
		if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			t.Fatal(err)
		}
		app := &cli.App{Name: "countersign", Commands: []*cli.Command{{Name: "plan",
			Action: func(*cli.Context) error { runaways["memory without end"](); return nil }}}}
		os.Exit(execute(app, []string{"plan"}))
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestAddressesWithoutEnd$")
	cmd.Env = append(os.Environ(), runaway+"=addresses", memoryVariable+"=1TB")
	out, _ := cmd.CombinedOutput() // its code is looked at
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(string(out), "ulimit -v") {
		t.Errorf("exit code %d: %.2000s", code, out)
	}
}
