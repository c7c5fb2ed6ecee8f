package convert

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// smallest is the size below which a weight is taken for zero: a ten-millionth
// of what the others have, and so less than float32 keeps of a sum.
const smallest = 1e-9

// errProtobuf says that a model file is not what it should be.
var errProtobuf = errors.New("the ONNX file is cut short or damaged")

// Prune returns an ONNX model with the weights that are too small to matter set
// to zero. Training let whole channels of the feature network decay to 1e-20
// and below; their products are subnormal numbers, which cost a processor a
// hundred times the time of others and add nothing.
func Prune(model []byte) ([]byte, error) {
	out := append([]byte(nil), model...)
	err := eachField(out, func(field int, graph []byte) error {
		if field != 7 { // ModelProto.graph
			return nil
		}
		return eachField(graph, func(field int, tensor []byte) error {
			if field != 5 { // GraphProto.initializer
				return nil
			}
			return pruneTensor(tensor)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("prune the model: %w", err)
	}
	return out, nil
}

// pruneTensor changes the raw data of a tensor of 32-bit floats in place.
func pruneTensor(tensor []byte) error {
	var kind uint64
	var raw []byte
	err := eachField(tensor, func(field int, value []byte) error {
		switch field {
		case 2: // TensorProto.data_type
			kind, _ = protowire.ConsumeVarint(value)
		case 9: // TensorProto.raw_data
			raw = value
		}
		return nil
	})
	if err != nil || kind != typeFloat {
		return err
	}
	for ; len(raw) >= 4; raw = raw[4:] {
		if v := math.Float32frombits(binary.LittleEndian.Uint32(raw)); v > -smallest && v < smallest {
			clear(raw[:4])
		}
	}
	return nil
}

// eachField walks over one protobuf message; do gets the bytes of each value,
// which may be changed but not moved.
func eachField(message []byte, do func(field int, value []byte) error) error {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return errProtobuf
		}
		message = message[n:]
		size := protowire.ConsumeFieldValue(field, kind, message)
		if size < 0 {
			return errProtobuf
		}
		value := message[:size]
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(value)
		}
		if err := do(int(field), value); err != nil {
			return err
		}
		message = message[size:]
	}
	return nil
}
