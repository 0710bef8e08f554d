package drive_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/sandboxtest"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
)

// download gets a file and the name it is announced with; a refusal fails the test.
func (d *client) download(user, path string, id int64) (body, name string) {
	d.T.Helper()
	r, err := http.PostForm(d.URL+"/app/approval/"+path, url.Values{"token": {d.Tokens[user]},
		"fileId": {fmt.Sprint(id)}})
	if err != nil {
		d.T.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		d.T.Fatal(err)
	}
	_, said, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
	if err != nil || r.StatusCode != 200 {
		d.T.Fatalf("%s: %s %s %v", path, r.Status, b, err)
	}
	return string(b), said["filename"]
}

// attached lists a folder of an attachment as "name size", folders with a slash behind.
func (d *client) attached(user string, id int64, basePath string) []string {
	d.T.Helper()
	a := d.Post(user, "/app/approval/get-attach-list", fmt.Sprint("fileId=", id), "basePath="+basePath)
	d.Want(a, records.CodeDone)
	var files []drive.FileMap
	if err := json.Unmarshal(a.Data, &files); err != nil || files == nil {
		d.T.Fatalf("%s: %v", a.Data, err)
	}
	var entries []string
	for _, f := range files {
		if f.FileType == 1 {
			entries = append(entries, f.FileName+"/")
		} else {
			entries = append(entries, fmt.Sprint(f.FileName, " ", f.Size))
		}
	}
	return entries
}

func TestMultifilesFoldersAreChecked(t *testing.T) {
	d := newDrive(t)
	for rpath, code := range map[string]int{
		``: records.CodeDone, `[]`: records.CodeDone, `null`: records.CodeDone,
		`["qdoc","qmake","qdoc/images","qdoc/style","qmake/images","qmake/style"]`: records.CodeDone, // the document's
		`["b/c","a","b"]`:                     records.CodeDone,
		`{}`:                                  records.CodeParam,
		`["a"`:                                records.CodeParam,
		`[1]`:                                 records.CodeParam,
		`"a"`:                                 records.CodeParam,
		`["a"]x`:                              records.CodeParam,
		`["a/b"]`:                             records.CodeNoFolder, // all folders are to be listed
		`["a","a"]`:                           records.CodeNameTaken,
		`["/a"]`:                              records.CodeFileName,
		`["a/"]`:                              records.CodeFileName,
		`[""]`:                                records.CodeFileName,
		`["a","a//b"]`:                        records.CodeFileName,
		`["."]`:                               records.CodeFileName,
		`["a","a/.."]`:                        records.CodeFileName,
		`["a|b"]`:                             records.CodeFileName,
		`["a\\b"]`:                            records.CodeFileName,
		`["a\u0000"]`:                         records.CodeFileName,
		`["` + strings.Repeat("长", 86) + `"]`: records.CodeFileName,
	} {
		a := d.Post("test03", "/app/approval/create-multifiles-attachment", "rpath="+rpath)
		if a.Code != code || (a.RootID > 0) != (code == records.CodeDone) ||
			(len(a.UUID) >= 32) != (code == records.CodeDone) {
			t.Errorf("%s: %+v, want code %d", rpath, a, code)
		}
	}
	if a := d.Post("test03", "/app/approval/create-multifiles-attachment"); a.Code != records.CodeDone { // rpath可省略
		t.Errorf("%+v", a)
	}
}

func TestAttachList(t *testing.T) {
	d := newDrive(t)
	root, key := d.multi("test03", `["doc","doc/image","空"]`)
	for path, content := range map[string]string{"": "1", "doc": "22", "doc|image": "333"} {
		d.Want(d.uploadInto("test03", root, key, path, "说明.txt", content), records.CodeDone)
	}
	a := d.Post("test03", "/app/approval/get-attach-list", fmt.Sprint("fileId=", root))
	var top []drive.FileMap
	json.Unmarshal(a.Data, &top)
	doc := top[0].FileID
	if top[0].FileName != "doc" || top[0].ParentID != root || top[0].CreatorID != 4 {
		t.Fatalf("%+v", top)
	}
	tests := []struct {
		id   int64
		base string
		want []string
	}{
		{root, "", []string{"doc/", "空/", "说明.txt 1"}},
		{root, "doc", []string{"image/", "说明.txt 2"}},
		{root, "doc/image", []string{"说明.txt 3"}},
		{root, "空", nil},
		{doc, "", []string{"image/", "说明.txt 2"}},    // a folder by its id
		{doc, "doc", []string{"image/", "说明.txt 2"}}, // and with its path besides
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, d.attached("test03", tt.id, tt.base)); diff != "" {
			t.Errorf("%d %s: %s", tt.id, tt.base, diff)
		}
	}
	single := d.uploaded("test03", "a.txt", "abc")
	for _, tt := range []struct {
		id   int64
		base string
		code int
	}{
		{root, "nothing", records.CodeNoFolder}, {root, "说明.txt", records.CodeNoFolder}, {root, "doc/",
			records.CodeNoFolder}, {root, "/doc", records.CodeNoFolder},
		{root, "doc|image", records.CodeNoFolder}, {doc, "空", records.CodeNoFolder}, {doc, "image",
			records.CodeNoFolder},
		{single, "", records.CodeAttachmentKind}, {9999, "", records.CodeNoAttachment}, {72, "",
			records.CodeNoAttachment},
	} {
		if a := d.Post("test03", "/app/approval/get-attach-list", fmt.Sprint("fileId=", tt.id),
			"basePath="+tt.base); a.Code != tt.code {
			t.Errorf("%d %s: %+v, want code %d", tt.id, tt.base, a, tt.code)
		}
	}
	d.Want(d.Post("test03", "/app/approval/get-attach-list"), records.CodeParam)
	// It is no folder of the drive.
	d.Want(d.Post("test03", "/app/file/list-dir", fmt.Sprint("fileId=", root)), records.CodeNoFile)
}

func TestDownload(t *testing.T) {
	d := newDrive(t)
	id := d.uploaded("test03", "补充 协议's.pdf", "内容")
	r, err := http.PostForm(d.URL+"/app/approval/download-attachment",
		url.Values{"token": {d.Tokens["test03"]}, "fileId": {fmt.Sprint(id)}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	want := `attachment; filename="__ __'s.pdf"; filename*=UTF-8''%E8%A1%A5%E5%85%85%20%E5%8D%8F%E8%AE%AE%27s.pdf`
	if got := r.Header.Get("Content-Disposition"); got != want || r.ContentLength != 6 ||
		r.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%s, %d bytes", got, r.ContentLength)
	}
	if body, err := io.ReadAll(r.Body); string(body) != "内容" || err != nil {
		t.Errorf("%q %v", body, err)
	}

	root, _ := d.multi("test03", "")
	for path, tests := range map[string]map[string]int{
		"download-attachment": {"9999": records.CodeNoAttachment, "98": records.CodeNoAttachment,
			"": records.CodeParam, fmt.Sprint(root): records.CodeAttachmentKind},
		"download-attachment-zip": {"9999": records.CodeNoAttachment, "x": records.CodeParam,
			fmt.Sprint(id): records.CodeAttachmentKind},
	} {
		for id, code := range tests {
			if a := d.Post("test03", "/app/approval/"+path, "fileId="+id); a.Code != code {
				t.Errorf("%s of %q: %+v, want code %d", path, id, a, code)
			}
		}
	}
}

// Who uploaded an attachment has it; once an approval is raised with it, so has who may view that.
func TestWhoMayReadAnAttachment(t *testing.T) {
	d := newDrive(t)
	root, key := d.multi("test03", "")
	file := d.uploadInto("test03", root, key, "", "a.txt", "abc").FileID
	check := func(when string, may ...string) {
		t.Helper()
		for _, u := range records.ExampleUsers {
			want := records.CodeNoPermission
			for _, m := range may {
				if u.Username == m {
					want = records.CodeDone
				}
			}
			if a := d.Post(u.Username, "/app/approval/get-attach-list", fmt.Sprint("fileId=", root)); a.Code != want {
				t.Errorf("%s: %s lists: %+v", when, u.Username, a)
			}
			if want == records.CodeDone {
				d.download(u.Username, "download-attachment", file)
				d.download(u.Username, "download-attachment-zip", root)
			} else {
				d.Want(d.Post(u.Username, "/app/approval/download-attachment", fmt.Sprint("fileId=", file)), want)
				d.Want(d.Post(u.Username, "/app/approval/download-attachment-zip", fmt.Sprint("fileId=", root)), want)
			}
		}
	}
	check("staged", "test03", "admin")
	o := d.approval(d.templet(7, drive.TypeUpload, "上传", testStep(drive.RuleAny, 0, 5)), 7)
	o["attachmentId"] = root
	d.raised("test03", o)
	check("raised", "test03", "admin", "test02", "zhang", "chen") // manages, decides, is in copy
}

func TestZip(t *testing.T) {
	d := newDrive(t)
	root, key := d.multi("test03", `["图片资料","图片资料/素材","空"]`)
	want := map[string]string{"空/": "", "图片资料/": "", "图片资料/素材/": "", "说明.txt": "顶",
		"图片资料/素材/logo3.png": strings.Repeat("素", 10_000)}
	d.Want(d.uploadInto("test03", root, key, "", "说明.txt", want["说明.txt"]), records.CodeDone)
	d.Want(d.uploadInto("test03", root, key, "图片资料|素材", "logo3.png", want["图片资料/素材/logo3.png"]),
		records.CodeDone)
	body, name := d.download("test03", "download-attachment-zip", root)
	if !strings.HasSuffix(name, ".zip") {
		t.Errorf("name %s", name)
	}
	archive, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got[f.Name] = string(content)
		if f.Flags&0x800 == 0 || f.Modified.Unix() < records.ExampleTemplet.Created {
			t.Errorf("%s: UTF-8 flag %v, modified %v", f.Name, f.Flags&0x800 != 0, f.Modified)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// One with nothing in it is an archive too.
	empty, _ := d.multi("test03", "")
	body, _ = d.download("test03", "download-attachment-zip", empty)
	if archive, err := zip.NewReader(strings.NewReader(body), int64(len(body))); err != nil || len(archive.File) != 0 {
		t.Errorf("%v", err)
	}
}

// Files beside the database that are gone or cut short are an error of the sandbox: HTTP 500, or a cut connection.
func TestDamagedBytes(t *testing.T) {
	d := newDrive(t)
	root, key := d.multi("test03", "")
	id := d.uploadInto("test03", root, key, "", "a.txt", "abcdef").FileID
	for _, damage := range []func(string) error{func(p string) error { return os.Truncate(p, 3) }, os.Remove} {
		if err := damage(filepath.Join(d.Box.Shared().Store.Files().Path, fmt.Sprint(id))); err != nil {
			t.Fatal(err)
		}
		r, err := http.PostForm(d.URL+"/app/approval/download-attachment",
			url.Values{"token": {d.Tokens["test03"]}, "fileId": {fmt.Sprint(id)}})
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != 500 || !bytes.Contains(body, []byte(`"code":1000`)) ||
			r.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s %s", r.Status, body)
		}
		if got := sandboxtest.Ended(http.PostForm(d.URL+"/app/approval/download-attachment-zip",
			url.Values{"token": {d.Tokens["test03"]}, "fileId": {fmt.Sprint(root)}})); got != "lost" {
			t.Errorf("a zip of it: %s", got)
		}
	}
}

func TestDownloadFaults(t *testing.T) {
	d := newDrive(t)
	id := d.uploaded("test03", "a.txt", "abc")
	clients := map[string]*http.Client{"over HTTP": {Transport: &http.Transport{DisableKeepAlives: true}},
		"in process": {Transport: d.Box.Transport()}}
	for name, client := range clients {
		for want, faults := range map[string]faults.Settings{"done": {}, "failed": {ErrorRate: 1},
			"lost": {LostRate: 1}} {
			sandboxtest.SetFaults(d.Box, faults)
			got := sandboxtest.Ended(client.PostForm(d.URL+"/app/approval/download-attachment",
				url.Values{"token": {d.Tokens["test03"]}, "fileId": {fmt.Sprint(id)}}))
			if got != want {
				t.Errorf("%s with %+v: %s, want %s", name, faults, got, want)
			}
		}
	}
}

// Approvals, what was decided in them, rights and attachments are there after a restart, and go on from there.
func TestApprovalsSurvive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drive.db")
	first, err := sandbox.Open(sandbox.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	d := serveDrive(t, first)
	tid := d.templet(7, drive.TypeUpload, "上传", testStep(drive.RuleAny, 0, 5), testStep(drive.RuleAny, 0, 6))
	root, key := d.multi("test03", `["夹"]`)
	d.Want(d.uploadInto("test03", root, key, "夹", "a.txt", "abc"), records.CodeDone)
	o := d.approval(tid, 7)
	o["attachmentId"] = root
	id := d.raised("test03", o)
	d.Want(d.handle("zhang", id, 0, records.Approved), records.CodeDone)
	before := d.view("admin", id)
	staged, stagedKey := d.multi("test03", "")
	first.Close()

	d = serveDrive(t, sandboxtest.Open(t, path))
	if diff := cmp.Diff(before, d.view("admin", id), cmp.AllowUnexported(viewed{})); diff != "" {
		t.Error(diff)
	}
	d.Want(d.handle("li", id, 1, records.Approved), records.CodeDone)
	if diff := cmp.Diff([]string{"夹/", "夹/a.txt"}, d.below(7, "")); diff != "" {
		t.Error(diff)
	}
	a := d.uploadInto("test03", staged, stagedKey, "", "b.txt", "abc") // an attachment begun before is gone on with
	d.Want(a, records.CodeDone)
	for file, mode := range map[string]os.FileMode{"drive.files": 0o700 | os.ModeDir,
		fmt.Sprint("drive.files/", a.FileID): 0o600} {
		if info, err := os.Stat(filepath.Join(filepath.Dir(path), file)); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// A database from before there were approvals opens, with what was in it, and takes approvals from then on.
func TestOlderDatabaseOpens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drive.db")
	box, err := sandbox.Open(sandbox.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	tokens := box.Tokens()
	box.Close()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(b *bbolt.Tx) error {
		for _, bucket := range records.Layout.Later {
			if err := b.DeleteBucket([]byte(bucket)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()

	d := serveDrive(t, sandboxtest.Open(t, path))
	if diff := cmp.Diff(tokens, d.Box.Tokens()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]records.Templet{records.ExampleTemplet}, d.List("admin", 71)); diff != "" {
		t.Error(diff)
	}
	o := d.approval(5, 71)
	o["attachmentId"] = d.uploaded("wang", "新.zip", "abc")
	id := d.raised("wang", o)
	d.Want(d.handle("admin", id, 0, records.Approved), records.CodeDone)
	if v := d.view("wang", id); v.Data.Status != records.Approved || v.FileMap.Size != 3 {
		t.Errorf("%+v", v)
	}
}
