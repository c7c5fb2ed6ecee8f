package app

import (
	"context"
	"errors"
	"log/slog"

	"realname.example/backend/internal/face"
	"realname.example/backend/internal/face/look"
	"realname.example/backend/internal/face/raster"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// keptSide is the longer side of a picture that is kept for a review, in pixels: a
// card that fills it is printed 590 to the inch.
const keptSide = 2000

// pictures looks at what people hand in for a review. The form of a file is
// checked without an engine too; what it shows, by the engine alone.
type pictures struct {
	engine *engine
	logger *slog.Logger
}

// Prepare implements verify.PictureJudge.
func (p pictures) Prepare(ctx context.Context, what verification.Picture, image []byte) ([]byte, error) {
	var r raster.Raster
	defer r.Wipe()
	if err := r.Decode(ctx, image, raster.Sent); err != nil {
		return nil, pictureError(what, err)
	}
	kept, err := r.JPEG(keptSide)
	if err != nil {
		return nil, err
	}
	e, err := p.engine.get(ctx)
	if err != nil {
		return nil, err
	}
	if what == verification.Selfie {
		err = e.Portrait(ctx, kept)
	} else {
		err = e.Card(ctx, kept, what == verification.CardFront)
	}
	if errors.Is(err, face.ErrUnavailable) {
		return kept, nil // the reviewer sees for themselves
	}
	return kept, pictureError(what, err)
}

// Likeness implements verify.PictureJudge. What the engine cannot compare, it does
// not know: a reviewer looks in any case.
func (p pictures) Likeness(ctx context.Context, card, selfie []byte) (float64, error) {
	e, err := p.engine.get(ctx)
	if err != nil {
		return 0, err
	}
	var made [2]face.Template
	for i, picture := range [][]byte{card, selfie} {
		if made[i], err = e.Template(ctx, picture); err != nil {
			var busy *face.BusyError
			if errors.As(err, &busy) || ctx.Err() != nil {
				return 0, domainError(err)
			}
			p.logger.WarnContext(ctx, "two faces of a review were not compared", "err", err)
			return 0, nil
		}
	}
	return made[0].Score(made[1]), nil
}

// pictureForms maps why a file is refused.
var pictureForms = []struct {
	err   error
	cause verify.PictureCause
}{
	{raster.ErrFormat, verify.PictureFormat},
	{raster.ErrForm, verify.PictureFormat},
	{raster.ErrTooLarge, verify.PicturePixels},
	{raster.ErrTooSmall, verify.PictureSmall},
	{raster.ErrDamaged, verify.PictureDamaged},
	{raster.ErrSlow, verify.PictureDamaged},
	{look.ErrNoFace, verify.PictureNoFace},
	{look.ErrManyFace, verify.PictureManyFaces},
}

// pictureHints maps the engine's advice.
var pictureHints = map[look.Hint]verify.PictureCause{
	look.HintCloser: verify.PictureCloser, look.HintFarther: verify.PictureFarther,
	look.HintMoreLight: verify.PictureMoreLight, look.HintLessLight: verify.PictureLessLight, look.HintLessGlare: verify.PictureGlare,
	look.HintHoldStill: verify.PictureBlurred, look.HintCorners: verify.PictureCorners, look.HintLookAhead: verify.PictureTurned, look.HintUncover: verify.PictureCovered,
}

// pictureError is the one map from what is wrong with a picture to the domain's
// causes.
func pictureError(what verification.Picture, err error) error {
	for _, form := range pictureForms {
		if errors.Is(err, form.err) {
			return &verify.PictureError{Picture: what, Cause: form.cause}
		}
	}
	var input *look.InputError
	if errors.As(err, &input) {
		if cause := pictureHints[input.Hint]; cause != "" {
			return &verify.PictureError{Picture: what, Cause: cause}
		}
		return &verify.PictureError{Picture: what, Cause: verify.PictureDamaged}
	}
	return domainError(err)
}
