package backend

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/eval"
	"countersign/schema/config/provider"
	"countersign/schema/config/words"
)

// S3 is the state "s3" block. Its attributes are those of Terraform's backend of that name. Credentials come from the
// environment alone.
type S3 struct {
	Bucket, Key  string
	Region       string
	Endpoint     string // "": that of AWS for the region
	UsePathStyle bool
	Encrypt      bool
	KMSKeyID     string

	AccessKeyID, SecretAccessKey, SessionToken string
	CAFile                                     string // of the environment
}

// String leaves the secrets out, so that a block printed by mistake shows none.
func (s S3) String() string { return "s3://" + s.Bucket + "/" + s.Key }

// GoString is String, for %#v.
func (s S3) GoString() string { return s.String() }

var s3Schema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "bucket", Required: true},
	{Name: "key", Required: true}, {Name: "region"}, {Name: "endpoint"}, {Name: "use_path_style"}, {Name: "encrypt"},
	{Name: "kms_key_id"}}}

// s3Secrets are the attributes that Terraform's backend has for what is not taken from files here, and where it is
// taken from.
var s3Secrets = []struct{ name, env string }{{"access_key", "AWS_ACCESS_KEY_ID"}, {"secret_key", "AWS_SECRET_ACCESS_KEY"},
	{"token", "AWS_SESSION_TOKEN"}}

// takeSecrets takes the attributes of s3Secrets out of a body, so that more can be said of them than that they do not
// stand there.
func (b *Block) takeSecrets(body hcl.Body) (rest hcl.Body) {
	var secrets hcl.BodySchema
	for _, secret := range s3Secrets {
		secrets.Attributes = append(secrets.Attributes, hcl.AttributeSchema{Name: secret.name})
	}
	found, rest, _ := body.PartialContent(&secrets) // what else is wrong is found in the rest
	for name, a := range found.Attributes {
		b.attributes[name] = a.Expr
	}
	return rest
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// regionName is a region: it becomes a part of the host's name that credentials are sent to.
var regionName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_-]*$`)

// mostKey is how many bytes a key may have, so that those of the objects beside it have no more than S3 allows.
const mostKey = 960

func unfitKey(key string) bool {
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part == "." || part == ".." {
			return true
		}
	}
	return len(key) > mostKey || strings.ContainsFunc(key, unicode.IsControl)
}

// s3 evaluates the block; where it is wrong, Path of the result is "" and the mistake is reported.
func (bs Blocks) s3(block *Block) State {
	first := func(names ...string) string {
		for _, name := range names {
			if value := bs.Environ[name]; value != "" {
				return value
			}
		}
		return ""
	}
	s := S3{Region: first("AWS_REGION", "AWS_DEFAULT_REGION"), Endpoint: first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
		AccessKeyID: bs.Environ["AWS_ACCESS_KEY_ID"], SecretAccessKey: bs.Environ["AWS_SECRET_ACCESS_KEY"],
		SessionToken: bs.Environ["AWS_SESSION_TOKEN"], CAFile: bs.Environ[provider.CAFileEnv]}
	b := bs.Binder()
	for _, a := range s3Schema.Attributes {
		b.Add(block.attributes[a.Name])
	}
	f := b.Frame(block.Address)
	f.Early = true
	sound := true
	wrong := func(name, summary, format string, args ...any) {
		at := block.At
		if expr := block.attributes[name]; expr != nil {
			at = expr.Range()
		}
		f.FailAt(at, block.attributes[name], summary, format, args...)
		sound = false
	}
	hidden := func(at hcl.Range, summary, format string, args ...any) {
		bs.Report(diagnostic.Finding{Address: block.Address, Diagnostic: &hcl.Diagnostic{Severity: hcl.DiagError,
			Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &at, Extra: diagnostic.Hidden{}}})
		sound = false
	}
	for _, secret := range s3Secrets {
		if expr := block.attributes[secret.name]; expr != nil {
			hidden(expr.Range(), "Credentials in the configuration", "Credentials of a store are not taken from "+
				"files, where "+
				"whoever reads them or their history finds them. Leave %s out and set %s in the environment; and "+
				"give out a "+
				"new one, if this one has been shared.", secret.name, secret.env)
		}
	}
	given := map[string]bool{}
	for _, text := range []struct {
		name     string
		into     *string
		required bool
	}{{"bucket", &s.Bucket, true}, {"key", &s.Key, true}, {"region", &s.Region, false}, {"endpoint", &s.Endpoint, false},
		{"kms_key_id", &s.KMSKeyID, false}} {
		expr := block.attributes[text.name]
		value, is := f.Text(expr, words.Word(text.name))
		if text.required {
			is = f.Required(expr, words.Word(text.name), is)
		}
		switch {
		case is == eval.Given:
			if text.name == "endpoint" && !bs.fromOutside(f, expr, text.name, value, "AWS_ENDPOINT_URL_S3") {
				sound = false
			}
			*text.into, given[text.name] = value, true
		case is != eval.Absent:
			sound = false
		}
	}
	flag := func(name string) (value, written bool) {
		value, is := f.Flag(block.attributes[name], words.Word(name))
		sound = sound && (is == eval.Given || is == eval.Absent)
		return value, is == eval.Given
	}
	s.UsePathStyle, _ = flag("use_path_style")
	encrypt, written := flag("encrypt")
	s.Encrypt = encrypt || !written && s.KMSKeyID != ""
	if given["bucket"] && !bucketName.MatchString(s.Bucket) {
		wrong("bucket", "Invalid bucket", "%q is no bucket's name, which has 3 to 63 small letters, digits, hyphens "+
			"and dots.",
			s.Bucket)
	}
	if given["key"] && unfitKey(s.Key) {
		wrong("key", "Invalid key", "%q is no key for a state. It is a path in the bucket of up to %d bytes, such as "+
			"\"approvals/countersign.state.json\", without a slash at its start or end.", s.Key, mostKey)
	}
	if s.Region != "" && !regionName.MatchString(s.Region) {
		wrong("region", "Invalid region", "%q is no region's name, such as \"eu-central-1\".", s.Region)
	}
	if s.KMSKeyID != "" && written && !encrypt {
		wrong("encrypt", "Key without encryption", "kms_key_id is a key to encrypt with, and encrypt says that "+
			"nothing is "+
			"encrypted. Leave out one of them.")
	}
	u, err := url.Parse(s.Endpoint)
	switch {
	case s.Endpoint == "" && s.Region == "":
		wrong("region", "State without a region", "Write the region of the bucket, such as region = "+
			"\"eu-central-1\", or set "+
			"AWS_REGION; for a store that is not of AWS, write its endpoint.")
	case s.Endpoint == "":
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		at := block.At
		if given["endpoint"] {
			at = block.attributes["endpoint"].Range()
		}
		hidden(at, "Invalid endpoint", "endpoint must be the web address of an S3 store, without a bucket, a path, "+
			"user name "+
			"and password, such as \"https://minio.example.com:9000\".")
	case !s.UsePathStyle && net.ParseIP(u.Hostname()) != nil:
		wrong("endpoint", "Bucket before an IP address", "The bucket's name would be put before %s, which is no name "+
			"of a host. "+
			"Write use_path_style = true, or an endpoint with a name.", u.Hostname())
	}
	if !sound {
		return State{Type: block.Name}
	}
	if s.Region == "" {
		s.Region = "us-east-1" // what stores without regions sign with
	}
	return State{Type: block.Name, Path: s.String(), S3: &s}
}
