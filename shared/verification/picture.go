package verification

// Picture names one of the pictures that a person may hand in for a review.
type Picture string

// The pictures, in the order in which they are asked for. The front of a card or
// booklet is the side with the portrait.
const (
	CardFront Picture = "front"
	CardBack  Picture = "back"
	Selfie    Picture = "selfie"
)

// AllPictures lists every picture once.
func AllPictures() []Picture { return []Picture{CardFront, CardBack, Selfie} }

// Pictures says how far a person is with what a reviewer is to see. It is detail
// of in_review.
type Pictures struct {
	// Wanted are those that are still asked for, Sent those that were handed in and
	// may be replaced.
	Wanted []Picture `json:"wanted" enum:"front,back,selfie" doc:"Asked for and not handed in yet."`
	Sent   []Picture `json:"sent" enum:"front,back,selfie" doc:"Handed in; each may be replaced while the review waits."`
	// Agreed is true once the person agreed to the text of the purpose review.
	Agreed   bool `json:"agreed"`
	Declined bool `json:"declined" doc:"The person said that they send none; they may still change their mind."`
}
