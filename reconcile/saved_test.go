package reconcile_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

// saved is a plan of every kind of change, saved.
func saved(t *testing.T) plans.Saved {
	g := dice{random(t)}
	r := newRun(newDrive())
	if _, _, diags := r.apply(g.declaration(), all); diags.HasErrors() {
		t.Fatal(diags)
	}
	g.meddle(r.drive)
	decl := g.declaration()
	p, _, diags := r.plan(decl, all)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return plans.Saved{Version: plans.SavedVersion, Writer: "v1", Config: ".",
		Declare: plans.FingerprintOf(decl), Lineage: "l", Serial: 3, Plan: p}
}

func TestSavedPlanIsAValue(t *testing.T) {
	for range 50 {
		want := saved(t)
		data, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := plans.DecodeSaved(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := got.Encode()
		if err != nil || !bytes.Equal(data, again) {
			t.Fatalf("%v: a plan that was read is written otherwise", err)
		}
		if diff := cmp.Diff(summary(want.Plan), summary(got.Plan)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSavedPlanRefuses(t *testing.T) {
	s := saved(t)
	good, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s.Version = 99
	newer, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "it is empty"},
		{"a text", []byte("# main.hcl\n"), "it is not a plan"},
		{"another program's", []byte("PK\x03\x04"), "it is not a plan"},
		{"JSON", []byte(`{"format_version":"1.2","resource_changes":[]}`), "it is not a plan"},
		{"only a beginning", good[:20], "it is cut off"},
		{"half", good[:len(good)/2], "does not agree with its checksum"},
		{"damaged", flipped, "does not agree with its checksum"},
		{"newer", newer, "format version 99, written by countersign v1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := plans.DecodeSaved(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v does not say %q", err, tt.want)
			}
		})
	}
}

// A plan that has lost its end, or of which one byte has become another, is refused, wherever that is.
func TestSavedPlanRefusesEachDamage(t *testing.T) {
	good, err := saved(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(data []byte, what string, at int) {
		if _, err := plans.DecodeSaved(data); err == nil {
			t.Fatalf("a plan with %s at %d of %d is taken", what, at, len(good))
		}
	}
	for at := range good {
		refuse(good[:at], "its end cut off", at)
		for bit := range 8 {
			wrong := bytes.Clone(good)
			wrong[at] ^= 1 << bit
			refuse(wrong, "a byte flipped", at)
		}
	}
	refuse(append(bytes.Clone(good), '\n'), "something added", len(good))
}

// A plan whose checksum is right and that is none all the same is refused, or can be shown: it never ends in a crash.
func TestSavedPlanThatIsNone(t *testing.T) {
	good, err := saved(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := bytes.Cut(good, []byte("\n"))
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.NewDecoder(z).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	refused, shown := 0, 0
	try := func() {
		var body bytes.Buffer
		z, _ := gzip.NewWriterLevel(&body, gzip.NoCompression)
		if err := errors.Join(json.NewEncoder(z).Encode(doc), z.Close()); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(body.Bytes())
		got, err := plans.DecodeSaved(append(fmt.Appendf(nil, "countersign plan %x\n", sum), body.Bytes()...))
		if err != nil {
			refused++
			return
		}
		shown++
		if err := text.Plan(io.Discard, got.Plan, text.Settings{}); err != nil {
			t.Fatal(err)
		}
		if _, err := viewjson.Plan(got.Plan); err != nil {
			t.Fatal(err)
		}
	}
	tried := map[string]bool{} // by path without numbers
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case []any:
			for i, was := range v {
				if !tried[at+"/"] {
					tried[at+"/"] = true
					v[i] = nil
					try()
					v[i] = was
				}
				walk(at+"/", was)
			}
		case map[string]any:
			for key, was := range v {
				at := at + "/" + key
				if !tried[at] {
					tried[at] = true
					for _, other := range []any{nil, "text", -7, []any{}, []any{nil}, map[string]any{}} {
						v[key] = other
						try()
					}
					delete(v, key)
					try()
					v[key] = was
				}
				walk(at, was)
			}
		}
	}
	walk("", doc)
	if refused == 0 || shown == 0 {
		t.Errorf("%d were refused and %d shown", refused, shown)
	}
}

// Values of sensitive outputs are not in the file, and a plan that would make something else of an output is told from
// it.
func TestSavedOutputs(t *testing.T) {
	list := []plans.OutputChange{
		{Name: "open", Action: plans.Update, Before: "a", After: "b"},
		{Name: "secret", Action: plans.Update, Before: "hush1", After: "hush2", Sensitive: true},
	}
	s := plans.Saved{Version: plans.SavedVersion, Plan: &plans.Plan{Outputs: reconcile.WithoutSecrets(list)}}
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := plans.DecodeSaved(data)
	if err != nil {
		t.Fatal(err)
	}
	want := []plans.OutputChange{list[0], {Name: "secret", Action: plans.Update, Sensitive: true}}
	if diff := cmp.Diff(want, got.Plan.Outputs); diff != "" || list[1].After != "hush2" {
		t.Error(diff)
	}
	for name, other := range map[string][]plans.OutputChange{
		"open": {{Name: "open", Action: plans.Update, Before: "a", After: "c"}, list[1]}, "more": {list[0],
			{Name: "more"}, list[1]},
		"secret": list[:1], "zz": append(list[:2:2], plans.OutputChange{Name: "zz"}),
	} {
		if got, same := reconcile.SameOutputs(want, other); same || got != name {
			t.Errorf("got %q, %v, want %q", got, same, name)
		}
	}
	if _, same := reconcile.SameOutputs(want, list); !same {
		t.Error("values of sensitive outputs are compared")
	}
}

// Whatever the bytes, reading them never panics.
func FuzzDecodeSaved(f *testing.F) {
	s := plans.Saved{Version: 1, Plan: &plans.Plan{Changes: []plans.Change{{Address: addr.Of("template.a"),
		After: &schema.Template{Title: "甲"}}}}}
	data, _ := s.Encode()
	f.Add(data)
	f.Add([]byte("countersign plan 00\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := plans.DecodeSaved(data); err == nil {
			if _, err := got.Encode(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
