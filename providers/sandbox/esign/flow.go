package esign

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

	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"
)

// Known are the credentials of every sandbox: the one key that may call.
var Known = Credentials{
	SecretID: "AKIDSANDBOX", SecretKey: "SANDBOXSECRETKEY", AppID: "yDwhxUUckp3gl8j5UuFX33LSNozpRsbi",
	Organization: "org_dianziqian", Operator: "n9527",
	Flows: []string{flows[0].id, flows[1].id, flows[2].id},
}

// Credentials are the key that may call Tencent's e-sign, and the names it may use there.
type Credentials struct {
	SecretID, SecretKey string
	AppID               string
	Organization        string
	Operator            string
	Flows               []string // their documents can be fetched
}

func (c Credentials) key() secretKey { return secretKey{c.SecretID, c.SecretKey} }

const (
	maxFlows     = 50
	urlLife      = 5 * time.Minute
	contractPath = "/file/FLOW/"
)

// flow is a contract: the names of its signed documents, or why the caller may not have them.
type flow struct {
	id      string
	names   []string
	refused string
}

// flows are the two of the vendor's example, then one with names that cannot be file names, and one of somebody else.
// Any other does not exist.
var flows = []flow{
	{id: "yDwivUUckpor6wtoUuogwQHCAB0ES0pQ", names: []string{"合同,270481027143248.pdf"}},
	{id: "yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh", names: []string{
		"合同,250151025185515.pdf", "补充协议,250151025185515.pdf"}},
	{id: "yDwiSandboxNames0000000000000001", names: []string{
		"../../合同/终稿: 甲|乙.pdf", "..", "终稿.pdf", "终稿.pdf"}},
	{id: "yDwiSandboxOthers000000000000001", refused: "合同没有权限"},
}

func findFlow(id string) (flow, bool) {
	at := slices.IndexFunc(flows, func(f flow) bool { return f.id == id })
	if at < 0 {
		return flow{}, false
	}
	return flows[at], true
}

// flowRequest is the body of DescribeResourceUrlsByFlows, with all that the vendor's own client can send.
type flowRequest struct {
	Agent *struct {
		AppId, ProxyOrganizationOpenId, ProxyAppId, ProxyOrganizationId string
		ProxyOperator                                                   *userInfo
	}
	FlowIds  []string
	Operator *userInfo // not in use
}

type userInfo struct{ OpenId, Channel, CustomUserId, ClientIp, ProxyIp string }

// readFlowRequest checks the body by the document's table.
func readFlowRequest(body []byte) (*flowRequest, *refusal) {
	var ask *flowRequest
	unknown, err := server.ReadJSON(body, &ask)
	wrong, wrongType := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case len(unknown) > 0:
		return ask, refuse("UnknownParameter", "The parameter `%s` is not recognized.", slices.Min(unknown))
	case wrongType && wrong.Field != "":
		return ask, refuse("InvalidParameter", "The value type of parameter `%s` is not valid.", wrong.Field)
	case err != nil || ask == nil || !utf8.Valid(body):
		return ask, refuse("InvalidParameter", "The request body is not a JSON object.")
	}
	agent := ask.Agent
	switch {
	case agent == nil:
		return ask, refuse("MissingParameter", "The request is missing a required parameter `Agent`.")
	case len(ask.FlowIds) == 0 || slices.Contains(ask.FlowIds, ""):
		return ask, refuse("MissingParameter.FlowId", "缺少流程id,请检查后重试。")
	case len(ask.FlowIds) > maxFlows:
		return ask, refuse("InvalidParameter", "参数错误: FlowIds最多%d个", maxFlows)
	case agent.AppId == "":
		return ask, refuse("MissingParameter", "The request is missing a required parameter `Agent.AppId`.")
	case agent.AppId != Known.AppID:
		return ask, refuse("ResourceNotFound.Application", "应用号不存在。")
	case agent.ProxyAppId != "":
		return ask, refuse("InvalidParameter.ParamError", "参数错误: ProxyAppId不用填写")
	case agent.ProxyOrganizationOpenId == "":
		return ask, refuse("MissingParameter", "The request is missing a required parameter "+
			"`Agent.ProxyOrganizationOpenId`.")
	case agent.ProxyOrganizationOpenId != Known.Organization:
		return ask, refuse("ResourceNotFound.Organization", "机构不存在。")
	case agent.ProxyOperator == nil || agent.ProxyOperator.OpenId == "":
		return ask, refuse("MissingParameter.UserOpenId", "OpenId不存在。")
	case agent.ProxyOperator.OpenId != Known.Operator:
		return ask, refuse("OperationDenied.UserNotInOrganization", "用户不归属于当前企业,无法操作,请检查后重试。")
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

func (s *Server) flowURLs(ask *flowRequest, origin string, now time.Time) *flowURLs {
	answer := &flowURLs{}
	for _, id := range ask.FlowIds {
		info, words := flowURL{id, []resourceURL{}}, ""
		if f, known := findFlow(id); !known {
			words = "查询流程不存在"
		} else if words = f.refused; words == "" {
			for i, name := range f.names {
				path := fmt.Sprintf("%s%s/0/%d.PDF", contractPath, id, i)
				info.ResourceUrlInfos = append(info.ResourceUrlInfos,
					resourceURL{origin + path + "?hkey=" + s.hkey(path, now.Add(urlLife)), name, "PDF"})
			}
		}
		answer.FlowResourceUrlInfos = append(answer.FlowResourceUrlInfos, info)
		answer.ErrorMessages = append(answer.ErrorMessages, words)
	}
	return answer
}

// hkey is the key of one path, good until a moment: the moment, then a code over both that only the sandbox can make.
func (s *Server) hkey(path string, until time.Time) string {
	moment := strconv.FormatInt(until.Unix(), 16)
	return moment + hex.EncodeToString(hmacSHA256([]byte("tencent "+s.Secret), moment+path))
}

func (s *Server) checkHKey(path, hkey string, now time.Time) bool {
	moment := hkey[:max(0, len(hkey)-64)]
	until, err := strconv.ParseInt(moment, 16, 64)
	return err == nil && hmac.Equal([]byte(hkey), []byte(s.hkey(path, time.Unix(until, 0)))) && now.Unix() < until
}

// serveContract gives out a signed document under an address that flowURLs has made.
func (s *Server) serveContract(w http.ResponseWriter, r *http.Request) {
	s.Calls.Count(contractPath + "{flow}")
	fault := s.Faults.Draw(w, r, r.URL.Path, nil)
	refuse := func(status int, code, message string) {
		server.RespondXML(w, status, server.StorageError{
			Code: code, Message: message, RequestID: store.NewToken()[:24], HostID: r.Host})
	}
	switch {
	case fault.Fail:
		refuse(http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again.")
		return
	case fault.Lose:
		faults.Cut()
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		refuse(http.StatusMethodNotAllowed, "MethodNotAllowed",
			"The specified method is not allowed against this resource.")
		return
	case !s.checkHKey(r.URL.Path, r.URL.Query().Get("hkey"), s.Clock()):
		refuse(http.StatusForbidden, "AccessDenied", "Request has expired, or the hkey is not of this address.")
		return
	}
	// What has an hkey exists.
	id, place, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, contractPath), "/")
	w.Header().Set("Content-Type", "application/pdf")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(contractPDF("Signed contract "+id, "Document "+place)))
}
