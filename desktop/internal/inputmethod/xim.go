//go:build linux && cgo && !android && !wayland

// Package inputmethod keeps the window's bond with the input method of an X
// display: it lives on when the method ends, is found when it comes, and learns
// where the caret is. Importing it is what bonds them; see xim.c.
package inputmethod

// #cgo LDFLAGS: -lX11 -ldl
// #include "xim.h"
import "C"

// Prepare has what is typed read as UTF-8, whatever the environment says: in the
// locale C what a method commits is lost without a word. It goes before the
// window.
func Prepare() { C.use_utf8() }

// Caret tells the method where the caret is, in pixels of the window, so that it
// shows its candidates there. It belongs on the goroutine that draws.
func Caret(x, y int) { C.set_caret(C.int(x), C.int(y)) }
