package main

import (
	"strings"
	"syscall/js"

	"fyne.io/fyne/v2"

	"realname.example/mobile/internal/flow"
	"realname.example/mobile/internal/vault"
	"realname.example/shared/api"
	"realname.example/shared/camera"
	"realname.example/shared/handoff"
	"realname.example/shared/ui"
)

// folder is none: a browser has its own place.
func folder(fyne.App, string) string { return "" }

func device() string { return "Browser" }

// cameras are the browser's.
func cameras() camera.Backend { return camera.System() }

// textSize is the usual one: a browser scales the whole page.
func textSize() int { return int(ui.UsualText) }

// calm says that the system asks for less motion.
func calm(fyne.App) bool {
	return js.Global().Call("matchMedia", "(prefers-reduced-motion: reduce)").Get("matches").Bool()
}

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

// told tells the page which stage is drawn, whether a call is under way, and what
// stands above it, which the page hands to readers of the screen. For the number
// the phone's keyboard has digits only.
func told(s flow.State, alert string) {
	document := js.Global().Get("document")
	data := document.Get("body").Get("dataset")
	data.Set("stage", string(s.Stage))
	data.Set("busy", s.Busy)
	keyboard := "text"
	if s.Stage == flow.Number {
		keyboard = "numeric"
	}
	if line := document.Call("getElementById", "alert"); line.Truthy() && line.Get("textContent").String() != alert {
		line.Set("textContent", alert)
	}
	if field := document.Call("getElementById", "dummyEntry"); field.Truthy() {
		field.Set("inputMode", keyboard)
	}
}

// typeCode leads to the page with a plain field for the code: to paste into one of
// Fyne's, the browser asks, and the app stands still until it is answered.
func typeCode(f *flow.Flow) {
	f.Stop() // lets the camera go
	js.Global().Get("location").Call("assign", api.PathGetApp)
}

// pick asks for a picture by the browser's own dialog; Fyne has none there.
func pick(_ fyne.Window, use func([]byte)) {
	input := js.Global().Get("document").Call("createElement", "input")
	input.Set("type", "file")
	input.Set("accept", "image/jpeg,image/png")
	var changed js.Func
	changed = js.FuncOf(func(js.Value, []js.Value) any {
		changed.Release()
		file := input.Get("files").Index(0)
		if !file.Truthy() {
			return nil
		}
		var read js.Func
		read = js.FuncOf(func(_ js.Value, args []js.Value) any {
			read.Release()
			array := js.Global().Get("Uint8Array").New(args[0])
			data := make([]byte, array.Length())
			js.CopyBytesToGo(data, array)
			go use(data)
			return nil
		})
		file.Call("arrayBuffer").Call("then", read)
		return nil
	})
	input.Call("addEventListener", "change", changed)
	input.Call("click")
}
