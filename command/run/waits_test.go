package run

import (
	"testing"
	"time"

	"countersign/providers/route"
	"countersign/reconcile/plans"
)

// A service that could not be reached, or broke off, has not answered.
func TestWordsOfWaits(t *testing.T) {
	for want, w := range map[string]route.Wait{
		"DingTalk answered links/send with HTTP 429 Too Many Requests, and is asked again then, as it asks": {
			Call: "links/send", Answered: true, Why: "HTTP 429 Too Many Requests", For: time.Minute,
			Asked: time.Minute},
		"DingTalk gave no answer to links/send (dial tcp: connection refused), and is asked again then": {
			Call: "links/send", Why: "dial tcp: connection refused", For: time.Minute},
	} {
		var got string
		s := &Session{}
		s.Events = func(e plans.Event) { got = e.Why }
		if s.waits("DingTalk")(w); got != want {
			t.Errorf("%s\nnot %s", got, want)
		}
	}
}
