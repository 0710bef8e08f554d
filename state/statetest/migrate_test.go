//go:build unix && !quick

package statetest_test

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/state/httpstate"
	"countersign/state/httpstate/httpstatetest"
	"countersign/state/local"
	"countersign/state/postgres"
	"countersign/state/postgres/postgrestest"
	"countersign/state/s3"
	"countersign/state/s3/s3test"
	"countersign/state/seal"
	"countersign/state/store"
)

const identity = "AGE-SECRET-KEY-16VHRKQFQ64L9ENA6ZTQYSLRDFFGFEQRYN4N26AWHPTE9J4XL5S3Q9KHTZH" // for tests alone

// TestMigrate moves a state, with a write of an interrupted run, from every kind of place to every other, encrypted and
// not, and back again.
func TestMigrate(t *testing.T) {
	t.Setenv("PGPASSWORD", postgrestest.Password)
	database, bucket := postgrestest.Shared(t), s3test.Start(t)
	server := httptest.NewServer(httpstatetest.New())
	defer server.Close()
	folder := t.TempDir()
	places := map[string]func(name string) (store.Backend, error){
		"local": func(name string) (store.Backend, error) {
			return local.New(filepath.Join(folder, name+".json")), nil
		},
		"http": func(name string) (store.Backend, error) {
			return httpstate.New(httpstate.Options{Address: server.URL + "/" + name,
				LockAddress: server.URL + "/" + name + "/lock"}, nil)
		},
		"postgres": func(name string) (store.Backend, error) {
			return postgres.New(postgres.Options{Name: name, SchemaName: "migrate", ConnStr: database.ConnStr()})
		},
		"s3": func(name string) (store.Backend, error) {
			return s3.New(s3.Options{Bucket: s3test.Bucket, Key: name, Region: "us-east-1", Endpoint: bucket.Address,
				UsePathStyle: true, AccessKeyID: s3test.AccessKey, SecretAccessKey: s3test.SecretKey}, nil)
		},
	}
	for from, old := range places {
		for to, next := range places {
			t.Run(from+" to "+to, func(t *testing.T) {
				ctx := t.Context()
				name := uuid.NewString()
				open := func(kind string, place func(string) (store.Backend, error), sealed bool) func() *store.Store {
					return func() *store.Store {
						b, err := place(fmt.Sprint(kind, name))
						if err != nil {
							t.Fatal(err)
						}
						if p, is := b.(*postgres.Backend); is {
							t.Cleanup(p.Close)
						}
						c, err := seal.New(seal.Keys{Sealed: sealed, Identity: identity})
						if err != nil {
							t.Fatal(err)
						}
						return store.New(b, c)
					}
				}
				a, b := open("old", old, len(from) > len(to)), open("new", next, len(to) > len(from))
				s := a()
				in, err := s.Begin(ctx, []state.Intent{
					{Op: state.OpCreate, Address: addr.Of("template.a"), ScopeID: 7,
						Wants: &schema.Template{Title: "a"}},
					{Op: state.OpCreate, Address: addr.Of("template.b"), ScopeID: 7,
						Wants: &schema.Template{Title: "b"}}})
				if err == nil {
					err = s.Settle(ctx, []state.Outcome{{Seq: in[0].Seq, Done: true, ID: 5}})
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, way := range [][2]func() *store.Store{{a, b}, {b, a}} {
					from, to := way[0](), way[1]()
					var unlocks []func() error
					for _, s := range []*store.Store{from, to} {
						unlock, err := s.Lock(ctx,
							store.LockInfo{ID: uuid.NewString(), Who: "me@here", Created: time.Now()}, 0)
						if err != nil {
							t.Fatal(err)
						}
						unlocks = append(unlocks, unlock)
					}
					st, pending, moved, err := to.Migrate(ctx, from,
						store.LockInfo{Who: "me@here", Created: time.Now()})
					if err != nil || !moved || len(st.Bindings) != 1 || pending != 1 {
						t.Fatalf("%+v, %d pending, %v, %v", st, pending, moved, err)
					}
					if _, _, err := way[0]().Read(ctx); err == nil {
						t.Error("the old place can still be used")
					}
					st, left, err := way[1]().Read(ctx)
					if err != nil || len(st.Bindings) != 1 || st.Bindings[0].ID != 5 || len(left) != 1 ||
						left[0].Address.String() != "template.b" {
						t.Errorf("%+v, %+v, %v", st, left, err)
					}
					for _, unlock := range unlocks {
						if err := unlock(); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
	}
}
