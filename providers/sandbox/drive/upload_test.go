package drive_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/sandboxtest"
)

// sent is an upload as a test makes it; what is empty is as it should be.
type sent struct {
	user, path     string   // path after upload-attachment/; TOKEN in it is the token
	fields         []string // name=value, instead of token, fileSize2 and atype
	name, content  string
	disposition    string // instead of that of the name
	after, another bool   // the fields come after the file; a second file comes
	empty          bool   // what is empty in content is meant so
}

func (d *client) form(s sent) (path string, media string, body *bytes.Buffer) {
	d.T.Helper()
	token := d.Tokens[s.user]
	path = strings.ReplaceAll(s.path, "TOKEN", token)
	if path == "" {
		path = fmt.Sprint(token, "/", len(s.content))
	}
	body = &bytes.Buffer{}
	form := multipart.NewWriter(body)
	fields := func() {
		if s.fields == nil {
			atype := min(strings.Count(path, "/")/2, 1)
			s.fields = []string{"token=" + token, fmt.Sprint("fileSize2=", len(s.content)), fmt.Sprint("atype=", atype)}
		}
		for _, f := range s.fields {
			name, value, _ := strings.Cut(f, "=")
			form.WriteField(name, strings.ReplaceAll(value, "TOKEN", token))
		}
	}
	if !s.after {
		fields()
	}
	if s.disposition == "" {
		s.disposition = fmt.Sprintf(`form-data; name="file"; filename="%s"`, s.name)
	}
	for range map[bool]int{false: 1, true: 2}[s.another] {
		file, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {s.disposition},
			"Content-Type": {"application/octet-stream"}})
		if err != nil {
			d.T.Fatal(err)
		}
		io.WriteString(file, s.content)
	}
	if s.after {
		fields()
	}
	form.Close()
	return path, form.FormDataContentType(), body
}

func (d *client) send(s sent) sandboxtest.Answer {
	d.T.Helper()
	path, media, body := d.form(s)
	r, err := http.Post(d.URL+drive.UploadPath+"/"+path, media, body)
	if err != nil {
		d.T.Fatal(err)
	}
	defer r.Body.Close()
	var a sandboxtest.Answer
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		d.T.Fatalf("HTTP %s: %v", r.Status, err)
	}
	if ok := map[int]int{records.CodeNoPath: 404}[a.Code]; r.StatusCode != max(ok, 200) {
		d.T.Errorf("HTTP %s with code %d", r.Status, a.Code)
	}
	return a
}

// uploaded makes an attachment of one file.
func (d *client) uploaded(user, name, content string) int64 {
	d.T.Helper()
	a := d.send(sent{user: user, name: name, content: content})
	d.Want(a, records.CodeDone)
	return a.FileID
}

// multi makes an attachment for several files.
func (d *client) multi(user, rpath string) (root int64, key string) {
	d.T.Helper()
	a := d.Post(user, "/app/approval/create-multifiles-attachment", "rpath="+rpath)
	d.Want(a, records.CodeDone)
	return a.RootID, a.UUID
}

// uploadInto puts a file into an attachment for several; folder has bars between its names.
func (d *client) uploadInto(user string, root int64, key, folder, name, content string) sandboxtest.Answer {
	d.T.Helper()
	path := fmt.Sprint("TOKEN/", len(content), "/", key, "/", root)
	if folder != "" {
		path += "/" + url.PathEscape(folder)
	}
	return d.send(sent{user: user, path: path, name: name, content: content})
}

// kept lists the files beside the database.
func (d *client) kept() []string {
	entries, err := os.ReadDir(d.Box.Shared().Store.Files().Path)
	if err != nil && !os.IsNotExist(err) {
		d.T.Error(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestUploadIsChecked(t *testing.T) {
	d := newDrive(t)
	d.Tokens["stranger"] = strings.Repeat("0", 32)
	root, key := d.multi("test03", `["图片","图片/素材"]`)
	in := fmt.Sprint("TOKEN/3/", key, "/", root)
	usedRoot, usedKey := d.multi("test03", "")
	d.Want(d.uploadInto("test03", usedRoot, usedKey, "", "a.txt", "abc"), records.CodeDone)
	o := d.approval(d.templet(72, drive.TypeUpload, "上传", testStep(drive.RuleAny, 0, 5)), 72)
	o["attachmentId"] = usedRoot
	d.raised("test03", o)
	single := d.uploaded("test03", "single.txt", "abc")

	tests := []struct {
		name string
		sent sent
		code int
	}{
		{"as it should be", sent{}, records.CodeDone},
		{"the file first", sent{after: true}, records.CodeDone},
		{"nothing in it", sent{path: "TOKEN/0", empty: true}, records.CodeDone},
		{"unknown field", sent{fields: []string{"token=TOKEN", "fileSize2=3", "atype=0", "x=y"}}, records.CodeDone},
		{"into the root", sent{path: in, name: "1.txt"}, records.CodeDone},
		{"into a folder", sent{path: in + "/图片"}, records.CodeDone},
		{"into a folder, escaped", sent{path: in + "/%E5%9B%BE%E7%89%87%7C%E7%B4%A0%E6%9D%90"}, records.CodeDone},

		{"no path", sent{path: "TOKEN"}, records.CodeNoPath},
		{"three parts", sent{path: "TOKEN/3/" + key}, records.CodeNoPath},
		{"six parts", sent{path: in + "/图片/素材"}, records.CodeNoPath}, // that is what the bar is for
		{"an empty part", sent{path: "TOKEN//3"}, records.CodeNoPath},
		{"a slash behind", sent{path: "TOKEN/3/"}, records.CodeNoPath},
		{"token unknown", sent{user: "stranger"}, records.CodeTokenInvalid},
		{"token of the form missing", sent{fields: []string{"fileSize2=3", "atype=0"}}, records.CodeTokenMissing},
		{"token of the form differs", sent{fields: []string{"token=x", "fileSize2=3", "atype=0"}},
			records.CodeTokenInvalid},
		{"filesize not a number", sent{path: "TOKEN/x"}, records.CodeParam},
		{"filesize negative", sent{path: "TOKEN/-3"}, records.CodeParam},
		{"filesize beyond measure", sent{path: "TOKEN/9223372036854775807"}, records.CodeParam},
		{"filesize less than what arrives", sent{path: "TOKEN/2",
			fields: []string{"token=TOKEN", "fileSize2=2", "atype=0"}}, records.CodeFileSize},
		{"filesize more than what arrives", sent{path: "TOKEN/4",
			fields: []string{"token=TOKEN", "fileSize2=4", "atype=0"}}, records.CodeFileSize},
		{"fileSize2 differs", sent{fields: []string{"token=TOKEN", "fileSize2=4", "atype=0"}}, records.CodeFileSize},
		{"fileSize2 missing", sent{fields: []string{"token=TOKEN", "atype=0"}}, records.CodeParam},
		{"fileSize2 not a number", sent{fields: []string{"token=TOKEN", "fileSize2=3.0", "atype=0"}},
			records.CodeParam},
		{"atype missing", sent{fields: []string{"token=TOKEN", "fileSize2=3"}}, records.CodeParam},
		{"atype of several for one", sent{fields: []string{"token=TOKEN", "fileSize2=3", "atype=1"}},
			records.CodeAttachmentKind},
		{"atype of one for several", sent{path: in, fields: []string{"token=TOKEN", "fileSize2=3", "atype=0"}},
			records.CodeAttachmentKind},
		{"atype unknown", sent{fields: []string{"token=TOKEN", "fileSize2=3", "atype=2"}}, records.CodeAttachmentKind},
		{"two files", sent{another: true}, records.CodeForm},
		{"the file under another name", sent{disposition: `form-data; name="upload"; filename="a.txt"`},
			records.CodeParam},
		{"not a file", sent{disposition: `form-data; name="file"`}, records.CodeFileName},
		{"disposition broken", sent{disposition: `form-data; name="file"; filename="a`}, records.CodeParam},
		{"a long field", sent{fields: []string{"x=" + strings.Repeat("x", drive.MaxField+1), "token=TOKEN",
			"fileSize2=3", "atype=0"}}, records.CodeForm},

		{"uuid wrong", sent{path: fmt.Sprint("TOKEN/3/x/", root)}, records.CodeNoAttachment},
		{"rootid unknown", sent{path: "TOKEN/3/" + key + "/9999"}, records.CodeNoAttachment},
		{"rootid not a number", sent{path: "TOKEN/3/" + key + "/x"}, records.CodeParam},
		{"rootid an attachment of one", sent{path: fmt.Sprint("TOKEN/3/x/", single)}, records.CodeNoAttachment},
		{"somebody else's", sent{user: "wang", path: in}, records.CodeAttachmentOwner},
		{"raised already", sent{path: fmt.Sprint("TOKEN/3/", usedKey, "/", usedRoot), name: "b.txt"},
			records.CodeAttachmentUsed},
		{"folder unknown", sent{path: in + "/文字"}, records.CodeNoFolder},
		{"folder above", sent{path: in + "/.."}, records.CodeNoFolder},
		{"folder with a slash", sent{path: in + "/%E5%9B%BE%E7%89%87%2F%E7%B4%A0%E6%9D%90"}, records.CodeNoFolder},
		{"folder with a bar behind", sent{path: in + "/图片|"}, records.CodeNoFolder},
		{"a file as folder", sent{path: in + "/1.txt"}, records.CodeNoFolder},
		{"name there already", sent{path: in, name: "1.txt"}, records.CodeNameTaken},
		{"name of a folder", sent{path: in, name: "图片"}, records.CodeNameTaken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(d.kept())
			if tt.sent.user == "" {
				tt.sent.user = "test03"
			}
			if tt.sent.name == "" {
				tt.sent.name = "a.txt"
			}
			if !tt.sent.empty {
				tt.sent.content = "abc"
			}
			a := d.send(tt.sent)
			if a.Code != tt.code {
				t.Errorf("code %d %s, want %d", a.Code, a.Msg, tt.code)
			}
			made := len(d.kept()) - before
			if want := map[bool]int{true: 1}[tt.code == records.CodeDone]; made != want ||
				(a.FileID > 0) != (want > 0) {
				t.Errorf("%d files kept, want %d; fileId %d", made, want, a.FileID)
			}
		})
	}
}

func TestFileNames(t *testing.T) {
	d := newDrive(t)
	root, key := d.multi("test03", "")
	long := strings.Repeat("长", 85) // 255 bytes
	tests := []struct {
		name string
		code int
	}{
		{"合同 (最终) #1 100% 'a' +b; c=d.pdf", records.CodeDone}, {long, records.CodeDone}, {".隐藏",
			records.CodeDone}, {"e\u0301.txt", records.CodeDone}, {"😀.png", records.CodeDone},
		{long + "x", records.CodeFileName}, {"", records.CodeFileName}, {".", records.CodeFileName}, {"..",
			records.CodeFileName},
		{"a/b.txt", records.CodeFileName}, {"../../etc/passwd", records.CodeFileName}, {`C:\a.txt`,
			records.CodeFileName}, {"a|b", records.CodeFileName}, {"a:b", records.CodeFileName},
		{"a*b", records.CodeFileName}, {"a?b", records.CodeFileName}, {`a\"b`, records.CodeFileName}, {"a<b",
			records.CodeFileName}, {"a>b", records.CodeFileName},
		{"a\x01b", records.CodeForm}, {"a\x7fb", records.CodeForm}, {"a\tb",
			records.CodeFileName}, // no header may hold the first two at all
		{"a\u0085b", records.CodeFileName}, {"a\xff", records.CodeFileName},
	}
	for _, tt := range tests {
		a := d.uploadInto("test03", root, key, "", tt.name, "abc")
		if a.Code != tt.code {
			t.Errorf("%q: code %d %s, want %d", tt.name, a.Code, a.Msg, tt.code)
		}
		if tt.code != records.CodeDone {
			continue
		}
		if _, disposition := d.download("test03", "download-attachment", a.FileID); disposition != tt.name {
			t.Errorf("%q comes back as %q", tt.name, disposition)
		}
	}
	if n := len(d.kept()); n != 5 {
		t.Errorf("%d files kept", n)
	}
}

// What is not a form of several parts is refused, and a method other than POST too.
func TestUploadForm(t *testing.T) {
	d := newDrive(t)
	for media, code := range map[string]int{"application/octet-stream": records.CodeForm,
		"application/x-www-form-urlencoded": records.CodeForm, "multipart/form-data": records.CodeForm,
		"": records.CodeForm} {
		r, err := http.Post(d.URL+drive.UploadPath+"/"+d.Tokens["admin"]+"/3", media, strings.NewReader("abc"))
		if err != nil {
			t.Fatal(err)
		}
		var a sandboxtest.Answer
		if err := json.NewDecoder(r.Body).Decode(&a); err != nil || a.Code != code {
			t.Errorf("%q: %+v %v", media, a, err)
		}
		r.Body.Close()
	}
	r, err := http.Get(d.URL + drive.UploadPath + "/" + d.Tokens["admin"] + "/3")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 405 || r.Header.Get("Allow") != "POST" {
		t.Errorf("%s", r.Status)
	}
	if n := len(d.kept()); n != 0 {
		t.Errorf("%d files kept", n)
	}
	// The token is in the address; it is not what calls are counted by.
	want := fmt.Sprint(map[string]int{drive.UploadPath: 5})
	if got := fmt.Sprint(sandboxtest.Calls(d.Box)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// An upload that is cut, wherever, leaves nothing; nor does one whose form ends too early.
func TestCutUploadLeavesNothing(t *testing.T) {
	d := newDrive(t)
	content := strings.Repeat("x", 100_000)
	path, media, whole := d.form(sent{user: "test03", name: "a.txt", content: content})
	head := fmt.Sprintf("POST %s/%s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
		drive.UploadPath, path, media, whole.Len())
	host := strings.TrimPrefix(d.URL, "http://")
	for _, n := range []int{0, 100, 600, 50_000, whole.Len() - 60, whole.Len() - 1} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, head)
		conn.Write(whole.Bytes()[:n])
		conn.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(conn) // until the server is done with it
		conn.Close()
		if bytes.Contains(answer, []byte(`"code":0`)) {
			t.Errorf("cut after %d of %d bytes: %s", n, whole.Len(), answer)
		}
	}
	// Sent whole, but the form in it has no end.
	r, err := http.Post(d.URL+drive.UploadPath+"/"+path, media, bytes.NewReader(whole.Bytes()[:whole.Len()-10]))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if body, _ := io.ReadAll(r.Body); !bytes.Contains(body, []byte(fmt.Sprintf(`"code":%d`, records.CodeForm))) {
		t.Errorf("%s", body)
	}
	if kept := d.kept(); len(kept) != 0 {
		t.Errorf("left: %v", kept)
	}
}

// A refusal reaches a client that is still sending.
func TestRefusalOfALargeUpload(t *testing.T) {
	d := newDrive(t)
	content := strings.Repeat("x", 8<<20)
	d.Want(d.send(sent{user: "nobody", path: "x/8388608", content: content}), records.CodeTokenInvalid)
	d.Want(d.send(sent{user: "test03", path: "TOKEN/8388607", name: "a.txt", content: content}), records.CodeFileSize)
	d.Want(d.send(sent{user: "test03", path: "TOKEN/8388608/x/9999", name: "a.txt", content: content}),
		records.CodeNoAttachment)
	d.Want(d.send(sent{user: "test03", name: "a/b", content: content}), records.CodeFileName)
	if kept := d.kept(); len(kept) != 0 {
		t.Errorf("left: %v", kept)
	}
}

// 200 MB go in and out, 50 MB inside the process and as an archive, and all that is allocated on the way, on both
// sides, is a small part of that: files are never in memory.
func TestLargeFilesAreStreamed(t *testing.T) {
	d := newDrive(t)
	inside := &client{&sandboxtest.Drive{T: t, Box: d.Box, URL: "http://sandbox", Tokens: d.Tokens}}
	tests := []struct {
		name      string
		client    *http.Client
		d         *client
		size      int64
		downloads []string
	}{
		{"over HTTP", http.DefaultClient, d, 200 << 20, []string{"download-attachment"}},
		{"in process", &http.Client{Transport: d.Box.Transport()}, inside, 50 << 20,
			[]string{"download-attachment", "download-attachment-zip"}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			size := c.size
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			root, key := d.multi("test03", "")
			body, to := io.Pipe()
			form := multipart.NewWriter(to)
			go func() {
				form.WriteField("token", d.Tokens["test03"])
				form.WriteField("fileSize2", fmt.Sprint(size))
				form.WriteField("atype", "1")
				file, _ := form.CreateFormFile("file", "大.bin")
				io.Copy(file, io.LimitReader(zeros{}, size))
				form.Close()
				to.Close()
			}()
			r, err := c.client.Post(fmt.Sprint(c.d.URL, drive.UploadPath, "/", d.Tokens["test03"], "/", size, "/", key,
				"/", root), form.FormDataContentType(), body)
			if err != nil {
				t.Fatal(err)
			}
			var a sandboxtest.Answer
			if err := json.NewDecoder(r.Body).Decode(&a); err != nil || a.Code != records.CodeDone {
				t.Fatalf("%+v %v", a, err)
			}
			r.Body.Close()
			for _, path := range c.downloads {
				id := map[string]int64{"download-attachment": a.FileID, "download-attachment-zip": root}[path]
				r, err := c.client.PostForm(c.d.URL+"/app/approval/"+path,
					url.Values{"token": {d.Tokens["test03"]}, "fileId": {fmt.Sprint(id)}})
				if err != nil {
					t.Fatal(err)
				}
				n, err := io.Copy(struct{ io.Writer }{io.Discard}, r.Body)
				r.Body.Close()
				if err != nil || path == "download-attachment" && (n != size || r.ContentLength != size) || n < 1000 {
					t.Errorf("%s: %d bytes, %d announced: %v", path, n, r.ContentLength, err)
				}
			}
			runtime.ReadMemStats(&after)
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 16<<20 {
				t.Errorf("%d MB allocated in all", allocated>>20)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// Faults: one that fails is not carried out, one that is lost is; each upload has its own.
func TestUploadFaults(t *testing.T) {
	d := newDrive(t)
	root, key := d.multi("test03", "")
	clients := map[string]*http.Client{"over HTTP": {Transport: &http.Transport{DisableKeepAlives: true}},
		"in process": {Transport: d.Box.Transport()}}
	for name, client := range clients {
		for i, tt := range []struct {
			faults faults.Settings
			ends   string
			made   int
		}{
			{faults.Settings{}, "done", 1},
			{faults.Settings{ErrorRate: 1}, "failed", 0},
			{faults.Settings{LostRate: 1}, "lost", 1},
			{faults.Settings{Latency: time.Millisecond}, "done", 1},
		} {
			before, listed := len(d.kept()), len(d.attached("test03", root, ""))
			sandboxtest.SetFaults(d.Box, tt.faults)
			path, media, body := d.form(sent{user: "test03", path: fmt.Sprint("TOKEN/3/", key, "/", root),
				name: fmt.Sprint(name, i), content: "abc"})
			got := sandboxtest.Ended(client.Post(d.URL+drive.UploadPath+"/"+path, media, body))
			sandboxtest.SetFaults(d.Box, faults.Settings{})
			if made := len(d.kept()) - before; got != tt.ends || made != tt.made ||
				len(d.attached("test03", root, ""))-listed != tt.made {
				t.Errorf("%s, %+v: %s, %d made; want %s, %d made", name, tt.faults, got, made, tt.ends, tt.made)
			}
		}
	}
	// Which of many fail is up to the seed and to what they are, not to tokens or to uuids.
	run := func() (ends string) {
		d := newDrive(t)
		root, key := d.multi("test03", "")
		sandboxtest.SetFaults(d.Box, faults.Settings{ErrorRate: 0.3, LostRate: 0.3, Seed: 7})
		client := &http.Client{Transport: d.Box.Transport()}
		for i := range 30 {
			path, media, body := d.form(sent{user: "test03", path: fmt.Sprint("TOKEN/3/", key, "/", root),
				name: fmt.Sprint(i), content: "abc"})
			ends += sandboxtest.Ended(client.Post("http://sandbox"+drive.UploadPath+"/"+path, media, body)) + " "
		}
		return ends
	}
	if one, two := run(), run(); one != two || !strings.Contains(one, "lost") || !strings.Contains(one, "failed") {
		t.Errorf("%s\n%s", one, two)
	}
}

// A database that was killed while an upload arrived, or whose approvals were removed, is tidied when it is opened;
// what the sandbox did not put there stays.
func TestLeftoversGoOnOpening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drive.db")
	box, err := sandbox.Open(sandbox.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	d := serveDrive(t, box)
	tid := d.templet(72, drive.TypeUpload, "上传", testStep(drive.RuleAny, 0, 5))
	remove := func(v viewed) {
		d.Want(d.Post("admin", "/app/approval/remove-approval", fmt.Sprint("id=", v.Data.ID)), records.CodeDone)
	}
	staged := d.uploaded("test03", "备用.txt", "a")
	placed := d.uploaded("test03", "已放.txt", "b")
	remove(d.passed("test03", tid, 72, placed))
	o := d.approval(tid, 72)
	dropped := d.uploaded("test03", "不要.txt", "c")
	o["attachmentId"] = dropped
	d.Want(d.Post("admin", "/app/approval/remove-approval", fmt.Sprint("id=", d.raised("test03", o))), records.CodeDone)
	box.Close()
	dir := filepath.Join(filepath.Dir(path), "drive.files")
	for _, name := range []string{"upload-123", "notes.txt", "12345"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d = serveDrive(t, sandboxtest.Open(t, path))
	// dropped is gone, placed is a file of the drive, staged waits to be used.
	want := []string{fmt.Sprint(staged), fmt.Sprint(placed), "notes.txt"}
	slices.Sort(want)
	if got := d.kept(); !slices.Equal(got, want) || dropped == 0 {
		t.Errorf("kept %v, want %v", got, want)
	}
}

// A disk that takes nothing more is the sandbox's failure, not a mistake in the call.
func TestUploadWithoutRoom(t *testing.T) {
	d := newDrive(t)
	if err := os.WriteFile(d.Box.Shared().Store.Files().Path, nil, 0o600); err != nil { // no folder can be made
		t.Fatal(err)
	}
	path, media, body := d.form(sent{user: "test03", name: "a.txt", content: "abc"})
	r, err := http.Post(d.URL+drive.UploadPath+"/"+path, media, body)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if said, _ := io.ReadAll(r.Body); r.StatusCode != 500 || !bytes.Contains(said, []byte(`"code":1000`)) {
		t.Errorf("%s %s", r.Status, said)
	}
	full, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	full.Close() // as good as full
	if err := drive.ReceiveFile(strings.NewReader("abc"), 3, full); !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// Whatever is uploaded to wherever, the answer is JSON with a code, and only what was accepted is kept.
func FuzzUpload(f *testing.F) {
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { box.Close() })
	token := box.Tokens()[0].Token
	const form = "--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nTOKEN\r\n--x\r\nContent-Disposition: " +
		"form-data; name=\"fileSize2\"\r\n\r\n3\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"atype\"\r\n\r\n0\r\n--x\r\nContent-Disposition: form-data; " +
		"name=\"file\"; filename=\"a.txt\"\r\n\r\nabc\r\n--x--\r\n"
	f.Add("TOKEN/3", form)
	f.Add("TOKEN/3/uuid/99/a|b", form)
	f.Add("TOKEN/%33/%zz", form[:100])
	f.Add("TOKEN/3", strings.Replace(form, `"a.txt"`, `"..\..\a"; filename*=UTF-8''%2fa`, 1))
	f.Fuzz(func(t *testing.T, path, body string) {
		d := client{&sandboxtest.Drive{T: t, Box: box}}
		before := len(d.kept())
		r := httptest.NewRequest("POST", "/", strings.NewReader(strings.ReplaceAll(body, "TOKEN", token)))
		r.URL.Path = drive.UploadPath + "/" + strings.ReplaceAll(path, "TOKEN", token)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		w := httptest.NewRecorder()
		box.Handler().ServeHTTP(w, r)
		var a struct{ Code *int }
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || a.Code == nil || w.Code != 200 && w.Code != 404 {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		if made := len(d.kept()) - before; made != map[bool]int{true: 1}[*a.Code == records.CodeDone] {
			t.Fatalf("%d files kept after %s", made, w.Body)
		}
	})
}
