//go:build unix

package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The first floor: a client that makes the same calls at the same parallelism and only decodes the answers.

// startClient reads every list once; with creates it then makes the templates, reading each list before and after.
func startClient(d *benchDrive, creates bool) *exec.Cmd {
	world, err := json.Marshal(d)
	if err != nil {
		panic(err) // strings and numbers
	}
	return child("client", string(world), strconv.FormatBool(creates))
}

func bareClient(args []string) error {
	c := client{http: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: parallelism}}}
	if err := json.Unmarshal([]byte(args[0]), &c.drive); err != nil {
		return err
	}
	if err := c.read(pathTypes, url.Values{"id": {"0"}, "fileId": {"0"}}, &struct{ Data [][]string }{}); err != nil {
		return err
	}
	if err := c.eachFolder(c.list); err != nil || args[1] != "true" {
		return err
	}
	return c.eachFolder(func(folder int) error {
		errs := []error{c.list(folder)}
		for k := range templatesInFolder {
			errs = append(errs, c.create(folder, k))
		}
		return errors.Join(append(errs, c.list(folder))...)
	})
}

const (
	pathTypes = "/app/approval/templet-content"
	pathLists = "/app/approval/templet-list"
	pathSet   = "/app/approval/set-templet"

	parallelism = 10 // the program's default
)

type client struct {
	drive benchDrive
	http  http.Client
}

func (c *client) eachFolder(do func(int) error) error {
	folders, errs := make(chan int), make(chan error, parallelism)
	for range parallelism {
		go func() {
			var first error
			for folder := range folders {
				if err := do(folder); first == nil {
					first = err
				}
			}
			errs <- first
		}()
	}
	for i := range c.drive.Folders {
		folders <- c.drive.FirstFolder + i
	}
	close(folders)
	var all []error
	for range parallelism {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

func (c *client) read(path string, form url.Values, into any) error {
	form.Set("token", c.drive.Token)
	resp, err := c.http.PostForm(c.drive.URL+path, form)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var code struct{ Code *int }
	if into == nil {
		into = &code
	}
	return json.Unmarshal(body, into)
}

type listAnswer struct {
	Code int
	Data []struct {
		ID, FileID, CreatorID, EditorID, CreateTime, EditTime int64
		MType                                                 int
		Title, Content                                        string
	}
}

type contentAnswer struct {
	ApprovalType, Title, Desc string
	ApproverAuth, CCAuth      int
	Step                      []stepAnswer
	UIDs                      []int64
}

type stepAnswer struct {
	ApprovalNum int      `json:"approvalNum"`
	IDs         []string `json:"ids"`
	Name        string   `json:"name"`
	Realnames   []string `json:"realnames"`
	Type        int      `json:"type"`
	Usernames   []string `json:"usernames"`
}

func (c *client) list(folder int) error {
	var list listAnswer
	if err := c.read(pathLists, url.Values{"fileId": {strconv.Itoa(folder)}}, &list); err != nil {
		return err
	}
	if list.Code != 0 {
		return fmt.Errorf("list %d: code %d", folder, list.Code)
	}
	for _, t := range list.Data {
		var content contentAnswer
		if err := json.Unmarshal([]byte(t.Content), &content); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) create(folder, k int) error {
	title := fmt.Sprintf("第%d类审批%04d", k, folder-c.drive.FirstFolder)
	steps := make([]stepAnswer, 3)
	for s := range steps {
		steps[s] = stepAnswer{Name: []string{"初审", "复审", "终审"}[s], Type: 1 + s}
		for i := range 3 {
			n := (folder + k + 7*s + i) % staff
			steps[s].IDs = append(steps[s].IDs, strconv.Itoa(c.drive.FirstUser+n))
			steps[s].Usernames = append(steps[s].Usernames, staffUsername(n))
			steps[s].Realnames = append(steps[s].Realnames, staffRealname(n))
		}
	}
	content, err := json.Marshal(map[string]any{"approvalType": "2", "approverAuth": 0, "ccAuth": 0, "desc": "",
		"destFolderId": 0, "mark": false, "step": steps, "title": title, "uids": []int{}})
	if err != nil {
		return err
	}
	var answer struct{ Code int }
	err = c.read(pathSet, url.Values{"fileId": {strconv.Itoa(folder)}, "tid": {"0"}, "mType": {"1"}, "title": {title},
		"content": {string(content)}}, &answer)
	if err == nil && answer.Code != 0 {
		err = fmt.Errorf("create %q on %d: code %d", title, folder, answer.Code)
	}
	return err
}

// The second floor: the parser over the same bytes and nothing else, files side by side.

func startParse(files []string) *exec.Cmd { return child("parse", files...) }

func parseAlone(files []string) error {
	errs := make([]error, len(files))
	trees := make([]*hcl.File, len(files)) // kept, as for a real configuration
	var wg sync.WaitGroup
	for i, file := range files {
		wg.Go(func() {
			src, err := os.ReadFile(file)
			if err != nil {
				errs[i] = err
				return
			}
			tree, diags := hclsyntax.ParseConfig(src, file, hcl.InitialPos)
			if diags.HasErrors() {
				errs[i] = diags
			}
			trees[i] = tree
		})
	}
	wg.Wait()
	runtime.KeepAlive(trees)
	return errors.Join(errs...)
}
