package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"realname.example/backend/internal/store"
	"realname.example/backend/internal/verify"
	"realname.example/shared/verification"
)

// handed is a change that hands in a picture.
func handed(p verification.Picture, jpeg string) verify.Change {
	return func(c *verify.Case) (verify.Effects, error) {
		if c.Review == nil {
			c.Review = &verify.Review{AskedAt: Start}
		}
		c.Review.Pictures, c.Review.Likeness = append(slices.Clone(c.Review.Pictures), p), 0.5
		return verify.Effects{Pictures: []verify.KeptPicture{{Picture: p, JPEG: []byte(jpeg), At: Start}}}, nil
	}
}

// dataKeys counts those of the database.
func dataKeys(t *testing.T, s *store.Store) (n int) {
	t.Helper()
	if err := s.Pool().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM data_keys").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// inReview makes a case in review with two pictures.
func inReview(t *testing.T, s *store.Store, id, accountID string, n int) verification.ID {
	t.Helper()
	Create(t, s, NewCase(id, accountID, Who(n)))
	Update(t, s, verification.ID(id), Moved(verification.InReview))
	Update(t, s, verification.ID(id), handed(verification.CardFront, "front of "+id))
	Update(t, s, verification.ID(id), handed(verification.Selfie, "selfie of "+id))
	return verification.ID(id)
}

func expectPicture(t *testing.T, s *store.Store, when string, id verification.ID, p verification.Picture, want string) {
	t.Helper()
	have, err := s.Picture(t.Context(), id, p)
	if want == "" && !errors.Is(err, verify.ErrNotFound) || want != "" && (err != nil || string(have) != want) {
		t.Errorf("%s: %s is %q, %v", when, p, have, err)
	}
}

func testPictures(t *testing.T, s *store.Store) {
	id := inReview(t, s, "c1", "a1", 1)
	expectPicture(t, s, "handed in", id, verification.CardFront, "front of c1")
	expectPicture(t, s, "never sent", id, verification.CardBack, "")
	Update(t, s, id, handed(verification.CardFront, "a better front"))
	expectPicture(t, s, "in its place", id, verification.CardFront, "a better front")
	list, err := s.PicturesOf(t.Context(), "a1")
	if err != nil || len(list) != 2 || list[0] != (verify.PictureRecord{CaseID: id, Picture: verification.CardFront, At: Start}) {
		t.Errorf("the list is %+v, %v", list, err)
	}
	c, err := s.Case(t.Context(), id)
	if err != nil || c.Review.Likeness != 0.5 || !slices.Contains(c.Review.Pictures, verification.Selfie) {
		t.Errorf("the case has %+v, %v", c.Review, err)
	}
	keys := dataKeys(t, s)
	Update(t, s, id, func(c *verify.Case) (verify.Effects, error) {
		c.Review.Pictures = nil
		return verify.Effects{DropPictures: true}, nil
	})
	expectPicture(t, s, "dropped", id, verification.CardFront, "")
	if have := dataKeys(t, s); have != keys-1 {
		t.Errorf("%d keys of %d are left", have, keys)
	}
}

func testPicturesEnd(t *testing.T, s *store.Store) {
	decided, waits := inReview(t, s, "c1", "a1", 1), inReview(t, s, "c2", "a2", 2)
	Update(t, s, decided, Moved(verification.Verified)) // a minute after the start
	lives := verify.Lives{Cases: 1000 * time.Hour, Pictures: time.Hour}
	end := Start.Add(time.Minute + time.Hour)
	if err := s.Prune(t.Context(), end.Add(-time.Microsecond), lives); err != nil {
		t.Fatal(err)
	}
	expectPicture(t, s, "before the end", decided, verification.CardFront, "front of c1")
	if err := s.Prune(t.Context(), end, lives); err != nil {
		t.Fatal(err)
	}
	expectPicture(t, s, "at the end", decided, verification.CardFront, "")
	expectPicture(t, s, "not decided", waits, verification.CardFront, "front of c2")
	if _, err := s.Erase(t.Context(), "a2", verify.Entry{At: Start, Event: verify.EventErased}, Moved(verification.Cancelled)); err != nil {
		t.Fatal(err)
	}
	expectPicture(t, s, "erased", waits, verification.CardFront, "")
	if c, err := s.Case(t.Context(), waits); err != nil || c.Review.Likeness != 0 {
		t.Errorf("after the erasure: %+v, %v", c.Review, err)
	}
	if have := dataKeys(t, s); have != 1 {
		t.Errorf("%d keys are left, want that of the verified account", have)
	}
}
