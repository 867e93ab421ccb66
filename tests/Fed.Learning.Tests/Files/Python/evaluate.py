"""Checks ONNX files with the onnx package and evaluates them with numpy, operator by operator after the published definitions of opset 17.

python3 evaluate.py FOLDER   for every NAME.onnx: reads NAME.rows, writes NAME.results, or NAME.error where something is wrong
"""
import pathlib
import sys
import traceback

import numpy as np
import onnx
from onnx import numpy_helper

import tensors


def windows(x, kernel, strides, pads=(0, 0, 0, 0), fill=0.0):
    """The patches of an image, shape [rows, channels, places_y, places_x, kernel_y, kernel_x]."""
    x = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])), constant_values=fill)
    patches = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))
    return patches[:, :, ::strides[0], ::strides[1]]


def conv(x, w, b, kernel_shape, strides, pads):
    patches = windows(x, tuple(kernel_shape), strides, pads)
    return np.einsum("nchwij,fcij->nfhw", patches, w, optimize=True).astype(x.dtype) + b[None, :, None, None]


def sigmoid(x):
    with np.errstate(over="ignore"):
        return (1 / (1 + np.exp(-x))).astype(x.dtype)


def softmax(x, axis):
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def softplus(x):
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def gru(x, w, r, b, hidden_size, linear_before_reset):
    assert linear_before_reset == 1
    wz, wr, wh = np.split(w[0], 3)
    rz, rr, rh = np.split(r[0], 3)
    wbz, wbr, wbh, rbz, rbr, rbh = np.split(b[0], 6)
    h = np.zeros((x.shape[1], hidden_size), x.dtype)
    for step in x:
        z = sigmoid(step @ wz.T + h @ rz.T + wbz + rbz)
        reset = sigmoid(step @ wr.T + h @ rr.T + wbr + rbr)
        fresh = np.tanh(step @ wh.T + reset * (h @ rh.T + rbh) + wbh)
        h = (1 - z) * fresh + z * h
    return None, h[None]


def slices(x, starts, ends, axes):
    at = [slice(None)] * x.ndim
    for start, end, axis in zip(starts, ends, axes):
        at[axis] = slice(start, end)
    return x[tuple(at)]


def gemm(a, b, c, transB=0):
    return a @ (b.T if transB else b) + c


def cast(x, to):
    return x.astype(onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[to])


OPERATORS = {
    "Abs": np.abs,
    "Add": np.add,
    "AveragePool": lambda x, kernel_shape, strides: windows(x, tuple(kernel_shape), strides).mean(axis=(4, 5), dtype=x.dtype),
    "Cast": cast,
    "Concat": lambda *parts, axis: np.concatenate(parts, axis),
    "Conv": conv,
    "CumSum": lambda x, axis: np.cumsum(x, axis=int(axis), dtype=x.dtype),
    "Div": np.divide,
    "Equal": np.equal,
    "Exp": np.exp,
    "GRU": gru,
    "Gather": lambda table, at, axis: np.take(table, at, axis),
    "Gemm": gemm,
    "Greater": np.greater,
    "Identity": lambda x: x,
    "IsNaN": np.isnan,
    "MatMul": np.matmul,
    "Max": np.maximum,
    "MaxPool": lambda x, kernel_shape, strides: windows(x, tuple(kernel_shape), strides).max(axis=(4, 5)),
    "Mul": np.multiply,
    "Neg": np.negative,
    "ReduceMean": lambda x, axes, keepdims: x.mean(axis=tuple(axes), keepdims=bool(keepdims), dtype=x.dtype),
    "ReduceSum": lambda x, axes, keepdims: x.sum(axis=tuple(axes), keepdims=bool(keepdims), dtype=x.dtype),
    "Relu": lambda x: np.maximum(x, x.dtype.type(0)),
    "Reshape": lambda x, shape: x.reshape(shape),
    "Sigmoid": sigmoid,
    "Slice": slices,
    "Softmax": softmax,
    "Softplus": softplus,
    "Sqrt": np.sqrt,
    "Sub": np.subtract,
    "Tanh": np.tanh,
    "Transpose": lambda x, perm: np.transpose(x, perm),
    "Where": np.where,
}


def evaluate(model, inputs):
    values = dict(inputs)
    values.update((tensor.name, numpy_helper.to_array(tensor)) for tensor in model.graph.initializer)
    values[""] = None
    for node in model.graph.node:
        settings = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        results = OPERATORS[node.op_type](*(values[name] for name in node.input), **settings)
        if not isinstance(results, tuple):
            results = (results,)
        values.update(zip(node.output, results))
    return {output.name: values[output.name] for output in model.graph.output}


def check(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inputs, _ = tensors.read(path.with_suffix(".rows"))
    (declared,) = model.graph.input
    assert [declared.name] == list(inputs), f"the model takes {declared.name}"
    outputs = evaluate(model, inputs)
    for output in model.graph.output:
        kind = output.type.tensor_type
        array = outputs[output.name]
        assert array.dtype == onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[kind.elem_type], f"{output.name} is of {array.dtype}"
        shape = [axis.dim_value or axis.dim_param for axis in kind.shape.dim]
        assert shape[0] == "rows" and tuple(shape[1:]) == array.shape[1:], f"{output.name} has {array.shape}, declared {shape}"
    about = {entry.key: entry.value for entry in model.metadata_props}
    about["operators"] = ",".join(sorted({node.op_type for node in model.graph.node}))
    tensors.write(path.with_suffix(".results"), outputs, about)


if __name__ == "__main__":
    for model_file in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
        try:
            check(model_file)
        except Exception:
            model_file.with_suffix(".error").write_text(traceback.format_exc())
