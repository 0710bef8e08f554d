//go:build unix

// Package postgrestest starts real PostgreSQL servers for tests, each with a cluster of its own in a temporary folder,
// and what may stand before one: PgBouncer, and a network that loses, delays and repeats. Debian's packages postgresql
// and pgbouncer have the programs; where they cannot be started, the test fails.
package postgrestest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Password is that of the user postgres, who owns a server.
const Password = "geheimnis123"

// Server is a server that listens on a port of this machine.
type Server struct {
	Port     int
	dir, bin string
	end      func()
}

// shared is the server of all tests of a process that do not ask for one of their own.
var shared struct {
	sync.Mutex
	server *Server
}

// Shared is a server for all tests of a process. It ends with the process, however that ends.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		shared.server = start(t)
	}
	return shared.server
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := start(t)
	t.Cleanup(s.end)
	return s
}

// keeper makes a cluster and starts it, and takes it away when nobody holds its input open any more.
const keeper = `
echo "$4" >"$1/password"
"$2/initdb" -D "$1/data" -U postgres -A scram-sha-256 --pwfile="$1/password" -E UTF8 --locale=C --no-sync &&
echo "port=$3
listen_addresses='127.0.0.1'
unix_socket_directories=''
fsync=off" >>"$1/data/postgresql.conf" &&
"$2/pg_ctl" -D "$1/data" -l "$1/log" -w start &&
echo the server is up && cat >/dev/null
"$2/pg_ctl" -D "$1/data" -m immediate stop
cd /
rm -rf "$1"
`

func start(t testing.TB) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "countersign-postgres")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Port: freePort(t), dir: dir, bin: binaries(t)}
	if id := owner(t); id != nil {
		if err := os.Chown(dir, int(id.Uid), int(id.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	s.end = keep(t, dir, "the server is up", "sh", "-c", keeper, "keeper", dir, s.bin, strconv.Itoa(s.Port), Password)
	return s
}

// keep starts a program that ends when its input does: with this process at the latest. It returns once the program has
// said a line.
func keep(t testing.TB, dir, line, name string, args ...string) (end func()) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner(t), Setsid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() {
		in.Close()
		_ = cmd.Wait()
	}
	var said []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), line) {
			go func() {
				for lines.Scan() {
				}
			}()
			return end
		}
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	end()
	t.Fatalf("%s could not be started:\n%s\n%s", name, strings.Join(said, "\n"), log)
	return nil
}

// owner is who a server runs as: it refuses to be root. nil: the user who runs the test.
func owner(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ := strconv.ParseUint(u.Uid, 10, 32)
			gid, _ := strconv.ParseUint(u.Gid, 10, 32)
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	t.Fatal("there is no user postgres or nobody that a server could run as")
	return nil
}

// binaries is the folder with the server's programs, the newest where there are several.
func binaries(t testing.TB) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) + strings.Compare(b, a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		t.Fatal(`the tests need a PostgreSQL server: install the package postgresql, or run "make tools"`)
	}
	return filepath.Dir(found[0])
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// ConnStr leads to a port of this machine, as the user postgres and without the password.
func ConnStr(port int) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=postgres sslmode=disable", port)
}

// ConnStr leads to the server.
func (s *Server) ConnStr() string { return ConnStr(s.Port) }

// Environment leads every client of PostgreSQL to the server.
func (s *Server) Environment() []string {
	return []string{"PGHOST=127.0.0.1", "PGPORT=" + strconv.Itoa(s.Port), "PGUSER=postgres", "PGPASSWORD=" + Password,
		"PGDATABASE=postgres", "PGSSLMODE=disable"}
}

// Control stops or starts the server, in the ways that pg_ctl has.
func (s *Server) Control(t testing.TB, args ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(s.bin, "pg_ctl"), append([]string{"-D", filepath.Join(s.dir, "data"), "-l",
		filepath.Join(s.dir, "log"), "-w"}, args...)...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner(t)}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

// Bouncer starts a PgBouncer before the server, which gives a client a connection for one transaction at a time. It
// returns the port.
func (s *Server) Bouncer(t testing.TB) int {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	users := write("users", fmt.Sprintf("%q %q\n", "postgres", Password))
	config := write("ini", fmt.Sprintf(`[databases]
* = host=127.0.0.1 port=%d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = scram-sha-256
auth_file = %s
pool_mode = transaction
default_pool_size = 3
max_client_conn = 500
`, s.Port, port, users))
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // where Debian has it, which is in few people's PATH
	}
	t.Cleanup(keep(t, dir, "process up", "sh", "-c", `"$@" & cat >/dev/null; kill $!; wait`, "keeper", program, config))
	return port
}
