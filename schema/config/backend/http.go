package backend

import (
	"math"
	"net/url"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/provider"
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

// http evaluates the block. After a mistake, which is reported, the result has no Path.
func (bs Blocks) http(block *Block) State {
	h := HTTP{CAFile: bs.Environ[provider.CAFileEnv]}
	r := bs.reader(block.Address, block.At, block.Attributes, "TF_HTTP_")
	r.f.Secrets = true
	for _, a := range []struct {
		name string
		into *string
		read func(name string, into *string) bool
	}{
		{"address", &h.Address, r.place},
		{"update_method", &h.UpdateMethod, r.text},
		{"lock_address", &h.LockAddress, r.place},
		{"lock_method", &h.LockMethod, r.text},
		{"unlock_address", &h.UnlockAddress, r.place},
		{"unlock_method", &h.UnlockMethod, r.text},
		{"journal_address", &h.JournalAddress, r.place},
		{"username", &h.Username, r.secret},
		{"password", &h.Password, r.secret},
		{"token", &h.Token, r.secret},
		{"client_ca_certificate_pem", &h.ClientCACertificatePEM, r.place},
		{"client_certificate_pem", &h.ClientCertificatePEM, r.text},
		{"client_private_key_pem", &h.ClientPrivateKeyPEM, r.secret},
	} {
		*a.into = r.environ(a.name)
		a.read(a.name, a.into)
	}
	h.RetryMax = int(min(r.whole("retry_max", 2), math.MaxInt32))
	h.RetryWaitMin, h.RetryWaitMax = seconds(r.whole("retry_wait_min", 1)), seconds(r.whole("retry_wait_max", 30))
	if r.flag("skip_cert_verification", &h.SkipCertVerification) && h.SkipCertVerification {
		r.fromOutside("skip_cert_verification", "true", r.variable("skip_cert_verification"))
	}
	h.Headers = r.headers()
	for _, a := range []struct{ name, address string }{{"address", h.Address}, {"lock_address", h.LockAddress},
		{"unlock_address", h.UnlockAddress}, {"journal_address", h.JournalAddress}} {
		if r.sound && !isWebAddress(a.address) && (a.address != "" || a.name == "address") {
			r.f.FailAt(r.at(a.name), nil, "Invalid "+a.name, "%s must be a web address without user name and "+
				"password, such as \"https://gitlab.example.com/api/v4/projects/7/terraform/state/approvals\". "+
				"Credentials go into TF_HTTP_USERNAME and TF_HTTP_PASSWORD.", words.Word(a.name))
			r.sound = false
		}
	}
	if !r.sound {
		return State{Type: "http"}
	}
	if h.LockAddress == "" {
		bs.WarnAt(block.Address, block.At, "State without a lock", "There is no lock_address, so two runs at the "+
			"same time are not kept apart: the later one may write over what the earlier one did. Give lock_address, "+
			"or %s, if the server has locks.", r.variable("lock_address"))
	}
	return State{Type: "http", Path: shownAddress(h.Address), HTTP: &h}
}

func isWebAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		u.Fragment == ""
}

// headers reads a map of texts, which may be secrets.
func (r *reader) headers() map[string]string {
	r.f.Quiet = true
	defer func() { r.f.Quiet = false }()
	v, is := r.f.Value(r.Expr("headers"))
	if !r.given(is) {
		return nil
	}
	v, _ = v.UnmarkDeep()
	texts, ok := stringMap(v)
	if !ok {
		r.wrong("headers", "Wrong type", "headers must be a map of strings that are known here.")
	}
	return texts
}

func seconds(n int64) time.Duration { return time.Duration(min(n, 3600)) * time.Second }

// stringMap reads a map or an object of strings.
func stringMap(v cty.Value) (map[string]string, bool) {
	if !v.IsWhollyKnown() || v.IsNull() || !v.Type().IsMapType() && !v.Type().IsObjectType() {
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
