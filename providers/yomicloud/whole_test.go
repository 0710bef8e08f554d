package yomicloud

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/providers/jsontext"
	"countersign/providers/route"
	"countersign/providers/route/routetest"
)

// listCalls are the calls that are answered with a list, each with an entry that it takes.
func listCalls(c *Client) map[string]struct {
	call  func(context.Context) (int, error)
	entry string
} {
	type list = struct {
		call  func(context.Context) (int, error)
		entry string
	}
	approval := `{"id":2,"status":0,"content":{}}`
	return map[string]list{
		pathList: {func(ctx context.Context) (int, error) {
			l, err := c.Templates(ctx, 71)
			return len(l.Templates), err
		}, entry(quoted(plainContent))},
		pathManaged: {func(ctx context.Context) (int, error) { l, err := c.Managed(ctx); return len(l), err },
			`{"id":5,"title":"a","path":"b"}`},
		pathContent: {func(ctx context.Context) (int, error) { l, _, err := c.Catalogue(ctx); return len(l), err },
			`["4","修改文件","2"]`},
		pathDir: {func(ctx context.Context) (int, error) { l, err := c.Children(ctx, 71); return len(l), err },
			`{"fileId":5,"fileName":"a","fileType":1}`},
		pathFiles: {func(ctx context.Context) (int, error) {
			l, err := c.AttachmentFiles(ctx, 98, "")
			return len(l), err
		}, `{"fileId":5,"fileName":"a","fileType":0}`},
		pathRaised: {func(ctx context.Context) (int, error) { l, err := c.Raised(ctx); return len(l), err },
			approval},
		pathHandling: {func(ctx context.Context) (int, error) {
			l, err := c.Approvals(ctx, AllIManage)
			return len(l), err
		}, approval},
		pathLog: {func(ctx context.Context) (int, error) { l, err := c.ApprovalsOn(ctx, 71); return len(l), err },
			approval},
	}
}

// Every call that is answered with a list notices when the drive says that it gives a part of one.
func TestListsThatAreNotWhole(t *testing.T) {
	two := func(entry string) string {
		return `"data":[` + entry + `,` + strings.Replace(entry, `["4"`, `["5"`, 1) + `]`
	}
	for path := range listCalls(nil) {
		for beside, says := range map[string]string{
			`,"total":12`:           "total is 12, and 2 came",
			`,"total_count":"3"`:    "total_count is 3, and 2 came",
			`,"hasMore":true`:       "hasMore is true",
			`,"has_more":1`:         "has_more is 1",
			`,"next_cursor":"x"`:    "next_cursor is x",
			`,"nextToken":"a\nb"`:   "nextToken is a b",
			`,"page":{"pages":2}`:   "pages is 2, and one page came",
			`,"pageSize":2`:         "pageSize is 2, as many as came",
			`,"page":"2","size":50`: "page is 2, so that what comes before is missing",
		} {
			var body string
			header := map[string]string{}
			d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				for k, v := range header {
					w.Header().Set(k, v)
				}
				io.WriteString(w, body)
			})
			c := client(t, Options{Endpoint: d.URL})
			list := listCalls(c)[path]
			check := func(says string) {
				t.Helper()
				n, err := list.call(routetest.Deadline(t))
				if says == "" {
					if err != nil || n != 2 {
						t.Errorf("%s %s: %d, %v", path, body, n, err)
					}
					return
				}
				e := failed(t, c, err)
				if !e.Incomplete() || n != 0 || !strings.Contains(e.Error(),
					"the list is not whole, and nothing is concluded from it: "+says) ||
					!strings.Contains(e.Advice, "knows no pages") {
					t.Errorf("%s %s: %d, %v\nshould say %s", path, body, n, err, says)
				}
			}
			for _, body = range []string{`{"code":0,` + two(list.entry) + beside + `}`, `{"code":0` + beside + `,` +
				two(list.entry) + `,"userinfo":null}`} {
				check(says)
			}
			if path == pathDir || path == pathFiles {
				body = `{"code":0,"data":{"list":[` + list.entry + `,` + list.entry + `]` + beside + `}}`
				check(says)
			}
			body = `{"code":0,` + two(list.entry) + `,"total":2,"page":1,"pages":1,"hasMore":false,"next_cursor":""}`
			check("")
			header["X-Total-Count"] = "3"
			check("Total-Count is 3, and 2 came")
		}
	}

	// What an attachment has in all is not what one of its folders has.
	body := `{"code":0,"attachment":{"totalNum":9,"total":9},"totalNum":9,"totalSize":18900,"data":[]}`
	if files, err := client(t, Options{Endpoint: answering(t, body).URL}).AttachmentFiles(routetest.Deadline(t), 98,
		"doc"); err != nil || len(files) != 0 {
		t.Error(files, err)
	}
	// A list of none is not whole either when there should be some, whatever stands in its place.
	for _, data := range []string{`[]`, `null`} {
		c := client(t, Options{Endpoint: answering(t, `{"code":0,"data":`+data+`,"total":3}`).URL})
		_, err := c.Templates(routetest.Deadline(t), 71)
		if e := failed(t, c, err); !e.Incomplete() {
			t.Error(e)
		}
	}
}

// A list longer than any is refused before its entries are made into anything.
func TestListsThatAreTooLong(t *testing.T) {
	for path := range listCalls(nil) {
		d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			io.WriteString(w, `{"code":0,"data":[`)
			for range jsontext.MostEntries {
				io.WriteString(w, `{},`)
			}
			io.WriteString(w, `{}]}`)
		})
		c := client(t, Options{Endpoint: d.URL})
		n, err := listCalls(c)[path].call(routetest.Deadline(t))
		if path == pathDir || path == pathFiles {
			if err == nil {
				t.Errorf("%s: %d", path, n) // {} has no id
			}
			continue
		}
		if e := failed(t, c, err); n != 0 || !strings.Contains(e.Error(),
			"data has more than 100000 entries: no list is that long") {
			t.Errorf("%s: %d, %v", path, n, err)
		}
	}
	long := "[" + strings.Repeat("1,", jsontext.MostEntries) + "1]"
	for name, body := range map[string]string{
		"ids": `{"code":0,"data":[` + entry(quoted(strings.Replace(plainContent, `["1"]`, long, 1))) + `]}`,
		"uids": `{"code":0,"data":[` + entry(quoted(strings.Replace(plainContent, `"uids":[4]`, `"uids":`+long, 1))) +
			`]}`,
	} {
		l, err := client(t, Options{Endpoint: answering(t, body).URL}).Templates(routetest.Deadline(t), 71)
		if err != nil || len(l.Templates) != 1 || !strings.Contains(l.Templates[0].Unreadable,
			"there are more than 100000 ids") {
			t.Errorf("%s: %v %d", name, err, len(l.Templates))
		}
	}
	files := `{"code":0,"data":[` + strings.Repeat(`{"fileId":5,"fileName":"a"},`, jsontext.MostEntries) +
		`{"fileId":5,"fileName":"a"}]}`
	c := client(t, Options{Endpoint: answering(t, files).URL})
	if _, err := c.Children(routetest.Deadline(t), 71); err == nil ||
		!strings.Contains(err.Error(), "data has more than 100000 entries") {
		t.Error(err)
	}
}

// An attachment whose folders have no end is given up, and so is one that lies in itself.
func TestTreeWithoutEnd(t *testing.T) {
	id := int64(1000)
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		io.WriteString(w, `{"code":0,"data":[`)
		for i := range 5000 {
			id++
			fmt.Fprintf(w, `{"fileId":%d,"fileName":"d%d","fileType":1},`, id, i)
		}
		fmt.Fprintf(w, `{"fileId":%d,"fileName":"last","fileType":0}]}`, id+1_000_000)
	})
	c := client(t, Options{Endpoint: d.URL})
	_, err := c.AttachmentTree(routetest.Deadline(t), 98)
	if e := failed(t, c, err); !strings.Contains(e.Error(), "more than 100000 files and folders") ||
		len(d.Requests()) > 25 {
		t.Errorf("%d calls: %v", len(d.Requests()), e)
	}
}

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

// Packed answers, and those that cannot be unpacked: whether they are asked for again, and what became of a write.
func TestPackedAnswers(t *testing.T) {
	whole := `{"code":0,"data":[` + entry(quoted(plainContent)) + `]}`
	for name, test := range map[string]struct {
		how, body string
		says      string
		tries     int // of a read
	}{
		"good":     {"gzip", zipped(whole), "", 1},
		"cut":      {"gzip", zipped(whole)[:100], "unexpected EOF", 3},
		"nothing":  {"gzip", "", "an empty answer", 3},
		"twice":    {"gzip", zipped(zipped(whole)), "it is not JSON", 1},
		"listed":   {"gzip, br", zipped(whole), "it came as gzip, br, and gzip was asked for", 1},
		"not":      {"gzip", whole, "the answer cannot be unpacked", 1},
		"rubbish":  {"gzip", zipped(whole) + "x and more", "the answer cannot be unpacked", 1},
		"a bomb":   {"gzip", zipped(`{"code":0` + strings.Repeat(" ", 8<<20) + `}`), "became more than", 1},
		"too much": {"gzip", zipped(whole + strings.Repeat("0123456789", 120_000)), "more than 1000000 bytes", 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.Header.Get("Accept-Encoding") != "gzip" {
					t.Errorf("Accept-Encoding %q", r.Header.Get("Accept-Encoding"))
				}
				w.Header().Set("Content-Encoding", test.how)
				io.WriteString(w, test.body)
			})
			c := client(t, Options{Endpoint: d.URL, Retries: 2})
			if c.largest = 4 << 20; name == "too much" {
				c.largest = 1_000_000
			}
			l, err := c.Templates(routetest.Deadline(t), 71)
			if test.says == "" {
				if err != nil || len(l.Templates) != 1 {
					t.Error(l, err)
				}
				return
			}
			if e := failed(t, c, err); !strings.Contains(e.Error(), test.says) || len(d.Requests()) != test.tries {
				t.Errorf("%d calls: %v\nshould say %s", len(d.Requests()), e, test.says)
			}
			if e := failed(t, c, c.CreateLike(routetest.Deadline(t), 71, modify(), "")); !e.OutcomeUnknown() ||
				len(d.Requests()) != test.tries+1 {
				t.Errorf("%d calls, outcome unknown %t: %v", len(d.Requests()), e.OutcomeUnknown(), e)
			}
		})
	}
}

// Twenty bombs at once through two clients that share a budget: all are refused, and nothing is left taken.
func TestBombs(t *testing.T) {
	bomb := zipped(`{"code":0,"data":[` + strings.Repeat(`{"id":5},`, 2<<20) + `{}]}`)
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, bomb)
	})
	budget := route.NewBudget(8 << 20)
	done := make(chan error, 20)
	for range 2 {
		c := client(t, Options{Endpoint: d.URL})
		c.budget = budget
		for range 10 {
			go func() {
				_, err := c.Templates(routetest.Deadline(t), 71)
				done <- err
			}()
		}
	}
	for range 20 {
		if err := <-done; !errors.Is(err, route.ErrTooLarge) ||
			!strings.Contains(err.Error(), "that is not how the drive answers") {
			t.Error(err)
		}
	}
	c := client(t, Options{Endpoint: answering(t, tenTemplates()).URL})
	c.budget = budget
	l, err := c.Templates(routetest.Deadline(t), 71)
	if err != nil || len(l.Templates) != 10 {
		t.Error(err)
	}
}

// A file is taken as it is or not at all, and no larger than it may be.
func TestDownloadLimits(t *testing.T) {
	zip := "PK\x03\x04" + strings.Repeat("x", 5000) + "PK\x05\x06" + strings.Repeat("\x00", 18)
	for name, test := range map[string]struct {
		header map[string]string
		body   string
		size   int64
		most   int64
		says   string
	}{
		"packed": {map[string]string{"Content-Encoding": "gzip",
			"Content-Disposition": "attachment"}, zipped("hello"), 5, 0, "it came as gzip, and the file as it is was " +
			"asked for"},
		"packed, nobody knows": {map[string]string{"Content-Encoding": "br"}, "hello", 0, 0, "it came as br"},
		"an archive that says so": {map[string]string{"Content-Encoding": "gzip"}, zipped("hello"),
			int64(len(zipped("hello"))), 0, ""},
		"larger than it may be": {map[string]string{"Content-Length": "5030"}, zip, 0, 4000,
			"the file announces 5030 bytes, more than 4000"},
		"larger, and does not say": {nil, zip, 0, 4000, "the file has more than 4000 bytes"},
		"said to be larger than any": {map[string]string{"Content-Length": "9223372036854775807",
			"Content-Disposition": "attachment"}, zip, 0, 0, "announces 9223372036854775807 bytes"},
		"good": {nil, zip, 0, 6000, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				for k, v := range test.header {
					w.Header().Set(k, v)
				}
				io.WriteString(w, test.body)
			})
			c := client(t, Options{Endpoint: d.URL, Retries: -1})
			var b bytes.Buffer
			got, err := c.DownloadAttachment(routetest.Deadline(t),
				FileDownload{ID: 98, Size: test.size, To: &b, most: test.most})
			if test.says == "" {
				if err != nil || b.String() != test.body {
					t.Error(got, err)
				}
				return
			}
			if e := failed(t, c, err); !strings.Contains(e.Error(), test.says) || int64(b.Len()) > max(test.most, 0) {
				t.Errorf("%d bytes: %v\nshould say %s", b.Len(), e, test.says)
			}
		})
	}
	if archived(0) != mostUntold || archived(1<<40) != mostUntold || archived(1000) != 2000+64<<20 {
		t.Error(archived(0), archived(1<<40), archived(1000))
	}
}

// A file that comes byte by byte, and would never end, is given up like one that has stopped.
func TestDownloadTrickles(t *testing.T) {
	d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Disposition", "attachment")
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, "x"); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	})
	c := client(t, Options{Endpoint: d.URL, Timeout: 200 * time.Millisecond, Retries: -1})
	var b bytes.Buffer
	_, err := c.DownloadAttachment(routetest.Deadline(t), FileDownload{ID: 98, To: &b})
	if e := failed(t, c, err); !errors.Is(err, context.DeadlineExceeded) ||
		!strings.Contains(e.Error(), "next to nothing moved for 200ms") {
		t.Errorf("%d bytes: %v", b.Len(), e)
	}
}

// However a call with a large answer ends, it gives back what it took: with no pool at all, the next one would wait for
// ever.
func TestBudgetIsGivenBack(t *testing.T) {
	large := strings.Repeat("x", 100_000)
	bodies := []string{
		`{"code":0,"data":[],"x":"` + large + `"}`, `{"code":0,"data":{},"x":"` + large +
			`"}`, `{"code":0,"data":[],"total":3,"x":"` + large + `"}`, `{"code":7,"msg":"` + large +
			`"}`, `{"data":[],"x":"` + large + `"}`,
		large, `["` + large + `"]`, `{"code":0,"data":["` + large, `<html>` + large, `{"code":0,"data":[7],"x":"` +
			large + `"}`, strings.Repeat(large, 50), `{"code":0,"data":` + strings.Repeat("[", 100_000),
	}
	status := http.StatusOK
	var body string
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
	c := client(t, Options{Endpoint: d.URL, Retries: 1})
	c.budget = route.NewBudget(0)
	c.largest = 4 << 20
	calls := listCalls(c)
	for _, status = range []int{200, 404, 502} {
		for _, body = range bodies {
			for path, list := range calls {
				if n, err := list.call(routetest.Deadline(t)); err == nil && n != 0 ||
					errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s %.40s: %d, %v", path, body, n, err)
				}
			}
			for _, err := range []error{
				c.Remove(routetest.Deadline(t), 5), c.CreateLike(routetest.Deadline(t), 71, modify(), ""),
				c.Handle(routetest.Deadline(t), HandleRequest{ApprovalID: 1, PartID: 1}),
				func() error { _, _, err := c.Template(routetest.Deadline(t), 5, 0); return err }(),
				func() error { _, err := c.Approval(routetest.Deadline(t), 2); return err }(),
				func() error { _, err := c.CreateAttachment(routetest.Deadline(t), nil); return err }(),
				func() error {
					_, err := c.Upload(routetest.Deadline(t),
						FileUpload{Name: "a", Size: 1, Open: opens(strings.NewReader("a"))})
					return err
				}(),
			} {
				if errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%.40s: %v", body, err)
				}
			}
		}
	}
}
