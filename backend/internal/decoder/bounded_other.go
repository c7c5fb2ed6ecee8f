//go:build !unix

package decoder

// bounded is the command line of a program; only its time is bounded here.
func bounded(program string, arguments []string) []string {
	return append([]string{program}, arguments...)
}
