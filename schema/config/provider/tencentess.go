package provider

import (
	"fmt"
	"net/url"
	"strings"

	"countersign/schema/config/eval"
	"countersign/schema/config/words"
)

// ESign is the provider "tencentess" block, Tencent's e-sign service. The secrets are printed nowhere.
type ESign struct {
	Endpoint     string // "sandbox:" is the embedded one, which needs no other attribute
	SecretID     string // "" when neither the block nor TENCENTCLOUD_SECRET_ID gives one
	SecretKey    string // "" when neither the block nor TENCENTCLOUD_SECRET_KEY gives one
	AppID        string // of the channel's application; "" only with the sandbox
	Organization string // open id of the organization that the contracts are of; "" only with the sandbox
	Operator     string // open id of a member of it; "" only with the sandbox
	Connection
}

// String leaves the secrets out, so that a provider printed by mistake shows none.
func (p ESign) String() string { return fmt.Sprintf("provider tencentess at %s", p.Endpoint) }

// GoString is String, for %#v.
func (p ESign) GoString() string { return p.String() }

const (
	tencentessEndpoint = "https://essbasic.tencentcloudapi.com"
	ESignIDEnv         = "TENCENTCLOUD_SECRET_ID"
	ESignKeyEnv        = "TENCENTCLOUD_SECRET_KEY"
)

// ESign evaluates the provider "tencentess" block; nil without one. Keys that are missing are no mistake yet: whoever
// validates a configuration need not have them.
func (ps Blocks) ESign() *ESign {
	block := ps.block(tencentessName)
	if block == nil {
		return nil
	}
	f := block.frame(ps.Evaluator)
	p := ESign{Endpoint: tencentessEndpoint, SecretID: ps.Environ[ESignIDEnv], SecretKey: ps.Environ[ESignKeyEnv]}
	p.CAFile = ps.Environ[CAFileEnv]
	const advice words.Word = "Write the host of the service, such as \"https://essbasic.tencentcloudapi.com\", or " +
		"\"sandbox:\" for the embedded one."
	endpoint := block.Expr("endpoint")
	if text, is := f.Text(endpoint, "endpoint"); is == eval.Given {
		p.Endpoint = text
		checkEndpoint(f, block, text, advice)
		if u, err := url.Parse(text); err == nil && text != sandbox && u.Host != "" && strings.Trim(u.Path, "/") != "" {
			f.Fail(endpoint, "Invalid endpoint", "The endpoint must not go on with a path. %s", advice)
		}
	}
	secret(f, block, "secret_id", &p.SecretID)
	secret(f, block, "secret_key", &p.SecretKey)
	for _, attribute := range [...]struct {
		name, what words.Word
		into       *string
	}{
		{"app_id", "the id of your application with the service", &p.AppID},
		{"organization", "the open id of the organization that the contracts are of", &p.Organization},
		{"operator", "the open id of the member of that organization in whose name contracts are fetched", &p.Operator},
	} {
		expr := block.Expr(string(attribute.name))
		text, is := f.Text(expr, attribute.name)
		*attribute.into = text
		switch {
		case is == eval.Given && strings.TrimSpace(text) == "":
			f.Fail(expr, "Empty "+string(attribute.name), "%s is %s. Write it.", attribute.name, attribute.what)
		case is == eval.Absent && p.Endpoint != sandbox:
			f.FailAt(block.At, nil, "Provider without "+string(attribute.name), "%s is %s, and the service asks for "+
				"it. Add it to this block.", attribute.name, attribute.what)
		}
	}
	ps.connection(f, block, p.Endpoint, &p.Connection)
	return &p
}
