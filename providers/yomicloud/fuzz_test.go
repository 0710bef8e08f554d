package yomicloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/providers/route"
	"countersign/providers/route/routetest"
	"countersign/schema"
)

// fuzzedCall is a call with what its answer must be to count as a success. made is how many things it was read as, -1
// where it is not a list.
type fuzzedCall struct {
	name  string
	write bool
	call  func(ctx context.Context, c *Client) (made int, err error)
	sound func(answer map[string]json.RawMessage, made int) bool
}

// listed is a list under data, of so many entries.
func listed(answer map[string]json.RawMessage, made int) bool {
	var rows []json.RawMessage
	return answer["data"] != nil && json.Unmarshal(answer["data"], &rows) == nil && len(rows) == made
}

// present demands these keys, which are objects.
func present(keys ...string) func(map[string]json.RawMessage, int) bool {
	return func(answer map[string]json.RawMessage, _ int) bool {
		for _, key := range keys {
			if v := bytes.TrimSpace(answer[key]); len(v) == 0 || v[0] != '{' {
				return false
			}
		}
		return true
	}
}

func anything(map[string]json.RawMessage, int) bool { return true }

// inLists demands that what has no entries at all has a list, or is an object that lists nothing.
func inLists(answer map[string]json.RawMessage, made int) bool {
	if made > 0 {
		return true
	}
	for key := range lists {
		if _, ok := answer[key]; ok {
			return true
		}
	}
	return answer["code"] != nil // list-dir of a drive that leaves empty lists out
}

var fuzzedCalls = []fuzzedCall{
	{"templet-list", false, func(ctx context.Context, c *Client) (int, error) {
		l, err := c.Templates(ctx, 71)
		for _, live := range l.Templates {
			if live.ID <= 0 || live.ScopeID < 0 || live.Unreadable == "" &&
				!live.Template.Equal(live.Template.Normalise()) {
				return 0, fmt.Errorf("unsound: %+v", live)
			}
		}
		return len(l.Templates), err
	}, listed},
	{"templet-list2", false, func(ctx context.Context, c *Client) (int, error) {
		l, err := c.Managed(ctx)
		return len(l), err
	}, listed},
	{"templet-content", false, func(ctx context.Context, c *Client) (int, error) {
		live, _, err := c.Template(ctx, 5, 71)
		if err == nil && live.ID != 5 {
			return 0, fmt.Errorf("unsound: %+v", live)
		}
		return -1, err
	}, present("templet")},
	{"templet-content of 0", false, func(ctx context.Context, c *Client) (int, error) {
		types, _, err := c.Catalogue(ctx)
		return min(len(types), 1), err // one type may stand several times
	}, func(answer map[string]json.RawMessage, made int) bool {
		var rows []json.RawMessage
		return answer["data"] != nil && json.Unmarshal(answer["data"], &rows) == nil && min(len(rows), 1) == made
	}},
	{"get-creator-list", false, func(ctx context.Context, c *Client) (int, error) {
		l, err := c.Raised(ctx)
		return len(l), approvalsSound(err, l...)
	}, listed},
	{"get-handler-list", false, func(ctx context.Context, c *Client) (int, error) {
		l, err := c.Approvals(ctx, AllIManage)
		return len(l), approvalsSound(err, l...)
	}, listed},
	{"get-file-approval-log", false, func(ctx context.Context, c *Client) (int, error) {
		l, err := c.ApprovalsOn(ctx, 71)
		return len(l), approvalsSound(err, l...)
	}, listed},
	{"view-approval", false, func(ctx context.Context, c *Client) (int, error) {
		a, err := c.Approval(ctx, 2)
		if err == nil && (a.ID != 2 || a.Status == "") {
			err = fmt.Errorf("unsound: %+v", a)
		}
		for _, s := range a.Steps {
			if err == nil && (s.Status == "" ||
				slices.ContainsFunc(s.Parts, func(p schema.ApprovalPart) bool { return p.Decision == "" })) {
				err = fmt.Errorf("unsound: %+v", a)
			}
		}
		a.Current()
		return -1, err
	}, func(answer map[string]json.RawMessage, _ int) bool {
		return present("data")(answer, -1) && answer["data2"] != nil
	}},
	{"get-attach-list", false, func(ctx context.Context, c *Client) (int, error) {
		l, err := c.AttachmentFiles(ctx, 98, "a")
		return len(l), err
	}, inLists},
	{"get-attach-list, the tree", false, func(ctx context.Context, c *Client) (int, error) {
		l, err := c.AttachmentTree(ctx, 98)
		return len(l), err
	}, inLists},
	{"list-dir", false, func(ctx context.Context, c *Client) (int, error) {
		l, err := c.Children(ctx, 71)
		return len(l), err
	}, inLists},
	{"create-multifiles-attachment", true, func(ctx context.Context, c *Client) (int, error) {
		root, err := c.CreateAttachment(ctx, []string{"a"})
		if err == nil && (root.ID <= 0 || root.Upload == "") {
			err = fmt.Errorf("unsound: %+v", root)
		}
		return -1, err
	}, anything},
	{"upload-attachment", true, func(ctx context.Context, c *Client) (int, error) {
		id, err := c.Upload(ctx, FileUpload{Name: "a", Size: 5, Open: opens(strings.NewReader("hello"))})
		if err == nil && id <= 0 {
			err = fmt.Errorf("unsound: id %d", id)
		}
		return -1, err
	}, anything},
	{"set-templet", true, func(ctx context.Context, c *Client) (int, error) {
		return -1, c.CreateLike(ctx, 71, modify(), "")
	}, anything},
	{"remove-templet", true, func(ctx context.Context, c *Client) (int, error) { return -1, c.Remove(ctx, 5) },
		anything},
	{"handle-step", true, func(ctx context.Context, c *Client) (int, error) {
		return -1, c.Handle(ctx, HandleRequest{ApprovalID: 2, PartID: 3})
	}, anything},
	{"remove-approval", true, func(ctx context.Context, c *Client) (int, error) { return -1, c.RemoveApproval(ctx, 2) },
		anything},
}

// examples are good answers to the calls, by their names.
var examples = func() map[string]string {
	approvals := `{"code":0,"data":[{"id":2,"status":0,"creator":4,"content":{"tid":6,"step":[{"type":4,"ids":[1],` +
		`"selectId":1}],"copyto":[3]}}]}`
	files := `{"code":0,"data":[{"fileId":7,"fileName":"a","fileType":0},{"fileId":8,"fileName":"b","size":5}]}`
	return map[string]string{
		"templet-list": `{"code":0,"data":[` + entry(quoted(plainContent)) + `,` + entry(plainContent) +
			`],"userinfo":{"1":["admin","系统管理员","0"]}}`,
		"templet-list2": `{"code":0,"data":[{"id":5,"title":"t","path":"a/b"}]}`, "templet-content": documentExample,
		"templet-content of 0": documentExample, "get-creator-list": approvals, "get-handler-list": approvals,
		"get-file-approval-log": approvals, "view-approval": documentApproval, "get-attach-list": files,
		"get-attach-list, the tree": files, "list-dir": files,
		"create-multifiles-attachment": `{"code":0,"rootid":98,"uuid":"u"}`,
		"upload-attachment":            `{"code":0,"data":{"fileId":"79"}}`,
		"set-templet":                  `{"code":0}`, "remove-templet": `{"code":0}`, "handle-step": `{"code":0}`,
		"remove-approval": `{"code":0}`,
	}
}()

func approvalsSound(err error, list ...schema.Approval) error {
	for _, a := range list {
		if err == nil && a.ID <= 0 {
			return fmt.Errorf("unsound: %+v", a)
		}
	}
	return err
}

// fuzzedClient is one that gets one answer to all it asks.
func fuzzedClient(t *testing.T, answer routetest.Fuzzed) *Client {
	c := client(t, Options{Transport: answer, Retries: -1})
	c.largest = 1 << 20
	return c
}

// FuzzCalls gives every call that reads an answer one that is made up. Whatever it is, the call ends, takes no more
// memory than any answer may cost, and succeeds only when the answer is whole and says what the document shows: it
// never takes anything else for an empty list or a write that was carried out.
func FuzzCalls(f *testing.F) {
	list := examples["templet-list"]
	of := func(name string) byte {
		return byte(slices.IndexFunc(fuzzedCalls, func(c fuzzedCall) bool { return c.name == name }))
	}
	for _, fc := range fuzzedCalls {
		f.Add(of(fc.name), 200, "Content-Type: application/json\n", []byte(examples[fc.name]), byte(0))
	}
	f.Add(of("templet-list"), 200, "", []byte(list), byte(routetest.Halved))
	f.Add(of("templet-list"), 200, "", []byte(list[:len(list)/2]), byte(routetest.Opened))
	f.Add(of("templet-list"), 200, "X-Total-Count: 7\n", []byte(list), byte(routetest.Chunked))
	f.Add(of("templet-list2"), 200, "", []byte(`{"code":0}`), byte(0))
	f.Add(of("remove-templet"), 200, "", []byte(`{"code":"\u0000"}`), byte(0))
	f.Add(of("remove-templet"), 502, "Content-Type: text/html\n", []byte("<title>Bad</title>"), byte(routetest.Packed))
	f.Add(of("set-templet"), 429, "Retry-After: 7\n", []byte(`{"code":9,"msg":"慢"}`), byte(0))
	f.Add(of("set-templet"), 307, "Location: https://elsewhere.example.com/\n", []byte(""), byte(0))
	f.Add(of("upload-attachment"), 200, "", []byte(`{"code":0,"fileId":7}`), byte(routetest.TooSoon))
	f.Fuzz(func(t *testing.T, which byte, status int, header string, body []byte, how byte) {
		checkCall(t, fuzzedCalls[int(which)%len(fuzzedCalls)],
			routetest.Fuzzed{Status: status, Header: header, Body: body, How: how})
	})
}

// checkCall makes a call that gets one answer to all it asks, and demands what FuzzCalls says.
func checkCall(t *testing.T, fc fuzzedCall, answer routetest.Fuzzed) {
	t.Helper()
	c := fuzzedClient(t, answer)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var made int
	var err error
	routetest.Bounded(t, func() { made, err = fc.call(ctx, c) })
	if err != nil {
		e := failed(t, c, err)
		if !fc.write || answer.How&routetest.TooSoon == 0 { // an answer to half an upload is none
			routetest.CheckOutcome(t, fc.name, fc.write, e)
		}
		return
	}
	object := answer.Object()
	code := strings.Trim(string(bytes.TrimSpace(object["code"])), `" `)
	if !answer.Whole(http.StatusOK) || object == nil || !fc.sound(object, made) ||
		code == "" && fc.name != "list-dir" {
		t.Errorf("%s succeeds with %d things on %+v: %s", fc.name, made, answer, answer.Body)
	}
}

// Every value of the documents' examples is in turn another one, missing or there twice.
func TestMutatedAnswers(t *testing.T) {
	for _, fc := range fuzzedCalls {
		for body := range routetest.Mutations(examples[fc.name]) {
			checkCall(t, fc, routetest.Fuzzed{Status: http.StatusOK, Body: []byte(body)})
		}
	}
}

// FuzzDownload gives the calls that are answered with a file one that is made up: what is taken for the file is what
// came, all of it.
func FuzzDownload(f *testing.F) {
	for _, body := range []string{"hello", `{"code":7,"msg":"不是"}`, "<html><title>登录", "",
		"PK\x03\x04 PK\x05\x06" + strings.Repeat("\x00", 18)} {
		f.Add(false, int64(0), 200, "Content-Disposition: attachment; filename=a.pdf\n", []byte(body), byte(0))
		f.Add(true, int64(len(body)), 200, "Content-Type: text/html\n", []byte(body), byte(routetest.Opened))
	}
	f.Add(false, int64(9), 200, "", []byte("hello"), byte(routetest.Halved))
	f.Fuzz(func(t *testing.T, archive bool, size int64, status int, header string, body []byte, how byte) {
		answer := routetest.Fuzzed{Status: status, Header: header, Body: body, How: how &^ routetest.Packed}
		c := fuzzedClient(t, answer)
		fetch := c.DownloadAttachment
		if archive {
			fetch = c.DownloadZip
		}
		var b bytes.Buffer
		var got Downloaded
		var err error
		routetest.Bounded(t, func() {
			got, err = fetch(t.Context(), FileDownload{ID: 98, Size: size, To: &b})
		})
		var e *route.Error
		switch {
		case err != nil && !errors.As(err, &e):
			t.Errorf("%T %v", err, err)
		case err != nil:
			routetest.CheckError(t, err, testToken)
		case !answer.Whole(http.StatusOK) || !bytes.Equal(b.Bytes(), body) || got.Size != int64(len(body)) ||
			!archive && size > 0 && size != got.Size || strings.ContainsAny(got.Name, "/\\\x00"):
			t.Errorf("%+v on %d %q, %d bytes expected, how %b", got, status, body, size, how)
		}
	})
}
