package stored

import (
	"slices"
	"strings"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

func bindings(addresses ...string) state.State {
	var st state.State
	for i, a := range addresses {
		st.Bindings = append(st.Bindings, state.Binding{Address: addr.Of(a), ID: int64(i + 1), ScopeID: 7,
			Recorded: schema.Template{Title: "标题" + a}})
	}
	return st
}

func bound(st state.State) string {
	var all []string
	for _, b := range st.Bindings {
		all = append(all, b.Address.String())
	}
	return strings.Join(all, " ")
}

func TestMove(t *testing.T) {
	tests := map[string]struct{ have, from, to, want, refused string }{
		"one": {"template.a template.b", "template.a", "template.c", "template.b template.c", ""},
		"all instances": {`template.a["x"] template.a["y"]`, "template.a", "template.b",
			`template.b["x"] template.b["y"]`, ""},
		"one to an instance": {"template.a", "template.a", `template.b["x"]`, `template.b["x"]`, ""},
		"an instance to one": {`template.a["x"]`, `template.a["x"]`, "template.b", "template.b", ""},
		"between keys":       {`template.a["x"]`, `template.a["x"]`, `template.a["y"]`, `template.a["y"]`, ""},
		"sorted afterwards": {"template.a template.b template.c", "template.b", "template.z",
			"template.a template.c template.z", ""},
		"a longer name stays": {"template.ab", "template.a", "template.c", "", "binds no such address"},
		"onto another":        {"template.a template.b", "template.a", "template.b", "", "bound already"},
		"onto another's key":  {`template.a["x"] template.b["x"]`, "template.a", "template.b", "", "bound already"},
		"onto itself":         {"template.a", "template.a", "template.a", "", "Nothing to move"},
		"not there": {"template.modify", "template.modfiy", "template.y", "",
			"Did you mean template.modify?"},
		"instances to a key": {`template.a["x"]`, "template.a", `template.b["k"]`, "",
			"The new address has a key already"},
		"to what is no template": {"template.a", "template.a", "folder.a", "", "template.NAME"},
		"to an unquoted key":     {"template.a", "template.a", "template.b[x]", "", "template.NAME"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			have := bindings(strings.Fields(test.have)...)
			got, told, err := move(have, []string{test.from, test.to})
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Fatalf("got error %v, want %q", err, test.refused)
				}
			} else if err != nil || bound(got) != test.want || len(told) == 0 {
				t.Fatalf("got %q, told %q, error %v, want %q", bound(got), told, err, test.want)
			}
			if bound(have) != test.have {
				t.Errorf("the state given was changed to %q", bound(have))
			}
		})
	}
}

// Where the drive keeps what was forgotten is said as everywhere else, not by its number alone.
func TestForgetSaysWhere(t *testing.T) {
	have := bindings("template.a", "template.b")
	a, b := &have.Bindings[0], &have.Bindings[1]
	a.ID, a.ScopeID, a.Scope, a.ScopePath, a.Recorded.Title = 6, 72, addr.Of("folder.contracts"), "公司文件/合同", "合同修改"
	b.ID, b.ScopeID, b.Recorded.Title, b.Deposed = 7, 73, "付款", []state.Deposed{{ID: 5, ScopeID: 74}}
	_, lines, err := forget(have, []string{"template.a", "template.b"})
	want := []string{
		`template.a forgotten; the drive keeps "合同修改" (tid 6) on 公司文件/合同 (folder.contracts, id 72)`,
		`template.b forgotten; the drive keeps "付款" (tid 7) on folder or file 73, ` +
			`and tid 5 on folder or file 74 that was still to be removed`,
	}
	if err != nil || !slices.Equal(lines, want) {
		t.Errorf("got %q, error %v, want %q", lines, err, want)
	}
}

func TestForget(t *testing.T) {
	tests := map[string]struct{ have, forget, want, refused string }{
		"one":             {"template.a template.b", "template.a", "template.b", ""},
		"several":         {"template.a template.b template.c", "template.a template.c", "template.b", ""},
		"all instances":   {`template.a["x"] template.a["y"] template.ab`, "template.a", "template.ab", ""},
		"one instance":    {`template.a["x"] template.a["y"]`, `template.a["x"]`, `template.a["y"]`, ""},
		"all or nothing":  {"template.a template.b", "template.a template.x", "", "template.x"},
		"every miss told": {"template.a", "template.x1 template.x2", "", "template.x2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			have := bindings(strings.Fields(test.have)...)
			got, told, err := forget(have, strings.Fields(test.forget))
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Fatalf("got error %v, want %q", err, test.refused)
				}
				return
			}
			if err != nil || bound(got) != test.want {
				t.Fatalf("got %q, error %v, want %q", bound(got), err, test.want)
			}
			for _, line := range told {
				if !strings.Contains(line, "the drive keeps") {
					t.Errorf("%q does not say that the template stays", line)
				}
			}
		})
	}
}
