//go:build zbar

package zbar

/*
#cgo pkg-config: zbar
#include <stdlib.h>
#include <string.h>
#include <zbar.h>

// The image borrows pix, which the caller keeps until rn_scan returns.
static char *rn_scan(zbar_image_scanner_t *s, const void *pix, unsigned w, unsigned h) {
	zbar_image_t *img = zbar_image_create();
	char *text = NULL;
	zbar_image_set_format(img, zbar_fourcc('Y', '8', '0', '0'));
	zbar_image_set_size(img, w, h);
	zbar_image_set_data(img, pix, (unsigned long)w * h, NULL);
	if (zbar_scan_image(s, img) > 0) {
		const zbar_symbol_t *sym = zbar_image_first_symbol(img);
		text = strdup(zbar_symbol_get_data(sym));
	}
	zbar_image_destroy(img);
	return text;
}
*/
import "C"

import (
	"image"
	"unsafe"
)

// Scanner is one zbar image scanner that looks for QR codes only.
type Scanner struct{ c *C.zbar_image_scanner_t }

// New returns a scanner; Close frees it.
func New() *Scanner {
	c := C.zbar_image_scanner_create()
	C.zbar_image_scanner_set_config(c, 0, C.ZBAR_CFG_ENABLE, 0)
	C.zbar_image_scanner_set_config(c, C.ZBAR_QRCODE, C.ZBAR_CFG_ENABLE, 1)
	return &Scanner{c: c}
}

// Scan returns the first code's text.
func (s *Scanner) Scan(img *image.Gray) (string, bool) {
	text := C.rn_scan(s.c, unsafe.Pointer(&img.Pix[0]), C.uint(img.Rect.Dx()), C.uint(img.Rect.Dy()))
	if text == nil {
		return "", false
	}
	defer C.free(unsafe.Pointer(text))
	return C.GoString(text), true
}

// Close frees the scanner.
func (s *Scanner) Close() { C.zbar_image_scanner_destroy(s.c) }
