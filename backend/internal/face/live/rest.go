package live

import (
	"math"

	"realname.example/backend/internal/face/look"
)

// Rest is how the head is held before anything is asked, if the first n frames
// show it.
func (s *Sequence) Rest(n int) (Neutral, bool) {
	seen := seenIn(s.Looks[:min(n, len(s.Looks))])
	if len(seen) < StartFrames {
		return Neutral{}, false
	}
	return neutralOf(seen[:StartFrames], seen), true
}

// Moved says whether the mesh sees enough of a movement that the pose network
// could make it count: together never makes more of it than the mesh allows.
func (n Neutral) Moved(l *look.Look, limits Limits) bool {
	return math.Abs(l.Depth.Yaw-n.depth.Yaw) >= lesserShare*limits.Turn/2 ||
		math.Abs(l.Depth.Pitch-n.depth.Pitch) >= lesserShare*limits.Nod/2
}

// Guess is what the pose network would say of a look that did not move.
func (n Neutral) Guess(l *look.Look) look.Pose {
	return look.Pose{Yaw: n.net.Yaw + l.Depth.Yaw - n.depth.Yaw, Pitch: n.net.Pitch + l.Depth.Pitch - n.depth.Pitch, Roll: 0}
}
