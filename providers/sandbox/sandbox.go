// Package sandbox stands in for all vendors. The drive, DingTalk and Tencent's e-sign answer under their documented
// paths, on one port or inside the process, and keep what they are given in an embedded database. Each vendor is a
// package of its own below; none shares code with the clients in the sibling folders, so that client and sandbox can
// disagree. What only tests may do to a sandbox is in sandboxtest.
package sandbox

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"countersign/providers/sandbox/dingtalk"
	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/esign"
	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"
)

// Options say where the data is kept and what goes wrong.
type Options struct {
	Path, Folder string // see store.Options
	Faults       faults.Settings
	// Clock is what DingTalk and Tencent use for what expires and for calls in a second; nil is the machine's.
	Clock func() time.Time
}

// Sandbox is one world of all vendors. It is safe for use by many goroutines.
type Sandbox struct {
	shared   *server.Shared
	drive    *drive.Server
	dingtalk *dingtalk.Server
	esign    *esign.Server
}

// Open opens or makes the database; a new one holds the example world of the vendor's document, with random tokens
// that stay the same from then on. See store.Open for what it refuses.
func Open(o Options) (*Sandbox, error) {
	shared := &server.Shared{Clock: o.Clock}
	if shared.Clock == nil {
		shared.Clock = time.Now
	}
	if err := shared.Faults.Set(o.Faults); err != nil {
		return nil, err
	}
	layout := records.Layout
	layout.Later = slices.Concat(layout.Later, dingtalk.Buckets)
	var err error
	if shared.Store, err = store.Open(store.Options{Path: o.Path, Folder: o.Folder}, layout); err != nil {
		return nil, err
	}
	s := &Sandbox{shared: shared}
	if err := s.openVendors(); err != nil {
		shared.Store.Close()
		return nil, fmt.Errorf("open the sandbox database %s: %w", shared.Store.Path(), err)
	}
	return s, nil
}

func (s *Sandbox) openVendors() (err error) {
	if s.drive, err = drive.New(s.shared); err != nil {
		return err
	}
	if err = s.shared.Store.Write(s.readSecret); err != nil {
		return err
	}
	s.esign = esign.New(s.shared)
	s.dingtalk, err = dingtalk.New(s.shared)
	return err
}

// readSecret reads the key that signs addresses, or makes it.
func (s *Sandbox) readSecret(t store.Tx) error {
	if !t.Get(store.MetaBucket, []byte("secret"), &s.shared.Secret) {
		s.shared.Secret = store.NewToken() + store.NewToken()
		t.Put(store.MetaBucket, []byte("secret"), s.shared.Secret)
	}
	return nil
}

// Close closes the database once the calls under way have ended; calls made later are answered with HTTP 500.
func (s *Sandbox) Close() error { return s.shared.Store.Close() }

// Shared is what all vendors use; it is exported for sandboxtest.
func (s *Sandbox) Shared() *server.Shared { return s.shared }

// Handler serves every documented path of all vendors. A path that is neither DingTalk's nor Tencent's is the drive's.
func (s *Sandbox) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case dingtalk.Serves(r):
			s.dingtalk.ServeHTTP(w, r)
		case esign.Serves(r):
			s.esign.ServeHTTP(w, r)
		default:
			s.drive.ServeHTTP(w, r)
		}
	})
}

// Transport carries requests to the handler inside the process; see server.Transport.
func (s *Sandbox) Transport() http.RoundTripper { return server.Transport(s.Handler()) }

// Serve answers calls on a listener of server.Listen until ctx ends; see server.Serve.
func (s *Sandbox) Serve(ctx context.Context, ln net.Listener) error {
	return server.Serve(ctx, ln, s.Handler(), func(r *http.Request) bool {
		return !dingtalk.Serves(r) && esign.CalledByName(r)
	})
}

// Tokens lists the drive's users with their tokens; see drive.Server.Tokens.
func (s *Sandbox) Tokens() []records.StoredUser { return s.drive.Tokens() }

// Credentials are what clients of the sandbox's DingTalk and Tencent need. They are the same in every sandbox, and are
// good for nothing else. Those of the drive are Tokens.
type Credentials struct {
	DingTalk dingtalk.Credentials
	Tencent  esign.Credentials
}

// Credentials returns those of this sandbox, to be printed.
func (s *Sandbox) Credentials() Credentials { return Credentials{dingtalk.Known, esign.Known} }
