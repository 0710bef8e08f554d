package sandbox

import (
	"bytes"
	"crypto/hmac"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What Tencent's half of the sandbox holds.
var tencentKey = tc3Key{"AKIDSANDBOX", "SANDBOXSECRETKEY"}

const (
	tencentApp          = "yDwhxUUckp3gl8j5UuFX33LSNozpRsbi"
	tencentOrganization = "org_dianziqian"
	tencentOperator     = "n9527"

	tencentMaxFlows = 50
	tencentURLLife  = 5 * time.Minute
	contractPath    = "/file/FLOW/"
)

// tencentFlow is a contract: the names of its signed documents, or why they are not given out.
type tencentFlow struct {
	id      string
	names   []string
	refused string
}

// tencentFlows are the two of the vendor's example, then one whose names are no file names and one that belongs to
// somebody else. Any other does not exist.
var tencentFlows = []tencentFlow{
	{id: "yDwivUUckpor6wtoUuogwQHCAB0ES0pQ", names: []string{"合同,270481027143248.pdf"}},
	{id: "yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh", names: []string{"合同,250151025185515.pdf", "补充协议,250151025185515.pdf"}},
	{id: "yDwiSandboxNames0000000000000001", names: []string{"../../合同/终稿: 甲|乙.pdf", "..", "终稿.pdf", "终稿.pdf"}},
	{id: "yDwiSandboxOthers000000000000001", refused: "合同没有权限"},
}

func findFlow(id string) (tencentFlow, bool) {
	at := slices.IndexFunc(tencentFlows, func(f tencentFlow) bool { return f.id == id })
	if at < 0 {
		return tencentFlow{}, false
	}
	return tencentFlows[at], true
}

// flowRequest is the body of DescribeResourceUrlsByFlows.
type flowRequest struct {
	Agent *struct {
		AppId, ProxyOrganizationOpenId, ProxyAppId string
		ProxyOperator                              *struct{ OpenId string }
	}
	FlowIds []string
}

// readFlowRequest holds the body against the interface's table.
func readFlowRequest(body []byte) (flowRequest, *tencentError) {
	var ask flowRequest
	var given map[string]json.RawMessage
	if json.Unmarshal(body, &given) != nil || given == nil || !utf8.Valid(body) {
		return ask, tencentRefuse("InvalidParameter", "The request body is not a JSON object.")
	}
	for name := range given {
		if !slices.Contains([]string{"Agent", "FlowIds", "Operator"}, name) {
			return ask, tencentRefuse("UnknownParameter", "The parameter `%s` is not recognized.", name)
		}
	}
	err := json.Unmarshal(body, &ask)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return ask, tencentRefuse("InvalidParameter", "The value type of parameter `%s` is not valid.", wrong.Field)
	}
	agent := ask.Agent
	switch {
	case agent == nil:
		return ask, tencentRefuse("MissingParameter", "The request is missing a required parameter `Agent`.")
	case len(ask.FlowIds) == 0:
		return ask, tencentRefuse("MissingParameter.FlowId", "缺少流程id,请检查后重试。")
	case len(ask.FlowIds) > tencentMaxFlows:
		return ask, tencentRefuse("InvalidParameter", "参数错误: FlowIds最多%d个", tencentMaxFlows)
	case agent.AppId == "":
		return ask, tencentRefuse("MissingParameter", "The request is missing a required parameter `Agent.AppId`.")
	case agent.AppId != tencentApp:
		return ask, tencentRefuse("ResourceNotFound.Application", "应用号不存在。")
	case agent.ProxyAppId != "":
		return ask, tencentRefuse("InvalidParameter.ParamError", "参数错误: ProxyAppId不用填写")
	case agent.ProxyOrganizationOpenId == "":
		return ask, tencentRefuse("MissingParameter", "The request is missing a required parameter `Agent.ProxyOrganizationOpenId`.")
	case agent.ProxyOrganizationOpenId != tencentOrganization:
		return ask, tencentRefuse("ResourceNotFound.Organization", "机构不存在。")
	case agent.ProxyOperator == nil || agent.ProxyOperator.OpenId == "":
		return ask, tencentRefuse("MissingParameter.UserOpenId", "OpenId不存在。")
	case agent.ProxyOperator.OpenId != tencentOperator:
		return ask, tencentRefuse("OperationDenied.UserNotInOrganization", "用户不归属于当前企业,无法操作,请检查后重试。")
	}
	return ask, nil
}

// flowURLs is the answer: the n-th of each list is about the n-th flow asked for.
type flowURLs struct {
	FlowResourceUrlInfos []flowURL
	ErrorMessages        []string
}

type flowURL struct {
	FlowId           string
	ResourceUrlInfos []resourceURL
}

type resourceURL struct{ Url, Name, Type string }

func (s *Sandbox) flowURLs(ask flowRequest, origin string, now time.Time) *flowURLs {
	answer := &flowURLs{}
	for _, id := range ask.FlowIds {
		info, words := flowURL{id, []resourceURL{}}, ""
		if f, known := findFlow(id); !known {
			words = "查询流程不存在"
		} else if words = f.refused; words == "" {
			for i, name := range f.names {
				path := fmt.Sprintf("%s%s/0/%d.PDF", contractPath, id, i)
				info.ResourceUrlInfos = append(info.ResourceUrlInfos, resourceURL{origin + path + "?hkey=" + s.hkey(path, now.Add(tencentURLLife)), name, "PDF"})
			}
		}
		answer.FlowResourceUrlInfos = append(answer.FlowResourceUrlInfos, info)
		answer.ErrorMessages = append(answer.ErrorMessages, words)
	}
	return answer
}

// hkey lets whoever has it fetch one path until a moment: the moment, then a code over both that only the sandbox makes.
func (s *Sandbox) hkey(path string, until time.Time) string {
	moment := strconv.FormatInt(until.Unix(), 16)
	return moment + hex.EncodeToString(hmacSHA256([]byte("tencent "+s.secret), moment+path))
}

func (s *Sandbox) checkHKey(path, hkey string, now time.Time) bool {
	moment := hkey[:max(0, len(hkey)-64)]
	until, err := strconv.ParseInt(moment, 16, 64)
	return err == nil && hmac.Equal([]byte(hkey), []byte(s.hkey(path, time.Unix(until, 0)))) && now.Unix() < until
}

// serveContract gives out a signed document under an address that flowURLs has made.
func (s *Sandbox) serveContract(w http.ResponseWriter, r *http.Request) {
	s.count(contractPath + "{flow}")
	fault := s.faults.draw(r.URL.Path, nil)
	fault.wait(w, r)
	refuse := func(status int, code, message string) {
		e := ossRefuse(status, code, message)
		e.RequestID, e.HostID = newToken()[:24], hostOf(r)
		replyXML(w, status, e)
	}
	switch {
	case fault.fail:
		refuse(http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again.")
		return
	case fault.lose:
		panic(http.ErrAbortHandler)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
		return
	case !s.checkHKey(r.URL.Path, r.URL.Query().Get("hkey"), s.clock()):
		refuse(http.StatusForbidden, "AccessDenied", "Request has expired, or the hkey is not of this address.")
		return
	}
	// What has an hkey exists.
	id, place, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, contractPath), "/")
	w.Header().Set("Content-Type", "application/pdf")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(contractPDF("Signed contract "+id, "Document "+place)))
}
