//go:build unix && !quick

// Package s3test starts a real S3 store for tests: versitygw, which heeds conditions of writes, over a temporary
// folder. It is built once, from Go's module proxy, and kept where the user's caches are. Nothing of it is in the
// program.
package s3test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/signer"
)

// Bucket is there on every server, and AccessKey with SecretKey may do everything to it.
const Bucket, AccessKey, SecretKey = "countersign", "countersign-tests", "geheimnis-of-the-store"

// version is the first that publishes an object under the lock that its condition is checked under, so that of writes
// at one time that say the same one wins.
const version = "v1.8.0"

// Server is a store on a port of this machine.
type Server struct {
	Address string // http://127.0.0.1:PORT

	program, dir string
	in           io.Closer
	cmd          *exec.Cmd
}

// Start starts a store that ends with the test, or with the process at the latest.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := install()
	if err != nil {
		t.Fatalf("install versitygw, a store for tests: %v", err)
	}
	s := &Server{program: program, dir: t.TempDir()}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = "http://" + free.Addr().String()
	free.Close()
	s.Restart(t)
	t.Cleanup(s.stop)
	store, err := minio.New(s.host(), &minio.Options{Creds: credentials.NewStaticV4(AccessKey, SecretKey, ""),
		Region: "us-east-1", BucketLookup: minio.BucketLookupPath})
	if err == nil {
		err = store.MakeBucket(context.Background(), Bucket, minio.MakeBucketOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Server) host() string { return s.Address[len("http://"):] }

// keeper runs a program until nobody holds its input open any more.
const keeper = `"$0" "$@" & cat >/dev/null; kill -9 $!; wait`

// Restart kills the store, if it runs, and starts it again with what it has kept.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.stop()
	s.cmd = exec.Command("sh", "-c", keeper, s.program, "--port", s.host(), "--quiet", "posix", s.dir)
	s.cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+SecretKey)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		answer, err := http.Get(s.Address)
		if err == nil {
			answer.Body.Close()
			return
		}
		if n == 600 {
			said, _ := os.ReadFile(log.Name())
			t.Fatalf("versitygw does not answer: %v\n%s", err, said)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Age makes all objects in the bucket older by so long, as if they had been written earlier.
func (s *Server) Age(t testing.TB, by time.Duration) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(s.dir, Bucket), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			err = os.Chtimes(path, time.Time{}, info.ModTime().Add(-by))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *Server) stop() {
	if s.cmd != nil {
		s.in.Close()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// Proxy passes calls on to the store as they are.
func (s *Server) Proxy() http.Handler {
	to, err := url.Parse(s.Address)
	if err != nil {
		panic(err)
	}
	return &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // which is signed
	}}
}

// Ignoring is the store as one that ignores the conditions of writes that stand in some headers. They are signed, so
// what is without them is signed anew.
func (s *Server) Ignoring(headers ...string) http.Handler {
	store := s.Proxy()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			for _, name := range append(headers, "Authorization") {
				r.Header.Del(name)
			}
			r.URL.Host = r.Host
			r = signer.SignV4(*r, AccessKey, SecretKey, "", "us-east-1")
		}
		store.ServeHTTP(w, r)
	})
}

// install builds versitygw, once for each version.
func install() (program string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "countersign-test", fmt.Sprintf("versitygw-%s-%s", version, runtime.GOARCH))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	lock := flock.New(filepath.Join(dir, "lock")) // other tests may be at it too
	if err := lock.Lock(); err != nil {
		return "", err
	}
	defer lock.Unlock()
	program = filepath.Join(dir, "versitygw")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	build := exec.Command("go", "install", "-ldflags=-s -w", "github.com/versity/versitygw/cmd/versitygw@"+version)
	build.Dir = dir
	build.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w; is Go's module proxy within reach?\n%s", err, said)
	}
	return program, nil
}
