//go:build js

package main

import (
	"strings"
	"syscall/js"

	"fyne.io/fyne/v2"

	"realname.example/mobile/internal/vault"
	"realname.example/shared/handoff"
)

// folder is none: in a browser the key and the claim live as long as the page.
func folder(fyne.App, string) string { return "" }

func device() string { return "Browser" }

// opened is the code of the page that led here: its ticket comes after #t=.
func opened() string {
	location := js.Global().Get("location")
	ticket, ok := strings.CutPrefix(location.Get("hash").String(), "#t=")
	if !ok {
		return ""
	}
	return handoff.Format(handoff.Text{Server: location.Get("origin").String(), Ticket: ticket})
}

// trustOrigin trusts the server that the app itself came from.
func trustOrigin(v *vault.Vault) {
	if server, err := handoff.ParseServer(js.Global().Get("location").Get("origin").String()); err == nil {
		v.Trust(server, "")
	}
}
