package yomicloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"countersign/providers/route"
	"countersign/providers/yomicloud/wire"
	"countersign/schema"
)

// The endpoints for attachments, sections 11 to 14 and 16 of the document.
const (
	pathUpload   = "/app/approval/upload-attachment" // and more behind it, the token included
	pathSeveral  = "/app/approval/create-multifiles-attachment"
	pathDownload = "/app/approval/download-attachment"
	pathFiles    = "/app/approval/get-attach-list"
	pathZip      = "/app/approval/download-attachment-zip"
)

// Upload uploads one file and returns its id, which is the attachment's where it is one by itself (section 11). A
// file in an attachment of several has the id 0 here where the drive does not say it; AttachmentFiles has it.
//
// It streams: a file of any size takes the same little memory. A file that is cut half-way is not there, and the error
// says how far it got; so is one that turns out larger or smaller than was said. Only when all of it went out and no
// proper answer came is the outcome unknown (OutcomeUnknown):
//
//   - In an attachment of several files, AttachmentFiles settles it: the file is there with its name and size, or not.
//   - No call finds a file by itself. It may be sent again: the first one is then an attachment that no approval names
//     and nobody sees. The client does not do so by itself, because no call deletes it, and each try may leave
//     gigabytes on the drive.
//
// By itself it sends again only what has not been stored for certain: no connection, or too many calls (429).
func (c *Client) Upload(ctx context.Context, u FileUpload) (int64, error) {
	k := call{path: pathUpload, about: u.about()}
	if errs := u.check(); len(errs) > 0 {
		return 0, c.of(k).Refuse(errs...)
	}
	a, err := c.persist(ctx, k, func(ctx context.Context) (answer, *route.Error) { return c.tryUpload(ctx, k, u) })
	if err != nil {
		return 0, err
	}
	defer a.done()
	id, err := a.field("fileId").ID()
	switch {
	case err == nil && id > 0:
		return id, nil
	case u.Into != nil:
		return 0, nil
	}
	return 0, c.of(k).Misread(errors.New("there is no fileId in it, so that the attachment has no id"))
}

// AttachmentRoot is an attachment of several files, to upload them into.
type AttachmentRoot struct {
	ID     int64  // of the attachment: of its root folder
	Upload string // the drive's mark for uploads into it
}

// CreateAttachment makes an attachment for several files, with its folders, none with a file in it yet (section 12).
// Folders are paths with /, in any order; those above them need not be named. After a lost answer it may be made again:
// nobody sees an empty attachment that no approval names, and no call finds it.
func (c *Client) CreateAttachment(ctx context.Context, folders []string) (AttachmentRoot, error) {
	k := call{path: pathSeveral, about: fmt.Sprintf("%d folders", len(folders))}
	all, errs := withParents(folders)
	if len(errs) > 0 {
		return AttachmentRoot{}, c.of(k).Refuse(errs...)
	}
	k.form = url.Values{}
	if len(all) > 0 {
		text, err := wire.Encode(all)
		if err != nil {
			return AttachmentRoot{}, c.of(k).Refuse(err)
		}
		k.form.Set("rpath", text)
	}
	a, err := c.post(ctx, k)
	if err != nil {
		return AttachmentRoot{}, err
	}
	defer a.done()
	root := AttachmentRoot{Upload: a.field("uuid").Words()}
	root.ID, err = a.field("rootid").ID()
	switch {
	case err != nil:
		return root, c.of(k).Misread(fmt.Errorf("rootid %w", err))
	case root.ID <= 0:
		return root, c.of(k).Misread(fmt.Errorf("rootid is %d", root.ID))
	case root.Upload == "":
		return root, c.of(k).Misread(errors.New("uuid is missing"))
	}
	return root, nil
}

// withParents completes folders by those above them, each once, and none before the one that it is in.
func withParents(folders []string) (all []string, errs []error) {
	for _, folder := range folders {
		for at := 0; at >= 0; {
			name, _, _ := strings.Cut(folder[at:], "/")
			if err := checkName(name); err != nil {
				errs = append(errs, fmt.Errorf("folder %q: %w", folder, err))
				break
			}
			end := at + len(name)
			all = append(all, folder[:end])
			if at = end + 1; end == len(folder) {
				at = -1
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(strings.Count(a, "/")-strings.Count(b, "/"), strings.Compare(a, b))
	})
	return slices.Compact(all), errs
}

// DownloadAttachment writes one file to d.To: an attachment of one file, or a file that AttachmentFiles lists (section
// 13).
func (c *Client) DownloadAttachment(ctx context.Context, d FileDownload) (Downloaded, error) {
	return c.fetch(ctx, call{path: pathDownload, about: fmt.Sprintf("fileId %d", d.ID),
		form: url.Values{"fileId": decimal(d.ID)}}, d)
}

// AttachmentFiles lists one folder of an attachment (section 14). The root folder's id is the attachment's and its path
// "". The document can be read to want the folder's own id or the root's beside the path; the client sends what it is
// given.
func (c *Client) AttachmentFiles(ctx context.Context, folderID int64, path string) ([]schema.AttachmentFile, error) {
	k := call{path: pathFiles, about: fmt.Sprintf("fileId %d, basePath %s", folderID, strconv.Quote(route.Words(path))),
		form: url.Values{"fileId": decimal(folderID), "basePath": {path}}}
	a, err := c.post(ctx, k)
	if err != nil {
		return nil, err
	}
	defer a.done()
	files, found, err := readEntries(a.Object, 2, readAttached)
	if err == nil {
		err = a.whole(len(files), "totalNum", "totalSize") // section 8: of the attachment
	}
	switch {
	case err != nil:
		return nil, c.of(k).Misread(err)
	case !found:
		return nil, c.of(k).Misread(fmt.Errorf("there is no list of files in it, only %s", strings.Join(keys(a), ", ")))
	}
	for i := range files {
		files[i].Path = strings.TrimPrefix(path+"/"+files[i].Name, "/")
	}
	return files, nil
}

// DownloadZip writes an attachment of several files to d.To as one zip archive (section 16).
func (c *Client) DownloadZip(ctx context.Context, d FileDownload) (Downloaded, error) {
	d.Size, d.most = 0, archived(d.Size) // the size of the archive is not known before
	return c.fetch(ctx, call{path: pathZip, about: fmt.Sprintf("fileId %d", d.ID),
		form: url.Values{"fileId": decimal(d.ID)}}, d)
}
