//go:build quirc

package quirc

/*
// As its own build and node-quirc's do.
#cgo CFLAGS: -O3 -DQUIRC_MAX_REGIONS=65534 -I${SRCDIR}/../../../../../.setup/node_modules/node-quirc/deps/quirc
#cgo LDFLAGS: -lm
#include <stdlib.h>
#include <string.h>
#include "quirc.h"

// rn_scan returns how many bytes the first code that decodes has, -1 for none.
static int rn_scan(struct quirc *q, const void *pix, int w, int h, struct quirc_data *data) {
	struct quirc_code *code;
	int size = -1;
	memcpy(quirc_begin(q, NULL, NULL), pix, (size_t)w * h);
	quirc_end(q);
	if (quirc_count(q) == 0) return -1;
	code = malloc(sizeof *code);
	for (int i = 0; size < 0 && code && i < quirc_count(q); i++) {
		quirc_extract(q, i, code);
		if (quirc_decode(code, data) == QUIRC_SUCCESS) size = data->payload_len;
	}
	free(code);
	return size;
}
*/
import "C"

import (
	"image"
	"unsafe"
)

// Scanner is one quirc decoder and its pictures.
type Scanner struct {
	c    *C.struct_quirc
	w, h int
	data C.struct_quirc_data
}

// New returns a scanner for pictures of one size, in pixels; Close frees it.
func New(w, h int) *Scanner {
	c := C.quirc_new()
	if c == nil || C.quirc_resize(c, C.int(w), C.int(h)) < 0 {
		panic("quirc: no memory")
	}
	return &Scanner{c: c, w: w, h: h}
}

// Scan returns the text of the first code that can be read.
func (s *Scanner) Scan(img *image.Gray) (string, bool) {
	n := C.rn_scan(s.c, unsafe.Pointer(&img.Pix[0]), C.int(s.w), C.int(s.h), &s.data)
	if n < 0 {
		return "", false
	}
	return C.GoStringN((*C.char)(unsafe.Pointer(&s.data.payload[0])), n), true
}

// Close frees the scanner.
func (s *Scanner) Close() { C.quirc_destroy(s.c) }
