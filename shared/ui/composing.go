package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// composing follows what an input method holds back while a person composes
// text with it, such as the syllables of a Chinese name. Fyne tells nothing of
// it, and hands every key of it to the input as well. What tells it is a letter
// that was typed and did not come as a character; such keys stay here until
// they come, or what was made of them does.
//
// A method that lets letters through gives them back late too, on a busy machine
// later than the next key. While it does, a key that acts on the form waits for
// the characters before it.
type composing struct {
	keys []fyne.KeyName // in the order in which they were typed
	// passing is true while the method lets letters through.
	passing bool
	// away is true once the caret left the end of what is composed. What
	// Backspace takes there is not known.
	away bool
	// committing is true from the first character of a text to the next key.
	committing bool
	// late is how many texts may still come of keys that are forgotten.
	late int
}

// end forgets all keys: the text was committed or given up.
func (c *composing) end() { *c = composing{} }

// on reports whether a method may be composing, which begins with a letter.
func (c *composing) on() bool { return slices.ContainsFunc(c.keys, isLetter) }

// typed hears a key, and reports whether the form has to leave it alone.
func (c *composing) typed(key fyne.KeyName) (held bool) {
	c.committing = false
	switch {
	case isModifier(key): // it may switch the method
		if !c.passing {
			c.keys = slices.DeleteFunc(c.keys, func(key fyne.KeyName) bool { return !isCharacter(key) })
		}
		c.passing = false
		return false
	case isCharacter(key):
		held = c.on()
		c.keys = append(c.keys, key)
		return held
	case !c.on() || !slices.Contains(steering, key):
		return false
	case c.passing:
		c.waits(key)
	default:
		c.steers(key)
	}
	return true
}

// steering are the keys that methods use while they compose and forms use too.
var steering = []fyne.KeyName{
	fyne.KeyReturn, fyne.KeyEnter, fyne.KeyEscape, fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyTab,
	fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd, fyne.KeyPageUp, fyne.KeyPageDown,
}

// steers hears a key that is for the method, as far as is known. Where a part of
// the candidates was chosen, Backspace takes back that choice, which is a key too.
func (c *composing) steers(key fyne.KeyName) {
	switch key {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyEscape:
		c.end()
	case fyne.KeyBackspace:
		if !c.away {
			c.takeBack()
		}
	default: // the first letters may come late too
		c.away = c.away || key == fyne.KeyLeft || key == fyne.KeyHome
		c.keys = append(c.keys, key)
	}
}

// takeBack forgets the last character that was typed.
func (c *composing) takeBack() {
	for i, key := range slices.Backward(c.keys) {
		if isCharacter(key) {
			c.keys = slices.Delete(c.keys, i, i+1)
			break
		}
	}
	if !c.on() {
		c.end()
	}
}

// waits hears a key that is for the form once the characters before it came.
// Who takes back more than they typed does not wait for any.
func (c *composing) waits(key fyne.KeyName) {
	c.keys = append(c.keys, key)
	left := 0
	for _, k := range c.keys {
		if isCharacter(k) {
			left++
		} else if k == fyne.KeyBackspace {
			left--
		}
	}
	if left < 0 {
		c.end()
	}
}

// came hears a character, and returns the keys that waited for it. That of a
// key which was typed means that the method lets keys through, or gives letters
// back as they are; any other, that it has committed. Letters behind the key that
// chose are of the next text already.
func (c *composing) came(r rune) (waited []fyne.KeyName) {
	i := slices.IndexFunc(c.keys, func(key fyne.KeyName) bool { return types(key, r) })
	if i < 0 {
		if !c.committing && len(c.keys) > 0 {
			c.commits()
		}
		return nil
	}
	c.passing, c.keys = true, c.keys[i+1:]
	n := slices.IndexFunc(c.keys, isCharacter)
	if n < 0 {
		n = len(c.keys)
	}
	waited, c.keys = c.keys[:n], c.keys[n:]
	return waited
}

// commits hears the first character of a text. It is of all keys up to the last
// that chooses, or of a part of them, and then the other texts follow; of all keys
// where none chooses, since some methods commit with a letter.
func (c *composing) commits() {
	last, choosing := len(c.keys), 0
	for i, key := range c.keys {
		if chooses(key) {
			last, choosing = i+1, choosing+1
		}
	}
	if choosing == 0 && c.late > 0 {
		c.committing, c.late = true, c.late-1
		return
	}
	*c = composing{keys: c.keys[last:], committing: true, late: max(choosing-1, 0)}
}

// chooses reports whether a key is a digit, blank or sign.
func chooses(key fyne.KeyName) bool { return isCharacter(key) && !isLetter(key) }

func types(key fyne.KeyName, r rune) bool {
	return strings.EqualFold(string(key), string(r)) || key == fyne.KeySpace && r == ' '
}

func isLetter(key fyne.KeyName) bool { return len(key) == 1 && key[0] >= 'A' && key[0] <= 'Z' }

func isCharacter(key fyne.KeyName) bool { return len(key) == 1 || key == fyne.KeySpace }

func isModifier(key fyne.KeyName) bool {
	switch key {
	case desktop.KeyShiftLeft, desktop.KeyShiftRight, desktop.KeyControlLeft, desktop.KeyControlRight,
		desktop.KeyAltLeft, desktop.KeyAltRight, desktop.KeySuperLeft, desktop.KeySuperRight:
		return true
	}
	return false
}
