package provider

import (
	"fmt"
	"strconv"

	"countersign/schema/config/eval"
	"countersign/schema/config/functions"
	"countersign/schema/config/words"
)

// DingTalk is the provider "dingtalk" block. The app's secret is printed nowhere.
type DingTalk struct {
	Endpoint  string // "sandbox:" is the embedded one, which needs no keys
	AppKey    string // "" when neither the block nor DINGTALK_APP_KEY gives one
	AppSecret string // "" when neither the block nor DINGTALK_APP_SECRET gives one
	AgentID   int64  // 0 when neither the block nor DINGTALK_AGENT_ID gives one
	Connection
	MultipartAbove int64 // bytes; files above it go up in parts; 0: not written
}

// String leaves the secrets out, so that a provider printed by mistake shows none.
func (p DingTalk) String() string { return fmt.Sprintf("provider dingtalk at %s", p.Endpoint) }

// GoString is String, for %#v.
func (p DingTalk) GoString() string { return p.String() }

const (
	dingtalkEndpoint    = "https://api.dingtalk.com"
	dingtalkEndpointEnv = "DINGTALK_ENDPOINT"
	DingTalkKeyEnv      = "DINGTALK_APP_KEY"
	DingTalkSecretEnv   = "DINGTALK_APP_SECRET"
	dingtalkAgentIDEnv  = "DINGTALK_AGENT_ID"
)

// maxSinglePut is the size in bytes above which DingTalk takes a file in parts only.
const maxSinglePut = 5 << 30

// DingTalkFromEnviron is the provider that the environment alone gives; os.Environ() has its form.
func DingTalkFromEnviron(list []string) (DingTalk, error) {
	return dingtalkDefaults(functions.Environ(list))
}

func dingtalkDefaults(environ map[string]string) (DingTalk, error) {
	p := DingTalk{Endpoint: dingtalkEndpoint, AppKey: environ[DingTalkKeyEnv], AppSecret: environ[DingTalkSecretEnv]}
	p.CAFile = environ[CAFileEnv]
	if text := environ[dingtalkEndpointEnv]; text != "" {
		p.Endpoint = text
	}
	if text := environ[dingtalkAgentIDEnv]; text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 1 {
			return p, fmt.Errorf("%s is not the number of an app's agent", dingtalkAgentIDEnv)
		}
		p.AgentID = id
	}
	return p, nil
}

// DingTalk evaluates the provider "dingtalk" block; nil without one. Keys that are missing are no mistake yet: whoever
// validates a configuration need not have them.
func (ps Blocks) DingTalk() *DingTalk {
	block := ps.block(dingtalkName)
	if block == nil {
		return nil
	}
	f := block.frame(ps.Evaluator)
	p, err := dingtalkDefaults(ps.Environ)
	if text, is := f.Text(block.Expr("endpoint"), "endpoint"); is == eval.Given {
		p.Endpoint = text
	}
	checkEndpoint(f, block, p.Endpoint, "Write the host of DingTalk's interface, such as "+
		"\"https://api.dingtalk.com\" or \"https://api.dingtalk.io\", or \"sandbox:\" for the embedded one.")
	secret(f, block, "app_key", &p.AppKey)
	secret(f, block, "app_secret", &p.AppSecret)
	switch id, is := f.Whole(block.Expr("agent_id"), "agent_id", 1); {
	case is == eval.Given:
		p.AgentID = id
	case is == eval.Absent && err != nil:
		f.FailAt(block.At, nil, "Invalid agent_id", "%s. Set it to the number that DingTalk's console shows, or "+
			"write agent_id.", err)
	}
	ps.connection(f, block, p.Endpoint, &p.Connection)
	above := block.Expr("multipart_above")
	if n, is := f.Whole(above, "multipart_above", 1); is == eval.Given {
		p.MultipartAbove = n
		if n > maxSinglePut {
			f.Fail(above, "Invalid multipart_above", "DingTalk takes files of up to %s bytes (5 GB) "+
				"in one part. Write that or less.", words.Word(strconv.FormatInt(maxSinglePut, 10)))
		}
	}
	return &p
}
