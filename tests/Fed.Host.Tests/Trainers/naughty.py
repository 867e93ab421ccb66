"""A trainer without a library, in Python's own modules only: one tensor 'w' that grows by the number of steps. At one question it behaves badly, if it is asked to.

usage: naughty.py QUESTION BEHAVIOUR [NOTE-FILE]
"""
import json
import os
import struct
import subprocess
import sys
import time

question, behaviour = sys.argv[1], sys.argv[2]
note = sys.argv[3] if len(sys.argv) > 3 else None
source, sink = sys.stdin.buffer, sys.stdout.buffer
hour = 3600


def frame():
    header = source.read(5)
    if not header:
        sys.exit(0)
    length, kind = struct.unpack("<IB", header)
    return kind, source.read(length)


def send(kind, payload):
    sink.write(struct.pack("<IB", len(payload), kind) + payload)
    sink.flush()


def tell(to, kind, tensors=None, **rest):
    send(1, json.dumps({"type": kind, "id": to["id"], "payload": tensors is not None, **rest}).encode())
    if tensors is not None:
        send(2, tensors)


def pack(values, name="w", dtype="F64"):
    code = {"F64": "d", "F32": "f", "I64": "q"}[dtype]
    data = struct.pack(f"<{len(values)}{code}", *values)
    header = json.dumps({name: {"dtype": dtype, "shape": [len(values)], "data_offsets": [0, len(data)]}}).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + data


def unpack(file):
    length = struct.unpack("<Q", file[:8])[0]
    begin, end = json.loads(file[8:8 + length])["w"]["data_offsets"]
    return list(struct.unpack(f"<{(end - begin) // 8}d", file[8 + length + begin:8 + length + end]))


def raw(data):
    sink.write(data)
    sink.flush()


def wait(words="waiting"):
    sys.stderr.write(words + "\n")
    sys.stderr.flush()
    time.sleep(hour)


def first_time():
    if os.path.exists(note):
        return False
    with open(note, "w") as file:
        file.write(str(os.getpid()))
    return True


def misbehave(to):
    """True when the question is answered, one way or another."""
    if behaviour == "exit":
        sys.stderr.write("something broke\n")
        os._exit(7)
    elif behaviour == "exit-once":
        if first_time():
            os._exit(9)
    elif behaviour == "hang":
        wait()
    elif behaviour in ("hang-with-child", "hang-with-stray"):
        # the stray leaves the process group and keeps the standard output open
        child = subprocess.Popen(["sleep", str(hour)], start_new_session=behaviour == "hang-with-stray")
        with open(note, "w") as file:
            file.write(f"{os.getpid()} {child.pid}")
        wait()
    elif behaviour == "garbage":
        raw(b"Epoch 1: loss 0.5\n")
        wait()
    elif behaviour == "huge-message":
        raw(struct.pack("<IB", 0xFFFFFFFF, 1))
        wait()
    elif behaviour == "huge-tensors":
        send(1, json.dumps({"type": {"train": "result", "init": "parameters"}[question], "id": to["id"], "payload": True, "form": "parameters", "steps": 1, "samples": 1}).encode())
        raw(struct.pack("<IB", 0xFFFFFFFF, 2))
        wait()
    elif behaviour == "cut":
        raw(struct.pack("<IB", 100, 1) + b'{"type":')
        os._exit(0)
    elif behaviour == "flood":
        while True:
            sink.write(b"\0" * 65536)
    elif behaviour == "flood-progress":
        while True:
            tell(to, "progress")
    elif behaviour == "flood-words":
        for line in range(200_000):
            sys.stderr.write(f"line {line} \x1b[31m of many\n")
        return False
    elif behaviour == "leak":
        hold = bytearray(os.urandom(1 << 20)) * 300
        tell(to, "progress")
        wait(f"holding {len(hold)}")
    elif behaviour == "not-json":
        send(1, b"{nonsense")
    elif behaviour == "null":
        send(1, b"null")
    elif behaviour == "another-answer":
        tell(to, "ready" if question != "data" else "hello", protocol=1, name="x")
    elif behaviour == "another-id":
        tell({"id": to["id"] + 1}, "progress")
    elif behaviour == "another-version":
        tell(to, "hello", protocol=2, name="naughty")
    elif behaviour == "no-tensors":
        tell(to, "result", form="parameters", steps=1, samples=1)
    elif behaviour == "damaged-tensors":
        tell(to, "result", tensors=b"\1" * 40, form="parameters", steps=1, samples=1)
    elif behaviour == "nan":
        tell(to, "result", tensors=pack([1.0, float("nan"), 2.0]), form="parameters", steps=1, samples=1)
    elif behaviour == "another-shape":
        tell(to, "result", tensors=pack([1.0, 2.0]), form="parameters", steps=1, samples=1)
    elif behaviour == "another-type":
        tell(to, "result", tensors=pack([1, 2, 3], dtype="I64"), form="parameters", steps=1, samples=1)
    elif behaviour == "another-tensor":
        tell(to, "result", tensors=pack([1.0, 2.0, 3.0], name="v"), form="parameters", steps=1, samples=1)
    elif behaviour == "no-steps":
        tell(to, "result", tensors=pack([1.0, 2.0, 3.0]), form="parameters", steps=0, samples=0)
    elif behaviour == "error":
        tell(to, "error", message="the rows are too odd\x1b[2J\nfor me.")
    elif behaviour == "too-many-rows":
        tell(to, "metrics", test={"rows": 99, "loss": 0, "correct": 0, "squaredError": 0, "absoluteError": 0}, train={"rows": 4, "loss": 0, "correct": 0, "squaredError": 0, "absoluteError": 0})
    elif behaviour == "nan-loss":
        tell(to, "metrics", test={"rows": 1, "loss": "NaN", "correct": 0, "squaredError": 0, "absoluteError": 0}, train={"rows": 4, "loss": 0, "correct": 0, "squaredError": 0, "absoluteError": 0})
    elif behaviour == "environment":
        with open(note, "w") as file:
            json.dump({"environment": dict(os.environ), "folder": os.getcwd(), "files": sorted(os.listdir("."))}, file)
        return False
    else:
        return False
    return behaviour != "exit-once"


rows = {"train": 0, "test": 0}
while True:
    asked = json.loads(frame()[1])
    given = frame()[1] if asked["payload"] else None
    kind = asked["type"]
    if kind == question and misbehave(asked):
        continue
    if kind == "stop":
        sys.exit(0)
    elif kind == "hello":
        tell(asked, "hello", protocol=1, name="naughty")
    elif kind == "capabilities":
        features = len(asked["features"])
        send(1, json.dumps({"type": "capabilities", "id": asked["id"], "payload": False, "tensors": [{"name": "w", "shape": [features]}], "abilities": []}).encode())
    elif kind == "init":
        tell(asked, "parameters", tensors=pack([0.0] * features))
    elif kind == "data":
        rows[asked["part"]] = asked["total"]
        tell(asked, "ready")
    elif kind == "train":
        tell(asked, "progress", percent=50, epoch=1, batch=1, loss=0.5)
        tell(asked, "result", tensors=pack([value + asked["steps"] for value in unpack(given)]), form="parameters", steps=asked["steps"], samples=rows["train"], loss=0.25)
    elif kind == "evaluate":
        none = {"loss": 0.0, "correct": 0, "squaredError": 0.0, "absoluteError": 0.0}
        tell(asked, "metrics", test={"rows": rows["test"], **none}, train={"rows": rows["train"], **none})
