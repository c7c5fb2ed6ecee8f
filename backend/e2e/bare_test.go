package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// bareEnv makes the test binary a bare server of event streams, over the database that
// it names.
const bareEnv = "REALNAME_TEST_BARE"

// serveBare is a server of event streams that knows nothing: it listens to the same
// notifications, and tells each watcher of a case of its versions.
func serveBare(database string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(ctx, "LISTEN realname_cases"); err != nil {
		return err
	}
	var mu sync.Mutex
	watchers := map[string]chan string{}
	body := strings.Repeat("x", 700) // as long as a view
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.Split(r.URL.Path, "/")[3]
		news := make(chan string, 1)
		mu.Lock()
		watchers[id] = news
		mu.Unlock()
		w.Header().Set("Content-Type", "text/event-stream")
		control := http.NewResponseController(w)
		beat := time.NewTicker(15 * time.Second)
		defer beat.Stop()
		text := "event: view\nid: 1\ndata: " + body + "\n\n"
		for {
			if _, err := io.WriteString(w, text); err != nil || control.Flush() != nil {
				return
			}
			select {
			case <-r.Context().Done():
				return
			case <-beat.C:
				text = ":\n\n"
			case version := <-news:
				text = "event: view\nid: " + version + "\ndata: " + body + "\n\n"
			}
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	fmt.Println("http://" + listener.Addr().String())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			_ = server.Close()
			return nil
		}
		id, version, _ := strings.Cut(n.Payload, ":")
		mu.Lock()
		news := watchers[id]
		mu.Unlock()
		if news != nil {
			news <- version
		}
	}
}
