package face

// class is a kind of portrait by what it has left of a face. The softer a portrait,
// the lower all its scores are, those of strangers too: at one threshold for all,
// its own person is refused for it.
type class struct {
	eyes    float64 // pixels between the eyes, at the most
	quality int     // of its JPEG (raster.Quality), at the most
	less    float64 // how far below Thresholds.Match its threshold lies
	poor    bool    // a mismatch says little: its own person is refused in one case of seven
}

// classes stand the poorest first; a portrait is of the first that it fits in, and
// one that fits in none is compared at Thresholds.Match. Each was measured at its
// largest and best, with no more strangers accepted than of large portraits
// (docs/face.md has the table).
var classes = []class{
	{eyes: 22, quality: 20, less: 0.11, poor: true},
	{eyes: 22, quality: 30, less: 0.08},
	{eyes: 22, quality: 50, less: 0.06},
	{eyes: 28, quality: 20, less: 0.06},
	{eyes: 22, quality: 75, less: 0.04},
	{eyes: 28, quality: 50, less: 0.03},
}

// classOf returns the class of a portrait; the zero value is that of large ones, and
// of those of which nothing is known (quality 0).
func classOf(eyes float64, quality int) class {
	for _, c := range classes {
		if quality > 0 && eyes <= c.eyes && quality <= c.quality {
			return c
		}
	}
	return class{}
}

// Poor says whether a portrait whose eyes are so many pixels apart, as a JPEG of this
// quality (raster.Quality), is of a class in which a mismatch says little, so that
// people whom it does not show clearly enough wait for an operator.
func Poor(eyes float64, quality int) bool { return classOf(eyes, quality).poor }

// lowestMatch is the lowest threshold that was measured with any class. Who sets
// Match lower than DefaultThresholds does gets no lower one.
const lowestMatch = 0.44

// MatchOf is the threshold of the match for a portrait whose eyes are so many pixels
// apart, as a JPEG of this quality; 0 and 0 for large ones.
func (t Thresholds) MatchOf(eyes float64, quality int) float64 {
	return t.matchOf(classOf(eyes, quality))
}

func (t Thresholds) matchOf(c class) float64 { return min(t.Match, max(lowestMatch, t.Match-c.less)) }
