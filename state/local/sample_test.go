package local

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/state/statetest"
	"countersign/state/store"
)

// titled is a template that differs from others by its title alone.
func titled(title string) schema.Template {
	return schema.Template{Title: title, ApprovalType: "4", AppliesTo: schema.AppliesToFiles,
		Steps: []schema.Step{{Name: "初审", Approvers: []schema.Person{{ID: 3, Username: "test02", Realname: "测试2"}},
			Rule: schema.RuleAny}},
		ApproverAccess: schema.AccessNone, CCAccess: schema.AccessNone}
}

func bound(address string, id int64, title string) state.Binding {
	return state.Binding{
		Address:   addr.Of(address),
		ID:        id,
		ScopeID:   71,
		Scope:     addr.Of("folder.f"),
		ScopeKind: schema.ScopeFolder,
		Recorded:  titled(title),
	}
}

func intent(op state.Op, address string, id int64, title string) state.Intent {
	in := state.Intent{Op: op, Address: addr.Of(address), ID: id, ScopeID: 71, Scope: addr.Of("folder.f"),
		ScopeKind: schema.ScopeFolder}
	if op != state.OpRemove {
		t := titled(title)
		in.Wants = &t
	}
	return in
}

// sample is a state of serial 7.
func sample() state.State {
	return state.State{Version: state.FormatVersion, Lineage: "l", Serial: 7,
		Bindings: []state.Binding{bound("template.gone", 4, "gone"), bound("template.modify", 5, "modify")}}
}

// large is a state of n bindings with three steps of three people each.
func large(n int) state.State {
	s := state.State{Version: state.FormatVersion, Lineage: "l", Serial: 1, Outputs: map[string]state.Output{}}
	people := []schema.Person{
		{ID: 1, Username: "admin", Realname: "系统管理员"},
		{ID: 3, Username: "test02", Realname: "测试2"},
		{ID: 4, Username: "test03", Realname: "测试3"},
	}
	for i := range n {
		b := bound(fmt.Sprintf("template.t[\"%d\"]", i), int64(i+1), fmt.Sprintf("审批 %d", i))
		b.Recorded.Steps = []schema.Step{
			{Name: "初审", Approvers: people, Rule: schema.RuleAny},
			{Name: "复审", Approvers: people, Rule: schema.RuleAll},
			{Name: "终审", Approvers: people, Rule: schema.RuleAtLeast, MinApprovals: 2},
		}
		s.Bindings = append(s.Bindings, b)
	}
	return s
}

func addresses(bindings []state.Binding) string {
	var list []string
	for _, b := range bindings {
		list = append(list, b.Address.String())
	}
	return strings.Join(list, " ")
}

func encoded(t testing.TB, s state.State) []byte {
	t.Helper()
	text, err := state.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// shortJournal is a journal that continues serial 3 of lineage l, and has four lines after its first one.
func shortJournal(t testing.TB) []byte {
	t.Helper()
	ctx, m := context.Background(), statetest.NewMemory()
	if _, err := m.Replace(ctx, state.Identity{}, encoded(t, state.State{Lineage: "l", Serial: 3}), ""); err != nil {
		t.Fatal(err)
	}
	s := store.New(m, nil)
	in, err := s.Begin(ctx, []state.Intent{
		intent(state.OpCreate, "template.a", 0, "a"), intent(state.OpRemove, "template.b", 5, "")})
	if err == nil {
		err = s.Settle(ctx, []state.Outcome{{Seq: in[0].Seq, Done: true, ID: 9}, {Seq: in[1].Seq}})
	}
	if err != nil {
		t.Fatal(err)
	}
	entries, _, err := m.Journal(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return lines(entries)
}

func lockInfo(operation, version, path string) store.LockInfo {
	return store.LockInfo{ID: uuid.NewString(), Operation: operation, Who: fmt.Sprintf("me@here (pid %d)", os.Getpid()),
		Version: version, Created: time.Now().UTC(), Path: path}
}
