package sandbox

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestHandlingIsChecked(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(72, 1, "审批", testStep(ruleAll, 0, 5, 6), testStep(ruleDesignated, 0, 6, 7), testStep(ruleAny, 0, 5))
	o := d.approval(tid, 72)
	o["step"].([]any)[1].(object)["selectId"] = 7
	id := d.raised("test03", o) // handlings: 1 zhang, 2 li; 3 li, 4 wang; 5 zhang; 6 chen is told
	other := d.raised("test03", o)
	try := func(user string, aid, auid, step, status any, code int) {
		t.Helper()
		a := d.post(user, "/app/approval/handle-step", fmt.Sprint("aid=", aid), fmt.Sprint("auid=", auid), fmt.Sprint("step=", step), "note=", fmt.Sprint("status=", status))
		if a.Code != code {
			t.Errorf("%s in %v as %v of step %v with %v: code %d %s, want %d", user, aid, auid, step, status, a.Code, a.Msg, code)
		}
	}
	try("zhang", 99, 1, 0, 1, CodeNoApproval)
	try("zhang", id, 99, 0, 1, CodeNoHandling)
	try("zhang", other, 1, 0, 1, CodeNoHandling) // of another approval
	try("chen", id, 6, 0, 1, CodeNoHandling)     // told, not asked
	try("li", id, 1, 0, 1, CodeNoPermission)     // zhang's
	try("admin", id, 1, 0, 1, CodeNoPermission)  // nor may who manages everything
	try("zhang", id, 1, 1, 1, CodeStepDiffers)
	try("zhang", id, 1, 0, 0, CodeParam)
	try("zhang", id, 1, 0, 3, CodeParam)
	try("zhang", id, 1, 0, "x", CodeParam)
	try("zhang", id, 1, -1, 1, CodeParam)
	try("zhang", id, 5, 2, 1, CodeNotTheTurn)
	for _, missing := range []string{"aid", "auid", "step", "note", "status"} {
		var fields []string
		for _, f := range []string{"aid", "auid", "step", "note", "status"} {
			if f != missing {
				fields = append(fields, f+"=1")
			}
		}
		d.want(d.post("zhang", "/app/approval/handle-step", fields...), CodeParam)
	}

	try("zhang", id, 1, 0, 1, CodeDone)
	try("zhang", id, 1, 0, 2, CodeHandled)
	try("wang", id, 4, 1, 1, CodeNotTheTurn)
	try("li", id, 2, 0, 1, CodeDone)
	try("li", id, 2, 0, 1, CodeNotTheTurn) // that step has ended
	try("li", id, 3, 1, 1, CodeNotDesignated)
	try("wang", id, 4, 1, 1, CodeDone)
	v := d.view("admin", id)
	if got := fmt.Sprint(v.Data2[2].StepStatus, v.Data2[2].Status, v.Data2[3].StepStatus, v.Data2[3].Status, v.Data.Status, v.Data.Ended); got != "1 0 1 1 0 0" {
		t.Errorf("after the designated one agreed: %s", got)
	}
	try("zhang", id, 5, 2, 2, CodeDone)
	if v := d.view("admin", id); v.Data.Status != refused || v.Data.Ended == 0 {
		t.Errorf("%+v", v.Data)
	}
	try("zhang", id, 5, 2, 1, CodeApprovalEnded)

	// The designated one alone refuses: that decides as well.
	d.want(d.handle("zhang", other, 0, approved), CodeDone)
	d.want(d.handle("li", other, 0, approved), CodeDone)
	d.want(d.handle("wang", other, 1, refused), CodeDone)
	if v := d.view("admin", other); v.Data.Status != refused || v.Data2[4].StepStatus != pending {
		t.Errorf("%+v", v)
	}
}

// What the approver wrote is there, with the time.
func TestNotesAndTimes(t *testing.T) {
	d := newDrive(t)
	id := d.raised("test03", d.approval(d.templet(72, 1, "审批", testStep(ruleAny, 0, 5, 6)), 72))
	before := time.Now().Unix()
	d.want(d.handle("li", id, 0, approved), CodeDone)
	v := d.view("admin", id)
	if h := v.Data2[1]; h.Note != "意见" || h.Handled < before || h.Status != approved || h.StepStatus != approved {
		t.Errorf("%+v", h)
	}
	if h := v.Data2[0]; h.Note != "" || h.Handled != 0 || h.Status != pending || h.StepStatus != approved {
		t.Errorf("zhang was not asked any more: %+v", h)
	}
	if v.Data.Ended < before || v.Data.Status != approved || v.Data.ErrMsg != "" {
		t.Errorf("%+v", v.Data)
	}
}

// An approval goes on with the template it was raised from, whatever becomes of that.
func TestRemovingATemplateLeavesItsApprovals(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(72, 1, "审批", testStep(ruleAny, 0, 5))
	o := d.approval(tid, 72)
	id := d.raised("test03", o)
	d.want(d.post("admin", "/app/approval/remove-templet", fmt.Sprint("id=", tid)), CodeDone)
	d.want(d.raise("test03", o), CodeNoTemplet)
	d.want(d.handle("zhang", id, 0, approved), CodeDone)
	if v := d.view("admin", id); v.Data.Status != approved {
		t.Errorf("%+v", v.Data)
	}
}

// Many approvers decide at once; the step passes once, with the last of them.
func TestApproversAtOnce(t *testing.T) {
	d := newDrive(t)
	everyone := []int64{1, 3, 4, 5, 6, 7, 8}
	id := d.raised("test03", d.approval(d.templet(72, 1, "审批", testStep(ruleAll, 0, everyone...), testStep(ruleAny, 0, 5)), 72))
	rows := d.view("admin", id).Data2
	var wg sync.WaitGroup
	for i, u := range exampleUsers {
		wg.Go(func() {
			a := d.post(u.Username, "/app/approval/handle-step", fmt.Sprint("aid=", id), fmt.Sprint("auid=", rows[i].ID), "step=0", "note=", "status=1")
			if a.Code != CodeDone {
				t.Errorf("%s: %+v", u.Username, a)
			}
		})
	}
	wg.Wait()
	if v := d.view("admin", id); v.Data.Status != pending || v.Data2[0].StepStatus != approved || v.Data2[7].StepStatus != pending {
		t.Errorf("%+v", v.Data2)
	}
}
