package dingtalk

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"countersign/providers/jsontext"
	"countersign/providers/route"
)

// answered is a call's answer as an object, once it says that the call succeeded.
func (c *Client) answered(k call, text string) (jsontext.Object, error) {
	text = strings.ToValidUTF8(strings.TrimSpace(text), "\uFFFD")
	if !strings.HasPrefix(text, "{") {
		return nil, errors.New(cmp.Or(c.excerpt(k, text), "it is empty"))
	}
	var none struct{}
	if err := json.Unmarshal([]byte(text), &none); err != nil {
		return nil, err
	}
	return jsontext.Value(text).Object(), nil
}

// number is a whole number of an answer, 0 where there is none. What stands there instead is not repeated: it may open
// something.
func number(o jsontext.Object, key string) (int64, error) {
	n, err := o.Get(key).Number()
	if err != nil {
		return 0, fmt.Errorf("its %s is no whole number", key)
	}
	return n, nil
}

// list is a list of objects of an answer.
func list(o jsontext.Object, key string) ([]jsontext.Object, error) {
	rows, err := o.Get(key).List()
	objects := make([]jsontext.Object, len(rows))
	for i, row := range rows {
		if objects[i] = row.Object(); !row.Is('{') {
			err = fmt.Errorf("one of its %s is no object", key)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("its %s cannot be read", key)
	}
	return objects, nil
}

// refusal is the body of an error answer (wire facts, section 1.2).
type refusal struct {
	Code, Message, Request string
	Scopes                 []string // that the app lacks
	Blocked                bool     // the gate before the service, which turns this address away for some minutes
}

// readRefusal reads what can be read. Keys are read in any case: the vendor writes requestid, its clients accept
// RequestId too.
func readRefusal(text string) (r refusal, ok bool) {
	v, ok := jsontext.Parse(strings.ToValidUTF8(text, "\uFFFD"))
	if !ok || !v.Is('{') {
		return refusal{}, false
	}
	for key, v := range v.Members() {
		switch strings.ToLower(key) {
		case "code":
			r.Code = v.Words()
		case "message":
			r.Message = v.Words()
		case "requestid":
			r.Request = v.Words()
		case "accessdenieddetail":
			for scope := range v.Object().Get("requiredScopes").Elements() {
				r.Scopes = append(r.Scopes, scope.Text())
			}
		case "status":
			n, err := v.Number()
			r.Blocked = r.Blocked || err == nil && n == blockedStatus
		case "punish":
			r.Blocked = r.Blocked || v.Words() != ""
		}
	}
	return r, true
}

// blockedStatus is what stands in the answer to an address that has called too often (wire facts, section 1.2).
const blockedStatus = 1111

// blocked reports whether an answer comes from the gate before the service, which blocks this address for some minutes.
func blocked(text string) bool {
	if len(text) > 4096 || !strings.Contains(text, `"status"`) {
		return false
	}
	r, ok := readRefusal(text)
	return ok && r.Code == "" && r.Blocked
}

// storeRefusal is the body of an error of the store that takes the bytes (wire facts, A4). What it repeats of the
// signature is not read.
type storeRefusal struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
	Request string `xml:"RequestId"`
}

func readStoreRefusal(text string) (storeRefusal, bool) {
	var r storeRefusal
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = false
	if d.Decode(&r) != nil || r.Code == "" {
		return storeRefusal{}, false
	}
	return r, true
}

// excerpt is what may be shown of an answer that is not what it should be.
func (c *Client) excerpt(k call, text string) string {
	if s := strings.TrimSpace(text); endpoints[k.name].opens && s != "" && s[0] != '<' {
		return fmt.Sprintf("it is %d bytes, which are not shown because they may open something", len(s))
	}
	return route.Excerpt(text, c.of(k).Hide)
}
