// Package live judges a sequence of looks by arithmetic alone: whether one person
// moved before a camera, in one go, as was asked. It runs no network and reads no
// picture; what has to be looked at once more it names by number, and the engine
// lets a worker look.
//
// Each check is a method of Sequence that returns a Refusal, which is zero where it
// refuses nothing, and notes what it measured under Numbers.
package live
