package programtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
)

// console does what somebody does in the drive's web console. It calls the documented interface itself, not through the
// client under test.
//
//	console WHERE USER list FILE
//	console WHERE USER add FILE TITLE USERID       one step, any one of one approver, any approval type
//	console WHERE USER edit FILE TEMPLATE KEY=JSON ...
//	console WHERE USER remove TEMPLATE
//
// WHERE is a URL, with the tokens of its users in the environment as TOKEN_username, or the database of an embedded
// drive.
func console() {
	if err := useConsole(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "console:", err)
		os.Exit(1)
	}
}

// consoleRun is the console as one user has it open.
type consoleRun struct {
	client *http.Client
	url    string
	token  string
}

func useConsole(args []string) error {
	if len(args) < 4 {
		return fmt.Errorf("too few arguments: %q", args)
	}
	where, user, verb, args := args[0], args[1], args[2], args[3:]
	d := consoleRun{client: http.DefaultClient, url: where, token: os.Getenv("TOKEN_" + user)}
	if !strings.HasPrefix(where, "http") {
		box, err := sandbox.Open(sandbox.Options{Path: where})
		if err != nil {
			return err
		}
		defer box.Close()
		d.client, d.url = &http.Client{Transport: box.Transport()}, "http://sandbox"
		for _, t := range box.Tokens() {
			if t.Username == user {
				d.token = t.Token
			}
		}
	}
	switch verb {
	case "list":
		return d.list(args[0])
	case "add":
		at := slices.IndexFunc(records.ExampleUsers, func(u records.User) bool { return fmt.Sprint(u.ID) == args[2] })
		who := records.ExampleUsers[at]
		content := map[string]any{
			"approvalType": "1", "approverAuth": 0, "ccAuth": 0, "desc": "", "destFolderId": 0, "mark": false,
			"title": args[1], "uids": []int{},
			"step": []any{map[string]any{"approvalNum": 0, "ids": []string{args[2]}, "name": "审批",
				"realnames": []string{who.Realname}, "type": 2, "usernames": []string{who.Username}}},
		}
		return d.set(args[0], "0", 0, content)
	case "edit":
		return d.edit(args[0], args[1], args[2:])
	case "remove":
		_, err := d.call("/app/approval/remove-templet", url.Values{"id": {args[0]}})
		return err
	}
	return fmt.Errorf("unknown verb %q", verb)
}

type wireTemplate struct {
	ID      json.Number `json:"id"`
	FileID  json.Number `json:"fileId"`
	Title   string      `json:"title"`
	MType   json.Number `json:"mType"`
	Editor  json.Number `json:"editorId"`
	Content string      `json:"content"`
}

func (d consoleRun) templates(file string) ([]wireTemplate, error) {
	body, err := d.call("/app/approval/templet-list", url.Values{"fileId": {file}})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data []wireTemplate `json:"data"`
	}
	return answer.Data, json.Unmarshal(body, &answer)
}

func (d consoleRun) list(file string) error {
	list, err := d.templates(file)
	for _, t := range list {
		fmt.Printf("%s %s on %s by %s %s\n", t.ID, t.Title, t.FileID, t.Editor,
			strings.Join(strings.Fields(t.Content), ""))
	}
	return err
}

func (d consoleRun) edit(file, id string, changes []string) error {
	list, err := d.templates(file)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.ID.String() != id {
			continue
		}
		var content map[string]any
		if err := json.Unmarshal([]byte(t.Content), &content); err != nil {
			return err
		}
		for _, c := range changes {
			key, text, _ := strings.Cut(c, "=")
			var value any
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				return fmt.Errorf("%s: %w", c, err)
			}
			content[key] = value
		}
		mType, _ := t.MType.Int64()
		return d.set(t.FileID.String(), id, mType, content)
	}
	return fmt.Errorf("no template %s on %s", id, file)
}

func (d consoleRun) set(file, id string, mType int64, content map[string]any) error {
	text, err := json.MarshalIndent(content, "", "    ")
	if err != nil {
		return err
	}
	_, err = d.call("/app/approval/set-templet", url.Values{
		"fileId": {file}, "tid": {id}, "title": {fmt.Sprint(content["title"])}, "mType": {fmt.Sprint(mType)},
		"content": {string(text)},
	})
	return err
}

func (d consoleRun) call(path string, form url.Values) ([]byte, error) {
	form.Set("token", d.token)
	r, err := d.client.PostForm(d.url+path, form)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Code json.Number `json:"code"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Code != "0" {
		return nil, fmt.Errorf("%s: HTTP %d: %s", path, r.StatusCode, body)
	}
	return body, nil
}
