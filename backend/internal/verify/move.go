package verify

import (
	"context"
	"errors"
	"time"

	"realname.example/shared/verification"
)

// An ID that verifies another account may move: the person has proven by a living
// face, or to an operator, that it is theirs, the holder's account is told, and
// where nobody objects within Config.MoveWait the ID verifies this account instead.

// movable reports whether the move of the case's ID may be asked for.
func movable(c *Case) bool {
	return c.Status == verification.Rejected && c.Reason == verification.IdentityAlreadyBound && c.Proven &&
		c.Move == nil && !c.Identity.Number.Empty()
}

func moveView(m Move, now time.Time) *verification.Move {
	return &verification.Move{AskedAt: m.AskedAt, DueAt: m.DueAt, DueIn: verification.SecondsUntil(m.DueAt, now), End: string(m.End)}
}

// AskMove asks for the move of the case's ID to its account. It returns
// *ConflictError where that cannot be asked for: nobody has proven who they are, the
// ID is free or another one's that was joined, or it is about to move already.
func (s *Service) AskMove(ctx context.Context, caller Caller, id verification.ID) (verification.View, error) {
	rejected, err := s.deps.Store.Case(ctx, id)
	if err != nil {
		return verification.View{}, err
	}
	if rejected.AccountID != caller.AccountID {
		return verification.View{}, ErrNotFound
	}
	from, err := s.deps.Store.NumberBound(ctx, rejected.Identity.Key())
	if errors.Is(err, ErrNotFound) {
		return verification.View{}, rejected.conflict()
	}
	if err != nil {
		return verification.View{}, err
	}
	held, err := s.deps.Store.Bound(ctx, from)
	switch {
	case errors.Is(err, ErrNotFound): // freed meanwhile
		return verification.View{}, rejected.conflict()
	case err != nil:
		return verification.View{}, err
	case held.Identity.Key() != rejected.Identity.Key(): // joined by operators, and not what would move
		return verification.View{}, rejected.conflict()
	}
	if err := s.refuseSecondCase(ctx, caller.AccountID); err != nil {
		return verification.View{}, err
	}
	c, err := s.updateByOwner(ctx, caller.AccountID, id, func(c step) error {
		if !movable(c.Case) {
			return c.conflict()
		}
		c.Move = &Move{From: from, AskedAt: c.now, DueAt: c.now.Add(s.cfg.MoveWait)}
		c.effects.MoveFrom = from
		c.note(EventMoveAsked)
		return nil
	})
	if err != nil {
		return verification.View{}, err
	}
	return s.view(c), s.deps.Store.NoteEntry(ctx, from, Entry{At: c.Move.AskedAt, Actor: ActorServer, Event: EventMoveAsked})
}

// MoveAsked returns the move that an account's ID is about to make, with the masked
// name of the account that asks; ErrNotFound where there is none.
func (s *Service) MoveAsked(ctx context.Context, accountID string) (*verification.Move, string, error) {
	id, err := s.deps.Store.MoveFrom(ctx, accountID)
	if err != nil {
		return nil, "", err
	}
	c, err := s.deps.Store.Case(ctx, id)
	if err != nil {
		return nil, "", err
	}
	return moveView(*c.Move, s.deps.Now()), c.Account, nil
}

// ObjectToMove is the holder's no: the ID stays. It returns ErrNotFound where it is
// not about to move.
func (s *Service) ObjectToMove(ctx context.Context, accountID string) error {
	id, err := s.deps.Store.MoveFrom(ctx, accountID)
	if err != nil {
		return err
	}
	ended, err := s.endMove(ctx, id, MoveObjected, EventMoveObjected)
	if err != nil {
		return err
	}
	if !ended {
		return ErrNotFound
	}
	return s.deps.Store.NoteEntry(ctx, accountID, Entry{At: s.deps.Now(), Actor: ActorPC, Event: EventMoveObjected})
}

// endMove ends a case's move, unless it has ended or an objection comes too late.
func (s *Service) endMove(ctx context.Context, id verification.ID, end MoveEnd, e Event) (ended bool, err error) {
	_, err = s.update(ctx, id, ActorServer, func(c step) error {
		if ended = c.Move != nil && c.Move.End == "" && (end != MoveObjected || !c.Move.Begun); !ended {
			return nil
		}
		over := *c.Move
		over.End = end
		c.Move, c.effects.MoveEnds = &over, true
		c.noteWith(e, "", string(end))
		return nil
	})
	return ended, err
}

// sweepMoves carries out the moves whose time has come.
func (s *Service) sweepMoves(ctx context.Context) error {
	ids, err := s.deps.Store.DueMoves(ctx, s.deps.Now(), sweepBatch)
	if err != nil {
		return err
	}
	var failed error
	for _, id := range ids {
		failed = errors.Join(failed, s.carryMove(ctx, id))
	}
	return failed
}

// beginMove says that a move is under way, unless it has ended meanwhile: from then
// on nobody is told that the ID stays.
func (s *Service) beginMove(ctx context.Context, id verification.ID) (begun bool, err error) {
	_, err = s.update(ctx, id, ActorServer, func(c step) error {
		if begun = c.Move != nil && c.Move.End == ""; begun {
			under := *c.Move
			under.Begun = true
			c.Move = &under
		}
		return nil
	})
	return begun, err
}

// carryMove frees the ID of the holder and binds it to the account that asked. What a
// crash leaves half done, the next sweep ends: a free ID is bound then.
func (s *Service) carryMove(ctx context.Context, id verification.ID) error {
	c, err := s.deps.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	held, err := s.deps.Store.NumberBound(ctx, c.Identity.Key())
	free := errors.Is(err, ErrNotFound)
	if err != nil && !free {
		return err
	}
	if held == c.AccountID { // bound by a sweep that was cut off
		_, err := s.endMove(ctx, id, MoveDone, EventMoved)
		return err
	}
	var conflict *ConflictError
	switch err := s.refuseSecondCase(ctx, c.AccountID); {
	case errors.Is(err, ErrAlreadyVerified), !free && held != c.Move.From, c.Identity.Number.Empty():
		_, err := s.endMove(ctx, id, MoveFailed, EventMoveFailed)
		return err
	case errors.As(err, &conflict): // the account is verifying otherwise; the move waits for that
		return nil
	case err != nil:
		return err
	}
	if begun, err := s.beginMove(ctx, id); err != nil || !begun {
		return err
	}
	if !free {
		entry := Entry{At: s.deps.Now(), Actor: ActorServer, Event: EventMoved, Detail: "to another account, after " + s.cfg.MoveWait.String()}
		if err := s.deps.Store.Unbind(ctx, held, c.AccountID, entry); err != nil {
			return err
		}
	}
	if err := s.createMoved(ctx, c); err != nil {
		return err
	}
	_, err = s.endMove(ctx, id, MoveDone, EventMoved)
	return err
}

// createMoved makes the verified case of an ID that moves by case c.
func (s *Service) createMoved(ctx context.Context, c *Case) error {
	next, err := s.newCase(ctx, Caller{AccountID: c.AccountID, Origin: c.PC}, c.Method, c.Identity)
	if err != nil {
		return err
	}
	next.Account = c.Account
	next.as(ActorServer).noteWith(EventMoved, "", "from another account")
	if err := next.as(ActorServer).move(verification.Verified, ""); err != nil {
		return err
	}
	_, err = s.create(ctx, next)
	return err
}
