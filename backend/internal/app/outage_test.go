package app_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/problem"
	"realname.example/shared/verification"
)

// cable is the connection to a database, which a test can pull out.
type cable struct {
	to       string
	listener net.Listener

	mu    sync.Mutex
	cut   bool
	plugs []net.Conn
}

// newCable returns a database URL that leads through a cable.
func newCable(t *testing.T, database string) (*cable, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{to: u.Host}
	if c.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	go c.run()
	t.Cleanup(func() {
		_ = c.listener.Close()
		c.pull()
	})
	u.Host = c.listener.Addr().String()
	return c, u.String()
}

func (c *cable) run() {
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		far, err := net.Dial("tcp", c.to)
		if c.cut || err != nil {
			_ = near.Close()
		} else {
			c.plugs = append(c.plugs, near, far)
			go func() { _, _ = io.Copy(far, near) }()
			go func() { _, _ = io.Copy(near, far) }()
		}
		c.mu.Unlock()
	}
}

// pull cuts every connection and refuses new ones.
func (c *cable) pull() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
	for _, p := range c.plugs {
		_ = p.Close()
	}
	c.plugs = nil
}

func (c *cable) plugIn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = false
}

func TestDatabaseThatIsAwayIsAProblemAndThenRightAgain(t *testing.T) {
	cfg := sandboxConfig(t)
	var line *cable
	line, cfg.DatabaseURL = newCable(t, postgres.URL(t))
	s := start(t, cfg)
	a := s.signIn("demo")
	p := s.person("张伟")
	v, err := a.Begin(t.Context(), byMobile(p))
	if err == nil {
		_, err = a.SendCode(t.Context(), v.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	code := lastCode(t, s.client, p.Mobile)
	line.pull()
	_, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
	if refused := mustProblem(t, err, problem.Busy); refused.RetryAfter == 0 {
		t.Error("no Retry-After")
	}
	if status, body := (raw{server: s}).do("GET", "/readyz", ""); status != 503 {
		t.Errorf("ready without a database: %s", body)
	}
	line.plugIn()
	v, err = a.CheckCode(t.Context(), v.ID, api.CodeCheck{Code: code})
	mustView(t, v, err, verification.Verified, "")
}

func TestStatusReachesAStreamOfAnotherProcess(t *testing.T) {
	cfg := sandboxConfig(t)
	cfg.DatabaseURL = postgres.URL(t)
	one := start(t, cfg)
	two := start(t, cfg)
	a := one.signIn("demo")
	v, err := a.Begin(t.Context(), byMobile(one.person("张伟")))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := two.signIn("demo")
	done := make(chan verification.View, 1)
	watching := make(chan struct{})
	go func() {
		var once sync.Once
		for u := range elsewhere.Watch(t.Context(), v.ID) {
			once.Do(func() { close(watching) })
			if u.View.Status.Final() {
				done <- u.View
			}
		}
	}()
	<-watching
	if err := a.Cancel(t.Context(), v.ID); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-done:
		mustView(t, got, nil, verification.Cancelled, "")
	case <-time.After(20 * time.Second):
		t.Fatal("the other process never told")
	}
}
