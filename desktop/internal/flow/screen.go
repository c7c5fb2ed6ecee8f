package flow

import "realname.example/shared/verification"

// Screen is what the window shows, by the name that reports give it.
type Screen string

// The screens.
const (
	ScreenConnect Screen = "connect"
	ScreenSignIn  Screen = "sign_in"
	ScreenReset   Screen = "reset"
	ScreenHome    Screen = "home"
	ScreenMethods Screen = "methods"
	ScreenMobile  Screen = "mobile" // the details and, once a case is open, the code
	ScreenFace    Screen = "face"
	ScreenWait    Screen = "wait"
	ScreenHandoff Screen = "handoff"
	ScreenReview  Screen = "review"
	ScreenResult  Screen = "result"
)

// ScreenOf picks the screen of a state: that of the page, or on PageCase that of
// the case's status.
func ScreenOf(s State) Screen {
	switch s.Page {
	case PageConnect:
		return ScreenConnect
	case PageSignIn:
		return ScreenSignIn
	case PageReset:
		return ScreenReset
	case PageMethods:
		return ScreenMethods
	case PageMobile:
		return ScreenMobile
	case PageFace:
		return ScreenFace
	case PageCase:
		if s.View != nil {
			return s.screenOfCase()
		}
	case PageHome:
	}
	return ScreenHome
}

func (s State) screenOfCase() Screen {
	switch s.View.Status {
	case verification.CodeRequired:
		return ScreenMobile
	case verification.Checking:
		return ScreenWait
	case verification.InReview:
		if s.Handoff == nil && !s.PhoneAsked() {
			return ScreenReview
		}
		return ScreenHandoff // a phone is brought to the review
	case verification.Verified, verification.Rejected, verification.Expired, verification.Cancelled:
		return ScreenResult
	case verification.FaceRequired, verification.Confirming, verification.Capturing, verification.Judging:
	}
	return ScreenHandoff
}
