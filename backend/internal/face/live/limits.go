package live

// Limits are the numbers that decide about a sequence. docs/face.md has the curves
// they were chosen from.
type Limits struct {
	Same     float64 // descriptor distance to the neutral frames, up to which a frame shows the same person
	Turn     float64 // degrees from neutral, by both measures
	Nod      float64 // degrees from neutral, by both measures
	Mouth    float64 // ratio above neutral
	EyesShut float64 // opening over the person's own open eyes, below which they are shut
	EyesBack float64 // and above which they are open again
	Closer   float64 // growth of the face
}

// DefaultLimits are the chosen ones.
var DefaultLimits = Limits{
	Same:     0.62,
	Turn:     15,
	Nod:      9,
	Mouth:    0.3,
	EyesShut: 0.7,
	EyesBack: 0.85,
	Closer:   1.25,
}
