package tencentess

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"countersign/providers/route"
)

// record is what came back for one call: the SDK's own errors lose the HTTP status and repeat bodies with signed links.
type record struct {
	status   int
	answer   *route.Answer
	pause    func() (resume func()) // the call's clock; may be nil
	date     time.Time              // the service's clock; zero if it did not say
	location string
}

type recordKey struct{}

// recorder stands between the SDK and the network: it keeps what comes back, bounded, and lets no redirect be
// followed, because the signature is for one address.
type recorder struct {
	next    http.RoundTripper
	agent   string
	largest int64 // bytes of an answer, unpacked
	budget  *route.Budget
}

// RoundTrip sends a call and keeps its answer in the record of its context.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", r.agent)
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	kept, ok := req.Context().Value(recordKey{}).(*record)
	if !ok {
		kept = new(record)
	}
	kept.answer, err = r.budget.Read(req.Context(), resp, r.largest, kept.pause)
	if err != nil {
		return nil, err
	}
	kept.status, kept.location = resp.StatusCode, resp.Header.Get("Location")
	kept.date, _ = http.ParseTime(resp.Header.Get("Date"))
	// What the SDK makes of it does not matter: always something it neither follows nor streams.
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(bytes.NewReader([]byte(`{"Response":{}}`))),
	}, nil
}

func recorded(ctx context.Context, clock *route.Clock) (context.Context, *record) {
	kept := &record{pause: clock.Pause}
	return context.WithValue(ctx, recordKey{}, kept), kept
}
