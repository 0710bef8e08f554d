package backend

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/eval"
	"countersign/schema/config/provider"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/words"
)

// HTTP is the state "http" block. Its attributes are those of Terraform's backend of that name, and what they leave
// out comes from the same environment variables; journal_address, token and headers are more.
type HTTP struct {
	Address        string
	UpdateMethod   string // "": POST
	LockAddress    string // "": there is no lock
	LockMethod     string // "": LOCK
	UnlockAddress  string // "": LockAddress
	UnlockMethod   string // "": UNLOCK
	JournalAddress string // "": derived from Address

	Username, Password string
	Token              string
	Headers            map[string]string

	SkipCertVerification   bool
	ClientCACertificatePEM string
	ClientCertificatePEM   string
	ClientPrivateKeyPEM    string
	CAFile                 string // of the environment

	RetryMax                   int
	RetryWaitMin, RetryWaitMax time.Duration
}

// String leaves the secrets out, so that a block printed by mistake shows none.
func (h HTTP) String() string { return "state http at " + shownAddress(h.Address) }

// GoString is String, for %#v.
func (h HTTP) GoString() string { return h.String() }

// shownAddress is an address without what may be secret in it.
func shownAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

var httpSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "address"}, {Name: "update_method"},
	{Name: "lock_address"}, {Name: "lock_method"}, {Name: "unlock_address"}, {Name: "unlock_method"},
	{Name: "journal_address"}, {Name: "username"}, {Name: "password"}, {Name: "token"}, {Name: "headers"},
	{Name: "skip_cert_verification"}, {Name: "retry_max"}, {Name: "retry_wait_min"}, {Name: "retry_wait_max"},
	{Name: "client_ca_certificate_pem"}, {Name: "client_certificate_pem"}, {Name: "client_private_key_pem"}}}

// http evaluates the block; without an address, Path of the result is "" and the mistake is reported.
func (bs Blocks) http(block *Block) State {
	const env = "TF_HTTP_"
	h := HTTP{CAFile: bs.Environ[provider.CAFileEnv]}
	b := bs.Binder()
	for _, name := range slices.Sorted(maps.Keys(block.attributes)) {
		b.Quiet = slices.Contains(sensitive.SecretAttributes, name) || name == "headers"
		b.Add(block.attributes[name])
	}
	f := b.Frame(block.Address)
	f.Early, f.Secrets = true, true
	sound := true
	for _, text := range []struct {
		name, env string
		into      *string
		quiet     bool
		outside   bool // says where secrets are sent, or whom to trust there
	}{
		{"address", "ADDRESS", &h.Address, false, true},
		{"update_method", "UPDATE_METHOD", &h.UpdateMethod, false, false},
		{"lock_address", "LOCK_ADDRESS", &h.LockAddress, false, true},
		{"lock_method", "LOCK_METHOD", &h.LockMethod, false, false},
		{"unlock_address", "UNLOCK_ADDRESS", &h.UnlockAddress, false, true},
		{"unlock_method", "UNLOCK_METHOD", &h.UnlockMethod, false, false},
		{"journal_address", "JOURNAL_ADDRESS", &h.JournalAddress, false, true},
		{"username", "USERNAME", &h.Username, true, false},
		{"password", "PASSWORD", &h.Password, true, false},
		{"token", "TOKEN", &h.Token, true, false},
		{"client_ca_certificate_pem", "CLIENT_CA_CERTIFICATE_PEM", &h.ClientCACertificatePEM, false, true},
		{"client_certificate_pem", "CLIENT_CERTIFICATE_PEM", &h.ClientCertificatePEM, false, false},
		{"client_private_key_pem", "CLIENT_PRIVATE_KEY_PEM", &h.ClientPrivateKeyPEM, true, false},
	} {
		*text.into = bs.Environ[env+text.env]
		f.Quiet = text.quiet
		value, is := f.Text(block.attributes[text.name], words.Word(text.name))
		f.Quiet = false
		switch is {
		case eval.Given:
			if text.outside && !bs.fromOutside(f, block.attributes[text.name], text.name, value, env+text.env) {
				sound = false
			}
			*text.into = value
		case eval.Absent:
		default:
			sound = false
		}
	}
	for _, n := range []struct {
		name, env string
		least     int64
		byDefault int64
		into      func(int64)
	}{
		{"retry_max", "RETRY_MAX", 0, 2, func(n int64) { h.RetryMax = int(min(n, math.MaxInt32)) }},
		{"retry_wait_min", "RETRY_WAIT_MIN", 0, 1, func(n int64) { h.RetryWaitMin = seconds(n) }},
		{"retry_wait_max", "RETRY_WAIT_MAX", 0, 30, func(n int64) { h.RetryWaitMax = seconds(n) }},
	} {
		value := n.byDefault
		expr := block.attributes[n.name]
		given, is := f.Whole(expr, words.Word(n.name), n.least)
		switch text := bs.Environ[env+n.env]; {
		case is == eval.Given:
			value = given
		case is != eval.Absent:
			sound = false
		case text != "":
			var err error
			if value, err = strconv.ParseInt(text, 10, 64); err != nil || value < n.least {
				f.FailAt(block.At, nil, "Invalid "+n.name, "%s is not a whole number.", words.Word(env+n.env))
				sound = false
			}
		}
		n.into(value)
	}
	skip, is := f.Flag(block.attributes["skip_cert_verification"], "skip_cert_verification")
	if skip && !bs.fromOutside(f, block.attributes["skip_cert_verification"], "skip_cert_verification", "true",
		env+"SKIP_CERT_VERIFICATION") {
		sound = false
	}
	h.SkipCertVerification = skip
	if is == eval.Absent {
		h.SkipCertVerification, _ = strconv.ParseBool(bs.Environ[env+"SKIP_CERT_VERIFICATION"])
	}
	f.Quiet = true
	headers, is := f.Value(block.attributes["headers"])
	if is == eval.Given {
		headers, _ = headers.UnmarkDeep()
		var strings bool
		if h.Headers, strings = stringMap(headers); !strings {
			sound = false
			f.Fail(block.attributes["headers"], "Wrong type", "headers must be a map of strings that are known here.")
		}
	} else if is != eval.Absent {
		sound = false
	}
	f.Quiet = false
	for _, a := range []struct{ name, address string }{{"address", h.Address}, {"lock_address", h.LockAddress},
		{"unlock_address", h.UnlockAddress}, {"journal_address", h.JournalAddress}} {
		u, err := url.Parse(a.address)
		if a.address == "" && a.name != "address" || sound && err == nil && (u.Scheme == "http" ||
			u.Scheme == "https") && u.Host != "" && u.User == nil && u.Fragment == "" {
			continue
		}
		if sound {
			at := block.At
			expr := block.attributes[a.name]
			if expr != nil {
				at = expr.Range()
			}
			f.FailAt(at, nil, "Invalid "+a.name, "%s must be a web address without user name and password, such as "+
				"\"https://gitlab.example.com/api/v4/projects/7/terraform/state/approvals\". Credentials go into "+
				"TF_HTTP_USERNAME and TF_HTTP_PASSWORD.", words.Word(a.name))
		}
		return State{Type: "http"}
	}
	if !sound {
		return State{Type: "http"}
	}
	if h.LockAddress == "" {
		at := block.At
		bs.Report(diagnostic.Finding{Address: block.Address, Diagnostic: &hcl.Diagnostic{Severity: hcl.DiagWarning,
			Summary: "State without a lock", Subject: &at, Detail: fmt.Sprintf("There is no lock_address, so two runs "+
				"at the same time are not kept apart: the later one may write over what the earlier one did. Give "+
				"lock_address, or %sLOCK_ADDRESS, if the server has locks.", env)}})
	}
	return State{Type: "http", Path: shownAddress(h.Address), HTTP: &h}
}

func seconds(n int64) time.Duration { return time.Duration(min(n, 3600)) * time.Second }

// stringMap reads a map or an object of strings.
func stringMap(v cty.Value) (map[string]string, bool) {
	if !v.IsWhollyKnown() || v.IsNull() || !v.CanIterateElements() || !v.Type().IsMapType() && !v.Type().IsObjectType() {
		return nil, false
	}
	texts := map[string]string{}
	for name, value := range v.AsValueMap() {
		if value.IsNull() || value.Type() != cty.String {
			return nil, false
		}
		texts[name] = value.AsString()
	}
	return texts, true
}
