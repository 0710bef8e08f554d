package dingtalk

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/providers/route"
	"countersign/providers/route/routetest"

	"golang.org/x/time/rate"
)

// Secrets with characters that escapes would change.
const (
	testSecret    = `app+secret/&"<%20>`
	testToken     = `tok+en/&"<%20>=1`
	testSignature = `OSS akid:c2lnbmF0dXJlIG9mIHRoZSB0aWNrZXQ=`
	testKey       = `upload-key-of-this-file==`
	testObject    = `yundisk0/iAEIAqRmaWxlA6h5dW5kaXNrMATOGxyz`
)

// secrets must be in no error.
var secrets = []string{testSecret, testToken, testSignature, "c2lnbmF0dXJl", testKey, testObject, "c2VjcmV0LXF1ZXJ5"}

// service is DingTalk in a few lines: it notes what it is sent, and answers as it is told to, or as the documents say.
type service struct {
	*routetest.Server

	mu      sync.Mutex
	answers map[string]http.HandlerFunc // by path, or "PUT"; instead of the usual answer
	objects map[string][]byte           // what was put, by path
	files   []map[string]any            // what was committed
	tickets int
	seconds int // of a ticket
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{answers: map[string]http.HandlerFunc{}, objects: map[string][]byte{}, seconds: 900}
	s.Server = routetest.Serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		key := r.URL.Path
		if r.Method == "PUT" {
			key = "PUT"
		}
		if own := s.answers[key]; own != nil {
			own(w, r)
			return
		}
		s.usual(w, r)
	})
	return s
}

const (
	pathToken  = "/v1.0/oauth2/accessToken"
	pathSpace  = "/v1.0/workflow/processInstances/spaces/infos/query"
	pathTicket = "/v1.0/storage/spaces/3996960664/files/uploadInfos/query"
	pathInit   = "/v1.0/storage/spaces/3996960664/files/multiPartUploadInfos/init"
	pathParts  = "/v1.0/storage/spaces/files/multiPartUploadInfos/query"
	pathCommit = "/v1.0/storage/spaces/3996960664/files/commit"
	pathLook   = "/v1.0/workflow/processInstances/spaces/authPreview"
	pathLink   = "/v1.0/convFile/conversations/files/links/send"
	pathList   = "/v1.0/storage/spaces/3996960664/dentries"
)

// on sets the answer of a path, once or more: the n-th request gets the n-th, the others the usual one.
func (s *service) on(path string, handlers ...http.HandlerFunc) {
	n := 0
	s.answers[path] = func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		n++
		mine := n
		s.mu.Unlock()
		if mine <= len(handlers) && handlers[mine-1] != nil {
			handlers[mine-1](w, r)
			return
		}
		s.usual(w, r)
	}
}

// sent returns the requests of a path, all with "".
func (s *service) sent(path string) []routetest.Request {
	return slices.DeleteFunc(s.Requests(), func(r routetest.Request) bool {
		return path != "" && r.Path != path && !(path == "PUT" && r.Method == "PUT")
	})
}

func (s *service) usual(w http.ResponseWriter, r *http.Request) {
	var in map[string]any
	body, _ := io.ReadAll(r.Body)
	json.Unmarshal(body, &in)
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == "PUT" {
		s.objects[r.URL.Path] = body
		return
	}
	if r.URL.Path != pathToken && r.Header.Get("x-acs-dingtalk-access-token") != testToken {
		refuse(400, "InvalidAuthentication", "不合法的access_token")(w, r)
		return
	}
	var out any
	switch r.URL.Path {
	case pathToken:
		out = map[string]any{"accessToken": testToken, "expireIn": 7200}
	case pathSpace, pathLook:
		out = map[string]any{"result": map[string]any{"spaceId": 3996960664}, "success": true}
	case pathTicket:
		s.tickets++
		out = map[string]any{"uploadKey": testKey, "storageDriver": "DINGTALK", "protocol": signature,
			"headerSignatureInfo": s.slot(s.tickets)}
	case pathInit:
		out = map[string]any{"uploadKey": testKey, "storageDriver": "DINGTALK"}
	case pathParts:
		var infos []any
		for _, n := range in["partNumbers"].([]any) {
			infos = append(infos, map[string]any{"partNumber": n, "headerSignatureInfo": s.slot(int(n.(float64)))})
		}
		out = map[string]any{"multipartHeaderSignatureInfos": infos}
	case pathCommit:
		out = map[string]any{"dentry": s.commit(in)}
	case pathLink:
		out = map[string]any{"file": map[string]any{"id": "908", "conversationId": "cid", "spaceId": "786",
			"parentId": "0", "type": "file", "name": "a.txt", "size": 256, "extension": "txt"}}
	case pathList:
		var reversed []any
		for i := len(s.files) - 1; i >= 0; i-- {
			reversed = append(reversed, s.files[i])
		}
		out = map[string]any{"dentries": reversed}
	default:
		refuse(404, "InvalidAction.NotFound", "no such path")(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	json.NewEncoder(w).Encode(out)
}

func (s *service) slot(n int) map[string]any {
	return map[string]any{
		"resourceUrls": []string{fmt.Sprintf("%s/%s-%d?signed=c2VjcmV0LXF1ZXJ5", s.URL, testObject, n)},
		"headers": map[string]string{"Authorization": testSignature,
			"x-oss-date": "Thu, 28 May 2026 09:37:16 GMT"},
		"expirationSeconds": s.seconds, "region": "ZHANGJIAKOU",
	}
}

// commit keeps a file, renamed where there is one of that name; production's form of times.
func (s *service) commit(in map[string]any) map[string]any {
	name := in["name"].(string)
	for _, f := range s.files {
		if f["name"] == name {
			stem, extension := split(name)
			name = stem + "(1)." + extension
		}
	}
	_, extension := split(name)
	now := time.Now().In(shanghai).Format("Mon Jan _2 15:04:05 CST 2006")
	d := map[string]any{
		"id": fmt.Sprint(222892787485 +
			len(s.files)), "spaceId": "3996960664", "parentId": in["parentId"], "type": "FILE", "name": name,
		"size": in["option"].(map[string]any)["size"], "status": "NORMAL", "extension": extension,
		"creatorId":  "union123",
		"modifierId": "union123", "createTime": now, "modifiedTime": now, "uuid": "u",
	}
	s.files = append(s.files, d)
	return d
}

// refuse answers as the gateway does.
func refuse(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]any{"code": code, "message": message,
			"requestid": "30EE8654-1AA2-7D88-8248-9518547248AA"})
	}
}

// refuseStore answers as the store does, with the signature and all.
func refuseStore(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>for %s you sent "+
			"%s</Message>"+
			"<RequestId>5FE2B07E50ED1C3034C9258B</RequestId><SignatureProvided>%s</SignatureProvided></Error>", code,
			r.URL, testSignature, testSignature)
	}
}

// thenCut does what is usual, and loses the answer.
func (s *service) thenCut(w http.ResponseWriter, r *http.Request) {
	s.usual(httptest.NewRecorder(), r)
	routetest.Cut(w, r)
}

// client is one that waits for nothing between its calls and tries.
func client(t *testing.T, s *service, o Options) *Client {
	t.Helper()
	if s != nil {
		o.Endpoint = s.URL
	}
	o.AppKey, o.AppSecret = "dingkey", testSecret
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.perSecond = rate.Inf
	c.tries.Second = time.Nanosecond
	c.tries.Pauses = routetest.NoPauses
	return c
}

// failed returns the *route.Error of a call that had to fail, and holds it against what every error must be: one line,
// and no secret in it or in any of its causes, in any form.
func failed(t *testing.T, err error) *route.Error {
	t.Helper()
	var e *route.Error
	if err == nil || !asError(err, &e) {
		t.Fatalf("%T, not *route.Error: %v", err, err)
	}
	routetest.NoSecrets(t, fmt.Sprintf("%v %+v %#v", err, *e, *e), secrets...)
	routetest.CheckError(t, err, secrets...)
	return e
}
