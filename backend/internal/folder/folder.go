// Package folder knows where set-up and a release put the folders that no
// setting names: the models, the recordings, the phone app for browsers.
//
// The face engine and the app call it. It only looks.
package folder

import (
	"os"
	"path/filepath"
)

// Find returns the first folder that is there of the given ones, build/name
// under the working directory, and name beside the program, as a release has
// it. Where none is, it returns build/name.
func Find(name string, before ...string) (path string, found bool) {
	here := filepath.Join("build", name)
	tried := append(before, here)
	if program, err := os.Executable(); err == nil {
		tried = append(tried, filepath.Join(filepath.Dir(program), name))
	}
	for _, path := range tried {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return path, true
		}
	}
	return here, false
}
