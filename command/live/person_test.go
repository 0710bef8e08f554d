package live

import (
	"strings"
	"testing"

	"countersign/command/run"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
)

// A name means one person, or nobody: of two who share it neither is taken.
func TestPerson(t *testing.T) {
	decl := schema.Declaration{Approvers: []schema.Approver{{Address: addr.Of("approver.chen"),
		Person: schema.Person{ID: 9}}}}
	d := &DriveRun{Opened: &run.Opened{Loaded: &run.Loaded{Config: &config.Config{Declaration: decl}}}}
	among := []schema.Person{{ID: 5, Username: "zhang", Realname: "张三"}, {ID: 6, Username: "zhang2", Realname: "张三"},
		{ID: 7, Username: "li", Realname: "李四"}, {ID: 7, Username: "li", Realname: "李四"}}
	for name, want := range map[string]int64{"5": 5, "8": 8, "zhang": 5, "李四": 7, "approver.chen": 9} {
		if p, err := d.person(name, among); err != nil || p.ID != want {
			t.Errorf("%s is %d, %v, not %d", name, p.ID, err, want)
		}
	}
	for name, want := range map[string]string{"张三": "5 张三 (zhang), 6 张三 (zhang2). Write the id",
		"zhng":        "Did you mean zhang?",
		"approver.li": "declares no approver.li", "0": "none of"} {
		if _, err := d.person(name, among); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, not %q", name, err, want)
		}
	}
}
