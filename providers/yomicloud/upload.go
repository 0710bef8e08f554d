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
	"unicode"
	"unicode/utf8"

	"countersign/providers/route"
)

// FileUpload is a file to upload: an attachment of its own, or one of many in an attachment.
type FileUpload struct {
	Name     string          // as it shall be called, without folders
	Size     int64           // bytes of the file, neither more nor less
	Into     *AttachmentRoot // the attachment of several files that it goes to; nil: it is an attachment by itself
	Folder   string          // in Into: its folders from the root down, joined by /; "" is the root
	Progress func(sent int64)

	// Open returns the file from its beginning. It is called for each try.
	Open func() (io.ReadCloser, error)
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
	if u.Open == nil {
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

// checkName finds what a name must not have: / and | separate folders on the wire, \ does on some machines.
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

// tryUpload sends a file once. Its length is known before, so that it streams.
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
	file, err := u.Open()
	if err != nil {
		return answer{}, c.of(k).Unsent(&localError{"opening " + route.Words(u.Name), err})
	}
	defer file.Close()
	if e := c.of(k).Ready(ctx); e != nil {
		return answer{}, e
	}
	limited, clock, stop := route.WhileMoving(ctx, c.timeout)
	defer stop()
	var sent int64
	body := &route.Body{Before: before, File: file, Size: u.Size, After: after, Clock: clock, Sent: func(bytes int64) {
		if sent += bytes; u.Progress != nil {
			u.Progress(sent)
		}
	}}
	defer body.Close() // so that nothing reads the file once this call is over
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
	return c.judge(k, u, body, a, e)
}

// judge says what became of an upload, by how much of it went out: a drive that was not sent the whole of a file
// cannot have stored it.
func (c *Client) judge(k call, u FileUpload, body *route.Body, a answer, e *route.Error) (answer, *route.Error) {
	gone, whole, broken := body.Stop()
	switch {
	case broken != nil:
		a.done()
		return answer{}, c.of(k).Unsent(&localError{"reading " + route.Words(u.Name), broken})
	case e == nil && !whole:
		a.done()
		return answer{}, c.of(k).Unsent(fmt.Errorf("%w: it came after %d of %d bytes of the file", route.ErrUnreadable,
			gone, u.Size))
	case e == nil:
		return a, nil
	case !whole:
		e.Unknown = false
		if gone > 0 && e.Err != nil && !e.Refused() {
			e.Err = fmt.Errorf("the upload broke off after %d of %d bytes: %w", gone, u.Size, e.Err)
		}
	}
	e.Advice = advise(e, k)
	return answer{}, e
}
