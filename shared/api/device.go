package api

import (
	"net/url"
	"strings"
)

// maxDevice bounds a device's name in characters.
const maxDevice = 60

// EncodeDevice returns the form in which DeviceHeader carries a name: percent
// encoding, since a header holds ASCII only.
func EncodeDevice(name string) string {
	runes := []rune(strings.TrimSpace(name))
	return url.PathEscape(string(runes[:min(len(runes), maxDevice)]))
}

// DecodeDevice reads the header. What cannot be read, or holds control
// characters, gives "".
func DecodeDevice(header string) string {
	name, err := url.PathUnescape(header)
	if err != nil || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }) {
		return ""
	}
	if runes := []rune(name); len(runes) > maxDevice {
		return string(runes[:maxDevice])
	}
	return name
}
