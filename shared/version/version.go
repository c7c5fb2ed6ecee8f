// Package version is the one place of the product's version: the three
// programs say it, and the packages are named by it.
package version

import (
	_ "embed" // the number
	"strings"
)

//go:embed number
var number string

// Number is the version, such as 0.1.0.
func Number() string { return strings.TrimSpace(number) }
