package local

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Some tests need another process, to kill it or to hold a lock against it: the test binary, run once more with
// what it is to do in its environment. A child writes a line for each thing it has done, and lives until it is
// killed or its standard input ends.
const childVariable = "COUNTERSIGN_STATE_TEST_CHILD"

var children = map[string]func(path string) error{
	"hold the lock":  childHoldsLock,
	"write states":   childWritesStates,
	"write journals": childWritesJournals,
	"apply for ever": childApplies,
}

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		go func() {
			io.Copy(io.Discard, os.Stdin) // ends with the parent, however it ends
			os.Exit(3)
		}()
		if err := children[name](os.Args[1]); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child is another process at work on a state.
type child struct {
	t     testing.TB
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func startChild(t testing.TB, name, path string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, cmd: exec.Command(self, path)}
	c.cmd.Env = append(os.Environ(), childVariable+"="+name)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); c.cmd.Process.Kill(); c.cmd.Wait() })
	c.lines = bufio.NewScanner(out)
	c.lines.Split(wholeLines)
	return c
}

// line waits for the next line, and fails the test when the child says that something failed.
func (c *child) line() string {
	c.t.Helper()
	if !c.lines.Scan() {
		c.t.Fatal("the child ended without a word")
	}
	if strings.HasPrefix(c.lines.Text(), "failed:") {
		c.t.Fatal("child: ", c.lines.Text())
	}
	return c.lines.Text()
}

// killAfter lets the child work for a while after its first line, kills it, and returns all its whole lines.
func (c *child) killAfter(d time.Duration) []string {
	c.t.Helper()
	lines := []string{c.line()}
	timer := time.AfterFunc(d, func() { c.cmd.Process.Kill() })
	defer timer.Stop()
	for c.lines.Scan() {
		lines = append(lines, c.lines.Text())
		if strings.HasPrefix(c.lines.Text(), "failed:") {
			c.t.Fatal("child: ", c.lines.Text())
		}
	}
	c.cmd.Wait()
	return lines
}

// wholeLines is bufio.ScanLines without a last line that was cut off.
func wholeLines(data []byte, _ bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	return 0, nil, nil
}
