package kill

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// roundConfig declares three templates that say which run has written them.
const roundConfig = `variable "round" { type = number }
template "round" {
  for_each      = toset(["一", "二", "三"])
  scope         = folder.a
  title         = each.key
  approval_type = "上传文件"
  description   = "第${var.round}轮"
  step "初审" {
    approvers = [approver.admin]
    require   = "any"
  }
}
`

var writtenRound = regexp.MustCompile(`第(\d+)轮`)

// TestTenAppliesAtOnce runs ten applies at once on one state, as ten machines would, each of which declares the same
// templates differently. One writes at a time: the drive sees all writes of one run before the first of the next. All
// end well, and the last one's templates are there.
func TestTenAppliesAtOnce(t *testing.T) {
	t.Parallel()
	inEachStore(t, func(t *testing.T, _ int, open place) {
		const runs = 10
		w := newWorld(t)
		block, env := open(t, w)
		w.env = env
		w.write(t, head+roundConfig+block)
		var mu sync.Mutex
		var rounds []int // of each write, as the drive sees them
		w.hook.set(func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/set-templet") {
				round := writtenRound.FindStringSubmatch(form(r).Get("content"))
				n, err := strconv.Atoi(round[1])
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				rounds = append(rounds, n)
				mu.Unlock()
			}
			next.ServeHTTP(rw, r)
		})
		var group sync.WaitGroup
		for n := range runs {
			machine := w
			if block != "" { // only a state elsewhere can be shared by machines
				machine = w.elsewhere(t)
			}
			group.Go(func() {
				out, err := machine.run("apply", "-auto-approve", "-lock-timeout=10m", fmt.Sprint("-var=round=", n))
				if err != nil {
					t.Errorf("the run %d: %v\n%s", n, err, out)
				}
			})
		}
		group.Wait()
		if t.Failed() {
			t.FailNow()
		}
		var blocks []int // without the repeats
		for i, n := range rounds {
			if i == 0 || rounds[i-1] != n {
				blocks = append(blocks, n)
			}
		}
		if distinct := slices.Compact(slices.Sorted(slices.Values(rounds))); len(blocks) != runs ||
			len(distinct) != runs || len(rounds) != 3*runs {
			t.Fatalf("the drive was written by the runs %v", rounds)
		}
		w.hook.set(nil)
		w.env = append(w.env, fmt.Sprint("COUNTERSIGN_VAR_round=", rounds[len(rounds)-1]))
		w.check(t, "after ten applies", []string{"一", "三", "二", foreign})
	})
}

// form is what a call says, whose body can be read again.
func form(r *http.Request) url.Values {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	values, _ := url.ParseQuery(string(body))
	return values
}
