//go:build !quirc

package scan

func quircReaders() []reader { return nil }
