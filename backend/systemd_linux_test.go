//go:build !race

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// manager stands in for systemd, which is no process 1 where tests run: it
// starts what the file of a unit says, with its environment and credentials,
// and starts it again where the unit says so, without the wait between.
type manager struct {
	t       testing.TB
	root    string
	servers map[string]proxy

	mu      sync.Mutex
	running map[string]*process
	// starts has a place for each start of a unit from a file.
	starts chan string
}

// proxy is a server of another maker: how it is started, and where it then
// listens.
type proxy struct {
	command []string
	address string
}

// process is a unit that runs; done closes once it has ended for good.
type process struct {
	mu     sync.Mutex
	main   *os.Process
	wanted bool
	done   chan struct{}
}

// socketName is where systemctl finds the manager, below its root.
const socketName = "systemd.sock"

// rootEnv tells systemctl the manager's root.
const rootEnv = "MANUAL_ROOT"

func newManager(t testing.TB, root string) *manager {
	t.Helper()
	m := &manager{t: t, root: root, running: map[string]*process{}, servers: map[string]proxy{}, starts: make(chan string, 1000)}
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "unix", filepath.Join(root, socketName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = l.Close()
		for _, p := range m.running {
			p.stop()
		}
	})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			m.answer(conn)
		}
	}()
	return m
}

// answer carries out one call of systemctl.
func (m *manager) answer(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	var args []string
	if err := json.NewDecoder(conn).Decode(&args); err != nil {
		m.t.Errorf("systemctl: %v", err)
		return
	}
	if err := m.carryOut(args); err != nil {
		_, _ = fmt.Fprintln(conn, err)
	}
}

// systemctl hands its arguments to the manager, and returns the exit code.
func systemctl(args []string) int {
	conn, err := net.Dial("unix", filepath.Join(os.Getenv(rootEnv), socketName))
	if err == nil {
		err = json.NewEncoder(conn).Encode(args)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	said := bufio.NewScanner(conn)
	code := 0
	for said.Scan() {
		fmt.Fprintln(os.Stderr, "systemctl:", said.Text())
		code = 1
	}
	return code
}

func (m *manager) carryOut(args []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch strings.Join(args[:len(args)-1], " ") {
	case "": // daemon-reload: a unit is read at each start
		return nil
	case "start", "enable --now":
		return m.start(args[len(args)-1])
	case "restart":
		m.end(args[len(args)-1])
		return m.start(args[len(args)-1])
	case "stop":
		m.end(args[len(args)-1])
		return nil
	case "reload":
		return m.reload(args[len(args)-1])
	}
	return fmt.Errorf("no stand-in for %v", args)
}

func (m *manager) end(unit string) {
	if p := m.running[unit]; p != nil {
		p.stop()
		delete(m.running, unit)
	}
}

func (p *process) stop() {
	p.mu.Lock()
	p.wanted = false
	if p.main != nil {
		_ = p.main.Signal(syscall.SIGTERM)
	}
	p.mu.Unlock()
	<-p.done
}

func (m *manager) start(unit string) error {
	if s, ok := m.servers[unit]; ok {
		p, err := m.run(unit, s.command, os.Environ(), nil)
		if err != nil {
			return err
		}
		return accepts(s.address, p)
	}
	u, err := m.read(unit)
	if err != nil {
		return err
	}
	environment, err := u.environment(m.root)
	if err != nil {
		return err
	}
	if folder := u.last("StateDirectory"); folder != "" {
		if err := os.MkdirAll(filepath.Join(m.root, "var/lib", folder), 0o700); err != nil {
			return err
		}
	}
	_, err = m.run(unit, strings.Fields(u.last("ExecStart")), environment, u)
	return err
}

// accepts returns once a server takes connections, and why it ended where it
// does not.
func accepts(address string, p *process) error {
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.done:
			return errors.New("it has ended")
		default:
		}
	}
}

// reload signals a unit that runs, and starts one that does not.
func (m *manager) reload(unit string) error {
	p := m.running[unit]
	if p == nil {
		return m.start(unit)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := m.servers[unit]; ok {
		return p.main.Signal(syscall.SIGHUP)
	}
	u, err := m.read(unit)
	if err != nil {
		return err
	}
	command := strings.Fields(strings.ReplaceAll(u.last("ExecReload"), "$MAINPID", strconv.Itoa(p.main.Pid)))
	return exec.Command(command[0], command[1:]...).Run()
}

// run starts a command, and again where its unit says so.
func (m *manager) run(name string, command, environment []string, u unit) (*process, error) {
	log, err := os.OpenFile(filepath.Join(m.root, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	p := &process{wanted: true, done: make(chan struct{})}
	begin := func() (*exec.Cmd, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.wanted {
			return nil, errors.New("stopped")
		}
		c := exec.Command(command[0], command[1:]...)
		c.Env, c.Stdout, c.Stderr, c.Dir = environment, log, log, "/"
		c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := c.Start(); err != nil {
			return nil, err
		}
		p.main = c.Process
		if u != nil {
			m.starts <- name
		}
		return c, nil
	}
	c, err := begin()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	m.running[name] = p
	go func() {
		defer close(p.done)
		defer func() { _ = log.Close() }()
		for err := c.Wait(); u.again(err); err = c.Wait() {
			if c, err = begin(); err != nil {
				return
			}
		}
	}()
	return p, nil
}

// unit is the file of a service with its drop-ins: the values of each key in
// order.
type unit map[string][]string

func (m *manager) read(name string) (unit, error) {
	folder := filepath.Join(m.root, "etc/systemd/system")
	files, err := filepath.Glob(filepath.Join(folder, name+".service.d", "*.conf"))
	if err != nil {
		return nil, err
	}
	u := unit{}
	for _, file := range append([]string{filepath.Join(folder, name+".service")}, files...) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			key, value, isSetting := strings.Cut(strings.TrimSpace(line), "=")
			if isSetting && !strings.HasPrefix(key, "#") {
				u[key] = append(u[key], value)
			}
		}
	}
	return u, nil
}

func (u unit) last(key string) string {
	if len(u[key]) == 0 {
		return ""
	}
	return u[key][len(u[key])-1]
}

// again reports whether a service that ended so is started once more.
func (u unit) again(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) || u.last("Restart") != "on-failure" || u.last("StartLimitIntervalSec") != "0" {
		return false
	}
	clean := exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGTERM
	return !clean && !slices.Contains(strings.Fields(u.last("RestartPreventExitStatus")), strconv.Itoa(exit.ExitCode()))
}

// environment is what the service finds: nothing of the test's own.
func (u unit) environment(root string) ([]string, error) {
	credentials := filepath.Join(root, "run/credentials")
	if err := os.MkdirAll(credentials, 0o700); err != nil {
		return nil, err
	}
	out := []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "CREDENTIALS_DIRECTORY=" + credentials}
	for _, line := range u["LoadCredential"] {
		id, path, _ := strings.Cut(line, ":")
		secret, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(credentials, id), secret, 0o400)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, line := range u["Environment"] {
		out = append(out, strings.ReplaceAll(line, "%d", credentials))
	}
	for _, file := range u["EnvironmentFile"] {
		text, err := os.ReadFile(strings.TrimPrefix(file, "-"))
		if errors.Is(err, os.ErrNotExist) && strings.HasPrefix(file, "-") {
			continue
		}
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out, nil
}
