package reconcile_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/reconcile"
	"countersign/schema"
)

// saved is a plan of every kind of change, saved.
func saved(t *testing.T) reconcile.Saved {
	g := world{random(t)}
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
	return reconcile.Saved{Version: reconcile.SavedVersion, Writer: "v1", Config: ".", Declare: reconcile.FingerprintOf(decl), Lineage: "l", Serial: 3, Plan: p}
}

func TestSavedPlanIsAValue(t *testing.T) {
	for range 50 {
		want := saved(t)
		data, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := reconcile.DecodeSaved(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := got.Encode()
		if err != nil || !bytes.Equal(data, again) {
			t.Fatalf("%v: a plan that was read is written otherwise", err)
		}
		if diff := cmp.Diff(told(want.Plan), told(got.Plan)); diff != "" {
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
		{"only a beginning", good[:20], "it is cut off"},
		{"half", good[:len(good)/2], "does not agree with its checksum"},
		{"damaged", flipped, "does not agree with its checksum"},
		{"newer", newer, "format version 99, written by countersign v1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := reconcile.DecodeSaved(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v does not say %q", err, tt.want)
			}
		})
	}
}

// Whatever the bytes, reading them never panics.
func FuzzDecodeSaved(f *testing.F) {
	s := reconcile.Saved{Version: 1, Plan: &reconcile.Plan{Changes: []reconcile.Change{{Address: "template.a", After: &schema.Template{Title: "甲"}}}}}
	data, _ := s.Encode()
	f.Add(data)
	f.Add([]byte("countersign plan 00\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := reconcile.DecodeSaved(data); err == nil {
			if _, err := got.Encode(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
