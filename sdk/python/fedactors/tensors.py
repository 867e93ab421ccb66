"""The safetensors format (https://huggingface.co/docs/safetensors) with numpy alone: 8 bytes header length, a JSON header, then the tensors' bytes."""

from __future__ import annotations

import json
from typing import Dict, Mapping, Optional, Tuple

import numpy as np

_TYPES = {
    "F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"), "I32": np.dtype("<i4"), "I16": np.dtype("<i2"), "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"), "U32": np.dtype("<u4"), "U16": np.dtype("<u2"), "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}
_METADATA = "__metadata__"
_HEADER_MAX = 100_000_000


class TensorError(ValueError):
    """The bytes are no safetensors file; the message says why."""


def write_tensors(tensors: Mapping[str, np.ndarray], metadata: Optional[Mapping[str, str]] = None) -> bytes:
    """The bytes of a file. Equal tensors in equal order give equal bytes; wider elements are laid down first, so that all are aligned."""
    arrays: Dict[str, np.ndarray] = {}
    for name, values in tensors.items():
        array = np.asarray(values)
        little = array.dtype.newbyteorder("<") if array.dtype.itemsize > 1 else array.dtype
        if little not in _NAMES:
            raise TensorError(f"tensor '{name}' is of type {array.dtype}, which safetensors does not have")
        arrays[name] = np.asarray(array, dtype=little, order="C")
    laid = sorted(arrays, key=lambda name: -arrays[name].dtype.itemsize)
    begins: Dict[str, int] = {}
    offset = 0
    for name in laid:
        begins[name] = offset
        offset += arrays[name].nbytes
    header: Dict[str, object] = {}
    if metadata:
        header[_METADATA] = dict(metadata)
    for name, array in arrays.items():
        header[name] = {"dtype": _NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [begins[name], begins[name] + array.nbytes]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *(arrays[name].tobytes() for name in laid)])


def read_tensors(data: bytes) -> Tuple[Dict[str, np.ndarray], Dict[str, str]]:
    """Tensors and metadata of a file. The arrays are copies: they may be changed."""
    if len(data) < 8:
        raise TensorError(f"the file has {len(data)} bytes, too few for a header length")
    length = int.from_bytes(data[:8], "little")
    if length > min(_HEADER_MAX, len(data) - 8):
        raise TensorError(f"the header claims {length} bytes; {len(data) - 8} follow")
    try:
        header = json.loads(data[8:8 + length].decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise TensorError(f"the header is no JSON: {error}") from None
    if not isinstance(header, dict):
        raise TensorError("the header is no object")
    metadata = header.pop(_METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise TensorError(f"{_METADATA} holds something else than strings")
    body = memoryview(data)[8 + length:]
    tensors = {name: _tensor(name, entry, body) for name, entry in header.items()}
    end = 0
    for begin, stop in sorted(tuple(entry["data_offsets"]) for entry in header.values()):
        if begin != end:
            raise TensorError(f"the tensors leave a gap or overlap at byte {end}")
        end = stop
    if end != len(body):
        raise TensorError(f"the tensors end at byte {end}, and the file has {len(body)} bytes of data")
    return tensors, metadata


def _tensor(name: str, entry: object, body: memoryview) -> np.ndarray:
    try:
        dtype = _TYPES[entry["dtype"]]  # type: ignore[index]
        shape = [int(axis) for axis in entry["shape"]]  # type: ignore[index]
        begin, end = (int(offset) for offset in entry["data_offsets"])  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        raise TensorError(f"the entry of tensor '{name}' is not readable: {entry!r:.200}") from None
    count = 1
    for axis in shape:
        count *= axis
    if any(axis < 0 for axis in shape) or not 0 <= begin <= end <= len(body) or end - begin != count * dtype.itemsize:
        raise TensorError(f"tensor '{name}' of shape {shape} does not fit its bytes {begin} to {end}")
    return np.frombuffer(body[begin:end], dtype=dtype).reshape(shape).copy()


def _unique(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
