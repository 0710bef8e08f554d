package state

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"countersign/schema"
	"countersign/schema/addr"
)

// sample is a state with everything in it that a state can have.
func sample() State {
	b := bound("template.modify", 5, "申请<修改> & 更多")
	b.ScopePath, b.Sets, b.PreventDestroy = "公司文件/合同", []string{"cc", "description"}, true
	b.Recorded.CC = []schema.Person{{ID: 1, Username: "admin", Realname: "系统管理员"}}
	b.Deposed = []Deposed{{ID: 4, ScopeID: 7, Recorded: titled("old")}}
	only := bound("template.gone", 0, "gone")
	only.Deposed = []Deposed{{ID: 3, ScopeID: 7, Recorded: titled("older")}}
	return State{
		Version: FormatVersion, Writer: "1.2.3", Lineage: "3c0f5c50-6f2f-4d6f-8f0a-0d9e1f6f2a11", Serial: 7,
		Bindings: []Binding{only, b},
		Outputs: map[string]Output{
			"id": {Value: json.Number("12345678901234567890"), Type: "number"},
			"token": {Value: []any{"s", nil, true}, Type: []any{"tuple", []any{"string", "dynamic", "bool"}},
				Sensitive: true},
		},
	}
}

func encoded(t testing.TB, s State) []byte {
	t.Helper()
	data, err := Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEncodeDecode(t *testing.T) {
	for _, s := range []State{sample(), {Version: FormatVersion, Lineage: "l", Serial: 1}} {
		data := encoded(t, s)
		got, err := Decode(data)
		if err != nil {
			t.Fatalf("%v in\n%s", err, data)
		}
		if diff := cmp.Diff(s, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if again := encoded(t, got); !bytes.Equal(data, again) {
			t.Errorf("encoding what was decoded gives another text:\n%s", cmp.Diff(string(data), string(again)))
		}
	}
}

// TestEncodeText shows what the file looks like.
func TestEncodeText(t *testing.T) {
	s := State{Writer: "1.2.3", Lineage: "l", Serial: 7, Bindings: []Binding{bound("template.a", 5, "修改 <&>")}}
	s.Bindings[0].Recorded.Steps = nil
	const want = `{
  "version": 1,
  "countersign_version": "1.2.3",
  "lineage": "l",
  "serial": 7,
  "templates": [
    {
      "address": "template.a",
      "id": 5,
      "scope_id": 71,
      "scope": "folder.f",
      "scope_kind": "folder",
      "recorded": {
        "title": "修改 <&>",
        "approval_type": "4",
        "applies_to": "files",
        "description": "",
        "steps": [],
        "approver_access": "none",
        "cc": [],
        "cc_access": "none"
      },
      "sets": []
    }
  ],
  "outputs": {}
}
`
	if diff := cmp.Diff(want, string(encoded(t, s))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEncodeSorts: the order of the file is that of the addresses, as a person would list them.
func TestEncodeSorts(t *testing.T) {
	s := State{Lineage: "l", Bindings: []Binding{bound(`template.x["10"]`, 1, "a"), bound(`template.x["9"]`, 2, "b")}}
	got, err := Decode(encoded(t, s))
	if err != nil || addresses(got.Bindings) != `template.x["9"] template.x["10"]` {
		t.Errorf("%s, %v", addresses(got.Bindings), err)
	}
	if s.Bindings[0].ID != 1 {
		t.Error("Encode changed the state it was given")
	}
}

// wrongStates are texts that are not a sound state, and a part of what must be said of them.
func wrongStates(t testing.TB) map[string]struct{ text, says string } {
	good := string(encoded(t, sample()))
	change := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the sample does not hold %s", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	return map[string]struct{ text, says string }{
		"empty":                 {"", "it is empty"},
		"blank":                 {" \n\n", "it is empty"},
		"cut off":               {good[:len(good)/2], "it has been cut off"},
		"cut off at its end":    {good[:len(good)-3], "it has been cut off"},
		"followed by something": {good + "x", "line 92: it is not valid JSON"},
		"followed by a second":  {good + good, "line 92: it is not valid JSON"},
		"merge conflict": {change(`  "serial": 7,`, "<<<<<<< HEAD\n  \"serial\": 7,"),
			"line 5: it is not valid JSON"},
		"zeros":          {strings.Repeat("\x00", 100), "line 1: it is not valid JSON"},
		"not UTF-8":      {change("公司文件", "\xb9\xab\xcb\xbe"), "not valid UTF-8"},
		"a list":         {"[]", "not a Countersign state"},
		"null":           {"null", "not a Countersign state"},
		"something else": {`{"name": "x"}`, "not a Countersign state"},
		"a version of 3": {change(`"version": 1`, `"version": 3`),
			"it has format version 3, written by countersign 1.2.3; this program knows versions up to 2: " +
				"use a newer countersign"},
		"a version of 2": {change(`"version": 1`, `"version": 2`), "does not agree with the rest of it"},
		"moved nowhere": {change(`"serial": 7,`, `"serial": 7, "migrated": {"at": "2026-11-27T05:00:00Z", "by": "x"},`),
			"line 5: migrated does not say where"},
		"a version of 0": {change(`"version": 1`, `"version": 0`), "it has no version"},
		"a later format": {`{"version": 9, "countersign_version": "9.0", "lineage": {"new": true}, "serial": 1}`,
			"use a newer countersign"},
		"a Terraform state": {`{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", ` +
			`"outputs": {}, "resources": []}`,
			"a state of Terraform or OpenTofu"},
		"a negative serial": {change(`"serial": 7`, `"serial": -7`),
			"line 5: serial is -7, and counts the times that the state was written: " +
				"write a whole number from 0 to 9007199254740991"},
		"a serial in quotes": {change(`"serial": 7`, `"serial": "7"`),
			`line 5: serial is "7", and counts`},
		"a serial with a point": {change(`"serial": 7`, `"serial": 7.5`),
			"line 5: serial is 7.5, and counts"},
		"a serial of any size": {change(`"serial": 7`, `"serial": 1e30`),
			"line 5: serial is 1e30, and counts"},
		"a serial of 2^53": {change(`"serial": 7`, `"serial": 9007199254740992`),
			"line 5: serial is 9007199254740992, and counts"},
		"the largest int64": {change(`"serial": 7`, `"serial": 9223372036854775807`),
			"line 5: serial is 9223372036854775807, and counts"},
		"the largest uint64": {change(`"serial": 7`, `"serial": 18446744073709551615`),
			"line 5: serial is 18446744073709551615, and counts"},
		"a serial of null": {change(`"serial": 7`, `"serial": null`), "it has no serial"},
		"a serial of an object": {change(`"serial": 7`, `"serial": {}`),
			"line 5: serial is {}, and counts"},
		"no lineage": {change(`"lineage": "3c0f5c50-6f2f-4d6f-8f0a-0d9e1f6f2a11",`, ``),
			"it has no lineage"},
		"an empty lineage": {change(`3c0f5c50-6f2f-4d6f-8f0a-0d9e1f6f2a11`, ``),
			"it has no lineage"},
		"no serial": {change(`"serial": 7,`, ``), "it has no serial"},
		"no templates": {`{"version": 1, "lineage": "l", "serial": 1, "outputs": {}}`,
			"it has no templates"},
		"no outputs": {`{"version": 1, "lineage": "l", "serial": 1, "templates": []}`,
			"it has no outputs"},
		"templates not a list": {`{"version": 1, "lineage": "l", "serial": 1, "templates": {}, "outputs": {}}`,
			"templates is not a list"},
		"a field twice": {change(`"serial": 7,`, `"serial": 7, "serial": 7,`),
			"line 5: serial is there twice"},
		"an unknown field": {change(`"serial": 7,`, `"serial": 7, "cereal": 7,`),
			`line 5: unknown field "cereal"`},
		"an unknown field below": {change(`"prevent_destroy": true`, `"prevent_destory": true`),
			`unknown field "prevent_destory"`},
		"no address": {change(`"address": "template.modify",`, ``),
			"number 2, which begins on line 34: : it has no address"},
		"no id":    {change(`"id": 5,`, ``), "template.modify: it has no id"},
		"no scope": {change(`"scope_id": 71,`, ``), "template.gone: it has no scope_id"},
		"nothing recorded": {change(`"recorded": {`,
			`"recorded": null, "sets": [], "deposed": [], "x": {`), "number 1, which begins on line 7"},
		"an id as text": {change(`"id": 5,`, `"id": "5",`),
			"number 2, which begins on line 34: template.modify: id is a string, and must be a whole number"},
		"an id of any size": {change(`"id": 5,`, `"id": 1e30,`),
			"template.modify: id is a number 1e30, and must be a whole number"},
		"a scope of 0": {change("\"id\": 5,\n      \"scope_id\": 71,",
			`"id": 5, "scope_id": 0,`), "line 34: template.modify: scope_id 0 is not that of a folder or file"},
		"a scope below 0": {change(`"scope_id": 71,`, `"scope_id": -71,`),
			"line 7: template.gone: scope_id -71 is not that of a folder or file"},
		"a scope of another kind": {change(`"scope": "folder.f"`, `"scope": "template.f"`),
			`scope: no block can have the address "template.f": it does not begin with folder. or file.`},
		"a scope of no kind": {change(`"scope_kind": "folder"`, `"scope_kind": "drive"`),
			`scope_kind "drive" is none of folder and file`},
		"no address of a template": {change(`"template.modify"`, `"modify"`),
			`line 34: no block can have the address "modify": it does not begin with template.; ` +
				`write it template.NAME or template.NAME["KEY"]; write the address of its block, ` +
				`or take its entry out`},
		"another kind's address": {change(`"template.modify"`, `"attachment.modify"`),
			`line 34: no block can have the address "attachment.modify"`},
		"an address with a blank": {change(`"template.modify"`, `"template.mod ify"`),
			`line 34: no block can have the address "template.mod ify": "mod ify" is no name`},
		"an address with a control character": {change(`"template.modify"`, `"template.modify\u001b[2J"`),
			`line 34: no block can have the address "template.modify\x1b[2J"`},
		"an address with what nobody sees": {change(`"template.modify"`, `"template.mod\u202eify"`),
			`line 34: no block can have the address "template.mod\u202eify"`},
		"an address without a name": {change(`"template.modify"`, `"template."`),
			`line 34: no block can have the address "template.": "" is no name`},
		"an address with a number for a key": {change(`"template.modify"`, `"template.modify[0]"`),
			`its key does not stand in [" and "]`},
		"an address with an open key": {change(`"template.modify"`, `"template.modify[\"a\""`),
			`its key does not stand in [" and "]`},
		"an address with two keys": {change(`"template.modify"`, `"template.modify[\"a\"][\"b\"]"`),
			`its key does not stand in [" and "]`},
		"an address whose key is spelled otherwise": {change(`"template.modify"`, `"template.modify[\"\\x61\"]"`),
			`its key is written "a"`},
		"an output that is none": {change(`"outputs": {`,
			`"outputs": {"a b": {"value": 1, "type": "number"}, `),
			`"a b" is no name of an output; take it out of the file`},
		"an attachment of another kind": {change(`"outputs": {`,
			`"attachments": [{"address": "template.a"}], "outputs": {`),
			`attachments: number 1: no block can have the address "template.a"`},
		"an attachment of no id": {change(`"outputs": {`,
			`"attachments": [{"address": "attachment.a", "drive": {"digest": "d", "id": 0, "count": 1, `+
				`"files": []}}], "outputs": {`),
			`attachments: attachment.a: id 0 is not that of an attachment on the drive`},
		"an attachment twice": {change(`"outputs": {`,
			`"attachments": [{"address": "attachment.a[\"\\u8d22\"]"}, {"address": "attachment.a[\"财\"]"}], `+
				`"outputs": {`), `attachments: attachment.a["财"] is there twice`},
		"a binding of nothing": {change(`"id": 5,`, `"id": -5,`),
			"line 34: template.modify: tid -5 is not that of a template"},
		"an address twice": {change(`"template.modify"`, `"template.gone"`),
			"line 34: template.gone: this address is there twice"},
		"a tid twice": {change(`"id": 5,`, `"id": 3,`),
			"line 34: template.modify: tid 3 is bound to template.gone already"},
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, tt := range wrongStates(t) {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v\nmust say %q", err, tt.says)
			}
		})
	}
}

// TestDecodeCutAnywhere: no part of a state passes for a whole one.
func TestDecodeCutAnywhere(t *testing.T) {
	good := encoded(t, sample())
	for n := range len(bytes.TrimSpace(good)) {
		if _, err := Decode(good[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes pass for a state", n, len(good))
		}
	}
}

// TestDecodeWithMark: an editor on Windows puts a byte order mark before the text.
func TestDecodeWithMark(t *testing.T) {
	marked := append([]byte("\xef\xbb\xbf"), encoded(t, sample())...)
	s, err := Decode(marked)
	if err != nil || s.Lineage != sample().Lineage {
		t.Errorf("%v, %v", s.Lineage, err)
	}
	if id, err := Identify(marked); err != nil || id.Lineage != sample().Lineage {
		t.Errorf("%v, %v", id, err)
	}
}

// TestDecodeReportsAll: several mistakes are told at once.
func TestDecodeReportsAll(t *testing.T) {
	text := strings.Replace(string(encoded(t, sample())), `"id": 5,`, `"id": 3,`, 1)
	text = strings.Replace(text, `"template.modify"`, `"template.gone"`, 1)
	_, err := Decode([]byte(text))
	if err == nil || !strings.Contains(err.Error(), "is there twice") ||
		!strings.Contains(err.Error(), "tid 3 is bound") {
		t.Errorf("error %v", err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	tests := map[string]struct {
		s    State
		says string
	}{
		"no lineage": {State{}, "no lineage"},
		"twice": {State{Lineage: "l", Bindings: []Binding{bound("template.a", 1, "a"),
			bound("template.a", 2, "a")}}, "there twice"},
		"newer": {State{Lineage: "l", Version: migratedVersion + 1}, "format version"},
		"no JSON output": {State{Lineage: "l", Outputs: map[string]Output{"f": {Value: func() {}}}},
			"unsupported type"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Encode(tt.s); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v must say %q", err, tt.says)
			}
		})
	}
}

func FuzzDecodeState(f *testing.F) {
	f.Add(encoded(f, sample()))
	for _, wrong := range wrongStates(f) {
		f.Add([]byte(wrong.text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Decode(data)
		if err != nil {
			return
		}
		text := encoded(t, s)
		again, err := Decode(text)
		if err != nil {
			t.Fatalf("what was encoded is refused: %v\n%s", err, text)
		}
		if !bytes.Equal(text, encoded(t, again)) {
			t.Fatalf("encoding is not stable:\n%s", text)
		}
		for _, b := range s.Bindings {
			if a, err := addr.Read(b.Address.String(), "template"); err != nil || a != b.Address || b.ID < 0 ||
				b.ScopeID < 0 {
				t.Errorf("%+v", b)
			}
		}
		if next, err := Raise(s.Serial); err == nil && next != s.Serial+1 || err != nil && s.Serial != MostSerial {
			t.Errorf("serial %d becomes %d: %v", s.Serial, next, err)
		}
	})
}

// large is a state of n bindings with three steps of three people each.
func large(n int) State {
	s := State{Version: FormatVersion, Writer: "1.2.3", Lineage: "3c0f5c50-6f2f-4d6f-8f0a-0d9e1f6f2a11", Serial: 1,
		Outputs: map[string]Output{}}
	people := []schema.Person{{ID: 1, Username: "admin", Realname: "系统管理员"},
		{ID: 3, Username: "test02", Realname: "测试2"}, {ID: 4, Username: "test03", Realname: "测试3"}}
	for i := range n {
		b := bound(fmt.Sprintf("template.t[\"%d\"]", i), int64(i+1), fmt.Sprintf("审批 %d", i))
		b.ScopePath = fmt.Sprintf("公司文件/示例-按项目/部门 %d", i/10)
		b.Recorded.Steps = []schema.Step{{Name: "初审", Approvers: people, Rule: schema.RuleAny},
			{Name: "复审", Approvers: people, Rule: schema.RuleAll}, {Name: "终审", Approvers: people,
				Rule: schema.RuleAtLeast, MinApprovals: 2}}
		s.Bindings = append(s.Bindings, b)
	}
	return s
}

func BenchmarkDecode(b *testing.B) {
	data := encoded(b, large(10_000))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	s := large(10_000)
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(encoded(b, s))))
	}
}
