package chaos

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/programtest"
	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
)

// drive is the sandbox as a process of its own, which can be killed and started again.
type drive struct {
	database string
	process  *exec.Cmd
	tokens   map[string]string // by username
	folders  []int64
	restarts int
}

// superUsers are there besides the example world's: one for each configuration, and somebody at the web console.
var superUsers = []string{"one", "two", "console"}

// newDrive makes a drive's data and starts it behind the proxy.
func newDrive(t *testing.T, dir string, p *proxy) *drive {
	t.Helper()
	d := &drive{database: filepath.Join(dir, "drive.db"), tokens: map[string]string{},
		folders: []int64{72, 73, 74, 75, 7}}
	box, err := sandbox.Open(sandbox.Options{Path: d.database})
	if err != nil {
		t.Fatal(err)
	}
	more, err := sandboxtest.AddFolders(box, 72, "甲方", "乙方")
	if err != nil {
		t.Fatal(err)
	}
	d.folders = append(d.folders, more...)
	for _, name := range superUsers {
		token, err := sandboxtest.AddUser(box, records.User{Username: name, Realname: name, Super: true})
		if err != nil {
			t.Fatal(err)
		}
		d.tokens[name] = token.Token
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.start(p); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.kill(p) })
	return d
}

func (d *drive) start(p *proxy) error {
	d.process = exec.Command("countersign", "sandbox", "-listen", "127.0.0.1:0", "-data", d.database)
	out, err := d.process.StdoutPipe()
	if err == nil {
		err = d.process.Start()
	}
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, after, found := strings.Cut(lines.Text(), "listens on "); found {
			address := strings.TrimSuffix(strings.Fields(after)[0], ".")
			p.backend.Store(&address)
			go io.Copy(io.Discard, out)
			return nil
		}
	}
	return fmt.Errorf("the drive did not start: %v", d.process.Wait())
}

// kill ends the drive as SIGKILL does.
func (d *drive) kill(p *proxy) {
	p.backend.Store(nil)
	_ = d.process.Process.Kill()
	_ = d.process.Wait()
}

// restart kills the drive and starts it again after a moment.
func (d *drive) restart(t *testing.T, p *proxy, pause time.Duration) {
	d.restarts++
	d.kill(p)
	time.Sleep(pause)
	if err := d.start(p); err != nil {
		t.Error(err)
	}
}

// live is a template as the drive has it.
type live struct {
	ID, FileID    int64
	Title         string
	Content       string
	MType         int
	Desc          string
	Steps         []step
	EditTime      int64
	ContentFields map[string]any
}

// call calls the drive itself, as the user at the console; ok is false when it is down.
func (d *drive) call(p *proxy, path string, form url.Values) (data json.RawMessage, ok bool) {
	backend := p.backend.Load()
	if backend == nil {
		return nil, false
	}
	form.Set("token", d.tokens["console"])
	got, err := programtest.Unkept.PostForm(*backend+"/app/approval/"+path, form)
	if err != nil {
		return nil, false
	}
	defer got.Body.Close()
	var answer struct {
		Code int
		Data json.RawMessage
	}
	err = json.NewDecoder(got.Body).Decode(&answer)
	return answer.Data, err == nil && answer.Code == 0
}

// templates lists what is attached to the drive's folders themselves.
func (d *drive) templates(p *proxy) (all []live, ok bool) {
	for _, folder := range d.folders {
		data, ok := d.call(p, "templet-list", url.Values{"fileId": {fmt.Sprint(folder)}})
		var list []live
		if !ok || json.Unmarshal(data, &list) != nil {
			return nil, false
		}
		for _, l := range list {
			if l.FileID != folder {
				continue // it is inherited
			}
			var content struct {
				Desc string
				Step []struct {
					Name string
					Type int
					IDs  []json.Number
				}
			}
			text := []byte(l.Content)
			if json.Unmarshal(text, &content) != nil || json.Unmarshal(text, &l.ContentFields) != nil {
				return nil, false
			}
			l.Desc = content.Desc
			for _, s := range content.Step {
				one := step{Name: s.Name, Any: s.Type == 2}
				for _, id := range s.IDs {
					n, _ := id.Int64()
					one.Approvers = append(one.Approvers, n)
				}
				l.Steps = append(l.Steps, one)
			}
			all = append(all, l)
		}
	}
	return all, true
}

// handEdits is what somebody does in the web console while the program runs.
type handEdits struct {
	known   []live         // templates of the configurations that were there before the round
	foreign map[int64]live // templates made by hand, which the program must never touch
	done    []string       // a line for each, in this round
	made    int
}

// edit makes one change by hand, at random: it edits, renames or removes a template, or makes one.
func (h *handEdits) edit(r *rand.Rand, d *drive, p *proxy) {
	if len(h.known) == 0 || r.IntN(4) == 0 {
		h.add(r, d, p)
		return
	}
	at := r.IntN(len(h.known))
	l := h.known[at]
	if r.IntN(4) == 0 {
		if _, ok := d.call(p, "remove-templet", url.Values{"id": {fmt.Sprint(l.ID)}}); ok {
			h.note("tid %d is removed", l.ID)
		}
		return
	}
	if r.IntN(3) == 0 {
		l.Title = fmt.Sprint("改名 ", l.ID, " ", h.made)
	}
	l.ContentFields["title"], l.ContentFields["desc"] = l.Title, fmt.Sprint("手工 ", h.made)
	h.set(d, p, l.ID, l.FileID, l)
}

func (h *handEdits) add(r *rand.Rand, d *drive, p *proxy) {
	title := fmt.Sprint("手工新建 ", len(h.foreign), " ", r.Uint32())
	l := live{Title: title, MType: 0, FileID: d.folders[r.IntN(len(d.folders))], ContentFields: map[string]any{
		"approvalType": "1", "approverAuth": 0, "ccAuth": 0, "desc": "", "title": title, "uids": []int{},
		"step": []any{map[string]any{"name": "审批", "type": 2, "approvalNum": 0, "ids": []int{7},
			"usernames": []string{"wang"}, "realnames": []string{"王五"}}}}}
	if !h.set(d, p, 0, l.FileID, l) {
		return
	}
	if all, ok := d.templates(p); ok {
		for _, l := range all {
			if l.Title == title {
				h.foreign[l.ID] = l
			}
		}
	}
}

func (h *handEdits) set(d *drive, p *proxy, id, folder int64, l live) bool {
	content, _ := json.Marshal(l.ContentFields)
	_, ok := d.call(p, "set-templet", url.Values{"tid": {fmt.Sprint(id)}, "fileId": {fmt.Sprint(folder)},
		"title": {l.Title}, "mType": {fmt.Sprint(l.MType)}, "content": {string(content)}})
	if ok {
		h.note("tid %d becomes %q on folder %d", id, l.Title, folder)
	}
	return ok
}

func (h *handEdits) note(format string, args ...any) {
	h.made++
	h.done = append(h.done, fmt.Sprintf("---- by hand: "+format+"\n", args...))
}
