//go:build !zbar

package scan

func zbarReaders() []reader { return nil }
