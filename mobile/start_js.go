//go:build js

package main

import (
	"encoding/json"
	"strings"
	"syscall/js"

	"fyne.io/fyne/v2"

	"realname.example/mobile/internal/flow"
	"realname.example/mobile/internal/vault"
	"realname.example/shared/client"
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

// trustOrigin trusts the server that the app itself came from, and goes on with
// the claim that its page behind the QR code made.
func trustOrigin(v *vault.Vault) {
	server, err := handoff.ParseServer(js.Global().Get("location").Get("origin").String())
	if err != nil {
		return
	}
	v.Trust(server, "")
	kept := js.Global().Get("sessionStorage").Call("getItem", "realname.phone")
	if kept.IsNull() {
		return
	}
	var claim struct {
		Token client.PhoneToken `json:"token"`
		Seed  []byte            `json:"seed"`
	}
	if json.Unmarshal([]byte(kept.String()), &claim) == nil {
		v.Adopt(claim.Seed, flow.Session{Server: server, Token: claim.Token})
	}
}
