package config

import (
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Provider is the provider "yomicloud" block. The token is secret: it is printed nowhere.
type Provider struct {
	Endpoint          string // "sandbox:" is the embedded drive; "" when neither the block nor YOMICLOUD_ENDPOINT gives one
	Token             string // "" when neither the block nor YOMICLOUD_TOKEN gives one
	Timeout           time.Duration
	CAFile            string // absolute
	Proxy             string
	Retries           *int
	RequestsPerSecond float64
}

// String leaves the token out, so that a Provider printed by mistake tells no secret.
func (p Provider) String() string { return fmt.Sprintf("provider yomicloud at %s", p.Endpoint) }

// GoString is String, for %#v.
func (p Provider) GoString() string { return p.String() }

const (
	providerName = "yomicloud"
	tokenEnv     = "YOMICLOUD_TOKEN"
	endpointEnv  = "YOMICLOUD_ENDPOINT"
	sandbox      = "sandbox:"
)

type providerBlock struct {
	header
	endpoint, token, timeout, caFile, proxy, retries, requestsPerSecond hcl.Expression
}

var providerSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "endpoint"}, {Name: "token"}, {Name: "timeout"}, {Name: "ca_file"},
	{Name: "proxy"}, {Name: "retries"}, {Name: "requests_per_second"}}}

func decodeProvider(b *hcl.Block, diags *hcl.Diagnostics) *providerBlock {
	h := headerOf(b, diags)
	if h.name != providerName {
		*diags = append(*diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Unknown provider",
			Detail:  fmt.Sprintf("There is no provider %q.%s The one there is: %q.", h.name, didYouMean(h.name, []string{providerName}), providerName),
			Subject: &b.LabelRanges[0], Context: &b.DefRange})
	}
	c := content(b.Body, providerSchema, diags)
	return &providerBlock{header: h, endpoint: expression(c, "endpoint"), token: expression(c, "token"), timeout: expression(c, "timeout"),
		caFile: expression(c, "ca_file"), proxy: expression(c, "proxy"), retries: expression(c, "retries"), requestsPerSecond: expression(c, "requests_per_second")}
}

// provider evaluates the provider block. A configuration without one takes everything from the environment.
func (ev *evaluator) provider() Provider {
	p := Provider{Endpoint: ev.environ[endpointEnv], Token: ev.environ[tokenEnv]}
	if len(ev.src.document.providers) == 0 {
		return p
	}
	block := ev.src.document.providers[0]
	if block.name != providerName {
		return p
	}
	b := ev.binder()
	for _, e := range [...]hcl.Expression{block.endpoint, block.token, block.timeout, block.caFile, block.proxy, block.retries, block.requestsPerSecond} {
		b.add(e)
	}
	f := b.frame(block.address)
	f.early, f.secrets = true, true

	if text, is := f.text(block.endpoint, "endpoint"); is == given {
		p.Endpoint = text
		if why := invalidEndpoint(text); why != "" {
			f.fail(block.endpoint, "Invalid endpoint", "%s Write the drive's address, such as \"https://drive.example.com\", or \"sandbox:\" for the embedded drive.", why)
		}
	} else if is == absent && p.Endpoint == "" {
		f.failAt(block.at, nil, "Provider without an endpoint", "Write the drive's address, endpoint = \"https://drive.example.com\", or \"sandbox:\" for the embedded drive, or set %s.", endpointEnv)
	}
	f.quiet = true
	if text, is := f.text(block.token, "token"); is == given && text != "" {
		p.Token = text
	}
	f.quiet = false
	if text, is := f.text(block.timeout, "timeout"); is == given {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			f.fail(block.timeout, "Invalid timeout", "timeout is how long one call may take, such as \"30s\" or \"2m\".")
		}
		p.Timeout = d
	}
	if text, is := f.text(block.caFile, "ca_file"); is == given {
		p.CAFile = ev.file(text)
		if _, err := os.Stat(p.CAFile); err != nil {
			f.fail(block.caFile, "Cannot read ca_file", "Looking for %q: %s. It is the path of a PEM file, relative to this configuration.", text, reason(err))
		}
	}
	if text, is := f.text(block.proxy, "proxy"); is == given {
		p.Proxy = text
		if u, err := url.Parse(text); err != nil || u.Host == "" {
			f.fail(block.proxy, "Invalid proxy", "proxy is the address of a proxy, such as \"http://proxy.example.com:3128\".")
		}
	}
	if n, is := f.whole(block.retries, "retries", 0); is == given {
		retries := int(min(n, math.MaxInt32))
		p.Retries = &retries
	}
	if v, is := f.convert(block.requestsPerSecond, "requests_per_second", cty.Number, "a number"); is == given {
		p.RequestsPerSecond, _ = v.AsBigFloat().Float64()
		if p.RequestsPerSecond <= 0 {
			f.fail(block.requestsPerSecond, "Invalid requests_per_second", "requests_per_second must be more than 0. Leave it out for no limit.")
		}
	}
	return p
}

// invalidEndpoint says what is wrong with an endpoint, without repeating what may be secret in it.
func invalidEndpoint(text string) string {
	if text == sandbox {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "The endpoint is not a web address."
	case u.User != nil:
		return "The endpoint must not hold a user or password."
	case u.RawQuery != "" || u.Fragment != "":
		return "The endpoint must not go on with ? or #."
	}
	return ""
}

// file makes a path of the configuration absolute.
func (ev *evaluator) file(path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(ev.src.Dir, path)
	}
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return path
}

// StateBackend is the state block.
type StateBackend struct {
	Type string // "local"
	Path string // absolute, or relative to the working directory: ready to open; "" when it could not be evaluated
}

type stateBlock struct {
	header
	path hcl.Expression
}

var stateSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "path"}}}

func decodeState(b *hcl.Block, diags *hcl.Diagnostics) *stateBlock {
	h := headerOf(b, diags)
	if h.name != "local" {
		*diags = append(*diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Unknown kind of state",
			Detail:  fmt.Sprintf("State cannot be kept in %q.%s What there is: \"local\", a file.", h.name, didYouMean(h.name, []string{"local"})),
			Subject: &b.LabelRanges[0], Context: &b.DefRange})
		return &stateBlock{header: h}
	}
	h.address = "state.local"
	return &stateBlock{header: h, path: expression(content(b.Body, stateSchema, diags), "path")}
}

// state evaluates the state block, or says where the state is without one.
func (ev *evaluator) state() StateBackend {
	s := StateBackend{Type: "local", Path: filepath.Join(ev.src.Dir, ev.src.Name+".state.json")}
	if len(ev.src.document.states) == 0 {
		return s
	}
	block := ev.src.document.states[0]
	b := ev.binder()
	b.add(block.path)
	f := b.frame(block.address)
	f.early = true
	text, is := f.text(block.path, "path")
	if is == absent {
		return s
	}
	s.Path = "" // a path that is wrong or not known must not become another one
	switch {
	case is != given:
	case strings.TrimSpace(text) == "":
		f.fail(block.path, "Invalid path", "path is where the state file is kept, such as \"countersign.state.json\".")
	case filepath.IsAbs(text):
		s.Path = text
	default:
		s.Path = filepath.Join(ev.src.Dir, text)
	}
	return s
}
