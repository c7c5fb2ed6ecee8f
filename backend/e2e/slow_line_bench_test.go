//go:build !race

package e2e_test

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// The line of BenchmarkSlowLine: what it takes up a second, and how long a byte is on
// its way up.
const (
	slowKB    = 4000 / 8
	slowDelay = 40 * time.Millisecond
)

// BenchmarkSlowLine is the time from the last picture taken to the verdict at the phone,
// over a line of 4 Mbit/s up and 40 ms: streamed while the capture lasts, in turn with the
// form of older phones, which sends all of it, the manifest first, when all is taken.
// The captures are of a recorded person, and judged by the engine in a process of its own.
func BenchmarkSlowLine(b *testing.B) {
	who := openActor(b, "franck")
	portrait, err := os.ReadFile(filepath.Join(recordingsFolder, "franck", "portrait.jpg"))
	if err != nil {
		b.Fatal(err)
	}
	url, _ := launchEngine(b, who)
	l, url := newLine(b, url)
	l.poison("latency", "upstream", map[string]int{"latency": int(slowDelay.Milliseconds())})
	l.poison("bandwidth", "upstream", map[string]int{"rate": slowKB})
	s := &server{t: b, client: newClient(b, url), clock: &clock{}}
	var streamed, whole []time.Duration
	people := 0
	next := func() *sitting {
		people++
		return s.sit(fmt.Sprintf("account%d", people), s.add(people, portrait), who.apart(byte(people)))
	}
	for b.Loop() {
		streamed = append(streamed, next().stream())
		whole = append(whole, next().sendAll())
	}
	for name, times := range map[string][]time.Duration{"streamed": streamed, "whole": whole} {
		b.ReportMetric(percentile(times, 50).Seconds()*1000, "ms-p50-"+name)
		b.ReportMetric(percentile(times, 95).Seconds()*1000, "ms-p95-"+name)
	}
	b.ReportMetric(0, "ns/op")
	s.client.Close()
}

// sitting is a phone before a capture whose pictures are known.
type sitting struct {
	*phone
	t        testing.TB
	manifest []byte
	frames   [][]byte
	at       []time.Duration // when each is taken, from now on
	begun    time.Time
}

// sit brings a fresh account as a person so far that its capture begins.
func (s *server) sit(name string, person api.Person, who *actor) *sitting {
	a := s.signUp(name)
	v, err := a.Begin(s.t.Context(), byFace(person))
	mustView(s.t, v, err, verification.FaceRequired, "")
	p := s.consented(a, v.ID)
	ch, err := p.Challenge(s.t.Context(), api.ChallengeRequest{FramesPerSecond: filmRate})
	if err != nil {
		s.t.Fatal(err)
	}
	begun := time.Now()
	manifest, frames, _ := who.act(s.t, p, ch)
	listed, err := handoff.Open(p.key.Public().(ed25519.PublicKey), manifest)
	if err != nil {
		s.t.Fatal(err)
	}
	sits := &sitting{phone: p, t: s.t, manifest: manifest, frames: frames, begun: begun}
	for _, f := range listed.Frames {
		sits.at = append(sits.at, time.Duration(f.Millis)*time.Millisecond)
	}
	return sits
}

// take waits until a picture is taken.
func (s *sitting) take(i int) {
	time.Sleep(time.Until(s.begun.Add(s.at[i]))) //nolint:forbidigo // as long as a person takes, by the process's own clock
}

// stream sends each picture as it is taken, and returns the time from the last to the verdict.
func (s *sitting) stream() time.Duration {
	stream := s.Stream(s.t.Context())
	defer stream.Close()
	for i, f := range s.frames {
		s.take(i)
		stream.Frame(f)
	}
	last := time.Now()
	_, err := stream.Finish(s.t.Context(), s.manifest, nil)
	return s.verdict(last, err)
}

// sendAll sends everything when the last picture is taken.
func (s *sitting) sendAll() time.Duration {
	s.take(len(s.frames) - 1)
	last := time.Now()
	_, err := s.Evidence(s.t.Context(), s.manifest, s.frames, nil)
	return s.verdict(last, err)
}

func (s *sitting) verdict(last time.Time, err error) time.Duration {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	for u := range s.Watch(s.t.Context()) {
		if u.Online && !u.View.Status.OnPhone() {
			took := time.Since(last)
			size := 0
			for _, f := range s.frames {
				size += len(f)
			}
			s.t.Logf("%d pictures, %d KB: %s %s after %s", len(s.frames), size>>10, u.View.Status, u.View.Reason, took)
			return took
		}
	}
	s.t.Fatal("no verdict came")
	return 0
}
