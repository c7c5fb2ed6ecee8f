// Film makes what a phone's camera sees when it is held before a screen with a
// code: first the desk beside it, then the screen at an angle, with blur, noise
// and half of the contrast. The tour and the tests give its film to the phone
// app as the back camera.
//
//	film SCREENSHOT.png FILM.mjpeg
//
// It ends with status 3 where the screenshot shows no code of ours.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // screenshots
	"os"

	"realname.example/mobile/internal/scan"
	"realname.example/mobile/internal/scan/scangen"
	"realname.example/shared/handoff"
)

// The camera's size; a second of desk comes before the code.
const (
	width, height = 1280, 720
	deskPictures  = 2
	deskRounds    = 8
	codePictures  = 5
)

// errNoCode is a screenshot without a code of ours.
var errNoCode = errors.New("the picture shows no code of Realname")

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: film SCREENSHOT.png FILM.mjpeg")
		os.Exit(2)
	}
	err := film(os.Args[1], os.Args[2])
	switch {
	case errors.Is(err, errNoCode):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func film(from, to string) error {
	screen, err := open(from)
	if err != nil {
		return err
	}
	if text, ok := scan.ScanImage(screen); !ok {
		return errNoCode
	} else if _, err := handoff.Parse(text); err != nil {
		return errNoCode
	}
	var pictures bytes.Buffer
	shoot := func(pose scangen.Pose) error {
		return jpeg.Encode(&pictures, scangen.RenderRGBA(screen, pose, width, height), &jpeg.Options{Quality: 92})
	}
	for i := range deskPictures {
		if err := shoot(away(i)); err != nil {
			return err
		}
	}
	for i := range codePictures {
		if err := shoot(held(i)); err != nil {
			return err
		}
	}
	if err := os.WriteFile(to, pictures.Bytes(), 0o600); err != nil { //nolint:gosec // the caller names its own files
		return err
	}
	passages := make([][2]int, 0, deskRounds+1)
	for range deskRounds {
		passages = append(passages, [2]int{0, deskPictures})
	}
	passages = append(passages, [2]int{deskPictures, deskPictures + codePictures})
	document, err := json.Marshal(map[string][][2]int{"qr": passages})
	if err != nil {
		return err
	}
	return os.WriteFile(to+".json", document, 0o600) //nolint:gosec // as above
}

func open(path string) (image.Image, error) {
	file, err := os.Open(path) //nolint:gosec // as above
	if err != nil {
		return nil, err
	}
	defer file.Close()
	picture, _, err := image.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return picture, nil
}

// held is a hand that holds the phone before the screen, as well as it can.
func held(i int) scangen.Pose {
	shake := float64(i%3 - 1)
	return scangen.Pose{
		Size: 0.95, Tilt: 16 + shake, Axis: 65, Roll: 5 + shake/2, OffX: 0.02 + 0.004*shake,
		Contrast: 0.6, Shade: 0.25, ShadeDir: 30, Blur: 1, Noise: 7, Seed: uint64(i) + 1,
	}
}

// away is a phone that still points at the desk: what is in view is too near
// and too blurred to read.
func away(i int) scangen.Pose {
	p := held(i)
	p.Blur, p.Tilt, p.Size, p.Seed = 6, 38, 0.3, uint64(i)+100
	return p
}
