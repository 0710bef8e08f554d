package dingtalk

import (
	"net/http"
	"strings"

	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"
)

// What the external tests of this package see of it besides.
type (
	Dentry           = dentry
	DentryProperties = dentryProperties
	AppProperty      = appProperty
	OSSRefusal       = ossRefusal
)

const (
	GrantLife  = grantLife
	TokenLife  = tokenLife
	UploadLife = uploadLife
	MinPart    = minPart
	TokenPath  = tokenPath
)

// SignOSS is the Authorization of a request to the object storage.
func SignOSS(shared *server.Shared, method string, h http.Header, resource string) string {
	s := &Server{Shared: shared}
	return s.ossKey().authorization(ossStringToSign(method, h, resource))
}

// MD5InPieces keeps texts as pieces, and sums over all of them.
func MD5InPieces(s *store.Store, texts ...string) (string, error) {
	u := UploadsIn(s)
	pieces := make([]piece, len(texts))
	for i, text := range texts {
		var err error
		if pieces[i], _, err = u.take("test", strings.NewReader(text)); err != nil {
			return "", err
		}
	}
	return u.md5(pieces)
}
