package state

import (
	"encoding/json"
	"strings"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
)

// What a journal says is held against what a run can have written, by whoever wrote its checks.
func TestJournalOfWhatCannotBe(t *testing.T) {
	change := func(do func(*Intent)) Record {
		r := intent(1, OpCreate, "template.a", 0, "a")
		do(r.Intent)
		return r
	}
	stage := func(do func(*Intent)) Record {
		in := Intent{Seq: 1, Op: OpStage, Address: addr.Of("attachment.a"), Stage: &Stage{Part: StageDriveFolder}}
		do(&in)
		return Record{Intent: &in}
	}
	for says, records := range map[string][]Record{
		`no block can have the address "a": it does not begin with template.`:               {change(func(in *Intent) { in.Address = addr.Of("a") })},
		`no block can have the address "attachment.a": it does not begin with template.`:    {change(func(in *Intent) { in.Address = addr.Of("attachment.a") })},
		`no block can have the address "template.a\x1b[2J"`:                                 {change(func(in *Intent) { in.Address = addr.Of("template.a\x1b[2J") })},
		`intent 1 to create "template.a\nb": no block can have the address "template.a\nb"`: {change(func(in *Intent) { in.Address = addr.Of("template.a\nb") })},
		`no block can have the address "template.x y"`: {{Intent: &Intent{Seq: 1,
			Op: OpRemove, ID: 5, ScopeID: 7, Address: addr.Of("template.x y")}}},
		"it has no address":                                                              {change(func(in *Intent) { in.Address = addr.Address{} })},
		"scope_id 0 is not that of a folder or file":                                     {change(func(in *Intent) { in.ScopeID = 0 })},
		"scope_id -1 is not that of a folder or file":                                    {change(func(in *Intent) { in.ScopeID = -1 })},
		`scope: no block can have the address "template.f"`:                              {change(func(in *Intent) { in.Scope = addr.Of("template.f") })},
		`scope_kind "disc" is none of folder and file`:                                   {change(func(in *Intent) { in.ScopeKind = "disc" })},
		"known tid -4 is not that of a template":                                         {change(func(in *Intent) { in.Known = []int64{3, -4} })},
		"its tid -5 is not that of a template":                                           {intent(1, OpUpdate, "template.a", -5, "a")},
		`no block can have the address "template.a": it does not begin with attachment.`: {stage(func(in *Intent) { in.Address = addr.Of("template.a") })},
		`no block can have the address "": it does not begin with attachment.`:           {stage(func(in *Intent) { in.Address = addr.Address{} })},
		"id 0 is not that of an attachment on the drive":                                 {stage(func(*Intent) {}), {Outcome: &Outcome{Seq: 1, Done: true, Staged: &Staged{}}}},
		"id -3 is not that of an attachment on the drive":                                {stage(func(*Intent) {}), {Outcome: &Outcome{Seq: 1, Done: true, Staged: &Staged{ID: -3}}}},
		"intent 9007199254740992 comes after intent 0":                                   {intent(1<<53, OpRemove, "", 5, "")},
	} {
		_, err := decodeJournal(journalOf(t, records...))
		mustSay(t, err, says, "is damaged", "put the journal back as it was")
	}
	line, err := new(journalEnd).begin(Identity{"l", mostSerial + 1}, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = decodeJournal([][]byte{line})
	mustSay(t, err, "it continues serial 9007199254740992, and no state has a serial above 9007199254740991")
}

func mustSay(t testing.TB, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Fatalf("error %v\nmust say %q", err, part)
		}
	}
}

// The key of an address as a program with another version of Unicode wrote it is the same key.
func TestKeysOfOtherVersions(t *testing.T) {
	written := bound(`template.a["财务"]`, 5, "a")
	text := string(encoded(t, State{Lineage: "l", Serial: 3, Bindings: []Binding{written}}))
	text = strings.Replace(text, "财务", `\\u8d22\\u52a1`, 1)
	s, err := Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	journal, err := decodeJournal(journalOf(t, intent(1, OpUpdate, `template.a["\u8d22\u52a1"]`, 5, "b"), done(1, 0)))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := Fold(s, journal.records)
	if addresses(got.Bindings) != `template.a["财务"]` || got.Bindings[0].Recorded.Title != "b" {
		t.Errorf("%+v", got.Bindings)
	}
	mustSay(t, func() error {
		second := one(t, bound(`template.a["财务"]`, 6, "c"))
		_, err := Decode([]byte(strings.Replace(text, `"templates": [`, `"templates": [`+second+`,`, 1)))
		return err
	}(), "this address is there twice")
}

func one(t *testing.T, b Binding) string {
	t.Helper()
	text, err := json.Marshal(b.withoutNulls())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What every version has written is read: a binding that does not know its scope's address, one of which only what it
// replaced is left, names in any script.
func TestOlderStatesAreRead(t *testing.T) {
	for _, b := range []Binding{
		{Address: addr.Of("template.a"), ID: 5, ScopeID: 71, Recorded: titled("a")},
		{Address: addr.Of(`template.审批-1["a\"]\\\n\u200b"]`), ID: 5, ScopeID: 71, Scope: addr.Of(`folder.f["x"]`),
			ScopeKind: schema.ScopeFolder, Recorded: titled("a")},
		{Address: addr.Of("template.e\u0301"), ID: 5, ScopeID: 71, Scope: addr.Of("file.e\u0301"),
			ScopeKind: schema.ScopeFile, Recorded: titled("a")},
		{Address: addr.Of("template.left"), Deposed: []Deposed{{ID: 3, ScopeID: 7, Recorded: titled("b")}}},
	} {
		got, err := Decode(encoded(t, State{Lineage: "l", Bindings: []Binding{b}}))
		if err != nil || len(got.Bindings) != 1 || got.Bindings[0].Address != b.Address {
			t.Errorf("%+v: %v", b, err)
		}
	}
}
