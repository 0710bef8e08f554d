// Package drive is the drive in the sandbox: all 17 interfaces of the vendor's document (templates in sections 1 to 5,
// approvals in 6 to 10, 15 and 17, their attachments in 11 to 14 and 16) and list-dir (section 18), under their real
// paths. Where the document is silent the sandbox is strict: by the document, the real drive accepts all that the
// sandbox accepts. What the drive keeps is in package records.
package drive

import (
	"net/http"
	"strings"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"
)

// endpoint is one documented interface. One that writes runs in Store.Write and checks before it changes. Its answer
// becomes JSON, unless it is written already, or a stream.
type endpoint struct {
	answer func(*call) (any, error)
	writes bool
}

// answer has what a call that was carried out answers besides its code, which is 0.
type answer map[string]any

// written is an answer that is JSON already.
type written []byte

// stream sends files once the transaction that found them has ended. An error before the first byte is answered like
// any other; after that, stream cuts the connection.
type stream func(http.ResponseWriter, blobs) error

var endpoints = map[string]endpoint{
	"/app/approval/templet-content": {answer: templetContent},
	"/app/approval/set-templet":     {answer: setTemplet, writes: true},
	"/app/approval/templet-list":    {answer: of("fileId", templetList)},
	"/app/approval/templet-list2":   {answer: templetList2},
	"/app/approval/remove-templet":  {answer: of("id", removeTemplet), writes: true},

	"/app/approval/create-approval":              {answer: createApproval, writes: true},
	"/app/approval/get-creator-list":             {answer: creatorList},
	"/app/approval/view-approval":                {answer: of("id", viewApproval)},
	"/app/approval/get-handler-list":             {answer: handlerList},
	"/app/approval/handle-step":                  {answer: handleStep, writes: true},
	"/app/approval/create-multifiles-attachment": {answer: createMultifiles, writes: true},
	"/app/approval/download-attachment":          {answer: of("fileId", downloadAttachment)},
	"/app/approval/get-attach-list":              {answer: of("fileId", attachList)},
	"/app/approval/remove-approval":              {answer: of("id", removeApproval), writes: true},
	"/app/approval/download-attachment-zip":      {answer: of("fileId", downloadZip)},
	"/app/approval/get-file-approval-log":        {answer: of("fileId", fileApprovalLog)},

	"/app/file/list-dir": {answer: of("fileId", listDir)},
}

// of is an endpoint about one thing, whose id is in a parameter.
func of(parameter string, answer func(c *call, id int64) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		id, err := c.form.number(parameter)
		if err != nil {
			return nil, err
		}
		return answer(c, id)
	}
}

// call is one request to an endpoint, and the user who makes it.
type call struct {
	tx   records.Tx
	user records.User
	form form
}

// managed returns the chain of a folder or file, or refuses when the caller does not manage it.
func (c *call) managed(fileID int64) ([]records.File, error) {
	chain, err := c.tx.Chain(fileID)
	if err == nil && !c.user.MayManage(chain) {
		err = records.Refuse(records.CodeNoPermission,
			"没有权限: 不是超级管理员, 也没有该文件或文件夹的管理权限: %d", fileID)
	}
	return chain, err
}

const errorPage = "<html>\n<head><title>500 Internal Server Error</title></head>\n<body><h1>500 Internal Server " +
	"Error</h1></body>\n</html>\n"

// Server answers for the drive.
type Server struct {
	*server.Shared
	blobs blobs
}

// New removes what the end of an earlier process has left unfinished.
func New(shared *server.Shared) (*Server, error) {
	s := &Server{shared, blobs{shared.Store.Files()}}
	return s, s.sweep()
}

// ServeHTTP answers any call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, uploadPath+"/") {
		s.serveUpload(w, r)
		return
	}
	e, known := endpoints[r.URL.Path]
	if !known {
		s.Calls.Count("other")
		reply(w, http.StatusNotFound, records.Refuse(records.CodeNoPath, "接口不存在"))
		return
	}
	s.Calls.Count(r.URL.Path)
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		reply(w, http.StatusMethodNotAllowed, records.Refuse(records.CodeMethod, "只支持POST请求"))
		return
	}
	f, err := readForm(w, r, s.admit)
	if err != nil {
		server.AnswerEarly(w, r, func() { replyError(w, err) })
		return
	}
	fault := s.Faults.Draw(w, r, r.URL.Path, f)
	if fault.Fail {
		respondErrorPage(w)
		return
	}
	var said any
	err = s.carryOut(e.writes, f, func(c *call) (err error) { said, err = e.answer(c); return err })
	if fault.Lose {
		faults.Cut()
	}
	if files, is := said.(stream); is && err == nil {
		if err = files(w, s.blobs); err == nil {
			return
		}
	}
	if err != nil {
		replyError(w, err)
		return
	}
	reply(w, http.StatusOK, said)
}

// admit refuses a token that nobody has.
func (s *Server) admit(token string) error {
	return s.Store.Read(func(t store.Tx) error { _, err := records.Tx{Tx: t}.Authenticate(token); return err })
}

// carryOut runs do, in a transaction, for the user of the form's token.
func (s *Server) carryOut(writes bool, f form, do func(*call) error) error {
	run := s.Store.Read
	if writes {
		run = s.Store.Write
	}
	return run(func(t store.Tx) error {
		tx := records.Tx{Tx: t}
		u, err := tx.Authenticate(f["token"])
		if err == nil {
			err = do(&call{tx: tx, user: u, form: f})
		}
		return err
	})
}

// replyError answers with a refusal, or with HTTP 500 when the sandbox itself failed.
func replyError(w http.ResponseWriter, err error) {
	if _, refused := err.(*records.Refusal); refused {
		reply(w, http.StatusOK, err)
		return
	}
	reply(w, http.StatusInternalServerError, records.Refuse(records.CodeInternal, "服务器内部错误: %v", err))
}

func respondErrorPage(w http.ResponseWriter) {
	server.Respond(w, http.StatusInternalServerError, "text/html; charset=utf-8", []byte(errorPage))
}

func reply(w http.ResponseWriter, status int, said any) {
	const media = "application/json; charset=utf-8"
	switch said := said.(type) {
	case written:
		server.Respond(w, status, media, said)
	case answer:
		said["code"] = records.CodeDone
		server.RespondJSON(w, status, media, said)
	default:
		server.RespondJSON(w, status, media, said)
	}
}
