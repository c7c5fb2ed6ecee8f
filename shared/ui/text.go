package ui

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Text is text that wraps as its language does. Fyne breaks Chinese anywhere,
// also before a comma or full stop, so lines are broken here first.
type Text struct {
	widget.BaseWidget
	rich    *widget.RichText
	segment *widget.TextSegment
	text    string
}

// NewText returns wrapped text: a title, a body or a caption by its size name,
// in a colour of the theme.
func NewText(text string, size fyne.ThemeSizeName, colour fyne.ThemeColorName) *Text {
	t := &Text{text: text, segment: &widget.TextSegment{Text: text, Style: widget.RichTextStyle{
		SizeName:  size,
		ColorName: colour,
		TextStyle: fyne.TextStyle{Bold: size == theme.SizeNameHeadingText},
	}}}
	t.rich = widget.NewRichText(t.segment)
	t.rich.Wrapping = fyne.TextWrapWord
	t.ExtendBaseWidget(t)
	return t
}

// Title is the largest of the three sizes; Body and Caption are the others.
func Title(text string) *Text {
	return NewText(text, theme.SizeNameHeadingText, theme.ColorNameForeground)
}

// Body returns ordinary text.
func Body(text string) *Text {
	return NewText(text, theme.SizeNameText, theme.ColorNameForeground)
}

// Caption returns small, quiet text.
func Caption(text string) *Text {
	return NewText(text, theme.SizeNameCaptionText, ColorQuiet)
}

// OnOneLine keeps the text from wrapping: it needs its whole width.
func (t *Text) OnOneLine() *Text {
	t.rich.Wrapping = fyne.TextWrapOff
	return t
}

// String returns the text without the breaks of its lines.
func (t *Text) String() string { return t.text }

// Set changes the text.
func (t *Text) Set(text string) {
	if text == t.text {
		return
	}
	t.text = text
	t.segment.Text = t.lines(t.Size().Width)
	t.rich.Refresh()
}

// Resize implements fyne.CanvasObject.
func (t *Text) Resize(size fyne.Size) {
	if lines := t.lines(size.Width); lines != t.segment.Text {
		t.segment.Text = lines
		t.rich.Refresh()
	}
	t.BaseWidget.Resize(size)
}

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.rich) }

// lines returns the text with a line feed wherever a line ends at a width. What
// has no Chinese in it is left to Fyne.
func (t *Text) lines(width float32) string {
	if t.rich.Wrapping == fyne.TextWrapOff || width <= 0 || !strings.ContainsFunc(t.text, han) {
		return t.text
	}
	room := width - 2*t.Theme().Size(theme.SizeNameInnerPadding)
	size, style := t.Theme().Size(t.segment.Style.SizeName), t.segment.Style.TextStyle
	var all strings.Builder
	line := ""
	for _, part := range unbreakable(t.text) {
		if line != "" && fyne.MeasureText(strings.TrimRight(line+part, " "), size, style).Width > room {
			all.WriteString(strings.TrimRight(line, " ") + "\n")
			line, part = "", strings.TrimLeft(part, " ")
		}
		line += part
	}
	return all.String() + line
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

// Marks that may not begin a line, and those that may not end one (GB/T 15834-2011,
// 5.1).
const (
	notFirst = "，。、；：？！）》”’」』】…·,.;:?!)]%"
	notLast  = "（《“‘「『【(["
)

// unbreakable cuts a text into what may not be cut further: a character of
// Chinese or a word of anything else, with the marks and spaces that belong to it.
func unbreakable(text string) []string {
	var parts []string
	last := rune(0)
	for _, r := range text {
		inWord := !square(r) && !square(last) && last != ' '
		if last != 0 && (r == ' ' || inWord || strings.ContainsRune(notFirst, r) || strings.ContainsRune(notLast, last)) {
			parts[len(parts)-1] += string(r)
		} else {
			parts = append(parts, string(r))
		}
		last = r
	}
	return parts
}

// square reports whether a character is Chinese or one of its marks.
func square(r rune) bool {
	return han(r) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef || strings.ContainsRune("“”‘’…—·", r)
}
