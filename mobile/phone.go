package main

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/mobile"

	"realname.example/mobile/internal/flow"
)

// followPhone joins the flow to what only a phone's app has. It returns what is
// to be told each state, on the goroutine that draws.
func followPhone(ctx context.Context, a fyne.App, w fyne.Window, f *flow.Flow, link string) func(flow.State) {
	device := fyne.CurrentDevice()
	// A browser's tab is no app: it has its own back button and its own darkness.
	if !device.IsMobile() || device.IsBrowser() {
		return func(flow.State) {}
	}
	return follow(ctx, a, w, f, link)
}

// follow is followPhone on a phone: a background, a back button, a screen that
// goes dark, an address that opens the app again.
func follow(ctx context.Context, a fyne.App, w fyne.Window, f *flow.Flow, link string) func(flow.State) {
	front, awake := true, false // both on the goroutine that draws
	told := func(s flow.State) {
		films := s.Stage == flow.Scanning || s.Stage == flow.Capturing || s.Stage == flow.Aiming || s.Stage == flow.Sending
		if on := films && front; on != awake {
			awake = on
			keepAwake(a, on)
		}
	}
	life := a.Lifecycle()
	life.SetOnExitedForeground(func() {
		front = false
		f.Background()
		told(f.State())
	})
	life.SetOnEnteredForeground(func() {
		front = true
		told(f.State())
		if again := opened(); again != "" && again != link {
			link = again
			go f.Opened(ctx, again)
			return
		}
		go f.Foreground(ctx)
	})
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name != mobile.KeyBack || f.Back() {
			return
		}
		if d, ok := a.Driver().(mobile.Driver); ok {
			d.GoBack()
		}
	})
	return told
}
