package postgres

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestNeverDowngraded: where TLS is tried first, nothing goes on in clear, but for within this machine.
func TestNeverDowngraded(t *testing.T) {
	for connStr, want := range map[string]string{
		"host=db.example.com sslmode=prefer":               "",
		"host=db.example.com sslmode=require":              "",
		"host=db.example.com sslmode=disable":              "",
		"host=a.example.com,b.example.com sslmode=prefer":  "b.example.com:true",
		"host=a.example.com,b.example.com sslmode=disable": "b.example.com:false",
		"host=localhost sslmode=prefer":                    "localhost:false",
		"host=127.0.0.1 sslmode=prefer":                    "127.0.0.1:false",
		"host=db.example.com sslmode=allow":                "db.example.com:true",
	} {
		c, err := pgx.ParseConfig(connStr)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range neverDowngraded(c) {
			if got += fmt.Sprintf(" %s:%t", f.Host, f.TLSConfig != nil); got[0] == ' ' {
				got = got[1:]
			}
		}
		if got != want {
			t.Errorf("%s goes on to %q, not %q", connStr, got, want)
		}
	}
}

// TestFilesOfOthers: a connection string of a configuration names no file and no service of the machine.
func TestFilesOfOthers(t *testing.T) {
	for _, key := range []string{"sslkey", "sslrootcert", "passfile", "service", "servicefile", "options"} {
		b, err := New(Options{Name: "a", SchemaName: "x", ConnStr: "host=h " + key + "=/etc/passwd",
			ConnStrKeys: []string{"host", "dbname"}})
		if err == nil {
			b.Close()
			t.Errorf("%s is taken", key)
		}
	}
}
