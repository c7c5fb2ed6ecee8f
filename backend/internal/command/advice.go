package command

import (
	"errors"
	"fmt"

	"realname.example/backend/internal/decoder"
	"realname.example/backend/internal/face"
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
var faceAdvice = map[face.Hint]string{
	face.HintOneFace:   "use one of the whole face of this person alone, from the front",
	face.HintCloser:    "use one with a larger face",
	face.HintFarther:   "use one with room around the face",
	face.HintMoreLight: "use a brighter one",
	face.HintLessLight: "use a darker one",
	face.HintHoldStill: "use a sharp one",
	face.HintLookAhead: "use one in which the person looks ahead",
	face.HintUncover:   "use one with nothing before the face",
	face.HintLessGlare: "scan it anew without the reflection",
}

// advised adds to why a portrait cannot be used what would do, where the error does
// not say it itself.
func advised(err error) error {
	for _, a := range formAdvice {
		if errors.Is(err, a.err) {
			return fmt.Errorf("%w; %s", err, a.says)
		}
	}
	var input *face.InputError
	if !errors.As(err, &input) || input.Cause != nil || faceAdvice[input.Hint] == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, faceAdvice[input.Hint])
}
