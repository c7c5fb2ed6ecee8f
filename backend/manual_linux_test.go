//go:build !race

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"realname.example/backend/internal/store/pgtest"
	"realname.example/backend/internal/tooltest"
	"realname.example/shared/version"
)

// postgres is the server of this package's tests.
var postgres pgtest.Lazy

// archive is a release archive of this machine's backend; without one the test
// packs this binary with the files that a release has.
var archive = flag.String("archive", "", "release archive of the backend to follow the manual with")

// TestMain makes this binary the programs that the manual calls, by the name
// under which it is started.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "backend":
		main()
	case "systemctl":
		os.Exit(systemctl(os.Args[1:]))
	}
	os.Exit(postgres.Main(m))
}

// packaged is where the files that a release brings are in the repository.
const packaged = "../.package/backend"

// manual is the operator's manual as a test plays it: below a root of its own,
// at free ports, with a stand-in for systemd and for what needs a user of its
// own.
type manual struct {
	t        *testing.T
	root     string
	cwd      string
	manager  *manager
	gateway  *smsGateway
	rooted   *strings.Replacer
	database *pgtest.Server
	ports    map[string]string
	roots    *x509.CertPool
}

// section is one chapter: the files that it shows, and its commands in order.
type section struct {
	title  string
	files  []block
	script []string
}

type block struct{ path, text string }

// fence begins a block: its language, and the file that it is.
var fence = regexp.MustCompile("^```([a-z]*)(?: (\\S+))?\n$")

// sections reads a manual. Each block is run (sh), written (one with a path),
// or what a program answers (text).
func sections(t *testing.T, text string) (out []*section) {
	t.Helper()
	var at *section
	for lines := strings.SplitAfter(text, "\n"); len(lines) > 0; lines = lines[1:] {
		line := lines[0]
		begin := fence.FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(line, "## "):
			at = &section{title: strings.TrimSpace(line[3:])}
			out = append(out, at)
		case strings.HasPrefix(line, "    "):
			t.Errorf("no test can tell what this is; put it between fences: %s", line)
		case begin != nil:
			end := indexOf(lines[1:], "```\n")
			if end < 0 || at == nil {
				t.Fatalf("a block of no chapter, or without an end: %s", line)
			}
			body := strings.Join(lines[1:end+1], "")
			switch {
			case begin[2] != "":
				at.files = append(at.files, block{begin[2], body})
			case begin[1] == "sh":
				at.script = append(at.script, body)
			case begin[1] != "text":
				t.Errorf("%s: a block of %q is neither run nor written to a file", at.title, begin[1])
			}
			lines = lines[end+1:]
		}
	}
	return out
}

func indexOf(lines []string, line string) int {
	for i, l := range lines {
		if l == line {
			return i
		}
	}
	return -1
}

// TestTheManualIsPlayed follows docs/operate.md from an archive to verified
// people, and on to the end: each command, each file, each proxy.
func TestTheManualIsPlayed(t *testing.T) {
	text, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	m := newManual(t)
	after := m.checks()
	for _, s := range sections(t, string(text)) {
		m.play(s)
		if check := after[s.title]; check != nil {
			check()
			delete(after, s.title)
		}
	}
	for title := range after {
		t.Errorf("the manual has no chapter %q any more, after which something is checked", title)
	}
}

// play writes the files of a chapter and runs its commands, where those before
// have left the shell.
func (m *manual) play(s *section) {
	m.t.Helper()
	for _, f := range s.files {
		m.write(m.rooted.Replace(f.path), m.rooted.Replace(f.text))
	}
	if len(s.script) == 0 {
		return
	}
	where := m.in("cwd")
	script := m.rooted.Replace(strings.Join(s.script, "\n")) + "\npwd > " + where
	c := exec.CommandContext(m.t.Context(), "bash", "-eux", "-o", "pipefail", "-c", script)
	c.Dir = m.cwd
	c.Env = []string{
		"PATH=" + strings.Join([]string{m.in("shims"), m.in("usr/local/bin"), pgtest.Programs, "/usr/sbin", "/usr/bin", "/bin"}, ":"),
		"HOME=" + m.root, "LC_ALL=C.UTF-8", rootEnv + "=" + m.root, "XDG_DATA_HOME=" + m.in("caddy"),
		"PGHOST=127.0.0.1", fmt.Sprint("PGPORT=", m.database.Port), "PGUSER=realname",
	}
	if out, err := c.CombinedOutput(); err != nil {
		logs, _ := filepath.Glob(m.in("*.log"))
		for _, log := range logs {
			said, _ := os.ReadFile(log)
			out = fmt.Appendf(out, "\n--- %s\n%s", filepath.Base(log), said)
		}
		m.t.Fatalf("%s: %v\n%s", s.title, err, out)
	}
	left, err := os.ReadFile(where)
	if err != nil {
		m.t.Fatal(err)
	}
	m.cwd = strings.TrimSpace(string(left))
}

func (m *manual) in(path string) string { return filepath.Join(m.root, path) }

func (m *manual) write(path, text string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// newManual lays out a machine as the manual finds it.
func newManual(t *testing.T) *manual {
	t.Helper()
	for _, program := range []string{"nginx", "caddy", "haproxy", "curl"} {
		tooltest.Find(t, program)
	}
	m := &manual{t: t, root: t.TempDir(), database: postgres.Server(t), gateway: newSMSGateway(t), ports: map[string]string{}}
	m.cwd = m.in("root") // where root signs in
	for _, name := range []string{"backend", "away", "nginx", "caddy", "haproxy", "plain"} {
		m.ports[name] = freePort(t)
	}
	m.rooted = m.replacer()
	m.manager = newManager(t, m.root)
	m.certificate()
	m.shims()
	m.proxies()
	m.write(m.in("etc/realname/secrets/sms-token"), smsToken+"\n")
	m.pack()
	return m
}

// replacer puts what the manual names below the root and at free ports.
func (m *manual) replacer() *strings.Replacer {
	var pairs []string
	for _, path := range []string{
		"/opt/realname", "/etc/ssl/realname", "/etc/realname", "/var/lib/realname", "/etc/systemd", "/etc/nginx",
		"/etc/caddy", "/etc/haproxy", "/etc/prometheus", "/backup", "/usr/local/bin", "/srv/realname",
	} {
		pairs = append(pairs, path, m.root+path)
	}
	pairs = append(pairs, "-VERSION-", "-"+version.Number()+"-",
		"127.0.0.1:8080", "127.0.0.1:"+m.ports["backend"], "10.0.0.11:8080", "127.0.0.1:"+m.ports["backend"],
		"10.0.0.12:8080", "127.0.0.1:"+m.ports["away"], "listen 443", "listen 127.0.0.1:"+m.ports["nginx"],
		"bind :443", "bind 127.0.0.1:"+m.ports["haproxy"], "https://sms.example.org", m.gateway.URL,
		"realname@db1/", fmt.Sprintf("realname@127.0.0.1:%d/", m.database.Port))
	return strings.NewReplacer(pairs...)
}

// freePort is a port of loopback that nothing has.
func freePort(t testing.TB) string {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// host is the name that the manual gives the server.
const host = "verify.example.org"

// certificate makes one for the host, and an authority that clients know.
func (m *manual) certificate() {
	m.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		m.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		m.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		m.t.Fatal(err)
	}
	pemCert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	m.write(m.in("etc/ssl/realname/"+host+".pem"), string(pemCert))
	m.write(m.in("etc/ssl/realname/"+host+".key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	m.roots = x509.NewCertPool()
	m.roots.AppendCertsFromPEM(pemCert)
	m.write(m.in(".curlrc"), fmt.Sprintf("connect-to = %s:443:127.0.0.1:%s\ncacert = %s\n", host, m.ports["nginx"], m.in("etc/ssl/realname/"+host+".pem")))
}

// shims stand in for what a test has no right to: users of their own, and
// systemd.
func (m *manual) shims() {
	m.t.Helper()
	self, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	m.write(m.in("shims/useradd"), "#!/bin/sh\n")
	m.write(m.in("shims/chown"), "#!/bin/sh\n")
	m.write(m.in("shims/setpriv"), "#!/bin/sh\ncase $PWD in "+m.in("root")+"*) echo realname cannot read /root >&2; exit 1 ;; esac\n"+
		"while [ \"$1\" != -- ]; do shift; done\nshift\nexec \"$@\"\n")
	m.write(m.in("shims/nginx"), fmt.Sprintf("#!/bin/sh\nexec /usr/sbin/nginx -p %s -c %s \"$@\"\n", m.root, m.in("etc/nginx/nginx.conf")))
	for _, shim := range []string{"useradd", "chown", "setpriv", "nginx"} {
		if err := os.Chmod(m.in("shims/"+shim), 0o755); err != nil {
			m.t.Fatal(err)
		}
	}
	if err := os.Symlink(self, m.in("shims/systemctl")); err != nil {
		m.t.Fatal(err)
	}
	for _, folder := range []string{"root", "usr/local/bin", "etc/systemd/system", "tmp"} {
		if err := os.MkdirAll(m.in(folder), 0o755); err != nil {
			m.t.Fatal(err)
		}
	}
}

// proxies has those of Debian ready to be started, around what the manual
// writes.
func (m *manual) proxies() {
	m.t.Helper()
	owner := ""
	if os.Getuid() == 0 { // else its workers could not reach the root
		owner = "user root;\n"
	}
	temp := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += fmt.Sprintf("%s_temp_path %s;\n", kind, m.in("nginx-"+kind))
	}
	m.write(m.in("etc/nginx/nginx.conf"), fmt.Sprintf("%spid %s;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n%sinclude %s;\n}\n",
		owner, m.in("nginx.pid"), temp, m.in("etc/nginx/conf.d/*.conf")))
	m.write(m.in("etc/caddy/main"), fmt.Sprintf("{\nadmin off\nauto_https disable_redirects\nhttp_port %s\nhttps_port %s\n}\nimport Caddyfile\n",
		m.ports["plain"], m.ports["caddy"]))
	address := func(name string) string { return "127.0.0.1:" + m.ports[name] }
	m.manager.servers = map[string]proxy{
		"nginx":   {[]string{m.in("shims/nginx"), "-g", "daemon off;"}, address("nginx")},
		"caddy":   {[]string{"/usr/bin/env", "HOME=" + m.in("caddy"), "/usr/bin/caddy", "run", "--config", m.in("etc/caddy/main"), "--adapter", "caddyfile"}, address("caddy")},
		"haproxy": {[]string{"/usr/sbin/haproxy", "-db", "-f", m.in("etc/haproxy/haproxy.cfg")}, address("haproxy")},
	}
}

// pack leaves an archive as a release has it, with its sum, where the manual
// has it, beside that of a version before.
func (m *manual) pack() {
	m.t.Helper()
	name := fmt.Sprintf("realname-backend-%s-linux-amd64", version.Number())
	folder := m.in("release/" + name)
	if *archive != "" {
		m.write(m.in("release/.here"), "")
		if out, err := exec.CommandContext(m.t.Context(), "tar", "-xf", *archive, "-C", m.in("release")).CombinedOutput(); err != nil {
			m.t.Fatalf("%v\n%s", err, out)
		}
	} else {
		m.stage(folder)
	}
	for _, file := range []string{"realname.service", "secrets.conf", "command"} {
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			m.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, file), []byte(m.rooted.Replace(string(text))), 0o644); err != nil {
			m.t.Fatal(err)
		}
	}
	packed := m.in("srv/realname/" + name + ".tar.xz") // tar looks at what it reads, whatever its name says
	m.write(m.in("release/before/command"), "of before\n")
	for archive, folder := range map[string]string{packed: name, m.in("srv/realname/realname-backend-0.0.1-linux-amd64.tar.xz"): "before"} {
		m.write(archive, "")
		if out, err := exec.CommandContext(m.t.Context(), "tar", "-cf", archive, "-C", m.in("release"), folder).CombinedOutput(); err != nil {
			m.t.Fatalf("%v\n%s", err, out)
		}
	}
	data, err := os.ReadFile(packed)
	if err != nil {
		m.t.Fatal(err)
	}
	m.write(m.in("srv/realname/SHA256SUMS"), fmt.Sprintf("%x  %s.tar.xz\n%x  another.tar.xz\n", sha256.Sum256(data), name, sha256.Sum256(nil)))
}

// stage makes the folder of a release of what the repository has; the backend
// is this binary.
func (m *manual) stage(folder string) {
	m.t.Helper()
	files, err := os.ReadDir(packaged)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(packaged, f.Name()))
		if err != nil {
			m.t.Fatal(err)
		}
		m.write(filepath.Join(folder, f.Name()), string(text))
		info, err := f.Info()
		if err == nil {
			err = os.Chmod(filepath.Join(folder, f.Name()), info.Mode())
		}
		if err != nil {
			m.t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(folder, "backend")); err != nil {
		m.t.Fatal(err)
	}
}

// answered is what a GET through a proxy says.
func (m *manual) answered(proxy, path string, header http.Header) (int, string) {
	m.t.Helper()
	request, err := http.NewRequestWithContext(m.t.Context(), http.MethodGet, "https://"+host+path, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	for name := range header {
		request.Header.Set(name, header.Get(name))
	}
	response, err := m.transport(proxy).RoundTrip(request)
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}
