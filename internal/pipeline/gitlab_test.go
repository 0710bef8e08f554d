package pipeline

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// gitLab stands in for GitLab: the calls of its documented REST interface that the recipe makes, and its runner
// (gitlab_runner_test.go).
type gitLab struct {
	*forge
	files     *httptest.Server // artifacts are downloaded from here; it must not get the token
	requests  []*mergeRequest
	tickets   []*labIssue
	pipelines []*pipeline
	jobs      []*labJob
	said      int
	variables []variable
	wrong     map[string]string
	me        int
}

type mergeRequest struct {
	iid         int
	branch, sha string
	merged      time.Time
	commit, way string
	notes       []*note
}

type note struct {
	ID     int       `json:"id"`
	Body   string    `json:"body"`
	Author labAuthor `json:"author"`
}

type labAuthor struct {
	ID int `json:"id"`
}

type labIssue struct {
	iid                 int
	title, body, labels string
	open                bool
	notes               []*note
}

type pipeline struct {
	id  int
	sha string
	iid int // of the merge request
}

type labJob struct {
	id       int
	name     string
	pipeline *pipeline
	status   string
	finished time.Time
	files    map[string][]byte
}

// variable is one of those in docs/ci/README.md's table: its environment scope, and whether it is protected.
type variable struct {
	name, value, scope string
	protected          bool
}

const labTime = "2006-01-02T15:04:05.000Z"

func newGitLab(t *testing.T) host {
	g := &gitLab{forge: newForge(t), wrong: map[string]string{}, me: 42}
	g.files = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, values := range r.Header {
			for _, value := range values {
				for _, secret := range g.secrets {
					if strings.Contains(value, secret) {
						t.Errorf("the store of artifacts got a secret")
					}
				}
			}
		}
		var id int
		var name string
		if _, err := fmt.Sscanf(r.URL.Path, "/%d/", &id); err == nil {
			name = strings.SplitN(r.URL.Path, "/", 3)[2]
		}
		_, _ = w.Write(g.jobs[id-1].files[name])
	}))
	t.Cleanup(g.files.Close)
	g.forge.api = g.handler()
	plan := g.token("gitlab-plan", map[string]string{"api": "write"})
	apply := g.token("gitlab-apply", map[string]string{"api": "write", "contents": "write"})
	g.variables = []variable{
		{"YOMICLOUD_TOKEN", g.users["admin"], "countersign/plan", false},
		{"YOMICLOUD_TOKEN", g.users["admin"], "countersign/apply", true},
		{"COUNTERSIGN_GITLAB_TOKEN", plan, "countersign/plan", false},
		{"COUNTERSIGN_GITLAB_TOKEN", apply, "countersign/apply", true},
	}
	return g
}

func (g *gitLab) request(branch string) *mergeRequest {
	sha := g.git(g.repo, "rev-parse", branch)
	for _, m := range g.requests {
		if m.branch == branch && m.merged.IsZero() {
			m.sha = sha
			return m
		}
	}
	m := &mergeRequest{iid: len(g.requests) + 1, branch: branch, sha: sha}
	g.requests = append(g.requests, m)
	g.say(&m.notes, "<!-- countersign plan -->\nI only look like a plan.", 7)
	for range 120 { // more than a page
		g.say(&m.notes, "+1", 7)
	}
	return m
}

func (g *gitLab) say(notes *[]*note, body string, by int) *note {
	g.said++
	n := &note{ID: 1000 + g.said, Body: body, Author: labAuthor{by}}
	*notes = append(*notes, n)
	return n
}

func (g *gitLab) handler() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, answer func(r *http.Request, body map[string]any) (int, any)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /api/v4"+path, func(w http.ResponseWriter, r *http.Request) {
			body := map[string]any{}
			token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			known, may := g.may(token, "api", "write")
			var status int
			var what any
			switch {
			case !bearer || !known:
				status, what = 401, message("401 Unauthorized")
			case !may:
				status, what = 403, message("403 Forbidden")
			case r.Method != "GET" && (r.Header.Get("Content-Type") != "application/json" ||
				json.NewDecoder(r.Body).Decode(&body) != nil):
				status, what = 400, message("400 Bad request")
			default:
				status, what = answer(r, body)
			}
			if to, ok := what.(*url.URL); ok {
				http.Redirect(w, r, to.String(), status)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(what)
		})
	}
	notFound := message("404 Not found")
	request := func(r *http.Request) *mergeRequest {
		for _, m := range g.requests {
			if fmt.Sprint(m.iid) == r.PathValue("iid") {
				return m
			}
		}
		return &mergeRequest{}
	}
	issue := func(r *http.Request) *labIssue {
		for _, i := range g.tickets {
			if fmt.Sprint(i.iid) == r.PathValue("iid") {
				return i
			}
		}
		return &labIssue{}
	}
	handle("GET /user", func(*http.Request, map[string]any) (int, any) { return 200, map[string]any{"id": g.me} })
	handle("GET /projects/7/merge_requests/{iid}/notes", func(r *http.Request, _ map[string]any) (int, any) {
		return 200, page(r, request(r).notes, 20)
	})
	handle("POST /projects/7/merge_requests/{iid}/notes", func(r *http.Request, body map[string]any) (int, any) {
		if m := request(r); m.iid != 0 {
			return noted(body, func(text string) *note { return g.say(&m.notes, text, g.me) })
		}
		return 404, notFound
	})
	handle("PUT /projects/7/merge_requests/{iid}/notes/{id}", func(r *http.Request, body map[string]any) (int, any) {
		for _, n := range request(r).notes {
			if fmt.Sprint(n.ID) != r.PathValue("id") {
				continue
			}
			if n.Author.ID != g.me {
				return 403, message("403 Forbidden")
			}
			return noted(body, func(text string) *note { n.Body = text; return n })
		}
		return 404, notFound
	})
	handle("GET /projects/7/merge_requests/{iid}/approvals", func(*http.Request, map[string]any) (int, any) {
		by := []any{map[string]any{"user": map[string]any{"id": 11}}}
		if g.agreed {
			by = append(by, map[string]any{"user": map[string]any{"id": 12}})
		}
		return 200, map[string]any{"approved_by": by}
	})
	handle("GET /projects/7/repository/commits/{sha}/merge_requests",
		func(r *http.Request, _ map[string]any) (int, any) {
			list := []any{}
			for _, m := range g.requests {
				if m.commit != r.PathValue("sha") && m.sha != r.PathValue("sha") {
					continue
				}
				doc := map[string]any{"iid": m.iid, "state": "opened", "target_branch": "main", "sha": m.sha,
					"merged_at": nil, "merge_commit_sha": nil, "squash_commit_sha": nil}
				if !m.merged.IsZero() {
					doc["state"], doc["merged_at"] = "merged", m.merged.Format(labTime)
					switch m.way {
					case "merge":
						doc["merge_commit_sha"] = m.commit
					case "squash":
						doc["squash_commit_sha"] = m.commit
					}
				}
				list = append(list, doc)
			}
			return 200, list
		})
	handle("GET /projects/7/merge_requests/{iid}/pipelines", func(r *http.Request, _ map[string]any) (int, any) {
		list := []any{}
		for i := len(g.pipelines) - 1; i >= 0; i-- {
			if p := g.pipelines[i]; fmt.Sprint(p.iid) == r.PathValue("iid") {
				list = append(list, map[string]any{"id": p.id, "sha": p.sha})
			}
		}
		return 200, page(r, list, 20)
	})
	handle("GET /projects/7/pipelines/{id}/jobs", func(r *http.Request, _ map[string]any) (int, any) {
		list := []any{}
		for _, j := range g.jobs {
			if fmt.Sprint(j.pipeline.id) == r.PathValue("id") {
				list = append(list, map[string]any{"id": j.id, "name": j.name, "status": j.status,
					"finished_at": j.finished.Format(labTime)})
			}
		}
		return 200, page(r, list, 20)
	})
	handle("GET /projects/7/jobs/{id}/artifacts/{path...}", func(r *http.Request, _ map[string]any) (int, any) {
		for _, j := range g.jobs {
			if _, ok := j.files[r.PathValue("path")]; ok && fmt.Sprint(j.id) == r.PathValue("id") {
				to, _ := url.Parse(fmt.Sprintf("%s/%d/%s", g.files.URL, j.id, r.PathValue("path")))
				return 302, to
			}
		}
		return 404, notFound
	})
	handle("GET /projects/7/issues", func(r *http.Request, _ map[string]any) (int, any) {
		list := []any{}
		for _, i := range g.tickets {
			if i.open && r.URL.Query().Get("state") == "opened" && i.labels == r.URL.Query().Get("labels") {
				list = append(list, map[string]any{"iid": i.iid})
			}
		}
		return 200, page(r, list, 20)
	})
	handle("POST /projects/7/issues", func(r *http.Request, body map[string]any) (int, any) {
		if body["title"] == nil {
			return 400, message("title is missing")
		}
		i := &labIssue{iid: len(g.tickets) + 1, open: true}
		g.tickets = append(g.tickets, i)
		return 201, i.set(body)
	})
	handle("PUT /projects/7/issues/{iid}", func(r *http.Request, body map[string]any) (int, any) {
		if i := issue(r); i.iid != 0 {
			return 200, i.set(body)
		}
		return 404, notFound
	})
	handle("POST /projects/7/issues/{iid}/notes", func(r *http.Request, body map[string]any) (int, any) {
		if i := issue(r); i.iid != 0 {
			return noted(body, func(text string) *note { return g.say(&i.notes, text, g.me) })
		}
		return 404, notFound
	})
	return mux
}

// noted answers a call that writes a note. GitLab does what a line that begins with a slash says ("/merge").
func noted(body map[string]any, write func(string) *note) (int, any) {
	text, _ := body["body"].(string)
	if text == "" || len([]rune(text)) > 1_000_000 {
		return 400, message("400 Bad request")
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "/") {
			return 400, message("a quick action: " + line)
		}
	}
	return 201, write(text)
}

func (i *labIssue) set(body map[string]any) any {
	for name, value := range body {
		switch text := fmt.Sprint(value); name {
		case "title":
			i.title = text
		case "description":
			i.body = text
		case "labels":
			i.labels = text
		case "state_event":
			i.open = text != "close"
		}
	}
	return map[string]any{"iid": i.iid}
}

func (g *gitLab) comments(branch string) []string {
	var found []string
	for _, m := range g.requests {
		for _, n := range m.notes {
			if m.branch == branch && n.Author.ID == g.me {
				found = append(found, n.Body)
			}
		}
	}
	return found
}

func (g *gitLab) issues() []ticket {
	var found []ticket
	for _, i := range g.tickets {
		found = append(found, ticket{i.open, i.title, i.body})
	}
	return found
}

func (g *gitLab) setToken(name, value string) {
	if name == "token" {
		name = "COUNTERSIGN_GITLAB_TOKEN"
	}
	if value == "" {
		delete(g.wrong, name)
	} else {
		g.wrong[name] = value
	}
}

func (g *gitLab) stored() string { return g.stateOf("countersign.state.json") }

func (g *gitLab) readable() map[string][]byte {
	texts := map[string][]byte{}
	for _, m := range g.requests {
		for _, n := range m.notes {
			texts[fmt.Sprint("note ", n.ID)] = []byte(n.Body)
		}
	}
	for _, i := range g.tickets {
		texts[fmt.Sprint("issue ", i.iid)] = []byte(i.title + i.body)
	}
	for _, j := range g.jobs {
		for name, content := range j.files {
			texts[fmt.Sprintf("%s of job %d", name, j.id)] = content
		}
	}
	return texts
}

func (g *gitLab) kept(branch string) []byte {
	return g.planJob(branch).files["countersign-ci/reviewed.plan"]
}

func (g *gitLab) forgePlan(branch string, plan []byte) {
	g.planJob(branch).files["countersign-ci/reviewed.plan"] = plan
}

func (g *gitLab) planJob(branch string) *labJob {
	sha := g.git(g.repo, "rev-parse", branch)
	for i := len(g.jobs) - 1; i >= 0; i-- {
		if j := g.jobs[i]; j.pipeline.sha == sha && j.name == "countersign:plan" {
			return j
		}
	}
	g.t.Fatalf("no plan of %s was made", branch)
	return nil
}
