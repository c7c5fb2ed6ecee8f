package main

import "context"

// packagedStories show that the programs of a package work where they were installed. The build
// folder then holds wrappers that start them there.
var packagedStories = []story{
	{"a person verifies by mobile number", verifies, false},
	{"the phone app opens", opensPhone, true},
}

// opensPhone starts the phone app as its menu entry does.
func opensPhone(ctx context.Context, t *tour) error {
	phone, err := t.run(ctx, "mobile", phoneTitle, nil)
	if err != nil {
		return err
	}
	if err := phone.ready(ctx, "home", ""); err != nil {
		return err
	}
	if err := t.display.settled(ctx, "phone"); err != nil {
		return err
	}
	phone.end()
	return nil
}
