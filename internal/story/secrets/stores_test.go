//go:build unix && !quick

package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"countersign/internal/programtest"
	"countersign/state/httpstate/httpstatetest"
	"countersign/state/postgres/postgrestest"
	"countersign/state/s3/s3test"
)

const (
	httpPassword = `Ge/heim+nis 77 für "uns"`
	passphrase   = `richtig & lang/genug+ölig`
	wrongSecret  = `falsch/aber+geheim & lang`
)

// place is a store of states: what a configuration says of it, the environment that leads to it, and all that it keeps.
type place struct {
	block   string // up to its end, for more to be said in it
	environ map[string]string
	secrets []string // names of the variables that are secret
	kept    func(t *testing.T) string
	fail    func(bool) // makes it take no state any more; nil: it cannot
}

func places(t *testing.T) map[string]place {
	server := httpstatetest.New()
	echo := programtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		if password != httpPassword { // as a careless server refuses
			http.Error(w, fmt.Sprintf("who is %v? %q? %s?", r.Header["Authorization"], password,
				url.QueryEscape(password)), http.StatusForbidden)
			return
		}
		server.ServeHTTP(w, r)
	}), nil)
	database, store := postgrestest.Shared(t), s3test.Start(t)
	pg := map[string]string{}
	for _, variable := range database.Environment() {
		name, value, _ := strings.Cut(variable, "=")
		pg[name] = value
	}
	return map[string]place{
		"local": {block: "state \"local\" {\n"},
		"http": {block: "state \"http\" {\n", environ: map[string]string{
			"TF_HTTP_ADDRESS": echo + "/s", "TF_HTTP_LOCK_ADDRESS": echo + "/s/lock", "TF_HTTP_RETRY_MAX": "0",
			"TF_HTTP_USERNAME": "pipeline", "TF_HTTP_PASSWORD": httpPassword}, secrets: []string{"TF_HTTP_PASSWORD"},
			kept: func(*testing.T) string { return string(server.Document("/s")) + string(server.Document("/s-journal")) },
			fail: func(yes bool) { server.Refuse(map[bool]string{true: "/s"}[yes]) }},
		"postgres": {block: "state \"postgres\" {\n name = \"approvals\"\n", environ: pg, secrets: []string{"PGPASSWORD"},
			kept: func(t *testing.T) string {
				t.Setenv("PGPASSWORD", postgrestest.Password)
				c, err := pgx.Connect(t.Context(), database.ConnStr())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close(t.Context())
				rows, _ := c.Query(t.Context(), `SELECT s::text FROM countersign.countersign_states s UNION ALL
SELECT convert_from(text, 'UTF8') || coalesce(holder, '') FROM countersign.countersign_versions UNION ALL
SELECT convert_from(e, 'UTF8') FROM countersign.countersign_journals, unnest(entries) e`)
				all, err := pgx.CollectRows(rows, pgx.RowTo[string])
				if err != nil {
					t.Fatal(err)
				}
				return strings.Join(all, "\n")
			}},
		"s3": {block: fmt.Sprintf("state \"s3\" {\n bucket = %q\n key = \"state.json\"\n endpoint = %q\n"+
			" use_path_style = true\n", s3test.Bucket, store.Address),
			environ: map[string]string{"AWS_ACCESS_KEY_ID": s3test.AccessKey, "AWS_SECRET_ACCESS_KEY": s3test.SecretKey},
			secrets: []string{"AWS_SECRET_ACCESS_KEY"}, kept: func(t *testing.T) (all string) {
				c, err := minio.New(strings.TrimPrefix(store.Address, "http://"), &minio.Options{Region: "us-east-1",
					Creds: credentials.NewStaticV4(s3test.AccessKey, s3test.SecretKey, "")})
				if err != nil {
					t.Fatal(err)
				}
				for o := range c.ListObjects(t.Context(), s3test.Bucket, minio.ListObjectsOptions{Recursive: true}) {
					body, err := c.GetObject(t.Context(), s3test.Bucket, o.Key, minio.GetObjectOptions{})
					if err != nil {
						t.Fatal(err)
					}
					text, err := io.ReadAll(body)
					if err != nil {
						t.Fatal(err)
					}
					all += string(text)
				}
				return all
			}},
	}
}

// TestStoresKeepSecrets takes a configuration through its whole life over each of the four stores, with an encrypted
// state and the most detailed log, through failures in which the drive and the store repeat what they were sent. None of
// the secrets that the runs used is in what they print, write and keep.
func TestStoresKeepSecrets(t *testing.T) {
	for name, p := range places(t) {
		t.Run(name, func(t *testing.T) {
			d := programtest.NewTwisted(t, "")
			provider := strings.Replace(string(programtest.Read(t, filepath.Join(d.Dir, "main.hcl"))), "retries  = 0",
				"retries = 0\n  lost_write_wait = \"1s\"", 1)
			configure := func(title string) {
				programtest.Write(t, filepath.Join(d.Dir, "main.hcl"),
					provider+p.block+"  encryption {}\n}\n"+programtest.Policy(title))
			}
			environ := maps.Clone(p.environ)
			if environ == nil {
				environ = map[string]string{}
			}
			environ["COUNTERSIGN_STATE_PASSPHRASE"] = passphrase
			environ["COUNTERSIGN_LOG"], environ["COUNTERSIGN_LOG_FILE"] = "trace", "run.log"
			used := map[string]string{"the token": d.Token, "the passphrase": passphrase, "what was wrong": wrongSecret}
			for _, name := range p.secrets {
				used[name] = environ[name]
			}
			all := ""
			run := func(code int, args ...string) {
				t.Helper()
				cmd := d.Command(args...)
				for name, value := range environ {
					cmd.Env = append(cmd.Env, name+"="+value)
				}
				out, err := cmd.CombinedOutput()
				if cmd.ProcessState.ExitCode() != code {
					t.Fatalf("countersign %v: %v, not exit code %d\n%s", args, err, code, out)
				}
				all += string(out)
			}
			configure("申请修改")
			run(0, "apply", "-auto-approve")
			configure("申请修改二")
			run(0, "plan", "-out=next.plan", "-json-into=plan.json", "-report=html=report.html", "-report=markdown=report.md",
				"-report=sarif=report.sarif")
			run(0, "lock", "-reason", "change freeze")
			run(1, "apply", "-auto-approve")
			run(0, "unlock")
			run(0, "apply", "next.plan")
			run(0, "drift", "-json")
			run(0, "state", "list")
			run(0, "state", "pull")

			// The drive fails from a write on, and repeats what it was sent, so that the journal keeps a write without
			// its outcome.
			var failing atomic.Bool
			repeat := func(w http.ResponseWriter, r *http.Request, answer []byte) {
				if strings.HasSuffix(r.URL.Path, "/set-templet") {
					failing.Store(true)
				}
				if failing.Load() {
					http.Error(w, fmt.Sprintf("%s %s %s", d.Token, url.QueryEscape(d.Token),
						base64.StdEncoding.EncodeToString([]byte("x"+d.Token))), http.StatusBadGateway)
					return
				}
				_, _ = w.Write(answer)
			}
			d.Twist.Store(&repeat)
			configure("申请修改三")
			run(1, "apply", "-auto-approve")
			keeps := ""
			if p.kept != nil {
				keeps = p.kept(t) // with the journal of what was interrupted
			}
			d.Twist.Store(nil)
			run(0, "apply", "-auto-approve")
			if p.fail != nil {
				configure("申请修改四")
				p.fail(true)
				run(1, "apply", "-auto-approve")
				p.fail(false)
				run(0, "apply", "-auto-approve")
			}

			// Wrong secrets are refused, and secrets too.
			for _, name := range append(p.secrets, "COUNTERSIGN_STATE_PASSPHRASE", "YOMICLOUD_TOKEN") {
				given := maps.Clone(environ)
				environ[name] = wrongSecret
				run(1, "plan", "-json")
				environ = given
			}
			if p.kept != nil {
				keeps += p.kept(t)
			}
			all += keeps + files(t, d.Dir)
			for _, must := range []string{"level=TRACE", "template.modify", `"sealed"`, "countersign sealed plan", "<html",
				"state locked"} {
				if !strings.Contains(all, must) {
					t.Errorf("%q is in nothing that was looked through", must)
				}
			}
			for what, secret := range used {
				for _, form := range wholeForms(secret) {
					if i := strings.Index(all, form); i >= 0 {
						t.Errorf("%s is printed as %q: %q", what, form, all[max(0, i-300):min(len(all), i+100)])
					}
				}
			}
		})
	}
}

// files are all that a run has left in a folder, but the configuration.
func files(t *testing.T, dir string) (all string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Base(path) == "main.hcl" {
			return err
		}
		text, err := os.ReadFile(path)
		all += string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// wholeForms are a whole secret in clear, and as addresses, JSON, pages, hexadecimal digits and base64 have it, wherever
// in a longer text it stands.
func wholeForms(secret string) []string {
	quoted, _ := json.Marshal(secret)
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(quoted), `"`),
		html.EscapeString(secret), hex.EncodeToString([]byte(secret))}
	for before := range 3 {
		whole := secret[(3-before)%3:]
		whole = whole[:len(whole)/3*3]
		all = append(all, base64.RawStdEncoding.EncodeToString([]byte(whole)),
			base64.RawURLEncoding.EncodeToString([]byte(whole)))
	}
	return all
}

// TestForms: what is looked for is found, whatever stands around it.
func TestForms(t *testing.T) {
	for _, secret := range []string{httpPassword, passphrase, "token-0123456789"} {
		for _, around := range []string{"", "x", "xy", "pipeline:"} {
			text := around + secret + around
			quoted, _ := json.Marshal(text)
			for _, written := range []string{text, url.QueryEscape(text), string(quoted), html.EscapeString(text),
				base64.StdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text))} {
				if !slices.ContainsFunc(wholeForms(secret), func(form string) bool { return strings.Contains(written, form) }) {
					t.Errorf("%q is not found in %q", secret, written)
				}
			}
		}
	}
}
