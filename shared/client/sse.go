package client

import (
	"bufio"
	"io"
	"strings"
)

// maxEvent bounds one event of a stream; a View is below 2 KB.
const maxEvent = 256 << 10

// event is one event of a stream, as the HTML standard defines it
// (text/event-stream). A heartbeat is an event without a name and data.
type event struct {
	name string
	data string
}

// events reads a stream and hands on each event and each heartbeat, until the
// stream ends or yield returns false. Fields it has no use for are skipped.
func events(stream io.Reader, yield func(event) bool) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(make([]byte, 0, 4096), maxEvent)
	var next event
	var data []string
	for lines.Scan() {
		line := strings.TrimSuffix(lines.Text(), "\r")
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if len(data) == 0 && next.name == "" {
				continue
			}
			next.data = strings.Join(data, "\n")
			if !yield(next) {
				return nil
			}
			next, data = event{}, nil
		case field == "":
			if !yield(event{}) {
				return nil
			}
		case field == "event":
			next.name = value
		case field == "data":
			data = append(data, value)
		}
	}
	return lines.Err()
}
