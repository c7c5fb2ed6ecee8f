package main

import "realname.example/mobile/internal/activity"

// device is the name that the PC shows of this phone.
func device() string {
	if model := activity.Model(); model != "" {
		return model
	}
	return "Phone"
}

// opened is the address that the app was opened by, as a code is.
func opened() string { return activity.Link() }
