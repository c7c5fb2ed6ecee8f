package face

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// atOnce is the number of verdicts whose memory is measured: what Config allows
// by default.
const atOnce = 4

// A run of this test program with both in its environment is the child of
// BenchmarkMemory: how many rounds, and the file of the capture, so that the
// making of the capture does not count.
const (
	roundsEnv  = "REALNAME_FACE_ROUNDS"
	captureEnv = "REALNAME_FACE_CAPTURE"
)

// BenchmarkMemory is the peak memory of a process of its own that opens the
// engine and gives 4 verdicts at once, again and again, beside one that only
// opens it.
func BenchmarkMemory(b *testing.B) {
	if file := os.Getenv(captureEnv); file != "" {
		load(b, file)
		return
	}
	file := filepath.Join(b.TempDir(), "capture")
	data, err := json.Marshal(passing(b))
	if err == nil {
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.ReportMetric(peak(b, file, 0), "opened-MB")
		b.ReportMetric(peak(b, file, 3), "peak-MB")
	}
}

// peak runs the child for so many rounds and returns its VmHWM in MB.
func peak(b *testing.B, file string, rounds int) float64 {
	cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkMemory$", "-test.benchtime=1x")
	cmd.Env = append(os.Environ(), roundsEnv+"="+strconv.Itoa(rounds), captureEnv+"="+file)
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	_, rest, found := bytes.Cut(out, []byte("VmHWM:"))
	if !found {
		b.Skipf("this system does not tell the peak memory: %s", out)
	}
	var kB float64
	if _, err := fmt.Sscan(string(rest), &kB); err != nil {
		b.Fatal(err)
	}
	return kB / 1024
}

func load(b *testing.B, file string) {
	rounds, err := strconv.Atoi(os.Getenv(roundsEnv))
	if err != nil {
		b.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	var c Capture
	if err := json.Unmarshal(data, &c); err != nil {
		b.Fatal(err)
	}
	e := opened(b, Config{Verdicts: atOnce})
	for range rounds {
		var group sync.WaitGroup
		for range atOnce {
			group.Go(func() {
				if err := whole(context.Background(), e, c); err != nil {
					b.Error(err)
				}
			})
		}
		group.Wait()
	}
	status, _ := os.ReadFile("/proc/self/status") // empty where there is none
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmHWM:") {
			fmt.Print(line)
		}
	}
}
