package kill

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"countersign/internal/programtest"
)

const approvalConfig = `provider "yomicloud" {
  endpoint        = "{drive}"
  lost_write_wait = "300ms"
}
folder "quality" { id = 7 }
approver "admin" {
  id       = 1
  username = "admin"
  realname = "系统管理员"
}
template "simple" {
  scope         = folder.quality
  title         = "简单"
  approval_type = "不处理"
  step "审批" {
    approvers = [approver.admin]
    require   = "any"
  }
}
template "upload" {
  scope         = folder.quality
  title         = "上传审批"
  approval_type = "上传文件"
  step "审批" {
    approvers = [approver.admin]
    require   = "any"
  }
}
`

// TestLostAnswersAboutApprovals cuts the answer of each writing call, before the drive has carried it out and after.
// What was done is found out by looking; what looking does not show is reported with what to check, and never sent
// twice.
func TestLostAnswersAboutApprovals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(t, approvalConfig)
	if out, err := w.run("apply", "-auto-approve"); err != nil {
		t.Fatalf("the apply: %v\n%s", err, out)
	}
	programtest.Write(t, filepath.Join(w.dir, "手册.txt"), "员工手册")
	for _, test := range []struct {
		call    string // whose answer is lost
		carried bool   // the drive carries it out first
		args    string
		fails   bool
		says    string
	}{
		{"create-approval", false, "approval raise template.simple -on 7", true,
			`(?s)Whether the approval was raised is not known.*not among those you have raised.*` +
				`countersign approval list`},
		{"create-approval", true, "approval raise template.simple -on 7", false,
			`Approval 1, "简单", is raised on 公司文件/示例-按项目/质量控制; it waits for`},
		{"upload-attachment", true, "approval raise template.upload -on 7 -attach 手册.txt", true,
			`safe to stage it again`},
		{"handle-step", false, "approval handle 1 -agree", true,
			`(?s)Whether the decision counts is not known.*countersign approval show 1`},
		{"handle-step", true, "approval handle 1 -agree", false,
			`Approval 1: 系统管理员 \(admin\) agreed in step 1 \(审批\); it is approved`},
		{"remove-approval", false, "approval remove 1 -auto-approve", true,
			`(?s)Whether the approval was removed is not known.*countersign approval show 1`},
		{"remove-approval", true, "approval remove 1 -auto-approve", false, `Approval 1 is removed`},
	} {
		sent := 0
		w.hook.set(func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.URL.Path, "/"+test.call) {
				next.ServeHTTP(rw, r)
				return
			}
			sent++
			recorder := httptest.NewRecorder()
			if test.carried {
				next.ServeHTTP(recorder, r)
			} else {
				_, _ = http.MaxBytesReader(rw, r.Body, 1<<20).Read(make([]byte, 1))
			}
			panic(http.ErrAbortHandler)
		})
		out, err := w.run(strings.Fields(test.args)...)
		w.hook.set(nil)
		if (err != nil) != test.fails || !regexp.MustCompile(test.says).MatchString(out) {
			t.Errorf("%s cut, carried out %v: %s: %v\n%s", test.call, test.carried, test.args, err, out)
		}
		if sent != 1 {
			t.Errorf("%s cut, carried out %v: it was sent %d times", test.call, test.carried, sent)
		}
		if strings.Contains(out, w.token) {
			t.Errorf("%s cut: the token is in\n%s", test.call, out)
		}
	}
}
