package e2e_test

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"realname.example/backend/internal/store/pgtest"
	"realname.example/backend/internal/tooltest"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// smallDisk mounts a disk of its own, in memory, of so many MB.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "realname-disk-") // PostgreSQL runs as another user
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(folder) })
	err = syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=1777", megabytes))
	if errors.Is(err, syscall.EPERM) {
		t.Skip("only root mounts a disk")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// fill takes all the room that is left on a disk, until it is given back.
func fill(t *testing.T, folder string) (giveBack func()) {
	t.Helper()
	path := filepath.Join(folder, "ballast")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for piece := make([]byte, 1<<16); len(piece) > 0; {
		if _, err := file.Write(piece); errors.Is(err, syscall.ENOSPC) {
			piece = piece[:len(piece)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// underWay is somebody who was sent a code and has not typed it.
type underWay struct {
	*server
	account *client.Account
	id      verification.ID
	code    api.CodeCheck
}

func (s *server) underWay() underWay {
	s.t.Helper()
	a, p := s.signUp("under-way"), s.person("张伟")
	v, err := a.Begin(s.t.Context(), byMobile(p))
	if err == nil {
		_, err = a.SendCode(s.t.Context(), v.ID)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return underWay{s, a, v.ID, api.CodeCheck{Code: lastCode(s.t, s.client, p.Mobile)}}
}

// readiness returns what /readyz says once its last try to write is too old.
func (s *server) readiness() int {
	s.t.Helper()
	s.clock.Advance(5 * time.Second)
	status, _ := raw{server: s}.do("GET", "/readyz", "")
	return status
}

// passes shows that the database takes nothing, heals it, and shows that the same
// call then passes by itself and that nothing was half done.
func (u underWay) passes(heal func()) {
	u.t.Helper()
	var full error
	for n := 0; full == nil; n++ { // a table may have room in its last page
		_, full = u.client.CreateAccount(u.t.Context(), api.Credentials{Username: "more-" + strconv.Itoa(n), Password: password})
	}
	if refused := mustProblem(u.t, full, problem.Busy); refused.RetryAfter == 0 {
		u.t.Error("no Retry-After")
	}
	if got := u.readiness(); got != http.StatusServiceUnavailable {
		u.t.Errorf("/readyz says %d", got)
	}
	heal()
	if got := u.readiness(); got != http.StatusOK {
		u.t.Errorf("afterwards /readyz says %d", got)
	}
	v, err := u.account.CheckCode(u.t.Context(), u.id, u.code)
	mustView(u.t, v, err, verification.Verified, "")
	if _, err := u.app.Store.Seal(u.t.Context()); err != nil {
		u.t.Error(err)
	}
	if report, err := u.app.Store.VerifyAudit(u.t.Context(), nil); err != nil || report.Entries == 0 {
		u.t.Errorf("the audit trail: %+v, %v", report, err)
	}
	if said := u.log.String(); strings.Contains(said, `"code":"internal"`) {
		u.t.Error("a call ended in an internal error")
	}
}

func TestAFullDiskUnderSQLiteIsBusyAndThenRightAgain(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.Data = smallDisk(t, 16)
	u := start(t, cfg).underWay()
	u.passes(fill(t, cfg.Data))
	var said string
	if err := u.app.Store.Pool().QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
		t.Errorf("the file: %s, %v", said, err)
	}
}

func TestAFullDiskUnderPostgreSQLIsBusyAndThenRightAgain(t *testing.T) {
	disk := smallDisk(t, 40)
	cfg := sandboxConfig(t)
	var err error
	if cfg.DatabaseURL, err = postgres.Server(t).NewDatabaseIn(t.Context(), disk); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Server(t).DropDatabaseIn(); err != nil {
			t.Error(err)
		}
	})
	u := start(t, cfg).underWay()
	u.passes(fill(t, disk))
}

// Where the disk of its log is full, PostgreSQL ends itself, and does not come up
// until there is room.
func TestAFullDiskUnderPostgreSQLsLogLosesNothing(t *testing.T) {
	disk := smallDisk(t, 96)
	own := ownPostgres(t, func() (*pgtest.Server, error) { return pgtest.StartWithLog(disk) })
	cfg := sandboxConfig(t)
	var err error
	if cfg.DatabaseURL, err = own.NewDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	u := start(t, cfg).underWay()
	room := fill(t, disk)
	if err := own.UseLog(t.Context()); err == nil {
		t.Fatal("the log had room")
	}
	u.passes(func() {
		room()
		if err := own.Revive(); err != nil {
			t.Fatal(err)
		}
	})
}

// failSync makes every fsync of some processes fail, as a disk that breaks does,
// until it is healed.
func failSync(t *testing.T, pids ...int) (heal func()) {
	t.Helper()
	arguments := []string{"-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO"}
	for _, pid := range pids {
		arguments = append(arguments, "-p", strconv.Itoa(pid))
	}
	strace := exec.Command(tooltest.Find(t, "strace"), arguments...)
	strace.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	said, err := strace.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := strace.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	for attached := 0; attached < len(pids); attached++ {
		if !lines.Scan() || !strings.Contains(lines.Text(), "attached") {
			_ = strace.Wait()
			t.Skipf("strace may not look into other processes: %s", lines.Text())
		}
	}
	go func() {
		for lines.Scan() { // strace waits for its reader
		}
	}()
	return func() {
		t.Helper()
		if err := strace.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		_ = strace.Wait() // it ends by the signal
	}
}

// A disk that takes data and does not keep it: what was not synced was not done.
func TestFailingFsyncUnderSQLiteIsBusyAndThenRightAgain(t *testing.T) {
	folder := t.TempDir()
	env := []string{
		"REALNAME_LISTEN=127.0.0.1:0", "REALNAME_DATA=" + folder, "REALNAME_SANDBOX_PASSWORD=" + password, "REALNAME_MODELS=" + folder,
		"REALNAME_DATABASE_TIMEOUT=1m", // a busy machine is no fault, and a sync that fails is told at once
	}
	address, process, _ := spawn(t, env...)
	c := newClient(t, address)
	who := api.Person{Name: "张伟", Number: "110100199003070111", Mobile: "13800000001"}
	a := signUp(t, c, "under-way")
	v, err := a.Begin(t.Context(), byMobile(who))
	if err == nil {
		_, err = a.SendCode(t.Context(), v.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	code := api.CodeCheck{Code: lastCode(t, c, who.Mobile)}
	heal := failSync(t, process.Process.Pid)
	_, err = a.CheckCode(t.Context(), v.ID, code)
	if refused := mustProblem(t, err, problem.Busy); refused.RetryAfter == 0 {
		t.Error("no Retry-After")
	}
	becomes := func(status int) {
		t.Helper()
		if err := poll(t, "/readyz says "+strconv.Itoa(status), func() bool { return readiness(t, address) == status }); err != nil {
			t.Fatal(err)
		}
	}
	becomes(http.StatusServiceUnavailable) // once it has tried to write
	heal()
	becomes(http.StatusOK)
	v, err = a.CheckCode(t.Context(), v.ID, code)
	mustView(t, v, err, verification.Verified, "")
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = process.Wait() // it says that it was killed
	cfg := sandboxConfig(t)
	cfg.Data = folder
	s := start(t, cfg)
	v, err = s.signIn("under-way").View(t.Context(), v.ID)
	mustView(t, v, err, verification.Verified, "")
	if report, err := s.app.Store.VerifyAudit(t.Context(), nil); err != nil || report.Entries == 0 {
		t.Errorf("the audit trail: %+v, %v", report, err)
	}
}

// readiness is what /readyz says.
func readiness(t *testing.T, address string) int {
	t.Helper()
	response, err := http.Get(address + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// PostgreSQL ends itself rather than go on with a log that it could not sync.
func TestFailingFsyncUnderPostgreSQLLosesNothing(t *testing.T) {
	own := ownPostgres(t, pgtest.Start)
	cfg := sandboxConfig(t)
	var err error
	if cfg.DatabaseURL, err = own.NewDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	u := start(t, cfg).underWay()
	pids, err := own.Processes()
	if err != nil {
		t.Fatal(err)
	}
	heal := failSync(t, pids...)
	u.passes(func() {
		heal()
		if err := own.Revive(); err != nil {
			t.Fatal(err)
		}
	})
}
