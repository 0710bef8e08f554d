package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
)

// serveAll answers for all three vendors on one port, told apart by path: DingTalk's interfaces begin with a version,
// its uploads go to a bucket, Tencent's are all POST /, and what is left is the drive's.
func (s *Sandbox) serveAll(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch {
	case dingtalkVersion.MatchString(path) || r.Header.Get(dingtalkTokenHeader) != "":
		s.serveDingTalk(w, r)
	case strings.HasPrefix(path, "/"+ossBucket+"/"):
		s.serveOSS(w, r)
	case path == "/" && (r.Method == http.MethodPost || r.Header.Get("X-TC-Action") != ""):
		s.serveTencent(w, r)
	case strings.HasPrefix(path, contractPath):
		s.serveContract(w, r)
	default:
		s.serve(w, r)
	}
}

// vendorError is an answer other than done in the shape of DingTalk, OSS or Tencent. Nothing was changed.
type vendorError interface {
	error
	vendorError()
}

// transact runs do in a transaction. A vendor's error that do returns spoils nothing for others who write at the same
// time, so do must make its checks before its first change. A damaged page, which bbolt meets with a panic or a fault,
// becomes an error.
func (s *Sandbox) transact(writes bool, do func(txn) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the database is damaged, or the sandbox has a mistake: %v", r)
		}
	}()
	run := s.store.read
	if writes {
		run = s.store.write
	}
	var refused error
	err = run(func(t txn) error {
		err := do(t)
		if known := vendorError(nil); errors.As(err, &known) {
			refused = err
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	return refused
}

// origin is how the client that sent r can reach the sandbox for the addresses in an answer. Over a socket it is that
// socket's own end, because the Host header may be a vendor's; inside the process it is what the client wrote.
func origin(r *http.Request) string {
	if r.URL.Host != "" {
		return r.URL.Scheme + "://" + r.URL.Host
	}
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		host = local.String()
	}
	return scheme + "://" + host
}

// hostOf is the host that the client meant.
func hostOf(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	return r.URL.Host
}
