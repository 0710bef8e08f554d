package yomicloud

import (
	"bufio"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"countersign/providers/route/routetest"
)

var quiet = log.New(io.Discard, "", 0)

func TestNewRefusesBadOptions(t *testing.T) {
	tests := []struct {
		o    Options
		says string
	}{ // what is wrong with addresses, authorities and proxies: see the tests of route
		{Options{Endpoint: ""}, "it is empty"},
		{Options{Endpoint: "https://user:hush@drive.example.com"}, "no user name and no password"},
		{Options{Endpoint: "sandbox:"}, "it is not a URL"},
		{Options{Endpoint: "https://drive.example.com", Token: " "}, "no token for the drive"},
		{Options{Endpoint: "https://drive.example.com", Timeout: -1}, "timeout"},
		{Options{Endpoint: "https://drive.example.com", RequestsPerSecond: -1}, "requests_per_second"},
		{Options{Endpoint: "https://drive.example.com", CAFile: "/nowhere.pem"}, "ca_file"},
		{Options{Endpoint: "https://drive.example.com", Proxy: "ftp://user:hush@proxy.example.com"},
			"not the URL of a proxy"},
	}
	for _, test := range tests {
		if test.o.Token == "" {
			test.o.Token = testToken
		}
		_, err := New(test.o)
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "hush") ||
			strings.Contains(err.Error(), testToken) {
			t.Errorf("%+v: %v\nshould say %s", test.o, err, test.says)
		}
	}
}

func TestInsecure(t *testing.T) {
	tests := map[string]bool{
		"http://drive.example.com":  true,
		"HTTP://10.0.0.1:8080":      true,
		"https://drive.example.com": false,
		"http://localhost:8088":     false,
		"http://drive.localhost":    false,
		"http://127.0.0.1:8088":     false,
		"http://127.1.2.3":          false,
		"http://[::1]:8088":         false,
		"sandbox:":                  false,
		"":                          false,
	}
	for endpoint, want := range tests {
		if Insecure(endpoint) != want {
			t.Errorf("%s: %t", endpoint, !want)
		}
	}
}

func TestCAFile(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"code":0,"data":[]}`)
	}))
	s.Config.ErrorLog = quiet
	s.StartTLS()
	t.Cleanup(s.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}),
		0o600); err != nil {
		t.Fatal(err)
	}
	c := client(t, Options{Endpoint: s.URL, CAFile: file})
	if _, err := c.Templates(routetest.Deadline(t), 71); err != nil {
		t.Error(err)
	}
	// The same authority does not vouch for another name.
	c = client(t, Options{Endpoint: strings.Replace(s.URL, "127.0.0.1", "localhost", 1), CAFile: file})
	_, err := c.Templates(routetest.Deadline(t), 71)
	if e := failed(t, c, err); !strings.Contains(e.Error(), "the certificate belongs to another name") {
		t.Error(e)
	}
}

// proxy is an HTTP proxy that answers in the drive's stead and notes what it was asked for.
func proxy(t *testing.T, answer int) (*httptest.Server, *atomic.Value) {
	var asked atomic.Value
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.RequestURI + " " + r.Header.Get("Proxy-Authorization"))
		status(w, answer, `{"code":0,"data":[]}`)
	}))
	t.Cleanup(p.Close)
	return p, &asked
}

func TestProxy(t *testing.T) {
	p, asked := proxy(t, 200)
	c := client(t, Options{Endpoint: "http://drive.invalid/prefix",
		Proxy: strings.Replace(p.URL, "//", "//user:hush@", 1)})
	if err := c.Remove(routetest.Deadline(t), 5); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(asked.Load()), "POST http://drive.invalid/prefix/app/approval/remove-templet Basic "+
		"dXNlcjpodXNo"; got != want {
		t.Errorf("%s, want %s", got, want)
	}

	// A proxy that does not let a call through: it was not sent, and the proxy's password is not told.
	p, asked = proxy(t, 407)
	for _, endpoint := range []string{"http://drive.invalid", "https://drive.invalid"} {
		c = client(t, Options{Endpoint: endpoint, Proxy: strings.Replace(p.URL, "//", "//user:hush@", 1)})
		e := failed(t, c, c.Remove(routetest.Deadline(t), 5))
		if e.OutcomeUnknown() || !strings.Contains(e.Error(), "the proxy wants a user name") ||
			strings.Contains(e.Error(), "hush") {
			t.Errorf("%v: %s", asked.Load(), e)
		}
	}
	p.Close()
	c = client(t, Options{Endpoint: "https://drive.invalid", Proxy: strings.Replace(p.URL, "//", "//user:hush@", 1),
		Retries: 1})
	e := failed(t, c, c.Remove(routetest.Deadline(t), 5))
	if e.OutcomeUnknown() || e.Tries != 2 || strings.Contains(e.Error(), "hush") {
		t.Error(e)
	}
}

// The environment is read once in a process, so that this is tested in processes of its own.
func TestProxyFromEnvironment(t *testing.T) {
	if endpoint := os.Getenv("TEST_ENDPOINT"); endpoint != "" {
		c, err := New(Options{Endpoint: endpoint, Token: testToken, Retries: -1})
		if err == nil {
			_, err = c.Templates(t.Context(), 71)
		}
		fmt.Println("result:", err)
		return
	}
	p, asked := proxy(t, 200)
	run := func(environ ...string) string {
		cmd := exec.Command(os.Args[0], "-test.run=^TestProxyFromEnvironment$")
		cmd.Env = append([]string{"TEST_ENDPOINT=http://drive.invalid"}, environ...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return string(out)
	}
	if out := run("HTTP_PROXY=" + p.URL); !strings.Contains(out, "result: <nil>") ||
		!strings.HasPrefix(fmt.Sprint(asked.Load()), "POST http://drive.invalid/app/") {
		t.Errorf("%v\n%s", asked.Load(), out)
	}
	if out := run("HTTP_PROXY="+p.URL, "NO_PROXY=drive.invalid"); !strings.Contains(out, "check the host name") {
		t.Error(out)
	}
	if out := run("HTTP_PROXY=user:hush@%zz"); !strings.Contains(out, "HTTP_PROXY or HTTPS_PROXY is not a URL") ||
		strings.Contains(out, "hush") {
		t.Error(out)
	}
}

// The form holds the token: it goes on to nobody but the host it was meant for.
func TestRedirects(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		other := answering(t, `{"code":0,"data":[]}`)
		d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, strings.Replace(other.URL, "//", "//user:hush@",
				1)+"/login?token="+r.PostForm.Get("token"), code)
		})
		c := client(t, Options{Endpoint: d.URL})
		_, err := c.Templates(routetest.Deadline(t), 71)
		e := failed(t, c, err)
		where := strings.TrimPrefix(other.URL, "http://")
		if e.Status != code || !strings.Contains(e.Error(), where+"/login…") || strings.Contains(e.Error(), "hush") {
			t.Errorf("%d: %s", code, e)
		}
		e = failed(t, c, c.Remove(routetest.Deadline(t), 5))
		if unknown := code < 307; e.OutcomeUnknown() != unknown {
			t.Errorf("%d: outcome unknown: %t", code, !unknown)
		}
		if len(d.Requests()) != 2 || len(other.Requests()) != 0 {
			t.Errorf("%d: %d requests here, %d there", code, len(d.Requests()), len(other.Requests()))
		}
	}
}

func TestRedirectsOnTheSameHost(t *testing.T) {
	for code, followed := range map[int]bool{301: false, 302: false, 303: false, 307: true, 308: true} {
		d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if strings.HasPrefix(r.URL.Path, "/drive/") {
				w.Write([]byte(`{"code":0,"data":[]}`))
				return
			}
			http.Redirect(w, r, "/drive"+r.URL.Path, code)
		})
		c := client(t, Options{Endpoint: d.URL})
		err := c.Remove(routetest.Deadline(t), 5)
		if !followed {
			if e := failed(t, c, err); !strings.Contains(e.Error(),
				"redirected to "+d.URL+"/drive/app/approval/remove-templet") {
				t.Errorf("%d: %s", code, e)
			}
			continue
		}
		sent := d.Requests()
		if err != nil || len(sent) != 2 || sent[1].Method != "POST" || sent[1].Form().Get("token") != testToken ||
			sent[1].Form().Get("id") != "5" {
			t.Errorf("%d: %v, %+v", code, err, sent)
		}
	}
	loop := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
	})
	c := client(t, Options{Endpoint: loop.URL})
	_, err := c.Templates(routetest.Deadline(t), 71)
	if e := failed(t, c, err); e.Status != 307 || len(loop.Requests()) != 5 {
		t.Errorf("%d requests: %s", len(loop.Requests()), e)
	}
}

// From https a redirect to http on the same host is not followed either.
func TestRedirectToPlainText(t *testing.T) {
	from, _ := http.NewRequest("POST", "https://drive.example.com/app", nil)
	for to, followed := range map[string]bool{
		"https://drive.example.com/x":      true,
		"http://drive.example.com/x":       false,
		"https://drive.example.com:8443/x": false,
		"https://example.com/x":            false,
	} {
		next, _ := http.NewRequest("POST", to, nil)
		if (follow(next, []*http.Request{from}) == nil) != followed {
			t.Errorf("%s: followed is not %t", to, followed)
		}
	}
	plain, _ := http.NewRequest("POST", "http://drive.example.com/app", nil)
	next, _ := http.NewRequest("POST", "https://drive.example.com/app", nil)
	if follow(next, []*http.Request{plain}) != nil {
		t.Error("up to https on the same host is safe")
	}
}

// Connections are kept: many calls, one after the other, need one.
func TestConnectionsAreKept(t *testing.T) {
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"code":0,"data":[]}`)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := client(t, Options{Endpoint: s.URL})
	for range 20 {
		if _, err := c.Templates(routetest.Deadline(t), 71); err != nil {
			t.Fatal(err)
		}
	}
	if opened.Load() != 1 {
		t.Errorf("%d connections", opened.Load())
	}
}

// A kept connection that the drive cuts when the next call has arrived: Go's transport sends some requests again by
// itself in that case. A write must not be among them; a read is tried again by the client, and counted.
func TestStaleConnectionDoesNotResend(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	var arrived atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { // answers the first request of a connection and cuts it at the second
				defer conn.Close()
				in := bufio.NewReader(conn)
				for n := 0; n < 2; n++ {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					io.Copy(io.Discard, r.Body)
					arrived.Add(1)
					if n == 0 {
						io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"code\":0,\"data\":[]}")
					}
				}
			}()
		}
	}()
	c := client(t, Options{Endpoint: "http://" + listener.Addr().String()})
	if err := c.Remove(routetest.Deadline(t), 5); err != nil {
		t.Fatal(err)
	}
	if e := failed(t, c, c.Remove(routetest.Deadline(t), 5)); !e.OutcomeUnknown() || arrived.Load() != 2 {
		t.Errorf("arrived %d times: %s", arrived.Load(), e)
	}
	arrived.Store(0)
	if err := c.Remove(routetest.Deadline(t), 5); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Templates(routetest.Deadline(t), 71); err != nil || arrived.Load() != 3 {
		t.Errorf("arrived %d times, %v", arrived.Load(), err)
	}
}
