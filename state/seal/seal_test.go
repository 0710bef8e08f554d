package seal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"filippo.io/age"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/state/seal"
	"countersign/state/statetest"
	"countersign/state/store"
)

var ctx = context.Background()

// Keys for tests alone.
const (
	one = "AGE-SECRET-KEY-16VHRKQFQ64L9ENA6ZTQYSLRDFFGFEQRYN4N26AWHPTE9J4XL5S3Q9KHTZH"
	two = "AGE-SECRET-KEY-10JN6SR2KTJUT80KV3QKM68CZHPZ9L4EK8807DMPWAKJN8TX0YCQQ9V88JF"
)

func cipher(t testing.TB, k seal.Keys) *seal.Cipher {
	t.Helper()
	c, err := seal.New(k)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sealedBy(identity string) seal.Keys { return seal.Keys{Sealed: true, Identity: identity} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, err error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("refused with %v, not with %q", err, says)
	}
}

func create(address string) []state.Intent {
	return []state.Intent{{Op: state.OpCreate, Address: addr.Of(address), ScopeID: 71,
		Wants: &schema.Template{Title: "秘密"}}}
}

// kept is a place with a state of serial 2 that binds template.a, and a journal with an intent for template.b.
func kept(t testing.TB, k seal.Keys) *statetest.Memory {
	t.Helper()
	m := statetest.NewMemory()
	s := store.New(m.Again(), cipher(t, k))
	in, err := s.Begin(ctx, create("template.a"))
	must(t, err)
	must(t, s.Settle(ctx, []state.Outcome{{Seq: in[0].Seq, Done: true, ID: 9}}))
	for range 2 {
		st, _, err := s.Read(ctx)
		must(t, err)
		_, err = s.Write(ctx, st)
		must(t, err)
	}
	_, err = s.Begin(ctx, create("template.b"))
	must(t, err)
	return m
}

func text(t testing.TB, m *statetest.Memory) []byte {
	t.Helper()
	text, _, err := m.Load(ctx, "")
	must(t, err)
	return text
}

func entries(t testing.TB, m *statetest.Memory) [][]byte {
	t.Helper()
	entries, _, err := m.Journal(ctx)
	must(t, err)
	return entries
}

// put makes a place of these texts, whatever they say.
func put(t testing.TB, text []byte, entries [][]byte) *statetest.Memory {
	t.Helper()
	m := statetest.NewMemory()
	if text != nil {
		_, err := m.Replace(ctx, state.Identity{}, text, "")
		must(t, err)
	}
	if entries != nil {
		_, err := m.ReplaceJournal(ctx, entries)
		must(t, err)
	}
	return m
}

// told is what a run with these keys reads.
func told(t testing.TB, m *statetest.Memory, k seal.Keys) (string, error) {
	t.Helper()
	return toldBy(m, cipher(t, k))
}

func toldBy(m *statetest.Memory, c *seal.Cipher) (string, error) {
	st, pending, err := store.New(m.Again(), c).Read(ctx)
	if err != nil {
		return "", err
	}
	doc, err := json.Marshal([]any{st, pending})
	return string(doc), err
}

// nothingWritten demands that no way to write gets past a refusal that says so.
func nothingWritten(t *testing.T, m *statetest.Memory, k seal.Keys, says string) {
	t.Helper()
	before := append(bytes.Clone(text(t, m)), bytes.Join(entries(t, m), nil)...)
	s := store.New(m.Again(), cipher(t, k))
	st, _, reading := s.Read(ctx)
	if reading == nil {
		refused(t, s.Writable(), says)
	} else {
		refused(t, reading, says)
	}
	_, err := s.Write(ctx, st)
	refused(t, err, says)
	_, err = s.Begin(ctx, create("template.c"))
	refused(t, err, says)
	other, _, _ := store.New(m.Again(), nil).Read(ctx)
	_, err = s.Push(ctx, state.State{Version: 1, Lineage: "l", Serial: 7, Outputs: other.Outputs}, true)
	refused(t, err, says)
	if after := append(bytes.Clone(text(t, m)), bytes.Join(entries(t, m), nil)...); !bytes.Equal(before, after) {
		t.Errorf("it was written:\n%s\nand is\n%s", before, after)
	}
}

// TestKeys: with a wrong key or without one nothing is read, which is no empty state, and nothing is written. What is
// kept otherwise than the configuration says is read, and not written.
func TestKeys(t *testing.T) {
	id, err := age.ParseX25519Identity(two)
	must(t, err)
	both := seal.Keys{Sealed: true, By: "recipients", Identity: one, Recipients: []string{recipient(t, one),
		id.Recipient().String()}}
	for name, test := range map[string]struct {
		kept, now  seal.Keys
		reads      bool
		says       string // "": it is written
		rekeyFails string
	}{
		"same": {sealedBy(one), sealedBy(one), true, "", ""},
		"recipient's key": {both, seal.Keys{Sealed: true, By: "recipients", Identity: two,
			Recipients: both.Recipients}, true, "", ""},
		"wrong key": {sealedBy(one), sealedBy(two), false, "none of the keys given opens it",
			"none of the keys"},
		"no key":            {sealedBy(one), seal.Keys{Sealed: true}, false, "no key is given", "no key is given"},
		"no block, no key":  {sealedBy(one), seal.Keys{}, false, "no key is given", "no key is given"},
		"block taken out":   {sealedBy(one), seal.Keys{Identity: one}, true, "has no encryption block", ""},
		"another recipient": {sealedBy(one), both, true, "and the configuration says for age1", ""},
		"one fewer":         {both, sealedBy(one), true, "and the configuration says for age1", ""},
		"in clear":          {seal.Keys{}, sealedBy(one), true, "kept in clear", ""},
		"in clear, no key":  {seal.Keys{}, seal.Keys{Sealed: true}, true, "kept in clear", "there is no key"},
		"in clear, enforced": {seal.Keys{}, seal.Keys{Sealed: true, Identity: one, Enforced: true}, false,
			"enforces that it is encrypted", ""},
		"enforced": {seal.Keys{Sealed: true, Identity: one, Enforced: true}, seal.Keys{Identity: one}, true,
			"which is enforced", "which is enforced"},
		"no longer enforced": {seal.Keys{Sealed: true, Identity: one, Enforced: true}, sealedBy(one), true,
			"enforced = true, and the configuration says false", ""},
		"old key": {sealedBy(one), seal.Keys{Sealed: true, Identity: two, Old: []seal.Secret{{Identity: one}}}, true,
			"and the configuration says for age1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := kept(t, test.kept)
			was, err := told(t, m, test.kept)
			must(t, err)
			if got, err := told(t, m, test.now); test.reads && got != was || !test.reads && err == nil {
				t.Errorf("it tells %q, %v", got, err)
			} else if strings.Contains(test.says, "key") && !errors.Is(err, store.ErrKey) && !test.reads {
				t.Errorf("%v is not ErrKey", err)
			}
			if test.says != "" {
				nothingWritten(t, m, test.now, test.says)
			}
			_, _, err = store.New(m.Again(), cipher(t, test.now)).Rekey(ctx, "")
			if test.rekeyFails != "" {
				refused(t, err, test.rekeyFails)
				return
			}
			must(t, err)
			got, err := told(t, m, seal.Keys{Sealed: test.now.Sealed, By: test.now.By, Identity: test.now.Identity,
				Recipients: test.now.Recipients, Enforced: test.now.Enforced})
			if err != nil || strings.Replace(got, `"serial":4`, `"serial":2`, 1) != was {
				t.Errorf("sealed anew it tells %q, not %q: %v", got, was, err)
			}
			s := store.New(m.Again(), cipher(t, test.now))
			st, _, err := s.Read(ctx)
			must(t, err)
			_, err = s.Write(ctx, st)
			must(t, err)
			if all := string(text(t, m)) + string(bytes.Join(entries(t, m), nil)); strings.Contains(all, "template") ==
				test.now.Sealed {
				t.Errorf("it is kept as %s", all)
			}
		})
	}
}

func recipient(t testing.TB, identity string) string {
	t.Helper()
	id, err := age.ParseX25519Identity(identity)
	must(t, err)
	return id.Recipient().String()
}

// TestPassphrase: it is asked once for all that a run reads and writes, because the key stays the same; and a change of
// it is one of keys.
func TestPassphrase(t *testing.T) {
	k := seal.Keys{Sealed: true, Passphrase: "richtig"}
	m := kept(t, k)
	var e, after struct{ Key string }
	var h struct{ Journal struct{ Key string } }
	must(t, json.Unmarshal(text(t, m), &e))
	must(t, json.Unmarshal(entries(t, m)[0], &h))
	s := store.New(m.Again(), cipher(t, k))
	st, _, err := s.Read(ctx)
	must(t, err)
	_, err = s.Write(ctx, st)
	must(t, err)
	must(t, json.Unmarshal(text(t, m), &after))
	if e.Key == "" || h.Journal.Key != e.Key || after.Key != e.Key {
		t.Errorf("keys %q, %q of the journal, then %q", e.Key, h.Journal.Key, after.Key)
	}
	nothingWritten(t, m, seal.Keys{Sealed: true, Passphrase: "falsch"}, "none of the keys given opens it")
	nothingWritten(t, m, seal.Keys{Sealed: true, Passphrase: "neu", Old: []seal.Secret{{Passphrase: "richtig"}}},
		"given as an old key")
}

// TestFlippedBytes: whatever byte of a state or a journal is another one, it is refused, or says the same: there are
// spaces, and letters of base64 of which not every bit counts.
func TestFlippedBytes(t *testing.T) {
	k := seal.Keys{Sealed: true, Identity: one, Enforced: true}
	m := kept(t, k)
	was, err := told(t, m, k)
	must(t, err)
	st, lines, c := text(t, m), entries(t, m), cipher(t, k)
	try := func(what string, text []byte, entries [][]byte) {
		t.Helper()
		if got, err := toldBy(put(t, text, entries), c); err == nil && got != was {
			t.Errorf("%s: it tells %q", what, got)
		}
	}
	for i := range st {
		for _, bit := range []byte{1, 0x20, 0x80} {
			changed := bytes.Clone(st)
			changed[i] ^= bit
			try("the state", changed, lines)
		}
		try("the state cut off", st[:i], lines)
	}
	for n := range lines {
		for i := range lines[n] {
			for _, bit := range []byte{1, 0x20} {
				all := append([][]byte(nil), lines...)
				all[n] = bytes.Clone(lines[n])
				all[n][i] ^= bit
				try("the journal", st, all)
			}
		}
	}
}

// TestSwapped: a sealed text is that of one version of one state, and opens as no other.
func TestSwapped(t *testing.T) {
	k := sealedBy(one)
	m := kept(t, k)
	old, lines := text(t, m), entries(t, m)
	s := store.New(m.Again(), cipher(t, k))
	st, _, err := s.Read(ctx)
	must(t, err)
	_, err = s.Write(ctx, st)
	must(t, err)
	now := text(t, m)
	part := func(text []byte, name string) string {
		var doc map[string]any
		must(t, json.Unmarshal(text, &doc))
		s, _ := doc[name].(string)
		return s
	}
	replaced := func(text []byte, was, is string) []byte {
		if !bytes.Contains(text, []byte(was)) {
			t.Fatalf("%q is not in %s", was, text)
		}
		return bytes.Replace(text, []byte(was), []byte(is), 1)
	}
	clear, err := state.Encode(st)
	must(t, err)
	other := kept(t, k) // another state with the same key's owner
	for name, test := range map[string]struct {
		text    []byte
		entries [][]byte
		says    string
	}{
		"rolled back under the present serial": {replaced(old, `"serial": 2`, `"serial": 3`), nil,
			"damaged or exchanged"},
		"the present one under an old serial": {replaced(now, `"serial": 3`, `"serial": 2`), nil,
			"damaged or exchanged"},
		"another lineage": {replaced(now, part(now, "lineage"), part(text(t, other), "lineage")),
			nil, "damaged or exchanged"},
		"another's content": {replaced(now, part(now, "sealed"), part(text(t, other), "sealed")),
			nil, "damaged or exchanged"},
		"another's key": {replaced(now, part(now, "key"), part(text(t, other), "key")), nil,
			"damaged or exchanged"},
		"rolled back behind the journal": {old,
			[][]byte{bytes.Replace(lines[0], []byte(`"serial":2`), []byte(`"serial":3`), 1)}, "is damaged"},
		"a journal's line as a state": {replaced(old, part(old, "sealed"), string(lines[1])), nil,
			"damaged or exchanged"},
		"a line twice":          {old, append(lines[:2:2], lines[1]), "damaged or exchanged"},
		"another's line":        {old, append(lines[:1:1], entries(t, other)[1]), "damaged or exchanged"},
		"another's journal":     {old, entries(t, other), "belongs to another state"},
		"a journal in clear":    {old, inClear(t, clear), "is encrypted, and its journal"},
		"an older state, whole": {old, raised(t, m, k), "an older copy has been put in its place"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := told(t, put(t, test.text, test.entries), k)
			refused(t, err, test.says)
		})
	}
}

// inClear is a journal that somebody has written who has no key, for a state.
func inClear(t *testing.T, clear []byte) [][]byte {
	m := put(t, clear, nil)
	_, err := store.New(m.Again(), nil).Begin(ctx, create("template.z"))
	must(t, err)
	return entries(t, m)
}

// raised is a journal of a later serial than that of kept.
func raised(t *testing.T, m *statetest.Memory, k seal.Keys) [][]byte {
	c := m.Copy()
	s := store.New(c.Again(), cipher(t, k))
	st, _, err := s.Read(ctx)
	must(t, err)
	_, err = s.Write(ctx, st)
	must(t, err)
	_, err = s.Begin(ctx, create("template.y"))
	must(t, err)
	return entries(t, c)
}

// TestRekeyCutOff: a kill between the state and the journal leaves what another rekey takes up.
func TestRekeyCutOff(t *testing.T) {
	m := kept(t, seal.Keys{})
	was, err := told(t, m, seal.Keys{})
	must(t, err)
	lines := entries(t, m)
	_, _, err = store.New(m.Again(), cipher(t, sealedBy(one))).Rekey(ctx, "")
	must(t, err)
	_, err = m.ReplaceJournal(ctx, lines) // as if it had not come to that
	must(t, err)
	_, err = told(t, m, sealedBy(one))
	refused(t, err, "state rekey` was cut off")
	_, _, err = store.New(m.Again(), cipher(t, sealedBy(one))).Rekey(ctx, "")
	must(t, err)
	got, err := told(t, m, sealedBy(one))
	if err != nil || strings.Replace(got, `"serial":6`, `"serial":2`, 1) != was {
		t.Errorf("it tells %q, not %q: %v", got, was, err)
	}
}

// TestWrongKeys: what is no key is refused, and what it was is not repeated.
func TestWrongKeys(t *testing.T) {
	for _, k := range []seal.Keys{{Identity: one[:40]}, {Identity: "geheim"},
		{Old: []seal.Secret{{Identity: "geheim"}}},
		{Sealed: true, Recipients: []string{"geheim-kein-empfänger"}}, {Sealed: true, Recipients: []string{""}}} {
		_, err := seal.New(k)
		if err == nil || len(k.Recipients) == 0 && (strings.Contains(err.Error(), "geheim") ||
			strings.Contains(err.Error(), one[20:40])) {
			t.Errorf("%v", err)
		}
	}
}

// TestSealedPlan: a plan opens as that of its configuration and state alone.
func TestSealedPlan(t *testing.T) {
	m := kept(t, sealedBy(one))
	s := store.New(m.Again(), cipher(t, sealedBy(one)))
	_, _, err := s.Read(ctx)
	must(t, err)
	sealed, err := s.SealPlan("policies", state.Identity{Lineage: "l", Serial: 2}, []byte("ein Plan"))
	must(t, err)
	if of, is := store.SealedPlan(sealed); !is || of != "policies" {
		t.Errorf("%q, %v", of, is)
	}
	plain, err := store.OpenPlan(cipher(t, seal.Keys{Identity: one}), sealed)
	if string(plain) != "ein Plan" {
		t.Errorf("%q, %v", plain, err)
	}
	_, err = store.OpenPlan(cipher(t, seal.Keys{Identity: two}), sealed)
	refused(t, err, "none of the keys")
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		plain, err := store.OpenPlan(cipher(t, seal.Keys{Identity: one}), changed)
		if err == nil && string(plain) != "ein Plan" {
			t.Errorf("byte %d: %q", i, plain)
		}
	}
}

// TestMigrate: a move seals anew as the new place says, and takes nothing out of an enforced encryption into clear.
func TestMigrate(t *testing.T) {
	enforced := seal.Keys{Sealed: true, Identity: one, Enforced: true}
	for name, test := range map[string]struct {
		kept, from, to seal.Keys
		says           string
	}{
		"into encryption":     {seal.Keys{}, seal.Keys{}, sealedBy(one), ""},
		"to another key":      {sealedBy(one), sealedBy(one), sealedBy(two), ""},
		"into clear":          {sealedBy(one), sealedBy(one), seal.Keys{}, ""},
		"enforced, to clear":  {enforced, enforced, seal.Keys{Identity: one}, "would keep it in clear"},
		"block taken out":     {enforced, seal.Keys{Identity: one}, seal.Keys{Identity: one}, "would keep it in clear"},
		"without its key":     {sealedBy(one), sealedBy(two), sealedBy(two), "none of the keys given opens it"},
		"without a new key":   {seal.Keys{}, seal.Keys{}, seal.Keys{Sealed: true}, "there is no key for that"},
		"never encrypted yet": {seal.Keys{}, sealedBy(one), sealedBy(one), "cannot be marked"},
	} {
		t.Run(name, func(t *testing.T) {
			old, next := kept(t, test.kept), statetest.NewMemory()
			was, err := told(t, old, test.kept)
			must(t, err)
			_, _, moved, err := store.New(next.Again(), cipher(t, test.to)).Migrate(ctx,
				store.New(old.Again(), cipher(t, test.from)), store.LockInfo{Who: "me@here"})
			if test.says != "" {
				refused(t, err, test.says)
				if text(t, next) != nil || entries(t, next) != nil {
					t.Error("something was written")
				}
				return
			}
			must(t, err)
			got, err := told(t, next, test.to)
			if err != nil || !moved || strings.Replace(got, `"serial":4`, `"serial":2`, 1) != was {
				t.Errorf("it tells %q, not %q: %v", got, was, err)
			}
			for m, k := range map[*statetest.Memory]seal.Keys{old: test.kept, next: test.to} {
				all := string(text(t, m)) + string(bytes.Join(entries(t, m), nil))
				if strings.Contains(all, "template") == k.Sealed {
					t.Errorf("it is kept as %s", all)
				}
			}
		})
	}
}

// FuzzEnvelope: of what may be put in the place of an encrypted state and its journal, only what was sealed opens, and
// says what it said.
func FuzzEnvelope(f *testing.F) {
	k := seal.Keys{Sealed: true, Identity: one, Enforced: true}
	m := kept(f, k)
	st, lines, c := text(f, m), entries(f, m), cipher(f, k)
	f.Add(st, bytes.Join(lines, []byte("\n")))
	f.Add(st, []byte{})
	f.Add([]byte(`{"version":1,"lineage":"l","serial":1,"key":"","sealed":"AAAA"}`), []byte{})
	f.Fuzz(func(t *testing.T, text, journal []byte) {
		var entries [][]byte
		if len(journal) > 0 {
			entries = bytes.Split(journal, []byte("\n"))
		}
		got, err := toldBy(put(t, text, entries), c)
		if err == nil && len(text) > 0 && !strings.Contains(got, `"template.a"`) {
			t.Errorf("it tells %s", got)
		}
		plan, err := store.OpenPlan(c, text)
		if err == nil {
			t.Errorf("it is a plan: %s", plan)
		}
	})
}
