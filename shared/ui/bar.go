package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Kind is the tone of a message. Each has an icon beside its colour.
type Kind int

// The kinds.
const (
	KindInfo Kind = iota
	KindCaution
	KindRefused
	KindVerified
)

func (k Kind) look() (surface, text fyne.ThemeColorName, icon fyne.Resource) {
	switch k {
	case KindInfo:
		return ColorInfo, ColorOnInfo, theme.NewColoredResource(theme.InfoIcon(), ColorOnInfo)
	case KindCaution:
		return ColorCaution, ColorOnCaution, theme.NewColoredResource(theme.WarningIcon(), ColorOnCaution)
	case KindRefused:
		return ColorRefused, ColorOnRefused, theme.NewColoredResource(theme.ErrorIcon(), ColorOnRefused)
	case KindVerified:
		return ColorVerified, ColorOnVerified, theme.NewColoredResource(theme.ConfirmIcon(), ColorOnVerified)
	}
	return ColorInfo, ColorOnInfo, theme.InfoIcon()
}

// NewBar returns a message about the whole of a screen, with buttons behind
// it if there are any.
func NewBar(kind Kind, text string, actions ...fyne.CanvasObject) fyne.CanvasObject {
	surface, on, icon := kind.look()
	mark := container.New(layout.NewCustomPaddedLayout(0, 0, 8, 0), container.NewCenter(widget.NewIcon(icon)))
	row := container.NewBorder(nil, nil, mark, container.NewHBox(actions...), NewText(text, theme.SizeNameText, on))
	return NewGround(surface, 8, 0, row)
}

// NewStripe returns the thin line of the sandbox over the whole width.
func NewStripe(text string, actions ...fyne.CanvasObject) fyne.CanvasObject {
	surface, on, _ := KindCaution.look()
	label := NewText(text, theme.SizeNameCaptionText, on).OnOneLine()
	label.rich.Truncation = fyne.TextTruncateEllipsis
	return NewGround(surface, 0, 0, container.NewBorder(nil, nil, nil, container.NewHBox(actions...), label))
}
