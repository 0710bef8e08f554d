package dingtalk

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"

	"github.com/google/uuid"
)

const (
	ossBucket   = "yundisk0"       // where DingTalk's upload addresses point to
	ossPatience = 15 * time.Minute // between a request's date and the clock; how long an upload's headers are good for
	ossLargest  = 5 << 30          // bytes of one PUT
)

// ossRefusal is an error answer of the object storage.
type ossRefusal struct {
	server.StorageError
	status int

	// These show a client with another signature what was expected.
	OSSAccessKeyID    string `xml:"OSSAccessKeyId,omitempty"`
	SignatureProvided string `xml:",omitempty"`
	StringToSign      string `xml:",omitempty"`
	StringToSignBytes string `xml:",omitempty"`
}

func (e *ossRefusal) Error() string { return e.Code + ": " + e.Message }

// Refused makes it a store.Refusal.
func (e *ossRefusal) Refused() {}

func ossRefuse(status int, code, message string) *ossRefusal {
	return &ossRefusal{status: status, StorageError: server.StorageError{Code: code, Message: message}}
}

// serveObject takes the bytes of an upload: PUT to an address that uploadInfos/query has given out, with the headers
// that it gave out and no Content-Type.
func (s *Server) serveObject(w http.ResponseWriter, r *http.Request) {
	s.Calls.Count("/" + ossBucket + "/{object}")
	h, began := w.Header(), time.Now()
	requestID := strings.ToUpper(strings.ReplaceAll(uuid.NewString(), "-", "")[:24])
	h.Set("Server", "AliyunOSS")
	h.Set("X-Oss-Request-Id", requestID)

	object := strings.TrimPrefix(r.URL.Path, "/"+ossBucket+"/")
	var up upload
	err := s.Store.Read(func(t store.Tx) (err error) { up, err = tx{t}.upload(object); return err })
	fault := s.Faults.Draw(w, r, "/"+ossBucket, up.about(r.URL.Query().Get("partNumber")))
	if fault.Fail {
		err = ossRefuse(http.StatusInternalServerError, "InternalError",
			"We encountered an internal error. Please try again.")
	} else if refused := s.checkObject(r); refused != nil {
		err = refused
	} else if err == nil {
		w = server.IdleDeadlines(w, r)
		err = s.putObject(h, r, object)
	}
	if fault.Lose && !fault.Fail {
		faults.Cut()
	}
	h.Set("X-Oss-Server-Time", strconv.FormatInt(time.Since(began).Milliseconds(), 10))
	if err == nil {
		h.Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
		return
	}
	refused, is := errors.AsType[*ossRefusal](err)
	if !is {
		refused = ossRefuse(http.StatusInternalServerError, "InternalError",
			"We encountered an internal error: "+err.Error())
	}
	refused.RequestID, refused.HostID = requestID, r.Host
	server.AnswerEarly(w, r, func() { server.RespondXML(w, refused.status, refused) })
}

// checkObject checks a request's signature, date and length, in OSS's own order as far as that is known.
func (s *Server) checkObject(r *http.Request) *ossRefusal {
	authorization := r.Header.Get("Authorization")
	if authorization == "" {
		return ossRefuse(http.StatusForbidden, "AccessDenied", "Anonymous access is forbidden for this operation.")
	}
	key, signature, ok := strings.Cut(strings.TrimPrefix(authorization, "OSS "), ":")
	if !ok || !strings.HasPrefix(authorization, "OSS ") || key == "" || signature == "" {
		return ossRefuse(http.StatusBadRequest, "InvalidArgument",
			"The authorization header is malformed: it is not OSS AccessKeyId:Signature.")
	}
	date, err := readOSSDate(ossDate(r.Header))
	if err != nil {
		return ossRefuse(http.StatusForbidden, "AccessDenied", "OSS authentication requires a valid Date.")
	}
	if gap := s.Clock().Sub(date); gap > ossPatience || gap < -ossPatience {
		return ossRefuse(http.StatusForbidden, "RequestTimeTooSkewed",
			"The difference between the request time and the current time is too large.")
	}
	own := s.ossKey()
	if key != own.id {
		return ossRefuse(http.StatusForbidden, "InvalidAccessKeyId",
			"The OSS Access Key Id you provided does not exist in our records.")
	}
	toSign := ossStringToSign(r.Method, r.Header, ossResource(r.URL.Path, r.URL.Query()))
	if !hmac.Equal([]byte(signature), []byte(own.sign(toSign))) {
		e := ossRefuse(http.StatusForbidden, "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature "+
				"you provided. Check your key and signing method.")
		e.OSSAccessKeyID, e.SignatureProvided, e.StringToSign = key, signature, toSign
		e.StringToSignBytes = fmt.Sprintf("% X", toSign)
		return e
	}
	if r.Method != http.MethodPut {
		return ossRefuse(http.StatusMethodNotAllowed, "MethodNotAllowed",
			"The specified method is not allowed against this resource.")
	}
	if r.ContentLength == 0 && r.Header.Get("Content-Length") == "" && len(r.TransferEncoding) == 0 {
		return ossRefuse(http.StatusLengthRequired, "MissingContentLength",
			"You must provide the Content-Length HTTP header.")
	}
	if r.ContentLength > ossLargest {
		return ossRefuse(http.StatusBadRequest, "EntityTooLarge",
			"Your proposed upload exceeds the maximum allowed object size.")
	}
	return nil
}

func readOSSDate(text string) (time.Time, error) {
	if t, err := time.Parse("20060102T150405Z", text); err == nil {
		return t, nil
	}
	return http.ParseTime(text)
}

// putObject stores the body as what was uploaded, or as one part of it. The same headers may be used again until they
// expire: the last whole body counts.
func (s *Server) putObject(h http.Header, r *http.Request, object string) error {
	part := 1
	if number := r.URL.Query().Get("partNumber"); number != "" {
		part, _ = strconv.Atoi(number) // it is signed
	}
	arrived, sum, err := s.uploads.take(object, http.MaxBytesReader(nil, r.Body, ossLargest))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return ossRefuse(http.StatusBadRequest, "EntityTooLarge",
			"Your proposed upload exceeds the maximum allowed object size.")
	} else if err != nil {
		return err
	}
	var replaced []piece
	err = s.Store.Write(func(t store.Tx) error {
		up, err := tx{t}.upload(object)
		if err != nil {
			return err
		}
		if old, again := up.Pieces[part]; again {
			replaced = []piece{old}
		}
		if up.Pieces == nil {
			up.Pieces = map[int]piece{}
		}
		up.Pieces[part] = arrived
		t.Put(uploadsBucket, []byte(object), up)
		return nil
	})
	if err != nil {
		s.uploads.remove([]piece{arrived})
		return err
	}
	s.uploads.remove(replaced)
	digest, _ := hex.DecodeString(arrived.MD5)
	h.Set("ETag", `"`+strings.ToUpper(arrived.MD5)+`"`)
	h.Set("Content-MD5", base64.StdEncoding.EncodeToString(digest))
	h.Set("X-Oss-Hash-Crc64ecma", strconv.FormatUint(sum, 10))
	return nil
}
