package drive_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/sandbox/server"
)

func TestWrongPathAndMethod(t *testing.T) {
	d := newDrive(t)
	tests := []struct {
		method, path string
		status, code int
	}{
		{"GET", "/", 404, records.CodeNoPath},
		{"POST", "/app/approval/templet-list/", 404, records.CodeNoPath},
		{"GET", "/app/approval/nothing", 404, records.CodeNoPath},
		{"GET", "/app/approval/templet-list", 405, records.CodeMethod},
		{"DELETE", "/app/approval/remove-templet", 405, records.CodeMethod},
	}
	for _, tt := range tests {
		r, _ := http.NewRequest(tt.method, d.URL+tt.path, nil)
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var a sandboxtest.Answer
		err = json.NewDecoder(got.Body).Decode(&a)
		got.Body.Close()
		if err != nil || got.StatusCode != tt.status || a.Code != tt.code || a.Msg == "" {
			t.Errorf("%s %s: %s %+v %v", tt.method, tt.path, got.Status, a, err)
		}
	}
}

func TestMultipartForm(t *testing.T) {
	box := sandboxtest.Open(t, "")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("token", box.Tokens()[0].Token)
	form.WriteField("fileId", "7")
	form.Close()
	r, err := (&http.Client{Transport: box.Transport()}).Post("http://sandbox/app/approval/templet-list",
		form.FormDataContentType(), &body)
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
		{"a semicolon", "application/x-www-form-urlencoded", "title=a;b"},
		{"multipart without boundary", "multipart/form-data", "x"},
		{"multipart cut short", "multipart/form-data; boundary=x",
			"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb"},
		{"too large", "application/x-www-form-urlencoded", "content=" + strings.Repeat("x", server.MaxBody)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.Post(d.URL+"/app/approval/templet-list", tt.media, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			var a sandboxtest.Answer
			if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
				t.Fatal(err)
			}
			d.Want(a, records.CodeForm)
		})
	}
}

// Whatever is sent, the answer is JSON with a code, and the sandbox stands.
func FuzzForm(f *testing.F) {
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { box.Close() })
	server, err := drive.New(box.Shared()) // the drive alone: "/" is Tencent's
	if err != nil {
		f.Fatal(err)
	}
	token := box.Tokens()[0].Token
	for path := range drive.Endpoints {
		f.Add(path, "fileId=7&id=5&tid=0&mType=2&title=x&content="+url.QueryEscape(records.ExampleContent))
	}
	f.Add("/app/approval/set-templet",
		"fileId=71&tid=5&mType=2&title=%E7%94%B3%E8%AF%B7%E4%BF%AE%E6%94%B9&content="+
			url.QueryEscape(records.ExampleContent))
	f.Add("/", "0")
	f.Add("/app/approval/create-approval", `json={"tid":5,"TID":"5","step":[{"ids":[null,"1"]},null]}`)
	f.Add("/app/approval/set-templet", "fileId=18446744073709551615&tid=-1&mType=&title=%ff&content={")
	f.Fuzz(func(t *testing.T, path, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader("token="+token+"&"+body))
		r.URL.Path = path
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		var a struct{ Code *int }
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || a.Code == nil {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		if w.Code != 200 && w.Code != 404 {
			t.Fatalf("HTTP %d %s", w.Code, w.Body)
		}
	})
}

// All of an accepted upload is read, to its very end, however small the pieces in which it comes.
func TestUploadIsReadToItsEnd(t *testing.T) {
	d := newDrive(t)
	path, media, whole := d.form(sent{user: "test03", name: "a.txt", content: "abc"})
	whole.WriteString("\r\nwhat comes after a form means nothing")
	r, _ := http.NewRequest("POST", "http://sandbox"+drive.UploadPath+"/"+path, iotest.OneByteReader(whole))
	r.Header.Set("Content-Type", media)
	answer, err := d.Box.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(answer.Body); string(body) != `{"code":0,"fileId":99}` || err != nil ||
		whole.Len() != 0 {
		t.Errorf("%s %v, %d bytes not read", body, err, whole.Len())
	}
}
