package verify

import (
	"context"
	"math/bits"

	"realname.example/shared/handoff"
)

// By what a capture is told that was seen before, compressed or cropped anew:
// of sampledFrames spread over it, so many are found again within so many bits
// of one that is remembered. docs/face.md has the measurements.
const (
	sampledFrames = 8
	seenFrames    = 6
	seenBits      = 20
)

// errFrameSeen is a frame that comes again.
func errFrameSeen() error { return &EvidenceError{Cause: "frame_seen"} }

// checkSeen refuses frames that come again as they were.
func (s *Service) checkSeen(ctx context.Context, jpegs [][]byte) error {
	hashes := make([]string, len(jpegs))
	for i, f := range jpegs {
		hashes[i] = handoff.HashFrame(f)
	}
	seen, err := s.deps.Store.FramesSeen(ctx, hashes)
	if err == nil && seen {
		err = errFrameSeen()
	}
	return err
}

// checkPrints refuses a capture of the same account or ID that was compressed or
// cropped anew. A person who tries again sits in the same chair: only most of a
// capture tells.
func (s *Service) checkPrints(ctx context.Context, c *Case, jpegs [][]byte) error {
	if s.deps.Frames == nil {
		return nil
	}
	known, err := s.deps.Store.Prints(ctx, c.AccountID, c.Identity.Number.Reveal())
	if err != nil || len(known) == 0 {
		return err
	}
	searched, err := s.deps.Frames.Search(ctx, Sample(jpegs))
	if err == nil && CaptureSeen(searched, known) {
		err = errFrameSeen()
	}
	return err
}

// Sample picks the frames by which a capture is told, spread over it.
func Sample(jpegs [][]byte) [][]byte {
	sample := make([][]byte, sampledFrames)
	for i := range sample {
		sample[i] = jpegs[i*(len(jpegs)-1)/(sampledFrames-1)]
	}
	return sample
}

// CaptureSeen reports whether a capture was seen before, by the prints that its
// Sample is searched by and those that are remembered.
func CaptureSeen(searched [][]Print, known []Print) bool {
	found := 0
	for _, prints := range searched {
		if anyNear(prints, known) {
			found++
		}
	}
	return found >= seenFrames
}

func anyNear(prints, known []Print) bool {
	for _, p := range prints {
		for _, k := range known {
			if p.distance(k) <= seenBits {
				return true
			}
		}
	}
	return false
}

// distance counts the bits that differ.
func (p Print) distance(q Print) int {
	n := 0
	for i := range p {
		n += bits.OnesCount8(p[i] ^ q[i])
	}
	return n
}
