package route

import (
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// TestPlainHTTPToTLS: a port that speaks TLS, spoken to in plain http, is told apart: by the record of TLS that some
// answer with, and by the words of others.
func TestPlainHTTPToTLS(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		c, err := listener.Accept()
		if err == nil {
			_, _ = c.Read(make([]byte, 4096))
			_, _ = c.Write([]byte("\x15\x03\x01\x00\x02\x02\x46")) // alert: protocol version
			_ = c.Close()
		}
	}()
	_, err = (&http.Client{}).Get("http://" + listener.Addr().String())
	if err == nil || Advise(err, "x") != adviseHTTPS || !Permanent(err) {
		t.Errorf("%v: %s", err, Advise(err, "x"))
	}

	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	answer, err := http.Get("http://" + server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if said, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusBadRequest || !refusesHTTP(string(said)) {
		t.Errorf("%d %s", answer.StatusCode, said)
	}
	if refusesHTTP("bad request") {
		t.Error("any 400 is taken for it")
	}
}

// TestAuthoritiesWithMark: an editor on Windows puts a byte order mark before the first certificate.
func TestAuthoritiesWithMark(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := append([]byte("\xef\xbb\xbf"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
		Bytes: server.Certificate().Raw})...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	transport, err := Network{CAFile: file}.Transport(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Client{Transport: transport}).Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
}
