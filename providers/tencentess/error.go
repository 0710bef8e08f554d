package tencentess

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	tcerr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"countersign/providers/route"
)

var (
	errUnreadable = errors.New("the answer is not as documented")
	errShort      = errors.New("the list is not whole, and nothing is concluded from it")
)

// Error is a call or a download that failed. No field of it holds the key, a signature or a signed link.
type Error struct {
	Call      string // DescribeResourceUrlsByFlows, or download
	URL       string // scheme and host
	About     string // what was asked for
	Status    int    // HTTP status, 0 when there was no answer
	Code      string // the vendor's code, "" when the answer had none
	Message   string // the vendor's own words
	RequestID string // by which the vendor's support finds the call
	Advice    string // what to do next
	Err       error  // the cause

	again     bool
	throttled bool
	skew      time.Duration // the service's clock less ours
	links     []string      // of which no word may be shown; none once the error is complete
	attempts  int
}

// Error is one line: call, address, what was asked for, status, code, the vendor's words, the cause, advice.
func (e *Error) Error() string { return e.report().String() }

func (e *Error) report() route.Report {
	r := route.Report{Call: e.Call, URL: e.URL, About: e.About, Status: e.Status, Code: e.Code, Message: e.Message,
		RequestID: e.RequestID, Tries: e.attempts, Advice: e.Advice}
	if e.Err != nil {
		r.Cause = line(e.Err.Error())
	}
	return r
}

func (e *Error) Unwrap() error { return e.Err }

// throttles tells the codes that say that a call came too soon after others.
func throttles(code string) bool { return strings.HasPrefix(code, "RequestLimitExceeded") }

// passes tells the other codes that may not come the next time (wire facts, section 4.2).
func passes(code string) bool {
	return strings.HasPrefix(code, "InternalError") || code == "ServiceUnavailable"
}

// failure completes an error: address, advice, and the secrets out of it.
func (c *Client) failure(e Error) *Error {
	if e.URL == "" {
		e.URL = c.base
	}
	hide := c.hiding(e.links)
	e.links = nil
	e.URL, e.About = hide(e.URL), hide(e.About)
	e.Advice = advise(&e)
	if e.Err != nil {
		if clean := hide(e.Err.Error()); clean != e.Err.Error() {
			e.Err = errors.New(clean)
		}
	}
	e.Code, e.Message, e.RequestID = line(hide(e.Code)), line(hide(e.Message)), line(hide(e.RequestID))
	return &e
}

// signed is the part of a link, or of an Authorization header, that opens what it is for.
var signed = regexp.MustCompile(`(https?://[^\s?]*)\?\S+|(Signature=)[0-9a-fA-F]+`)

// hiding takes secrets out of words that came from outside: the keys, what is to be hidden of the configuration, and
// links.
func (c *Client) hiding(links []string) (hide func(words string) string) {
	keys, texts := slices.Concat(c.keys, c.hidden), []string(nil)
	for _, link := range links {
		k, t := route.Signed(link, nil)
		keys, texts = append(keys, k...), append(texts, t...)
	}
	secrets := route.NewSecrets(keys, texts)
	return func(words string) string { return signed.ReplaceAllString(secrets.Hide(words), "${1}${2}…") }
}

// advise says what to do about a failure, for whoever runs the program: in terms of the provider block.
func advise(e *Error) string {
	switch code := e.Code; {
	case code == "AuthFailure.SignatureExpire":
		if e.skew.Abs() >= time.Minute {
			return fmt.Sprintf("set this machine's clock right: it differs from the service's "+
				"by %s, and 5 minutes are allowed", e.skew.Abs().Round(time.Second))
		}
		return "set this machine's clock right: it may differ from the service's by 5 minutes"
	case strings.HasPrefix(code, "AuthFailure"):
		return "check secret_id and secret_key in the provider block (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY)"
	case throttles(code), e.Status == http.StatusTooManyRequests:
		return "too many calls at once: try again a little later"
	case passes(code), e.Status >= 500:
		return "the fault is on Tencent's side: try again later"
	case code == "ResourceNotFound.Application", code == "InvalidParameter.Application":
		return "check app_id in the provider block"
	case code == "ResourceNotFound.Organization", strings.HasSuffix(code, "UnauthorizedOperationOrganization"):
		return "check organization in the provider block, and that the company has authorised the application"
	case code == "MissingParameter.UserOpenId", code == "OperationDenied.UserNotInOrganization":
		return "check operator in the provider block: it must be an employee of that organization, verified by name"
	case strings.HasSuffix(code, "UnauthorizedOperationDownload"):
		return "the company must allow the application to download its contracts: in its authorisation settings, or " +
			"as an extension of the application"
	case code == "UnauthorizedOperation.NoPermissionFeature":
		return "the application's edition does not allow this call"
	case code == "OperationDenied.OutQueryLimit":
		return "too many contracts were asked for; ask for fewer"
	case code == "IpNotInWhitelist", code == "IpInBlacklist":
		return "allow this machine's outgoing address in the Tencent Cloud console"
	case code != "":
		return "one of the values sent is wrong or not allowed; the vendor's words say which: check the provider " +
			"block and the flows"
	case e.Call == callFetch && e.Status >= 400, errors.Is(e.Err, ErrExpired):
		return "a link lives five minutes: ask for it again"
	case e.Status >= 300, errors.Is(e.Err, errUnreadable), errors.Is(e.Err, errShort),
		errors.Is(e.Err, route.ErrTooLarge), errors.Is(e.Err, route.ErrPacking):
		return "that is not how the service answers: check the provider's endpoint, and whether a proxy stands in " +
			"between"
	case errors.Is(e.Err, context.Canceled), e.Err == nil, e.Call == callFetch:
		return ""
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return "nobody listens there: check the provider's endpoint"
	case route.TimedOut(e.Err):
		return "raise timeout in the provider block if the line is slow; check that the endpoint can be reached from " +
			"here"
	case strings.HasPrefix(e.Err.Error(), "no flow"), strings.HasPrefix(e.Err.Error(), "flow "):
		return "nothing was sent"
	}
	return "check the provider's endpoint, and that it can be reached from here"
}

// meaning is why there is no answer, without what the SDK and Go put around it, which may repeat the address.
func meaning(outer, limited context.Context, cause error) error {
	var sdk *tcerr.TencentCloudSDKError
	if errors.As(cause, &sdk) && sdk.Unwrap() != nil {
		cause = sdk.Unwrap()
	}
	return route.Cause(outer, limited, cause)
}

// lasting tells causes that will be the same the next time.
func lasting(err error) bool {
	return route.NoTLS(err) || errors.Is(err, route.ErrTooLarge) || errors.Is(err, route.ErrPacking) ||
		strings.Contains(err.Error(), "redirected ")
}

// line puts foreign words on one line of bearable length. A whole answer may be among them, so only its beginning is
// looked at.
func line(s string) string {
	const most = 300
	return route.Line(s[:min(len(s), 16*most)], most)
}
