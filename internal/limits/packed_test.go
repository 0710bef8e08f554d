package limits

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/internal/programtest"
)

// A drive that answers with as much as it can, packed or not, for twenty folders at ten calls at once: the program
// ends with an error, and its memory stays bounded.
func TestPackedBombs(t *testing.T) {
	t.Parallel()
	const mostMemory = 700 << 20
	var folders strings.Builder
	for id := range 20 {
		fmt.Fprintf(&folders, "folder \"f%d\" { id = %d }\n", id, 1000+id)
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	io.WriteString(z, `{"code":0,"data":[`)
	for range 249 {
		io.WriteString(z, strings.Repeat(" ", 1<<20))
	}
	io.WriteString(z, `]}`)
	z.Close()
	ids := strings.Repeat("1,", 40_000) + "1"
	d := programtest.NewTwisted(t, folders.String())
	for name, flood := range map[string]func(w http.ResponseWriter){
		"packed": func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		},
		"without an end": func(w http.ResponseWriter) {
			io.WriteString(w, `{"code":0,"data":"`)
			for text := bytes.Repeat([]byte("x"), 64<<10); ; {
				if _, err := w.Write(text); err != nil {
					return
				}
			}
		},
		"many approvers": func(w http.ResponseWriter) {
			io.WriteString(w, `{"code":0,"data":[`)
			for id := 1; ; id++ {
				if _, err := fmt.Fprintf(w,
					`{"content":"{\"step\":[{\"type\":2,\"ids\":[%s]}]}","fileId":1000,"id":%d},`,
					ids, id); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			answer := func(w http.ResponseWriter, r *http.Request, answer []byte) {
				if !strings.HasSuffix(r.URL.Path, "/templet-list") {
					w.Write(answer)
					return
				}
				flood(w)
			}
			d.Twist.Store(&answer)
			cmd := d.Command("plan")
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			over, peak := make(chan int64, 1), int64(0)
			go func() {
				for {
					now := resident(cmd.Process.Pid)
					if peak = max(peak, now); now < 0 {
						over <- peak
						return
					}
					time.Sleep(5 * time.Millisecond)
				}
			}()
			cmd.Wait()
			peak = <-over
			if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(strings.Join(strings.Fields(out.String()), " "),
				"the answer is too large: ") {
				t.Errorf("exit %d\n%s", cmd.ProcessState.ExitCode(), out.Bytes()[:min(out.Len(), 4000)])
			}
			if peak > mostMemory {
				t.Errorf("%d MB of memory", peak>>20)
			}
			t.Logf("%d MB of memory at the worst moment", peak>>20)
		})
	}
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// resident is how much memory a process has had at the worst moment so far; -1 when it has ended, or where the system
// does not tell.
func resident(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return -1
	}
	m := highWater.FindSubmatch(status)
	if m == nil {
		return map[bool]int64{true: -1}[bytes.Contains(status, []byte("State:\tZ"))]
	}
	kilobytes, _ := strconv.ParseInt(string(m[1]), 10, 64)
	return kilobytes << 10
}
