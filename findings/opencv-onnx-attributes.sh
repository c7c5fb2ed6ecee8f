#!/usr/bin/env bash
# OpenCV loads a valid ONNX model and leaves attributes out: scores and pictures are others than in ONNX Runtime
#
# Versions: Debian 12's python3-opencv 4.6.0 (cv2.dnn) and python3-onnx 1.12.0, which makes the models and checks them;
#   npm onnxruntime-web 1.30.0.
# Why it matters: a face model is trained and judged in one program and run in another. Its thresholds are numbers out
#   of the first; in the second each score is a little, or wholly, another one.
# Guess: an importer refuses what it cannot do, as OpenCV does with cubic Resize, reversed Slice and more, so a model
#   that loads gives the same numbers but for rounding.
# Seen: models of one node, small enough to reckon by hand. ONNX Runtime is right on all. OpenCV loads each without a
#   word and forgets: alpha and beta of Gemm (13 25 for 21.5 42.5), dilations of MaxPool (another shape, too),
#   count_include_pad of AveragePool (1 for 0.25), SAME_LOWER of both (done as SAME_UPPER, so the picture is shifted by
#   a pixel), nearest_mode of Resize (always floor; the default rounds), and the default axis of Softmax, which is the
#   last one since opset 13 and all from the second before: OpenCV takes the second in both.
# Source: ONNX's operator documents; run here.
# What to do: compare the two programs' raw outputs for one input, on each model and each version of either, before a
#   threshold is carried over; write each attribute into the model, Softmax's axis first.
set -euo pipefail
changed() { echo "opencv-onnx-attributes: changed: $*" >&2; exit 1; }
for p in python3-opencv python3-onnx; do
	dpkg -s "$p" >/dev/null 2>&1 || apt-get -qq -y --no-install-recommends install "$p" >/dev/null
done
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private":true}' >package.json
nice npm install --silent --ignore-scripts --no-audit --no-fund onnxruntime-web@1.30.0
cat >models.py <<'PY'
import json
import cv2
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
shapes = {}
def single(number): return numpy.array(number, numpy.float32)
def sizes(*numbers): return numpy.array(numbers, numpy.int64)
def model(name, operator, shape, constants=(), opset=13, **attributes):
    names = [f'c{i}' for i, _ in enumerate(constants)]
    graph = helper.make_graph([helper.make_node(operator, ['x', *names], ['y'], **attributes)], name,
        [helper.make_tensor_value_info('x', TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info('y', TensorProto.FLOAT, None)],
        [numpy_helper.from_array(c, n) for n, c in zip(names, constants)])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)])
    made.ir_version = 7
    made = onnx.shape_inference.infer_shapes(made, strict_mode=True)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, name + '.onnx')
    shapes[name] = shape
def resize(name, width, to, mode, **attributes):
    model(name, 'Resize', [1, 1, 1, width], [single([]), single([]), sizes(1, 1, 1, to)], mode=mode, **attributes)
model('gemm', 'Gemm', [1, 2], [single([[1, 1], [1, 2]]), single([10, 20])], alpha=0.5, beta=2.0)
model('max', 'MaxPool', [1, 1, 3, 3], kernel_shape=[2, 2])
model('max-dilated', 'MaxPool', [1, 1, 3, 3], kernel_shape=[2, 2], dilations=[2, 2])
model('max-lower', 'MaxPool', [1, 1, 2, 2], kernel_shape=[2, 2], auto_pad='SAME_LOWER')
model('max-upper', 'MaxPool', [1, 1, 2, 2], kernel_shape=[2, 2], auto_pad='SAME_UPPER')
model('average-lower', 'AveragePool', [1, 1, 2, 2], kernel_shape=[2, 2], auto_pad='SAME_LOWER')
model('average-with-pad', 'AveragePool', [1, 1, 1, 1], kernel_shape=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
resize('resize-linear', 2, 4, 'linear', coordinate_transformation_mode='half_pixel')
resize('resize-nearest', 6, 4, 'nearest')
resize('resize-ceil', 2, 4, 'nearest', nearest_mode='ceil', coordinate_transformation_mode='asymmetric')
model('softmax-axis', 'Softmax', [1, 2, 1, 2], axis=3)
model('softmax-13', 'Softmax', [1, 2, 1, 2])
model('softmax-11', 'Softmax', [1, 2, 1, 2], opset=11)
json.dump(shapes, open('shapes.json', 'w'))
for name, shape in shapes.items():
    net = cv2.dnn.readNetFromONNX(name + '.onnx')
    net.setInput(numpy.arange(1, numpy.prod(shape) + 1, dtype=numpy.float32).reshape(shape))
    print('OpenCV', name, *(f'{v:.4g}' for v in net.forward().flatten()))
PY
cat >run.mjs <<'JS'
import fs from 'fs';
import * as ort from 'onnxruntime-web';
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';
for (const [name, shape] of Object.entries(JSON.parse(fs.readFileSync('shapes.json')))) {
  const session = await ort.InferenceSession.create(fs.readFileSync(name + '.onnx'), {executionProviders: ['wasm']});
  const values = Float32Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => i + 1);
  const {y} = await session.run({x: new ort.Tensor('float32', values, shape)});
  console.log('Runtime', name, ...[...y.data].map((v) => String(Number(v.toPrecision(4)))));
}
JS
out=$(nice /usr/bin/python3 models.py; nice node run.mjs)
echo "$(dpkg-query -W python3-opencv python3-onnx | tr '\t\n' '  '); onnxruntime-web 1.30.0"
echo "$out"
check() { # model, right, OpenCV's
	grep -qxF "Runtime $1 $2" <<<"$out" || changed "ONNX Runtime on $1"
	grep -qxF "OpenCV $1 $3" <<<"$out" || changed "OpenCV on $1"
}
check max '5 6 8 9' '5 6 8 9'
check max-upper '4 4 4 4' '4 4 4 4'
check resize-linear '1 1.25 1.75 2' '1 1.25 1.75 2'
check softmax-axis '0.2689 0.7311 0.2689 0.7311' '0.2689 0.7311 0.2689 0.7311'
check gemm '21.5 42.5' '13 25'
check max-dilated 9 '5 6 8 9'
check max-lower '1 2 3 4' '4 4 4 4'
check average-lower '1 1.5 2 2.5' '2.5 3 3.5 4'
check average-with-pad '0.25 0.25 0.25 0.25' '1 1 1 1'
check resize-nearest '1 3 4 6' '1 2 4 5'
check resize-ceil '1 2 2 2' '1 1 2 2'
check softmax-13 '0.2689 0.7311 0.2689 0.7311' '0.1192 0.1192 0.8808 0.8808'
check softmax-11 '0.03206 0.08714 0.2369 0.6439' '0.1192 0.1192 0.8808 0.8808'
