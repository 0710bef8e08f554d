package s3

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"

	"countersign/state"
	"countersign/state/store"
)

const secret = "geheimnis-of-mine-alone"

// answered opens a state at a store that answers in one way.
func answered(t *testing.T, answer http.HandlerFunc, change func(*Options)) *Backend {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	o := Options{Bucket: "bucket", Key: "a/state.json", Region: "us-east-1", Endpoint: server.URL, UsePathStyle: true,
		AccessKeyID: "AKIA-OF-MINE", SecretAccessKey: secret, SessionToken: "token-of-mine-alone"}
	if change != nil {
		change(&o)
	}
	b, err := New(o, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.tries.Again = 0
	return b
}

// fault answers as S3 does when it refuses.
func fault(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>"+message+"</Message></Error>")
}

// TestLoadAnswers: that an object is not there is said by a store; whatever else is not one, whole, is an error and no
// empty state. What is repeated of credentials is not shown.
func TestLoadAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		says   string // "": no error
	}{
		"no such key": {func(w http.ResponseWriter, _ *http.Request) { fault(w, 404, "NoSuchKey", "no such key") }, ""},
		"404 of another": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no page", 404) },
			"GET s3://bucket/a/state.json (at http://127.0.0.1"},
		"no such bucket": {func(w http.ResponseWriter, _ *http.Request) { fault(w, 404, "NoSuchBucket", "where?") },
			"NoSuchBucket: where? — make the bucket"},
		"forbidden": {func(w http.ResponseWriter, _ *http.Request) { fault(w, 403, "AccessDenied", "no") },
			"HTTP 403 Forbidden: AccessDenied: no — the credentials need s3:GetObject"},
		"another region": {func(w http.ResponseWriter, _ *http.Request) {
			fault(w, 301, "PermanentRedirect", "elsewhere")
		}, "write the bucket's own region"},
		"repeats": {func(w http.ResponseWriter, r *http.Request) {
			fault(w, 400, "InvalidRequest", "you sent "+secret+" and "+r.Header.Get("X-Amz-Security-Token"))
		}, "you sent *** and ***"},
		"broken": {func(w http.ResponseWriter, _ *http.Request) { fault(w, 500, "InternalError", "it broke") },
			"HTTP 500 Internal Server Error: InternalError: it broke"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.Header().Set("Last-Modified", "Fri, 27 Nov 2026 04:00:00 GMT")
			w.Header().Set("ETag", `"x"`)
			_, _ = io.WriteString(w, `{"version":1}`)
		}, "broke off after 13 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			text, v, err := answered(t, test.answer, nil).Load(t.Context(), "")
			if test.says == "" {
				if text != nil || v != "" || err != nil {
					t.Errorf("%q, %q, %v", text, v, err)
				}
			} else if err == nil || !strings.Contains(err.Error(), test.says) ||
				strings.Contains(err.Error(), "mine-alone") {
				t.Errorf("%v does not say %q", err, test.says)
			}
		})
	}
}

// TestOptions: what cannot be used is refused before anything is sent, and options that are printed show no secrets.
func TestOptions(t *testing.T) {
	sound := Options{Bucket: "b", Key: "k", Region: "r", AccessKeyID: "a", SecretAccessKey: secret}
	for says, change := range map[string]func(*Options){
		"AWS_ACCESS_KEY_ID":         func(o *Options) { o.SecretAccessKey = "" },
		"is not a web address":      func(o *Options) { o.Endpoint = "minio.example.com" },
		"https://…@s3.example.com":  func(o *Options) { o.Endpoint = "https://me:" + secret + "@s3.example.com" },
		"no such file or directory": func(o *Options) { o.CAFile = "/nowhere.pem" },
	} {
		o := sound
		change(&o)
		if _, err := New(o, nil); err == nil || !strings.Contains(err.Error(), says) ||
			strings.Contains(err.Error(), secret) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
	if sound.String() != "s3://b/k" || sound.GoString() != "s3://b/k" {
		t.Errorf("%v, %#v", sound, sound)
	}
}

// TestAddressing: the bucket is before the host, or in the path.
func TestAddressing(t *testing.T) {
	for _, test := range []struct {
		endpoint, region string
		path             bool
		want             string
	}{
		{"https://s3.example.com", "eu-central-1", false, "https://bucket.s3.example.com/k"},
		{"https://minio.example.com:9000/", "us-east-1", true, "https://minio.example.com:9000/bucket/k"},
		{"", "eu-central-1", false, "https://bucket.s3.dualstack.eu-central-1.amazonaws.com/k"},
		{"", "cn-north-1", false, "https://bucket.s3.dualstack.cn-north-1.amazonaws.com.cn/k"},
	} {
		b, err := New(Options{Bucket: "bucket", Key: "k", Region: test.region, Endpoint: test.endpoint,
			UsePathStyle: test.path, AccessKeyID: "a", SecretAccessKey: "s"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		u, err := b.store.PresignedGetObject(t.Context(), "bucket", "k", 60e9, nil)
		if err != nil {
			t.Fatal(err)
		}
		if u.RawQuery = ""; u.String() != test.want {
			t.Errorf("it is at %s, not %s", u, test.want)
		}
	}
}

// TestEncryption: what is asked of the store goes with every write.
func TestEncryption(t *testing.T) {
	for want, change := range map[string]func(*Options){
		" ":         func(*Options) {},
		"AES256 ":   func(o *Options) { o.Encrypt = true },
		"aws:kms k": func(o *Options) { o.Encrypt, o.KMSKeyID = true, "k" },
	} {
		puts := 0
		b := answered(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPut {
				fault(w, 404, "NoSuchKey", "no such key")
				return
			}
			puts++
			got := r.Header.Get("X-Amz-Server-Side-Encryption") + " " +
				r.Header.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id")
			if got != want {
				t.Errorf("PUT %s asks for %q, not %q", r.URL.Path, got, want)
			}
			w.Header().Set("ETag", `"x"`)
		}, change)
		b.probed = true
		if err := b.Lock(t.Context(), store.LockInfo{ID: "x"}); err != nil {
			t.Error(err)
		}
		b.release()
		if _, err := b.Replace(t.Context(), state.Identity{}, []byte(`{"version":1}`), ""); err != nil || puts != 2 {
			t.Errorf("%d writes, %v", puts, err)
		}
	}
}

// TestConflict: 409 is tried again, and what is refused though it was done is found to be done.
func TestConflict(t *testing.T) {
	for name, first := range map[string]func(w http.ResponseWriter, r *http.Request, do func()){
		"409": func(w http.ResponseWriter, _ *http.Request, _ func()) {
			fault(w, 409, "ConditionalRequestConflict", "another write")
		},
		"a 412 of one's own": func(w http.ResponseWriter, _ *http.Request, do func()) {
			do()
			fault(w, 412, "PreconditionFailed", "it is there")
		},
		"a 502 of a proxy": func(w http.ResponseWriter, _ *http.Request, do func()) {
			do()
			http.Error(w, "bad gateway", http.StatusBadGateway)
		},
	} {
		t.Run(name, func(t *testing.T) {
			kept, puts := []byte(nil), 0
			b := answered(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("ETag", `"x"`)
				w.Header().Set("Last-Modified", "Fri, 27 Nov 2026 04:00:00 GMT")
				body, _ := io.ReadAll(r.Body)
				switch puts++; {
				case r.Method == http.MethodGet && kept == nil:
					fault(w, 404, "NoSuchKey", "no such key")
				case r.Method == http.MethodGet:
					_, _ = w.Write(kept)
				case puts == 1:
					first(w, r, func() { kept = body })
				case kept != nil:
					fault(w, 412, "PreconditionFailed", "it is there")
				default:
					kept = body
				}
			}, nil)
			b.tries.Again = 2
			if etag, err := b.put(t.Context(), "k", []byte("text"), ""); err != nil || etag != "x" ||
				string(kept) != "text" {
				t.Errorf("%q, %v; kept is %q", etag, err, kept)
			}
		})
	}
}

// TestNumbered: the number that is put into a text is taken out of it again, whatever else is in it, and one that
// somebody has put there by hand is left as it is.
func TestNumbered(t *testing.T) {
	for _, text := range []string{`{"version":1}`, "{\n  \"version\": 1\n}\n", `{"a":",\"s3_write\":\"1 x\"}"}`,
		"{ \"版\": {} }\r\n\t"} {
		a, err := numbered([]byte(text), 7)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := numbered([]byte(text), 7)
		if bytes.Equal(a, b) {
			t.Errorf("two writes are the same: %s", a)
		}
		if got := unnumbered(a); string(got) != text {
			t.Errorf("%q comes back as %q", text, got)
		}
		if got := unnumbered([]byte(text)); string(got) != text {
			t.Errorf("%q is changed into %q", text, got)
		}
		if twice, err := numbered(a, 8); err != nil || !bytes.Equal(unnumbered(twice), a) {
			t.Errorf("of two numbers, both are taken out: %q, %v", unnumbered(twice), err)
		}
	}
	none, err := numbered(nil, 7)
	if err != nil || unnumbered(none) != nil {
		t.Errorf("no state is %q, %v", unnumbered(none), err)
	}
	for _, text := range []string{"", " ", "[]", "x"} {
		if _, err := numbered([]byte(text), 1); err == nil {
			t.Errorf("%q is taken for an object", text)
		}
	}
}

// FuzzObjects: whatever is found at the keys of a state is read or refused.
func FuzzObjects(f *testing.F) {
	whole, err := (run{Version: 1, Write: "w", Lock: &store.LockInfo{ID: "x"}, Journal: "j", Entries: 2,
		rest: [][]byte{[]byte("a"), []byte("文")}}).text()
	if err != nil {
		f.Fatal(err)
	}
	none, _ := numbered(nil, 1)
	some, _ := numbered([]byte(`{"version":1}`), 1)
	for _, seed := range [][]byte{whole, none, some, []byte("null\n"), []byte("{}"),
		[]byte(`{"countersign_run":1,"entries":-1}`)} {
		f.Add(seed)
	}
	b := &Backend{store: minio.Core{}}
	f.Fuzz(func(t *testing.T, body []byte) {
		if s, err := b.runOf(object{body: body, etag: "x"}); err == nil {
			if s.Entries < 0 || s.Write == "" || len(s.Parts) == 0 && len(s.rest) != s.Entries {
				t.Errorf("%q is taken for %+v", body, s.run)
			}
		}
		text := unnumbered(body)
		if next, err := numbered(text, 2); err == nil && text != nil && !bytes.Equal(unnumbered(next), text) {
			t.Errorf("%q does not come back", text)
		}
	})
}
