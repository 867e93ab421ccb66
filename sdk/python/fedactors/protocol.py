"""Frames and messages, version 1: length of the payload (4 bytes, little-endian), kind (1 byte: 1 message, 2 tensors), payload."""

from __future__ import annotations

import json
import math
import os
import struct
import threading
from typing import Any, BinaryIO, Dict, Optional, Tuple

VERSION = 1
CONTROL, TENSORS = 1, 2
_CONTROL_MAX = 1 << 20
_HEADER = struct.Struct("<IB")


class ProtocolError(RuntimeError):
    """What was read is not of the protocol."""


def read_exactly(stream: BinaryIO, count: int) -> bytes:
    """Reads so many bytes, or fewer where the stream ends."""
    pieces = []
    while count > 0:
        piece = stream.read(min(count, 1 << 20))
        if not piece:
            break
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def read_frame(stream: BinaryIO) -> Optional[Tuple[int, bytes]]:
    """The next frame; None where the stream ends between two."""
    header = read_exactly(stream, _HEADER.size)
    if not header:
        return None
    if len(header) < _HEADER.size:
        raise ProtocolError("the stream ended within the header of a frame")
    length, kind = _HEADER.unpack(header)
    if kind not in (CONTROL, TENSORS) or (kind == CONTROL and length > _CONTROL_MAX):
        raise ProtocolError(f"a frame begins with {header!r}")
    payload = read_exactly(stream, length)
    if len(payload) < length:
        raise ProtocolError(f"the stream ended after {len(payload)} of the {length} bytes of a frame")
    return kind, payload


def write_frame(stream: BinaryIO, kind: int, payload: bytes) -> None:
    """Writes a frame and flushes it."""
    stream.write(_HEADER.pack(len(payload), kind))
    stream.write(payload)
    stream.flush()


def encode(message: Dict[str, Any]) -> bytes:
    """A message as JSON; numbers that JSON cannot say travel as text."""
    return json.dumps(_plain(message), separators=(",", ":"), allow_nan=False).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


class Questions:
    """Reads the site's messages on a thread of its own: when the site goes away, the process ends at once, whatever it is doing."""

    def __init__(self, stream: BinaryIO, leave=os._exit):
        self._stream = stream
        self._leave = leave
        self._waiting: list = []
        self._news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> Tuple[Dict[str, Any], Optional[bytes]]:
        """The next message with its tensors."""
        with self._news:
            while not self._waiting:
                self._news.wait()
            found = self._waiting.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def _read(self) -> None:
        try:
            while True:
                frame = read_frame(self._stream)
                if frame is None:
                    self._leave(0)
                    return
                kind, payload = frame
                if kind != CONTROL:
                    raise ProtocolError("tensors came that no message announced")
                message = json.loads(payload.decode())
                tensors = None
                if message.get("payload"):
                    follow = read_frame(self._stream)
                    if follow is None or follow[0] != TENSORS:
                        raise ProtocolError("a message announced tensors, and none came")
                    tensors = follow[1]
                self._put((message, tensors))
                if message.get("type") == "stop":
                    return
        except Exception as error:  # handed to the main thread, which ends with it
            self._put(error)

    def _put(self, item) -> None:
        with self._news:
            self._waiting.append(item)
            self._news.notify()
