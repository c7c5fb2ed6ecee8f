package face

import (
	"context"

	"realname.example/backend/internal/face/live"
	"realname.example/backend/internal/face/look"
)

// sameInActions describes the frames at the top of each asked action too: those
// who show them must be the person whom the others show.
func (t *trial) sameInActions(ctx context.Context) (live.Refusal, error) {
	if err := t.again(ctx, t.Undescribed(), (*look.Worker).Describe); err != nil {
		return live.Refusal{}, err
	}
	return t.SameFace(), nil
}

// challenge looks for the asked actions, in their order. At the top of each movement
// that is hardly one, asked for or not, it looks once more in the whole picture.
func (t *trial) challenge(ctx context.Context) (live.Refusal, error) {
	err := t.again(ctx, t.Unsure(), func(w *look.Worker, l *look.Look) error {
		alone, err := w.See(look.EffortMotion)
		defer alone.Wipe()
		if err == nil {
			l.Alone = alone
		}
		return err
	})
	if err != nil {
		return live.Refusal{}, err
	}
	return t.Answers(), nil
}
