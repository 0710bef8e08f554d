package reconcile_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// lavish is a drive that gives a list of 64 MiB for every folder: one text, many times, so that the test itself is
// small.
type lavish struct {
	*drive
	lists atomic.Int64
}

func (d *lavish) Templates(_ context.Context, id int64) (schema.Listing, error) {
	d.lists.Add(1)
	return schema.Listing{Templates: []schema.Live{{ID: id, ScopeID: id, Opaque: strings.Repeat("x", 1<<20)},
		{ID: id + 1000, ScopeID: id, Opaque: lavishly}}}, nil
}

var lavishly = strings.Repeat("x", 63<<20)

// Lists that are each bearable and together are not end the run.
func TestListsTooLargeTogether(t *testing.T) {
	var decl schema.Declaration
	for id := int64(1); id <= 100; id++ {
		decl.Scopes = append(decl.Scopes, schema.Scope{Address: addr.Of(fmt.Sprintf("folder.f%d", id)),
			Kind: schema.ScopeFolder, ID: id})
	}
	d := &lavish{drive: &drive{}}
	w, diags := world.Refresh(t.Context(), d, decl, state.State{}, nil, world.Settings{Parallelism: 4})
	if !diags.HasErrors() || !strings.Contains(diags[0].Detail, "the drive's lists are too large together") ||
		len(w.Listings) != 0 {
		t.Errorf("%d lists, %v", len(w.Listings), diags)
	}
	if n := d.lists.Load(); n > 8+1+4 {
		t.Errorf("%d lists were read", n)
	}
	d = &lavish{drive: &drive{}}
	decl.Scopes = decl.Scopes[:7]
	if w, diags := world.Refresh(t.Context(), d, decl, state.State{}, nil,
		world.Settings{}); diags.HasErrors() || len(w.Listings) != 7 {
		t.Errorf("%d lists, %v", len(w.Listings), diags)
	}
}

// parts is a drive whose folders are listed in part.
type parts struct {
	*drive
	partly bool
}

func (d parts) Children(context.Context, int64) ([]schema.Entry, error) { return nil, partly(d.partly) }

type partly bool

func (partly) Error() string      { return "list-dir: no whole list" }
func (p partly) Incomplete() bool { return bool(p) }

// A folder that cannot be listed is a warning where its id is known; one that is listed in part ends the run: lists of
// templates may be cut in the same way.
func TestFoldersListedInPart(t *testing.T) {
	decl := schema.Declaration{Scopes: []schema.Scope{{Address: addr.Of("folder.f"), Kind: schema.ScopeFolder, ID: 71,
		Path: "公司文件/合同"}}}
	for _, part := range []bool{false, true} {
		w, diags := world.Refresh(t.Context(), parts{&drive{}, part}, decl, state.State{}, nil, world.Settings{})
		if diags.HasErrors() != part || len(w.Warnings) == 0 && !part {
			t.Errorf("%t: %v, %v", part, diags, w.Warnings)
		}
	}
}
