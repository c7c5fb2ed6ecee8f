//go:build !race

package e2e_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// verdictsAtOnce is the number of verdicts whose memory is measured: what the
// engine allows by default.
const verdictsAtOnce = 4

// BenchmarkMemory is the peak memory of a whole backend over SQLite, a process
// of its own, that is sent 4 captures at once, of a recorded person as 4 people with
// pictures of their own, beside its memory before the first.
func BenchmarkMemory(b *testing.B) {
	who := openActor(b, "franck")
	portrait, err := os.ReadFile(filepath.Join(recordingsFolder, "franck", "portrait.jpg"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		url, process := launchEngine(b, who)
		s := &server{t: b, client: newClient(b, url), clock: &clock{}}
		sends := make([]func(), verdictsAtOnce)
		for i := range sends {
			sends[i] = s.ready(fmt.Sprintf("account%d", i), s.add(i, portrait), who.apart(byte(i)))
		}
		before := peakOf(b, process)
		var group sync.WaitGroup
		for _, send := range sends {
			group.Go(send)
		}
		group.Wait()
		b.ReportMetric(before, "before-MB")
		b.ReportMetric(peakOf(b, process), "peak-MB")
		s.client.Close()
	}
	b.ReportMetric(0, "ns/op")
}

// numberOf is the ID number of one of many made-up people.
func numberOf(i int) string {
	digits := fmt.Sprintf("11010019920301%03d", i)
	return digits + string(identity.CheckCharacter(digits))
}

// add puts a person into the sandbox whose portrait is that of a recording.
func (s *server) add(i int, portrait []byte) api.Person {
	p, err := s.client.AddSandboxPerson(s.t.Context(), api.NewPerson{
		Name: "赵敏", Number: numberOf(i), Mobile: fmt.Sprintf("139%08d", i), Portrait: base64.StdEncoding.EncodeToString(portrait),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// apart is the actor in pictures whose bytes nobody else sends: a comment in each says
// whose they are.
func (a *actor) apart(whose byte) *actor {
	own := &actor{passages: a.passages}
	for _, p := range a.pictures {
		own.pictures = append(own.pictures, slices.Concat(p[:2], []byte{0xff, 0xfe, 0, 3, whose}, p[2:]))
	}
	return own
}

// launchEngine starts a backend with the real engine, which asks for what a recorded
// person can do.
func launchEngine(b *testing.B, who *actor) (url string, process *os.Process) {
	b.Helper()
	var actions []string
	for _, a := range can(who) {
		actions = append(actions, string(a))
	}
	return launch(b,
		"REALNAME_LISTEN=127.0.0.1:0", "REALNAME_DATA="+filepath.Join(b.TempDir(), "data"), "REALNAME_SANDBOX_PASSWORD="+password,
		"REALNAME_MODELS="+filepath.Join("..", "..", "build", "models"), "REALNAME_RECORDINGS="+recordingsFolder,
		"REALNAME_FACE_ACTIONS="+strings.Join(actions, ","), engineEnv+"=1")
}

// ready brings a fresh account so far that its capture as a person, made by who, can be
// sent; send does that and waits for the verdict.
func (s *server) ready(name string, person api.Person, who *actor) (send func()) {
	a := s.signUp(name)
	v, err := a.Begin(s.t.Context(), byFace(person))
	mustView(s.t, v, err, verification.FaceRequired, "")
	p := s.consented(a, v.ID)
	ch, err := p.Challenge(s.t.Context(), api.ChallengeRequest{FramesPerSecond: filmRate})
	if err != nil {
		s.t.Fatal(err)
	}
	manifest, frames, lasts := who.act(s.t, p, ch)
	asked := time.Now()
	return func() {
		time.Sleep(time.Until(asked.Add(lasts))) //nolint:forbidigo // as long as a person takes, by the process's own clock
		if _, err := p.Evidence(s.t.Context(), manifest, frames, nil); err != nil {
			s.t.Error(err)
			return
		}
		v := await(s.t, a, v.ID, verification.Judging)
		s.t.Logf("%v: %s %s", ch.Actions, v.Status, v.Reason)
	}
}

// peakOf is a process's VmHWM in MB.
func peakOf(b *testing.B, process *os.Process) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process.Pid))
	if err != nil {
		b.Skipf("this system does not tell the peak memory: %v", err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	var kB float64
	if _, err := fmt.Fscan(strings.NewReader(string(rest)), &kB); err != nil {
		b.Fatal(err)
	}
	return kB / 1024
}
