package run

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"countersign/command/fault"
	"countersign/providers/dingtalk"
	"countersign/providers/route"
	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/tencentess"
	"countersign/providers/yomicloud"
	"countersign/schema"
	"countersign/schema/config/disk"
	"countersign/schema/config/provider"
	"countersign/stage"
)

// Embedded is the endpoint of the sandbox that runs inside the process. It is one for all three vendors.
const Embedded = "sandbox:"

// needsProvider says that the configuration has no provider of a service.
func needsProvider(service, name, endpoint string) error {
	if endpoint != "" {
		return nil
	}
	return fault.New("The provider is missing", "The configuration does not say where %s is: "+
		"add provider %q { endpoint = … }; \"sandbox:\" is the embedded one.", service, name)
}

// newDrive makes the drive's client; it makes no call.
func (s *Loaded) newDrive(p provider.Drive) (*yomicloud.Client, error) {
	if err := needsProvider("the drive", "yomicloud", p.Endpoint); err != nil {
		return nil, err
	}
	o := yomicloud.Options{
		Endpoint: p.Endpoint, Token: p.Token, Timeout: p.Timeout, CAFile: p.CAFile, CAFolder: p.CAFolder,
		Proxy:             p.Proxy,
		RequestsPerSecond: p.RequestsPerSecond, MaxConnections: s.parallelism, UserAgent: userAgent(), Hide: p.Hide,
		Log: s.Log, LongestWait: p.LongestWait, Waits: s.waits("the drive"),
	}
	if p.Retries != nil {
		if o.Retries = *p.Retries; o.Retries == 0 {
			o.Retries = -1
		}
	}
	if p.Endpoint == Embedded {
		box, err := s.embed()
		if err != nil {
			return nil, err
		}
		o.Transport = box.Transport()
		tokens := box.Tokens()
		if !slices.ContainsFunc(tokens, func(t records.StoredUser) bool { return t.Token == o.Token }) {
			o.Token = orSandbox(o.Token, "YOMICLOUD_TOKEN", tokens[0].Token)
		}
	}
	if o.Token == "" {
		return nil, fault.New("The drive's token is missing", "%s needs a token. Set the environment variable "+
			"YOMICLOUD_TOKEN, or write token = env(\"NAME\") in the provider block.", p.Address())
	}
	if p.Endpoint != Embedded && yomicloud.Insecure(p.Endpoint) {
		s.Warnings = append(s.Warnings, schema.Diagnostic{Severity: schema.Warning,
			Summary: "The token travels in the clear",
			Detail: fmt.Sprintf("%s is http on another machine: everybody on the way can read the token. Use https; "+
				"ca_file in the provider block takes an authority of your own.", p.Address())})
	}
	c, err := yomicloud.New(o)
	return c, without(p.Hide, err)
}

// without is an error about options, without the secrets in it.
func without(hide []string, err error) error {
	if err == nil {
		return nil
	}
	return errors.New(route.NewSecrets(hide, nil).Hide(err.Error()))
}

// NewDingTalk makes DingTalk's client; it makes no call.
func (s *Loaded) NewDingTalk(p provider.DingTalk) (*dingtalk.Client, error) {
	if err := needsProvider("DingTalk", "dingtalk", p.Endpoint); err != nil {
		return nil, err
	}
	o := dingtalk.Options{
		Endpoint: p.Endpoint, AppKey: p.AppKey, AppSecret: p.AppSecret, AgentID: p.AgentID, Timeout: p.Timeout,
		CAFile: p.CAFile, CAFolder: p.CAFolder, Proxy: p.Proxy, UserAgent: userAgent(),
		MultipartAbove: p.MultipartAbove, Hide: p.Hide, Log: s.Log, Waits: s.waits("DingTalk"),
	}
	if p.Endpoint == Embedded {
		box, err := s.embed()
		if err != nil {
			return nil, err
		}
		app := box.Credentials().DingTalk
		o.Transport = box.Transport()
		o.AppKey = orSandbox(p.AppKey, "DINGTALK_APP_KEY", app.AppKey)
		o.AppSecret = orSandbox(p.AppSecret, "DINGTALK_APP_SECRET", app.AppSecret)
		o.AgentID = cmp.Or(p.AgentID, app.AgentID)
	}
	c, err := dingtalk.New(o)
	if err != nil {
		return nil, fault.New("DingTalk cannot be called", "%v", without(p.Hide, err))
	}
	return c, nil
}

// newESign makes the client of Tencent's e-sign service; it makes no call.
func (s *Loaded) newESign(p provider.ESign) (*tencentess.Client, error) {
	if err := needsProvider("Tencent's e-sign service", "tencentess", p.Endpoint); err != nil {
		return nil, err
	}
	o := tencentess.Options{
		Endpoint: p.Endpoint, SecretID: p.SecretID, SecretKey: p.SecretKey, AppID: p.AppID,
		Organization: p.Organization, Operator: p.Operator, Timeout: p.Timeout, UserAgent: userAgent(), Hide: p.Hide,
		Log: s.Log, Waits: s.waits("the e-sign service"),
	}
	switch {
	case p.Endpoint == Embedded:
		box, err := s.embed()
		if err != nil {
			return nil, err
		}
		key := box.Credentials().Tencent
		o.Transport = box.Transport()
		o.SecretID = orSandbox(p.SecretID, "TENCENTCLOUD_SECRET_ID", key.SecretID)
		o.SecretKey = orSandbox(p.SecretKey, "TENCENTCLOUD_SECRET_KEY", key.SecretKey)
		o.AppID, o.Organization = cmp.Or(p.AppID, key.AppID), cmp.Or(p.Organization, key.Organization)
		o.Operator = cmp.Or(p.Operator, key.Operator)
	case p.CAFile != "" || p.Proxy != "":
		var err error
		if o.Transport, err = (route.Network{CAFile: p.CAFile, CAFolder: p.CAFolder, Proxy: p.Proxy,
			IdlePerHost: stage.ContractsAtOnce}).Transport(p.Endpoint); err != nil {
			return nil, fault.New("Tencent's e-sign service cannot be called", "%v", without(p.Hide, err))
		}
	}
	c, err := tencentess.New(o)
	if err != nil {
		return nil, fault.New("Tencent's e-sign service cannot be called", "%v", without(p.Hide, err))
	}
	return c, nil
}

// orSandbox is a key for the sandbox: its own, unless the configuration writes another. The one in the environment is
// a real service's, meant for other configurations.
func orSandbox(given, variable, own string) string {
	if given == "" || given == os.Getenv(variable) {
		return own
	}
	return given
}

// embed opens the sandbox that runs inside the process, once. Its data is beside the configuration. A command that only
// reads makes none: where there is none yet, it sees the one that the first write will make, in a temporary folder.
func (s *Loaded) embed() (*sandbox.Sandbox, error) {
	if s.box != nil {
		return s.box, nil
	}
	dir, name := ".", "countersign"
	if s.Source != nil {
		dir, name = s.Source.Dir, s.Source.Name
	}
	path, err := disk.Path(filepath.Join(dir, ".countersign", name+".db"))
	if err != nil {
		return nil, fault.New("The embedded drive cannot be opened", "%v.", err)
	}
	where := sandbox.Options{Path: path, Folder: dir}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) && !s.Writes {
		where = sandbox.Options{}
	}
	box, err := sandbox.Open(where)
	if err != nil {
		return nil, fault.New("The embedded drive cannot be opened", "%v", err)
	}
	s.box = box
	s.releasing = append(s.releasing, box.Close)
	return box, nil
}

func userAgent() string { return "countersign/" + VersionString() }
