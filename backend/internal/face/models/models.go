// Package models knows which files the face engine needs, where they may lie,
// and the SHA-256 that each must have; and it puts them together from the
// installed npm packages.
//
// The engine asks it for bytes that are already checked; set-up asks it to
// fill a folder. It does not fetch packages (npm does) and does not run models
// (package onnx does); it only says what each takes and gives.
package models

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"realname.example/backend/internal/folder"
)

// What can be wrong with a file. The text of the error says what to run.
var (
	ErrMissing     = errors.New("a file of the face engine is missing")
	ErrChanged     = errors.New("a file of the face engine is not the one that was released")
	ErrUnsupported = errors.New("the face engine has no runtime library for this system")
)

// Name is a file of the engine, as it is called in the models' folder.
type Name string

// The networks. docs/face.md says what each is for.
const (
	Detect     Name = "detect.onnx"     // boxes
	Mesh       Name = "mesh.onnx"       // 468 landmarks
	Pose       Name = "pose.onnx"       // yaw, pitch, roll
	Feature    Name = "feature.onnx"    // 512-number embedding
	Descriptor Name = "descriptor.onnx" // 128-number embedding
	Identity   Name = "identity.onnx"   // 192-number embedding
	Spoof      Name = "spoof.onnx"      // passive liveness
)

// Networks lists the models in the order in which they are loaded.
var Networks = []Name{Detect, Mesh, Pose, Feature, Descriptor, Identity, Spoof}

// pinned is the SHA-256 of each network; four are converted, so these are the
// sums of what package convert writes, byte for byte the same every time.
var pinned = map[Name]string{
	Detect:     "6c0256ccd3164f844736a401faf936ec2930764a87ae39442180887d0c5c8854",
	Mesh:       "86599e128841ad20643d7c5c2061466371d1f1802b9c6379da121ef9c2ed6267",
	Pose:       "72d032ec941b7153bf8d3f2c03a4c165453cc7e63d479041ec7c6ef087e5839d",
	Feature:    "152c06acfd33cdf6c40b81079776fb010a571871abda2c4d7a78d1d15f3f23b5",
	Descriptor: "3cc44d66ac43c01bc90b10fb540b523ba5599aedcb93509c5664b64974403e20",
	Identity:   "26806f12b67955444f0d8da238f97237b54ab4781c1181339d1c0f2aed5d5ab2",
	Spoof:      "afa783b7e902fdfcf323a7240cac2a1c580c25314ea4161129dc1b0d100dc32d",
}

// library is ONNX Runtime for one system.
type library struct {
	file string // its name in the models' folder
	from string // its path below onnxruntime-node/bin/napi-v6
	sum  string // SHA-256
}

// libraries is keyed by GOOS/GOARCH.
var libraries = map[string]library{
	"linux/amd64":   {"libonnxruntime.so", "linux/x64/libonnxruntime.so.1", "ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23"},
	"linux/arm64":   {"libonnxruntime.so", "linux/arm64/libonnxruntime.so.1", "1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76"},
	"darwin/arm64":  {"libonnxruntime.dylib", "darwin/arm64/libonnxruntime.1.dylib", "685d2be5dba1309c89d3a5324b7fd06a5c42f1a61bfea32d14c4cc28d072121d"},
	"windows/amd64": {"onnxruntime.dll", "win32/x64/onnxruntime.dll", "508c362f5673483dd3a086379c392795b2e42d10d5e6f3f90ebd7ac21c97af67"},
	"windows/arm64": {"onnxruntime.dll", "win32/arm64/onnxruntime.dll", "6c3a2abf5c6aca11c48a0d338a91af309f2266f25ce2e4084e6a87bbcb0fbfd0"},
}

// Set is a folder of models, on disk or inside the program.
type Set struct {
	dir      string // for messages; empty for the set inside the program
	files    fs.FS
	embedded bool
}

// At is the set in a folder; whether it is whole shows when it is read.
func At(dir string) Set { return Set{dir: dir, files: os.DirFS(dir)} }

// Find returns the folder given by configuration; without one, the set inside
// the program, build/models under the working directory, or models beside the
// program, whichever is there first.
func Find(configured string) (Set, error) {
	if configured != "" {
		return At(configured), nil
	}
	if embedded != nil {
		return Set{files: embedded, embedded: true}, nil
	}
	dir, found := folder.Find("models")
	if !found {
		return Set{}, fmt.Errorf("%w: there is no folder %s. Run `make setup`, or set REALNAME_MODELS to the folder of the models", ErrMissing, dir)
	}
	return At(dir), nil
}

// Read returns a network's bytes, if they are the pinned ones.
func (s Set) Read(name Name) ([]byte, error) {
	data, err := fs.ReadFile(s.files, string(name))
	if err != nil {
		return nil, s.missing(string(name), err)
	}
	if err := check(data, pinned[name]); err != nil {
		return nil, s.changed(string(name))
	}
	return data, nil
}

// Library returns the path of ONNX Runtime for this system, checked. The set
// inside the program is written out first, below the user's cache folder.
func (s Set) Library() (string, error) {
	lib, ok := libraries[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return "", fmt.Errorf("%w: %s/%s", ErrUnsupported, runtime.GOOS, runtime.GOARCH)
	}
	if s.embedded {
		return s.unpack(lib)
	}
	path := filepath.Join(s.dir, lib.file)
	sum, err := sumFile(path)
	if err != nil {
		return "", s.missing(lib.file, err)
	}
	if sum != lib.sum {
		return "", s.changed(lib.file)
	}
	return filepath.Abs(path)
}

// unpack writes the embedded library to a file that carries its checksum in
// its name, unless the right one is there.
func (s Set) unpack(lib library) (string, error) {
	data, err := fs.ReadFile(s.files, lib.file)
	if err != nil {
		return "", s.missing(lib.file, err)
	}
	if check(data, lib.sum) != nil {
		return "", s.changed(lib.file)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a place for the runtime library: %w", err)
	}
	path := filepath.Join(cache, "realname", lib.sum[:16], lib.file)
	if sum, err := sumFile(path); err == nil && sum == lib.sum {
		return path, nil
	}
	if err := writeFile(path, data); err != nil {
		return "", fmt.Errorf("write the runtime library: %w", err)
	}
	return path, nil
}

func (s Set) missing(file string, err error) error {
	return fmt.Errorf("%w: %s is not in %s. Run `make setup`, or set REALNAME_MODELS to the folder of the models (%w)", ErrMissing, file, s.where(), err)
}

func (s Set) changed(file string) error {
	return fmt.Errorf("%w: %s in %s has another SHA-256. Delete that folder and run `make setup` again", ErrChanged, file, s.where())
}

func (s Set) where() string {
	if s.embedded {
		return "the program"
	}
	return s.dir
}

func check(data []byte, want string) error {
	sum := sha256.Sum256(data)
	if hex.EncodeToString(sum[:]) != want {
		return ErrChanged
	}
	return nil
}

func sumFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// writeFile writes a file so that nobody sees half of it.
func writeFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // not secret
		return err
	}
	f, err := os.CreateTemp(dir, ".part-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
