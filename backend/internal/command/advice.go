package command

import (
	"errors"
	"fmt"

	"realname.example/backend/internal/decoder"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
)

// formAdvice says what would do in the place of a picture that cannot be read.
var formAdvice = []struct {
	err  error
	says string
}{
	{raster.ErrFormat, "save it as JPEG or PNG"},
	{raster.ErrForm, "save it as a JPEG of the usual kind"},
	{raster.ErrTooLarge, "save it with 50 million pixels at most, and 10,000 on a side"},
	{raster.ErrTooSmall, "use the picture in its first size"},
	{raster.ErrDamaged, "copy it anew from where it came, or save it again"},
	{raster.ErrSlow, "save it again as JPEG"},
	{decoder.ErrDamaged, "copy it anew from where it came, or save it again"},
	{decoder.ErrSlow, "save it again as JPEG"},
}

// faceAdvice says the same of a picture whose face cannot be compared.
var faceAdvice = map[look.Hint]string{
	look.HintOneFace:   "use one of the whole face of this person alone, from the front",
	look.HintCloser:    "use one with a larger face",
	look.HintFarther:   "use one with room around the face",
	look.HintMoreLight: "use a brighter one",
	look.HintLessLight: "use a darker one",
	look.HintHoldStill: "use a sharp one",
	look.HintLookAhead: "use one in which the person looks ahead",
	look.HintUncover:   "use one with nothing before the face",
	look.HintLessGlare: "scan it anew without the reflection",
}

// advised adds to why a portrait cannot be used what would do, where the error does
// not say it itself.
func advised(err error) error {
	for _, a := range formAdvice {
		if errors.Is(err, a.err) {
			return fmt.Errorf("%w; %s", err, a.says)
		}
	}
	var input *look.InputError
	if !errors.As(err, &input) || input.Cause != nil || faceAdvice[input.Hint] == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, faceAdvice[input.Hint])
}
