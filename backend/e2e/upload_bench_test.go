package e2e_test

import (
	"runtime"
	"testing"

	"realname.example/shared/handoff"
	"realname.example/shared/problem"
)

// BenchmarkRefusedUpload is what a whole upload costs the process, sender
// included, that is refused: how long it takes, what is allocated for it, and
// what the heap still holds after a thousand bytes or twelve million were sent.
func BenchmarkRefusedUpload(b *testing.B) {
	u := start(b, sandboxConfig(b)).uploader("zhengqiang")
	large := make([][]byte, handoff.MaxFrames)
	for i := range large {
		large[i] = make([]byte, 150<<10)
	}
	beyond := append(large[:len(large):len(large)], make([]byte, handoff.MaxFrameBytes))
	for name, c := range map[string]struct {
		frames [][]byte
		code   problem.Code
	}{
		"unsigned":  {[][]byte{noise(0)}, problem.EvidenceInvalid},
		"full":      {large, problem.EvidenceInvalid},
		"too-large": {beyond, problem.TooLarge},
	} {
		body := formOf(b, []byte("{}"), c.frames, len(c.frames))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if got := u.send(body); got.code != c.code && got.err == nil {
					b.Fatalf("%+v", got)
				}
			}
			runtime.GC()
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			b.ReportMetric(float64(now.HeapInuse)/(1<<20), "held-MB")
		})
	}
}
