package drive

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/server"
)

// downloadAttachment answers section 13: an attachment of one file, or a file of one of several. A download has a
// Content-Disposition, a refusal has none.
func downloadAttachment(c *call, id int64) (any, error) {
	a, err := c.readable(id)
	if err != nil {
		return nil, err
	}
	if a.Folder {
		return nil, records.Refuse(records.CodeAttachmentKind, "附件是文件夹: %d", id)
	}
	return stream(func(w http.ResponseWriter, b blobs) error {
		content, err := b.open(a.ID, a.Size)
		if err != nil {
			return err
		}
		defer content.Close()
		w = announce(w, a.Name, "application/octet-stream")
		w.Header().Set("Content-Length", strconv.FormatInt(a.Size, 10))
		if _, err := io.Copy(w, content); err != nil {
			faults.Cut()
		}
		return nil
	}), nil
}

// downloadZip answers section 16: a multi-file attachment as one archive, empty folders included.
func downloadZip(c *call, id int64) (any, error) {
	root, err := c.readable(id)
	if err != nil {
		return nil, err
	}
	if !root.Folder || root.ID != root.Root {
		return nil, records.Refuse(records.CodeAttachmentKind, "不是多文件附件: %d", id)
	}
	entries := c.tx.Below(root.ID, "")
	return stream(func(w http.ResponseWriter, b blobs) error {
		w = announce(w, root.Name+".zip", "application/zip")
		archive := zip.NewWriter(w)
		archive.RegisterCompressor(zip.Deflate,
			func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
		for _, e := range entries {
			// Always deflated: a reader of a stream cannot find the end of an entry that is only stored.
			header := &zip.FileHeader{Name: e.Path, Method: zip.Deflate, Modified: time.Unix(e.Created, 0).UTC()}
			if e.Folder {
				header.Name, header.Method = e.Path+"/", zip.Store
			}
			to, err := archive.CreateHeader(header)
			if err == nil && !e.Folder {
				err = b.copyTo(to, e.ID, e.Size)
			}
			if err != nil {
				faults.Cut()
			}
		}
		if err := archive.Close(); err != nil {
			faults.Cut()
		}
		return nil
	}), nil
}

// announce writes the head of a download. It has the name in ASCII for old clients, and in full as in RFC 5987.
func announce(w http.ResponseWriter, name, media string) http.ResponseWriter {
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", contentDisposition(name))
	return server.IdleDeadlines(w, nil)
}

func contentDisposition(name string) string {
	plain := strings.Map(func(r rune) rune { // what file names may hold needs no quoting
		if r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, name)
	full := strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, plain, full)
}
