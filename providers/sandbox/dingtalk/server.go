// Package dingtalk is DingTalk in the sandbox: the interfaces of workflow, storage and chats that an approval with
// attachments needs, and the object storage (OSS) that uploads go to, with DingTalk's checks and codes where they are
// known. Its files are those of one space, and there is one app and one process: see world.go. It runs no approval, and
// nobody previews anything in it.
package dingtalk

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"
)

// Server answers for DingTalk and for its object storage.
type Server struct {
	*server.Shared
	uploads uploads
}

// New prepares the folder of uploads. Uploads that were never committed in time, and bytes that no record names, go.
func New(shared *server.Shared) (*Server, error) {
	s := &Server{shared, UploadsIn(shared.Store)}
	known := map[string]bool{}
	remember := func(pieces ...piece) {
		for _, p := range pieces {
			known[p.File] = true
		}
	}
	err := s.Store.Write(func(t store.Tx) error {
		var lapsed [][]byte // gathered first: a bucket must not change while it is read
		for object, up := range store.All[upload](t, uploadsBucket) {
			if s.Clock().Sub(time.Unix(up.Made, 0)) >= uploadLife {
				lapsed = append(lapsed, bytes.Clone(object))
				continue
			}
			for _, p := range up.Pieces {
				remember(p)
			}
		}
		for _, object := range lapsed {
			t.Delete(uploadsBucket, object)
		}
		for _, f := range store.All[StoredFile](t, FilesBucket) {
			remember(f.Pieces...)
		}
		return nil
	})
	if err == nil {
		err = s.uploads.Sweep(func(name string) bool { return strings.HasPrefix(name, objectPrefix) && !known[name] })
	}
	return s, err
}

// Serves reports whether a call is for DingTalk or its object storage.
func Serves(r *http.Request) bool { return isInterface(r) || isObject(r) }

// isInterface: DingTalk's interfaces begin with a version.
func isInterface(r *http.Request) bool {
	return versionPath.MatchString(r.URL.Path) || r.Header.Get(tokenHeader) != ""
}

func isObject(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/"+ossBucket+"/") }

// ServeHTTP answers a call that Serves accepts.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isInterface(r) {
		s.serveInterface(w, r)
		return
	}
	s.serveObject(w, r)
}
