package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"realname.example/shared/verification"
)

// The recordings of set-up, and whose face each shows.
const (
	recordingWuMin      = "franck"
	recordingZhengQiang = "cap"
)

// recording is the path of a recording of set-up, for the phone app's replay.
func recording(build, name string) string {
	return filepath.Join(build, "recordings", name+".mjpeg")
}

// shown lists the actions that all of the recordings hold, which are those that
// a person who is replayed can answer.
func shown(build string, names ...string) ([]verification.Action, error) {
	all := verification.Actions()
	for _, name := range names {
		data, err := os.ReadFile(recording(build, name) + ".json")
		if err != nil {
			return nil, fmt.Errorf("read what the recording %s shows: %w", name, err)
		}
		var passages map[verification.Action]json.RawMessage
		if err := json.Unmarshal(data, &passages); err != nil {
			return nil, fmt.Errorf("read what the recording %s shows: %w", name, err)
		}
		all = slices.DeleteFunc(all, func(a verification.Action) bool {
			return passages[a] == nil
		})
	}
	return all, nil
}

// recorded returns the backend's flags for people who are played by recordings:
// where set-up has put models and recordings, and challenges of only what the
// recordings show. It says what they leave out.
func recorded(build string, names ...string) ([]string, error) {
	var flags []string
	for _, folder := range []string{"models", "recordings"} {
		path, err := filepath.Abs(filepath.Join(build, folder))
		if err != nil {
			return nil, err
		}
		flags = append(flags, "--"+folder, path)
	}
	can, err := shown(build, names...)
	if err != nil {
		return nil, err
	}
	out := slices.DeleteFunc(verification.Actions(), func(a verification.Action) bool { return slices.Contains(can, a) })
	if len(out) == 0 {
		return flags, nil
	}
	fmt.Printf("The recorded people do not all show these movements, so this sandbox does not ask for them: %s (REALNAME_FACE_ACTIONS).\n",
		strings.ReplaceAll(list(out, ", "), "_", " "))
	return append(flags, "--face-actions", list(can, ","), "--face-action-count", strconv.Itoa(min(len(can), challengeActions))), nil
}

// challengeActions is how many actions the backend asks for by itself.
const challengeActions = 3

func list(actions []verification.Action, between string) string {
	words := make([]string, len(actions))
	for i, a := range actions {
		words[i] = string(a)
	}
	return strings.Join(words, between)
}

// hasRecordings reports whether set-up has put recordings into the build folder.
func hasRecordings(build string) bool {
	_, err := os.Stat(recording(build, recordingWuMin))
	return err == nil
}
