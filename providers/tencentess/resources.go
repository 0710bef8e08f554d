package tencentess

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"countersign/providers/jsontext"
	"countersign/providers/route"
)

const (
	service = "essbasic"
	version = "2021-05-26"
	action  = "DescribeResourceUrlsByFlows"
	batch   = 50              // flows in one call (document section 2)
	linkAge = 5 * time.Minute // how long a link lives
)

// endpoints are all calls that this client makes, and what each does.
var endpoints = map[string]route.Effect{action: route.Reads, callFetch: route.Reads}

// agent is for whom contracts are fetched (document section 2, Agent). ProxyAppId is not to be filled.
type agent struct {
	AppID        string   `json:"AppId"`
	Organization string   `json:"ProxyOrganizationOpenId"`
	Operator     operator `json:"ProxyOperator"`
}

type operator struct {
	OpenID string `json:"OpenId"`
}

// Flow is a contract with its signed files.
type Flow struct {
	ID    string
	Files []File
	Err   error // why there is no link to it; other flows are not affected
}

// File is one file of a contract. It carries a link that lives five minutes; it prints without it.
type File struct {
	Name string // as the vendor has it, not to be trusted as a path: see SafeName
	Type string // such as PDF

	flow string
	url  string
	born time.Time
}

// Format prints name and type, whatever the verb: the link is a secret.
func (f File) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "%s (%s)", route.Words(f.Name), route.Words(f.Type))
}

// Resources asks for links to the files of flows: DescribeResourceUrlsByFlows (the whole document). Any number of flows
// is asked for, fifty at a time; the result is in their order. A flow without a link has its own Err and stops no
// other. The error is for the call itself. Fetch the files at once: their links live five minutes.
func (c *Client) Resources(ctx context.Context, flows []string) ([]Flow, error) {
	var wrong []error
	if len(flows) == 0 {
		wrong = append(wrong, errors.New("no flows"))
	}
	for i, id := range flows {
		if id == "" {
			wrong = append(wrong, fmt.Errorf("flow %d of %d has no id", i+1, len(flows)))
		}
	}
	if len(wrong) > 0 {
		return nil, c.of(action, "").Refuse(wrong...)
	}
	all := make([]Flow, 0, len(flows))
	for start := 0; start < len(flows); start += batch {
		some := flows[start:min(start+batch, len(flows))]
		about := fmt.Sprintf("flows %d to %d of %d", start+1, start+len(some), len(flows))
		if len(flows) == 1 {
			about = "flow " + flows[0]
		}
		k := c.of(action, about)
		found, err := route.Persist(ctx, c.tries, k,
			func(ctx context.Context) ([]Flow, *route.Error) { return c.describe(ctx, some, k) })
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// describe makes the call once, signed with the time of now.
func (c *Client) describe(ctx context.Context, flows []string, k route.Call) ([]Flow, *route.Error) {
	if err := c.turn(ctx); err != nil {
		return nil, k.Unsent(err)
	}
	limited, clock, stop := route.Within(ctx, c.timeout)
	defer stop()
	noted, kept := recorded(limited, clock)
	request := tchttp.NewCommonRequest(service, version, action)
	request.SetContext(noted)
	if c.headers != nil {
		request.SetHeader(c.headers)
	}
	if err := request.SetActionParameters(map[string]any{"Agent": c.agent, "FlowIds": flows}); err != nil {
		return nil, k.Unsent(err)
	}
	asked := c.now()
	err := c.calls.Send(request, tchttp.NewCommonResponse())
	defer kept.answer.Done()
	if kept.status == 0 {
		if err == nil {
			err = errors.New("no answer")
		}
		return nil, k.Lost(ctx, limited, 0, withoutSDK(err), true)
	}
	return c.read(kept, flows, asked, k)
}

// answer is the vendor's envelope (document section 3; errors: wire facts, section 4.2).
type answer struct {
	Infos     []info   `json:"FlowResourceUrlInfos"`
	Messages  []string `json:"ErrorMessages"`
	RequestID string   `json:"RequestId"`
	Error     *struct{ Code, Message string }
}

// info is what there is of one flow.
type info struct {
	FlowID    string `json:"FlowId"`
	Resources []struct {
		URL  string `json:"Url"`
		Name string
		Type string
	} `json:"ResourceUrlInfos"`

	short string // why its list is not whole, "" if nothing says so
}

// UnmarshalJSON also looks at what stands beside the list.
func (i *info) UnmarshalJSON(b []byte) error {
	type plain info
	if err := json.Unmarshal(b, (*plain)(i)); err != nil {
		return err
	}
	i.short = route.Incomplete(len(i.Resources), jsontext.Value(b).Members())
	return nil
}

// readAnswer opens the envelope. ok is false when it is none.
func readAnswer(body string) (a answer, short string, ok bool) {
	var envelope struct{ Response json.RawMessage }
	if json.Unmarshal([]byte(body), &envelope) != nil || string(envelope.Response) == "null" ||
		json.Unmarshal(envelope.Response, &a) != nil {
		return a, "", false
	}
	files := 0
	for _, i := range a.Infos {
		files += len(i.Resources)
		short = cmp.Or(short, i.short)
	}
	// A total beside the lists may be that of flows or of files.
	return a, cmp.Or(short, route.Incomplete(max(files, len(a.Infos)), jsontext.Value(envelope.Response).Members())),
		true
}

// read makes of an answer what it says of each flow, in their order.
func (c *Client) read(kept *record, flows []string, asked time.Time, k route.Call) ([]Flow, *route.Error) {
	a, short, readable := readAnswer(kept.answer.Text)
	var links []string
	for _, i := range a.Infos {
		for _, r := range i.Resources {
			links = append(links, r.URL)
		}
	}
	k.Hide = c.hiding(links) // an answer may repeat them anywhere
	e := route.Error{Status: kept.status, Again: route.Transient(kept.status),
		Throttled: kept.status == http.StatusTooManyRequests}
	if readable {
		e.RequestID = a.RequestID
	}
	switch {
	case readable && a.Error != nil && a.Error.Code != "":
		e.Code, e.Message = a.Error.Code, a.Error.Message
		e.Throttled = e.Throttled || throttles(e.Code)
		e.Again = e.Again || e.Throttled || passes(e.Code)
		if !kept.date.IsZero() {
			skew := kept.date.Sub(c.now())
			k.Advise = func(e *route.Error) string { return advise(e, skew) }
		}
	case kept.status/100 == 3:
		e.Err = fmt.Errorf("redirected to %s", route.WithoutSecrets(kept.location))
	case kept.status != http.StatusOK:
		e.Err = errors.New(excerpt(kept.answer.Text))
	case !readable:
		e.Err = fmt.Errorf("%w: %s", route.ErrUnreadable, excerpt(kept.answer.Text))
	case short != "":
		e.Err = fmt.Errorf("%w: %s", route.ErrShort, route.Words(short))
	case len(a.Infos) != len(flows) || len(a.Messages) != len(flows):
		e.Err = fmt.Errorf("%w: for %d flows it has %d with links and %d messages, so none can be told apart",
			route.ErrUnreadable, len(flows), len(a.Infos), len(a.Messages))
	default:
		found := make([]Flow, len(flows))
		for i, id := range flows {
			if other := a.Infos[i].FlowID; other != "" && other != id {
				e.Err = fmt.Errorf("%w: flow %d is %s and %s was asked for there", route.ErrUnreadable, i+1,
					route.Words(other), route.Words(id))
				return nil, k.Fail(e)
			}
			found[i] = c.flow(id, a.Infos[i], a.Messages[i], asked, k.Hide)
		}
		return found, nil
	}
	return nil, k.Fail(e)
}

// flow is what an answer says of one flow: its files, or why there is no link to one of them.
func (c *Client) flow(id string, said info, message string, asked time.Time, hide func(string) string) Flow {
	none := func(why string) Flow { return Flow{ID: id, Err: fmt.Errorf("flow %s: %s", id, route.Glossed(why))} }
	if message != "" {
		return none(route.Words(hide(message)))
	}
	f := Flow{ID: id}
	for _, r := range said.Resources {
		if why := c.checkLink(r.URL); why != "" {
			return none(fmt.Sprintf("the link to %s %s", route.Words(hide(r.Name)), why))
		}
		f.Files = append(f.Files, File{Name: r.Name, Type: r.Type, flow: id, url: r.URL, born: asked})
	}
	if len(f.Files) == 0 {
		return none("the service gave no link and did not say why")
	}
	return f
}

// checkLink says why a link is not to be followed; "" if it may.
func (c *Client) checkLink(link string) string {
	u, err := url.Parse(link)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil:
		return "is no address"
	case c.wantsTLS && u.Scheme != "https":
		return "is not https, so the contract would travel in the clear"
	}
	return ""
}

// excerpt says what an answer is that is not what it should be. It does not repeat it: links may be in it.
func excerpt(body string) string {
	switch b := strings.TrimSpace(body); {
	case b == "":
		return "the answer is empty"
	case b[0] == '<':
		return "the answer is a page"
	case b[0] == '{':
		return fmt.Sprintf("the answer is JSON of %d bytes, and not of the documented form", len(b))
	}
	return fmt.Sprintf("the answer is %d bytes that are no JSON", len(body))
}
