// Package look is all that is done with one picture: the networks find a face, its
// landmarks and where it points, and make of it what it is compared by; grids and
// prints tell the picture again. A Worker holds what one analysis needs, a Look is what
// is kept of a picture.
//
// It knows nothing of sequences, portraits, thresholds of a verdict or who calls.
// Angles have the signs of package face.
package look
