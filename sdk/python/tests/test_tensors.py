import json
import unittest

import numpy as np

from fedactors import TensorError, read_tensors, write_tensors


class TensorsTest(unittest.TestCase):
    def test_every_type_comes_back_as_it_was(self):
        for name in ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"):
            values = np.array([[0, 1], [1, 0], [1, 1]]).astype(name)
            back, metadata = read_tensors(write_tensors({"x": values}, {"kind": "test"}))
            self.assertEqual(values.dtype, back["x"].dtype)
            np.testing.assert_array_equal(values, back["x"])
            self.assertEqual({"kind": "test"}, metadata)

    def test_empty_scalar_strided_and_big_endian_arrays(self):
        tensors = {"none": np.zeros((0, 3)), "one": np.float32(2.5), "strided": np.arange(12.0).reshape(3, 4)[:, ::2], "big": np.arange(3, dtype=">f8")}
        back, _ = read_tensors(write_tensors(tensors))
        for name, values in tensors.items():
            np.testing.assert_array_equal(values, back[name])
        self.assertEqual((), back["one"].shape)
        back["strided"][0, 0] = 7  # a copy of one's own

    def test_order_is_kept_and_tensors_are_aligned(self):
        data = write_tensors({"small": np.ones(3, np.uint8), "wide": np.ones(2)})
        self.assertEqual(["small", "wide"], list(read_tensors(data)[0]))
        length = int.from_bytes(data[:8], "little")
        self.assertEqual(0, length % 8)
        self.assertEqual([0, 16], json.loads(data[8:8 + length])["wide"]["data_offsets"])

    def test_what_cannot_be_written_is_refused(self):
        with self.assertRaisesRegex(TensorError, "complex128"):
            write_tensors({"x": np.ones(2, complex)})

    def test_damaged_files_are_refused_and_say_why(self):
        good = write_tensors({"x": np.ones(2)})
        length = int.from_bytes(good[:8], "little")

        def headed(header, body=b"\0" * 16):
            text = header if isinstance(header, bytes) else json.dumps(header).encode()
            return len(text).to_bytes(8, "little") + text + body

        entry = {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]}
        for data, why in (
            (b"", "too few"), (good[:7], "too few"), ((1 << 60).to_bytes(8, "little") + good[8:], "claims"), (good[:-1], "does not fit"), (good + b"\0", "end at byte 16"),
            (headed(b"{"), "no JSON"), (headed(b"[1]"), "no object"), (headed(b'{"x":1,"x":2}'), "twice"),
            (headed({"x": {**entry, "dtype": "F128"}}), "not readable"), (headed({"x": {**entry, "shape": [-2]}}), "does not fit"), (headed({"x": {**entry, "shape": [3]}}), "does not fit"),
            (headed({"x": {**entry, "data_offsets": [8, 24]}}), "does not fit"), (headed({"x": entry, "y": entry}), "gap or overlap"),
            (headed({"__metadata__": {"a": 1}, "x": entry}), "strings"), (headed({"x": 5}), "not readable"),
        ):
            with self.subTest(why=why, length=length):
                with self.assertRaisesRegex(TensorError, why):
                    read_tensors(data)


if __name__ == "__main__":
    unittest.main()
