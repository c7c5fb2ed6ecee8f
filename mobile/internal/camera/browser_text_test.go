//go:build js || (linux && !android)

package camera_test

// browserText is in the code that the browser's fake camera films.
const browserText = "HTTPS://REALNAME.EXAMPLE/H/ABCDEFGHIJKLMNOPQRSTUVWXYZ"
