// Package convert turns the face networks that ship in other formats into
// ONNX, so that one runtime runs them all: the 468-point mesh and the identity
// network, TFLite flatbuffers; and the 128-number face descriptor, a table of
// quantised weights without a graph. It also sets the weights to zero that only
// cost time.
//
// Only set-up calls it. It reads bytes and returns bytes: it opens no file,
// checks no checksum (package models does both), and knows only the operators
// that those networks use; anything else is an error that names it.
package convert
