package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/ready"
	"countersign/providers/route"
	"countersign/providers/route/routetest"
	"countersign/schema"
)

func upload(file *opening) Upload {
	return Upload{UserID: "user123", UnionID: "union123", Name: "合同.pdf", Size: int64(len(file.content)),
		Open: file.Open}
}

// paths are the kinds of requests in their order, without the token.
func (s *service) paths() []string {
	short := map[string]string{pathSpace: "space", pathTicket: "ticket", pathInit: "init", pathParts: "parts",
		pathCommit: "commit", pathList: "list"}
	var paths []string
	for _, r := range s.sent("") {
		switch {
		case r.Method == "PUT":
			paths = append(paths, "PUT")
		case r.Path != pathToken:
			paths = append(paths, short[r.Path])
		}
	}
	return paths
}

func TestStage(t *testing.T) {
	s := newService(t)
	c := client(t, s, Options{AgentID: 8345000})
	file := &opening{content: "%PDF-1.7"}
	d, err := c.Stage(routetest.Deadline(t), upload(file))
	if err != nil {
		t.Fatal(err)
	}
	if d.ID != "222892787485" || d.SpaceID != "3996960664" || d.Name != "合同.pdf" || d.Size != 8 ||
		d.Extension != "pdf" {
		t.Errorf("%+v", d)
	}
	if got := s.paths(); !slices.Equal(got, []string{"space", "ticket", "PUT", "commit"}) {
		t.Error(got)
	}
	if string(s.objects["/"+testObject+"-1"]) != "%PDF-1.7" {
		t.Error(s.objects)
	}
	// A second of that name is renamed by the service: its name counts, not ours.
	d, err = c.Stage(routetest.Deadline(t), upload(file))
	if err != nil || d.Name != "合同(1).pdf" || d.ID != "222892787486" {
		t.Error(d, err)
	}
	file.allClosed(t)
}

// Only where a clash is a fault is it looked for before the bytes are sent.
func TestStageStrategies(t *testing.T) {
	for strategy, wire := range map[schema.Conflict]string{"": "AUTO_RENAME", schema.ConflictRename: "AUTO_RENAME",
		schema.ConflictOverwrite: "OVERWRITE", schema.ConflictReuse: "RETURN_DENTRY_IF_EXISTS",
		schema.ConflictFail: "RETURN_ERROR_IF_EXISTS"} {
		s := newService(t)
		c := client(t, s, Options{})
		u := upload(&opening{content: "PDF"})
		u.OnConflict, u.MD5, u.ParentID = strategy, "0cc175b9c0f1b6a831c399e269772661", "7"
		if _, err := c.Stage(routetest.Deadline(t), u); err != nil {
			t.Fatal(err)
		}
		ticket, commit := s.sent(pathTicket)[0].Body, s.sent(pathCommit)[0].Body
		if strings.Contains(ticket, `"name":"合同.pdf","parentId":"7"`) != (strategy == schema.ConflictFail) ||
			!strings.Contains(ticket, `"md5":"0cc1`) {
			t.Error(strategy, ticket)
		}
		if !strings.Contains(commit, `"conflictStrategy":"`+wire+`","size":3},"parentId":"7"`) {
			t.Error(strategy, commit)
		}
	}
	s := newService(t)
	s.on(pathCommit, refuse(400, "dentryAlreadyExists", "文件已存在"))
	u := upload(&opening{content: "PDF"})
	u.OnConflict = schema.ConflictFail
	_, err := client(t, s, Options{}).Stage(routetest.Deadline(t), u)
	if e := failed(t, err); e.OutcomeUnknown() || !e.Refused() ||
		!strings.Contains(e.Error(), `set on_conflict to "rename"`) {
		t.Error(e)
	}
}

// What is wrong with an upload is said at once, before anything is sent.
func TestStageChecks(t *testing.T) {
	s := newService(t)
	_, err := client(t, s, Options{}).Stage(routetest.Deadline(t), Upload{Name: "a/b.", Size: -1, OnConflict: "keep"})
	for _, says := range []string{"stage a/b. in DingTalk", "it holds /", "ends with a dot", `on_conflict "keep"`,
		"user_id", "union_id", "size -1", "nothing to read"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v\nshould say %s", err, says)
		}
	}
	if len(s.sent("")) != 0 {
		t.Error("something was sent")
	}
}

// A ticket that the store no longer takes is replaced, and the file sent from its beginning.
func TestStageExpiredTicket(t *testing.T) {
	s := newService(t)
	expired := refuseStore(403, "RequestTimeTooSkewed")
	s.on("PUT", expired, expired)
	c := client(t, s, Options{})
	var told []int64
	u := upload(&opening{content: "PDF"})
	u.Progress = func(n int64) { told = append(told, n) }
	if _, err := c.Stage(routetest.Deadline(t), u); err != nil {
		t.Fatal(err)
	}
	if got := s.paths(); !slices.Equal(got, []string{"space", "ticket", "PUT", "ticket", "PUT", "ticket", "PUT",
		"commit"}) {
		t.Error(got)
	}
	if fmt.Sprint(told) != "[3 0 3 0 3]" {
		t.Error(told)
	}
	s.on("PUT", slices.Repeat([]http.HandlerFunc{expired}, 9)...)
	_, err := c.Stage(routetest.Deadline(t), upload(&opening{content: "PDF"}))
	if e := failed(t, err); e.Code != "RequestTimeTooSkewed" || len(s.sent("PUT")) != 6 {
		t.Errorf("a ticket that is never taken: %d tries: %s", len(s.sent("PUT")), e)
	}
}

// A ticket whose time has passed by our clock is replaced without being tried again.
func TestStageTicketOutOfTime(t *testing.T) {
	s := newService(t)
	var late atomic.Int64
	s.on("PUT", func(w http.ResponseWriter, r *http.Request) {
		late.Add(int64(901 * time.Second))
		routetest.Cut(w, r)
	})
	c := client(t, s, Options{})
	c.now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	if _, err := c.Stage(routetest.Deadline(t), upload(&opening{content: "PDF"})); err != nil {
		t.Fatal(err)
	}
	// The right to upload is renewed as well, because it is ten minutes old.
	if got := s.paths(); !slices.Equal(got, []string{"space", "ticket", "PUT", "ticket", "PUT", "space", "commit"}) {
		t.Error(got)
	}
}

func TestStageCutUpload(t *testing.T) {
	s := newService(t)
	s.on("PUT", routetest.Cut)
	if _, err := client(t, s, Options{}).Stage(routetest.Deadline(t),
		upload(&opening{content: strings.Repeat("x", 1<<20)})); err != nil {
		t.Fatal(err)
	}
	if got := s.paths(); !slices.Equal(got, []string{"space", "ticket", "PUT", "PUT", "commit"}) {
		t.Error(got)
	}
}

// A commit whose answer is lost is settled by looking into the folder, and never sent again.
func TestLostCommit(t *testing.T) {
	unrelated := func(name string, size int, ago time.Duration) map[string]any {
		at := time.Now().Add(-ago).UTC().Format(time.RFC3339)
		return map[string]any{"id": "1", "name": name, "size": size, "type": "FILE", "status": "NORMAL",
			"modifierId": "union123", "createTime": at, "modifiedTime": at}
	}
	tests := []struct {
		name     string
		strategy schema.Conflict
		there    []map[string]any // in the folder before
		lose     func(*service) http.HandlerFunc
		want     string // the file's id; "" where it stays unknown
		says     string
	}{
		{"found", "", nil, func(s *service) http.HandlerFunc { return s.thenCut }, "222892787485", ""},
		{"found under another name", schema.ConflictRename, []map[string]any{unrelated("合同.pdf", 3, time.Hour)},
			func(s *service) http.HandlerFunc { return s.thenCut }, "222892787486", ""},
		{"found among others", schema.ConflictFail,
			[]map[string]any{unrelated("a.pdf", 3, 0), unrelated("合同.pdf", 4, 0)},
			func(s *service) http.HandlerFunc { return s.thenCut }, "", "was not in the folder"},
		{"lost by the service", "", nil, func(*service) http.HandlerFunc { return refuse(500, "systemError", "系统异常") },
			"", "was not in the folder"},
		{"not carried out", schema.ConflictOverwrite, []map[string]any{unrelated("合同.pdf", 3, time.Hour)},
			func(*service) http.HandlerFunc { return routetest.Cut }, "", "was not in the folder"},
		{"two that it may be", "", []map[string]any{unrelated("合同.pdf", 3, 0)},
			func(s *service) http.HandlerFunc { return s.thenCut }, "", "2 files that it may have made"},
		{"no times to tell by", "", []map[string]any{{"id": "1", "name": "合同.pdf", "size": 3}},
			func(*service) http.HandlerFunc { return routetest.Cut }, "", "its times cannot be read"},
		{"by somebody else", "", []map[string]any{func() map[string]any {
			d := unrelated("合同.pdf", 3,
				0)
			d["modifierId"] = "other"
			return d
		}()},
			func(*service) http.HandlerFunc { return routetest.Cut }, "", "was not in the folder"},
		{"an answer that is no answer", "", nil, func(s *service) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				s.usual(httptest.NewRecorder(), r)
				w.Write([]byte(`{}`))
			}
		}, "222892787485", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newService(t)
			s.files = append(s.files, test.there...)
			s.on(pathCommit, test.lose(s))
			c := client(t, s, Options{})
			u := upload(&opening{content: "PDF"})
			u.OnConflict = test.strategy
			d, err := c.Stage(routetest.Deadline(t), u)
			steps := []string{"space", "ticket", "PUT", "commit", "list"}
			if strings.Contains(test.says, "was not in the folder") {
				steps = append(steps, "list") // once more, in case the service was still at it
			}
			if got := s.paths(); !slices.Equal(got, steps) {
				t.Error(got)
			}
			if test.want != "" {
				if err != nil || d.ID != test.want || d.Size != 3 || d.Extension != "pdf" {
					t.Errorf("%+v, %v", d, err)
				}
				return
			}
			e := failed(t, err)
			if !e.OutcomeUnknown() || e.Call != callCommit || !strings.Contains(e.Error(), test.says) ||
				!strings.Contains(e.Error(), "look into the folder whether the file is there") {
				t.Error(e)
			}
		})
	}
}

// With Reuse a commit can be sent again: what the first one made is returned.
func TestLostCommitReuse(t *testing.T) {
	s := newService(t)
	existing := routetest.Answer(200, `{"dentry":{"id":"222892787485","name":"合同.pdf","size":3}}`)
	s.on(pathCommit, s.thenCut, existing)
	u := upload(&opening{content: "PDF"})
	u.OnConflict = schema.ConflictReuse
	d, err := client(t, s, Options{}).Stage(routetest.Deadline(t), u)
	if err != nil || d.ID != "222892787485" || len(s.sent(pathCommit)) != 2 {
		t.Error(d, err)
	}
	// The key may be used up by the first: then the file is looked for.
	s = newService(t)
	s.on(pathCommit, s.thenCut, refuse(400, "paramError.uploadKey", "used "+testKey))
	d, err = client(t, s, Options{}).Stage(routetest.Deadline(t), u)
	if err != nil || d.ID != "222892787485" || len(s.files) != 1 {
		t.Error(d, err)
	}
}

// If the folder cannot be looked into either, the error says both.
func TestLostCommitCannotBeSettled(t *testing.T) {
	s := newService(t)
	s.on(pathCommit, s.thenCut)
	s.on(pathList, routetest.Answer(403,
		`{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied","message":"no",`+
			`"accessdenieddetail":{"requiredScopes":["Storage.File.Read"]}}`))
	_, err := client(t, s, Options{}).Stage(routetest.Deadline(t), upload(&opening{content: "PDF"}))
	if e := failed(t, err); !e.OutcomeUnknown() || !strings.Contains(e.Error(), "could not be looked into") ||
		len(s.sent(pathCommit)) != 1 {
		t.Error(e)
	}
}

// Somebody who gives up while a commit is under way still learns what became of it.
func TestCancelledCommit(t *testing.T) {
	s := newService(t)
	ctx, cancel := context.WithCancel(routetest.Deadline(t))
	s.on(pathCommit, func(w http.ResponseWriter, r *http.Request) {
		s.usual(httptest.NewRecorder(), r)
		cancel()
		routetest.Cut(w, r)
	})
	d, err := client(t, s, Options{}).Stage(ctx, upload(&opening{content: "PDF"}))
	if err != nil || d.ID != "222892787485" {
		t.Error(d, err)
	}
	s = newService(t)
	s.on("PUT", func(w http.ResponseWriter, r *http.Request) { cancel(); routetest.Cut(w, r) })
	_, err = client(t, s, Options{}).Stage(ctx, upload(&opening{content: "PDF"}))
	if e := failed(t, err); !errors.Is(e, context.Canceled) || e.OutcomeUnknown() {
		t.Error(e)
	}
}

// Above a size a file goes in parts, side by side, and a part that fails is sent again on its own.
func TestStageParts(t *testing.T) {
	for _, plain := range []bool{true, false} {
		content := strings.Repeat("0123456789", 30<<10)
		s := newService(t)
		s.on("PUT", routetest.Cut, refuseStore(500, "InternalError"))
		c := client(t, s, Options{MultipartAbove: 200 << 10})
		c.part, c.parallel = smallestPart, 2
		file := &opening{content: content, plain: plain}
		u := upload(file)
		u.ParentID = "9"
		var last atomic.Int64
		u.Progress = func(n int64) { last.Store(n) }
		d, err := c.Stage(routetest.Deadline(t), u)
		if err != nil || d.Size != int64(len(content)) {
			t.Fatal(d, err)
		}
		var whole strings.Builder
		for part := 1; part <= 3; part++ {
			whole.Write(s.objects[fmt.Sprintf("/%s-%d", testObject, part)])
		}
		if whole.String() != content || len(s.objects) != 3 {
			t.Errorf("%d objects, %d bytes", len(s.objects), whole.Len())
		}
		if len(s.sent("PUT")) != 5 || len(s.sent(pathInit)) != 1 || len(s.sent(pathParts)) != 1 ||
			len(s.sent(pathTicket)) != 0 || last.Load() != int64(len(content)) {
			t.Error(s.paths(), last.Load())
		}
		file.allClosed(t)
	}
}

// Whoever stages a file is asked right before each request, that of the token, the bytes and each part included, and a
// file that is no longer wanted after one of them is not there.
func TestStageNoLongerReady(t *testing.T) {
	for _, above := range []int64{0, smallestPart} {
		var all []string // the requests of a staging that nothing stops
		for n := 0; ; n++ {
			s := newService(t)
			c := client(t, s, Options{MultipartAbove: above})
			c.part, c.parallel = smallestPart, 1
			late, asked := errors.New("too late"), 0
			_, err := c.Stage(ready.With(routetest.Deadline(t), func() error {
				if asked++; n > 0 && asked > n {
					return late
				}
				return nil
			}), upload(&opening{content: strings.Repeat("x", 2*smallestPart)}))
			if err == nil && n > 0 {
				break
			}
			if n == 0 {
				if all = s.paths(); err != nil || asked != len(s.sent("")) {
					t.Fatalf("asked %d times for %s: %v", asked, all, err)
				}
				continue
			}
			if e := failed(t, err); !errors.Is(e, late) || e.OutcomeUnknown() || len(s.files) > 0 ||
				len(s.sent("")) != n {
				t.Errorf("no longer ready after %d requests of %s: %s: %s", n, all, s.paths(), e)
			}
		}
	}
}

// Tickets for parts are asked for a few at a time, so that none lies about until it expires; one that has is replaced
// alone.
func TestPartTickets(t *testing.T) {
	s := newService(t)
	s.on("PUT", refuseStore(403, "RequestTimeTooSkewed"))
	c := client(t, s, Options{MultipartAbove: smallestPart})
	c.part, c.parallel = smallestPart, 1
	if _, err := c.Stage(routetest.Deadline(t), upload(&opening{content: strings.Repeat("x",
		5*smallestPart-7)})); err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, r := range s.sent(pathParts) {
		numbers, _, _ := strings.Cut(strings.TrimPrefix(r.Body, `{"partNumbers":`), `,"uploadKey"`)
		asked = append(asked, numbers)
	}
	if fmt.Sprint(asked) != "[[1,2] [1] [3,4] [5]]" || len(s.sent("PUT")) != 6 {
		t.Error(asked)
	}
}

// A part that cannot be sent stops the others, and nothing is committed; nor is a file that grew or shrank.
func TestStagePartsFail(t *testing.T) {
	s := newService(t)
	s.on("PUT", slices.Repeat([]http.HandlerFunc{refuseStore(400, "InvalidArgument")}, 9)...)
	parted := func(s *service) *Client {
		c := client(t, s, Options{MultipartAbove: smallestPart})
		c.part = smallestPart
		return c
	}
	_, err := parted(s).Stage(routetest.Deadline(t), upload(&opening{content: strings.Repeat("x",
		3*smallestPart)}))
	if e := failed(t, err); e.Code != "InvalidArgument" || len(s.sent(pathCommit)) != 0 ||
		!strings.Contains(e.About, "of 3") {
		t.Error(e)
	}
	for _, difference := range []int64{-1, 1} {
		for _, plain := range []bool{true, false} {
			s := newService(t)
			u := upload(&opening{content: strings.Repeat("x", 3*smallestPart), plain: plain})
			u.Size += difference
			_, err := parted(s).Stage(routetest.Deadline(t), u)
			if e := failed(t, err); !errors.Is(e, route.ErrChanged) || len(s.sent(pathCommit)) != 0 {
				t.Error(e)
			}
		}
	}
	s = newService(t)
	s.on(pathParts, routetest.Answer(200, `{"multipartHeaderSignatureInfos":[]}`))
	_, err = parted(s).Stage(routetest.Deadline(t), upload(&opening{content: strings.Repeat("x",
		3*smallestPart)}))
	if e := failed(t, err); !strings.Contains(e.Error(), "part 1 is not in it") {
		t.Error(e)
	}
}

func TestDivide(t *testing.T) {
	for _, test := range []struct {
		total, size, part int64
		count             int
	}{
		{1, 10, 10, 1}, {10, 10, 10, 1}, {11, 10, 10, 2}, {100_000, 10, 10, 10_000}, {100_001, 10, 11, 9091}, {5 << 30,
			16 << 20, 16 << 20, 320},
	} {
		part, count, err := divide(test.total, test.size)
		if part != test.part || count != test.count || err != nil {
			t.Error(test, part, count, err)
		}
	}
	if _, _, err := divide(1<<62, 16<<20); err == nil {
		t.Error("more than the store can hold")
	}
}

func TestFindReadsAllPages(t *testing.T) {
	s := newService(t)
	now := time.Now().UTC().Format("2006-01-02T15:04Z07:00")
	s.on(pathList,
		routetest.Answer(200, `{"dentries":[{"id":"1","name":"a.pdf","type":"FOLDER"},`+
			`{"id":"2","name":"a(12).pdf","type":"file"},`+
			`{"id":"3","name":"a.pdf","status":"DELETED"}],"nextToken":"two"}`),
		routetest.Answer(200, `{"dentries":[{"id":"4","name":"a.pdf"},{"id":"5","name":"A.pdf"}],"nextToken":""}`),
		routetest.Answer(200, `{"dentries":[{"id":"1","name":"a.pdf","modifiedTime":"`+now+
			`"},{"id":"2","name":"b","modifiedTime":"2020-01-01T00:00:00Z"}],"nextToken":"two"}`),
		routetest.Answer(200, `{"dentries":[{"id":"6","name":"a.pdf","createTime":"Thu May 28 09:37:16 CST 2020"}],`+
			`"nextToken":"three"}`),
		routetest.Answer(200, `{"dentries":[],"nextToken":"same"}`),
		routetest.Answer(200, `{"dentries":[],"nextToken":"same"}`),
	)
	c := client(t, s, Options{})
	look := Search{SpaceID: "3996960664", UnionID: "u", Name: "a.pdf", Renamed: true}
	ids := func() string {
		found, err := c.Find(routetest.Deadline(t), look)
		if err != nil {
			t.Error(err)
		}
		var ids []string
		for _, d := range found {
			ids = append(ids, d.ID)
		}
		return strings.Join(ids, " ")
	}
	if got := ids(); got != "2 4" {
		t.Error(got)
	}
	look.Since = time.Now()
	if got := ids(); got != "1" || len(s.sent(pathList)) != 4 {
		t.Errorf("%s: it should stop where files are older: %d pages", got, len(s.sent(pathList)))
	}
	_, err := c.Find(routetest.Deadline(t), look)
	if e := failed(t, err); !strings.Contains(e.Error(), "never end") {
		t.Error(e)
	}
}

func TestReadTime(t *testing.T) {
	want := time.Date(2026, 5, 28, 1, 37, 16, 0, time.UTC)
	for s, end := range map[string]time.Time{
		"2026-05-28T01:37:16Z":         want.Add(time.Second),
		"2026-05-28T09:37:16+08:00":    want.Add(time.Second),
		"Thu May 28 09:37:16 CST 2026": want.Add(time.Second),
		"2026-05-28T01:37Z":            want.Truncate(time.Minute).Add(time.Minute),
	} {
		if got, ok := readTime(s); !ok || !got.Equal(end) {
			t.Error(s, got, ok)
		}
	}
	for _, s := range []string{"", "yesterday", "1685235436", " CST "} {
		if got, ok := readTime(s); ok {
			t.Error(s, got)
		}
	}
}
