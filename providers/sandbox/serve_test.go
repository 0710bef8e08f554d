package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestListenOnLoopbackOnly(t *testing.T) {
	box := openAt(t, "")
	for _, address := range []string{":8088", "0.0.0.0:0", "[::]:0", "192.168.1.1:0", "example.com:80", "127.0.0.1", "127.0.0.1:99999", "", "localhost.example.com:0"} {
		if ln, err := box.Listen(address); err == nil {
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
	box := openAt(t, "")
	for _, address := range []string{"127.0.0.1:0", "localhost:0"} {
		ln, err := box.Listen(address)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- box.Serve(ctx, ln) }()
		r, err := http.PostForm("http://"+ln.Addr().String()+"/app/file/list-dir", url.Values{"token": {box.Tokens()[0].Token}, "fileId": {"0"}})
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
	closed, _ := box.Listen("127.0.0.1:0")
	closed.Close()
	if err := box.Serve(context.Background(), closed); err == nil {
		t.Error("a listener that failed is no error")
	}
}

func TestWrongPathAndMethod(t *testing.T) {
	d := newDrive(t)
	tests := []struct {
		method, path string
		status, code int
	}{
		{"GET", "/", 404, CodeNoPath},
		{"POST", "/app/approval/templet-list/", 404, CodeNoPath},
		{"GET", "/app/approval/nothing", 404, CodeNoPath},
		{"GET", "/app/approval/templet-list", 405, CodeMethod},
		{"DELETE", "/app/approval/remove-templet", 405, CodeMethod},
	}
	for _, tt := range tests {
		r, _ := http.NewRequest(tt.method, d.url+tt.path, nil)
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var a answer
		err = json.NewDecoder(got.Body).Decode(&a)
		got.Body.Close()
		if err != nil || got.StatusCode != tt.status || a.Code != tt.code || a.Msg == "" {
			t.Errorf("%s %s: %s %+v %v", tt.method, tt.path, got.Status, a, err)
		}
	}
}

func TestMultipartForm(t *testing.T) {
	box := openAt(t, "")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("token", box.Tokens()[0].Token)
	form.WriteField("fileId", "7")
	form.Close()
	r, err := (&http.Client{Transport: box.Transport()}).Post("http://sandbox/app/approval/templet-list", form.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(r.Body); string(got) != `{"code":0,"data":[]}` {
		t.Errorf("%s", got)
	}
}

func TestNotAForm(t *testing.T) {
	d := newDrive(t)
	tests := []struct{ name, media, body string }{
		{"JSON", "application/json", `{"token":"x"}`},
		{"no media type", "", "token=x"},
		{"broken escape", "application/x-www-form-urlencoded", "token=%zz"},
		{"multipart without boundary", "multipart/form-data", "x"},
		{"multipart cut short", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb"},
		{"too large", "application/x-www-form-urlencoded", "content=" + strings.Repeat("x", maxBody)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.Post(d.url+"/app/approval/templet-list", tt.media, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			var a answer
			if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
				t.Fatal(err)
			}
			d.want(a, CodeForm)
		})
	}
}

// Whatever is sent, the answer is JSON with a code, and the sandbox stands.
func FuzzForm(f *testing.F) {
	box, err := Open(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { box.Close() })
	token := box.Tokens()[0].Token
	for path := range endpoints {
		f.Add(path, "fileId=7&id=5&tid=0&mType=2&title=x&content="+url.QueryEscape(exampleContent))
	}
	f.Add("/app/approval/set-templet", "fileId=71&tid=5&mType=2&title=%E7%94%B3%E8%AF%B7%E4%BF%AE%E6%94%B9&content="+url.QueryEscape(exampleContent))
	f.Add("/app/approval/set-templet", "fileId=18446744073709551615&tid=-1&mType=&title=%ff&content={")
	f.Fuzz(func(t *testing.T, path, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader("token="+token+"&"+body))
		r.URL.Path = path
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		box.serve(w, r)
		var a struct{ Code *int }
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || a.Code == nil {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		if w.Code != 200 && w.Code != 404 {
			t.Fatalf("HTTP %d %s", w.Code, w.Body)
		}
	})
}
