// Package drive is the drive in the sandbox: all 17 interfaces of the vendor's document (templates in sections 1 to 5,
// approvals in 6 to 10, 15 and 17, their attachments in 11 to 14 and 16) and list-dir (section 18), under their real
// paths. Where the document is silent it takes the narrower reading, so that what it accepts the document says the real
// drive accepts. What the drive keeps is in package records.
package drive

import (
	"encoding/json"
	"net/http"
	"strings"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"
)

// endpoint is one documented interface: it has answer, or stream for files. One that writes runs in Store.Write and
// checks before it changes.
type endpoint struct {
	answer func(*call) ([]byte, error)
	stream func(*call) (stream, error)
	writes bool
}

// stream sends files once the transaction that found them has ended. What it fails on before its first byte is answered
// like any other failure; after that it cuts the connection.
type stream func(http.ResponseWriter, blobs) error

var endpoints = map[string]endpoint{
	"/app/approval/templet-content": {answer: templetContent},
	"/app/approval/set-templet":     {answer: setTemplet, writes: true},
	"/app/approval/templet-list":    {answer: templetList},
	"/app/approval/templet-list2":   {answer: templetList2},
	"/app/approval/remove-templet":  {answer: removeTemplet, writes: true},

	"/app/approval/create-approval":              {answer: createApproval, writes: true},
	"/app/approval/get-creator-list":             {answer: creatorList},
	"/app/approval/view-approval":                {answer: viewApproval},
	"/app/approval/get-handler-list":             {answer: handlerList},
	"/app/approval/handle-step":                  {answer: handleStep, writes: true},
	"/app/approval/create-multifiles-attachment": {answer: createMultifiles, writes: true},
	"/app/approval/download-attachment":          {stream: downloadAttachment},
	"/app/approval/get-attach-list":              {answer: attachList},
	"/app/approval/remove-approval":              {answer: removeApproval, writes: true},
	"/app/approval/download-attachment-zip":      {stream: downloadZip},
	"/app/approval/get-file-approval-log":        {answer: fileApprovalLog},

	"/app/file/list-dir": {answer: listDir},
}

// call is one request to an endpoint, with whoever makes it.
type call struct {
	tx   records.Tx
	user records.User
	form form
}

// managed returns the chain of a folder or file, or refuses when the caller does not manage it.
func (c *call) managed(fileID int64) ([]records.File, error) {
	chain, err := c.tx.Chain(fileID)
	if err == nil && !c.user.MayManage(chain) {
		err = records.Refuse(records.CodeNoPermission, "没有权限: 不是超级管理员, 也没有该文件或文件夹的管理权限: %d", fileID)
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

// New sweeps up what the end of a process has left.
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
	fault := s.Faults.Draw(r.URL.Path, f)
	fault.Wait(w, r)
	if fault.Fail {
		respondErrorPage(w)
		return
	}
	var answer []byte
	var files stream
	if e.stream != nil {
		err = s.carryOut(e.writes, f, func(c *call) (err error) { files, err = e.stream(c); return err })
	} else {
		answer, err = s.answer(e, f)
	}
	if fault.Lose {
		faults.Cut()
	}
	if err == nil && files != nil {
		if err = files(w, s.blobs); err == nil {
			return
		}
	}
	if err != nil {
		replyError(w, err)
		return
	}
	server.Respond(w, http.StatusOK, "application/json; charset=utf-8", answer)
}

// admit refuses a token that nobody has.
func (s *Server) admit(token string) error {
	return s.Store.Read(func(t store.Tx) error { _, err := records.Tx{Tx: t}.Authenticate(token); return err })
}

// answer carries out a call that is answered with JSON.
func (s *Server) answer(e endpoint, f form) (answer []byte, err error) {
	err = s.carryOut(e.writes, f, func(c *call) (err error) { answer, err = e.answer(c); return err })
	return answer, err
}

// carryOut runs do for the user whose token the form has.
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

func encode(v any) ([]byte, error) { return json.Marshal(v) }

func done() ([]byte, error) { return []byte(`{"code":0}`), nil }

func reply(w http.ResponseWriter, status int, refusal error) {
	body, err := json.Marshal(refusal)
	if err != nil { // a Refusal is a number and a string
		panic(err)
	}
	server.Respond(w, status, "application/json; charset=utf-8", body)
}
