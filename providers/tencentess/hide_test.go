package tencentess

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// What the service repeats of the keys or of a link, however it spells it, is in no message.
func TestNothingSecretInMessages(t *testing.T) {
	c, err := New(Options{SecretID: "AKIDexample0123456789", SecretKey: "key/with+signs=0123456789", AppID: "a",
		Organization: "o", Operator: "p", Hide: []string{"hidden-part"}})
	if err != nil {
		t.Fatal(err)
	}
	const link = "https://store.example.com/contract.pdf?sign=q-sign-algorithm%3Dsha1"
	for _, secret := range []string{"AKIDexample0123456789", "key/with+signs=0123456789", link, "hidden-part"} {
		for _, spell := range []func(string) string{
			func(s string) string { return s }, url.QueryEscape, strconv.QuoteToASCII, strings.ToLower,
			func(s string) string { return hex.EncodeToString([]byte(s)) },
			func(s string) string { return base64.StdEncoding.EncodeToString([]byte("ab" + s)) },
			func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(url.QueryEscape(s))) },
		} {
			text := spell(secret)
			e := c.failure(Error{Call: "x", Code: text, Message: "m " + text, RequestID: text, Err: errors.New(text),
				hidden: []string{link}})
			if said := fmt.Sprintf("%v %+v %s", e, e.Err, e.Advice); strings.Contains(said, text) ||
				!strings.Contains(said, "***") && !strings.Contains(said, "…") {
				t.Errorf("%s: %s", text, said)
			}
		}
	}
}
