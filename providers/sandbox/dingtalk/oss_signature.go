package dingtalk

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// ossKey signs requests to the object storage in its header signature, version 1:
//
//	Authorization: OSS <id>:<base64(HMAC-SHA1(secret, string to sign))>
type ossKey struct{ id, secret string }

func (k ossKey) sign(stringToSign string) string {
	mac := hmac.New(sha1.New, []byte(k.secret))
	mac.Write([]byte(stringToSign))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (k ossKey) authorization(stringToSign string) string {
	return "OSS " + k.id + ":" + k.sign(stringToSign)
}

// ossStringToSign is what a request's signature covers: its verb, Content-MD5, Content-Type and date, every x-oss-
// header, and the object it is for.
func ossStringToSign(verb string, h http.Header, resource string) string {
	var own []string
	for name, values := range h {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-oss-") {
			own = append(own, name+":"+strings.TrimSpace(strings.Join(values, ","))+"\n")
		}
	}
	slices.Sort(own)
	return strings.Join([]string{verb, h.Get("Content-MD5"), h.Get("Content-Type"), ossDate(h),
		strings.Join(own, "") + resource}, "\n")
}

// ossDate is the date that a request is signed with.
func ossDate(h http.Header) string {
	if date := h.Get("X-Oss-Date"); date != "" {
		return date
	}
	return h.Get("Date")
}

// signedParameters are the parameters of an address that name a part of what the object storage keeps, as far as
// uploads know them.
var signedParameters = []string{"acl", "append", "delete", "lifecycle", "objectMeta", "partNumber", "position",
	"security-token", "tagging", "uploadId", "uploads", "versionId"}

// ossResource is bucket, object and the signed parameters.
func ossResource(path string, query url.Values) string {
	var signed []string
	for _, name := range signedParameters { // in the order of the alphabet
		switch {
		case !query.Has(name):
		case query.Get(name) == "":
			signed = append(signed, name)
		default:
			signed = append(signed, name+"="+query.Get(name))
		}
	}
	if len(signed) == 0 {
		return path
	}
	return path + "?" + strings.Join(signed, "&")
}

// ossKey is the object storage's own, which nobody else has.
func (s *Server) ossKey() ossKey { return ossKey{"LTAI5tSandbox", "oss " + s.Secret} }
