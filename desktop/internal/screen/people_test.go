package screen_test

import (
	"testing"

	"fyne.io/fyne/v2"

	"realname.example/shared/api"
	"realname.example/shared/identity"
	"realname.example/shared/ui/sentences"
)

// addsThemselves opens the form in which a person adds themselves, and types name and number.
func addsThemselves(t *testing.T, l sentences.Language) *app {
	t.Helper()
	a := signedIn(t, l)
	a.tap(sentences.T("pc.people"))
	a.tap(sentences.T("pc.people.add"))
	a.types("pc.field.name", "测试人")
	a.types("pc.field.number", "110100199003070111")
	return a
}

func TestAPersonIsAddedWithoutAMobileNumber(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		for _, typed := range []string{"", " \u200b"} {
			a := addsThemselves(t, l)
			a.sees(sentences.T("pc.mobile.optional"))
			a.types("pc.field.mobile", typed)
			a.shot("people-add-" + string(l))
			a.press(fyne.KeyReturn)
			if want := (api.NewPerson{Name: "测试人", Number: "110100199003070111"}); a.backend.Added != want {
				t.Errorf("with %q typed, %+v was added", typed, a.backend.Added)
			}
		}
	})
}

func TestAMobileNumberThatIsTypedIsCheckedAlthoughItIsOptional(t *testing.T) {
	inEach(t, func(t *testing.T, l sentences.Language) {
		a := addsThemselves(t, l)
		a.types("pc.field.mobile", "138")
		a.press(fyne.KeyReturn)
		a.sees(sentences.Cause(identity.FieldMobile, identity.CauseTooShort, ""))
		if a.calls("add") != 0 {
			t.Error("it was sent")
		}
		a.types("pc.field.mobile", "00000001") // after what stands there
		a.press(fyne.KeyReturn)
		if a.backend.Added.Mobile != "13800000001" {
			t.Errorf("%+v was added", a.backend.Added)
		}
	})
}
