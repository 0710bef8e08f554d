package dingtalk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"countersign/providers/jsontext"
	"countersign/providers/route"
)

// Limits of the store (wire facts, A3m and A4).
const (
	largestPut   = 5 << 30   // bytes in one PUT
	smallestPart = 100 << 10 // bytes of a part, the last apart
	mostParts    = 10_000    // of one file
	partBatch    = 30        // part tickets in one call
	signature    = "HEADER_SIGNATURE"
	ownStorage   = "DINGTALK" // the storage driver
)

// UploadKey names an upload from its ticket to its commit. Who has it can commit the file, so it prints as a word.
type UploadKey string

// Format hides the key, whatever the verb.
func (UploadKey) Format(s fmt.State, _ rune) { fmt.Fprint(s, "(upload key)") }

// MarshalText hides the key where something that holds it is written as JSON.
func (UploadKey) MarshalText() ([]byte, error) { return []byte("(upload key)"), nil }

// Slot is a place in the store with the headers that let bytes be put there. It prints without either.
type Slot struct {
	urls    []string // in order of preference
	headers map[string]string
	until   time.Time // zero: not known
}

// Format hides addresses and headers, whatever the verb.
func (s Slot) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "(upload ticket, %d addresses)", len(s.urls))
}

// secrets are what must not be seen, and neither must a piece of the keys.
func (s Slot) secrets() (keys, texts []string) {
	for _, u := range s.urls {
		k, t := route.Signed(u, nil)
		keys, texts = append(keys, k...), append(texts, t...)
	}
	k, _ := route.Signed("", s.headers)
	return append(keys, k...), texts
}

// Ticket is the permission to upload one file in one piece.
type Ticket struct {
	Key  UploadKey
	Slot Slot
}

// TicketRequest says what is to be uploaded. What is left empty is not checked beforehand by the service.
type TicketRequest struct {
	SpaceID  string
	UnionID  string // who uploads
	ParentID string // folder, "0" is the root; with Name, a name clash is looked for
	Name     string
	Size     int64  // bytes
	MD5      string // lower-case hex
}

type wireCheck struct {
	MD5    string `json:"md5,omitempty"`
	Name   string `json:"name,omitempty"`
	Parent string `json:"parentId,omitempty"`
	Size   int64  `json:"size"`
}

type wireOption struct {
	Check  wireCheck `json:"preCheckParam"`
	Driver string    `json:"storageDriver"`
}

func (r TicketRequest) option() wireOption {
	return wireOption{wireCheck{r.MD5, r.Name, r.ParentID, r.Size}, ownStorage}
}

func (r TicketRequest) about() string {
	name := ""
	if r.Name != "" {
		name = "file " + r.Name + ", "
	}
	return fmt.Sprintf("%s%d bytes, space %s", name, r.Size, r.SpaceID)
}

func (r TicketRequest) check() error {
	wrong := []error{needs("space id", r.SpaceID, "union id", r.UnionID)}
	if r.Size < 0 {
		wrong = append(wrong, fmt.Errorf("size %d", r.Size))
	}
	if r.Name != "" {
		wrong = append(wrong, CheckName(r.Name))
	}
	return errors.Join(wrong...)
}

// UploadTicket asks for the permission to upload a file in one piece: POST
// /v1.0/storage/spaces/{spaceId}/files/uploadInfos/query (the second call of the upload document; wire facts, A3).
// Each call makes a new ticket; one that is not used lapses.
func (c *Client) UploadTicket(ctx context.Context, r TicketRequest) (Ticket, error) {
	k := call{
		name:  callTicket,
		path:  "/v1.0/storage/spaces/" + url.PathEscape(r.SpaceID) + "/files/uploadInfos/query",
		query: url.Values{"unionId": {r.UnionID}},
		about: r.about(),
	}
	if err := r.check(); err != nil {
		return Ticket{}, c.of(k).Refuse(err)
	}
	k.body = struct {
		Multipart bool       `json:"multipart"`
		Option    wireOption `json:"option"`
		Protocol  string     `json:"protocol"`
	}{false, r.option(), signature}
	asked := c.now()
	answer, err := c.do(ctx, k)
	if err != nil {
		return Ticket{}, err
	}
	key, protocol := answer.Get("uploadKey").Words(), answer.Get("protocol").Words()
	slot, err := c.slot(answer.Get("headerSignatureInfo").Object(), asked)
	switch {
	case key == "":
		err = errors.New("it has no uploadKey")
	case protocol != "" && protocol != signature:
		err = fmt.Errorf("its protocol is %s, and only %s is understood", route.Words(protocol), signature)
	}
	if err != nil {
		k.keys, k.hidden = slot.secrets()
		k.keys = append(k.keys, key)
		return Ticket{}, c.of(k).Misread(err)
	}
	return Ticket{UploadKey(key), slot}, nil
}

// slot reads a place in the store. Its time counts from when it was asked for, less a tenth but no more than half a
// minute, for what the two clocks may differ.
func (c *Client) slot(o jsontext.Object, asked time.Time) (Slot, error) {
	s := Slot{headers: map[string]string{}}
	for name, v := range o.Get("headers").Members() {
		text := v.Words()
		if v.Is('{') || v.Is('[') || strings.ContainsAny(text, "\r\n") || name == "" ||
			strings.ContainsAny(name, " :\r\n") {
			return s, errors.New("one of its headers cannot be sent")
		}
		s.headers[name] = text
	}
	seconds, err := number(o, "expirationSeconds")
	if err != nil {
		return s, err
	}
	if seconds > 0 {
		life := time.Duration(min(seconds, 365*24*3600)) * time.Second
		s.until = asked.Add(life - min(life/10, 30*time.Second))
	}
	for v := range o.Get("resourceUrls").Elements() {
		address := v.Text()
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			return s, errors.New("one of its resourceUrls is no address")
		}
		if u.Scheme == "http" && strings.HasPrefix(c.endpoint, "https:") {
			return s, fmt.Errorf("it wants the file to be sent to %s in the clear", u.Host)
		}
		s.urls = append(s.urls, address)
	}
	if len(s.urls) == 0 {
		return s, errors.New("it has no resourceUrls")
	}
	return s, nil
}

// InitParts begins an upload in parts: POST /v1.0/storage/spaces/{spaceId}/files/multiPartUploadInfos/init (wire
// facts, A3m 1). The parts are put together by the commit.
func (c *Client) InitParts(ctx context.Context, r TicketRequest) (UploadKey, error) {
	k := call{
		name:  callInit,
		path:  "/v1.0/storage/spaces/" + url.PathEscape(r.SpaceID) + "/files/multiPartUploadInfos/init",
		query: url.Values{"unionId": {r.UnionID}},
		about: r.about(),
	}
	if err := r.check(); err != nil {
		return "", c.of(k).Refuse(err)
	}
	k.body = struct {
		Option wireOption `json:"option"`
	}{r.option()}
	answer, err := c.do(ctx, k)
	if err != nil {
		return "", err
	}
	key := answer.Get("uploadKey").Words()
	if key == "" {
		return "", c.of(k).Misread(errors.New("it has no uploadKey"))
	}
	return UploadKey(key), nil
}

// PartSlots asks where parts of an upload are to be put: POST /v1.0/storage/spaces/files/multiPartUploadInfos/query
// (wire facts, A3m 2). Parts are counted from 1; one call takes 30 of them.
func (c *Client) PartSlots(ctx context.Context, unionID string, key UploadKey, parts []int) (map[int]Slot, error) {
	k := call{
		name:  callParts,
		path:  "/v1.0/storage/spaces/files/multiPartUploadInfos/query",
		query: url.Values{"unionId": {unionID}},
		keys:  []string{string(key)},
	}
	if len(parts) == 0 || len(parts) > partBatch {
		return nil, c.of(k).Refuse(fmt.Errorf("%d parts; 1 to %d can be asked for", len(parts), partBatch))
	}
	k.about = fmt.Sprintf("parts %d to %d", parts[0], parts[len(parts)-1])
	k.body = struct {
		Parts []int  `json:"partNumbers"`
		Key   string `json:"uploadKey"`
	}{parts, string(key)}
	asked := c.now()
	answer, err := c.do(ctx, k)
	if err != nil {
		return nil, err
	}
	infos, err := list(answer, "multipartHeaderSignatureInfos")
	if err != nil {
		return nil, c.of(k).Misread(err)
	}
	slots := make(map[int]Slot, len(parts))
	for _, info := range infos {
		part, err := number(info, "partNumber")
		slot, wrong := c.slot(info.Get("headerSignatureInfo").Object(), asked)
		if err = cmp.Or(err, wrong); err != nil {
			keys, texts := slot.secrets()
			k.keys, k.hidden = append(k.keys, keys...), texts
			return nil, c.of(k).Misread(fmt.Errorf("part %d: %w", part, err))
		}
		slots[int(part)] = slot
	}
	for _, part := range parts {
		if _, ok := slots[part]; !ok {
			return nil, c.of(k).Misread(fmt.Errorf("part %d is not in it", part))
		}
	}
	return slots, nil
}
