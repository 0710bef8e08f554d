package sandbox

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

	"github.com/google/uuid"
)

const (
	dingtalkTokenHeader = "X-Acs-Dingtalk-Access-Token"
	dingtalkTokenPath   = "/v1.0/oauth2/accessToken"
)

// maxKeys is how many bytes of a body are read that asks for a token.
const maxKeys = 64 << 10

var dingtalkVersion = regexp.MustCompile(`^/v[0-9]+\.[0-9]+(/|$)`)

// dingtalkAPI is one of DingTalk's interfaces.
type dingtalkAPI struct {
	method, path string   // {name} stands for one segment
	query, body  []string // what must be there; where body is nil, none is read
	invalid      string   // the code for what is there and not what it should be; the field's name follows where the family does so
	answer       func(*dingtalkCall) (any, error)
	writes       bool
}

// dingtalkAPIs are the interfaces in the order in which they are called to raise an approval with attachments.
var dingtalkAPIs = []dingtalkAPI{
	{"POST", dingtalkTokenPath, nil, []string{"appKey", "appSecret"}, "invalidParameter", dingtalkToken, true},
	{"POST", "/v1.0/workflow/processInstances/spaces/infos/query", nil, []string{"userId"}, "invalidParameter", dingtalkSpaceInfo, true},
	{"POST", "/v1.0/storage/spaces/{spaceId}/files/uploadInfos/query", []string{"unionId"}, []string{"protocol", "multipart"}, "paramError.", dingtalkUploadInfo, true},
	{"POST", "/v1.0/storage/spaces/{spaceId}/files/multiPartUploadInfos/init", []string{"unionId"}, []string{}, "paramError.", dingtalkMultipartInit, true},
	{"POST", "/v1.0/storage/spaces/files/multiPartUploadInfos/query", []string{"unionId"}, []string{"uploadKey", "partNumbers"}, "paramError.", dingtalkMultipartInfo, false},
	{"POST", "/v1.0/storage/spaces/{spaceId}/files/commit", []string{"unionId"}, []string{"uploadKey", "name", "parentId"}, "paramError.", dingtalkCommit, true},
	{"POST", "/v1.0/storage/spaces/{spaceId}/dentries/{dentryId}/query", []string{"unionId"}, []string{}, "paramError.", dingtalkDentry, false},
	{"GET", "/v1.0/storage/spaces/{spaceId}/dentries", []string{"parentId", "unionId"}, nil, "paramError.", dingtalkDentries, false},
	{"POST", "/v1.0/workflow/processInstances", nil, []string{"processCode", "originatorUserId", "formComponentValues"}, "invalidParameter", dingtalkStart, true},
	{"POST", "/v1.0/workflow/processInstances/spaces/authPreview", nil, []string{"userId", "processInstanceId", "fileId"}, "invalidParameter", dingtalkPreview, true},
	{"POST", "/v1.0/convFile/conversations/files/links/send", []string{"unionId"}, []string{"spaceId", "dentryId", "openConversationId"}, "paramError.", dingtalkLink, true},
}

// dingtalkCall is one request to an interface.
type dingtalkCall struct {
	tx     txn
	box    *Sandbox
	api    dingtalkAPI
	path   map[string]string
	query  url.Values
	body   []byte
	origin string // for addresses in the answer
	now    time.Time

	committed []func() // done once the answer stands
}

// dingtalkError is an answer other than done, as DingTalk's gateway writes it.
type dingtalkError struct {
	status    int
	Code      string `json:"code"`
	RequestID string `json:"requestid"`
	Message   string `json:"message"`
}

func (e *dingtalkError) Error() string { return e.Code + ": " + e.Message }
func (e *dingtalkError) vendorError()  {}

func dingtalkRefuse(status int, code, format string, args ...any) *dingtalkError {
	return &dingtalkError{status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// missing is the gateway's answer to a call without something that it needs.
func missing(name string) *dingtalkError {
	return dingtalkRefuse(http.StatusBadRequest, "Missing"+name, "%s is mandatory for this action.", name)
}

// invalid refuses a field in the words of the interface's family: storage names the field in its code.
func (c *dingtalkCall) invalid(field, format string, args ...any) error {
	code := c.api.invalid
	if strings.HasSuffix(code, ".") {
		code += field
	}
	return dingtalkRefuse(http.StatusBadRequest, code, "参数错误: %s: %s", field, fmt.Sprintf(format, args...))
}

// decode reads the body into v.
func (c *dingtalkCall) decode(v any) error {
	err := json.Unmarshal(c.body, v)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return c.invalid(wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:], "不能是%s", wrong.Value)
	} else if err != nil {
		return c.invalid("body", "%v", err)
	}
	return nil
}

// serveDingTalk answers with a JSON object whatever happens, because the vendor's own client reads nothing else.
func (s *Sandbox) serveDingTalk(w http.ResponseWriter, r *http.Request) {
	api, path, known := findDingTalkAPI(r.Method, r.URL.Path)
	if !known {
		s.count("other")
		replyDingTalk(w, nil, dingtalkRefuse(http.StatusNotFound, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."))
		return
	}
	s.count(api.path)
	call := &dingtalkCall{box: s, api: api, path: path, query: r.URL.Query(), origin: origin(r), now: s.clock()}
	token := r.Header.Get(dingtalkTokenHeader)
	if api.path != dingtalkTokenPath { // whose keys are in the body
		err := s.transact(false, func(t txn) error { _, err := t.dingtalkCaller(call, token); return err })
		if err != nil {
			unread(w, r, func() { replyDingTalk(w, nil, err) })
			return
		}
	}
	var err error
	if call.body, err = readDingTalk(w, r, api); err != nil {
		unread(w, r, func() { replyDingTalk(w, nil, err) })
		return
	}
	fault := s.faults.draw(r.URL.Path, dingtalkSays(r, call.body))
	fault.wait(w, r)
	if fault.fail {
		replyDingTalk(w, nil, dingtalkRefuse(http.StatusInternalServerError, "systemError", "系统异常"))
		return
	}
	answer, err := s.answerDingTalk(call, token)
	if fault.lose {
		panic(http.ErrAbortHandler)
	}
	replyDingTalk(w, answer, err)
}

func (s *Sandbox) answerDingTalk(c *dingtalkCall, token string) (answer any, err error) {
	err = s.transact(c.api.writes, func(t txn) error {
		c.tx = t
		if err := s.admitDingTalk(c, token); err != nil {
			return err
		}
		var err error
		answer, err = c.api.answer(c)
		return err
	})
	if err == nil {
		for _, do := range c.committed {
			do()
		}
	}
	return answer, err
}

// admitDingTalk does what the gateway does before an interface sees the call.
func (s *Sandbox) admitDingTalk(c *dingtalkCall, token string) error {
	app, err := c.tx.dingtalkCaller(c, token)
	if err != nil {
		return err
	}
	if app != "" && !s.limits.allow("dingtalk "+app+" "+c.api.path, c.now) {
		return dingtalkRefuse(http.StatusForbidden, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi",
			"The request is denied by the qps limit of this app on this api: %d per second.", callsPerSecond)
	}
	for _, name := range c.api.query {
		if c.query.Get(name) == "" {
			return missing(name)
		}
	}
	var fields map[string]json.RawMessage
	if c.api.body != nil {
		if json.Unmarshal(c.body, &fields) != nil || fields == nil {
			return dingtalkRefuse(http.StatusBadRequest, "Invalidbody", "body is not a valid JSON object.")
		}
	}
	for _, name := range c.api.body {
		if v, ok := fields[name]; !ok || string(v) == "null" {
			return missing(name)
		}
	}
	return nil
}

func readDingTalk(w http.ResponseWriter, r *http.Request, api dingtalkAPI) ([]byte, error) {
	if api.body == nil {
		return nil, nil
	}
	most := int64(maxBody)
	if api.path == dingtalkTokenPath { // anybody may send it
		most = maxKeys
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, dingtalkRefuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "body has more than %d bytes.", most)
	} else if err != nil {
		return nil, dingtalkRefuse(http.StatusBadRequest, "Invalidbody", "body was cut off.")
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/json" || len(bytes.TrimSpace(body)) == 0 {
		return nil, missing("body")
	}
	return body, nil
}

// dingtalkSays is what faults are drawn by: what the call says, apart from keys that differ from world to world.
func dingtalkSays(r *http.Request, body []byte) form {
	says := form{"query": r.URL.Query().Encode()}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		says["body"] = string(body)
	}
	for name, value := range fields {
		if name != "uploadKey" {
			says["body "+name] = string(value)
		}
	}
	return says
}

// findDingTalkAPI looks a path up; path parameters come back by name.
func findDingTalkAPI(method, path string) (dingtalkAPI, map[string]string, bool) {
	given := strings.Split(path, "/")
	for _, api := range dingtalkAPIs {
		wanted := strings.Split(api.path, "/")
		if api.method != method || len(wanted) != len(given) {
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
			return api, parameters, true
		}
	}
	return dingtalkAPI{}, nil, false
}

func replyDingTalk(w http.ResponseWriter, answer any, err error) {
	status := http.StatusOK
	if err != nil {
		refused := (*dingtalkError)(nil)
		if !errors.As(err, &refused) {
			refused = dingtalkRefuse(http.StatusInternalServerError, "systemError", "系统异常: %v", err)
		}
		refused.RequestID = strings.ToUpper(uuid.NewString())
		answer, status = refused, refused.status
	}
	body, err := json.Marshal(answer)
	if err != nil { // answers are text, numbers and truth values
		panic(err)
	}
	respond(w, status, "application/json;charset=utf-8", body)
}
