// Package report is how an app tells what it shows: one JSON line for each
// screen that was drawn and each change of the focus. Programs that drive an
// app, such as the tour and the tests, wait for these lines instead of guessing
// a time. A line names screens, states and inputs; it holds nothing that a
// person typed or is.
package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"realname.example/shared/verification"
)

// Line is what an app shows at one moment.
type Line struct {
	// Screen names what is drawn: on the PC connect, sign_in, home, methods,
	// mobile, face, handoff, wait or result; on the phone its stage.
	Screen string `json:"screen"`
	// Dialog names the question that lies over the screen; "" for none.
	Dialog string `json:"dialog,omitempty"`
	// Status is that of the case that the screen shows; "" without one.
	Status verification.Status `json:"status,omitempty"`
	// Turn grows with each change of the app's state.
	Turn int64 `json:"turn"`
	// Busy is true while a call is under way.
	Busy bool `json:"busy"`
	// Focus names what has the keyboard, by the key of its label in the
	// sentences; "" for nothing.
	Focus string `json:"focus"`
	// Length is how many characters the focused input holds.
	Length int `json:"length,omitempty"`
	// At is the middle of what has the focus, in pixels of the window.
	At [2]int `json:"at"`
}

// Writer writes lines, each only if it differs from the last. It belongs to one
// goroutine.
type Writer struct {
	to   io.Writer
	last Line
	told bool
}

// NewWriter returns a writer. Each line goes out in one Write.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// Write writes a line unless it is the same as the last.
func (w *Writer) Write(l Line) error {
	if w.told && l == w.last {
		return nil
	}
	data, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	if _, err := w.to.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	w.last, w.told = l, true
	return nil
}

// Create opens what the flag --report names: a file, which is made anew, or
// standard output for "-".
func Create(name string) (io.Writer, error) {
	if name == "-" {
		return os.Stdout, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("create report: %w", err)
	}
	return file, nil
}

// Reader reads the lines that a writer has written so far, and later the rest.
// A line that is still being written waits for its end.
type Reader struct {
	from *bufio.Reader
	part []byte
}

// NewReader returns a reader of a file that may still grow.
func NewReader(from io.Reader) *Reader { return &Reader{from: bufio.NewReader(from)} }

// Next returns the next line, or io.EOF while there is none. What is no line of
// a report is left out: a library may print to standard output too.
func (r *Reader) Next() (Line, error) {
	for {
		text, err := r.from.ReadBytes('\n')
		r.part = append(r.part, text...)
		if err != nil {
			return Line{}, err
		}
		var l Line
		err = json.Unmarshal(r.part, &l)
		r.part = nil
		if err == nil && l.Screen != "" {
			return l, nil
		}
	}
}
