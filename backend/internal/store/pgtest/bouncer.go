package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// bouncer is where Debian keeps PgBouncer.
const bouncer = "/usr/sbin/pgbouncer"

// Bouncer puts a PgBouncer in transaction mode before a database of the server
// until the test ends, and returns the address that leads through it. Four
// connections serve all callers, so that each transaction meets another one.
func (l *Lazy) Bouncer(t testing.TB, database string) string {
	t.Helper()
	s := l.Server(t)
	if _, err := os.Stat(bouncer); err != nil {
		if os.Getenv("REALNAME_TEST_POSTGRES") == "required" {
			t.Fatal(err)
		}
		t.Skip("PgBouncer is not installed")
	}
	through, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(s.folder, fmt.Sprint("bouncer", port))
	ini := filepath.Join(folder, "pgbouncer.ini")
	settings := fmt.Sprintf("[databases]\n* = host=127.0.0.1 port=%d\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\n"+
		"unix_socket_dir =\nauth_type = trust\nauth_file = %s/users\npool_mode = transaction\ndefault_pool_size = 4\n", s.Port, port, folder)
	err = errors.Join(os.Mkdir(folder, 0o755), os.WriteFile(ini, []byte(settings), 0o644), //nolint:gosec // PgBouncer reads them as another user
		os.WriteFile(filepath.Join(folder, "users"), []byte("\"realname\" \"\"\n"), 0o644)) //nolint:gosec // the same
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), bouncer, ini)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner, Pdeathsig: syscall.SIGINT}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Wait() }) // the test's context ended it
	through.Host = fmt.Sprintf("127.0.0.1:%d", port)
	for deadline := time.Now().Add(startTimeout); ; {
		conn, err := pgx.Connect(t.Context(), through.String())
		if err == nil {
			if err := conn.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			return through.String()
		}
		if time.Now().After(deadline) {
			t.Fatalf("PgBouncer does not answer: %v", err)
		}
	}
}
