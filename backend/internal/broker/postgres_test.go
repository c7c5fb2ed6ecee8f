package broker_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"realname.example/backend/internal/broker"
	"realname.example/backend/internal/store/pgtest"
	"realname.example/shared/verification"
)

var postgres pgtest.Lazy

func TestMain(m *testing.M) {
	code := postgres.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// nothing is a table without cases: whoever watches one is told to read.
func nothing(context.Context, []verification.ID) (map[verification.ID]int64, error) {
	return map[verification.ID]int64{}, nil
}

// run starts a broker on an address until the end of the test.
func run(t *testing.T, address string) *broker.Postgres { return runWith(t, address, nothing) }

// runWith is run over a table of cases.
func runWith(t *testing.T, address string, latest broker.Latest) *broker.Postgres {
	t.Helper()
	b := broker.NewPostgres(address, 1, latest, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { b.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	return b
}

// listening publishes on one broker until the other's watcher has heard it, so
// that both are known to be connected.
func listening(t *testing.T, from, to *broker.Postgres) {
	t.Helper()
	heard, _ := to.Subscribe("probe")
	for version := int64(1); ; version++ {
		from.Publish("probe", version)
		select {
		case v := <-heard:
			if v > 0 { // 0 is a wake, which needs no publication
				return
			}
		case <-time.After(50 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("nothing arrived")
		}
	}
}

// wait reads until a version or a newer one arrives; a wake is version 0.
func wait(t *testing.T, watched <-chan int64, version int64) {
	t.Helper()
	late := time.After(10 * time.Second) // what a watcher is promised
	for {
		select {
		case v := <-watched:
			if v >= version {
				return
			}
		case <-late:
			t.Fatalf("version %d did not arrive within 10 s", version)
		}
	}
}

func TestAnotherInstancesWatchersHear(t *testing.T) {
	address := postgres.URL(t)
	a, b := run(t, address), run(t, address)
	listening(t, a, b)
	const cases = 300 // more than one batch
	var watched [cases]<-chan int64
	id := func(i int) verification.ID { return verification.ID(fmt.Sprint("case", i)) }
	for i := range watched {
		watched[i], _ = b.Subscribe(id(i))
	}
	for i := range watched {
		a.Publish(id(i), 1)
		a.Publish(id(i), 2)
	}
	for i := range watched {
		wait(t, watched[i], 2)
	}
}

func TestBrokenConnectionsAreMadeAgain(t *testing.T) {
	address := postgres.URL(t)
	a, b := run(t, address), run(t, address)
	listening(t, a, b)
	watched, _ := b.Subscribe("c1")
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
	if err != nil {
		t.Fatal(err)
	}
	wait(t, watched, 0) // told to read again, since something may have been missed
	listening(t, a, b)
	a.Publish("c1", 7)
	wait(t, watched, 7)
}

func TestLostNotificationIsFoundByTheLook(t *testing.T) {
	t.Parallel() // it waits for seconds
	b := runWith(t, postgres.URL(t), func(context.Context, []verification.ID) (map[verification.ID]int64, error) {
		return map[verification.ID]int64{"c1": 8}, nil
	})
	watched, _ := b.Subscribe("c1")
	wait(t, watched, 8) // nobody published
}

// TestSilentConnectionIsFound cuts the line without a word, as a failed
// firewall does: watchers are still told to read again.
func TestSilentConnectionIsFound(t *testing.T) {
	t.Parallel() // it waits for seconds
	target, err := url.Parse(postgres.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	line := newLine(t, target.Host)
	target.Host = line.address
	b := run(t, target.String())
	listening(t, b, run(t, target.String()))
	watched, _ := b.Subscribe("c1")
	line.freeze()
	wait(t, watched, 0)
}

// line carries bytes to a server until it is frozen.
type line struct {
	address string
	frozen  chan struct{}
}

func newLine(t *testing.T, server string) *line {
	t.Helper()
	var listen net.ListenConfig
	l, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	made := &line{address: l.Addr().String(), frozen: make(chan struct{})}
	var running sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	running.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", server)
			if err != nil {
				_ = in.Close()
				continue
			}
			mu.Lock()
			open = append(open, in, out)
			mu.Unlock()
			running.Go(func() { made.carry(out, in) })
			running.Go(func() { made.carry(in, out) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return made
}

func (l *line) freeze() { close(l.frozen) }

func (l *line) carry(to io.Writer, from io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		select {
		case <-l.frozen: // swallowed
		default:
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
	}
}
