package httpstate

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/state"
	"countersign/state/store"
)

var ctx = context.Background()

// at opens a state at a server that answers in one way.
func at(t *testing.T, answer http.HandlerFunc, change func(*Options)) *Backend {
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	o := Options{Address: server.URL + "/s", LockAddress: server.URL + "/s/lock"}
	if change != nil {
		change(&o)
	}
	b, err := New(o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLoadAnswers: 204 and 404 are no state; whatever else is not one, whole, is an error and no empty state.
func TestLoadAnswers(t *testing.T) {
	const whole = `{"version":1,"lineage":"l","serial":1}`
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		says   string // "": no error
	}{
		"204": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, ""},
		"404": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no state", http.StatusNotFound)
		}, ""},
		"200 with nothing": {func(w http.ResponseWriter, _ *http.Request) {}, "200 with nothing"},
		"another sum": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-MD5", sumOf([]byte("other")))
			_, _ = io.WriteString(w, whole)
		}, "damaged on its way"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, whole)
		}, "broke off after"},
		"too long": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, whole+strings.Repeat(" ", 100))
		}, "the answer has more than 100 bytes"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example.com/s?key=geheim", http.StatusFound)
		}, "no redirect is followed"},
		"unauthorized": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "who are you?", http.StatusUnauthorized)
		},
			"401 Unauthorized: who are you?; give credentials"},
		"500": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "it broke", http.StatusInternalServerError)
		},
			"500 Internal Server Error: it broke"},
	} {
		t.Run(name, func(t *testing.T) {
			b := at(t, test.answer, nil)
			b.most = 100
			text, v, err := b.Load(ctx, "")
			if test.says == "" {
				if text != nil || v != "" || err != nil {
					t.Errorf("%q, %q, %v", text, v, err)
				}
			} else if err == nil || !strings.Contains(err.Error(), test.says) ||
				strings.Contains(err.Error(), "geheim") {
				t.Errorf("%v does not say %q", err, test.says)
			}
		})
	}
}

// TestCredentials: they are sent as configured, never where a redirect leads, and stand in no error.
func TestCredentials(t *testing.T) {
	const secret = "a-secret-of-mine"
	for name, change := range map[string]func(*Options){
		"basic":  func(o *Options) { o.Username, o.Password = "me", secret },
		"bearer": func(o *Options) { o.Token = secret },
		"header": func(o *Options) { o.Headers = map[string]string{"Private-Token": secret} },
	} {
		t.Run(name, func(t *testing.T) {
			elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				t.Error("a redirect was followed")
			}))
			defer elsewhere.Close()
			b := at(t, func(w http.ResponseWriter, r *http.Request) {
				user, password, basic := r.BasicAuth()
				if !(basic && user == "me" && password == secret) &&
					r.Header.Get("Authorization") != "Bearer "+secret &&
					r.Header.Get("Private-Token") != secret {
					t.Errorf("the call has %v", r.Header)
				}
				w.Header().Set("Location", elsewhere.URL)
				status := http.StatusBadRequest
				if r.Method == http.MethodGet {
					status = http.StatusTemporaryRedirect
				}
				w.WriteHeader(status)
				_, _ = io.WriteString(w, "I was sent "+secret)
			}, change)
			_, _, err := b.Load(ctx, "")
			if err == nil || !strings.Contains(err.Error(), "no redirect is followed") {
				t.Errorf("it is told as %v", err)
			}
			err = b.Lock(ctx, store.LockInfo{ID: "x"})
			if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "I was sent ***") {
				t.Errorf("it is told as %v", err)
			}
		})
	}
}

// TestSuccess: every status of success is one, whatever the call.
func TestSuccess(t *testing.T) {
	for _, status := range []int{200, 201, 202, 204} {
		b := at(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			w.WriteHeader(status)
		}, func(o *Options) { o.UpdateMethod, o.LockMethod, o.UnlockMethod = "PUT", "POST", "DELETE" })
		if err := b.take(ctx, store.LockInfo{ID: "a"}); err != nil {
			t.Error(status, err)
		}
		if err := b.release(ctx, store.LockInfo{ID: "a"}); err != nil {
			t.Error(status, err)
		}
		if _, err := b.Replace(ctx, state.Identity{}, []byte(`{"version":1,"lineage":"l","serial":1}`),
			""); err != nil {
			t.Error(status, err)
		}
	}
}

// TestHolderUnknown: a refusal without a lock's document is told in the server's words.
func TestHolderUnknown(t *testing.T) {
	b := at(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "migration in progress", http.StatusLocked)
	}, nil)
	if err := b.Lock(ctx, store.LockInfo{ID: "x"}); err == nil ||
		!strings.Contains(err.Error(), "migration in progress") {
		t.Error(err)
	}
}

// TestEndlessRefusal: of a refusal no more is read than anybody needs.
func TestEndlessRefusal(t *testing.T) {
	var sent atomic.Int64
	b := at(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusLocked)
		for n, err := 0, error(nil); err == nil && sent.Add(int64(n)) < 1<<30; {
			n, err = w.Write(make([]byte, 1<<16))
		}
	}, nil)
	var locked *store.LockedError
	if err := b.Lock(ctx, store.LockInfo{ID: "x"}); !errors.As(err, &locked) {
		t.Error(err)
	}
	b.client.CloseIdleConnections()
	if n := sent.Load(); n >= 64<<20 {
		t.Errorf("%d bytes were read", n)
	}
}

// TestCertificates: a server with a certificate of its own authority, that wants one of the client.
func TestCertificates(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) != 1 || string(r.TLS.PeerCertificates[0].Raw) != string(der) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	defer server.Close()
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	known := Options{Address: server.URL + "/s", ClientCACertificatePEM: block("CERTIFICATE", server.Certificate().Raw),
		ClientCertificatePEM: block("CERTIFICATE", der), ClientPrivateKeyPEM: block("PRIVATE KEY", private)}
	stranger := known
	stranger.ClientCACertificatePEM = ""
	unchecked := stranger
	unchecked.SkipCertVerification = true
	nobody := known
	nobody.ClientCertificatePEM, nobody.ClientPrivateKeyPEM = "", ""
	for _, test := range []struct {
		options Options
		says    string
	}{{known, ""}, {unchecked, ""}, {stranger, "certificate"}, {nobody, "403"}} {
		b, err := New(test.options, nil)
		if err == nil {
			_, _, err = b.Load(ctx, "")
		}
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v does not say %q", err, test.says)
		}
	}
}

// TestOtherWriterAfterAFailure: when a write fails, and something else is there than before, nothing more is written.
func TestOtherWriterAfterAFailure(t *testing.T) {
	var doc []byte
	fail := false
	b := at(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet && doc == nil:
			w.WriteHeader(http.StatusNotFound)
		case r.Method == http.MethodGet:
			w.Write(doc)
		case fail:
			doc = bytes.Replace(doc, []byte(`"serial":1`), []byte(`"serial":2`), 1)
			w.WriteHeader(http.StatusInsufficientStorage)
		default:
			doc, _ = io.ReadAll(r.Body)
		}
	}, nil)
	j, err := b.ReplaceJournal(ctx, [][]byte{[]byte(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	fail = true
	if err := j.Append(ctx, [][]byte{[]byte(`{"b":1}`)}, true); !errors.Is(err, store.ErrOtherWriter) {
		t.Error(err)
	}
}
