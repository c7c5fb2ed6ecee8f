package ui_test

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"realname.example/shared/ui"
)

// luminance and contrast are those of WCAG 2.1 (relative luminance, 1.4.3).
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestEveryTextHasContrastOnItsGround(t *testing.T) {
	grounds := []fyne.ThemeColorName{theme.ColorNameBackground, ui.ColorCard, theme.ColorNameInputBackground}
	pairs := [][2]fyne.ThemeColorName{
		{theme.ColorNameForegroundOnPrimary, theme.ColorNamePrimary},
		{theme.ColorNameForegroundOnError, theme.ColorNameError},
		{theme.ColorNameForegroundOnSuccess, theme.ColorNameSuccess},
		{theme.ColorNameForegroundOnWarning, theme.ColorNameWarning},
		{theme.ColorNameForeground, theme.ColorNameButton},
		{theme.ColorNameDisabled, theme.ColorNameDisabledButton},
		{theme.ColorNameForeground, theme.ColorNameMenuBackground},
		{ui.ColorOnCaution, ui.ColorCaution},
		{ui.ColorOnRefused, ui.ColorRefused},
		{ui.ColorOnVerified, ui.ColorVerified},
		{ui.ColorOnInfo, ui.ColorInfo},
	}
	for _, text := range []fyne.ThemeColorName{
		theme.ColorNameForeground, ui.ColorQuiet, theme.ColorNamePlaceHolder, theme.ColorNameDisabled,
		theme.ColorNamePrimary, theme.ColorNameHyperlink, theme.ColorNameError, theme.ColorNameSuccess, theme.ColorNameWarning,
	} {
		for _, ground := range grounds {
			pairs = append(pairs, [2]fyne.ThemeColorName{text, ground})
		}
	}
	for _, scheme := range []ui.Scheme{ui.LightScheme, ui.DarkScheme} {
		look := ui.NewTheme(scheme, ui.UsualText)
		for _, p := range pairs {
			c := contrast(look.Color(p[0], theme.VariantDark), look.Color(p[1], theme.VariantDark))
			if c < 4.5 {
				t.Errorf("%s: %s on %s has %.2f", scheme, p[0], p[1], c)
			}
		}
	}
}

func TestTheSystemsVariantDecidesWhereTheSchemeIsOpen(t *testing.T) {
	look := ui.NewTheme(ui.SystemScheme, ui.UsualText)
	if look.Color(ui.ColorCard, theme.VariantLight) == look.Color(ui.ColorCard, theme.VariantDark) {
		t.Error("light and dark are one")
	}
}

func TestTextGrowsByTheChosenSize(t *testing.T) {
	for percent, want := range map[int]ui.TextSize{0: 100, 100: 100, 124: 100, 125: 125, 199: 150, 200: 200, 1000: 200, -5: 100} {
		if got := ui.TextSizeOf(percent); got != want {
			t.Errorf("%d %% is %d, want %d", percent, got, want)
		}
	}
	usual, large := ui.NewTheme(ui.LightScheme, ui.UsualText), ui.NewTheme(ui.LightScheme, 200)
	for _, name := range []fyne.ThemeSizeName{theme.SizeNameText, theme.SizeNameHeadingText, theme.SizeNameCaptionText, theme.SizeNameInlineIcon} {
		if large.Size(name) != 2*usual.Size(name) {
			t.Errorf("%s is %v of %v", name, large.Size(name), usual.Size(name))
		}
	}
	if large.Size(theme.SizeNamePadding) != usual.Size(theme.SizeNamePadding) {
		t.Error("spaces grow, too")
	}
}
