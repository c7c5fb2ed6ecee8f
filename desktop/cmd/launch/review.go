package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"realname.example/shared/api"
	"realname.example/shared/report"
	"realname.example/shared/specimen"
	"realname.example/shared/verification"
)

var chenJing = person{"陈静", "110100198809010260", "13800000004"}

// isReviewed is a person whom the registry has no portrait of: her phone takes pictures of a drawn
// card with her face on it, and of herself, and a reviewer verifies her by them.
func isReviewed(ctx context.Context, t *tour) error {
	in := api.Credentials{Username: "chenjing", Password: t.password}
	if _, err := t.client.CreateAccount(ctx, in); err != nil {
		return fmt.Errorf("create an account: %w", err)
	}
	d, err := t.signIn(ctx, in.Username)
	if err != nil {
		return err
	}
	if err := d.byMobile(ctx, chenJing); err != nil {
		return err
	}
	if err := d.reach(ctx, "scan-with-phone", atFaceScan); err != nil {
		return err
	}
	h, err := d.pick(ctx, recordingWuMin)
	if err != nil {
		return err
	}
	if err := h.comesToReview(ctx); err != nil {
		return err
	}
	front, back, err := cards(t.build)
	if err != nil {
		return err
	}
	for _, card := range []image.Image{front, back, nil} {
		if err := h.shoots(ctx, card); err != nil {
			return err
		}
	}
	if err := h.at(ctx, "result"); err != nil {
		return err
	}
	if err := d.reach(ctx, "review-with-pictures", inReview); err != nil {
		return err
	}
	h.put()
	if err := t.reviewIsSeen(ctx, d.verification); err != nil {
		return err
	}
	if err := t.reviews(ctx, d.verification); err != nil {
		return err
	}
	return d.finish(ctx, "verified-by-review", asVerified)
}

func inReview(v verification.View) bool { return v.Status == verification.InReview }

// comesToReview plays the hand-off to where the camera would open for a scan, and agrees to the
// pictures instead.
func (h *handset) comesToReview(ctx context.Context) error {
	if err := h.connect(ctx); err != nil {
		return err
	}
	number, err := h.desk.number(ctx)
	if err != nil {
		return err
	}
	if err := h.types(ctx, number); err != nil {
		return err
	}
	for _, at := range []struct {
		status  verification.Status
		picture string
	}{{verification.Confirming, "phone-asks-consent"}, {verification.InReview, "phone-asks-for-pictures"}} {
		err := h.until(ctx, "the consent", func(l report.Line) bool { return l.Screen == "consenting" && l.Status == at.status && !l.Busy })
		if err != nil {
			return err
		}
		if err := h.press(ctx, "consent.tick"); err != nil {
			return err
		}
		if err := h.desk.picture(ctx, at.picture); err != nil {
			return err
		}
		if err := h.press(ctx, "phone.consent.agree"); err != nil {
			return err
		}
	}
	return h.at(ctx, "posing")
}

// shoots takes the picture that the phone asks for: of a card, or without one of the person, and
// sends it.
func (h *handset) shoots(ctx context.Context, card image.Image) error {
	before, err := h.desk.account.View(ctx, h.desk.verification)
	if err != nil {
		return err
	}
	if card != nil {
		if err := lay(card, h.sight); err != nil {
			return err
		}
	}
	if err := h.at(ctx, "posing"); err != nil {
		return err
	}
	if err := h.press(ctx, "phone.picture.open"); err != nil {
		return err
	}
	if err := h.at(ctx, "aiming"); err != nil {
		return err
	}
	if err := h.press(ctx, "phone.picture.shoot"); err != nil {
		return err
	}
	if err := h.at(ctx, "shown"); err != nil {
		return err
	}
	sent := len(before.Pictures.Sent)
	if err := h.desk.picture(ctx, fmt.Sprintf("phone-picture-%d", sent+1)); err != nil {
		return err
	}
	if err := h.press(ctx, "phone.picture.send"); err != nil {
		return err
	}
	return waitFor(ctx, screenWithin, "the server has the picture", func() (bool, error) {
		v, err := h.desk.account.View(ctx, h.desk.verification)
		if err != nil || v.Pictures == nil {
			return false, err
		}
		if line, err := h.now(); err != nil || line.Screen == "shown" {
			return false, err
		}
		return len(v.Pictures.Sent) > sent, h.ended()
	})
}

// cards draws both sides of a card with the recorded person's face.
func cards(build string) (front, back image.Image, err error) {
	film, err := os.ReadFile(recording(build, recordingWuMin))
	if err != nil {
		return nil, nil, err
	}
	portrait, err := jpeg.Decode(bytes.NewReader(film)) // its first picture
	if err != nil {
		return nil, nil, fmt.Errorf("read the recording: %w", err)
	}
	return specimen.Front(portrait, "CHEN JING", chenJing.number), specimen.Back("VALID 2020.01.01-2040.01.01"), nil
}

// lay puts a picture before the phone's back camera.
func lay(picture image.Image, film string) error {
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, picture, &jpeg.Options{Quality: 92}); err != nil {
		return err
	}
	if err := os.Remove(film + ".json"); err != nil && !errors.Is(err, os.ErrNotExist) { // what the code's film showed when
		return err
	}
	return os.WriteFile(film, bytes.Repeat(encoded.Bytes(), 2), 0o600)
}

// reviews approves a case as a reviewer whose program has a key, once its pictures are there.
func (t *tour) reviews(ctx context.Context, id verification.ID) error {
	if _, err := t.operates(ctx, "add", "reviewer-li", "--role", "reviewer"); err != nil {
		return err
	}
	key, err := t.operates(ctx, "key", "reviewer-li")
	if err != nil {
		return err
	}
	var item api.ReviewItem
	if err := t.administers(ctx, key, http.MethodGet, api.PathAdminReview, id, nil, &item); err != nil {
		return err
	}
	if len(item.Pictures) != 3 || item.Likeness < 0.5 {
		return fmt.Errorf("the reviewer is shown %d pictures, %.2f alike", len(item.Pictures), item.Likeness)
	}
	decision := api.ReviewDecision{Reason: "the card and the person agree"}
	return t.administers(ctx, key, http.MethodPost, api.PathAdminApprove, id, decision, &verification.View{})
}

// operates runs a command of operators beside the server.
func (t *tour) operates(ctx context.Context, args ...string) (string, error) {
	data, err := filepath.Abs(t.backend.data)
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(t.build, "backend"), append([]string{"--data", data, "operator"}, args...)...).Output()
	if err != nil {
		return "", fmt.Errorf("operator %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}

// administers makes a call of /v1/admin about a case.
func (t *tour) administers(ctx context.Context, key, method, path string, id verification.ID, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, t.server+strings.Replace(path, "{id}", string(id), 1), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s %s %w", method, path, answer.Status, text, err)
	}
	return json.Unmarshal(text, out)
}
