//go:build !unix

package private

// syncFolder has no counterpart on Windows, where a rename is journalled, and in
// browsers, which have no files.
func syncFolder(string) error { return nil }
