package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"
)

// serveAll answers for all three vendors on one port, told apart by path: DingTalk's interfaces begin with a version,
// its uploads go to a bucket, Tencent's are all POST /, and what is left is the drive's.
func (s *Sandbox) serveAll(w http.ResponseWriter, r *http.Request) {
	switch faceOf(r) {
	case dingtalkFace:
		s.serveDingTalk(w, r)
	case ossFace:
		s.serveOSS(w, r)
	case tencentFace:
		s.serveTencent(w, r)
	case contractFace:
		s.serveContract(w, r)
	default:
		s.serve(w, r)
	}
}

// face is whom a call is for.
type face int

const (
	driveFace face = iota
	dingtalkFace
	ossFace
	tencentFace
	contractFace
)

func faceOf(r *http.Request) face {
	path := r.URL.Path
	switch {
	case dingtalkVersion.MatchString(path) || r.Header.Get(dingtalkTokenHeader) != "":
		return dingtalkFace
	case strings.HasPrefix(path, "/"+ossBucket+"/"):
		return ossFace
	case path == "/" && (r.Method == http.MethodPost || r.Header.Get("X-TC-Action") != ""):
		return tencentFace
	case strings.HasPrefix(path, contractPath):
		return contractFace
	}
	return driveFace
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

// openVendors prepares what DingTalk, OSS and Tencent need: the key that signs addresses, the folder of uploads.
// Uploads that were never committed in time, and bytes that no record names, go.
func (s *Sandbox) openVendors(database place) error {
	s.uploads = ossFolder{database.beside(filepath.Join(s.store.blobs.name, "dingtalk")), s.store.blobs.sync}
	known := map[string]bool{}
	remember := func(p piece) { known[p.File] = true }
	err := s.transact(true, func(t txn) error {
		if ok, err := t.get(metaBucket, []byte("secret"), &s.secret); err != nil {
			return err
		} else if !ok {
			s.secret = newToken() + newToken()
			if err := t.put(metaBucket, []byte("secret"), s.secret); err != nil {
				return err
			}
		}
		var lapsed [][]byte // gathered first: a bucket must not change while it is read
		err := each(t, dingtalkUploads, func(object []byte, up ossUpload) error {
			if s.clock().Sub(time.Unix(up.Made, 0)) >= dingtalkUploadLife {
				lapsed = append(lapsed, append([]byte(nil), object...))
				return nil
			}
			for _, p := range up.Pieces {
				remember(p)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, object := range lapsed {
			if err := t.delete(dingtalkUploads, object); err != nil {
				return err
			}
		}
		return each(t, dingtalkFiles, func(_ []byte, r dentryRecord) error {
			for _, p := range r.Pieces {
				remember(p)
			}
			return nil
		})
	})
	if err == nil {
		err = s.uploads.keepOnly(known)
	}
	if err != nil {
		return fmt.Errorf("open the sandbox database %s: %w", database.path, err)
	}
	return nil
}

// ossKey is the object storage's own, which nobody else has.
func (s *Sandbox) ossKey() ossKey { return ossKey{"LTAI5tSandbox", "oss " + s.secret} }
