package convert

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// identityModel is the identity network under construction; the first error is
// kept and ends the work.
type identityModel struct {
	g       *graph
	weights map[string][]float32
	err     error
}

// identityBlocks are the outputs of the 13 separable blocks behind the first
// convolution, and whether a block halves the picture.
var identityBlocks = []struct {
	channels int
	down     bool
}{
	{64, false},
	{128, true},
	{128, false},
	{256, true},
	{256, false},
	{512, true},
	{512, false},
	{512, false},
	{512, false},
	{512, false},
	{512, false},
	{1024, true},
	{1024, false},
}

// Identity builds the MobileNet (version 1) behind the 1,024-number embedding
// from its TensorFlow.js model (JSON) and its weights, half floats. The ONNX
// model has one input "input" of 1×3×224×224 (RGB, 0 to 255) and one output
// "identity" of 1×1024. The heads for age and gender are left out.
func Identity(model, data []byte) ([]byte, error) {
	m := &identityModel{g: &graph{name: "face_identity"}, weights: map[string][]float32{}}
	if err := m.load(model, data); err != nil {
		return nil, fmt.Errorf("read the identity network's weights: %w", err)
	}
	m.build()
	if m.err != nil {
		return nil, fmt.Errorf("build the identity network: %w", m.err)
	}
	return m.g.encode(), nil
}

func (m *identityModel) load(model, data []byte) error {
	var file struct {
		Groups []struct {
			Weights []weight `json:"weights"`
		} `json:"weightsManifest"`
	}
	if err := json.Unmarshal(model, &file); err != nil {
		return err
	}
	if len(file.Groups) != 1 {
		return fmt.Errorf("want 1 group of weights, got %d", len(file.Groups))
	}
	for _, w := range file.Groups[0].Weights {
		n, size := product(w.Shape), 2
		half := w.Quantization.Dtype == "float16"
		if !half {
			size = 4 // the axes of the mean, which are known
		}
		if n < 0 || n*size > len(data) {
			return fmt.Errorf("%s does not fit in the %d bytes that are left", w.Name, len(data))
		}
		if half {
			values := make([]float32, n)
			for i := range values {
				values[i] = widen(binary.LittleEndian.Uint16(data[2*i:]))
			}
			m.weights[w.Name] = values
		}
		data = data[n*size:]
	}
	if len(data) != 0 {
		return fmt.Errorf("%d bytes are left over", len(data))
	}
	return nil
}

func (m *identityModel) build() {
	const inputSize = 224
	m.g.input("input", 1, 3, inputSize, inputSize)
	m.g.output("identity", 1, 1024)
	x := m.conv("input", "conv1/convolution/merged_input", "conv1_bn", 3, 3, 32, 2)
	in := 32
	for i, b := range identityBlocks {
		stride := int64(1)
		if b.down {
			stride = 2
		}
		n := i + 1
		x = m.depthwise(x, n, in, stride)
		x = m.conv(x, fmt.Sprintf("conv_pw_%d/convolution/merged_input", n), fmt.Sprintf("conv_pw_%d_bn", n), 1, in, b.channels, 1)
		in = b.channels
	}
	if m.err != nil {
		return
	}
	x = m.g.node("GlobalAveragePool", []string{x})
	m.g.nodeTo("identity", "Flatten", []string{x}, attribute{"axis", int64(1)})
}

// conv adds a convolution of size×size with its shift, and the ReLU that ends
// at 6.
func (m *identityModel) conv(x, kernel, norm string, size, in, out int, stride int64) string {
	filters := m.get(kernel, size*size*in*out)
	shift := m.get(norm+"/batchnorm_1/sub", out)
	if m.err != nil {
		return ""
	}
	turned := make([]float32, len(filters)) // height, width, in, out → out, in, height, width
	for k := range size * size {
		for i := range in {
			for o := range out {
				turned[(o*in+i)*size*size+k] = filters[(k*in+i)*out+o]
			}
		}
	}
	shape := []int64{int64(out), int64(in), int64(size), int64(size)}
	return m.relu6(m.convolve(x, turned, shape, shift, size, stride, 1))
}

// depthwise adds the n-th convolution of 3×3 within each channel, its scale
// folded into it.
func (m *identityModel) depthwise(x string, n, channels int, stride int64) string {
	filters := m.get(fmt.Sprintf("conv_dw_%d/depthwise_kernel", n), 9*channels)
	scale := m.get(fmt.Sprintf("conv_dw_%d_bn/batchnorm_1/mul", n), channels)
	shift := m.get(fmt.Sprintf("conv_dw_%d_bn/batchnorm_1/sub", n), channels)
	if m.err != nil {
		return ""
	}
	turned := make([]float32, len(filters))
	for k := range 9 {
		for c := range channels {
			turned[c*9+k] = filters[k*channels+c] * scale[c]
		}
	}
	return m.relu6(m.convolve(x, turned, []int64{int64(channels), 1, 3, 3}, shift, 3, stride, int64(channels)))
}

// convolve pads as TensorFlow's SAME does on an even size: where the stride is
// 2, only at the end.
func (m *identityModel) convolve(x string, filters []float32, shape []int64, shift []float32, size int, stride, groups int64) string {
	start, end := int64(size/2), int64(size/2)
	if stride == 2 {
		start = 0
	}
	k := int64(size)
	return m.g.node("Conv", []string{x, m.g.floats(filters, shape...), m.g.floats(shift, shape[0])},
		attribute{"kernel_shape", []int64{k, k}},
		attribute{"strides", []int64{stride, stride}},
		attribute{"pads", []int64{start, start, end, end}},
		attribute{"group", groups})
}

func (m *identityModel) relu6(x string) string {
	if m.err != nil {
		return ""
	}
	return m.g.node("Clip", []string{x, m.g.floats([]float32{0}), m.g.floats([]float32{6})})
}

func (m *identityModel) get(name string, want int) []float32 {
	v := m.weights[name]
	if len(v) != want && m.err == nil {
		m.err = errors.Join(m.err, fmt.Errorf("%s has %d numbers, not %d", name, len(v), want))
	}
	return v
}
