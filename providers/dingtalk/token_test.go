package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"countersign/providers/route"
	"countersign/providers/route/routetest"
)

// However many need a token at once, it is asked for once.
func TestTokenIsAskedForOnce(t *testing.T) {
	s := newService(t)
	release := make(chan bool)
	s.on(pathToken, func(w http.ResponseWriter, r *http.Request) { <-release; s.usual(w, r) })
	c := client(t, s, Options{})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := c.Space(routetest.Deadline(t), "u"); err != nil {
				t.Error(err)
			}
		})
	}
	close(release)
	wg.Wait()
	if n := len(s.sent(pathToken)); n != 1 {
		t.Errorf("asked for %d times", n)
	}
	if n := len(s.sent(pathSpace)); n != 50 {
		t.Errorf("%d calls", n)
	}
}

// It is used until 200 s before it expires, and then asked for anew; a short one is used for nine tenths of its life.
func TestTokenIsKept(t *testing.T) {
	for _, test := range []struct {
		life, used time.Duration
		answer     string
	}{
		{7200 * time.Second, 7000 * time.Second, `{"accessToken":"%s","expireIn":7200}`},
		{100 * time.Second, 90 * time.Second, `{"accessToken":"%s","expireIn":"100"}`},
		{7200 * time.Second, 7000 * time.Second, `{"accessToken":"%s"}`},
	} {
		s := newService(t)
		give := routetest.Answer(200, fmt.Sprintf(test.answer, "tok"))
		s.on(pathToken, give, give, give)
		c := client(t, s, Options{})
		clock := time.Date(2026, 5, 28, 9, 0, 0, 0, time.UTC)
		c.now = func() time.Time { return clock }
		ask := func(want int) {
			t.Helper()
			if _, err := c.Token(t.Context()); err != nil || len(s.sent(pathToken)) != want {
				t.Errorf("%s: %d requests, not %d; %v", test.answer, len(s.sent(pathToken)), want, err)
			}
		}
		ask(1)
		clock = clock.Add(test.used - time.Second)
		ask(1)
		clock = clock.Add(time.Second)
		ask(2)
	}
}

// A token that is not taken is replaced once, also for a call that must not be sent twice: it was not carried out.
func TestTokenIsReplacedOnce(t *testing.T) {
	for _, status := range []int{400, 401} {
		s := newService(t)
		s.on(pathToken, routetest.Answer(200, `{"accessToken":"revoked-token","expireIn":7200}`))
		s.on(pathLink, refuse(status, "InvalidAuthentication", "不合法的access_token revoked-token"))
		c := client(t, s, Options{})
		if err := c.SendLink(t.Context(), Link{"u", "1", "2", "3"}); err != nil {
			t.Error(err)
		}
		if len(s.sent(pathToken)) != 2 || len(s.sent(pathLink)) != 2 {
			t.Errorf("%d tokens, %d links", len(s.sent(pathToken)), len(s.sent(pathLink)))
		}
	}
	s := newService(t)
	never := refuse(400, "InvalidAuthentication", "不合法的access_token "+testToken)
	s.on(pathLink, never, never, never, never)
	c := client(t, s, Options{})
	err := c.SendLink(t.Context(), Link{"u", "1", "2", "3"})
	if e := failed(t, err); e.Code != "InvalidAuthentication" || e.OutcomeUnknown() || len(s.sent(pathToken)) != 2 ||
		len(s.sent(pathLink)) != 2 {
		t.Errorf("%d tokens, %d links: %s", len(s.sent(pathToken)), len(s.sent(pathLink)), e)
	}
}

func TestTokenRefused(t *testing.T) {
	s := newService(t)
	never := refuse(400, "invalidClientIdOrSecret", "无效的clientId或者clientSecret "+testSecret)
	s.on(pathToken, never, never)
	c := client(t, s, Options{})
	_, err := c.Space(t.Context(), "u")
	e := failed(t, err)
	if e.Call != "oauth2/accessToken" || e.Code != "invalidClientIdOrSecret" || e.Advice != adviseKey ||
		len(s.sent("")) != 1 {
		t.Error(e)
	}
	s.on(pathToken, routetest.Answer(200, `{"expireIn":7200}`))
	_, err = c.Space(t.Context(), "u")
	if e := failed(t, err); !errors.Is(e, route.ErrUnreadable) {
		t.Error(e)
	}
}

// Whoever stops waiting does not stop the others.
func TestTokenGivenUpByOne(t *testing.T) {
	s := newService(t)
	asked, release := make(chan bool), make(chan bool)
	s.on(pathToken, func(w http.ResponseWriter, r *http.Request) { close(asked); <-release; s.usual(w, r) })
	c := client(t, s, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := c.Token(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	<-asked
	wg.Go(func() {
		if got, err := c.Token(routetest.Deadline(t)); err != nil || got != testToken {
			t.Error(got, err)
		}
	})
	cancel()
	close(release)
	wg.Wait()
	if n := len(s.sent(pathToken)); n > 2 {
		t.Errorf("asked for %d times", n)
	}
}
