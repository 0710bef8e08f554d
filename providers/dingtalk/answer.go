package dingtalk

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/providers/route"
)

// text is a JSON string, or a number or a boolean where a string is documented: ids come both ways.
type text string

// UnmarshalJSON never fails on a value that can be written as one word; null leaves it empty.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case string(b) == "null":
		return nil
	case len(b) > 0 && b[0] == '"':
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	case len(b) > 0 && (b[0] == '{' || b[0] == '['):
		// It is not repeated in the error: what it holds may open something.
		return errors.New("a list or an object where a word should be")
	default:
		s = string(b)
	}
	*t = text(s)
	return nil
}

// number is a whole JSON number, or a string of digits where a number is documented.
type number int64

// UnmarshalJSON takes 3, "3" and 3.0; null and "" leave it 0.
func (n *number) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	if t == "" {
		return nil
	}
	v := json.Number(strings.TrimSuffix(strings.TrimSpace(string(t)), ".0"))
	i, err := v.Int64()
	if err != nil {
		return errors.New("a word where a number should be")
	}
	*n = number(i)
	return nil
}

// decode reads an answer that says that the call succeeded.
func (c *Client) decode(k call, text string, out any) error {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return errors.New(cmp.Or(c.excerpt(k, text), "it is empty"))
	}
	return json.Unmarshal([]byte(text), out)
}

// refusal is the body of an error answer (wire facts, section 1.2).
type refusal struct {
	Code    text
	Message text
	Request text
	Detail  detail
	Status  number // of the answer to an address that is blocked
	Punish  text
}

type detail struct {
	Scopes []string `json:"requiredScopes"`
}

// readRefusal reads what can be read; a field of another kind than expected is left empty, and the others are not. Keys
// are read in any case: the vendor writes requestid, its clients accept RequestId too.
func readRefusal(text string) (r refusal, ok bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &fields) != nil || fields == nil {
		return refusal{}, false
	}
	known := map[string]any{"code": &r.Code, "message": &r.Message, "requestid": &r.Request,
		"accessdenieddetail": &r.Detail, "status": &r.Status, "punish": &r.Punish}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if field := known[strings.ToLower(key)]; field != nil {
			_ = json.Unmarshal(fields[key], field)
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
	return ok && r.Code == "" && (r.Status == blockedStatus || r.Punish != "")
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
