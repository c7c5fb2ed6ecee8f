package activity

/*
#include <stdlib.h>
#include "jni_android.h"
*/
import "C"

import (
	"errors"
	"unsafe"

	"fyne.io/fyne/v2/driver"
)

// errFailed: the system did not do what was asked.
var errFailed = errors.New("android refused the call")

// call runs do on a thread that may call Java. It must not wait in there: each
// call has a thread of its own, and a resume replaces the activity.
func call(do func(env *C.JNIEnv, activity C.jobject)) error {
	return driver.RunNative(func(native any) error {
		android, ok := native.(*driver.AndroidContext)
		if !ok || android.Ctx == 0 {
			return errFailed
		}
		// What Java's side owns comes as numbers; they are no Go memory.
		do(*(**C.JNIEnv)(unsafe.Pointer(&android.Env)), *(*C.jobject)(unsafe.Pointer(&android.Ctx)))
		return nil
	})
}

// yes is a question that Java answers; no answer is no.
func yes(ask func(env *C.JNIEnv, activity C.jobject) C.int) bool {
	answer := C.int(0)
	err := call(func(env *C.JNIEnv, activity C.jobject) { answer = ask(env, activity) })
	return err == nil && answer != 0
}

// done is an order; an error says that it was not carried out.
func done(order func(env *C.JNIEnv, activity C.jobject) C.int) error {
	if !yes(order) {
		return errFailed
	}
	return nil
}

// text takes over a string of C.
func text(make func(env *C.JNIEnv, activity C.jobject) *C.char) string {
	var s *C.char
	if err := call(func(env *C.JNIEnv, activity C.jobject) { s = make(env, activity) }); err != nil || s == nil {
		return ""
	}
	defer C.free(unsafe.Pointer(s))
	return C.GoString(s)
}

// Camera is the question for the permission to film.
type Camera struct{}

// with gives f the permission's name.
func with(f func(name *C.char) bool) bool {
	name := C.CString("android.permission.CAMERA")
	defer C.free(unsafe.Pointer(name))
	return f(name)
}

// Allowed reports whether the app may film now.
func (Camera) Allowed() bool {
	return with(func(name *C.char) bool {
		return yes(func(env *C.JNIEnv, a C.jobject) C.int { return C.activity_allowed(env, a, name) })
	})
}

// Show asks the person, unless the person closed that way for good.
func (Camera) Show() error {
	var err error
	with(func(name *C.char) bool {
		err = done(func(env *C.JNIEnv, a C.jobject) C.int { return C.activity_ask(env, a, name) })
		return err == nil
	})
	return err
}

// Focused reports whether the app's window has the person's attention.
func (Camera) Focused() bool {
	return yes(func(env *C.JNIEnv, a C.jobject) C.int { return C.activity_focused(env, a) })
}

// Refused reports whether the person said no and may be asked again.
func (Camera) Refused() bool {
	return with(func(name *C.char) bool {
		return yes(func(env *C.JNIEnv, a C.jobject) C.int { return C.activity_refused(env, a, name) })
	})
}

// OpenSettings shows this app's page in the system's settings.
func OpenSettings() error {
	return done(func(env *C.JNIEnv, a C.jobject) C.int { return C.activity_settings(env, a) })
}

// KeepAwake holds the screen on, or no longer. Call it from one goroutine.
func KeepAwake(on bool) error {
	keep := C.int(0)
	if on {
		keep = 1
	}
	return done(func(env *C.JNIEnv, a C.jobject) C.int { return C.activity_awake(env, a, keep) })
}

// Turn is how far the screen is turned from the way in which the phone is made
// to be held, in degrees.
func Turn() int {
	quarters := C.int(0)
	if call(func(env *C.JNIEnv, a C.jobject) { quarters = C.activity_turn(env, a) }) != nil {
		return 0
	}
	return int(quarters) * 90
}

// Text is how large the person has the system show text, in percent of the usual; 0
// where the system does not say.
func Text() int {
	percent := C.int(0)
	if call(func(env *C.JNIEnv, a C.jobject) { percent = C.activity_text(env, a) }) != nil {
		return 0
	}
	return int(percent)
}

// Link is the address that the app was opened by, or "".
func Link() string {
	return text(func(env *C.JNIEnv, a C.jobject) *C.char { return C.activity_link(env, a) })
}

// Model is the maker's name of this phone, or "".
func Model() string {
	return text(func(env *C.JNIEnv, _ C.jobject) *C.char { return C.activity_model(env) })
}
