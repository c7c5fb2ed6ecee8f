// Package onnx runs ONNX models through ONNX Runtime: one session a model,
// shared by all callers, and tensors that a caller makes once and uses again.
//
// The face engine calls it. It knows nothing of faces; it does not find, fetch
// or check the library and the models (package models does).
package onnx

import (
	"errors"
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// ErrOtherLibrary means that this process already runs ONNX Runtime from
// another file; a process can hold only one.
var ErrOtherLibrary = errors.New("another ONNX Runtime library is already loaded")

// environment counts who uses the process-wide runtime: the library allows one
// environment a process, so this is the one piece of state that is global.
var environment struct {
	sync.Mutex
	users   int
	library string
}

// Runtime is one user's hold on the process-wide ONNX Runtime.
type Runtime struct{ once sync.Once }

// Start loads the library at the given path, or joins it if this process has it
// already. Close gives it back.
func Start(library string) (*Runtime, error) {
	environment.Lock()
	defer environment.Unlock()
	if environment.users > 0 {
		if environment.library != library {
			return nil, ErrOtherLibrary
		}
		environment.users++
		return &Runtime{}, nil
	}
	ort.SetSharedLibraryPath(library)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return nil, fmt.Errorf("start ONNX Runtime: %w", err)
	}
	environment.users, environment.library = 1, library
	return &Runtime{}, nil
}

// Close gives the runtime back; the last user ends it. Every Model must be
// closed before. A second Close does nothing.
func (r *Runtime) Close() error {
	var err error
	r.once.Do(func() {
		environment.Lock()
		defer environment.Unlock()
		if environment.users--; environment.users == 0 {
			err = ort.DestroyEnvironment()
		}
	})
	return err
}

// Tensor is the name and the shape of what a network takes or gives, in 32-bit
// floats.
type Tensor struct {
	Name  string
	Shape []int64
}

// Signature is what a network takes and gives. It is told rather than asked of
// the file: the library answers only after it has loaded the whole model once
// more.
type Signature struct {
	Input   Tensor
	Outputs []Tensor
}

// Model is one loaded network. Run on different Calls is safe at the same time.
type Model struct {
	session   *ort.DynamicAdvancedSession
	signature Signature
}

// Load makes a session from the bytes of a model. Each run uses one thread: the
// callers run in parallel instead.
func (r *Runtime) Load(model []byte, s Signature) (*Model, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("make session options: %w", err)
	}
	defer options.Destroy() //nolint:errcheck // nothing to do about it, and nothing is lost
	err = errors.Join(
		options.SetIntraOpNumThreads(1),
		options.SetInterOpNumThreads(1),
		options.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll),
	)
	if err != nil {
		return nil, fmt.Errorf("set session options: %w", err)
	}
	var outputs []string
	for _, o := range s.Outputs {
		outputs = append(outputs, o.Name)
	}
	session, err := ort.NewDynamicAdvancedSessionWithONNXData(model, []string{s.Input.Name}, outputs, options)
	if err != nil {
		return nil, fmt.Errorf("load the model: %w", err)
	}
	return &Model{session, s}, nil
}

// Close ends the session.
func (m *Model) Close() error { return m.session.Destroy() }

// Call is the tensors of one run of one model. It belongs to one goroutine at
// a time.
type Call struct {
	model   *Model
	inputs  []ort.Value
	outputs []ort.Value
	in      []float32
	out     [][]float32
}

// NewCall makes the tensors of a run.
func (m *Model) NewCall() (*Call, error) {
	c := &Call{model: m}
	in, err := ort.NewEmptyTensor[float32](m.signature.Input.Shape)
	if err != nil {
		return nil, fmt.Errorf("make input %s: %w", m.signature.Input.Name, err)
	}
	c.inputs, c.in = []ort.Value{in}, in.GetData()
	for _, o := range m.signature.Outputs {
		t, err := ort.NewEmptyTensor[float32](o.Shape)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("make output %s: %w", o.Name, err), c.Close())
		}
		c.outputs = append(c.outputs, t)
		c.out = append(c.out, t.GetData())
	}
	return c, nil
}

// Input is where the caller writes before Run, in the model's own order.
func (c *Call) Input() []float32 { return c.in }

// Output is the n-th output after Run; the next Run overwrites it.
func (c *Call) Output(n int) []float32 { return c.out[n] }

// Run runs the model once.
func (c *Call) Run() error {
	if err := c.model.session.Run(c.inputs, c.outputs); err != nil {
		return fmt.Errorf("run the model: %w", err)
	}
	return nil
}

// Close frees the tensors. The slices of Input and Output must not be used
// after it.
func (c *Call) Close() error {
	var err error
	for _, t := range append(c.inputs, c.outputs...) {
		err = errors.Join(err, t.Destroy())
	}
	c.inputs, c.outputs, c.in, c.out = nil, nil, nil, nil
	return err
}
