package state

import (
	"encoding/json"
	"strings"
	"testing"

	"countersign/schema"
)

// A state whose serial is the last is read, and neither written nor begun upon: nothing wraps, and no write goes to the
// drive that the state could not keep.
func TestLastSerial(t *testing.T) {
	s := sample()
	s.Serial = mostSerial
	text := encoded(t, s)
	l := newLocal(t)
	put(t, l.Path(), text)
	if got, _ := mustRead(t, l); got.Serial != mostSerial {
		t.Fatalf("serial %d", got.Serial)
	}
	const says = "its serial, 9007199254740991, cannot be raised"
	_, err := l.Write(ctx, s)
	mustFail(t, err, says, "nothing has been changed", l.Path())
	_, err = l.Begin(ctx, []Intent{*intent(0, OpRemove, "template.modify", 5, "").Intent})
	mustFail(t, err, says, "write the serial of the version before it and one more, by hand")
	mustFail(t, l.Settle(ctx, []Outcome{{Seq: 1}}), says)
	for _, force := range []bool{false, true} {
		_, err = l.Push(ctx, s, force)
		mustFail(t, err, says, "nothing has been changed")
		lower := s
		lower.Serial = 3
		_, err = l.Push(ctx, lower, true)
		mustFail(t, err, says)
	}
	if string(get(t, l.Path())) != string(text) || names(t, l) != "countersign.state.json" {
		t.Errorf("something changed: the folder has %s", names(t, l))
	}

	s.Serial = mostSerial - 1
	put(t, l.Path(), encoded(t, s))
	if got, err := l.Write(ctx, s); err != nil || got.Serial != mostSerial {
		t.Errorf("serial %d, %v", got.Serial, err)
	}
	mustRead(t, l)

	l = newLocal(t)
	s = sample()
	for _, serial := range []uint64{mostSerial, mostSerial + 1, 1<<63 - 1, 1<<64 - 1} {
		s.Serial = serial
		_, err := l.Push(ctx, s, true)
		mustFail(t, err, "cannot be raised")
	}
	if names(t, l) != "" {
		t.Errorf("the folder has %s", names(t, l))
	}
}

// What a journal says is held against what a run can have written, by whoever wrote its checks.
func TestJournalOfWhatCannotBe(t *testing.T) {
	change := func(do func(*Intent)) Record {
		r := intent(1, OpCreate, "template.a", 0, "a")
		do(r.Intent)
		return r
	}
	stage := func(do func(*Intent)) Record {
		in := Intent{Seq: 1, Op: OpStage, Address: "attachment.a", Stage: &Stage{Part: StageDriveFolder}}
		do(&in)
		return Record{Intent: &in}
	}
	for says, records := range map[string][]Record{
		`no block can have the address "a": it does not begin with template.`:               {change(func(in *Intent) { in.Address = "a" })},
		`no block can have the address "attachment.a": it does not begin with template.`:    {change(func(in *Intent) { in.Address = "attachment.a" })},
		`no block can have the address "template.a\x1b[2J"`:                                 {change(func(in *Intent) { in.Address = "template.a\x1b[2J" })},
		`intent 1 to create "template.a\nb": no block can have the address "template.a\nb"`: {change(func(in *Intent) { in.Address = "template.a\nb" })},
		`no block can have the address "template.x y"`: {{Intent: &Intent{Seq: 1,
			Op: OpRemove, ID: 5, ScopeID: 7, Address: "template.x y"}}},
		"it has no address":                                 {change(func(in *Intent) { in.Address = "" })},
		"scope_id 0 is not that of a folder or file":        {change(func(in *Intent) { in.ScopeID = 0 })},
		"scope_id -1 is not that of a folder or file":       {change(func(in *Intent) { in.ScopeID = -1 })},
		`scope: no block can have the address "template.f"`: {change(func(in *Intent) { in.Scope = "template.f" })},
		`scope_kind "disc" is none of folder and file`:      {change(func(in *Intent) { in.ScopeKind = "disc" })},
		"known tid -4 is not that of a template": {change(func(in *Intent) {
			in.Known = []int64{3,
				-4}
		})},
		"its tid -5 is not that of a template": {intent(1, OpUpdate,
			"template.a", -5, "a")},
		`no block can have the address "template.a": it does not begin with attachment.`: {stage(func(in *Intent) { in.Address = "template.a" })},
		`no block can have the address "": it does not begin with attachment.`:           {stage(func(in *Intent) { in.Address = "" })},
		"id 0 is not that of an attachment on the drive": {stage(func(*Intent) {}),
			{Outcome: &Outcome{Seq: 1, Done: true, Staged: &Staged{}}}},
		"id -3 is not that of an attachment on the drive": {stage(func(*Intent) {}),
			{Outcome: &Outcome{Seq: 1, Done: true, Staged: &Staged{ID: -3}}}},
		"intent 9007199254740992 comes after intent 0": {intent(1<<53, OpRemove, "",
			5, "")},
	} {
		l := newLocal(t)
		put(t, l.Path(), encoded(t, State{Lineage: "l", Serial: 3}))
		put(t, journalOfLocal(l), journalOf(t, records...))
		_, _, err := l.Read(ctx)
		mustFail(t, err, says, "is damaged", "put the journal back as it was")
	}

	l := newLocal(t)
	var w writing
	text, err := w.appendLine(nil, journalLine{Journal: &heading{journalVersion, "l", mostSerial + 1}})
	if err != nil {
		t.Fatal(err)
	}
	put(t, l.Path(), encoded(t, State{Lineage: "l", Serial: 3}))
	put(t, journalOfLocal(l), text)
	_, _, err = l.Read(ctx)
	mustFail(t, err, "it continues serial 9007199254740992, and no state has a serial above 9007199254740991")
}

// The key of an address as a program with another version of Unicode wrote it is the same key.
func TestKeysOfOtherVersions(t *testing.T) {
	written := bound(`template.a["财务"]`, 5, "a")
	text := strings.Replace(string(encoded(t, State{Lineage: "l", Serial: 3, Bindings: []Binding{written}})), "财务",
		`\\u8d22\\u52a1`, 1)
	l := newLocal(t)
	put(t, l.Path(), []byte(text))
	put(t, journalOfLocal(l), journalOf(t, intent(1, OpUpdate, `template.a["\u8d22\u52a1"]`, 5, "b"), done(1, 0)))
	got, _ := mustRead(t, l)
	if addresses(got.Bindings) != `template.a["财务"]` || got.Bindings[0].Recorded.Title != "b" {
		t.Errorf("%+v", got.Bindings)
	}
	mustFail(t, func() error {
		_, err := Decode([]byte(strings.Replace(text, `"templates": [`, `"templates": [`+
			one(t, bound(`template.a["财务"]`, 6, "c"))+`,`, 1)))
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
		{Address: "template.a", ID: 5, ScopeID: 71, Recorded: titled("a")},
		{Address: `template.审批-1["a\"]\\\n\u200b"]`, ID: 5, ScopeID: 71, Scope: `folder.f["x"]`,
			ScopeKind: schema.ScopeFolder, Recorded: titled("a")},
		{Address: "template.e\u0301", ID: 5, ScopeID: 71, Scope: "file.e\u0301", ScopeKind: schema.ScopeFile,
			Recorded: titled("a")},
		{Address: "template.left", Deposed: []Deposed{{ID: 3, ScopeID: 7, Recorded: titled("b")}}},
	} {
		got, err := Decode(encoded(t, State{Lineage: "l", Bindings: []Binding{b}}))
		if err != nil || len(got.Bindings) != 1 || got.Bindings[0].Address != b.Address {
			t.Errorf("%+v: %v", b, err)
		}
	}
}

// journalOfLocal is where the journal of a state lies.
func journalOfLocal(l *Local) string { return strings.TrimSuffix(l.Path(), ".json") + ".journal" }
