//go:build unix

package decoder

// bounds are of one process: 4 GB of memory, which 48 MP need less than half of,
// a minute of a core, 512 MB of files (in units of 512 bytes).
const bounds = `ulimit -v 4194304 && ulimit -t 60 && ulimit -f 1048576 && exec "$0" "$@"`

// bounded is the command line that runs a program under bounds.
func bounded(program string, arguments []string) []string {
	return append([]string{"/bin/sh", "-c", bounds, program}, arguments...)
}
