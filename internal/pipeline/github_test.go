package pipeline

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// gitHub stands in for GitHub: the calls of its documented REST interface that the recipes make, and its runner
// (actions_test.go). It refuses what GitHub refuses: no token, one without the permission, a comment that is too long.
type gitHub struct {
	*forge
	scheme    string // "Bearer"; Gitea and those who call as it does say "token"
	pulls     []*pull
	tickets   []*issue // pull requests are among them, as on GitHub
	said      int      // how many comments were ever made
	artifacts []*artifact
	runs      int
	tokens    map[string]string // of the pipelines, by name
	wrong     map[string]string // instead of those
}

type issue struct {
	number   int
	title    string
	body     string
	open     bool
	author   user
	comments []*comment
	pull     *pull
}

type user struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

type comment struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
	User user   `json:"user"`
}

type pull struct {
	*issue
	branch, head, base string
	merged             time.Time
	as                 string // the commit
}

type artifact struct {
	id, run int
	name    string
	head    string
	created time.Time
	files   map[string][]byte
}

func newGitHub(t *testing.T) host {
	g := &gitHub{forge: newForge(t), scheme: "Bearer", wrong: map[string]string{}}
	g.forge.api = g.handler()
	g.tokens = map[string]string{"YOMICLOUD_TOKEN": g.users["admin"],
		"COUNTERSIGN_RULES_TOKEN": g.token("rules", map[string]string{"rules": "read"})}
	return g
}

// passerby is somebody who comments what the pipeline looks for.
var passerby, robot = user{"passerby", "User"}, user{"github-actions[bot]", "Bot"}

func (g *gitHub) request(branch string) *pull {
	head := g.git(g.repo, "rev-parse", branch)
	for _, p := range g.pulls {
		if p.branch == branch && p.merged.IsZero() {
			p.head = head
			return p
		}
	}
	p := &pull{issue: g.open("Change "+branch, "", user{"zhang", "User"}), branch: branch, head: head, base: "main"}
	p.issue.pull = p
	g.pulls = append(g.pulls, p)
	g.say(p.issue, "<!-- countersign plan -->\nI only look like a plan.", passerby)
	for range 120 { // more than a page
		g.say(p.issue, "+1", passerby)
	}
	return p
}

func (g *gitHub) open(title, body string, by user) *issue {
	i := &issue{number: len(g.tickets) + 1, title: title, body: body, open: true, author: by}
	g.tickets = append(g.tickets, i)
	return i
}

func (g *gitHub) say(i *issue, body string, by user) *comment {
	g.said++
	c := &comment{ID: 1000 + g.said, Body: body, User: by}
	i.comments = append(i.comments, c)
	return c
}

func (g *gitHub) handler() http.Handler {
	mux := http.NewServeMux()
	const repo = "/repos/acme/policies"
	handle := func(pattern, permission, need string, answer func(r *http.Request, body map[string]any) (int, any)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+repo+path, func(w http.ResponseWriter, r *http.Request) {
			status, what := 0, any(nil)
			body := map[string]any{}
			scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			known, may := g.may(token, permission, need)
			switch {
			case scheme != g.scheme || !known:
				status, what = 401, message("Bad credentials")
			case !may:
				status, what = 403, message("Resource not accessible by integration")
			case r.Method != "GET" && json.NewDecoder(r.Body).Decode(&body) != nil:
				status, what = 400, message("Problems parsing JSON")
			default:
				status, what = answer(r, body)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(what)
		})
	}
	// pull requests and issues share numbers, and comments; the token's permission is that of what it is
	handle("GET /issues/{number}/comments", "pull-requests", "read",
		func(r *http.Request, _ map[string]any) (int, any) {
			i := g.numbered(r)
			if i == nil {
				return 404, message("Not Found")
			}
			return 200, page(r, i.comments, 30)
		})
	handle("POST /issues/{number}/comments", "", "", func(r *http.Request, body map[string]any) (int, any) {
		i := g.numbered(r)
		if i == nil {
			return 404, message("Not Found")
		}
		if !g.permitted(r, i) {
			return 403, message("Resource not accessible by integration")
		}
		if bad := tooLong(body["body"]); bad != nil {
			return 422, bad
		}
		return 201, g.say(i, body["body"].(string), robot)
	})
	handle("PATCH /issues/comments/{id}", "", "", func(r *http.Request, body map[string]any) (int, any) {
		for _, i := range g.tickets {
			for _, c := range i.comments {
				if fmt.Sprint(c.ID) != r.PathValue("id") {
					continue
				}
				if !g.permitted(r, i) {
					return 403, message("Resource not accessible by integration")
				}
				if bad := tooLong(body["body"]); bad != nil {
					return 422, bad
				}
				c.Body = body["body"].(string)
				return 200, c
			}
		}
		return 404, message("Not Found")
	})
	handle("GET /commits/{sha}/pulls", "pull-requests", "read", func(r *http.Request, _ map[string]any) (int, any) {
		list := []any{}
		for _, p := range g.pulls {
			at := any(nil)
			if !p.merged.IsZero() {
				at = p.merged.Format(time.RFC3339)
			}
			if p.as == r.PathValue("sha") || p.head == r.PathValue("sha") {
				list = append(list, map[string]any{"number": p.number, "merged_at": at, "merge_commit_sha": p.as,
					"head": map[string]any{"sha": p.head, "ref": p.branch}, "base": map[string]any{"ref": p.base}})
			}
		}
		return 200, list
	})
	handle("GET /actions/artifacts", "actions", "read", func(r *http.Request, _ map[string]any) (int, any) {
		list := []any{}
		for _, a := range g.artifacts {
			if name := r.URL.Query().Get("name"); name == "" || name == a.name {
				list = append(list, map[string]any{"id": a.id, "name": a.name, "expired": false,
					"created_at": a.created.Format(time.RFC3339),
					"workflow_run": map[string]any{"id": a.run, "repository_id": 1, "head_repository_id": 1,
						"head_sha": a.head}})
			}
		}
		return 200, map[string]any{"total_count": len(list), "artifacts": page(r, list, 30)}
	})
	handle("GET /issues", "issues", "read", func(r *http.Request, _ map[string]any) (int, any) {
		list := []any{}
		for _, i := range g.tickets {
			if i.open {
				doc := map[string]any{"number": i.number, "title": i.title, "body": i.body, "user": i.author}
				if i.body == "" {
					doc["body"] = nil
				}
				if i.pull != nil {
					doc["pull_request"] = map[string]any{"url": "…"}
				}
				list = append(list, doc)
			}
		}
		return 200, page(r, list, 30)
	})
	handle("POST /issues", "issues", "write", func(r *http.Request, body map[string]any) (int, any) {
		if body["title"] == nil || tooLong(body["body"]) != nil {
			return 422, message("Validation Failed")
		}
		return 201, map[string]any{"number": g.open(body["title"].(string), body["body"].(string), robot).number}
	})
	handle("PATCH /issues/{number}", "issues", "write", func(r *http.Request, body map[string]any) (int, any) {
		i := g.numbered(r)
		if i == nil {
			return 404, message("Not Found")
		}
		for name, value := range body {
			switch text := fmt.Sprint(value); name {
			case "title":
				i.title = text
			case "body":
				i.body = text
			case "state":
				i.open = text != "closed"
			case "state_reason":
			default:
				return 422, message("Validation Failed")
			}
		}
		return 200, map[string]any{"number": i.number}
	})
	return mux
}

func message(text string) map[string]any { return map[string]any{"message": text} }

// tooLong is GitHub's refusal of a comment, or nil.
func tooLong(body any) map[string]any {
	text, ok := body.(string)
	if !ok || text == "" || len(utf16.Encode([]rune(text))) > 65536 {
		return message("Validation Failed: body is too long (maximum is 65536 characters), or missing")
	}
	return nil
}

// page is the part of a list that was asked for.
func page[T any](r *http.Request, list []T, size int) []T {
	number := 1
	if n, err := strconv.Atoi(r.URL.Query().Get("per_page")); err == nil {
		size = min(n, 100)
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil {
		number = n
	}
	from := min(len(list), (number-1)*size)
	return list[from:min(len(list), from+size)]
}

func (g *gitHub) numbered(r *http.Request) *issue {
	n, _ := strconv.Atoi(r.PathValue("number"))
	if n < 1 || n > len(g.tickets) {
		return nil
	}
	return g.tickets[n-1]
}

// permitted reports whether a token may comment on an issue or a pull request.
func (g *gitHub) permitted(r *http.Request, i *issue) bool {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	_, issues := g.may(token, "issues", "write")
	_, pulls := g.may(token, "pull-requests", "write")
	return issues || i.pull != nil && pulls
}

func (g *gitHub) comments(branch string) []string {
	var found []string
	for _, p := range g.pulls {
		if p.branch != branch {
			continue
		}
		for _, c := range p.issue.comments {
			if c.User == robot {
				found = append(found, c.Body)
			}
		}
	}
	return found
}

func (g *gitHub) issues() []ticket {
	var found []ticket
	for _, i := range g.tickets {
		if i.pull == nil {
			found = append(found, ticket{i.open, i.title, i.body})
		}
	}
	return found
}

func (g *gitHub) setToken(name, value string) {
	if value == "" {
		delete(g.wrong, name)
	} else {
		g.wrong[name] = value
	}
}

func (g *gitHub) readable() map[string][]byte {
	texts := map[string][]byte{}
	for _, i := range g.tickets {
		texts[fmt.Sprint("issue ", i.number)] = []byte(i.title + i.body)
		for _, c := range i.comments {
			texts[fmt.Sprint("comment ", c.ID)] = []byte(c.Body)
		}
	}
	for _, a := range g.artifacts {
		for name, content := range a.files {
			texts[fmt.Sprintf("artifact %s of run %d: %s", a.name, a.run, name)] = content
		}
	}
	return texts
}

// kept is the plan that the last review of a branch has kept.
func (g *gitHub) kept(branch string) []byte { return g.artifactOf(branch).files["reviewed.plan"] }

func (g *gitHub) forgePlan(branch string, plan []byte) {
	g.artifactOf(branch).files["reviewed.plan"] = plan
}

func (g *gitHub) artifactOf(branch string) *artifact {
	head := g.git(g.repo, "rev-parse", branch)
	for i := len(g.artifacts) - 1; i >= 0; i-- {
		if g.artifacts[i].head == head {
			return g.artifacts[i]
		}
	}
	g.t.Fatalf("no plan of %s was kept", branch)
	return nil
}

func (g *gitHub) stored() string { return g.stateOf("countersign.state.json") }
