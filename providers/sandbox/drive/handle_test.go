package drive_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
)

func TestHandlingIsChecked(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(72, 1, "审批", testStep(drive.RuleAll, 0, 5, 6), testStep(drive.RuleDesignated, 0, 6, 7),
		testStep(drive.RuleAny, 0, 5))
	o := d.approval(tid, 72)
	o["step"].([]any)[1].(object)["selectId"] = 7
	id := d.raised("test03", o) // handlings: 1 zhang, 2 li; 3 li, 4 wang; 5 zhang; 6 chen is in copy
	other := d.raised("test03", o)
	try := func(user string, aid, auid, step, status any, code int) {
		t.Helper()
		a := d.Post(user, "/app/approval/handle-step", fmt.Sprint("aid=", aid), fmt.Sprint("auid=", auid),
			fmt.Sprint("step=", step), "note=", fmt.Sprint("status=", status))
		if a.Code != code {
			t.Errorf("%s in %v as %v of step %v with %v: code %d %s, want %d", user, aid, auid, step, status, a.Code,
				a.Msg, code)
		}
	}
	try("zhang", 99, 1, 0, 1, records.CodeNoApproval)
	try("zhang", id, 99, 0, 1, records.CodeNoHandling)
	try("zhang", other, 1, 0, 1, records.CodeNoHandling) // of another approval
	try("chen", id, 6, 0, 1, records.CodeNoHandling)     // in copy
	try("li", id, 1, 0, 1, records.CodeNoPermission)     // zhang's
	try("admin", id, 1, 0, 1, records.CodeNoPermission)  // nor may who manages everything
	try("zhang", id, 1, 1, 1, records.CodeStepDiffers)
	try("zhang", id, 1, 0, 0, records.CodeParam)
	try("zhang", id, 1, 0, 3, records.CodeParam)
	try("zhang", id, 1, 0, "x", records.CodeParam)
	try("zhang", id, 1, -1, 1, records.CodeParam)
	try("zhang", id, 5, 2, 1, records.CodeNotTheTurn)
	for _, missing := range []string{"aid", "auid", "step", "note", "status"} {
		var fields []string
		for _, f := range []string{"aid", "auid", "step", "note", "status"} {
			if f != missing {
				fields = append(fields, f+"=1")
			}
		}
		d.Want(d.Post("zhang", "/app/approval/handle-step", fields...), records.CodeParam)
	}

	try("zhang", id, 1, 0, 1, records.CodeDone)
	try("zhang", id, 1, 0, 2, records.CodeHandled)
	try("wang", id, 4, 1, 1, records.CodeNotTheTurn)
	try("li", id, 2, 0, 1, records.CodeDone)
	try("li", id, 2, 0, 1, records.CodeNotTheTurn) // that step has ended
	try("li", id, 3, 1, 1, records.CodeNotDesignated)
	try("wang", id, 4, 1, 1, records.CodeDone)
	v := d.view("admin", id)
	if got := fmt.Sprint(v.Data2[2].StepStatus, v.Data2[2].Status, v.Data2[3].StepStatus, v.Data2[3].Status,
		v.Data.Status, v.Data.Ended); got != "1 0 1 1 0 0" {
		t.Errorf("after the designated one agreed: %s", got)
	}
	try("zhang", id, 5, 2, 2, records.CodeDone)
	if v := d.view("admin", id); v.Data.Status != records.Refused || v.Data.Ended == 0 {
		t.Errorf("%+v", v.Data)
	}
	try("zhang", id, 5, 2, 1, records.CodeApprovalEnded)

	// The designated one alone refuses: that decides as well.
	d.Want(d.handle("zhang", other, 0, records.Approved), records.CodeDone)
	d.Want(d.handle("li", other, 0, records.Approved), records.CodeDone)
	d.Want(d.handle("wang", other, 1, records.Refused), records.CodeDone)
	if v := d.view("admin", other); v.Data.Status != records.Refused || v.Data2[4].StepStatus != records.Pending {
		t.Errorf("%+v", v)
	}
}

// What the approver wrote is there, with the time.
func TestNotesAndTimes(t *testing.T) {
	d := newDrive(t)
	id := d.raised("test03", d.approval(d.templet(72, 1, "审批", testStep(drive.RuleAny, 0, 5, 6)), 72))
	before := time.Now().Unix()
	d.Want(d.handle("li", id, 0, records.Approved), records.CodeDone)
	v := d.view("admin", id)
	if h := v.Data2[1]; h.Note != "意见" || h.Handled < before || h.Status != records.Approved ||
		h.StepStatus != records.Approved {
		t.Errorf("%+v", h)
	}
	if h := v.Data2[0]; h.Note != "" || h.Handled != 0 || h.Status != records.Pending ||
		h.StepStatus != records.Approved {
		t.Errorf("zhang was not asked any more: %+v", h)
	}
	if v.Data.Ended < before || v.Data.Status != records.Approved || v.Data.ErrMsg != "" {
		t.Errorf("%+v", v.Data)
	}
}

// An approval goes on with the template it was raised from, whatever becomes of that.
func TestRemovingATemplateLeavesItsApprovals(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(72, 1, "审批", testStep(drive.RuleAny, 0, 5))
	o := d.approval(tid, 72)
	id := d.raised("test03", o)
	d.Want(d.Post("admin", "/app/approval/remove-templet", fmt.Sprint("id=", tid)), records.CodeDone)
	d.Want(d.raise("test03", o), records.CodeNoTemplet)
	d.Want(d.handle("zhang", id, 0, records.Approved), records.CodeDone)
	if v := d.view("admin", id); v.Data.Status != records.Approved {
		t.Errorf("%+v", v.Data)
	}
}

// Many approvers decide at once; the step passes once, with the last of them.
func TestApproversAtOnce(t *testing.T) {
	d := newDrive(t)
	everyone := []int64{1, 3, 4, 5, 6, 7, 8}
	id := d.raised("test03", d.approval(d.templet(72, 1, "审批", testStep(drive.RuleAll, 0, everyone...),
		testStep(drive.RuleAny, 0, 5)), 72))
	rows := d.view("admin", id).Data2
	var wg sync.WaitGroup
	for i, u := range records.ExampleUsers {
		wg.Go(func() {
			a := d.Post(u.Username, "/app/approval/handle-step", fmt.Sprint("aid=", id),
				fmt.Sprint("auid=", rows[i].ID), "step=0", "note=", "status=1")
			if a.Code != records.CodeDone {
				t.Errorf("%s: %+v", u.Username, a)
			}
		})
	}
	wg.Wait()
	if v := d.view("admin", id); v.Data.Status != records.Pending || v.Data2[0].StepStatus != records.Approved ||
		v.Data2[7].StepStatus != records.Pending {
		t.Errorf("%+v", v.Data2)
	}
}

// The rules as the document words them, played over HTTP: who says what in which order, and when the approval ends.
func TestPassRules(t *testing.T) {
	tests := []struct {
		name      string
		rule, num int
		votes     string // by users 5, 6, 7 in turn: + agrees, - refuses
		want      string // status after each vote
	}{
		{"all, one after the other", drive.RuleAll, 0, "+++", "001"},
		{"all, the first refuses", drive.RuleAll, 0, "-", "2"},
		{"all, the last refuses", drive.RuleAll, 0, "++-", "002"},
		{"any, the first agrees", drive.RuleAny, 0, "+", "1"},
		{"any, the last agrees", drive.RuleAny, 0, "--+", "001"},
		{"any, all refuse", drive.RuleAny, 0, "---", "002"},
		{"more than 0", drive.RuleMoreThan, 0, "--+", "001"},
		{"more than 1", drive.RuleMoreThan, 1, "+-+", "001"},
		{"more than 1 cannot be reached", drive.RuleMoreThan, 1, "--", "02"},
		{"more than 1, records.Refused by the last", drive.RuleMoreThan, 1, "-+-", "002"},
		{"more than 2, one refuses", drive.RuleMoreThan, 2, "+-", "02"},
		{"more than 2, all agree", drive.RuleMoreThan, 2, "+++", "001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDrive(t)
			tid := d.templet(72, 1, "审批", testStep(tt.rule, tt.num, 5, 6, 7))
			id := d.raised("chen", d.approval(tid, 72))
			got := ""
			for i, vote := range tt.votes {
				d.Want(d.handle([]string{"zhang", "li", "wang"}[i], id, 0,
					map[rune]int{'+': records.Approved, '-': records.Refused}[vote]), records.CodeDone)
				got += fmt.Sprint(d.view("admin", id).Data.Status)
			}
			if got != tt.want {
				t.Errorf("status went %s, want %s", got, tt.want)
			}
			v := d.view("admin", id)
			for i, h := range v.Data2 { // all in the step have its result, each has what was said
				want2 := 0
				if i < len(tt.votes) {
					want2 = map[byte]int{'+': records.Approved, '-': records.Refused}[tt.votes[i]]
				}
				if h.StepStatus != v.Data.Status || h.Status != want2 || (h.Handled > 0) != (want2 > 0) {
					t.Errorf("row %d: %+v", i, h)
				}
			}
		})
	}
}
