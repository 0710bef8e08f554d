package drive

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"
)

const uploadPath = "/app/approval/upload-attachment"

const (
	maxUpload   = 1 << 40  // bytes of one file
	maxEnvelope = 1 << 20  // bytes of a form around its file
	maxField    = 64 << 10 // bytes of a field
)

// upload is one call of section 11: the parts of its address, then of its form.
type upload struct {
	token  string
	size   int64
	key    string   // uuid; "" for an attachment of one file
	root   int64    // rootid
	folder []string // names from the root down

	name   string
	fields form
}

// parseUpload reads the three forms of the address: /token/filesize, then /uuid/rootid, then /rpath with a bar between
// the names of folders.
func parseUpload(u *url.URL) (upload, error) {
	segments := strings.Split(strings.TrimPrefix(u.EscapedPath(), uploadPath+"/"), "/")
	for i, s := range segments {
		s, err := url.PathUnescape(s)
		if err != nil || s == "" {
			return upload{}, records.Refuse(records.CodeNoPath, "接口不存在")
		}
		segments[i] = s
	}
	if n := len(segments); n != 2 && n != 4 && n != 5 {
		return upload{}, records.Refuse(records.CodeNoPath, "接口不存在")
	}
	up := upload{token: segments[0]}
	size, err := strconv.ParseUint(segments[1], 10, 63)
	if err != nil || size > maxUpload {
		return up, records.Refuse(records.CodeParam, "参数错误: filesize必须是0到%d的整数", maxUpload)
	}
	up.size = int64(size)
	if len(segments) > 2 {
		up.key = segments[2]
		root, err := strconv.ParseUint(segments[3], 10, 63)
		if err != nil {
			return up, records.Refuse(records.CodeParam, "参数错误: rootid必须是不小于0的整数")
		}
		up.root = int64(root)
	}
	if len(segments) > 4 {
		up.folder = strings.Split(segments[4], "|")
	}
	return up, nil
}

// serveUpload answers section 11. The file goes to disk as it arrives; a call that is refused, fails or is cut leaves
// nothing. Faults come once all has arrived, because they depend on the content.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	up, err := parseUpload(r.URL)
	if refusal, ok := err.(*records.Refusal); ok && refusal.Code == records.CodeNoPath {
		s.Calls.Count("other")
		reply(w, http.StatusNotFound, err)
		return
	}
	s.Calls.Count(uploadPath)
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		reply(w, http.StatusMethodNotAllowed, records.Refuse(records.CodeMethod, "只支持POST请求"))
		return
	}
	if err := s.admitUpload(up, err); err != nil {
		server.AnswerEarly(w, r, func() { replyError(w, err) })
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, up.size+maxEnvelope)
	w = server.IdleDeadlines(w, r)
	said, err := s.upload(w, r, up)
	if err == errOnDemand {
		respondErrorPage(w)
		return
	}
	if err != nil {
		io.Copy(io.Discard, r.Body) // a client that is still sending would not see the answer
		replyError(w, err)
		return
	}
	reply(w, http.StatusOK, said)
}

var errOnDemand = errors.New("the fault that was asked for")

// admitUpload checks the address before any of the file is read. Only callers with a token learn what is wrong with it.
func (s *Server) admitUpload(up upload, wrong error) error {
	return s.carryOut(false, form{"token": up.token}, func(c *call) error {
		if wrong == nil {
			_, wrong = c.destination(up)
		}
		return wrong
	})
}

// upload carries the call out.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, up upload) (said answer, err error) {
	part, err := s.blobs.Take(partPrefix, func(to io.Writer) error { return up.receive(r, to) })
	if err != nil {
		return nil, err
	}
	kept := false
	defer func() {
		if !kept {
			s.blobs.Remove(part)
		}
	}()
	fault := s.Faults.Draw(w, r, uploadPath, up.content())
	if fault.Fail {
		return nil, errOnDemand
	}
	if err := up.check(); err != nil {
		return nil, err
	}
	err = s.carryOut(true, form{"token": up.token}, func(c *call) error {
		a, err := c.attach(up)
		if err != nil {
			return err
		}
		if err := s.blobs.Rename(part, nameOf(a.ID)); err != nil {
			return err
		}
		kept = true
		said = answer{"fileId": a.ID}
		return nil
	})
	if fault.Lose {
		faults.Cut()
	}
	return said, err
}

// receive reads the form: it writes the file, and keeps the other fields in up. They come in any order.
func (up *upload) receive(r *http.Request, to io.Writer) error {
	body, err := r.MultipartReader()
	if err != nil {
		return records.Refuse(records.CodeForm, "上传附件必须是multipart/form-data")
	}
	up.fields = form{}
	files := 0
	for {
		field, err := body.NextPart()
		if err == io.EOF { // itself: a form that is cut short gives one that wraps it
			break
		}
		if err != nil {
			return records.Refuse(records.CodeForm, "请求不是有效的表单, 或没有完整到达")
		}
		name := field.FormName()
		if name != "file" {
			value, err := io.ReadAll(io.LimitReader(field, maxField+1))
			if err != nil || len(value) > maxField {
				return records.Refuse(records.CodeForm, "参数没有完整到达或太长: %q", name)
			}
			if _, twice := up.fields[name]; !twice {
				up.fields[name] = string(value)
			}
			continue
		}
		if files++; files > 1 {
			return records.Refuse(records.CodeForm, "一次只能上传一个文件")
		}
		if up.name, err = fileName(field); err != nil {
			return err
		}
		if err := up.receiveFile(field, to); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil { // a client may want to see all of it taken
		return records.Refuse(records.CodeForm, "请求没有完整到达")
	}
	if files == 0 {
		return records.Refuse(records.CodeParam, "缺少参数: file")
	}
	return nil
}

func (up *upload) receiveFile(field io.Reader, to io.Writer) error {
	n, err := io.Copy(to, io.LimitReader(field, up.size+1))
	var disk *fs.PathError // it failed, and not the client
	switch {
	case errors.As(err, &disk):
		return disk
	case err != nil:
		return records.Refuse(records.CodeForm, "文件没有完整到达: %d字节, 应为%d字节", n, up.size)
	case n > up.size:
		return records.Refuse(records.CodeFileSize, "文件超过filesize: %d字节", up.size)
	case n < up.size:
		return records.Refuse(records.CodeFileSize, "文件大小与filesize不一致: %d字节, 应为%d字节", n, up.size)
	}
	return nil
}

// fileName is the name as it was sent: what the standard library gives lacks a path before it, which is to be refused.
func fileName(field *multipart.Part) (string, error) {
	_, parameters, err := mime.ParseMediaType(field.Header.Get("Content-Disposition"))
	if err != nil {
		return "", records.Refuse(records.CodeForm, "file的Content-Disposition不正确")
	}
	return parameters["filename"], checkName(parameters["filename"])
}

// content is what the call carries, without what differs from one sandbox to another: faults are drawn by it.
func (up *upload) content() form {
	return form{"name": up.name, "size": strconv.FormatInt(up.size, 10), "root": strconv.FormatInt(up.root, 10),
		"folder": strings.Join(up.folder, "|"), "fileSize2": up.fields["fileSize2"], "atype": up.fields["atype"]}
}

// check compares the form with the address.
func (up *upload) check() error {
	if token, ok := up.fields["token"]; !ok || token == "" {
		return records.Refuse(records.CodeTokenMissing, "缺少token参数")
	} else if token != up.token {
		return records.Refuse(records.CodeTokenInvalid, "POST参数token与URI中的token不一致")
	}
	size, err1 := up.fields.number("fileSize2")
	atype, err2 := up.fields.number("atype")
	if err := cmp.Or(err1, err2); err != nil {
		return err
	}
	if size != up.size {
		return records.Refuse(records.CodeFileSize, "fileSize2与filesize不一致: %d, %d", size, up.size)
	}
	if several := up.key != ""; atype > 1 || several != (atype == 1) {
		return records.Refuse(records.CodeAttachmentKind, "atype与URI的形式不一致: %d", atype)
	}
	return nil
}

// destination is the folder that the file goes to; none for an attachment of one file.
func (c *call) destination(up upload) (records.Attachment, error) {
	if up.key == "" {
		return records.Attachment{}, nil
	}
	root, err := c.tx.Attachment(up.root)
	switch {
	case err != nil:
		return root, err
	case root.Creator != c.user.ID:
		return root, records.Refuse(records.CodeAttachmentOwner, "不是自己的审批附件: %d", up.root)
	case root.Key == "" || root.Key != up.key:
		return root, records.Refuse(records.CodeNoAttachment, "uuid与rootid不一致: %d", up.root)
	case root.Used > 0:
		return root, records.Refuse(records.CodeAttachmentUsed, "审批附件已用于审批: %d", up.root)
	}
	return c.tx.AttachedFolder(root.ID, up.folder)
}

// attach records the file.
func (c *call) attach(up upload) (records.Attachment, error) {
	folder, err := c.destination(up)
	if err != nil {
		return folder, err
	}
	if up.key != "" && c.tx.Has(records.EnclosedBucket, store.NameKey(folder.ID, up.name)) {
		return folder, records.Refuse(records.CodeNameTaken, "附件中已有同名文件或文件夹: %q", up.name)
	}
	return c.tx.AddAttachment(c.user, records.Attachment{
		File: records.File{Parent: folder.ID, Name: up.name, Size: up.size}, Root: folder.Root}), nil
}
