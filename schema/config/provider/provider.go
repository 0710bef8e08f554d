// Package provider reads and evaluates provider blocks: how the drive, DingTalk and the e-sign service are reached.
// What a block leaves out comes from the environment. Tokens and keys stay out of everything that is shown. It calls no
// service.
package provider

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/confine"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/disk"
	"countersign/schema/config/eval"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/structure"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// Drive is the provider "yomicloud" block. The token is secret and never printed.
type Drive struct {
	Endpoint string // "sandbox:" is the embedded drive; "" when neither the block nor YOMICLOUD_ENDPOINT gives one
	Token    string // "" when neither the block nor YOMICLOUD_TOKEN gives one
	Connection
	Retries           *int
	RequestsPerSecond float64
	LostWriteWait     time.Duration // how long a write whose answer was lost may take to be carried out; 0: the default
	LongestWait       time.Duration // the longest pause that an answer of the drive can ask for; 0: the default
}

// Connection is what every provider may say of the way to its endpoint.
type Connection struct {
	Timeout  time.Duration
	CAFile   string // absolute; "": CAFileEnv does not name one either
	CAFolder string // which CAFile must not lead out of; "": a person has named it
	Proxy    string
	Hide     []string // what else of the block no message may show, because it is sensitive
}

// Address is the endpoint as messages show it.
func (p Drive) Address() string { return p.Shown(p.Endpoint) }

// Shown is an address, of this provider or another, as messages show it.
func (c Connection) Shown(address string) string {
	for _, h := range c.Hide {
		address = strings.ReplaceAll(address, h, "***")
	}
	return address
}

// String leaves the token out, so that a provider printed by mistake shows no secret.
func (p Drive) String() string { return fmt.Sprintf("provider yomicloud at %s", p.Address()) }

// GoString is String, for %#v.
func (p Drive) GoString() string { return p.String() }

// The names of the providers there can be, each in one block.
const (
	yomicloudName  = "yomicloud"
	dingtalkName   = "dingtalk"
	tencentessName = "tencentess"
)

// CAFileEnv is the environment variable that names a PEM file of authorities, for providers whose block names none.
const CAFileEnv = "COUNTERSIGN_CA_FILE"

const (
	tokenEnv    = "YOMICLOUD_TOKEN"
	endpointEnv = "YOMICLOUD_ENDPOINT"
	sandbox     = "sandbox:"
)

// Block is a provider block of any name. One of an unknown name has no attributes.
type Block struct{ structure.Object }

// Schemas are those of the blocks, by the provider's name.
var Schemas = map[string]*hcl.BodySchema{
	yomicloudName: {Attributes: []hcl.AttributeSchema{{Name: "endpoint"}, {Name: "token"}, {Name: "timeout"},
		{Name: "ca_file"},
		{Name: "proxy"}, {Name: "retries"}, {Name: "requests_per_second"}, {Name: "lost_write_wait"},
		{Name: "longest_wait"}}},
	dingtalkName: {Attributes: []hcl.AttributeSchema{{Name: "app_key"}, {Name: "app_secret"}, {Name: "agent_id"},
		{Name: "endpoint"},
		{Name: "timeout"}, {Name: "ca_file"}, {Name: "proxy"}, {Name: "multipart_above"}}},
	tencentessName: {Attributes: []hcl.AttributeSchema{{Name: "secret_id"}, {Name: "secret_key"}, {Name: "app_id"},
		{Name: "organization"},
		{Name: "operator"}, {Name: "endpoint"}, {Name: "timeout"}, {Name: "ca_file"}, {Name: "proxy"}}},
}

// Decode reads a provider block of any name.
func Decode(b *hcl.Block, diags *hcl.Diagnostics) *Block {
	name := b.Labels[0]
	shape := Schemas[name]
	if shape == nil {
		known := slices.Sorted(maps.Keys(Schemas))
		*diags = append(*diags, diagnostic.Error(b.LabelRanges[0], "Unknown provider", "There is no provider %q.%s A "+
			"provider is %s.", name, words.DidYouMean(name, known), words.OneOf(known)))
		return &Block{structure.ObjectOf(b, structure.Body{}, diags)}
	}
	before := len(*diags)
	body := structure.Content(b.Body, shape, diags)
	for _, d := range (*diags)[before:] {
		d.Extra = diagnostic.Hidden{} // an attribute by a wrong name may still be a secret
	}
	return &Block{structure.ObjectOf(b, body, diags)}
}

// Blocks are the provider blocks of a configuration, and what they are evaluated with.
type Blocks struct {
	*eval.Evaluator
	All     []*Block
	Environ map[string]string
	Values  map[string]cty.Value // of the variables
	Folder  string               // of the configuration

	Restrict bool // where the drive is, and the way there, is not up to the configuration, but to the environment
}

// block is the block of a provider, nil without one.
func (ps Blocks) block(name string) *Block {
	for _, b := range ps.All {
		if b.Name == name {
			if ps.Restrict {
				return b.withoutDefaults()
			}
			return b
		}
	}
	return nil
}

// defaults are the environment variables that give attributes which a block leaves out.
var defaults = map[string]string{
	yomicloudName + ".endpoint": endpointEnv, yomicloudName + ".token": tokenEnv,
	dingtalkName + ".endpoint": dingtalkEndpointEnv, dingtalkName + ".app_key": DingTalkKeyEnv,
	dingtalkName + ".app_secret": DingTalkSecretEnv, dingtalkName + ".agent_id": dingtalkAgentIDEnv,
	tencentessName + ".secret_id": ESignIDEnv, tencentessName + ".secret_key": ESignKeyEnv,
}

// withoutDefaults is the block without attributes that only write out a default, such as token =
// env("YOMICLOUD_TOKEN"): these may stand even in files that must not read the environment.
func (p *Block) withoutDefaults() *Block {
	left := *p
	left.Attributes = p.Without(func(name string, expr hcl.Expression) bool {
		env := defaults[p.Name+"."+name]
		return env != "" && slices.ContainsFunc(syntax.Expressions(expr),
			func(e hclsyntax.Expression) bool { return reads(e, env) })
	})
	return &left
}

// reads reports whether an expression is env("NAME") of one variable, and nothing else.
func reads(e hclsyntax.Expression, variable string) bool {
	if wrap, is := e.(*hclsyntax.TemplateWrapExpr); is { // JSON: "${env(…)}"
		e = wrap.Wrapped
	}
	call, is := e.(*hclsyntax.FunctionCallExpr)
	if !is || call.Name != "env" || len(call.Args) != 1 {
		return false
	}
	name, diags := call.Args[0].Value(nil)
	return !diags.HasErrors() && name.Type() == cty.String && name.AsString() == variable
}

// HasDingTalk reports whether there is a block that says how to reach DingTalk.
func (ps Blocks) HasDingTalk() bool { return ps.block(dingtalkName) != nil }

// HasESign reports whether there is a block that says where contracts come from.
func (ps Blocks) HasESign() bool { return ps.block(tencentessName) != nil }

// frame is where the block's attributes get their values.
func (p *Block) frame(ev *eval.Evaluator) *eval.Frame {
	b := ev.Binder()
	for name, expr := range p.All {
		b.Quiet = slices.Contains(sensitive.SecretAttributes, name)
		b.Add(expr)
	}
	f := b.Frame(p.Address)
	f.Early, f.Secrets = true, true
	return f
}

// Drive evaluates the block of the drive. A configuration without one takes everything from the environment.
func (ps Blocks) Drive() Drive {
	p := Drive{Endpoint: ps.Environ[endpointEnv], Token: ps.Environ[tokenEnv]}
	p.CAFile = ps.Environ[CAFileEnv]
	block := ps.block(yomicloudName)
	if block == nil {
		return p
	}
	f := block.frame(ps.Evaluator)
	endpoint := block.Expr("endpoint")
	switch text, is := f.Text(endpoint, "endpoint"); {
	case is == eval.Given && ps.Restrict && text != p.Endpoint:
		f.Fail(endpoint, "Endpoint that a stranger chose", "With -restrict, where the token is sent is not up to "+
			"the configuration. Set %s; endpoint may then say the same, or be left out.", words.Word(endpointEnv))
	case is == eval.Given:
		p.Endpoint = text
		checkEndpoint(f, block, text, "Write the drive's address, such as \"https://drive.example.com\", or "+
			"\"sandbox:\" for the embedded drive.")
	case is == eval.Absent && p.Endpoint == "" && !block.Misspelt("endpoint"):
		f.FailAt(block.At, nil, "Provider without an endpoint", "Write the drive's address, endpoint = "+
			"\"https://drive.example.com\", or \"sandbox:\" for the embedded drive, or set %s.", endpointEnv)
	}
	secret(f, block, "token", &p.Token)
	duration(f, block, "lost_write_wait", &p.LostWriteWait, "how long a write whose answer was lost may take to show "+
		"up on the drive, such as \"5s\"")
	duration(f, block, "longest_wait", &p.LongestWait, "the longest pause that the drive can ask for before a call is "+
		"tried again, such as \"5m\"")
	if n, is := f.Whole(block.Expr("retries"), "retries", 0); is == eval.Given {
		retries := int(min(n, math.MaxInt32))
		p.Retries = &retries
	}
	rate := block.Expr("requests_per_second")
	if v, is := f.Convert(rate, "requests_per_second", cty.Number, "a number"); is == eval.Given {
		p.RequestsPerSecond, _ = v.AsBigFloat().Float64()
		if p.RequestsPerSecond <= 0 {
			f.Fail(rate, "Invalid requests_per_second", "requests_per_second must be more than 0. "+
				"Leave it out for no limit.")
		}
	}
	ps.connection(f, block, p.Endpoint, &p.Connection)
	return p
}

// duration is the value of an attribute that is a length of time, which must be more than none. What is not written
// leaves into as it is.
func duration(f *eval.Frame, block *Block, name words.Word, into *time.Duration, what words.Word) {
	expr := block.Expr(string(name))
	text, is := f.Text(expr, name)
	if is != eval.Given {
		return
	}
	var err error
	if *into, err = time.ParseDuration(text); err != nil || *into <= 0 {
		f.Fail(expr, "Invalid "+string(name), "%s is %s.", name, what)
	}
}

// secret is the value of an attribute that may be a secret: its source text is not shown. What is not written, or
// empty, leaves into as it is.
func secret(f *eval.Frame, block *Block, name words.Word, into *string) {
	f.Quiet = true
	if text, is := f.Text(block.Expr(string(name)), name); is == eval.Given && text != "" {
		*into = text
	}
	f.Quiet = false
}

// hide is what no message may show of the block's values, because it is sensitive: whole texts, such as the path of
// ca_file, and the secret parts of addresses. Errors need an address, because without it nobody knows what failed. So
// the host is shown of an address that is the whole value of one variable; an address that is put together from parts
// is hidden.
func (ps Blocks) hide(f *eval.Frame, endpoint, proxy string) []string {
	var hide []string
	for _, text := range f.Hide {
		u, err := url.Parse(text)
		switch {
		case text == sandbox || err == nil && text == endpoint && ps.isVariable(text) &&
			strings.Trim(u.Path, "/") == "":
		case err == nil && text == endpoint && ps.isVariable(text):
			hide = append(hide, u.Path)
		case err == nil && (text == endpoint || text == proxy) && u.Host != "":
			hide = append(hide, u.Host, u.Hostname(), u.Path)
		default:
			hide = append(hide, text)
		}
	}
	if u, err := url.Parse(proxy); err == nil && u.User != nil {
		password, _ := u.User.Password()
		hide = append(hide, password, u.User.String())
	}
	return slices.DeleteFunc(hide, func(s string) bool { return strings.Trim(s, "/") == "" })
}

// isVariable reports whether a text is the whole value of a variable, of the environment or of the configuration.
func (ps Blocks) isVariable(text string) bool {
	for _, value := range ps.Environ {
		if value == text {
			return true
		}
	}
	for _, v := range ps.Values {
		if v, _ = v.Unmark(); v.Type() == cty.String && v.IsKnown() && !v.IsNull() && v.AsString() == text {
			return true
		}
	}
	return false
}

// connection evaluates what every provider may say of the way to its endpoint: timeout, ca_file and proxy. What is
// sensitive in the block's values is then known too.
func (ps Blocks) connection(f *eval.Frame, block *Block, endpoint string, c *Connection) {
	defer func() { c.Hide = ps.hide(f, endpoint, c.Proxy) }()
	duration(f, block, "timeout", &c.Timeout, "how long one call may take, such as \"30s\" or \"2m\"")
	if ps.Restrict {
		for name, env := range map[words.Word]words.Word{"ca_file": CAFileEnv, "proxy": "HTTPS_PROXY"} {
			if expr := block.Expr(string(name)); expr != nil {
				f.Fail(expr, "Way that a stranger chose", "With -restrict, %s is not up to the configuration: what it "+
					"names could read the token. Leave it out, and set %s in the environment.", name, env)
			}
		}
		return
	}
	caFile, proxy := block.Expr("ca_file"), block.Expr("proxy")
	if text, is := f.Text(caFile, "ca_file"); is == eval.Given {
		c.CAFile, c.CAFolder = ps.absolute(text), ps.absolute(".")
		switch file, err := confine.OpenIn(c.CAFolder, c.CAFile); {
		case errors.Is(err, confine.ErrOutside), errors.Is(err, confine.ErrLeaves):
			f.Fail(caFile, "ca_file outside of the configuration's folder", "%q is outside of the configuration's "+
				"folder. What is proposed must not choose what is read of this machine: put the file into the folder, "+
				"or name it yourself in the environment variable %s.", text, words.Word(CAFileEnv))
		case err != nil:
			f.Fail(caFile, "Cannot read ca_file", "Looking for %q: %s. It is the path of a PEM file, relative "+
				"to this configuration.", text, words.Word(disk.Reason(err)))
		default:
			file.Close()
		}
	}
	if text, is := f.Text(proxy, "proxy"); is == eval.Given {
		c.Proxy = text
		if u, err := url.Parse(text); err != nil || u.Host == "" {
			f.Fail(proxy, "Invalid proxy", "proxy is the address of a proxy, such as "+
				"\"http://proxy.example.com:3128\".")
		}
	}
}

// checkEndpoint reports an endpoint that is no address, at the attribute, or at the block when the environment gives
// it.
func checkEndpoint(f *eval.Frame, block *Block, text string, advice words.Word) {
	why := invalidEndpoint(text)
	if why == "" {
		return
	}
	at, expr := block.At, block.Expr("endpoint")
	if expr != nil {
		at = expr.Range()
	}
	f.FailAt(at, expr, "Invalid endpoint", "%s %s", why, advice)
}

// invalidEndpoint says what is wrong with an endpoint, and repeats nothing of it, because it may hold a secret.
func invalidEndpoint(text string) words.Word {
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

// absolute makes a path of the configuration absolute.
func (ps Blocks) absolute(path string) string {
	path = disk.Absolute(ps.Folder, path)
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return path
}
