package backend

import (
	"cmp"
	"net"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/provider"
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

// s3Credentials are attributes of Terraform's backend that no file may hold here, and where their values come from.
var s3Credentials = []struct{ name, env string }{{"access_key", "AWS_ACCESS_KEY_ID"},
	{"secret_key", "AWS_SECRET_ACCESS_KEY"}, {"token", "AWS_SESSION_TOKEN"}}

// takeCredentials takes the attributes of s3Credentials out of a body, so that they are not reported as unknown.
func takeCredentials(body hcl.Body) (found map[string]hcl.Expression, rest hcl.Body) {
	var shape hcl.BodySchema
	for _, c := range s3Credentials {
		shape.Attributes = append(shape.Attributes, hcl.AttributeSchema{Name: c.name})
	}
	content, rest, _ := body.PartialContent(&shape) // mistakes are found in the rest
	found = map[string]hcl.Expression{}
	for name, a := range content.Attributes {
		found[name] = a.Expr
	}
	return found, rest
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

// s3 evaluates the block. After a mistake, which is reported, the result has no Path.
func (bs Blocks) s3(block *Block) State {
	env := bs.Environ
	s := S3{Region: cmp.Or(env["AWS_REGION"], env["AWS_DEFAULT_REGION"]),
		Endpoint:    cmp.Or(env["AWS_ENDPOINT_URL_S3"], env["AWS_ENDPOINT_URL"]),
		AccessKeyID: env["AWS_ACCESS_KEY_ID"], SecretAccessKey: env["AWS_SECRET_ACCESS_KEY"],
		SessionToken: env["AWS_SESSION_TOKEN"], CAFile: env[provider.CAFileEnv]}
	r := bs.reader(block.Address, block.At, block.Attributes, "")
	for _, c := range s3Credentials {
		if expr := block.credentials[c.name]; expr != nil {
			r.hidden(expr.Range(), "Credentials in the configuration", "Credentials of a store are not taken from "+
				"files, where whoever reads them or their history finds them. Leave %s out and set %s in the "+
				"environment; and give out a new one, if this one has been shared.", c.name, c.env)
		}
	}
	if r.text("bucket", &s.Bucket) && !bucketName.MatchString(s.Bucket) {
		r.wrong("bucket", "Invalid bucket", "%q is no bucket's name, which has 3 to 63 small letters, digits, "+
			"hyphens and dots.", s.Bucket)
	}
	if r.text("key", &s.Key) && unfitKey(s.Key) {
		r.wrong("key", "Invalid key", "%q is no key for a state. It is a path in the bucket of up to %d bytes, such "+
			"as \"approvals/countersign.state.json\", without a slash at its start or end.", s.Key, mostKey)
	}
	if r.text("region", &s.Region); s.Region != "" && !regionName.MatchString(s.Region) {
		r.wrong("region", "Invalid region", "%q is no region's name, such as \"eu-central-1\".", s.Region)
	}
	r.text("kms_key_id", &s.KMSKeyID)
	r.flag("use_path_style", &s.UsePathStyle)
	switch written := r.flag("encrypt", &s.Encrypt); {
	case s.KMSKeyID == "" || s.Encrypt:
	case written:
		r.wrong("encrypt", "Key without encryption", "kms_key_id is a key to encrypt with, and encrypt says that "+
			"nothing is encrypted. Leave out one of them.")
	default:
		s.Encrypt = true
	}
	r.endpoint(&s)
	if !r.sound {
		return State{Type: block.Name}
	}
	s.Region = cmp.Or(s.Region, "us-east-1") // which stores without regions sign with
	return State{Type: block.Name, Path: s.String(), S3: &s}
}

// endpoint evaluates the attribute of that name.
func (r *reader) endpoint(s *S3) {
	if r.text("endpoint", &s.Endpoint) {
		r.fromOutside("endpoint", s.Endpoint, "AWS_ENDPOINT_URL_S3")
	}
	u, err := url.Parse(s.Endpoint)
	switch {
	case s.Endpoint == "" && s.Region == "":
		r.wrong("region", "State without a region", "Write the region of the bucket, such as region = "+
			"\"eu-central-1\", or set AWS_REGION; for a store that is not of AWS, write its endpoint.")
	case s.Endpoint == "":
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		r.hidden(r.at("endpoint"), "Invalid endpoint", "endpoint must be the web address of an S3 store, without a "+
			"bucket, a path, user name and password, such as \"https://minio.example.com:9000\".")
	case !s.UsePathStyle && net.ParseIP(u.Hostname()) != nil:
		r.wrong("endpoint", "Bucket before an IP address", "The bucket's name would be put before %s, which is no "+
			"name of a host. Write use_path_style = true, or an endpoint with a name.", u.Hostname())
	}
}

// hidden reports a mistake whose source text may hold a secret.
func (r *reader) hidden(at hcl.Range, summary, format string, args ...any) {
	d := diagnostic.Error(at, summary, format, args...)
	d.Extra = diagnostic.Hidden{}
	r.bs.Report(diagnostic.Finding{Address: r.f.Address, Diagnostic: d})
	r.sound = false
}
