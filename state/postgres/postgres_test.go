//go:build !quick

package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/internal/parallel"
	"countersign/providers/route"
	"countersign/state"
	"countersign/state/postgres/postgrestest"
	"countersign/state/statetest"
	"countersign/state/store"
)

var ctx = context.Background()

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sql carries out statements as the user postgres.
func sql(t *testing.T, s *postgrestest.Server, text string) {
	t.Helper()
	t.Setenv("PGPASSWORD", postgrestest.Password)
	c, err := pgx.Connect(ctx, s.ConnStr())
	must(t, err)
	defer c.Close(ctx)
	_, err = c.Exec(ctx, text, pgx.QueryExecModeSimpleProtocol)
	must(t, err)
}

func info(id string) store.LockInfo {
	return store.LockInfo{ID: id, Operation: "apply", Who: "me@here"}
}

var of = state.Identity{Lineage: "l", Serial: 1}

// TestTenWriters: also where they make the tables first, and through a pooler with fewer connections than they are.
func TestTenWriters(t *testing.T) {
	server := postgrestest.Shared(t)
	for name, port := range map[string]int{"direct": server.Port, "pooled": server.Bouncer(t)} {
		t.Run(name, func(t *testing.T) {
			open := place(t, postgrestest.ConnStr(port), nil)
			statetest.OneOfTen(t, func() store.Backend { return open() })
		})
	}
}

// TestSleeper: who sleeps past the end of its lock writes nothing more when it wakes, whether another has taken the
// lock or not, and no heart-beat brings it back.
func TestSleeper(t *testing.T) {
	for _, taken := range []bool{false, true} {
		t.Run(fmt.Sprint("taken ", taken), func(t *testing.T) {
			open := place(t, postgrestest.Shared(t).ConnStr(), func(b *Backend) { b.lease = 400 * time.Millisecond })
			sleeper, other := open(), open()
			must(t, sleeper.Lock(ctx, info("sleeper")))
			v, err := sleeper.Replace(ctx, of, []byte("one"), "")
			must(t, err)
			j, err := sleeper.ReplaceJournal(ctx, [][]byte{[]byte("first")})
			must(t, err)
			var locked *store.LockedError
			if err := other.Lock(ctx, info("other")); !errors.As(err, &locked) || locked.Ends <= 0 ||
				!strings.Contains(err.Error(), "ends by itself in 1s") {
				t.Errorf("the lock is told as %v", err)
			}
			time.Sleep(2 * sleeper.lease)
			if err := other.Locked(ctx); !errors.As(err, &locked) {
				t.Errorf("heart-beats do not keep the lock: %v", err)
			}

			sleeper.held.stop()
			if _, err := store.New(other, nil).Lock(ctx, info("other"), time.Minute); err != nil {
				t.Fatal(err)
			}
			if !taken {
				must(t, other.Unlock(ctx))
			}
			sleeper.hold(&holder{fence: sleeper.held.fence}) // it wakes
			time.Sleep(2 * sleeper.lease)
			_, replacing := sleeper.Replace(ctx, state.Identity{Lineage: "l", Serial: 2}, []byte("two"), v)
			_, starting := sleeper.ReplaceJournal(ctx, [][]byte{[]byte("second")})
			_, removing := sleeper.ReplaceJournal(ctx, nil)
			for _, err := range []error{replacing, starting, removing, j.Append(ctx, [][]byte{[]byte("x")}, true)} {
				if !errors.Is(err, store.ErrLockLost) {
					t.Errorf("the sleeper writes: %v", err)
				}
			}
			if text, _, err := other.Load(ctx, ""); string(text) != "one" || err != nil {
				t.Errorf("%q, %v", text, err)
			}
			must(t, sleeper.Unlock(ctx))
			if err := other.Locked(ctx); errors.As(err, &locked) != taken {
				t.Errorf("the sleeper has given back another's lock: %v", err)
			}
		})
	}
}

// TestSleeperAlone: a lock that ran out is lost, also while nobody has taken it since: others were told that it is
// free.
func TestSleeperAlone(t *testing.T) {
	open := place(t, postgrestest.Shared(t).ConnStr(), func(b *Backend) { b.lease = 200 * time.Millisecond })
	b := open()
	must(t, b.Lock(ctx, info("sleeper")))
	b.held.stop()
	for b.Locked(ctx) != nil {
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := b.Replace(ctx, of, []byte("one"), ""); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("the sleeper writes: %v", err)
	}
}

// TestRestart: a server that is killed and started again between two calls, or is away for a while during one, loses
// nothing, and the run goes on.
func TestRestart(t *testing.T) {
	server := postgrestest.Start(t)
	open := place(t, server.ConnStr(), nil)
	b := open()
	b.pauses = route.Pauses // long enough for a server to start
	must(t, b.Lock(ctx, info("run")))
	v, err := b.Replace(ctx, of, []byte("one"), "")
	must(t, err)
	server.Control(t, "-m", "immediate", "restart")
	j, err := b.ReplaceJournal(ctx, [][]byte{[]byte("first")})
	must(t, err)
	server.Control(t, "-m", "immediate", "stop")
	appended := make(chan error, 1)
	go func() { appended <- j.Append(ctx, [][]byte{[]byte("second")}, true) }()
	time.Sleep(500 * time.Millisecond)
	server.Control(t, "start")
	must(t, <-appended)
	if _, err := b.Replace(ctx, state.Identity{Lineage: "l", Serial: 2}, []byte("two"), v); err != nil {
		t.Error(err)
	}
	must(t, b.Unlock(ctx))
	other := open()
	text, _, err := other.Load(ctx, "")
	kept, _, failed := other.Journal(ctx)
	if err != nil || failed != nil || string(text) != "two" || string(bytes.Join(kept, []byte(" "))) != "first second" {
		t.Errorf("%q, %v, %v, %v", text, kept, err, failed)
	}
}

// TestNames: states of several names in one schema do not touch each other.
func TestNames(t *testing.T) {
	open := place(t, postgrestest.Shared(t).ConnStr(), nil)
	a, b := open(), open()
	b.Name = "other"
	must(t, a.Lock(ctx, info("a")))
	must(t, b.Lock(ctx, info("b")))
	for _, one := range []*Backend{a, b} {
		_, err := one.Replace(ctx, of, []byte(one.Name), "")
		must(t, err)
		_, err = one.ReplaceJournal(ctx, [][]byte{[]byte(one.Name)})
		must(t, err)
	}
	_, err := a.ReplaceJournal(ctx, nil)
	must(t, err)
	text, _, err := b.Load(ctx, "")
	entries, _, failed := b.Journal(ctx)
	if err != nil || failed != nil || string(text) != "other" || len(entries) != 1 || string(entries[0]) != "other" {
		t.Errorf("%q, %q, %v, %v", text, entries, err, failed)
	}
	must(t, a.Unlock(ctx))
	must(t, b.Unlock(ctx))
}

// TestTablesNotAllowed: who may not make tables is shown the SQL, and it is that which makes them. Reading makes none.
func TestTablesNotAllowed(t *testing.T) {
	server := postgrestest.Shared(t)
	sql(t, server, `CREATE ROLE pipeline LOGIN PASSWORD '`+postgrestest.Password+`'`)
	asPipeline := strings.Replace(server.ConnStr(), "user=postgres", "user=pipeline", 1)
	for name, change := range map[string]func(*Backend){
		"no right":  nil,
		"no schema": func(b *Backend) { b.SkipSchemaCreation = true },
		"no table":  func(b *Backend) { b.SkipTableCreation = true },
	} {
		t.Run(name, func(t *testing.T) {
			connStr := asPipeline
			if change != nil { // though it could
				connStr = server.ConnStr()
			}
			b := place(t, connStr, change)()
			if text, v, err := b.Load(ctx, ""); text != nil || v != "" || err != nil {
				t.Errorf("%q, %q, %v", text, v, err)
			}
			err := b.Lock(ctx, info("a"))
			if err == nil || !strings.Contains(err.Error(), "CREATE TABLE IF NOT EXISTS") {
				t.Fatalf("it is told as %v", err)
			}
			_, statements, _ := strings.Cut(err.Error(), "\n\n")
			sql(t, server, statements+`GRANT USAGE ON SCHEMA `+b.SchemaName+` TO pipeline;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA `+b.SchemaName+` TO pipeline`)
			must(t, b.Lock(ctx, info("a")))
			_, err = b.Replace(ctx, of, []byte("one"), "")
			must(t, err)
			must(t, b.Unlock(ctx))
		})
	}
}

// TestErrors: what is refused is told in the server's words, without the password, and is never an empty state.
func TestErrors(t *testing.T) {
	server := postgrestest.Shared(t)
	place(t, "", nil)
	refused := func(connStr, says string) {
		t.Helper()
		b, err := New(Options{Name: "a", SchemaName: "x", ConnStr: connStr})
		if err == nil {
			defer b.Close()
			_, _, err = b.Load(ctx, "")
		}
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter2") ||
			strings.Contains(err.Error(), postgrestest.Password) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q is refused with %v, not with %q", connStr, err, says)
		}
	}
	refused(server.ConnStr()+" password=hunter2", "password authentication failed")
	refused(server.ConnStr()+" password=hunter2", "give credentials that may do this in PGUSER and PGPASSWORD")
	refused("postgres://postgres:hunter2@127.0.0.1:1/postgres?sslmode=disable", "connection refused")
	refused("postgres://postgres:hunter2@127.0.0.1:port/postgres", "conn_str of the state cannot be used")
	refused(server.ConnStr()+" dbname=nowhere", `database "nowhere" does not exist`)
	refused("password=hunter2 servicefile", "conn_str of the state cannot be used")

	open := place(t, server.ConnStr(), nil)
	b := open()
	_, err := b.Replace(ctx, of, []byte("one"), "")
	must(t, err)
	sql(t, server, `DELETE FROM `+b.versions)
	if _, _, err := open().Load(ctx, ""); err == nil ||
		!strings.Contains(err.Error(), "serial 1, the present one, is not in") {
		t.Errorf("a version that was deleted is told as %v", err)
	}
	_, err = b.ReplaceJournal(ctx, [][]byte{[]byte("first")})
	must(t, err)
	sql(t, server, `DELETE FROM `+b.journals)
	if _, _, err := open().Journal(ctx); err == nil || !strings.Contains(err.Error(), "0 entries") {
		t.Errorf("a journal that was deleted is told as %v", err)
	}
	sql(t, server, `ALTER TABLE `+b.states+` RENAME revision TO other`)
	if _, _, err := open().Load(ctx, ""); err == nil || !strings.Contains(err.Error(), "revision does not exist") {
		t.Errorf("another table by that name is told as %v", err)
	}
}

// TestDurable: a server that answers before it has written to its disk does not do so for a state.
func TestDurable(t *testing.T) {
	server := postgrestest.Shared(t)
	b := place(t, server.ConnStr(), nil)()
	_, err := b.ReplaceJournal(ctx, nil)
	must(t, err)
	_, err = b.Replace(ctx, of, []byte("one"), "")
	must(t, err)
	sql(t, server, `CREATE TABLE `+b.SchemaName+`.seen (setting text);
CREATE FUNCTION `+b.SchemaName+`.look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO `+b.SchemaName+`.seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;
CREATE TRIGGER look BEFORE UPDATE ON `+b.states+` FOR EACH ROW EXECUTE FUNCTION `+b.SchemaName+`.look()`)
	careless, err := New(Options{Name: b.Name, SchemaName: b.SchemaName,
		ConnStr: server.ConnStr() + " options='-c synchronous_commit=off'"})
	must(t, err)
	defer careless.Close()
	_, err = careless.ReplaceJournal(ctx, [][]byte{[]byte("first")})
	must(t, err)
	seen, err := read(ctx, b, pgx.RowTo[string], `SELECT setting FROM `+b.SchemaName+`.seen`)
	if err != nil || len(seen) != 1 || seen[0] != "on" {
		t.Errorf("a write is made with synchronous_commit %v, %v", seen, err)
	}
}

// TestTooLong: a state or a journal that has more bytes than are read is an error, and not cut.
func TestTooLong(t *testing.T) {
	open := place(t, postgrestest.Shared(t).ConnStr(), func(b *Backend) { b.most = 10 })
	b := open()
	v, err := b.Replace(ctx, of, []byte("0123456789"), "")
	must(t, err)
	j, err := b.ReplaceJournal(ctx, [][]byte{[]byte("0123")})
	must(t, err)
	must(t, j.Append(ctx, [][]byte{[]byte("4"), []byte("56789")}, true))
	if text, _, err := open().Load(ctx, ""); string(text) != "0123456789" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if entries, _, err := open().Journal(ctx); len(entries) != 3 || err != nil {
		t.Errorf("%q, %v", entries, err)
	}
	must(t, j.Append(ctx, [][]byte{[]byte("x")}, true))
	_, err = b.Replace(ctx, state.Identity{Lineage: "l", Serial: 2}, []byte("0123456789x"), v)
	must(t, err)
	_, _, loading := open().Load(ctx, "")
	_, _, reading := open().Journal(ctx)
	_, restoring := open().Former(ctx, 2)
	for _, err := range []error{loading, reading, restoring} {
		if err == nil || !strings.Contains(err.Error(), "has 11 bytes, and more than 10 are not read") {
			t.Errorf("11 bytes: %v", err)
		}
	}
}

// TestBatched: what is noted while a call is under way is one row, and one round trip.
func TestBatched(t *testing.T) {
	server := postgrestest.Shared(t)
	open := place(t, postgrestest.ConnStr(server.Faulty(t, statetest.NewFaults(1, 3).Next)), nil)
	b := open()
	s := store.New(b, nil)
	var wg parallel.Group
	const notes = 60
	for n := range notes {
		wg.Go(func() {
			if _, err := s.Begin(ctx, []state.Intent{{Op: state.OpRemove, ID: int64(n + 1), ScopeID: 7}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	rows, err := read(ctx, b, pgx.RowTo[int64], `SELECT count(*) FROM `+b.journals)
	if err != nil || rows[0] > notes/3 {
		t.Errorf("%d notes at once took %v writes, %v", notes, rows, err)
	}
	_, pending, err := store.New(open(), nil).Read(ctx)
	if err != nil || len(pending) != notes {
		t.Errorf("%d are pending, %v", len(pending), err)
	}
}
