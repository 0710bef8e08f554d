//go:build unix

package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
)

// Whatever the benchmark measures, and the drive that is measured against, is a process of its own, so that none pays
// for another's memory or collector. Those besides the program itself are this test binary again, chosen by a
// variable what to be.
const childVariable = "COUNTERSIGN_BENCH_CHILD"

var children = map[string]func(args []string) error{"drive": serveDrive, "client": bareClient, "parse": parseAlone}

func init() {
	be, known := children[os.Getenv(childVariable)]
	if !known {
		return
	}
	if err := be(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(role string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err) // the system does not know
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), childVariable+"="+role)
	return cmd
}

// cost is what one process took.
type cost struct {
	wall, cpu time.Duration
	peak      int64          // bytes of memory resident at the worst moment
	calls     map[string]int // to the drive, by path
}

// measure runs a process to its end, which must be a good one.
func measure(t testing.TB, d *benchDrive, cmd *exec.Cmd) cost {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	before := d.calls(t)
	start := time.Now()
	err := cmd.Run()
	c := cost{wall: time.Since(start)}
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, stderr.Bytes()[:min(stderr.Len(), 4000)])
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.peak = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS != "darwin" { // which counts bytes; the others count kilobytes
		c.peak *= 1024
	}
	c.calls = map[string]int{}
	for path, n := range d.calls(t) {
		if n -= before[path]; n > 0 {
			c.calls[path] = n
		}
	}
	return c
}

// benchDrive is a drive served over loopback.
type benchDrive struct {
	URL         string
	Token       string
	Folders     int
	FirstFolder int // id; the others follow
	FirstUser   int
}

// callsPath is where the benchmark asks its drive for what it has counted.
const callsPath = "/bench/calls"

// startDrive starts a drive with that many empty folders. It ends with the benchmark.
func startDrive(t testing.TB, folders int) *benchDrive {
	t.Helper()
	cmd := child("drive", strconv.Itoa(folders))
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the drive: %v", err)
		}
	})
	d := &benchDrive{}
	if err := json.NewDecoder(out).Decode(d); err != nil {
		t.Fatalf("the drive did not say where it is: %v", err)
	}
	return d
}

// serveDrive is the drive's process. It serves until its standard input ends.
func serveDrive(args []string) error {
	d := benchDrive{}
	var err error
	if d.Folders, err = strconv.Atoi(args[0]); err != nil {
		return err
	}
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		return err
	}
	names := make([]string, d.Folders)
	for i := range names {
		names[i] = fmt.Sprintf("部门%04d", i)
	}
	ids, err := sandboxtest.AddFolders(box, 1, names...)
	if err != nil {
		return err
	}
	d.FirstFolder, d.Token = int(ids[0]), box.Tokens()[0].Token
	for n := range staff {
		token, err := sandboxtest.AddUser(box, records.User{Username: staffUsername(n), Realname: staffRealname(n)})
		if err != nil {
			return err
		}
		if n == 0 {
			d.FirstUser = int(token.ID)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.URL = "http://" + listener.Addr().String()
	mux := http.NewServeMux()
	mux.Handle("/", box.Handler())
	mux.HandleFunc(callsPath, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(sandboxtest.Calls(box))
	})
	go http.Serve(listener, mux)
	if err := json.NewEncoder(os.Stdout).Encode(d); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, box.Close())
}

func (d *benchDrive) calls(t testing.TB) map[string]int {
	t.Helper()
	resp, err := http.Get(d.URL + callsPath)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var calls map[string]int
	if err := json.NewDecoder(resp.Body).Decode(&calls); err != nil {
		t.Fatal(err)
	}
	return calls
}
