package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// endpoint is one documented interface: it has answer, or stream for files. One that writes runs in store.write and
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
	tx   txn
	user User
	form form
}

// managed returns the chain of a folder or file, or refuses when the caller does not manage it.
func (c *call) managed(fileID int64) ([]file, error) {
	chain, err := c.tx.chain(fileID)
	if err == nil && !c.user.manages(chain) {
		err = refuse(CodeNoPermission, "没有权限: 不是超级管理员, 也没有该文件或文件夹的管理权限: %d", fileID)
	}
	return chain, err
}

const errorPage = "<html>\n<head><title>500 Internal Server Error</title></head>\n<body><h1>500 Internal Server Error</h1></body>\n</html>\n"

func (s *Sandbox) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, uploadPath+"/") {
		s.serveUpload(w, r)
		return
	}
	e, known := endpoints[r.URL.Path]
	if !known {
		s.count("other")
		reply(w, http.StatusNotFound, refuse(CodeNoPath, "接口不存在"))
		return
	}
	s.count(r.URL.Path)
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		reply(w, http.StatusMethodNotAllowed, refuse(CodeMethod, "只支持POST请求"))
		return
	}
	f, err := readForm(w, r, s.known)
	if err != nil {
		unread(w, r, func() { replyError(w, err) })
		return
	}
	fault := s.faults.draw(r.URL.Path, f)
	fault.wait(w, r)
	if fault.fail {
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
	if fault.lose {
		panic(http.ErrAbortHandler)
	}
	if err == nil && files != nil {
		if err = files(w, s.store.blobs); err == nil {
			return
		}
	}
	if err != nil {
		replyError(w, err)
		return
	}
	respond(w, http.StatusOK, "application/json; charset=utf-8", answer)
}

// known refuses a token that nobody has.
func (s *Sandbox) known(token string) error {
	return s.transact(false, func(t txn) error { _, err := t.authenticate(token); return err })
}

// answer carries out a call that is answered with JSON.
func (s *Sandbox) answer(e endpoint, f form) (answer []byte, err error) {
	err = s.carryOut(e.writes, f, func(c *call) (err error) { answer, err = e.answer(c); return err })
	return answer, err
}

// carryOut runs do for the user whose token the form has.
func (s *Sandbox) carryOut(writes bool, f form, do func(*call) error) error {
	return s.transact(writes, func(t txn) error {
		u, err := t.authenticate(f["token"])
		if err == nil {
			err = do(&call{tx: t, user: u, form: f})
		}
		return err
	})
}

// replyError answers with a refusal, or with HTTP 500 when the sandbox itself failed.
func replyError(w http.ResponseWriter, err error) {
	if _, refused := err.(*Refusal); refused {
		reply(w, http.StatusOK, err)
		return
	}
	reply(w, http.StatusInternalServerError, refuse(CodeInternal, "服务器内部错误: %v", err))
}

func respondErrorPage(w http.ResponseWriter) {
	respond(w, http.StatusInternalServerError, "text/html; charset=utf-8", []byte(errorPage))
}

func encode(v any) ([]byte, error) { return json.Marshal(v) }

func done() ([]byte, error) { return []byte(`{"code":0}`), nil }

func reply(w http.ResponseWriter, status int, refusal error) {
	body, err := json.Marshal(refusal)
	if err != nil { // a Refusal is a number and a string
		panic(err)
	}
	respond(w, status, "application/json; charset=utf-8", body)
}

func respond(w http.ResponseWriter, status int, media string, body []byte) {
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // a client that has gone is nothing to report
}
