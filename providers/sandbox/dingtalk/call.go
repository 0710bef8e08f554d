package dingtalk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"

	"github.com/google/uuid"
)

const (
	tokenHeader = "X-Acs-Dingtalk-Access-Token"
	tokenPath   = "/v1.0/oauth2/accessToken"
)

// maxKeys is how many bytes of a body are read that asks for a token.
const maxKeys = 64 << 10

var versionPath = regexp.MustCompile(`^/v[0-9]+\.[0-9]+(/|$)`)

type endpoint struct {
	method, path string   // {name} stands for one segment
	query, body  []string // what must be there; where body is nil, none is read
	invalid      string   // the code for a field with a wrong value; storage's ends with the field's name
	answer       func(*call) (any, error)
	writes       bool
}

const (
	workflow = "/v1.0/workflow/processInstances"
	storage  = "/v1.0/storage/spaces"
	chats    = "/v1.0/convFile/conversations"

	workflowInvalid = "invalidParameter"
	storageInvalid  = "paramError."
	chatInvalid     = "paramError" // and of linkFields more
)

// endpoints are the interfaces, in the order in which a client calls them to raise an approval with attachments.
var endpoints = []endpoint{
	{"POST", tokenPath, nil, []string{"appKey", "appSecret"}, workflowInvalid, giveToken, true},
	{"POST", workflow + "/spaces/infos/query", nil, []string{"userId"}, workflowInvalid, querySpace, true},
	{"POST", storage + "/{spaceId}/files/uploadInfos/query", []string{"unionId"},
		[]string{"protocol", "multipart"}, storageInvalid, queryUpload, true},
	{"POST", storage + "/{spaceId}/files/multiPartUploadInfos/init", []string{"unionId"},
		[]string{}, storageInvalid, initMultipart, true},
	{"POST", storage + "/files/multiPartUploadInfos/query", []string{"unionId"},
		[]string{"uploadKey", "partNumbers"}, storageInvalid, queryMultipart, false},
	{"POST", storage + "/{spaceId}/files/commit", []string{"unionId"},
		[]string{"uploadKey", "name", "parentId"}, storageInvalid, commit, true},
	{"POST", storage + "/{spaceId}/dentries/{dentryId}/query", []string{"unionId"}, []string{}, storageInvalid,
		queryDentry, false},
	{"GET", storage + "/{spaceId}/dentries", []string{"parentId", "unionId"}, nil, storageInvalid, listDentries, false},
	{"POST", workflow, nil, []string{"processCode", "originatorUserId", "formComponentValues"}, workflowInvalid,
		startInstance, true},
	{"POST", workflow + "/spaces/authPreview", nil,
		[]string{"userId", "processInstanceId", "fileId"}, workflowInvalid, authorizePreview, true},
	{"POST", chats + "/files/links/send", []string{"unionId"},
		[]string{"spaceId", "dentryId", "openConversationId"}, chatInvalid, sendLink, true},
}

// tx is one transaction, with what DingTalk keeps.
type tx struct{ store.Tx }

// call is one request to an interface.
type call struct {
	tx     tx
	server *Server
	to     endpoint
	path   map[string]string
	query  url.Values
	body   []byte
	origin string // for addresses in the answer
	now    time.Time

	committed []func() // to be called once the transaction is written
}

// refusal is an error answer, as DingTalk's gateway writes it.
type refusal struct {
	status    int
	Code      string `json:"code"`
	RequestID string `json:"requestid"`
	Message   string `json:"message"`
}

func (e *refusal) Error() string { return e.Code + ": " + e.Message }

// Refused makes it a store.Refusal.
func (e *refusal) Refused() {}

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// missing is the gateway's answer to a call without something that it needs.
func missing(name string) *refusal {
	return refuse(http.StatusBadRequest, "Missing"+name, "%s is mandatory for this action.", name)
}

// linkFields are the fields that chats have a code of their own for, with what that ends with.
var linkFields = map[string]string{
	"spaceId": ".spaceId", "dentryId": ".dentryId", "openConversationId": ".conversationId",
}

// invalid refuses a field in the words of the interface's family.
func (c *call) invalid(field, format string, args ...any) error {
	code := c.to.invalid
	switch code {
	case storageInvalid:
		code += field
	case chatInvalid:
		code += linkFields[field]
	}
	return refuse(http.StatusBadRequest, code, "参数错误: %s: %s", field, fmt.Sprintf(format, args...))
}

func (c *call) decode(v any) error {
	_, err := server.ReadJSON(c.body, v)
	if wrong, is := errors.AsType[*json.UnmarshalTypeError](err); is {
		return c.invalid(wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:], "不能是%s", wrong.Value)
	} else if err != nil {
		return c.invalid("body", "%v", err)
	}
	return nil
}

// serveInterface answers with a JSON object whatever happens, because the vendor's own client reads nothing else.
func (s *Server) serveInterface(w http.ResponseWriter, r *http.Request) {
	to, path, known := findEndpoint(r.Method, r.URL.Path)
	if !known {
		s.Calls.Count("other")
		reply(w, nil, refuse(http.StatusNotFound, "InvalidAction.NotFound",
			"Specified api is not found, please check your url and method."))
		return
	}
	s.Calls.Count(to.path)
	call := &call{server: s, to: to, path: path, query: r.URL.Query(), origin: server.Origin(r), now: s.Clock()}
	token := r.Header.Get(tokenHeader)
	if to.path != tokenPath { // a call for a token has its keys in the body
		err := s.Store.Read(func(t store.Tx) error { _, err := tx{t}.caller(call, token); return err })
		if err != nil {
			server.AnswerEarly(w, r, func() { reply(w, nil, err) })
			return
		}
	}
	var err error
	if call.body, err = readBody(w, r, to); err != nil {
		server.AnswerEarly(w, r, func() { reply(w, nil, err) })
		return
	}
	fault := s.Faults.Draw(w, r, r.URL.Path, contentOf(r, call.body))
	if fault.Fail {
		reply(w, nil, refuse(http.StatusInternalServerError, "systemError", "系统异常"))
		return
	}
	answer, err := s.answer(call, token)
	if fault.Lose {
		faults.Cut()
	}
	reply(w, answer, err)
}

func (s *Server) answer(c *call, token string) (answer any, err error) {
	run := s.Store.Read
	if c.to.writes {
		run = s.Store.Write
	}
	err = run(func(t store.Tx) error {
		c.tx = tx{t}
		if err := s.admit(c, token); err != nil {
			return err
		}
		var err error
		answer, err = c.to.answer(c)
		return err
	})
	if err == nil {
		for _, do := range c.committed {
			do()
		}
	}
	return answer, err
}

// admit makes the checks of the gateway, which come before those of the interface.
func (s *Server) admit(c *call, token string) error {
	app, err := c.tx.caller(c, token)
	if err != nil {
		return err
	}
	if app != "" && !s.Limits.Allow("dingtalk "+app+" "+c.to.path, c.now) {
		return refuse(http.StatusForbidden, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi",
			"The request is denied by the qps limit of this app on this api: %d per second.", server.CallsPerSecond)
	}
	for _, name := range c.to.query {
		if c.query.Get(name) == "" {
			return missing(name)
		}
	}
	var fields map[string]json.RawMessage
	if c.to.body != nil {
		if !utf8.Valid(c.body) || json.Unmarshal(c.body, &fields) != nil || fields == nil {
			return refuse(http.StatusBadRequest, "Invalidbody", "body is not a valid JSON object.")
		}
	}
	for _, name := range c.to.body {
		if v, ok := fields[name]; !ok || string(v) == "null" {
			return missing(name)
		}
	}
	return nil
}

func readBody(w http.ResponseWriter, r *http.Request, to endpoint) ([]byte, error) {
	if to.body == nil {
		return nil, nil
	}
	most := int64(server.MaxBody)
	if to.path == tokenPath { // anybody may send it
		most = maxKeys
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "body has more than %d bytes.",
			most)
	} else if err != nil {
		return nil, refuse(http.StatusBadRequest, "Invalidbody", "body was cut off.")
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/json" || len(bytes.TrimSpace(body)) == 0 {
		return nil, missing("body")
	}
	return body, nil
}

// contentOf is what a call carries, without keys that differ from one sandbox to another: faults are drawn by it.
func contentOf(r *http.Request, body []byte) map[string]string {
	content := map[string]string{"query": r.URL.Query().Encode()}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		content["body"] = string(body)
	}
	for name, value := range fields {
		if name != "uploadKey" {
			content["body "+name] = string(value)
		}
	}
	return content
}

// findEndpoint looks a path up; path parameters come back by name.
func findEndpoint(method, path string) (endpoint, map[string]string, bool) {
	given := strings.Split(path, "/")
	for _, e := range endpoints {
		wanted := strings.Split(e.path, "/")
		if e.method != method || len(wanted) != len(given) {
			continue
		}
		parameters := map[string]string{}
		same := true
		for i, segment := range wanted {
			if name, ok := strings.CutPrefix(segment, "{"); ok && given[i] != "" {
				parameters[strings.TrimSuffix(name, "}")] = given[i]
			} else if segment != given[i] {
				same = false
				break
			}
		}
		if same {
			return e, parameters, true
		}
	}
	return endpoint{}, nil, false
}

func reply(w http.ResponseWriter, answer any, err error) {
	status := http.StatusOK
	if err != nil {
		refused, is := errors.AsType[*refusal](err)
		if !is {
			refused = refuse(http.StatusInternalServerError, "systemError", "系统异常: %v", err)
		}
		refused.RequestID = strings.ToUpper(uuid.NewString())
		answer, status = refused, refused.status
	}
	server.RespondJSON(w, status, "application/json;charset=utf-8", answer)
}
