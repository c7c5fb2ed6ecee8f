package models

import "realname.example/backend/internal/face/onnx"

// Signature is what a network takes and gives; the pinned files are known.
func (n Name) Signature() onnx.Signature { return signatures[n] }

var signatures = map[Name]onnx.Signature{
	Detect:     signature(240, 320, onnx.Tensor{Name: "scores", Shape: []int64{1, 4420, 2}}, onnx.Tensor{Name: "boxes", Shape: []int64{1, 4420, 4}}),
	Mesh:       signature(192, 192, onnx.Tensor{Name: "points", Shape: []int64{1, 3 * 468, 1, 1}}, onnx.Tensor{Name: "score", Shape: []int64{1, 1, 1, 1}}),
	Pose:       signature(224, 224, onnx.Tensor{Name: "output", Shape: []int64{1, 66}}, onnx.Tensor{Name: "617", Shape: []int64{1, 66}}, onnx.Tensor{Name: "618", Shape: []int64{1, 66}}),
	Feature:    signature(112, 112, onnx.Tensor{Name: "output", Shape: []int64{1, 512}}),
	Descriptor: signature(150, 150, onnx.Tensor{Name: "descriptor", Shape: []int64{1, 128}}),
	Identity:   signature(112, 112, onnx.Tensor{Name: "identity", Shape: []int64{1, 192, 1, 1}}),
	Spoof:      signature(128, 128, onnx.Tensor{Name: "output", Shape: []int64{1, 3}}),
}

// signature is that of a network that looks at one picture of three planes.
func signature(height, width int64, outputs ...onnx.Tensor) onnx.Signature {
	return onnx.Signature{Input: onnx.Tensor{Name: "input", Shape: []int64{1, 3, height, width}}, Outputs: outputs}
}
