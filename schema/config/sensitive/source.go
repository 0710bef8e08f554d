package sensitive

import (
	"bytes"
	"regexp"
)

// SecretAttributes are the attributes of provider and state blocks that are secrets.
var SecretAttributes = []string{"token", "app_key", "app_secret", "secret_id", "secret_key", "password",
	"client_private_key_pem", "identity", "passphrase"}

// givesValue fits what stands between the name of a secret and its value, inAddress an address with a password in it,
// and elsewhere what the value may be without being the secret itself.
var (
	givesValue = regexp.MustCompile(`^["\s]*[=:]\s*`)
	inAddress  = regexp.MustCompile(`://[^\s"/:@]*:[^\s"/@$]+@`)
	elsewhere  = regexp.MustCompile(`^(?:"?\$\{)?(?:[a-z]+\(|var\.|local\.|null\b)`)
)

// SecretOn reports whether a secret seems to be written out in source text, whether or not that parses.
func SecretOn(src []byte) bool {
	if inAddress.Match(src) {
		return true
	}
	for _, name := range SecretAttributes {
		for rest := src; ; {
			before, after, found := bytes.Cut(rest, []byte(name))
			if !found {
				break
			}
			rest = after
			if n := len(before); n > 0 && isWord(before[n-1]) {
				continue
			}
			if sign := givesValue.Find(after); sign != nil && !elsewhere.Match(after[len(sign):]) {
				return true
			}
		}
	}
	return false
}

func isWord(c byte) bool { return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }
