//go:build !race

package httpapi_test

import (
	"bufio"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Go takes half of a stack away where less than a quarter of it is in use, and at once
// has twice the memory for what waits a little deeper: that of a stream is 8 KB, and 2 KB
// for the goroutine of net/http that reads meanwhile.
func TestAStreamWaitsOnASmallStack(t *testing.T) {
	const streams, most = 200, 14_000
	url, token, path := openBackend(t)
	address := strings.TrimPrefix(url, "http://")
	watch(t, address, token, path, streams) // so what the server itself takes is there before
	before := stacks()
	for now := stacks(); now < before; now = stacks() { // until nothing gets smaller any more
		before = now
	}
	watch(t, address, token, path, streams)
	// The newest may still be on its way from the event to its wait.
	late := time.After(10 * time.Second)
	for {
		each := (stacks() - before) / streams
		if each <= most {
			return
		}
		select {
		case <-late:
			t.Fatalf("a stream has %d bytes of stack, more than %d", each, most)
		default:
		}
	}
}

// watch opens streams until the test ends, and returns when each has had its first event.
func watch(t *testing.T, address, token, path string, streams int) {
	t.Helper()
	for range streams {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := fmt.Fprintf(conn, "GET %s/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", path, address, token); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewReader(conn); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(line, "data: ") {
				break
			}
		}
	}
}

// stacks are the bytes of all stacks after a collection, which halves what it can.
func stacks() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.StackInuse)
}
