package e2e_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/handoff"
	"realname.example/shared/verification"
)

// BenchmarkReady reports how long a backend process needs from its start to
// its first answer over SQLite: on a fresh data folder, and on one that exists.
func BenchmarkReady(b *testing.B) {
	measure := func(folder string) time.Duration {
		begun := time.Now()
		url := startProcess(b, "REALNAME_LISTEN=127.0.0.1:0", "REALNAME_DATA="+folder, "REALNAME_SANDBOX_PASSWORD="+password,
			"REALNAME_MODELS="+os.Getenv("REALNAME_BENCH_MODELS"), serveEnv+"=1")
		response, err := http.Get(url + "/readyz")
		if err != nil {
			b.Fatal(err)
		}
		response.Body.Close()
		return time.Since(begun)
	}
	var fresh, again []time.Duration
	for b.Loop() {
		folder := filepath.Join(b.TempDir(), "data")
		fresh = append(fresh, measure(folder))
		again = append(again, measure(folder))
	}
	b.ReportMetric(percentile(fresh, 50).Seconds()*1000, "ms-fresh")
	b.ReportMetric(percentile(again, 50).Seconds()*1000, "ms-again")
	b.ReportMetric(0, "ns/op")
}

// percentile returns the p-th percentile of some times.
func percentile(times []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[(len(sorted)-1)*p/100]
}

// Streams of other cases that are open beside the one that is measured.
const (
	besideAccounts = 50
	besideStreams  = 4
)

// BenchmarkStatusPush reports the 99th percentile of the time from the answer
// to a phone's call to the arrival of the new view at the PC's stream, with
// other streams open beside it.
func BenchmarkStatusPush(b *testing.B) {
	cfg := sandboxConfig(b)
	cfg.LogLevel, cfg.Streams, cfg.StreamsPerCaller = "error", 0, 0
	s := start(b, cfg)
	s.givePortrait("郑强")
	a := s.signIn("zhengqiang")
	v, err := a.Begin(b.Context(), byFace(s.person("郑强")))
	if err != nil {
		b.Fatal(err)
	}
	p := s.consented(a, v.ID)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var beside sync.WaitGroup
	for i := range besideAccounts {
		other := s.signUp(fmt.Sprintf("beside-%d", i))
		theirs, err := other.Begin(ctx, byMobile(s.person("张伟")))
		if err != nil {
			b.Fatal(err)
		}
		for range besideStreams {
			beside.Go(func() {
				for range other.Watch(ctx, theirs.ID) {
				}
			})
		}
	}
	arrived := make(chan int, 1)
	beside.Go(func() {
		for u := range a.Watch(ctx, v.ID) {
			if u.Online && u.View.Handoff != nil {
				select {
				case arrived <- u.View.Handoff.ActionsDone:
				case <-ctx.Done():
				}
			}
		}
	})
	<-arrived
	var times []time.Duration
	done := 0
	for b.Loop() {
		done = done%len(verification.Actions()) + 1
		begun := time.Now()
		if err := p.Progress(ctx, api.Progress{Step: verification.StepAction, Action: verification.Nod, ActionsDone: done}); err != nil {
			b.Fatal(err)
		}
		for got := range arrived {
			if got == done {
				break
			}
		}
		times = append(times, time.Since(begun))
	}
	cancel()
	beside.Wait()
	b.ReportMetric(percentile(times, 50).Seconds()*1000, "ms-p50")
	b.ReportMetric(percentile(times, 99).Seconds()*1000, "ms-p99")
	b.ReportMetric(besideAccounts*besideStreams+1, "streams")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkEvidenceToPC reports how long after a phone's last uploaded byte the
// PC's stream has the result, beyond the verdict itself: the judge of the
// benchmark answers at once. A capture is of full size, 72 pictures of 50 KB.
func BenchmarkEvidenceToPC(b *testing.B) {
	cfg := sandboxConfig(b)
	cfg.LogLevel, cfg.Streams, cfg.StreamsPerCaller = "error", 0, 0
	cfg.Verify.FaceAttempts = 1 << 30
	s := start(b, cfg)
	s.givePortrait("郑强")
	s.judge.set(nil, nil, verification.LivenessFailed)
	a := s.signIn("zhengqiang")
	v, err := a.Begin(b.Context(), byFace(s.person("郑强")))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	type arrival struct {
		view verification.View
		at   time.Time
	}
	arrived := make(chan arrival, 100)
	var watching sync.WaitGroup
	watching.Go(func() {
		for u := range a.Watch(ctx, v.ID) {
			arrived <- arrival{u.View, time.Now()}
		}
	})
	var times []time.Duration
	for b.Loop() {
		p := s.consented(a, v.ID)
		ch, err := p.Challenge(ctx, api.ChallengeRequest{FramesPerSecond: 30})
		if err != nil {
			b.Fatal(err)
		}
		manifest, frames := fullCapture(b, p, ch)
		s.clock.Advance(12 * time.Second)
		var last time.Time
		sent := make(chan struct{})
		once := sync.OnceFunc(func() { close(sent) })
		if _, err := p.Evidence(ctx, manifest, frames, func(done, total int64) {
			if done == total {
				last = time.Now()
				once()
			}
		}); err != nil {
			b.Fatal(err)
		}
		<-sent
		for got := range arrived {
			if got.view.Status == verification.FaceRequired && got.view.Reason == verification.LivenessFailed && got.at.After(last) {
				times = append(times, got.at.Sub(last))
				break
			}
		}
	}
	cancel()
	go func() {
		for range arrived { // what still comes
		}
	}()
	watching.Wait()
	close(arrived)
	b.ReportMetric(percentile(times, 50).Seconds()*1000, "ms-p50")
	b.ReportMetric(percentile(times, 99).Seconds()*1000, "ms-p99")
	b.ReportMetric(0, "ns/op")
}

// fullCapture is as large as a phone's capture can be.
func fullCapture(b *testing.B, p *phone, ch api.Challenge) (manifest []byte, frames [][]byte) {
	b.Helper()
	m := handoff.Manifest{Challenge: ch.ID, Nonce: ch.Nonce}
	for i := range handoff.MaxFrames {
		frame := make([]byte, 50<<10)
		_, _ = rand.Read(frame)
		frames = append(frames, frame)
		m.Frames = append(m.Frames, handoff.ManifestFrame{SHA256: handoff.HashFrame(frame), Millis: int64(i) * 150})
	}
	manifest, err := handoff.Sign(p.key, m)
	if err != nil {
		b.Fatal(err)
	}
	return manifest, frames
}
