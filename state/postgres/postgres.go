// Package postgres keeps states in a PostgreSQL database, several by name in one. Each version is kept under its
// serial. A state's row says which version is the present one, which journal goes with it, and who holds the lock,
// under a fencing number that rises whenever the lock changes hands. Every write is one statement that changes the row
// if serial and fence are as expected, so nothing depends on a session: poolers may stand between, and a holder that
// was declared dead writes nothing more. The package does not know what the texts say.
package postgres

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"countersign/providers/route"
	"countersign/state"
	"countersign/state/store"
)

// Options say where the state is. What they leave out comes from the environment variables that PostgreSQL's own
// clients read, such as PGHOST and PGPASSWORD.
type Options struct {
	Name               string   // of the state
	ConnStr            string   // a connection string, as key=value pairs or as a URL; "": the environment says all
	ConnStrKeys        []string // what the connection string may say; nil: anything, files of this machine too
	SchemaName         string
	SkipSchemaCreation bool // the schema is there, or nothing works
	SkipTableCreation  bool // and so are the tables
}

// Backend is one process that works on a state.
type Backend struct {
	Options
	pool    *pgxpool.Pool
	where   string
	secrets route.Secrets
	lease   time.Duration // how long a lock lasts after its holder was heard of last
	most    int64         // bytes that are read of a state or a journal
	pauses  func() backoff.BackOff
	reached atomic.Bool // the server has let this process in

	states, versions, journals string // the tables, as SQL has them

	mu   sync.Mutex
	held *held // the lock that Lock took; nil without one
}

const (
	callTimeout = 30 * time.Second // of one statement
	lease       = time.Minute
)

// New fails when the options cannot be used; nothing is sent yet.
func New(o Options) (*Backend, error) {
	c, err := pgxpool.ParseConfig("")
	if err != nil {
		return nil, fmt.Errorf("the environment of the state cannot be used: %w", err)
	}
	conn, err := pgx.ParseConfigWithOptions(o.ConnStr, pgx.ParseConfigOptions{
		ParseConfigOptions: pgconn.ParseConfigOptions{ConnStringAllowedKeys: o.ConnStrKeys}})
	if err != nil {
		return nil, fmt.Errorf("conn_str of the state cannot be used: %w", err)
	}
	// No statement is prepared under a name: behind a pooler, the next one may come to another session.
	conn.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn.Fallbacks = neverDowngraded(conn)
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = callTimeout / 3
	}
	table := func(name string) string { return pgx.Identifier{o.SchemaName, "countersign_" + name}.Sanitize() }
	b := &Backend{Options: o, secrets: route.NewSecrets([]string{conn.Password}, nil), lease: lease,
		most: state.MaxSize,
		where: fmt.Sprintf("postgres://%s/%s#%s.%s", net.JoinHostPort(conn.Host, strconv.Itoa(int(conn.Port))),
			conn.Database, o.SchemaName, o.Name),
		states: table("states"), versions: table("versions"), journals: table("journals"),
		pauses: func() backoff.BackOff {
			return &backoff.ExponentialBackOff{InitialInterval: 250 * time.Millisecond, RandomizationFactor: 0.5,
				Multiplier: 2, MaxInterval: 5 * time.Second}
		}}
	c.ConnConfig, c.MaxConns, c.MinConns, c.MaxConnIdleTime = conn, 4, 0, time.Minute
	c.AfterConnect = func(context.Context, *pgx.Conn) error {
		b.reached.Store(true)
		return nil
	}
	b.pool, err = pgxpool.NewWithConfig(context.Background(), c)
	return b, err
}

// neverDowngraded are the fallbacks of a connection, without those that would go on in clear where the server, or a
// proxy before it, does not want TLS. Within this machine that does no harm.
func neverDowngraded(c *pgx.ConnConfig) []*pgconn.FallbackConfig {
	var kept []*pgconn.FallbackConfig
	secure := map[string]bool{c.Host: c.TLSConfig != nil}
	for _, f := range c.Fallbacks {
		ip := net.ParseIP(f.Host)
		within := strings.HasPrefix(f.Host, "/") || f.Host == "localhost" || ip != nil && ip.IsLoopback()
		if f.TLSConfig != nil || within || !secure[f.Host] {
			kept = append(kept, f)
		}
		secure[f.Host] = secure[f.Host] || f.TLSConfig != nil
	}
	return kept
}

// Close closes the connections, which otherwise end with the process.
func (b *Backend) Close() { b.pool.Close() }

// Where implements store.Backend.
func (b *Backend) Where() store.Where {
	return store.Where{State: b.where, Journal: b.where + ", its journal"}
}

// Backup implements store.Backend.
func (b *Backend) Backup() string { return `what "countersign state history" lists` }

// head is the row of a state.
type head struct {
	serial          *int64 // nil: there is no state yet
	revision        string // tells versions of one serial apart
	journal, length int64  // the number of the journal, and of its entries; 0 entries: there is none
	fence           int64  // of the lock that was taken or released last
	held            bool   // the lock has not run out
	token           string // of the last write
}

// head reads the row; nil when there is none.
func (b *Backend) head(ctx context.Context) (*head, error) {
	all, err := read(ctx, b, func(row pgx.CollectableRow) (*head, error) {
		h := new(head)
		return h, row.Scan(&h.serial, &h.revision, &h.journal, &h.length, &h.fence, &h.held, &h.token)
	}, `SELECT serial, revision, journal, length, fence, expires IS NOT NULL AND expires > clock_timestamp(), token
FROM `+b.states+` WHERE name = $1`, b.Name)
	if len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

func versionOf(serial int64, revision string) store.Version {
	return store.Version(fmt.Sprintf("%d-%s", serial, revision))
}

// Load implements store.Backend. A version is its serial, and a random text that tells writes of one serial apart.
func (b *Backend) Load(ctx context.Context, known store.Version) ([]byte, store.Version, error) {
	type row struct {
		serial   int64
		revision string
		size     *int64
		text     []byte
	}
	all, err := read(ctx, b, func(r pgx.CollectableRow) (f row, err error) {
		return f, r.Scan(&f.serial, &f.revision, &f.size, &f.text)
	}, `SELECT s.serial, s.revision, octet_length(v.text), CASE WHEN s.serial || '-' || s.revision <> $2
	AND octet_length(v.text) <= $3 THEN v.text END
FROM `+b.states+` s LEFT JOIN `+b.versions+` v ON v.name = s.name AND v.serial = s.serial AND v.revision = s.revision
WHERE s.name = $1 AND s.serial IS NOT NULL`, b.Name, string(known), b.most)
	if err != nil || len(all) == 0 {
		return nil, "", err
	}
	found := all[0]
	switch {
	case found.size == nil:
		return nil, "", fmt.Errorf("%s: serial %d, the present one, is not in the table %s: put it back, or "+
			"write into %s another serial that is there, with its revision",
			b.where, found.serial, b.versions, b.states)
	case *found.size > b.most:
		return nil, "", fmt.Errorf("%s has %d bytes, and more than %d are not read", b.where, *found.size, b.most)
	}
	return found.text, versionOf(found.serial, found.revision), nil
}

// Replace implements store.Backend.
func (b *Backend) Replace(ctx context.Context, of state.Identity, text []byte, was store.Version) (
	store.Version, error) {
	var serial *int64
	var revision string
	if was != "" {
		before, after, _ := strings.Cut(string(was), "-")
		n, err := strconv.ParseInt(before, 10, 64)
		if err != nil {
			return "", store.ErrChanged
		}
		serial, revision = &n, after
	}
	token := uuid.NewString()
	err := b.write(ctx, token, `serial = $4, revision = $2`,
		`serial IS NOT DISTINCT FROM $5::bigint AND revision = $6`,
		`INSERT INTO `+b.versions+` (name, serial, revision, lineage, holder, text)
SELECT name, serial, revision, $7, holder, $8 FROM head`,
		int64(of.Serial), serial, revision, of.Lineage, text)
	if err != nil {
		return "", err
	}
	return versionOf(int64(of.Serial), token), nil
}

// History implements store.History.
func (b *Backend) History(ctx context.Context) ([]store.Former, error) {
	return read(ctx, b, func(row pgx.CollectableRow) (f store.Former, err error) {
		var serial int64
		var holder *string
		err = row.Scan(&serial, &f.Lineage, &f.Written, &holder)
		f.Serial, f.By = uint64(serial), infoIn(holder)
		return f, err
	}, `SELECT serial, lineage, written, holder FROM `+b.versions+` WHERE name = $1 ORDER BY serial DESC`, b.Name)
}

// Former implements store.History.
func (b *Backend) Former(ctx context.Context, serial uint64) ([]byte, error) {
	var size int64
	all, err := read(ctx, b, func(row pgx.CollectableRow) (text []byte, err error) {
		err = row.Scan(&size, &text)
		return text, err
	}, `SELECT octet_length(text), CASE WHEN octet_length(text) <= $3 THEN text END
FROM `+b.versions+` WHERE name = $1 AND serial = $2`, b.Name, int64(serial), b.most)
	switch {
	case err != nil || len(all) == 0:
		return nil, err
	case size > b.most:
		return nil, fmt.Errorf("%s has %d bytes, and more than %d are not read", b.where, size, b.most)
	}
	return all[0], nil
}
