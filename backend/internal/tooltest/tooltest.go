// Package tooltest finds the programs of other makers that tests run.
package tooltest

import (
	"os"
	"os/exec"
	"testing"
)

// Find returns the path of a program, also one that Debian keeps for root. Where
// it is not installed the test is skipped, and fails where CI is set:
// .setup/packages test installs all of them.
func Find(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + program)
	}
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") != "":
		t.Fatalf("%s is not installed: .setup/packages test", program)
	}
	t.Skipf("%s is not installed: .setup/packages test", program)
	return ""
}
