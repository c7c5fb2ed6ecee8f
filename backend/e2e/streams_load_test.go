//go:build load

package e2e_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"realname.example/backend/internal/account"
	"realname.example/backend/internal/store/pgtest"
	"realname.example/backend/internal/store/storetest"
	"realname.example/shared/api"
	"realname.example/shared/client"
	"realname.example/shared/verification"
)

// What waits, for how long unless REALNAME_LOAD_TIME says otherwise, and how much of
// it changes.
const (
	waiting         = 10_000
	waitingTime     = time.Minute
	loadTimeEnv     = "REALNAME_LOAD_TIME"
	changesASecond  = 500
	changedFor      = 20 * time.Second
	filledAtOnce    = 8
	connectedAtOnce = 64
	reconnecting    = 5_000
	reconnectedBy   = time.Minute // what is aimed at
)

// waiter is a desktop that waits: its token, its case, and when its newest version
// came.
type waiter struct {
	token   string
	id      verification.ID
	version atomic.Int64
	came    atomic.Int64 // Unix microseconds
}

// syncedDatabase is one on a server of the test's own: what is measured syncs each commit.
func syncedDatabase(t *testing.T) string {
	t.Helper()
	database, err := ownPostgres(t, pgtest.Start).NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return database
}

// fillWaiters makes accounts with a session and a case each. The server is stopped
// afterwards.
func fillWaiters(t *testing.T, database string, people int) (env []string, all []*waiter) {
	t.Helper()
	cfg := sandboxConfig(t)
	cfg.DatabaseURL, cfg.LogLevel = database, "error"
	s := start(t, cfg)
	now := time.Now()
	all = make([]*waiter, people)
	next := make(chan int)
	var fillers sync.WaitGroup
	for range filledAtOnce {
		fillers.Go(func() {
			for i := range next {
				w := &waiter{token: fmt.Sprintf("token-of-%d", i), id: verification.ID(fmt.Sprintf("v_%024d", i))}
				name := fmt.Sprintf("waiter-%d", i)
				c := storetest.NewCase(string(w.id), name, storetest.Who(i%1000))
				c.EndsAt = now.Add(24 * time.Hour)
				err := s.app.Store.CreateAccount(t.Context(), account.Account{ID: name, Username: name, CreatedAt: now})
				if err == nil {
					err = s.app.Store.CreateSession(t.Context(), account.Session{
						TokenHash: account.HashToken(w.token), AccountID: name, CreatedAt: now, ExpiresAt: now.Add(24 * time.Hour),
					})
				}
				if err != nil {
					t.Error(err)
					return
				}
				storetest.Create(t, s.app.Store, c)
				all[i] = w
			}
		})
	}
	for i := range people {
		next <- i
	}
	close(next)
	fillers.Wait()
	s.stop()
	return []string{
		"REALNAME_DATA=" + cfg.Data, "REALNAME_DATABASE_URL=" + database, "REALNAME_MODELS=" + cfg.Models,
		"REALNAME_SANDBOX_PASSWORD=" + password, "REALNAME_LOG_LEVEL=error",
	}, all
}

// watch reads one stream until ctx ends. It is as little as a client can be: ten
// thousand of them share the machine with the server. opened is called with the first
// version.
func (w *waiter) watch(ctx context.Context, address string, opened func()) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	path := strings.Replace(api.PathVerificationEvents, "{id}", string(w.id), 1)
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", path, address, w.token); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(conn, 512)
	for {
		line, more, err := lines.ReadLine()
		if err != nil || ctx.Err() != nil {
			return err
		}
		text := string(line)
		for ; more && err == nil; _, more, err = lines.ReadLine() {
		}
		if number, found := strings.CutPrefix(text, "id: "); found {
			version, _ := strconv.ParseInt(number, 10, 64)
			w.came.Store(time.Now().UnixMicro())
			if w.version.Swap(version) == 0 {
				opened()
			}
		}
	}
}

// TestLoadOfWaitingDesktops reports what many waiting desktops cost, and how soon they
// are told, beside a bare server that holds the same streams.
func TestLoadOfWaitingDesktops(t *testing.T) {
	database := syncedDatabase(t)
	env, all := fillWaiters(t, database, waiting)
	last := waitingTime
	if d, err := time.ParseDuration(os.Getenv(loadTimeEnv)); err == nil {
		last = d
	}
	for _, server := range []struct {
		name string
		env  []string
	}{
		{"a bare server", []string{bareEnv + "=" + database}},
		{"the backend", append(env, "REALNAME_LISTEN=127.0.0.1:0")},
	} {
		url, cmd, stop := spawn(t, server.env...)
		address := strings.TrimPrefix(url, "http://")
		empty := residentOf(t, cmd.Process.Pid)
		ctx, cancel := context.WithCancel(t.Context())
		var watching sync.WaitGroup
		var open, broken atomic.Int64
		places := make(chan struct{}, connectedAtOnce)
		begun := time.Now()
		for _, w := range all {
			w.version.Store(0)
			places <- struct{}{}
			watching.Go(func() {
				left := sync.OnceFunc(func() { <-places })
				defer left()
				if err := w.watch(ctx, address, func() { open.Add(1); left() }); err != nil && ctx.Err() == nil {
					if broken.Add(1) == 1 {
						t.Errorf("a stream broke: %v", err)
					}
				}
			})
		}
		for range connectedAtOnce {
			places <- struct{}{}
		}
		t.Logf("%s: %d streams open after %.1f s", server.name, open.Load(), time.Since(begun).Seconds())
		before := cpuOf(t, cmd.Process.Pid)
		<-time.After(last) // the figure is what a time costs
		t.Logf("%s: %.1f ms of a core a second while all wait, %.1f KB a stream (%d MB before the first), %d broken", server.name,
			(cpuOf(t, cmd.Process.Pid)-before)/last.Seconds(), float64(residentOf(t, cmd.Process.Pid)-empty)/1000/waiting, empty/1_000_000, broken.Load())
		before = cpuOf(t, cmd.Process.Pid)
		delays := change(t, database, all)
		t.Logf("%s: told after %.1f ms (p50), %.1f ms (p99) at %d changes in %v, %.1f ms of a core a second", server.name,
			ms(percentile(delays, 50)), ms(percentile(delays, 99)), len(delays), changedFor, (cpuOf(t, cmd.Process.Pid)-before)/changedFor.Seconds())
		cancel()
		watching.Wait()
		stop()
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// residentOf is a process's VmRSS in bytes.
func residentOf(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb * 1024
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// change commits new versions of cases, one after another at their rate, tells of each,
// and returns how long each took to its desktop.
func change(t *testing.T, database string, all []*waiter) []time.Duration {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	type changed struct {
		*waiter
		version, at int64
	}
	var changes []changed
	begun := time.Now()
	for _, n := range mathrand.Perm(len(all))[:changesASecond*int(changedFor.Seconds())] {
		due := begun.Add(time.Duration(len(changes)) * time.Second / changesASecond)
		<-time.After(time.Until(due))
		c := changed{waiter: all[n], version: all[n].version.Load() + 1}
		if _, err := conn.Exec(t.Context(), "UPDATE cases SET version = $1 WHERE id = $2", c.version, string(c.id)); err != nil {
			t.Fatal(err)
		}
		c.at = time.Now().UnixMicro()
		if _, err := conn.Exec(t.Context(), "SELECT pg_notify('realname_cases', $1)", fmt.Sprintf("%s:%d", c.id, c.version)); err != nil {
			t.Fatal(err)
		}
		changes = append(changes, c)
	}
	delays := make([]time.Duration, 0, len(changes))
	for _, c := range changes {
		for late := time.After(10 * time.Second); c.waiter.version.Load() < c.version; {
			select {
			case <-late:
				t.Fatalf("%s was not told of version %d", c.id, c.version)
			case <-time.After(time.Millisecond):
			}
		}
		delays = append(delays, time.Duration(c.came.Load()-c.at)*time.Microsecond)
	}
	return delays
}

// TestLoadOfARestart reports how long desktops that wait over TLS are away when their
// server is replaced: real clients, each with a connection of its own.
func TestLoadOfARestart(t *testing.T) {
	env, all := fillWaiters(t, syncedDatabase(t), reconnecting)
	metrics := freeAddress(t)
	files, pin := ownCertificate(t)
	env = append(env, append(files, "REALNAME_LISTEN="+freeAddress(t), "REALNAME_METRICS_LISTEN="+metrics)...)
	url, _, stop := spawn(t, env...)
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	for _, w := range all {
		c, err := client.New(client.Config{Server: url, Pin: pin})
		if err != nil {
			t.Fatal(err)
		}
		watching.Go(func() {
			defer c.Close()
			for u := range c.Account(client.AccountToken(w.token)).Watch(ctx, w.id) {
				if u.Err != nil && ctx.Err() == nil {
					t.Error(u.Err)
				}
			}
		})
	}
	open, took := untilStreams(t, metrics, reconnecting)
	t.Logf("%d of %d streams over TLS after %.1f s", open, reconnecting, took.Seconds())
	left := time.Now()
	stop()
	gone := time.Since(left)
	_, _, stop = spawn(t, env...)
	open, took = untilStreams(t, metrics, reconnecting)
	t.Logf("the server was gone after %.1f s; %d streams are back %.1f s after the next one was up", gone.Seconds(), open, took.Seconds())
	cancel()
	watching.Wait()
	stop()
}

// untilStreams waits until a server has so many open streams, or for as long as may be
// asked, and returns how many there are.
func untilStreams(t *testing.T, metrics string, count int) (open int, took time.Duration) {
	t.Helper()
	// A connection that is kept would be one of the server before.
	asking := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for begun := time.Now(); ; {
		if gauge, err := streamsOf(&asking, metrics); err == nil {
			open = gauge // a server that many come to may be too busy to tell
		}
		if took = time.Since(begun); open >= count || took > reconnectedBy {
			return open, took
		}
		<-time.After(100 * time.Millisecond)
	}
}

// streamsOf asks a server how many streams it has open.
func streamsOf(asking *http.Client, metrics string) (int, error) {
	answer, err := asking.Get("http://" + metrics + "/metrics")
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "\nrealname_event_streams ")
	number, _, _ := strings.Cut(rest, "\n")
	gauge, err := strconv.ParseFloat(number, 64)
	return int(gauge), err
}

// ownCertificate makes a certificate for loopback, and returns the settings that name
// its files, and its pin.
func ownCertificate(t *testing.T) (settings []string, pin client.Pin) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certPath, keyPath := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	err = errors.Join(
		os.WriteFile(certPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(keyPath, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"REALNAME_TLS_CERT=" + certPath, "REALNAME_TLS_KEY=" + keyPath}, client.PinOf(leaf.RawSubjectPublicKeyInfo)
}
