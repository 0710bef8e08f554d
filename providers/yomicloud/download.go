package yomicloud

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// FileDownload says what to download and where to write it.
type FileDownload struct {
	ID       int64     // of the file or attachment
	Size     int64     // as a list or the approval tells it; 0: not known
	To       io.Writer // gets the file's bytes and nothing else
	Progress func(got, total int64)
}

// Downloaded is what came. The name is the one that the drive gives it, made safe to be a file's name here (SafeName);
// "" when it gives none.
type Downloaded struct {
	Name string
	Size int64
}

const headSize = 64 << 10 // as much of a file as is looked at; a refusal is far shorter

// fetch makes a call that is answered with a file, and writes it as it comes.
//
// A refusal comes with the same status as a file, so they have to be told apart, and a JSON file that somebody attached
// is not a refusal. The headers decide first: an answer with a Content-Disposition that says attachment or gives a
// name is a file, whatever is in it. So is one of exactly the size that was expected. Of the others, an object in JSON
// with a code that is not 0 is a refusal, a page sent as HTML is a login page or a proxy's, and nothing at all is no
// file; whatever else it is, it is the file.
//
// Half a file is an error, and so is one that has not the size that was expected. The call is made again by itself only
// as long as not a byte was written to d.To.
func (c *Client) fetch(ctx context.Context, k call, d FileDownload) (Downloaded, error) {
	switch {
	case d.ID <= 0:
		return Downloaded{}, c.refuse(k, errors.New("the file has no id"))
	case d.To == nil:
		return Downloaded{}, c.refuse(k, errors.New("there is nowhere to write it"))
	}
	body := c.body(k)
	var got Downloaded
	_, err := c.persist(ctx, func() (_ answer, e *Error) {
		got, e = c.tryFetch(ctx, k, body, d)
		if e != nil && got.Size > 0 {
			e.again = false
		}
		return nil, e
	})
	return got, err
}

// tryFetch makes the call once. Its size is what has been written, also with an error.
func (c *Client) tryFetch(ctx context.Context, k call, form string, d FileDownload) (got Downloaded, _ *Error) {
	release, err := c.turn(ctx)
	if err != nil {
		return got, c.unsent(k, err)
	}
	defer release()
	limited, watch, stop := c.watch(ctx)
	defer stop()
	resp, e := c.ask(ctx, limited, k, form)
	if e != nil {
		return got, e
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		_, e := c.read(ctx, limited, k, resp)
		return got, e
	}
	in := bufio.NewReaderSize(moving{resp.Body, watch}, headSize)
	name, said := disposition(resp.Header)
	if !said && (d.Size <= 0 || resp.ContentLength != d.Size) {
		if e := c.look(ctx, limited, k, resp, in, d.Size); e != nil {
			return got, e
		}
	}
	if name != "" {
		got.Name = SafeName(name)
	}
	total := resp.ContentLength
	if total < 0 && d.Size > 0 {
		total = d.Size
	}
	tail := &zipTail{on: k.path == pathZip && resp.ContentLength < 0 && resp.TransferEncoding == nil}
	buf := make([]byte, 64<<10)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			if d.Size > 0 && got.Size+int64(n) > d.Size {
				return got, c.misread(k, fmt.Errorf("the file is larger than the %d bytes that the drive tells of it", d.Size))
			}
			tail.keep(buf[:n])
			watch.pause()
			w, err := d.To.Write(buf[:n])
			watch.moved()
			got.Size += int64(w)
			if err != nil || w < n {
				if err == nil {
					err = io.ErrShortWrite
				}
				return got, c.failure(k, Error{Err: &localError{doing: fmt.Sprintf("writing what came, after %d bytes", got.Size), err: err}})
			}
			if d.Progress != nil {
				d.Progress(got.Size, total)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return got, c.lost(ctx, limited, k, resp.StatusCode, broke(got.Size, total, err), true)
		}
	}
	if d.Size > 0 && got.Size != d.Size {
		return got, c.lost(ctx, limited, k, resp.StatusCode, broke(got.Size, d.Size, io.ErrUnexpectedEOF), true)
	}
	if !tail.whole() {
		return got, c.lost(ctx, limited, k, resp.StatusCode, broke(got.Size, -1, io.ErrUnexpectedEOF), true)
	}
	return got, nil
}

// broke says how far a download got.
func broke(got, total int64, err error) error {
	if total < 0 {
		return fmt.Errorf("the download broke off after %d bytes: %w", got, err)
	}
	return fmt.Errorf("the download broke off after %d of %d bytes: %w", got, total, err)
}

// moving tells the watch of what comes.
type moving struct {
	io.Reader
	watch *stall
}

func (m moving) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	m.watch.moved()
	return n, err
}

// look finds out by its beginning whether an answer without a Content-Disposition is a refusal.
func (c *Client) look(outer, limited context.Context, k call, resp *http.Response, in *bufio.Reader, expected int64) *Error {
	head, err := in.Peek(headSize)
	whole := err == io.EOF
	if err != nil && !whole {
		return c.lost(outer, limited, k, resp.StatusCode, broke(0, resp.ContentLength, err), true)
	}
	if whole && expected > 0 && int64(len(head)) == expected {
		return nil
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\uFEFF")))
	switch {
	case len(head) == 0:
		_, err := readAnswer(nil)
		return c.unusable(k, resp, nil, nil, err)
	case bytes.HasPrefix(text, []byte("<")) && strings.Contains(resp.Header.Get("Content-Type"), "html"):
		return c.unusable(k, resp, head, nil, errPage)
	case whole && bytes.HasPrefix(text, []byte("{")):
		if a, err := readAnswer(head); err == nil {
			if n, word, ok := a.code(); ok && (n != 0 || word != "") {
				return c.unusable(k, resp, head, a, nil)
			}
		}
	}
	if k.path == pathZip && !bytes.HasPrefix(head, []byte("PK")) {
		return c.unusable(k, resp, nil, nil, fmt.Errorf("%w: it is not a zip archive", errUnreadable))
	}
	return nil
}

// zipTail looks for the record that ends a zip archive, in a download whose end nothing else tells.
type zipTail struct {
	on   bool
	last []byte
}

// The record of the end is 22 bytes and a comment of at most 64 KiB.
const zipEnd = 22 + 1<<16

func (z *zipTail) keep(b []byte) {
	if !z.on {
		return
	}
	if z.last = append(z.last, b...); len(z.last) > 4*zipEnd {
		z.last = append(z.last[:0], z.last[len(z.last)-zipEnd:]...)
	}
}

func (z *zipTail) whole() bool {
	return !z.on || bytes.Contains(z.last[max(0, len(z.last)-zipEnd):], []byte("PK\x05\x06"))
}
