package yomicloud

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"countersign/providers/route"
)

// FileUpload is a file to upload: an attachment of its own, or one of many in an attachment.
type FileUpload struct {
	Name     string          // as it shall be called, without folders
	Size     int64           // bytes that From gives, neither more nor less
	From     io.Reader       // read from where it stands; again when it is an io.Seeker and nothing has been stored
	Into     *AttachmentRoot // the attachment of several files that it goes to; nil: it is an attachment by itself
	Folder   string          // in Into: its folders from the root down, joined by /; "" is the root
	Progress func(sent int64)
}

// about names a file for messages.
func (u FileUpload) about() string {
	where := ""
	if u.Into != nil {
		where = fmt.Sprintf(" into attachment %d", u.Into.ID)
	}
	return fmt.Sprintf("%s%s, %d bytes", route.Words(strings.TrimPrefix(u.Folder+"/"+u.Name, "/")), where, u.Size)
}

// check finds what keeps a file from being uploaded.
func (u FileUpload) check() (errs []error) {
	if err := checkName(u.Name); err != nil {
		errs = append(errs, err)
	}
	if u.Size < 0 {
		errs = append(errs, fmt.Errorf("its size is %d", u.Size))
	}
	if u.From == nil {
		errs = append(errs, errors.New("there is nothing to read it from"))
	}
	switch {
	case u.Into == nil && u.Folder != "":
		errs = append(errs, errors.New("an attachment of one file has no folders"))
	case u.Into != nil && (u.Into.ID <= 0 || u.Into.Upload == ""):
		errs = append(errs, errors.New("the attachment that it goes to has no id or no mark for uploads"))
	}
	for name := range strings.SplitSeq(u.Folder, "/") {
		if u.Folder == "" {
			break
		}
		if err := checkName(name); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// checkName holds a name against what the calls can carry: / and | part folders on the wire, \ does on some machines.
func checkName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return fmt.Errorf("%q is not the name of a file or folder", name)
	case !utf8.ValidString(name):
		return fmt.Errorf("the name %q is not UTF-8", name)
	case strings.ContainsAny(name, `/\|`) || strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf(`the name %q has one of / \ | or a control character in it: rename the file`, name)
	}
	return nil
}

// address is where a file is sent, in the three forms of section 11. The token is in it.
func (c *Client) address(u FileUpload) string {
	parts := []string{c.token, strconv.FormatInt(u.Size, 10)}
	if u.Into != nil {
		parts = append(parts, u.Into.Upload, strconv.FormatInt(u.Into.ID, 10))
		if u.Folder != "" {
			parts = append(parts, strings.ReplaceAll(u.Folder, "/", "|"))
		}
	}
	to := c.endpoint + pathUpload
	for _, p := range parts {
		to += "/" + segment(p)
	}
	return to
}

// segment escapes all that could mean something in a path to any server, + included.
func segment(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// envelope is the form around the file: what comes before it and what after.
func (c *Client) envelope(u FileUpload) (before, after, media string, err error) {
	several := "0"
	if u.Into != nil {
		several = "1"
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	err = errors.Join(
		w.WriteField("token", c.token),
		w.WriteField("fileSize2", strconv.FormatInt(u.Size, 10)),
		w.WriteField("atype", several),
	)
	if err == nil {
		_, err = w.CreateFormFile("file", u.Name)
	}
	before = b.String()
	b.Reset()
	return before, fmt.Sprintf("\r\n--%s--\r\n", w.Boundary()), w.FormDataContentType(), err
}

// tryUpload sends a file once. Its length is known before, so that it streams: no more of it is in memory than one
// buffer.
func (c *Client) tryUpload(ctx context.Context, k call, u FileUpload) (answer, *route.Error) {
	release, err := c.turn(ctx)
	if err != nil {
		return answer{}, c.of(k).Unsent(err)
	}
	defer release()
	before, after, media, err := c.envelope(u)
	if err != nil {
		return answer{}, c.of(k).Unsent(err)
	}
	limited, clock, stop := route.WhileMoving(ctx, c.timeout)
	defer stop()
	body := &uploadBody{before: before, after: after, file: u, left: u.Size, clock: clock}
	defer body.Close() // nobody reads the file once this call is over
	req, err := http.NewRequestWithContext(limited, http.MethodPost, c.address(u), body)
	if err != nil {
		return answer{}, c.of(k).Unsent(errors.New("the endpoint makes no address"))
	}
	req.ContentLength = int64(len(before)) + u.Size + int64(len(after))
	req.Header.Set("Content-Type", media)
	resp, e := c.send(ctx, k, req)
	var a answer
	if e == nil {
		defer resp.Body.Close()
		a, e = c.read(ctx, limited, k, resp, clock.Pause)
	}
	return c.judge(k, body, a, e)
}

// judge says what became of an upload, by how much of it went out: a drive that was not sent the whole of a file
// cannot have stored it.
func (c *Client) judge(k call, body *uploadBody, a answer, e *route.Error) (answer, *route.Error) {
	gone, whole, broken := body.far()
	size := body.file.Size
	switch {
	case broken != nil:
		a.done()
		return answer{}, c.of(k).Fail(route.Error{Err: broken})
	case e == nil && !whole:
		a.done()
		return answer{}, c.of(k).Fail(route.Error{Status: http.StatusOK,
			Err: fmt.Errorf("%w: it came after %d of %d bytes of the file", route.ErrUnreadable, gone, size)})
	case e == nil:
		return a, nil
	case !whole:
		e.Unknown = false
		if gone > 0 && e.Err != nil && !e.Refused() {
			e.Err = fmt.Errorf("the upload broke off after %d of %d bytes: %w", gone, size, e.Err)
		}
	}
	e.Again = e.Again && (gone == 0 || body.rewindable())
	e.Advice = advise(e, k)
	return answer{}, e
}

// uploadBody is the body of an upload: the form, and in it the file. It holds the file to the size that was announced.
type uploadBody struct {
	mu            sync.Mutex
	before, after string
	file          FileUpload
	left          int64 // of the file
	ended         bool  // the file gave all that it has, and no more than it should
	whole         bool  // all has been handed over
	closed        bool
	broken        error // reading the file failed
	gone          int   // bytes handed over in the last Read
	clock         *route.Clock
}

func (b *uploadBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, errors.New("the upload is over")
	case b.broken != nil:
		return 0, b.broken
	case len(p) == 0:
		return 0, nil
	}
	b.clock.Moved(b.gone) // who reads on has sent them
	n, err := b.next(p)
	b.gone = n
	return n, err
}

func (b *uploadBody) next(p []byte) (int, error) {
	if b.before != "" {
		n := copy(p, b.before)
		b.before = b.before[n:]
		return n, nil
	}
	if !b.ended {
		n, err := b.readFile(p)
		if n > 0 || err != nil {
			return n, err
		}
	}
	n := copy(p, b.after)
	if b.after = b.after[n:]; b.after != "" {
		return n, nil
	}
	b.whole = true
	b.clock.Sent()
	return n, io.EOF
}

// readFile reads on in the file; nothing and no error mean that it has ended where it should.
func (b *uploadBody) readFile(p []byte) (int, error) {
	defer b.clock.Pause()()
	for idle := 0; ; idle++ {
		room := p[:min(int64(len(p)), b.left)]
		if b.left == 0 {
			room = make([]byte, 1) // to see whether there is more
		}
		n, err := b.file.From.Read(room)
		switch {
		case n > 0 && b.left == 0:
			return 0, b.fail(fmt.Errorf("it is larger than the %d bytes it had before: somebody is writing to it",
				b.file.Size))
		case n > 0:
			b.left -= int64(n)
			if b.file.Progress != nil {
				b.file.Progress(b.file.Size - b.left)
			}
			return n, nil // an error comes again with the next Read
		case err == io.EOF && b.left > 0:
			return 0, b.fail(fmt.Errorf("it ended after %d of %d bytes: somebody has changed it: %w",
				b.file.Size-b.left, b.file.Size, io.ErrUnexpectedEOF))
		case err == io.EOF:
			b.ended = true
			return 0, nil
		case err != nil:
			return 0, b.fail(err)
		case idle > 100:
			return 0, b.fail(io.ErrNoProgress)
		}
	}
}

func (b *uploadBody) fail(err error) error {
	b.broken = &localError{doing: "reading " + route.Words(b.file.Name), err: err}
	return b.broken
}

// Close waits for a Read that is under way; after it there is none.
func (b *uploadBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

// far is how much of the file has been handed over, whether all of the form was, and what reading it failed on.
func (b *uploadBody) far() (gone int64, whole bool, broken error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return b.file.Size - b.left, b.whole, b.broken
}

// rewindable sets the file back to where it stood, if it can be.
func (b *uploadBody) rewindable() bool {
	seeker, ok := b.file.From.(io.Seeker)
	if !ok {
		return false
	}
	_, err := seeker.Seek(b.left-b.file.Size, io.SeekCurrent)
	return err == nil
}
