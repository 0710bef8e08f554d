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

// Log tells, for those who look for a fault, of each try of a call. Failed tries and waits are warnings, calls that
// change something are information, others are for debugging. The zero Log tells of nothing. What it is given must be
// without secrets already, as a Report is.
type Log struct {
	To      *slog.Logger
	Service string             // drive, dingtalk, esign
	Writes  bool               // the call changes something
	Of      func(error) Report // what is told of a call that failed so; of one that succeeded (nil) its name, URL, About
}

// exchange is what the line saw of one try.
type exchange struct {
	status         atomic.Int64
	sent, received atomic.Int64 // bytes of bodies
}

type exchangeKey struct{}

// begin returns the context of a try, and what tells of it when it is over.
func (l Log) begin(ctx context.Context, n int) (_ context.Context, end func(error)) {
	if l.To == nil || l.Of == nil {
		return ctx, func(error) {}
	}
	x := new(exchange)
	start := time.Now()
	return context.WithValue(ctx, exchangeKey{}, x), func(err error) {
		level, message := slog.LevelDebug, "call"
		switch {
		case errors.Is(err, context.Canceled):
			message = "call given up"
		case err != nil:
			level, message = slog.LevelWarn, "call failed"
		case l.Writes:
			level = slog.LevelInfo
		}
		if !l.To.Enabled(ctx, level) {
			return
		}
		r := l.Of(err)
		attrs := []slog.Attr{slog.String("service", l.Service), slog.String("call", r.Call), slog.String("url", r.URL),
			slog.String("about", r.About), slog.Int("try", n), slog.Duration("took", time.Since(start).Round(time.Microsecond)),
			slog.Int64("status", x.status.Load()), slog.Int64("sent", x.sent.Load()),
			slog.Int64("received", x.received.Load())}
		for _, more := range []struct{ name, text string }{{"code", r.Code}, {"message", r.Message}, {"request", r.RequestID},
			{"cause", r.Cause}} {
			if more.text != "" {
				attrs = append(attrs, slog.String(more.name, more.text))
			}
		}
		l.To.LogAttrs(ctx, level, message, attrs...)
	}
}

// wait tells of a pause before the next try.
func (l Log) wait(ctx context.Context, d time.Duration) {
	if l.To != nil && l.Of != nil {
		r := l.Of(nil)
		l.To.LogAttrs(ctx, slog.LevelWarn, "waiting before the next try", slog.String("service", l.Service),
			slog.String("call", r.Call), slog.String("about", r.About), slog.Duration("wait", d.Round(time.Millisecond)))
	}
}

// Observed is a transport of which a Log knows what went over it. What an answer says is logged without the secrets
// that hide takes out.
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

// RoundTrip counts what is sent and received, and tells of the connection. Addresses of calls may be secret and are
// left to whoever knows.
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

// measured is a body whose bytes are counted.
type measured struct {
	io.ReadCloser
	n *atomic.Int64
}

func (c *measured) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n.Add(int64(n))
	return n, err
}
