// Package ui is what both apps look like: the theme with its colours, sizes
// and Chinese font, and the widgets that both show. It knows nothing of the
// API; words come from its package sentences.
package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"realname.example/shared/ui/font"
)

// Colours of our own, beside Fyne's.
const (
	ColorCard       fyne.ThemeColorName = "realname.card"
	ColorCaution    fyne.ThemeColorName = "realname.caution"    // amber surface: wait, caution, sandbox
	ColorOnCaution  fyne.ThemeColorName = "realname.onCaution"  // text on it
	ColorRefused    fyne.ThemeColorName = "realname.refused"    // red surface
	ColorOnRefused  fyne.ThemeColorName = "realname.onRefused"  // text on it
	ColorVerified   fyne.ThemeColorName = "realname.verified"   // green surface
	ColorOnVerified fyne.ThemeColorName = "realname.onVerified" // text on it
	ColorInfo       fyne.ThemeColorName = "realname.info"       // blue surface
	ColorOnInfo     fyne.ThemeColorName = "realname.onInfo"     // text on it
	ColorQuiet      fyne.ThemeColorName = "realname.quiet"      // captions and what comes later
	sizeCardRadius                      = float32(12)
	contentMaxWidth                     = float32(560)
	pictureMaxWidth                     = 720
)

// Scheme says which of the two looks is shown.
type Scheme string

// The schemes; SystemScheme follows the system.
const (
	SystemScheme Scheme = "system"
	LightScheme  Scheme = "light"
	DarkScheme   Scheme = "dark"
)

// Schemes lists them in the order in which they are offered.
func Schemes() []Scheme { return []Scheme{SystemScheme, LightScheme, DarkScheme} }

// TextSize is how large text is shown, in percent of the usual size.
type TextSize int

// UsualText is the size where nobody chose one.
const UsualText TextSize = 100

// TextSizes lists them in the order in which they are offered. All screens can be used
// at each of them (WCAG 2.2, 1.4.4 asks for 200).
func TextSizes() []TextSize { return []TextSize{UsualText, 125, 150, 200} }

// TextSizeOf is the size that is offered and nearest below a percentage, or the usual one.
func TextSizeOf(percent int) TextSize {
	size := UsualText
	for _, offered := range TextSizes() {
		if int(offered) <= percent {
			size = offered
		}
	}
	return size
}

// Theme is Fyne's theme for both apps.
type Theme struct {
	scheme        Scheme
	text          TextSize
	regular, bold fyne.Resource
}

// NewTheme returns the theme with the embedded font.
func NewTheme(scheme Scheme, text TextSize) *Theme {
	return &Theme{
		scheme:  scheme,
		text:    text,
		regular: fyne.NewStaticResource("realname-regular.ttf", font.Regular()),
		bold:    fyne.NewStaticResource("realname-bold.ttf", font.Bold()),
	}
}

// Font returns the embedded font: bold for titles, regular for all the rest,
// symbols from Fyne.
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Symbol:
		return theme.DefaultTheme().Font(style)
	case style.Bold:
		return t.bold
	}
	return t.regular
}

// Icon returns Fyne's icons.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }

// bodyText is the usual size of ordinary text.
const bodyText = 15

// scaled is a size that grows with the text.
func (t *Theme) scaled(size float32) float32 { return size * float32(t.text) / float32(UsualText) }

// Scaled is a length that grows with the text of the theme in use.
func Scaled(length float32) float32 { return length * theme.TextSize() / bodyText }

// LargeText reports whether text is so large that what usually stands still has to
// scroll with the rest.
func LargeText() bool { return Scaled(100) >= 150 }

// Size returns three sizes of text and spaces in steps of 8.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameHeadingText:
		return t.scaled(24)
	case theme.SizeNameText, theme.SizeNameSubHeadingText:
		return t.scaled(bodyText)
	case theme.SizeNameCaptionText:
		return t.scaled(12)
	case theme.SizeNameInlineIcon:
		return t.scaled(theme.DefaultTheme().Size(name))
	case theme.SizeNamePadding:
		return 4
	case theme.SizeNameInnerPadding, theme.SizeNameInputRadius:
		return 8
	}
	return theme.DefaultTheme().Size(name)
}

// Color returns a colour of the scheme; the system's variant decides where
// the scheme leaves it open.
func (t *Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	switch t.scheme {
	case LightScheme:
		variant = theme.VariantLight
	case DarkScheme:
		variant = theme.VariantDark
	case SystemScheme:
	}
	pair, ok := palette[name]
	if !ok {
		return theme.DefaultTheme().Color(name, variant)
	}
	if variant == theme.VariantLight {
		return pair.light
	}
	return pair.dark
}

type pair struct{ light, dark color.NRGBA }

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8 & 0xff), B: uint8(v & 0xff), A: 0xff}
}

func veil(v uint32, alpha uint8) color.NRGBA {
	c := rgb(v)
	c.A = alpha
	return c
}

// palette is the one table of colours. A test computes the contrast of each
// text on its ground.
var palette = map[fyne.ThemeColorName]pair{
	theme.ColorNameBackground:          {rgb(0xf3f5f8), rgb(0x14171c)},
	ColorCard:                          {rgb(0xffffff), rgb(0x1e232b)},
	theme.ColorNameForeground:          {rgb(0x1b2330), rgb(0xe8ebf0)},
	ColorQuiet:                         {rgb(0x5a6575), rgb(0xa3adbb)},
	theme.ColorNamePlaceHolder:         {rgb(0x5f6a7a), rgb(0x9aa5b4)},
	theme.ColorNameDisabled:            {rgb(0x5f6979), rgb(0x8e99a8)},
	theme.ColorNamePrimary:             {rgb(0x1f5fd0), rgb(0x8ab4ff)},
	theme.ColorNameForegroundOnPrimary: {rgb(0xffffff), rgb(0x0d1a33)},
	theme.ColorNameHyperlink:           {rgb(0x1f5fd0), rgb(0x8ab4ff)},
	theme.ColorNameFocus:               {veil(0x1f5fd0, 0x55), veil(0x8ab4ff, 0x66)},
	theme.ColorNameSelection:           {veil(0x1f5fd0, 0x33), veil(0x8ab4ff, 0x40)},
	theme.ColorNameButton:              {rgb(0xe6eaf0), rgb(0x2c333e)},
	theme.ColorNameDisabledButton:      {rgb(0xedf0f4), rgb(0x272d36)},
	theme.ColorNameHover:               {veil(0x1b2330, 0x12), veil(0xffffff, 0x14)},
	theme.ColorNamePressed:             {veil(0x1b2330, 0x24), veil(0xffffff, 0x28)},
	theme.ColorNameInputBackground:     {rgb(0xf7f9fb), rgb(0x171b21)},
	theme.ColorNameInputBorder:         {rgb(0xc3cbd6), rgb(0x465060)},
	theme.ColorNameSeparator:           {rgb(0xdde2e9), rgb(0x343c48)},
	theme.ColorNameOverlayBackground:   {rgb(0xffffff), rgb(0x1e232b)},
	theme.ColorNameMenuBackground:      {rgb(0xffffff), rgb(0x262c35)},
	theme.ColorNameHeaderBackground:    {rgb(0xf3f5f8), rgb(0x14171c)},
	theme.ColorNameScrollBar:           {veil(0x1b2330, 0x60), veil(0xffffff, 0x60)},
	theme.ColorNameShadow:              {veil(0x000000, 0x22), veil(0x000000, 0x66)},
	theme.ColorNameError:               {rgb(0xb3261e), rgb(0xff9b92)},
	theme.ColorNameForegroundOnError:   {rgb(0xffffff), rgb(0x3b0805)},
	theme.ColorNameSuccess:             {rgb(0x16713a), rgb(0x76d398)},
	theme.ColorNameForegroundOnSuccess: {rgb(0xffffff), rgb(0x06240f)},
	theme.ColorNameWarning:             {rgb(0x8a5300), rgb(0xf0b760)},
	theme.ColorNameForegroundOnWarning: {rgb(0xffffff), rgb(0x2b1900)},
	ColorCaution:                       {rgb(0xfff0cf), rgb(0x43330f)},
	ColorOnCaution:                     {rgb(0x5f3b00), rgb(0xffdf9e)},
	ColorRefused:                       {rgb(0xfde7e5), rgb(0x46191a)},
	ColorOnRefused:                     {rgb(0x8c1d18), rgb(0xffc9c4)},
	ColorVerified:                      {rgb(0xdff3e5), rgb(0x123a21)},
	ColorOnVerified:                    {rgb(0x0e5528), rgb(0xa6e8bd)},
	ColorInfo:                          {rgb(0xe5eefc), rgb(0x1b2c4a)},
	ColorOnInfo:                        {rgb(0x164390), rgb(0xbcd4ff)},
}
