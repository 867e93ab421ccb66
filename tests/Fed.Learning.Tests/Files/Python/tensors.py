"""Safetensors by numpy alone, from the format's published description: the other side of our reader and writer."""
import json
import struct
import sys

import numpy as np

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
         "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"}
NAMES = {np.dtype(code): name for name, code in TYPES.items()}


def read(path):
    """Returns a dictionary of arrays and the metadata."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8:8 + length])
    metadata = header.pop("__metadata__", {})
    data = memoryview(content)[8 + length:]
    arrays, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, stop = entry["data_offsets"]
        assert begin == end, f"{name} begins at {begin}, not at {end}"
        end = stop
        kind = np.dtype(TYPES[entry["dtype"]])
        assert (8 + length + begin) % kind.itemsize == 0, f"{name} is not aligned"
        arrays[name] = np.frombuffer(data[begin:stop], kind).reshape(entry["shape"])
    assert end == len(data), f"{len(data) - end} bytes too many"
    return {name: arrays[name] for name in header}, metadata


def write(path, arrays, metadata=None):
    """Writes a dictionary of arrays; the header is not padded, as the format allows."""
    header, end = ({"__metadata__": metadata} if metadata else {}), 0
    for name, array in arrays.items():
        header[name] = {"dtype": NAMES[array.dtype], "shape": array.shape, "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).tobytes())


if __name__ == "__main__":   # reads a file, checks it, and writes each array plus one under its name, and the metadata with their values doubled
    found, strings = read(sys.argv[1])
    changed = {name: ~array if array.dtype == bool else array + array.dtype.type(1) for name, array in found.items()}
    write(sys.argv[2], changed, {key: value * 2 for key, value in strings.items()})
