package route

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// LevelTrace is below slog.LevelDebug: what happens on the line, and the heads of answers.
const LevelTrace = slog.LevelDebug - 4

// exchange is what the line saw of one try.
type exchange struct {
	status         atomic.Int64
	sent, received atomic.Int64 // bytes of bodies
}

type exchangeKey struct{}

// begin returns the context of a try, and a function that logs it at its end. Failed tries and waits are warnings,
// calls that change something are information, others are for debugging.
func (k Call) begin(ctx context.Context, to *slog.Logger, n int) (_ context.Context, end func(*Error)) {
	if to == nil {
		return ctx, func(*Error) {}
	}
	x := new(exchange)
	start := time.Now()
	return context.WithValue(ctx, exchangeKey{}, x), func(e *Error) {
		level, message := slog.LevelDebug, "call"
		switch {
		case e != nil && errors.Is(e, context.Canceled):
			message = "call given up"
		case e != nil:
			level, message = slog.LevelWarn, "call failed"
		case k.Does == Writes:
			level = slog.LevelInfo
		}
		if !to.Enabled(ctx, level) {
			return
		}
		if e == nil {
			e = k.Fail(Error{}) // for the names, without secrets
		}
		attrs := []slog.Attr{slog.String("service", k.Service), slog.String("call", e.Call), slog.String("url", e.URL),
			slog.String("about", e.About), slog.Int("try", n),
			slog.Duration("took", time.Since(start).Round(time.Microsecond)),
			slog.Int64("status", x.status.Load()), slog.Int64("sent", x.sent.Load()),
			slog.Int64("received", x.received.Load())}
		for _, more := range []struct{ name, text string }{{"code", e.Code}, {"message", e.Message},
			{"request", e.RequestID}, {"cause", e.cause()}} {
			if more.text != "" {
				attrs = append(attrs, slog.String(more.name, more.text))
			}
		}
		to.LogAttrs(ctx, level, message, attrs...)
	}
}

// Logged is a try of a call whose failures are errors of any kind, for Tries.Do, with an entry in the log for each.
func (k Call) Logged(to *slog.Logger, try func(context.Context) Outcome) func(context.Context) Outcome {
	n := 0
	return func(ctx context.Context) Outcome {
		n++
		own, end := k.begin(ctx, to, n)
		out := try(own)
		if out.Err == nil {
			end(nil)
		} else {
			end(k.Fail(Error{Err: out.Err}))
		}
		return out
	}
}

// logWait logs a pause before the next try.
func (k Call) logWait(ctx context.Context, to *slog.Logger, d time.Duration) {
	if to != nil {
		to.LogAttrs(ctx, slog.LevelWarn, "waiting before the next try", slog.String("service", k.Service),
			slog.String("call", k.Name), slog.String("about", k.Hide(k.About)),
			slog.Duration("wait", d.Round(time.Millisecond)))
	}
}

// Observed is a transport of which the log of a call knows what went over it. What an answer says is logged without the
// secrets that hide takes out.
func Observed(next http.RoundTripper, to *slog.Logger, hide func(string) string) http.RoundTripper {
	if to == nil {
		return next
	}
	return &observed{next, to, hide}
}

type observed struct {
	next http.RoundTripper
	to   *slog.Logger
	hide func(string) string
}

// RoundTrip counts what is sent and received, and logs the connection. It does not log addresses of calls, which may be
// secret.
func (o *observed) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	if x == nil {
		x = new(exchange)
	}
	if o.to.Enabled(ctx, LevelTrace) {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
			o.to.Log(ctx, LevelTrace, "connection", "to", i.Conn.RemoteAddr().String(), "reused", i.Reused,
				"idle", i.IdleTime)
		}})
	}
	req = req.Clone(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = &measured{req.Body, &x.sent}
	}
	resp, err := o.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	x.status.Store(int64(resp.StatusCode))
	if o.to.Enabled(ctx, LevelTrace) {
		attrs := []any{"status", resp.StatusCode, "length", resp.ContentLength}
		for _, name := range []string{"Content-Type", "Content-Encoding", "Date", "Retry-After", "Server", "Via"} {
			if text := resp.Header.Get(name); text != "" {
				attrs = append(attrs, name, Line(o.hide(text), 200))
			}
		}
		o.to.Log(ctx, LevelTrace, "answer", attrs...)
	}
	resp.Body = &measured{resp.Body, &x.received}
	return resp, nil
}

// measured counts the bytes of a body.
type measured struct {
	io.ReadCloser
	n *atomic.Int64
}

func (c *measured) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n.Add(int64(n))
	return n, err
}
