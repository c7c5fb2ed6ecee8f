package screen

import (
	"realname.example/desktop/internal/flow"
	"realname.example/shared/verification"
)

// screens has how each screen is made.
var screens = map[flow.Screen]func(deps, flow.State) step{
	flow.ScreenConnect: made(newConnectStep),
	flow.ScreenSignIn:  made(newSignInStep),
	flow.ScreenReset:   made(newResetStep),
	flow.ScreenHome:    made(newHomeStep),
	flow.ScreenMethods: made(newMethodsStep),
	flow.ScreenMobile:  made(newMobileStep),
	flow.ScreenFace:    made(newFaceStep),
	flow.ScreenWait:    made(newWaitStep),
	flow.ScreenHandoff: made(newHandoffStep),
	flow.ScreenReview:  made(newReviewStep),
	flow.ScreenResult:  made(newResultStep),
}

func made[S step](construct func(deps, flow.State) S) func(deps, flow.State) step {
	return func(d deps, s flow.State) step { return construct(d, s) }
}

// shown tells states apart that need another widget: another screen, or the same
// of another case. The mobile screen stays for its case, since it keeps what was
// typed.
type shown struct {
	screen flow.Screen
	id     verification.ID
}

func shownIn(s flow.State) shown {
	now := shown{screen: flow.ScreenOf(s)}
	if s.Page == flow.PageCase && s.View != nil && now.screen != flow.ScreenMobile {
		now.id = s.View.ID
	}
	return now
}
