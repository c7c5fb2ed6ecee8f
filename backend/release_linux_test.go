//go:build !race

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"realname.example/backend/internal/command"
	"realname.example/backend/internal/config"
)

// read returns a file that a release brings.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(packaged, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// systemd-analyze takes a mistyped key or value for none; with
// --recursive-errors=no, and no line of output, it does not.
func TestSystemdHasNoComplaintAboutTheUnit(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd is not installed")
	}
	for _, test := range []struct {
		name  string
		mend  *strings.Replacer
		right bool
	}{
		{"as it is", strings.NewReplacer(), true},
		{"a mistyped key", strings.NewReplacer("ProtectSystem", "ProtectSytem"), false},
		{"a mistyped value", strings.NewReplacer("Restart=on-failure", "Restart=on-failures"), false},
	} {
		folder := t.TempDir()
		file := filepath.Join(folder, "realname.service")
		text := strings.ReplaceAll(test.mend.Replace(read(t, "realname.service")), "/opt/realname/backend", "/bin/true") // it is not installed here
		drop := filepath.Join(file+".d", "secrets.conf")
		err := errors.Join(os.WriteFile(file, []byte(text), 0o600), os.Mkdir(file+".d", 0o700), os.WriteFile(drop, []byte(read(t, "secrets.conf")), 0o600))
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--recursive-errors=no", "--man=no", file).CombinedOutput()
		if right := err == nil && len(out) == 0; right != test.right {
			t.Errorf("%s: %v\n%s", test.name, err, out)
		}
	}
}

// A machine that boots has its database late: the service ends with an error
// that systemd tries again after, and serves once the database is there.
func TestTheServiceWaitsForALateDatabase(t *testing.T) {
	database := postgres.URL(t)
	late := newLateListener(t)
	root := t.TempDir()
	m := newManager(t, root)
	listen := "127.0.0.1:" + freePort(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rooted := strings.NewReplacer("/opt/realname", filepath.Join(root, "opt"), "/etc/realname", filepath.Join(root, "etc"), "/var/lib/realname", filepath.Join(root, "var/lib/realname"))
	settings := strings.Join([]string{
		"REALNAME_LISTEN=" + listen, "REALNAME_MODELS=" + root, "REALNAME_SANDBOX_PASSWORD=correct-horse-battery",
		"REALNAME_DATABASE_URL=" + regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(database, late.Addr().String()),
	}, "\n")
	place := &manual{t: t, root: root}
	place.write(filepath.Join(root, "etc/systemd/system/realname.service"), rooted.Replace(read(t, "realname.service")))
	place.write(filepath.Join(root, "etc/environment"), settings)
	if err := errors.Join(os.Mkdir(filepath.Join(root, "opt"), 0o700), os.Symlink(self, filepath.Join(root, "opt/backend"))); err != nil {
		t.Fatal(err)
	}
	if err := m.carryOut([]string{"start", "realname"}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		<-m.starts
	}
	late.lead(regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(database))
	var out, errs bytes.Buffer
	code := command.Run(t.Context(), []string{"health", "--wait", "60s"}, environment(&out, &errs, map[string]string{"REALNAME_LISTEN": listen}))
	if code != 0 || out.String() != "ready\n" {
		said, _ := os.ReadFile(filepath.Join(root, "realname.log"))
		t.Errorf("%d %s%s\n%s", code, &out, &errs, said)
	}
}

// lateListener drops connections until it is told where they lead.
type lateListener struct {
	net.Listener
	mu sync.Mutex
	to string
}

func newLateListener(t *testing.T) *lateListener {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	late := &lateListener{Listener: l}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go late.pass(conn)
		}
	}()
	return late
}

func (l *lateListener) lead(to string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = to
}

func (l *lateListener) pass(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	l.mu.Lock()
	to := l.to
	l.mu.Unlock()
	if to == "" {
		return
	}
	onward, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(onward, conn)
		_ = onward.Close()
	}()
	_, _ = io.Copy(conn, onward)
}

// Where nothing is served health says so, and asks whether the settings are the
// server's.
func TestHealthSaysWhyNot(t *testing.T) {
	var out, errs bytes.Buffer
	set := map[string]string{"REALNAME_LISTEN": "127.0.0.1:" + freePort(t)}
	code := command.Run(t.Context(), []string{"health"}, environment(&out, &errs, set))
	if code != 1 || !strings.Contains(errs.String(), "no server answers at http://"+set["REALNAME_LISTEN"]) {
		t.Errorf("%d %s%s", code, &out, &errs)
	}
}

func environment(out, errs io.Writer, set map[string]string) command.Env {
	return command.Env{
		Stdout: out, Stderr: errs, Getenv: func(name string) string { return set[name] }, Environ: func() []string { return nil }, Now: time.Now,
	}
}

// compose is what a test reads of compose.yaml.
type compose struct {
	Services map[string]struct {
		Build       struct{ Context, Dockerfile string }
		EnvFile     string `yaml:"env_file"`
		Environment map[string]string
		Secrets     []string
		Volumes     []string
		Ports       []string
		Healthcheck struct{ Test []string }
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	}
	Volumes  map[string]any
	Secrets  map[string]struct{ File string }
	Networks map[string]struct {
		IPAM struct{ Config []struct{ Subnet string } }
	}
}

// No container engine runs here: what the compose file names is there, and
// production takes its settings.
func TestWhatTheComposeFileNamesIsThere(t *testing.T) {
	var c compose
	if err := yaml.Unmarshal([]byte(read(t, "compose.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	backend := c.Services["backend"]
	read(t, backend.Build.Dockerfile)
	for name, s := range c.Services {
		for _, secret := range s.Secrets {
			if c.Secrets[secret].File == "" {
				t.Errorf("%s has a secret %s of no file", name, secret)
			}
		}
		for _, value := range s.Environment {
			if secret, isSecret := strings.CutPrefix(value, "/run/secrets/"); isSecret && !slices.Contains(s.Secrets, secret) {
				t.Errorf("%s reads the secret %s, which it is not given", name, secret)
			}
		}
		for other, on := range s.DependsOn {
			if on.Condition == "service_healthy" && len(c.Services[other].Healthcheck.Test) == 0 {
				t.Errorf("%s waits for the health of %s, which has no check", name, other)
			}
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if _, known := c.Volumes[source]; !known && !strings.HasPrefix(source, "./") {
				t.Errorf("%s mounts %s, which is neither a volume nor a file", name, source)
			}
		}
	}
	checkComposeSettings(t, backend.Environment)
	checkComposeTakesTheManualsSettings(t, &c)
	checkHealthCommand(t, backend.Healthcheck.Test[1:])
}

// checkComposeTakesTheManualsSettings says that what the settings of the manual
// name is there in the container too, and that its proxy is known.
func checkComposeTakesTheManualsSettings(t *testing.T, c *compose) {
	t.Helper()
	manual, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	backend := c.Services["backend"]
	named := 0
	for _, s := range sections(t, string(manual)) {
		for _, f := range s.files {
			if !strings.HasPrefix(f.path, "/etc/realname/") {
				continue
			}
			for _, path := range regexp.MustCompile(`/etc/realname/[\w/.-]+`).FindAllString(f.text, -1) {
				named++
				if !slices.ContainsFunc(backend.Volumes, func(v string) bool { return strings.HasSuffix(v, ":"+path+":ro") }) {
					t.Errorf("%s names %s, which the container does not have", f.path, path)
				}
			}
		}
	}
	if named == 0 {
		t.Error("the manual's settings name no file")
	}
	network := c.Networks["default"].IPAM.Config
	if len(network) != 1 || network[0].Subnet == "" || backend.Environment["REALNAME_TRUSTED_PROXIES"] != network[0].Subnet {
		t.Errorf("the proxy comes by %v, and %q is trusted", network, backend.Environment["REALNAME_TRUSTED_PROXIES"])
	}
}

func checkComposeSettings(t *testing.T, set map[string]string) {
	t.Helper()
	var names []string
	environment := map[string]string{ // what realname.env is there for
		"REALNAME_PUBLIC_URL": "https://verify.example.org", "REALNAME_CARRIER": "registry", "REALNAME_PORTRAITS": "registry", "REALNAME_SMS": "http",
	}
	for name, value := range set {
		names = append(names, name+"="+value)
		if path, isFile := strings.CutPrefix(value, "/run/secrets/"); isFile {
			value = filepath.Join(t.TempDir(), path)
			if err := os.WriteFile(value, []byte("postgres://realname:p@database/realname"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		environment[name] = value
	}
	if unknown, err := config.Unknown(names); err != nil || len(unknown) > 0 {
		t.Errorf("no settings: %v, %v", unknown, err)
	}
	cfg, err := config.Load(nil, func(name string) string { return environment[name] })
	if err == nil {
		err = cfg.Check()
	}
	if err != nil {
		t.Error(err)
	}
}

// checkHealthCommand takes a health check apart, and asks whether the program
// has such a command.
func checkHealthCommand(t *testing.T, command []string) {
	t.Helper()
	if len(command) < 2 || command[0] != "/opt/realname/backend" {
		t.Fatalf("the health check is %v", command)
	}
	if code, out := helpOf(t, command[1:]); code != 0 {
		t.Errorf("%v: %s", command, out)
	}
}

func helpOf(t *testing.T, words []string) (int, string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := command.Run(t.Context(), append(slices.Clone(words), "--help"), environment(&out, &errs, nil))
	return code, out.String() + errs.String()
}

// Each thing that the Containerfile copies is packed, and its programs are
// commands.
func TestWhatTheContainerfileNamesIsPacked(t *testing.T) {
	text := read(t, "Containerfile")
	packs := read(t, "pack")
	copies := regexp.MustCompile(`(?m)^COPY (\S+) /opt/realname/(\S+)$`).FindAllStringSubmatch(text, -1)
	if len(copies) == 0 {
		t.Fatal("it copies nothing")
	}
	for _, c := range copies {
		if c[1] != c[2] || !strings.Contains(packs, "$folder/"+c[1]) {
			t.Errorf("%s becomes %s, and pack makes no such thing", c[1], c[2])
		}
	}
	for _, file := range []string{"realname.service", "secrets.conf", "command", "Containerfile", "compose.yaml", "alerts.yml", "dashboard.json"} {
		if !strings.Contains(packs, ".package/backend/"+file) {
			t.Errorf("pack leaves %s out", file)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)(?:CMD|ENTRYPOINT) (\[.*\])$`).FindAllStringSubmatch(text, -1) {
		var words []string
		if err := json.Unmarshal([]byte(m[1]), &words); err != nil {
			t.Fatal(err)
		}
		if words[0] == "/opt/realname/backend" {
			words = words[1:]
		}
		if code, out := helpOf(t, words); code != 0 {
			t.Errorf("%v: %s", words, out)
		}
	}
	unknown, err := config.Unknown(regexp.MustCompile(`REALNAME_[A-Z_]+=`).FindAllString(text, -1))
	if err != nil || len(unknown) > 0 {
		t.Errorf("no settings: %v, %v", unknown, err)
	}
}

// A command finds each setting as the service does: systemd takes a value as it
// stands, and runs and expands nothing.
func TestACommandReadsTheSettingsAsSystemdDoes(t *testing.T) {
	root := t.TempDir()
	place := &manual{t: t, root: root}
	command := strings.NewReplacer("/opt/realname", root, "/etc/realname", root, "/var/lib/realname", root).Replace(read(t, "command"))
	place.write(filepath.Join(root, "command"), command)
	place.write(filepath.Join(root, "setpriv"), "#!/bin/sh\nexec env -0\n")
	if err := os.Chmod(filepath.Join(root, "setpriv"), 0o755); err != nil {
		t.Fatal(err)
	}
	run := func(settings string) (string, error) {
		place.write(filepath.Join(root, "environment"), settings)
		c := exec.CommandContext(t.Context(), "sh", filepath.Join(root, "command"), "serve")
		c.Env, c.Dir = []string{"PATH=" + root + ":/usr/bin:/bin"}, root
		out, err := c.CombinedOutput()
		return string(out), err
	}
	for line, want := range map[string]string{
		"REALNAME_NAME=Wang & Sons":                       "REALNAME_NAME=Wang & Sons",
		"REALNAME_NAME=a;touch ran":                       "REALNAME_NAME=a;touch ran",
		"REALNAME_NAME=$HOME `touch ran` $(id)":           "REALNAME_NAME=$HOME `touch ran` $(id)",
		"  REALNAME_NAME=实名 认证  ":                         "REALNAME_NAME=实名 认证",
		`REALNAME_NAME=" two  words "`:                    "REALNAME_NAME= two  words ",
		`REALNAME_NAME="\"q\" \$5 \n"`:                    `REALNAME_NAME="q" $5 \n`,
		`REALNAME_NAME='$5 & "q" \n'`:                     `REALNAME_NAME=$5 & "q" \n`,
		`REALNAME_NAME=a\\b 'c' "d"`:                      `REALNAME_NAME=a\b 'c' "d"`,
		"REALNAME_NAME=YWJj==":                            "REALNAME_NAME=YWJj==",
		"REALNAME_NAME=":                                  "REALNAME_NAME=",
		"; a comment\n# REALNAME_NAME=x\nREALNAME_NAME=y": "REALNAME_NAME=y",
	} {
		out, err := run("REALNAME_CARRIER=registry\n" + line) // the last line has no end
		if said := strings.Split(out, "\x00"); err != nil || !slices.Contains(said, want) || !slices.Contains(said, "REALNAME_CARRIER=registry") {
			t.Errorf("%s: %v\n%q", line, err, out)
		}
	}
	for _, line := range []string{"REALNAME_NAME=\"a\nb\"", "REALNAME_NAME=a\\\nb", "REALNAME_NAME='a' b"} {
		if out, err := run(line + "\n"); err == nil || !strings.Contains(out, "write the value of REALNAME_NAME on one line") {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "ran")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a value was run")
	}
}
