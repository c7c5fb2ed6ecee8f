//go:build cluster

package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"realname.example/shared/client"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// machine is one program of the cluster, in a process group of its own, so that all
// of it ends as a machine does that loses its power.
type machine struct {
	t       *testing.T
	command []string
	as      *syscall.Credential
	log     string
	pidFile string // of what it started in another session
	process *exec.Cmd
}

func (m *machine) start() {
	m.t.Helper()
	log, err := os.OpenFile(m.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		m.t.Fatal(err)
	}
	defer log.Close()
	m.process = exec.Command(m.command[0], m.command[1:]...)
	m.process.Stdout, m.process.Stderr, m.process.Dir = log, log, filepath.Dir(m.log)
	m.process.SysProcAttr = &syscall.SysProcAttr{Credential: m.as, Setpgid: true}
	if err := m.process.Start(); err != nil {
		m.t.Fatal(err)
	}
}

// kill ends the program and what it started: PostgreSQL, under Patroni, is of a session
// of its own.
func (m *machine) kill() {
	_ = syscall.Kill(-m.process.Process.Pid, syscall.SIGKILL)
	_ = m.process.Wait() // it says that it was killed
	if file, err := os.ReadFile(m.pidFile); err == nil {
		first, _, _ := strings.Cut(string(file), "\n")
		if pid, err := strconv.Atoi(first); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// cluster is what an installation on several machines has: etcd, PostgreSQL's primary
// and its standby under Patroni, PgBouncer, three backends behind HAProxy.
type cluster struct {
	*wreck
	folder   string
	database map[string]*machine // by the name that Patroni gives it
	bouncer  *machine
	ports    map[string]string // addresses, of what listens

	counting sync.Mutex
	answers  map[string]int // by what came
}

var databases = []string{"one", "two"}

// newCluster starts everything but the backends.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	folder, err := os.MkdirTemp("", "realname-cluster-") // PostgreSQL runs as another user
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the logs are in %s", folder)
			return
		}
		_ = os.RemoveAll(folder)
	})
	c := &cluster{folder: folder, database: map[string]*machine{}, ports: map[string]string{}, answers: map[string]int{}}
	owner := c.owner(t)
	for _, name := range []string{"etcd", "peer", "bouncer", "entry", "primary", "rest-one", "rest-two", "pg-one", "pg-two", "a", "b", "c"} {
		c.ports[name] = freeAddress(t)
	}
	c.machine(t, nil, "etcd", "etcd", "--data-dir", filepath.Join(folder, "etcd"), "--listen-client-urls", "http://"+c.ports["etcd"],
		"--advertise-client-urls", "http://"+c.ports["etcd"], "--listen-peer-urls", "http://"+c.ports["peer"],
		"--initial-advertise-peer-urls", "http://"+c.ports["peer"], "--initial-cluster", "default=http://"+c.ports["peer"])
	for _, name := range databases {
		c.database[name] = c.machine(t, owner, name, "patroni", c.write(t, name+".yml", c.patroni(name)))
		c.database[name].pidFile = filepath.Join(folder, "data-"+name, "postmaster.pid")
	}
	c.machine(t, nil, "haproxy", "haproxy", "-db", "-f", c.write(t, "haproxy.cfg", c.haproxy()))
	c.bouncer = c.machine(t, owner, "bouncer", "/usr/sbin/pgbouncer", c.write(t, "pgbouncer.ini", c.pgbouncer(t)))
	c.untilSynchronous(t)
	return c
}

// owner takes the folder for the user postgres.
func (c *cluster) owner(t *testing.T) *syscall.Credential {
	t.Helper()
	who, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(who.Uid)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.Atoi(who.Gid)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(c.folder, 0o755), os.Chown(c.folder, uid, gid)); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (c *cluster) machine(t *testing.T, as *syscall.Credential, name string, command ...string) *machine {
	t.Helper()
	m := &machine{t: t, command: command, as: as, log: filepath.Join(c.folder, name+".log")}
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Fatalf("%v: see .setup/packages cluster", err)
	}
	if file, err := os.Create(m.log); err == nil { // for the other user too
		_ = errors.Join(file.Chmod(0o666), file.Close())
	}
	m.start()
	t.Cleanup(m.kill)
	return m
}

func (c *cluster) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(c.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// patroni is the settings of one of the two; JSON is YAML.
func (c *cluster) patroni(name string) string {
	type object = map[string]any
	login := func(username string) object { return object{"username": username, "password": "no secret"} }
	settings := object{
		"scope": "realname", "name": name,
		"restapi": object{"listen": c.ports["rest-"+name], "connect_address": c.ports["rest-"+name]},
		"etcd3":   object{"host": c.ports["etcd"]},
		"bootstrap": object{
			"dcs": object{
				"ttl": 20, "loop_wait": 1, "retry_timeout": 3, "synchronous_mode": true,
				"postgresql": object{"use_pg_rewind": true},
			},
			"initdb": []any{object{"encoding": "UTF8"}, object{"locale": "C.UTF-8"}},
		},
		"postgresql": object{
			"listen": c.ports["pg-"+name], "connect_address": c.ports["pg-"+name],
			"data_dir": filepath.Join(c.folder, "data-"+name), "bin_dir": "/usr/lib/postgresql/15/bin", "pgpass": filepath.Join(c.folder, "pass-"+name),
			"pg_hba":         []string{"local all all trust", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"},
			"authentication": object{"superuser": login("realname"), "replication": login("copy"), "rewind": login("rewind")},
			"parameters":     object{"unix_socket_directories": c.folder},
		},
	}
	text, err := json.Marshal(settings)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// haproxy leads people to whichever backend is ready, and PgBouncer to the primary.
func (c *cluster) haproxy() string {
	_, rest1, _ := splitAddress(c.ports["rest-one"])
	_, rest2, _ := splitAddress(c.ports["rest-two"])
	return fmt.Sprintf(`defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  option http-no-delay
  option redispatch
frontend people
  bind %s
  default_backend backends
backend backends
  balance roundrobin
  option httpchk GET /readyz
  default-server check inter 200ms fall 2 rise 1
  server a %s
  server b %s
  server c %s
listen primary
  bind %s
  mode tcp
  option httpchk GET /primary
  default-server check inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
  server one %s port %s
  server two %s port %s
`, c.ports["entry"], c.ports["a"], c.ports["b"], c.ports["c"], c.ports["primary"], c.ports["pg-one"], rest1, c.ports["pg-two"], rest2)
}

func splitAddress(address string) (host, port string, err error) {
	u, err := url.Parse("tcp://" + address)
	if err != nil {
		return "", "", err
	}
	return u.Hostname(), u.Port(), nil
}

func (c *cluster) pgbouncer(t *testing.T) string {
	_, here, _ := splitAddress(c.ports["bouncer"])
	_, primary, _ := splitAddress(c.ports["primary"])
	users := c.write(t, "users", "\"realname\" \"\"\n")
	return fmt.Sprintf("[databases]\n* = host=127.0.0.1 port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %s\nunix_socket_dir =\n"+
		"auth_type = trust\nauth_file = %s\npool_mode = transaction\ndefault_pool_size = 20\nserver_login_retry = 1\n", primary, here, users)
}

// untilSynchronous waits until each commit waits for a standby.
func (c *cluster) untilSynchronous(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		conn, err := pgx.Connect(ctx, c.address("postgres", c.ports["primary"]))
		if err != nil {
			continue
		}
		var n int
		err = conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").Scan(&n)
		_ = conn.Close(ctx)
		if err == nil && n > 0 {
			return
		}
	}
	t.Fatal("no standby follows synchronously")
}

func (c *cluster) address(database, at string) string {
	return "postgres://realname@" + at + "/" + database + "?sslmode=disable"
}

// serveAs starts a backend of a name; what is returned replaces and kills it.
func (c *cluster) serveAs(name string, env ...string) (cmd *exec.Cmd, stop func()) {
	c.t.Helper()
	_, cmd, stop = spawn(c.t, append(append([]string{}, c.env...), append(env, "REALNAME_LISTEN="+c.ports[name])...)...)
	return cmd, stop
}

// count notes what came back for a call.
func (c *cluster) count(r *http.Response, err error) {
	c.counting.Lock()
	defer c.counting.Unlock()
	switch {
	case err != nil:
		c.answers["no answer"]++
	case r.StatusCode >= 500 && r.Header.Get("Content-Type") != problem.ContentType:
		c.answers["HAProxy's "+strconv.Itoa(r.StatusCode)]++
	case r.StatusCode >= 500:
		c.answers["our "+strconv.Itoa(r.StatusCode)]++
	default:
		c.answers["answered"]++
	}
}

// phase says what people saw while something happened, and how long it took.
func (c *cluster) phase(name string, happens func()) map[string]int {
	c.t.Helper()
	begun, first := time.Now(), c.finished()
	c.counting.Lock()
	clear(c.answers)
	c.counting.Unlock()
	happens()
	c.counting.Lock()
	defer c.counting.Unlock()
	took := time.Since(begun)
	c.t.Logf("%s: %.0f s, %.1f flows a second, %v", name, took.Seconds(), float64(c.finished()-first)/took.Seconds(), c.answers)
	return maps.Clone(c.answers)
}

// finished is how many flows came to their end.
func (c *cluster) finished() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ended := range c.ended {
		n += ended
	}
	return n
}

// flows waits until so many more flows came to their end.
func (c *cluster) flows(n int) {
	for until := c.finished() + n; c.finished() < until && c.t.Context().Err() == nil; {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-c.t.Context().Done():
		}
	}
}

// TestAClusterLosesNothing is "make cluster": what an installation on several machines
// goes through, one after another, while people verify.
func TestAClusterLosesNothing(t *testing.T) {
	c := newCluster(t)
	admin, err := pgx.Connect(t.Context(), c.address("postgres", c.ports["primary"]))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(t.Context(), "CREATE DATABASE realname"); err != nil {
		t.Fatal(err)
	}
	if err := admin.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range databases { // the standby has it a little later
		for conn, err := pgx.Connect(t.Context(), c.address("realname", c.ports["pg-"+name])); err != nil || conn.Close(t.Context()) != nil; {
			conn, err = pgx.Connect(t.Context(), c.address("realname", c.ports["pg-"+name]))
		}
	}
	both := "postgres://realname@" + c.ports["pg-one"] + "," + c.ports["pg-two"] + "/realname?sslmode=disable"
	through := c.address("realname", c.ports["bouncer"])
	c.wreck = newWreck(t, through)
	c.cfg.DatabaseURL = both // what is left is read past the pooler
	c.env = append(c.env, "REALNAME_LISTEN_DATABASE_URL="+both)
	c.wreck.address, c.answered = c.ports["entry"], c.count
	close(c.up) // HAProxy always is
	var way, direct line
	var cut, cutDirect string
	way, cut = newLine(t, through)
	direct, cutDirect = newLine(t, c.address("realname", c.ports["primary"]))
	third := []string{"REALNAME_DATABASE_URL=" + cut, "REALNAME_LISTEN_DATABASE_URL=" + cutDirect}
	c.through(func() func() {
		commands, stops := map[string]*exec.Cmd{}, map[string]func(){}
		serve := func(name string) {
			var env []string
			if name == "c" {
				env = third
			}
			commands[name], stops[name] = c.serveAs(name, env...)
		}
		for _, name := range []string{"a", "b", "c"} {
			serve(name)
		}
		c.phase("nothing happens", func() { c.flows(60) })
		replaced := c.phase("each backend is replaced", func() {
			for _, name := range []string{"a", "b", "c"} {
				stops[name]()
				serve(name)
				c.flows(10)
			}
		})
		for _, what := range []string{"no answer", "HAProxy's 502", "HAProxy's 503", "HAProxy's 504"} {
			if replaced[what] > 0 {
				t.Errorf("while backends were replaced, %d times: %s", replaced[what], what)
			}
		}
		c.phase("each backend is killed", func() {
			for _, name := range []string{"a", "b", "c"} {
				_ = commands[name].Process.Kill()
				_ = commands[name].Wait() // it says that it was killed
				c.flows(10)
				serve(name)
			}
		})
		c.phase("a backend is cut off from the database", func() {
			seen := c.watched(func() {
				way.pull()
				direct.pull()
			})
			t.Logf("somebody who watched saw the new status %.1f s after it", seen.Seconds())
			c.flows(20)
			way.plugIn()
			direct.plugIn()
		})
		c.phase("PgBouncer is restarted", func() {
			c.bouncer.kill()
			c.bouncer.start()
			c.flows(20)
		})
		c.phase("the primary is killed", func() {
			lost := c.primary()
			c.database[lost].kill()
			c.flows(20)
			c.database[lost].start()
			c.untilSynchronous(t)
		})
		c.phase("all is well again", func() { c.flows(30) })
		return func() {
			for _, stop := range stops {
				stop()
			}
		}
	})
}

// primary asks Patroni which of the two it is.
func (c *cluster) primary() string {
	c.t.Helper()
	for _, name := range databases {
		r, err := http.Get("http://" + c.ports["rest-"+name] + "/primary")
		if err != nil {
			continue
		}
		_ = r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return name
		}
	}
	c.t.Fatal("nobody is the primary")
	return ""
}

// watched has people watch over every backend, lets something happen, changes what
// they watch, and returns how long the last one took to see it.
func (c *cluster) watched(happens func()) time.Duration {
	c.t.Helper()
	const watchers = 6
	var watching, done sync.WaitGroup
	var changed time.Time
	var last time.Duration
	var mu sync.Mutex
	var people []*person
	for range watchers {
		n := strconv.FormatInt(c.people.Add(1), 10)
		transport, err := client.New(client.Config{Server: "http://" + c.ports["entry"], Device: "测试电脑"})
		if err != nil {
			c.t.Fatal(err)
		}
		p := &person{wreck: c.wreck, n: n, who: numbered(n), method: verification.Mobile, client: transport}
		for p.last == "" {
			if _, err := p.next(c.t.Context()); err != nil {
				c.t.Log(err)
			}
			if p.account != nil && p.last == "" {
				if a, err := p.account.Get(c.t.Context()); err == nil && a.Verification != nil {
					p.last = a.Verification.ID
				}
			}
		}
		people = append(people, p)
		watching.Add(1)
		done.Go(func() {
			seen := sync.OnceFunc(watching.Done)
			for u := range p.account.Watch(c.t.Context(), p.last) {
				seen()
				if u.View.Status.Final() {
					mu.Lock()
					last = max(last, time.Since(changed))
					mu.Unlock()
					return
				}
			}
		})
	}
	watching.Wait()
	happens()
	mu.Lock()
	changed = time.Now()
	mu.Unlock()
	for _, p := range people {
		for p.account.Cancel(c.t.Context(), p.last) != nil {
			if v, err := p.account.View(c.t.Context(), p.last); err == nil && v.Status.Final() {
				break
			}
		}
	}
	done.Wait()
	return last
}
