package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"countersign/providers/route"
	"countersign/state/store"
)

// How often a statement is tried again: enough for a server to restart; only a little where it has never let this
// process in, because its address may be wrong.
const againReached, againUnreached = 8, 2

// try makes a statement again and again while the network or the server is at fault.
func (b *Backend) try(ctx context.Context, do func(context.Context) error) (err error) {
	n := 0
	_, stopped := route.Tries{Again: againReached, Pauses: b.pauses}.Do(ctx, func(ctx context.Context) route.Outcome {
		own, end := context.WithTimeout(ctx, callTimeout)
		defer end()
		err = do(own)
		n++
		again := transient(err) && ctx.Err() == nil && (n <= againUnreached || b.reached.Load())
		return route.Outcome{Err: err, Again: again}
	})
	return route.StoppedBy(err, stopped)
}

// transient reports whether the next try may succeed.
func transient(err error) bool {
	var refused *pgconn.PgError
	var dns *net.DNSError
	var ours *noTables
	switch {
	case errors.As(err, &ours):
		return false
	case errors.As(err, &refused):
		switch refused.Code {
		case "57P01", "57P02", "57P03", // it is shut down, or not up yet
			"40001", "40P01": // another was faster
			return true
		}
		class := refused.Code[:min(2, len(refused.Code))]
		return class == "08" || class == "53" // the connection; resources
	case errors.As(err, &dns) && dns.IsNotFound:
		return false
	}
	return true
}

// missing reports that a table is not there, or its schema.
func missing(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (refused.Code == "42P01" || refused.Code == "3F000")
}

// located adds to an error where the state is, and hides secrets.
func (b *Backend) located(err error) error {
	var ours *noTables
	if err == nil || errors.As(err, &ours) {
		return err
	}
	text := fmt.Sprintf("%s: %s", b.where, route.Line(b.secrets.Hide(err.Error()), 500))
	var refused *pgconn.PgError
	if errors.As(err, &refused) && strings.HasPrefix(refused.Code, "28") {
		text += "; give credentials that may do this in PGUSER and PGPASSWORD"
	}
	return &store.Failure{Shown: text, Cause: err}
}

// read collects the rows of an answer. Before the first write there are no tables, and so no rows.
func read[Row any](ctx context.Context, b *Backend, scan func(pgx.CollectableRow) (Row, error), sql string,
	args ...any) (all []Row, err error) {
	err = b.try(ctx, func(ctx context.Context) error {
		rows, err := b.pool.Query(ctx, sql, args...)
		if err == nil {
			all, err = pgx.CollectRows(rows, scan)
		}
		return err
	})
	if missing(err) {
		return nil, nil
	}
	return all, b.located(err)
}

// exec carries out a statement, after making the tables where they are not there, and returns how many rows it is
// about.
func (b *Backend) exec(ctx context.Context, sql string, args ...any) (n int64, err error) {
	err = b.try(ctx, func(ctx context.Context) error {
		done, err := b.pool.Exec(ctx, sql, args...)
		if missing(err) {
			if err = b.makeTables(ctx); err == nil {
				done, err = b.pool.Exec(ctx, sql, args...)
			}
		}
		n = done.RowsAffected()
		return err
	})
	return n, b.located(err)
}

// write changes the row of the state, and what belongs to it, in one statement: one transaction, and one round trip.
// set is the SQL that changes the row, is the condition on it. If this process took the lock, it must hold it still. If
// all that is so, then is carried out, with the row as head. $1 to $3 are name, token and fence, args from $4. If the
// row is otherwise, the error is store.ErrChanged. A statement that was sent twice, because its answer did not come, is
// carried out once: each changes what it demands, and the token in the row says which write was the last.
func (b *Backend) write(ctx context.Context, token, set, is, then string, args ...any) error {
	b.mu.Lock()
	var fence *int64
	if b.held != nil {
		fence = &b.held.fence
	}
	b.mu.Unlock()
	sql := `WITH durable AS MATERIALIZED (
	SELECT CASE WHEN current_setting('synchronous_commit') = 'off'
		THEN set_config('synchronous_commit', 'on', true) END),
head AS (
	UPDATE ` + b.states + ` SET token = $2, ` + set + `,
		expires = CASE WHEN $3::bigint IS NULL THEN expires ELSE ` + b.until() + ` END
	FROM durable WHERE name = $1 AND ($3::bigint IS NULL OR fence = $3 AND expires > clock_timestamp()) AND ` + is + `
	RETURNING ` + b.states + `.*)
` + then
	args = append([]any{b.Name, token, fence}, args...)
	for {
		n, err := b.exec(ctx, sql, args...)
		if err != nil || n > 0 {
			return err
		}
		h, err := b.head(ctx)
		switch {
		case err != nil:
			return err
		case h == nil:
			if _, err := b.exec(ctx, `INSERT INTO `+b.states+` (name) VALUES ($1) ON CONFLICT DO NOTHING`,
				b.Name); err != nil {
				return err
			}
		case h.token == token: // it was done, and the answer lost
			return nil
		case fence != nil && (h.fence != *fence || !h.held):
			return store.ErrLockLost
		default:
			return store.ErrChanged
		}
	}
}

// until is when a lock ends that was renewed just now. Only the server's clock counts.
func (b *Backend) until() string {
	return fmt.Sprintf("clock_timestamp() + interval '%d milliseconds'", b.lease.Milliseconds())
}

// tables is the SQL that makes the schema and the tables.
func (b *Backend) tables() (schema, tables string) {
	return `CREATE SCHEMA IF NOT EXISTS ` + pgx.Identifier{b.SchemaName}.Sanitize() + `;
`, `CREATE TABLE IF NOT EXISTS ` + b.states + ` (
  name text PRIMARY KEY,
  serial bigint,
  revision text NOT NULL DEFAULT '',
  journal bigint NOT NULL DEFAULT 0,
  length bigint NOT NULL DEFAULT 0,
  fence bigint NOT NULL DEFAULT 0,
  holder text,
  expires timestamptz,
  token text NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS ` + b.versions + ` (
  name text NOT NULL,
  serial bigint NOT NULL,
  revision text NOT NULL,
  lineage text NOT NULL,
  written timestamptz NOT NULL DEFAULT clock_timestamp(),
  holder text,
  text bytea NOT NULL,
  PRIMARY KEY (name, serial)
);
CREATE TABLE IF NOT EXISTS ` + b.journals + ` (
  name text NOT NULL,
  journal bigint NOT NULL,
  position bigint NOT NULL,
  entries bytea[] NOT NULL,
  PRIMARY KEY (name, journal, position)
);
`
}

// noTables says why there are no tables, and what makes them.
type noTables struct{ error }

// makeTables makes schema and tables, as far as that is allowed; where it is not, the error has the SQL that does.
func (b *Backend) makeTables(ctx context.Context) error {
	var there bool
	if err := b.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)`,
		b.SchemaName).Scan(&there); err != nil {
		return err
	}
	schema, tables := b.tables()
	need := schema + tables
	if there {
		need = tables
	}
	var refused *pgconn.PgError
	because := "skip_table_creation says so"
	switch {
	case b.SkipTableCreation:
	case !there && b.SkipSchemaCreation:
		because = "skip_schema_creation says so"
	default:
		// It is one transaction. A second process waits, and then finds everything made; or it fails because its
		// session did not know that yet, and tries again.
		_, err := b.pool.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('countersign'));
`+need, pgx.QueryExecModeSimpleProtocol)
		if errors.As(err, &refused) && refused.Code == "23505" {
			_, err = b.pool.Exec(ctx, need, pgx.QueryExecModeSimpleProtocol)
		}
		if !errors.As(err, &refused) || refused.Code != "42501" {
			return err
		}
		because = refused.Message
	}
	return &noTables{fmt.Errorf("%s: the tables that states are kept in are not there yet, and are not made: %s. "+
		"Have them made by somebody who may, and let this user SELECT, INSERT, UPDATE and DELETE in them:\n\n%s",
		b.where, because, need)}
}
