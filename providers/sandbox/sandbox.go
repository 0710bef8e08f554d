// Package sandbox is a drive in a box: it serves the vendors' documented HTTP interfaces, statefully, from an
// embedded database, with the documents' checks and error codes. It shares no code with the clients in the
// sibling folders, so that the two can disagree.
package sandbox

import (
	"net/http"
	"time"
)

// Options say where the data is kept and which faults to make.
type Options struct {
	Path   string // database file; "" keeps the data in a temporary file that Close removes
	Faults Faults
}

// Faults are what the sandbox does wrong on demand.
type Faults struct {
	Latency   time.Duration // added to each call
	ErrorRate float64       // 0..1: share of calls answered with HTTP 500 and an HTML page, not carried out
	LostRate  float64       // 0..1: share of calls carried out whose connection is then cut without an answer
	Seed      uint64        // the same seed gives the same faults for the same calls
}

// Sandbox is one drive.
type Sandbox struct{}

// Open opens or makes the database; a new one holds the example world of the vendor's document.
func Open(o Options) (*Sandbox, error) { panic("not built") }

// Close closes the database.
func (s *Sandbox) Close() error { panic("not built") }

// Handler serves every documented path.
func (s *Sandbox) Handler() http.Handler { panic("not built") }

// Transport carries requests to the handler inside the process, without a socket.
func (s *Sandbox) Transport() http.RoundTripper { panic("not built") }

// Token is a user's token as the sandbox prints it.
type Token struct {
	UserID             int64
	Username, Realname string
	Role               string // "super administrator", "folder administrator", "user"
	Token              string
}

// Tokens lists the users and their tokens, the super administrator's first.
func (s *Sandbox) Tokens() []Token { panic("not built") }
