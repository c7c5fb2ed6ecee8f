//go:build !linux || !cgo || android || wayland

// Package inputmethod is for X displays; elsewhere the window library and the
// system do it.
package inputmethod

// Prepare does nothing here.
func Prepare() {}

// Caret does nothing here.
func Caret(int, int) {}
