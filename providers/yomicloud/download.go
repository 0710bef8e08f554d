package yomicloud

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"countersign/providers/route"
)

// FileDownload says what to download and where to write it.
type FileDownload struct {
	ID   int64     // of the file or attachment
	Size int64     // as a list or the approval has it; of an archive, of all files in it; 0: not known
	To   io.Writer // gets the file's bytes and nothing else

	most int64 // bytes that may come where Size does not say; 0: mostUntold
}

// Downloaded is what came. The name is the one that the drive gives it, made safe to be a file's name here
// (route.SafeName); "" when it gives none.
type Downloaded struct {
	Name string
	Size int64
}

// mostUntold is how many bytes a file of unknown size may have.
const mostUntold = 16 << 30

// archived is how many bytes an archive of so many may have: how large it is depends on how well they can be packed,
// and on how many files they are.
func archived(size int64) int64 {
	if size <= 0 || size > mostUntold {
		return mostUntold
	}
	return 2*size + 64<<20
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
		return Downloaded{}, c.of(k).Refuse(errors.New("the file has no id"))
	case d.To == nil:
		return Downloaded{}, c.of(k).Refuse(errors.New("there is nowhere to write it"))
	}
	body := c.body(k)
	var got Downloaded
	_, err := c.persist(ctx, k, func(ctx context.Context) (_ answer, e *route.Error) {
		got, e = c.tryFetch(ctx, k, body, d)
		if e != nil && got.Size > 0 {
			e.Again = false
		}
		return answer{}, e
	})
	return got, err
}

// tryFetch makes the call once. Its size is what has been written, also with an error.
func (c *Client) tryFetch(ctx context.Context, k call, form string, d FileDownload) (got Downloaded, _ *route.Error) {
	release, err := c.turn(ctx)
	if err != nil {
		return got, c.of(k).Unsent(err)
	}
	defer release()
	limited, clock, stop := route.WhileMoving(ctx, c.timeout)
	defer stop()
	resp, e := c.ask(ctx, limited, k, form)
	if e != nil {
		return got, e
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		_, e := c.read(ctx, limited, k, resp, clock.Pause)
		return got, e
	}
	expected := d.Size > 0 && resp.ContentLength == d.Size
	most := cmp.Or(d.most, mostUntold)
	switch err := route.CheckUnpacked(resp); {
	case err != nil && !expected:
		return got, c.of(k).Misread(err)
	case d.Size <= 0 && resp.ContentLength > most:
		return got, c.of(k).Misread(fmt.Errorf("%w: the file announces %d bytes, more than %d", route.ErrTooLarge,
			resp.ContentLength, most))
	}
	in := bufio.NewReaderSize(clock.Watch(resp.Body), headSize)
	name, said := disposition(resp.Header)
	if !said && !expected {
		if e := c.look(ctx, limited, k, resp, in, d.Size); e != nil {
			return got, e
		}
	}
	if name != "" {
		got.Name = route.SafeName(name)
	}
	if d.Size > 0 {
		most = d.Size
	}
	tail := &zipTail{on: k.path == pathZip && resp.ContentLength < 0 && resp.TransferEncoding == nil}
	sink := &route.Sink{To: io.MultiWriter(d.To, tail), Most: most, Clock: clock}
	_, err = io.Copy(sink, in)
	got.Size = sink.Written
	total := resp.ContentLength
	if d.Size > 0 {
		total = d.Size
	}
	switch {
	case sink.Err != nil:
		return got, c.of(k).Unsent(&localError{fmt.Sprintf("writing what came, after %d bytes", got.Size), sink.Err})
	case errors.Is(err, route.ErrTooLarge):
		return got, c.of(k).Misread(err)
	case err == nil && (d.Size > 0 && got.Size != d.Size || !tail.whole()):
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return got, c.of(k).Lost(ctx, limited, resp.StatusCode, broke(got.Size, total, err), true)
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

// look finds out by its beginning whether an answer without a Content-Disposition is a refusal.
func (c *Client) look(outer, limited context.Context, k call, resp *http.Response, in *bufio.Reader,
	expected int64) *route.Error {
	head, err := in.Peek(headSize)
	whole := err == io.EOF
	if err != nil && !whole {
		return c.of(k).Lost(outer, limited, resp.StatusCode, broke(0, resp.ContentLength, err), true)
	}
	if whole && expected > 0 && int64(len(head)) == expected {
		return nil
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\uFEFF")))
	switch {
	case len(head) == 0:
		_, err := readAnswer("")
		return c.unusable(k, resp, "", answer{}, err)
	case bytes.HasPrefix(text, []byte("<")) && strings.Contains(resp.Header.Get("Content-Type"), "html"):
		return c.unusable(k, resp, string(head), answer{}, errPage)
	case whole && bytes.HasPrefix(text, []byte("{")):
		if a, err := readAnswer(string(head)); err == nil {
			if code, _ := a.code(); code != "" {
				return c.unusable(k, resp, string(head), a, nil)
			}
		}
	}
	if k.path == pathZip && !bytes.HasPrefix(head, []byte("PK")) {
		return c.unusable(k, resp, "", answer{}, fmt.Errorf("%w: it is not a zip archive", route.ErrUnreadable))
	}
	return nil
}

// zipTail looks for the record that ends a zip archive, in a download where nothing else shows that it is whole.
type zipTail struct {
	on   bool
	last []byte
}

// The record of the end is 22 bytes and a comment of at most 64 KiB.
const zipEnd = 22 + 1<<16

func (z *zipTail) Write(b []byte) (int, error) {
	if z.on {
		if z.last = append(z.last, b...); len(z.last) > 4*zipEnd {
			z.last = append(z.last[:0], z.last[len(z.last)-zipEnd:]...)
		}
	}
	return len(b), nil
}

func (z *zipTail) whole() bool {
	return !z.on || bytes.Contains(z.last[max(0, len(z.last)-zipEnd):], []byte("PK\x05\x06"))
}
