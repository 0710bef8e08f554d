package yomicloud

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/internal/respell"
	"countersign/providers/route"
)

// A drive may repeat the token in any head or word of an answer; the log has it nowhere.
func TestLogHasNoToken(t *testing.T) {
	const token = "tok-5137-secret-94"
	for spelled, ways := range respell.Each(token) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for _, name := range []string{"Content-Type", "Server", "Via", "Retry-After", "Date"} {
				w.Header()[name] = []string{strings.Map(func(r rune) rune {
					if r < ' ' {
						return ' '
					}
					return r
				}, spelled)}
			}
			words, _ := json.Marshal(map[string]any{"code": 9, "message": spelled})
			w.Write(words)
		}))
		var out bytes.Buffer
		c, err := New(Options{Endpoint: server.URL, Token: token, Retries: -1,
			Log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: route.LevelTrace}))})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Templates(t.Context(), 7)
		server.Close()
		if err == nil {
			t.Fatal("a refusal is no success")
		}
		if !strings.Contains(out.String(), "call failed") || !strings.Contains(out.String(), "msg=answer") {
			t.Fatalf("the log is\n%s", out.String())
		}
		if found := respell.Leak(out.String(), token, 8, ways...); found != "" {
			t.Errorf("sent as %q, the log says %q:\n%s", spelled, found, out.String())
		}
	}
}
