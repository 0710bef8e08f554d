package route

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fetch asks an address for something over a network, and returns the error with whether any of it was sent.
func fetch(t *testing.T, n Network, address string) (sent bool, err error) {
	t.Helper()
	transport, err := n.Transport(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("form"))
	if err != nil {
		t.Fatal(err)
	}
	resp, sent, err := Send(&http.Client{Transport: transport}, req, true)
	if err == nil {
		resp.Body.Close()
	}
	return sent, err
}

// Each fault is brought about as it comes about in life, because what Go says of it is all there is to tell it by.
func TestFaults(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	plain := httptest.NewServer(answer)
	t.Cleanup(plain.Close)
	secure := httptest.NewUnstartedServer(answer)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	jealous := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(jealous.Close)
	cutting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := http.NewResponseController(w).Hijack()
		conn.Close()
	}))
	t.Cleanup(cutting.Close)
	gone := httptest.NewServer(answer)
	gone.Close()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
		Bytes: secure.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		name    string
		network Network
		address string
		advice  string
		sent    bool
		lasting bool
	}{
		{"an authority of its own", Network{}, secure.URL, "set ca_file", false, true},
		{"another name", Network{CAFile: authority}, strings.Replace(secure.URL, "127.0.0.1", "localhost", 1),
			"another name", false, true},
		{"no TLS", Network{}, strings.Replace(plain.URL, "http:", "https:", 1), "https is not spoken", false, true},
		{"no such host", Network{}, "http://drive.invalid", "the host name", false, false},
		{"nobody there", Network{}, gone.URL, "nothing listens", false, false},
		{"no proxy there", Network{Proxy: gone.URL}, "https://drive.invalid", "nothing listens", false, false},
		{"a proxy that wants a password", Network{Proxy: jealous.URL}, "https://drive.invalid", "wants a user name",
			false, true},
		{"a connection that is cut", Network{}, cutting.URL, "reached from here", true, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sent, err := fetch(t, test.network, test.address)
			if err == nil {
				t.Fatal("it was reached")
			}
			if got := Advise(err, "the drive"); !strings.Contains(got, test.advice) || sent != test.sent ||
				Permanent(err) != test.lasting {
				t.Errorf("%s; sent %t, lasting %t: %v", got, sent, Permanent(err), err)
			}
		})
	}

	if _, err := fetch(t, Network{CAFile: authority}, secure.URL); err != nil {
		t.Errorf("with its authority: %v", err)
	}
	expired := &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}
	if !strings.Contains(Advise(expired, "x"), "must be renewed") || !Permanent(expired) {
		t.Error("a certificate that has expired is not told")
	}
	slow := fmt.Errorf("no whole answer: %w", context.DeadlineExceeded)
	if !strings.Contains(Advise(slow, "x"), "raise timeout") || !TimedOut(slow) || TimedOut(io.EOF) {
		t.Error("a time-out is not told")
	}
}

// Of a transport that is not the network's nothing is known: what failed may have arrived.
func TestSendWithoutNetwork(t *testing.T) {
	c := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, io.ErrUnexpectedEOF
	})}
	req, _ := http.NewRequest(http.MethodPost, "http://sandbox", nil)
	if _, sent, err := Send(c, req, false); !sent || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(sent, err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestMeaning(t *testing.T) {
	why := errors.New("interrupted")
	live := t.Context()
	ended, end := context.WithCancelCause(live)
	end(why)
	addressed := &url.Error{Op: "Post", URL: "https://drive.example.com?token=hush", Err: io.EOF}
	for _, test := range []struct {
		outer, limited context.Context
		cause          error
		says           string
	}{
		{live, live, addressed, "the connection was closed before an answer came: EOF"},
		{live, live, io.ErrUnexpectedEOF, "unexpected EOF"},
		{live, ended, addressed, "interrupted"},
		{ended, live, addressed, "interrupted"},
	} {
		if err := Cause(test.outer, test.limited, test.cause); err.Error() != test.says {
			t.Errorf("%v, should be %s", err, test.says)
		}
	}
}

func TestStatuses(t *testing.T) {
	for status, want := range map[int]struct{ turnedDown, passing bool }{
		0: {}, 200: {}, 301: {}, 303: {}, 307: {true, false}, 308: {true, false}, 400: {true, false}, 404: {true,
			false},
		408: {true, true}, 425: {true, true}, 429: {true, true}, 500: {false, true}, 504: {false, true},
	} {
		if NotCarriedOut(status) != want.turnedDown || Transient(status) != want.passing {
			t.Errorf("%d: turned down %t, passing %t", status, NotCarriedOut(status), Transient(status))
		}
	}
}

func TestTransportRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	inside, pipe := t.TempDir(), filepath.Join(t.TempDir(), "pipe.pem")
	if err := errors.Join(os.Symlink(file, filepath.Join(inside, "ca.pem")), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		network Network
		says    string
	}{
		{Network{CAFile: file}, "there is no certificate in it"},
		{Network{CAFile: file + "x"}, "ca_file"},
		{Network{CAFile: filepath.Join(inside, "ca.pem"), CAFolder: inside}, "by a symbolic link"},
		{Network{CAFile: file, CAFolder: inside}, "outside of the folder"},
		{Network{CAFile: pipe}, "not a regular file"},
		{Network{Proxy: "proxy.example.com:3128"}, "not the URL of a proxy"},
		{Network{Proxy: "ftp://user:hush@proxy.example.com"}, "not the URL of a proxy"},
		{Network{Proxy: "http://user:hush@proxy :3128"}, "not the URL of a proxy"},
	} {
		_, err := test.network.Transport("https://drive.example.com")
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%+v: %v\nshould say %s", test.network, err, test.says)
		}
	}
}

// Why there is no connection, without the words of the system alone.
func TestUnreached(t *testing.T) {
	at := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 443}
	dial := func(cause error) error {
		return fmt.Errorf("GET it: %w", &net.OpError{Op: "dial", Net: "tcp", Addr: at, Err: cause})
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), "nothing listens at 10.0.0.1:443"},
		{dial(os.ErrDeadlineExceeded), "10.0.0.1:443 does not answer"},
		{dial(os.NewSyscallError("connect", syscall.ENETUNREACH)), "10.0.0.1:443 cannot be reached"},
		{dial(&net.DNSError{Name: "drive.invalid", IsNotFound: true}), "no host is called drive.invalid"},
		{dial(&net.DNSError{Name: "drive.example", IsTimeout: true}), "the name drive.example could not be looked up"},
		{&net.OpError{Op: "read", Net: "tcp", Addr: at, Err: syscall.ECONNRESET}, ""},
		{errors.New("dial tcp"), ""},
		{nil, ""},
	} {
		if got := Unreached(test.err); got != test.want {
			t.Errorf("%v: %q, not %q", test.err, got, test.want)
		}
	}
}
