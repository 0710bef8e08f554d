//go:build unix && !quick

package kill

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"countersign/internal/programtest"
	"countersign/state/s3/s3test"
)

var forceUnlock = regexp.MustCompile(`force-unlock\s+([-0-9a-f]{36})`)

// TestKilledElsewhere kills an apply whose state is in a bucket before and after one in every few calls, to the drive and
// to the store, and goes on in another folder, which has nothing of the first but the configuration: no template is
// lost, none is made twice, and a plan then finds nothing.
func TestKilledElsewhere(t *testing.T) {
	const every = 6
	store := s3test.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.SecretKey)
	first, second := killWorld(t)
	locked := 0
	for n := 1; ; n += every {
		reached := false
		for _, answered := range []bool{false, true} {
			w := first.copy(t)
			bucket := fmt.Sprintf("\nstate \"s3\" {\n  bucket = %q\n  key = \"killed/%d-%t.json\"\n  endpoint = %q\n  use_path_style = true\n}\n",
				s3test.Bucket, n, answered, programtest.Serve(t, w.hook.around(store.Proxy()),
					func(s *http.Server) { s.ConnState = w.hook.connected }))
			w.write(t, second.config+bucket)
			if out, err := w.run("state", "push", "countersign.state.json"); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			killed := w.killAt(n, answered)
			if out, err := w.run("apply", "-auto-approve"); err == nil && killed() {
				t.Fatalf("killed at call %d, and still: %s", n, out)
			}
			if !killed() {
				continue
			}
			reached = true
			what := fmt.Sprintf("killed at call %d, %s it was carried out", n,
				map[bool]string{false: "before", true: "after"}[answered])
			w.hook.set(nil)
			w.drain(t)
			elsewhere := *w
			elsewhere.dir = t.TempDir()
			elsewhere.write(t, second.config+bucket)
			out, err := elsewhere.run("apply", "-auto-approve")
			if held := forceUnlock.FindStringSubmatch(out); err != nil && held != nil {
				locked++
				if out, err := elsewhere.run("force-unlock", "-force", held[1]); err != nil {
					t.Fatalf("%s, the lock is not taken away: %v\n%s", what, err, out)
				}
				out, err = elsewhere.run("apply", "-auto-approve")
			}
			if err != nil {
				t.Fatalf("%s, the next apply failed: %v\n%s", what, err, out)
			}
			if out, err := elsewhere.run("plan", "-detailed-exitcode"); err != nil {
				t.Fatalf("%s, the plan after the next apply is not empty: %v\n%s", what, err, out)
			}
			if got := w.live(t); !slices.Equal(got, second.titles) {
				t.Fatalf("%s, the drive holds\n%q\nwant\n%q", what, got, second.titles)
			}
		}
		if !reached {
			if locked == 0 || n < 50 {
				t.Fatalf("an apply of 20 changes made only %d calls, and left %d locks", n-every, locked)
			}
			t.Logf("killed before and after one in %d of %d calls; %d left a lock", every, n-every, locked)
			return
		}
	}
}
