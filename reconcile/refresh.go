package reconcile

import (
	"context"
	"time"

	"countersign/schema"
	"countersign/state"
)

// Drive is what the reconciler needs of a drive. Errors of Create, Update and Remove may have a method
// OutcomeUnknown() bool that tells a write that may have taken place from one that was refused.
type Drive interface {
	Catalogue(ctx context.Context) (schema.Catalogue, map[int64]schema.Person, error)
	Template(ctx context.Context, id, fileID int64) (schema.Live, map[int64]schema.Person, error)
	Templates(ctx context.Context, fileID int64) (schema.Listing, error)
	Children(ctx context.Context, folderID int64) ([]schema.Entry, error)
	Create(ctx context.Context, scopeID int64, t schema.Template) error
	Update(ctx context.Context, live schema.Live, t schema.Template) error
	Remove(ctx context.Context, id int64) error
}

// Settings bound a refresh or an apply.
type Settings struct {
	Parallelism int           // calls to the drive at once; default 10
	Events      func(Event)   // told of progress; called from one goroutine at a time; may be nil
	SettleWait  time.Duration // how long a lost write may take to show up in a list; default 2 s
}

// World is the live world as one refresh read it.
type World struct {
	Catalogue schema.Catalogue
	Listings  map[int64]schema.Listing // by scope id
	People    map[int64]schema.Person  // every name the drive told
	ScopeIDs  map[string]int64         // by address, those declared by path alone
	Paths     map[int64]string         // paths that were walked or checked, by scope id
}

// Refresh reads the live world: the catalogue once, the list of each declared scope and of each scope that the
// state or a pending intent names once. Any read that fails is an error, and then nothing must be concluded from
// the world returned.
func Refresh(ctx context.Context, d Drive, decl schema.Declaration, st state.State, pending []state.Intent, s Settings) (*World, schema.Diagnostics) {
	panic("not built")
}

// Facts are what expressions may refer to, from the world and the state.
func (w *World) Facts(st state.State) *schema.Facts { panic("not built") }
