// Package activity asks Android's activity, by JNI, for what Fyne does not
// tell: the camera's permission, the way the screen is turned, the address that
// opened the app, the phone's name. It exists on Android alone.
package activity
