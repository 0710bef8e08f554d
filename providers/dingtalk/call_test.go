package dingtalk

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"countersign/providers/route"
	"countersign/providers/route/routetest"
	"countersign/schema"
)

func asError(err error, e **route.Error) bool { return errors.As(err, e) }

// The requests are those that the vendor's own client sends (wire facts, section 3.3), body for body.
func TestRequests(t *testing.T) {
	tests := []struct {
		name, method, target, body string
		call                       func(*Client) error
	}{
		{"token", "POST", "/v1.0/oauth2/accessToken", `{"appKey":"dingkey","appSecret":"app+secret/&\"<%20>"}`,
			func(c *Client) error { _, err := c.Token(t.Context()); return err }},
		{"space", "POST", "/v1.0/workflow/processInstances/spaces/infos/query",
			`{"agentId":8345000,"userId":"user123"}`,
			func(c *Client) error { _, err := c.Space(t.Context(), "user123"); return err }},
		{"ticket", "POST",
			"/v1.0/storage/spaces/3996960664/files/uploadInfos/query?unionId=u%20n%2F%C3%A9%2B%26%E4%B8%AD",
			`{"multipart":false,"option":{"preCheckParam":{"md5":"m","name":"合同.pdf","parentId":"0","size":3},` +
				`"storageDriver":"DINGTALK"},"protocol":"HEADER_SIGNATURE"}`,
			func(c *Client) error {
				_, err := c.UploadTicket(t.Context(), TicketRequest{"3996960664", "u n/é+&中", "0", "合同.pdf", 3, "m"})
				return err
			}},
		{"commit", "POST", "/v1.0/storage/spaces/3996960664/files/commit?unionId=union1",
			`{"name":"合同.pdf","option":{"conflictStrategy":"AUTO_RENAME","size":3},"parentId":"0","uploadKey":"UK"}`,
			func(c *Client) error {
				_, err := c.Commit(t.Context(), Commit{SpaceID: "3996960664", UnionID: "union1", Key: "UK",
					Name: "合同.pdf", Size: 3})
				return err
			}},
		{"commit, reuse", "POST", "/v1.0/storage/spaces/3996960664/files/commit?unionId=union1",
			`{"name":"a","option":{"conflictStrategy":"RETURN_DENTRY_IF_EXISTS","size":0},"parentId":"7",` +
				`"uploadKey":"UK"}`,
			func(c *Client) error {
				_, err := c.Commit(t.Context(), Commit{SpaceID: "3996960664", UnionID: "union1", Key: "UK", Name: "a",
					ParentID: "7", OnConflict: schema.ConflictReuse})
				return err
			}},
		{"preview", "POST", "/v1.0/workflow/processInstances/spaces/authPreview",
			`{"agentId":8345000,"fileId":"111","fileIdList":["111"],"processInstanceId":"91ef","userId":"user123",` +
				`"withCommentAttatchment":false}`,
			func(c *Client) error {
				return c.GrantPreview(t.Context(), Preview{UserID: "user123", InstanceID: "91ef",
					FileIDs: []string{"111"}})
			}},
		{"link", "POST", "/v1.0/convFile/conversations/files/links/send?unionId=union1",
			`{"dentryId":"111","openConversationId":"cid==","spaceId":"1"}`,
			func(c *Client) error {
				return c.SendLink(t.Context(), Link{"union1", "1", "111", "cid=="})
			}},
		{"parts, init", "POST", "/v1.0/storage/spaces/3996960664/files/multiPartUploadInfos/init?unionId=union1",
			`{"option":{"preCheckParam":{"name":"a","size":3},"storageDriver":"DINGTALK"}}`,
			func(c *Client) error {
				_, err := c.InitParts(t.Context(), TicketRequest{SpaceID: "3996960664", UnionID: "union1", Name: "a",
					Size: 3})
				return err
			}},
		{"parts, query", "POST", "/v1.0/storage/spaces/files/multiPartUploadInfos/query?unionId=union1",
			`{"partNumbers":[1,2],"uploadKey":"UK2"}`,
			func(c *Client) error { _, err := c.PartSlots(t.Context(), "union1", "UK2", []int{1, 2}); return err }},
		{"list", "GET", "/v1.0/storage/spaces/3996960664/dentries?maxResults=50&order=DESC" +
			"&orderBy=MODIFIED_TIME&parentId=0&unionId=union1",
			"",
			func(c *Client) error {
				_, err := c.Find(t.Context(), Search{SpaceID: "3996960664", UnionID: "union1", Name: "a"})
				return err
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newService(t)
			c := client(t, s, Options{AgentID: 8345000, UserAgent: "countersign/1.2"})
			if err := test.call(c); err != nil {
				t.Fatal(err)
			}
			all := s.sent("")
			r := all[len(all)-1]
			target := r.Path
			if r.Query != "" {
				target += "?" + r.Query
			}
			if r.Method != test.method || target != test.target || r.Body != test.body {
				t.Errorf("%s %s\n%s\nshould be %s %s\n%s", r.Method, target, r.Body, test.method, test.target,
					test.body)
			}
			token := testToken
			if test.name == "token" {
				token = ""
			}
			if got := r.Header.Get("x-acs-dingtalk-access-token"); got != token {
				t.Errorf("token %q", got)
			}
			if r.Header.Get("User-Agent") != "countersign/1.2" || r.Body != "" &&
				r.Header.Get("Content-Type") != "application/json" {
				t.Error(r.Header)
			}
		})
	}
}

// An id that is no id does not change the path.
func TestPathIsEscaped(t *testing.T) {
	s := newService(t)
	c := client(t, s, Options{})
	c.Commit(t.Context(), Commit{SpaceID: "a b/c?x=1", UnionID: "u", Key: "k", Name: "a"})
	all := s.sent("")
	if got := all[len(all)-1].Path; got != "/v1.0/storage/spaces/a%20b%2Fc%3Fx=1/files/commit" {
		t.Error(got)
	}
}

// Ids come as numbers or strings, sizes as either; everything else may be missing.
func TestLenientAnswers(t *testing.T) {
	s := newService(t)
	c := client(t, s, Options{})
	s.on(pathSpace, routetest.Answer(200, `{"result":{"spaceId":"9007199254740993"},"success":true}`))
	if space, err := c.Space(t.Context(), "u"); err != nil || space != "9007199254740993" {
		t.Error(space, err)
	}
	s.on(pathCommit, routetest.Answer(200,
		`{"dentry":{"id":222892787485,"size":"12","spaceId":3996960664,"name":"a(3).tar.gz","type":"FILE",`+
			`"thumbnail":null}}`))
	d, err := c.Commit(t.Context(), Commit{SpaceID: "3996960664", UnionID: "u", Key: "k", Name: "a.tar.gz", Size: 12})
	if want := (Dentry{ID: "222892787485", SpaceID: "3996960664", ParentID: "0", Name: "a(3).tar.gz", Size: 12,
		Extension: "gz"}); err != nil || d != want {
		t.Errorf("%+v, %v", d, err)
	}
	s.on(pathCommit, routetest.Answer(200, `{"dentry":{"id":"1"}}`))
	d, err = c.Commit(t.Context(), Commit{SpaceID: "3996960664", UnionID: "u", Key: "k", Name: "a.pdf", Size: 12})
	if want := (Dentry{ID: "1", SpaceID: "3996960664", ParentID: "0", Name: "a.pdf", Size: 12,
		Extension: "pdf"}); err != nil || d != want {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestPreviewIsBatched(t *testing.T) {
	s := newService(t)
	c := client(t, s, Options{})
	files := make([]string, 45)
	for i := range files {
		files[i] = string(rune('a' + i))
	}
	if err := c.GrantPreview(t.Context(), Preview{UserID: "u", InstanceID: "i", FileIDs: files}); err != nil {
		t.Fatal(err)
	}
	var lengths []int
	for _, r := range s.sent(pathLook) {
		list, _, _ := strings.Cut(r.Body[strings.Index(r.Body, "["):], "]")
		lengths = append(lengths, strings.Count(list, `"`)/2)
		if !strings.Contains(r.Body, `"withCommentAttatchment":false`) {
			t.Error(r.Body)
		}
	}
	if len(lengths) != 3 || lengths[0] != 20 || lengths[1] != 20 || lengths[2] != 5 {
		t.Error(lengths)
	}
	s.on(pathLook, nil, refuse(400, "invalidFileId", "no"))
	if e := failed(t, c.GrantPreview(t.Context(), Preview{UserID: "u", InstanceID: "i",
		FileIDs: files})); !strings.Contains(e.About, "files 21 to 40 of 45") {
		t.Error(e)
	}
}

// What makes no sense is refused before anything is sent, with all that is wrong at once.
func TestRefusedUnsent(t *testing.T) {
	s := newService(t)
	c := client(t, s, Options{})
	link := func(l Link) error { return c.SendLink(t.Context(), l) }
	commit := func(r Commit) error { _, err := c.Commit(t.Context(), r); return err }
	tests := []struct {
		err  error
		says []string
	}{
		{link(Link{}), []string{"union id", "space id", "file id", "conversation id"}},
		{commit(Commit{Name: "a/b", OnConflict: "keep"}), []string{"space id", "union id", "upload key", "it holds /",
			"fail, overwrite, rename, reuse"}},
		{c.GrantPreview(t.Context(), Preview{FileIDs: []string{"1", ""}}),
			[]string{"user id", "instance id", "file 2 of 2"}},
		{c.GrantPreview(t.Context(), Preview{}), []string{"no files"}},
		{func() error { _, err := c.Space(t.Context(), ""); return err }(), []string{"no user id"}},
		{func() error { _, err := c.PartSlots(t.Context(), "u", "k", make([]int, 31)); return err }(),
			[]string{"31 parts"}},
		{func() error { _, err := c.UploadTicket(t.Context(), TicketRequest{Size: -1}); return err }(),
			[]string{"space id", "union id", "size -1"}},
	}
	for _, test := range tests {
		e := failed(t, test.err)
		for _, says := range append(test.says, "nothing was sent") {
			if !strings.Contains(e.Error(), says) {
				t.Errorf("%s\nshould say %s", e, says)
			}
		}
		if e.OutcomeUnknown() {
			t.Error(e)
		}
	}
	if n := len(s.sent("")); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestFormValue(t *testing.T) {
	got := FormValue([]Dentry{{SpaceID: "163", Name: `<合同> & "A".JPG`, Size: 333, Extension: "jpg", ID: "643"},
		{SpaceID: "163", Name: "b", ID: "644"}})
	want := `[{"spaceId":"163","fileName":"<合同> & \"A\".JPG","fileSize":"333","fileType":"jpg","fileId":"643"},` +
		`{"spaceId":"163","fileName":"b","fileSize":"0","fileType":"","fileId":"644"}]`
	if got != want || FormValue(nil) != "[]" {
		t.Errorf("%s\n%s", got, want)
	}
}

// An in-process transport stands for the network, for calls and for bytes.
func TestTransport(t *testing.T) {
	s := newService(t)
	c, err := New(Options{AppKey: "k", AppSecret: testSecret,
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "sandbox" {
				t.Error(r.URL)
			}
			r.URL.Host = strings.TrimPrefix(s.URL, "http://")
			return http.DefaultTransport.RoundTrip(r)
		})})
	if err != nil {
		t.Fatal(err)
	}
	if space, err := c.Space(t.Context(), "u"); err != nil || space != "3996960664" {
		t.Error(space, err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
