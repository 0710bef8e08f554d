package tencentess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// record is what came back for one call: the SDK's own errors lose the HTTP status and repeat bodies with signed links.
type record struct {
	status   int
	body     []byte
	date     time.Time // the service's clock; zero if it did not say
	location string
}

type recordKey struct{}

var errTooLarge = errors.New("the answer is too long")

// recorder stands between the SDK and the network: it keeps what comes back, bounded, and lets no redirect be
// followed, because the signature is for one address.
type recorder struct {
	next    http.RoundTripper
	agent   string
	largest int64
}

// RoundTrip sends a call and keeps its answer in the record of its context.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", r.agent)
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, r.largest+1))
	if int64(len(body)) > r.largest {
		return nil, fmt.Errorf("%w: more than %d bytes", errTooLarge, r.largest)
	}
	if err != nil {
		return nil, fmt.Errorf("the answer broke off after %d bytes: %w", len(body), err)
	}
	if kept, ok := req.Context().Value(recordKey{}).(*record); ok {
		kept.status, kept.body, kept.location = resp.StatusCode, body, resp.Header.Get("Location")
		kept.date, _ = http.ParseTime(resp.Header.Get("Date"))
	}
	// What the SDK makes of it does not matter: always something it neither follows nor streams.
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader([]byte(`{"Response":{}}`))),
	}, nil
}

func recorded(ctx context.Context) (context.Context, *record) {
	kept := new(record)
	return context.WithValue(ctx, recordKey{}, kept), kept
}
