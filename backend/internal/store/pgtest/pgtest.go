// Package pgtest starts a throw-away PostgreSQL for tests. A test binary that
// needs one starts it once in TestMain and gives each test a database of its
// own. It uses the programs that Debian installs; where there are none, tests
// are skipped, unless REALNAME_TEST_POSTGRES=required.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Programs is where Debian keeps the server's programs of version 15.
const Programs = "/usr/lib/postgresql/15/bin"

// startTimeout bounds the wait for a server that has been started.
const startTimeout = 30 * time.Second

// Server is one running PostgreSQL on loopback, in a folder of its own. Those that
// Start and its like make have the settings that it is delivered with: each commit
// is synced.
type Server struct {
	Port int

	folder  string
	flags   []string // of postgres
	process *exec.Cmd
	ended   chan struct{} // closed once process has
	output  *bytes.Buffer
	made    atomic.Int64
	owner   *syscall.Credential
}

// shared is the server of a test binary; it starts when a test first asks.
type shared struct {
	once   sync.Once
	server *Server
	err    error

	prepare  sync.Once
	prepared error // why there is no database to copy
}

// Lazy starts one server for a whole test binary when it is first needed. Call
// Main from TestMain. It syncs commits to the disk where something is measured
// alone: what a commit wrote outlives every process, and no test ends the machine.
type Lazy struct {
	// Prepare, where there is one, fills a database once; each test gets a copy of it.
	// It leaves no connection behind.
	Prepare func(ctx context.Context, url string) error

	shared shared
}

// Main runs the tests and stops the server after them; it returns the code for
// os.Exit.
func (l *Lazy) Main(m *testing.M) int {
	code := m.Run()
	if l.shared.server != nil {
		if err := l.shared.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
			return 1
		}
	}
	return code
}

// Server returns the running server, and skips the test where PostgreSQL is not
// installed.
func (l *Lazy) Server(t testing.TB) *Server {
	t.Helper()
	l.shared.once.Do(func() {
		server := &Server{}
		if !measures() {
			server.flags = []string{"-c", "fsync=off"}
		}
		l.shared.server, l.shared.err = server.start()
	})
	if l.shared.err != nil {
		if errors.Is(l.shared.err, exec.ErrNotFound) && os.Getenv("REALNAME_TEST_POSTGRES") != "required" {
			t.Skip("PostgreSQL 15 is not installed")
		}
		t.Fatal(l.shared.err)
	}
	return l.shared.server
}

// measures reports whether this process runs benchmarks.
func measures() bool {
	f := flag.Lookup("test.bench")
	return f != nil && f.Value.String() != ""
}

// URL returns the address of a new database, a copy of the one that was prepared.
func (l *Lazy) URL(t testing.TB) string {
	t.Helper()
	s := l.Server(t)
	if l.Prepare == nil {
		return l.Empty(t)
	}
	l.shared.prepare.Do(func() {
		if l.shared.prepared = s.admin(t.Context(), "CREATE DATABASE prepared"); l.shared.prepared == nil {
			l.shared.prepared = l.Prepare(t.Context(), s.url("prepared"))
		}
	})
	if l.shared.prepared != nil {
		t.Fatal(l.shared.prepared)
	}
	// By way of the log of changes, which is what it does else, it takes twice the processor time and more.
	url, err := s.newDatabase(t.Context(), " TEMPLATE prepared STRATEGY FILE_COPY")
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// Empty returns the address of a new database without tables.
func (l *Lazy) Empty(t testing.TB) string {
	t.Helper()
	url, err := l.Server(t).NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// Start makes a cluster in a temporary folder and starts it. PostgreSQL refuses
// to run as root, so that it then runs as the user postgres.
func Start() (*Server, error) { return (&Server{}).start() }

// StartWithLog is Start with the log of changes in a folder of a disk, in files of
// 1 MB.
func StartWithLog(disk string) (*Server, error) {
	return (&Server{}).start("--waldir="+filepath.Join(disk, "log"), "--wal-segsize=1")
}

// StartCounting is Start with pg_stat_statements, which counts what is asked.
func StartCounting() (*Server, error) {
	return (&Server{flags: []string{"-c", "shared_preload_libraries=pg_stat_statements"}}).start()
}

// start makes the cluster by initdb with some options.
func (s *Server) start(options ...string) (*Server, error) {
	if _, err := os.Stat(filepath.Join(Programs, "postgres")); err != nil {
		return nil, fmt.Errorf("find PostgreSQL: %w", exec.ErrNotFound)
	}
	s.output = &bytes.Buffer{}
	var err error
	if s.folder, err = os.MkdirTemp("", "realname-pg-"); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	if err := s.begin(options); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.folder))
	}
	return s, nil
}

func (s *Server) begin(options []string) error {
	if err := s.own(); err != nil {
		return err
	}
	if err := s.Command("initdb", append(options, "--username=realname", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
		"--no-sync", "--pgdata="+s.data())...).Run(); err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.Port = port
	return s.run()
}

// run starts the server over its folder, and returns once it answers.
func (s *Server) run() error {
	s.process = s.Command("postgres", append([]string{"-D", s.data(), "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port), "-k", s.folder}, s.flags...)...)
	s.process.Stderr = s.output
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	process, ended := s.process, make(chan struct{})
	s.ended = ended
	go func() {
		_ = process.Wait() // of a server that is ended by a fault it says so
		close(ended)
	}()
	return s.wait()
}

// Crash ends the server at once, as a machine that loses its power does, starts it
// again, and returns once it has recovered and answers.
func (s *Server) Crash() error {
	if err := s.process.Process.Signal(syscall.SIGQUIT); err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	<-s.ended
	return s.run()
}

// Processes lists the server's processes, the first of which started the others.
func (s *Server) Processes() ([]int, error) {
	first := s.process.Process.Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", first, first))
	if err != nil {
		return nil, fmt.Errorf("read processes: %w", err)
	}
	all := []int{first}
	for _, child := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(child)
		if err != nil {
			return nil, fmt.Errorf("read processes: %w", err)
		}
		all = append(all, pid)
	}
	return all, nil
}

// Revive returns once the server answers again: by itself, or started anew where it
// has ended, as a supervisor does.
func (s *Server) Revive() error {
	answers := make(chan error, 1)
	go func() { answers <- s.wait() }()
	select {
	case err := <-answers:
		return err
	case <-s.ended:
		return errors.Join(s.run(), <-answers)
	}
}

// UseLog begins new files of the log of changes.
func (s *Server) UseLog(ctx context.Context) error {
	var switches []string
	for range 200 { // those that were made before are used first
		switches = append(switches, "SELECT pg_logical_emit_message(false, 'test', 'a change')", "SELECT pg_switch_wal()")
	}
	return s.admin(ctx, switches...)
}

// Standby starts a copy of the server that follows it, and has it commit nothing
// that the copy has not (synchronous_standby_names).
func (s *Server) Standby(ctx context.Context) (*Server, error) {
	copied := &Server{output: &bytes.Buffer{}}
	var err error
	if copied.folder, err = os.MkdirTemp("", "realname-pg-"); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	if err := s.follow(ctx, copied); err != nil {
		return nil, errors.Join(err, os.RemoveAll(copied.folder))
	}
	return copied, nil
}

func (s *Server) follow(ctx context.Context, copied *Server) (err error) {
	if err := copied.own(); err != nil {
		return err
	}
	if copied.Port, err = freePort(); err != nil {
		return err
	}
	base := copied.Command("pg_basebackup", "--pgdata="+copied.data(), "--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname="+s.url("postgres"))
	if out, err := base.CombinedOutput(); err != nil {
		return fmt.Errorf("copy PostgreSQL: %w: %s", err, out)
	}
	if err := copied.run(); err != nil { //nolint:contextcheck // it has a time of its own
		return err
	}
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, statement := range []string{"ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("wait for the standby: %w", err)
		}
	}
	return synchronous(ctx, conn)
}

// synchronous returns once a commit waits for the standby.
func synchronous(ctx context.Context, conn *pgx.Conn) error {
	for {
		var n int
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").Scan(&n); err != nil || n > 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Either is a database's address at whichever of two servers takes writes.
func (s *Server) Either(standby *Server, database string) string {
	return strings.Replace(database, fmt.Sprintf(":%d/", s.Port), fmt.Sprintf(":%d,127.0.0.1:%d/", s.Port, standby.Port), 1)
}

// FailOver ends the server at once and makes its standby the primary.
func (s *Server) FailOver(ctx context.Context, standby *Server) error {
	if err := s.process.Process.Signal(syscall.SIGQUIT); err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	<-s.ended
	conn, err := pgx.Connect(ctx, standby.url("postgres"))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "SELECT pg_promote()"); err != nil {
		return fmt.Errorf("promote: %w", err)
	}
	return nil
}

// own gives the folder to the user postgres where this process is root.
func (s *Server) own() error {
	if os.Getuid() != 0 {
		return nil
	}
	postgres, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("find the user postgres: %w", err)
	}
	uid, err := strconv.ParseUint(postgres.Uid, 10, 32)
	if err != nil {
		return fmt.Errorf("read user id: %w", err)
	}
	gid, err := strconv.ParseUint(postgres.Gid, 10, 32)
	if err != nil {
		return fmt.Errorf("read group id: %w", err)
	}
	s.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(s.folder, int(uid), int(gid)); err != nil {
		return fmt.Errorf("give away folder: %w", err)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// Command returns one of PostgreSQL's programs as the server's user, such as
// pg_dump or pgbench.
func (s *Server) Command(program string, arguments ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(Programs, program), arguments...) //nolint:noctx // tests name the program; it ends with Stop
	c.Dir = s.folder
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner, Pdeathsig: syscall.SIGINT}
	return c
}

// wait returns once the server answers.
func (s *Server) wait() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, s.output)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// NewDatabase makes an empty database and returns its address.
func (s *Server) NewDatabase(ctx context.Context) (string, error) { return s.newDatabase(ctx, "") }

func (s *Server) newDatabase(ctx context.Context, how string) (string, error) {
	name := fmt.Sprintf("test%d", s.made.Add(1))
	return s.url(name), s.admin(ctx, "CREATE DATABASE "+name+how)
}

// NewDatabaseIn is NewDatabase with all its tables on a disk.
func (s *Server) NewDatabaseIn(ctx context.Context, disk string) (string, error) {
	if s.owner != nil {
		if err := os.Chown(disk, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			return "", fmt.Errorf("give away disk: %w", err)
		}
	}
	err := s.admin(ctx, "CREATE TABLESPACE disk LOCATION '"+disk+"'", "CREATE DATABASE disk TABLESPACE disk")
	return s.url("disk"), err
}

// DropDatabaseIn leaves a disk of NewDatabaseIn.
func (s *Server) DropDatabaseIn() error {
	return s.admin(context.Background(), "DROP DATABASE disk WITH (FORCE)", "DROP TABLESPACE disk")
}

// admin runs statements one after another, past every database of a test.
func (s *Server) admin(ctx context.Context, statements ...string) error {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func (s *Server) url(database string) string {
	return fmt.Sprintf("postgres://realname@127.0.0.1:%d/%s?sslmode=disable", s.Port, database)
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	var err error
	select {
	case <-s.ended: // before
	default:
		if err = s.process.Process.Signal(syscall.SIGINT); err == nil { // fast shutdown
			<-s.ended
		}
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		return 0, fmt.Errorf("find a port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}
