package main

import "context"

// packagedStories show that the programs of a package work where they were installed. The build
// folder then holds wrappers that start them there.
var packagedStories = []story{
	{"a person verifies by mobile number", verifies},
	{"the phone app opens", opensPhone},
}

// opensPhone starts the phone app as its menu entry does.
func opensPhone(ctx context.Context, t *tour) error {
	phone, err := t.all.start(t.build, "mobile", t.display.env())
	if err != nil {
		return err
	}
	if _, err := t.display.find(ctx, phone, phoneTitle); err != nil {
		return err
	}
	if err := t.display.settled(ctx, "phone"); err != nil {
		return err
	}
	phone.end()
	return nil
}
