//go:build !race

package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/image/draw"

	"realname.example/shared/identity"
)

// portraitBytes is about what the portraits of BenchmarkPortraits have each.
const portraitBytes = 500_000

// BenchmarkPortraits is the peak memory of `backend registry import`, a process of its
// own, over SQLite, for so many portraits of 500 KB: it does not grow with their number.
func BenchmarkPortraits(b *testing.B) {
	picture := heavyPicture(b)
	for _, people := range []int{100, 300} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(importPeak(b, people, picture), "peak-MB")
			}
			b.ReportMetric(float64(len(picture))/1000, "KB/portrait")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// heavyPicture is a recorded person in a JPEG of so much detail that it has
// portraitBytes.
func heavyPicture(b *testing.B) []byte {
	b.Helper()
	recorded, err := os.ReadFile(filepath.Join("..", "build", "recordings", "franck", "portrait.jpg"))
	if err != nil {
		b.Fatal(err)
	}
	person, err := jpeg.Decode(bytes.NewReader(recorded))
	if err != nil {
		b.Fatal(err)
	}
	img := image.NewRGBA(image.Rect(0, 0, 1000, 1000*person.Bounds().Dy()/person.Bounds().Dx()))
	draw.CatmullRom.Scale(img, img.Bounds(), person, person.Bounds(), draw.Src, nil)
	rng := rand.New(rand.NewPCG(1, 2))
	for i, v := range img.Pix {
		img.Pix[i] = uint8(min(255, max(0, int(v)+rng.IntN(21)-10)))
	}
	var file bytes.Buffer
	for quality := 80; file.Len() < portraitBytes; quality++ {
		file.Reset()
		if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: quality}); err != nil || quality == 100 {
			b.Fatalf("%d bytes, %v", file.Len(), err)
		}
	}
	return file.Bytes()
}

// importPeak imports so many people with one picture each, and returns the largest memory
// of the process in MB. Linux counts this test's own in, up to the moment at which the
// process becomes another program.
func importPeak(b *testing.B, people int, picture []byte) float64 {
	b.Helper()
	folder := b.TempDir()
	program := filepath.Join(folder, "backend")
	self, err := os.Executable()
	models, modelsErr := filepath.Abs(filepath.Join("..", "build", "models"))
	err = errors.Join(err, modelsErr, os.Symlink(self, program), os.Mkdir(filepath.Join(folder, "portraits"), 0o700))
	list := strings.Builder{}
	list.WriteString("姓名,身份证号,手机号\n")
	for i := range people {
		digits := fmt.Sprintf("11010019920301%03d", i)
		number := digits + string(identity.CheckCharacter(digits))
		fmt.Fprintf(&list, "张伟,%s,138%08d\n", number, i)
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, "portraits", number+".jpg"), picture, 0o600))
	}
	if err = errors.Join(err, os.WriteFile(filepath.Join(folder, "people.csv"), []byte(list.String()), 0o600)); err != nil {
		b.Fatal(err)
	}
	run := func(args ...string) *os.ProcessState {
		cmd := exec.CommandContext(b.Context(), program, args...)
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "REALNAME_DATA="+filepath.Join(folder, "data"), "REALNAME_MODELS="+models, "REALNAME_SANDBOX_PASSWORD=correct-horse-battery")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", args, err, out)
		}
		return cmd.ProcessState
	}
	run("database", "create")
	used, ok := run("registry", "import", "people.csv", "--portraits", "portraits").SysUsage().(*syscall.Rusage)
	if !ok {
		b.Skip("this system does not tell the peak memory")
	}
	return float64(used.Maxrss) / 1024
}
