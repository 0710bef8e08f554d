package sandbox

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"
)

// maxBody is how many bytes of a call are read.
const maxBody = 16 << 20

// form holds the fields of a POST, of a field sent twice the first.
type form map[string]string

// readForm reads the body, which may be form-encoded or multipart. What the address carries does not count.
func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var err error
	switch media {
	case "application/x-www-form-urlencoded":
		err = r.ParseForm()
	case "multipart/form-data":
		err = r.ParseMultipartForm(maxBody)
		if r.MultipartForm != nil {
			defer r.MultipartForm.RemoveAll()
		}
	default:
		return nil, refuse(CodeForm, "请求必须是application/x-www-form-urlencoded或multipart/form-data")
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, refuse(CodeForm, "请求超过%d字节", maxBody)
	}
	if err != nil {
		return nil, refuse(CodeForm, "请求不是有效的表单")
	}
	return flatten(r.PostForm)
}

func flatten(values url.Values) (form, error) {
	f := make(form, len(values))
	for name, v := range values {
		if len(v) == 0 {
			continue
		}
		if !utf8.ValidString(name) || !utf8.ValidString(v[0]) {
			return nil, refuse(CodeForm, "参数不是有效的UTF-8")
		}
		f[name] = v[0]
	}
	return f, nil
}

// text returns a field that must be there.
func (f form) text(name string) (string, error) {
	v, ok := f[name]
	if !ok {
		return "", refuse(CodeParam, "缺少参数: %s", name)
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
		return 0, refuse(CodeParam, "参数错误: %s必须是不小于0的整数", name)
	}
	return int64(n), nil
}
