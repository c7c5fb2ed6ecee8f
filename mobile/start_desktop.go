//go:build !js && !android

package main

import "os"

// device is the name that the PC shows of this phone.
func device() string {
	if host, err := os.Hostname(); err == nil && host != "" {
		return host
	}
	return "Phone"
}

// opened is the code that the app was opened by: none.
func opened() string { return "" }
