package screen

import (
	"errors"
	"image"
	"net/url"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"

	"realname.example/desktop/internal/flow"
	"realname.example/desktop/internal/qr"
	"realname.example/shared/ui"
	"realname.example/shared/ui/sentences"
)

// sayBrowser says that the person answers in the browser, and how to open it again
// or to stop.
func (b *base) sayBrowser(at flow.Browser) {
	stop := quiet("pc.browser.stop", &b.keys, b.deps.flow.GiveUpBrowser)
	if at.Lost {
		again := button("pc.browser.copy", &b.keys, func() { b.deps.copyText(at.Address) })
		b.say(ui.KindCaution, sentences.T("pc.browser.lost"), container.NewVBox(again, stop))
		return
	}
	again := button("pc.browser.again", &b.keys, func() {
		if u, err := url.Parse(at.Address); err == nil {
			b.deps.open(u)
		}
	})
	b.say(ui.KindInfo, sentences.T("pc.browser.wait", sentences.Data{"Name": at.Name}), container.NewVBox(again, stop))
}

// showDevice shows the code by which the person links a site with their phone.
func showDevice(d deps, at flow.Device) dialog.Dialog {
	keys := &ui.Keys{OnEscape: d.flow.GiveUpBrowser}
	words := container.NewVBox(
		ui.Body(sentences.T("pc.device.scan", sentences.Data{"Name": at.Name})),
		ui.Body(sentences.T("pc.device.code", sentences.Data{"Code": at.Code})),
		ui.Caption(sentences.T("pc.device.face")),
	)
	body := ui.NewBar(ui.KindRefused, sentences.T("error.unknown"))
	if code, err := qr.New(at.Scan); err == nil {
		picture := canvas.NewRaster(func(w, h int) image.Image { return code.Image(w, h) })
		picture.ScaleMode = canvas.ImageScalePixels
		body = container.New(beside{}, picture, words)
	}
	page := quiet("pc.device.copy", keys, func() { d.copyText(at.Page) })
	return question(d, "pc.device.title", edged(body, 0), fyne.NewSize(600, 400),
		button("pc.browser.stop", keys, d.flow.GiveUpBrowser), page)
}

// errorText words an error, those of this app alone among them.
func errorText(err error) string {
	var listen *flow.ListenError
	switch {
	case errors.As(err, &listen) && listen.Port != 0:
		return sentences.T("pc.browser.listen", sentences.Data{"Port": listen.Port})
	case errors.As(err, &listen):
		return sentences.T("pc.browser.listen.any")
	case errors.Is(err, flow.ErrDeviceTooSlow):
		return sentences.T("pc.device.slow")
	case errors.Is(err, flow.ErrBrowserTooSlow):
		return sentences.T("pc.browser.slow")
	}
	return sentences.Error(err)
}
