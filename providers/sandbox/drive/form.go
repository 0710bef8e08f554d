package drive

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/server"
)

// form has the fields of a POST; of a field that is sent twice, the first.
type form map[string]string

// readForm reads the body, form-encoded or multipart; fields in the address do not count. It asks admit about the token
// as soon as that has arrived, and reads no more when admit refuses: a caller without a token cannot make the sandbox
// read much.
func readForm(w http.ResponseWriter, r *http.Request, admit func(token string) error) (form, error) {
	body := http.MaxBytesReader(w, r.Body, server.MaxBody)
	media, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	f := form{}
	var refused error
	take := func(name, value string) error {
		_, twice := f[name]
		switch {
		case !utf8.ValidString(name) || !utf8.ValidString(value):
			refused = records.Refuse(records.CodeForm, "参数不是有效的UTF-8")
		case twice:
		default:
			f[name] = value
			if name == "token" {
				refused = admit(value)
			}
		}
		return refused
	}
	var err error
	switch media {
	case "application/x-www-form-urlencoded":
		err = readEncoded(body, take)
	case "multipart/form-data":
		err = readMultipart(body, parameters["boundary"], take)
	default:
		return nil, records.Refuse(records.CodeForm, "请求必须是application/x-www-form-urlencoded或multipart/form-data")
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, records.Refuse(records.CodeForm, "请求超过%d字节", server.MaxBody)
	}
	if refused == nil && err == errNotEncoded {
		return nil, records.Refuse(records.CodeForm, "请求不是有效的表单: 参数中的;要写作%%3B, %%要写作%%25")
	} else if refused == nil && err != nil {
		return nil, records.Refuse(records.CodeForm, "请求不是有效的表单")
	}
	return f, refused
}

var errNotEncoded = errors.New("a name or a value that is not percent-encoded")

func readEncoded(body io.Reader, take func(name, value string) error) error {
	in := bufio.NewReader(body)
	for {
		pair, end := in.ReadString('&')
		if end != nil && end != io.EOF {
			return end
		}
		if pair = strings.TrimSuffix(pair, "&"); pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			name, err1 := url.QueryUnescape(name)
			value, err2 := url.QueryUnescape(value)
			if err := cmp.Or(err1, err2); err != nil || strings.Contains(pair, ";") {
				return errNotEncoded
			}
			if err := take(name, value); err != nil {
				return err
			}
		}
		if end == io.EOF {
			return nil
		}
	}
}

func readMultipart(body io.Reader, boundary string, take func(name, value string) error) error {
	if boundary == "" {
		return http.ErrMissingBoundary
	}
	for parts := multipart.NewReader(body, boundary); ; {
		part, err := parts.NextPart()
		if err == io.EOF { // itself: a form that is cut short gives one that wraps it
			return nil
		}
		if err != nil {
			return err
		}
		value, err := io.ReadAll(part)
		if err == nil && part.FormName() != "" && part.FileName() == "" {
			err = take(part.FormName(), string(value))
		}
		if err != nil {
			return err
		}
	}
}

// text returns a field that must be there.
func (f form) text(name string) (string, error) {
	v, ok := f[name]
	if !ok {
		return "", records.Refuse(records.CodeParam, "缺少参数: %s", name)
	}
	return v, nil
}

// number returns a field that must be there and hold decimal digits alone.
func (f form) number(name string) (int64, error) {
	v, err := f.text(name)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(v, 10, 63)
	if err != nil {
		return 0, records.Refuse(records.CodeParam, "参数错误: %s必须是不小于0的整数", name)
	}
	return int64(n), nil
}

// readJSON reads a field that is a text of JSON. code is that of a refusal.
func readJSON(name, text string, code int, v any) error {
	_, err := server.ReadJSON([]byte(text), v)
	if wrong, is := errors.AsType[*json.UnmarshalTypeError](err); is {
		if wrong.Field != "" {
			name += "." + wrong.Field
		}
		return records.Refuse(code, "%s不能是%s", name, wrong.Value)
	} else if err != nil {
		return records.Refuse(code, "%s不是有效的JSON: %v", name, err)
	}
	return nil
}
