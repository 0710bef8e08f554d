package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/sandbox/server"
)

func TestListenOnLoopbackOnly(t *testing.T) {
	box := sandboxtest.Open(t, "")
	for _, address := range []string{":8088", "0.0.0.0:0", "[::]:0", "192.168.1.1:0", "example.com:80", "127.0.0.1",
		"127.0.0.1:99999", "", "localhost.example.com:0"} {
		if ln, err := server.Listen(address); err == nil {
			t.Errorf("listened on %q: %s", address, ln.Addr())
			ln.Close()
		} else if !strings.Contains(err.Error(), address) {
			t.Errorf("%q is not named: %v", address, err)
		}
	}
	outside, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Serve(context.Background(), outside); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("served on %s: %v", outside.Addr(), err)
	}
}

func TestServeUntilToldToStop(t *testing.T) {
	box := sandboxtest.Open(t, "")
	for _, address := range []string{"127.0.0.1:0", "localhost:0"} {
		ln, err := server.Listen(address)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- box.Serve(ctx, ln) }()
		r, err := http.PostForm("http://"+ln.Addr().String()+"/app/file/list-dir",
			url.Values{"token": {box.Tokens()[0].Token}, "fileId": {"0"}})
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if !strings.HasPrefix(string(body), `{"code":0,`) {
			t.Errorf("%s", body)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
	}
	closed, _ := server.Listen("127.0.0.1:0")
	closed.Close()
	if err := box.Serve(context.Background(), closed); err == nil {
		t.Error("a listener that failed is no error")
	}
}
