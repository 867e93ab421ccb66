import io
import json
import queue
import struct
import unittest

import numpy as np

from fedactors import Evaluation, ProtocolError, Refusal, Sums, Trainer, batches, evaluate_scores, gradient_descent, read_tensors, write_tensors
from fedactors.protocol import Questions, encode, read_frame, write_frame
from fedactors.trainer import Problem, serve


class Quadratic(Trainer):
    """Minimises (w - mean of x)^2 / 2: small enough to do by hand."""

    name = "quadratic"
    abilities = ("correction", "proximal")

    def describe(self, problem):
        self.problem = problem
        if problem.setting("refuse", str, "") == "yes":
            raise Refusal("I was told to")
        return {"w": [len(problem.features)]}

    def init(self, rng, seed):
        return {"w": rng.standard_normal(2)}

    def train(self, task):
        mean = self.train_x.mean(axis=0)
        return gradient_descent(task, self.train_x, self.train_y, lambda w, x, y: (0.5 * np.sum((w["w"] - mean) ** 2), {"w": w["w"] - mean}))

    def evaluate(self, parameters, bins, logit_max):
        return Evaluation(Sums(len(self.test_y), float("nan")), Sums(len(self.train_y), 1.0))


class Script:
    """Questions in memory."""

    def __init__(self, *messages):
        self.messages = list(messages)

    def next(self):
        message, tensors = self.messages.pop(0)
        return {"id": 10 - len(self.messages), "payload": tensors is not None, **message}, None if tensors is None else write_tensors(tensors)


HELLO = ({"type": "hello", "protocol": 1, "trainer": "t"}, None)
STOP = ({"type": "stop"}, None)


def capabilities(**settings):
    return {"type": "capabilities", "task": "regression", "classes": 0, "features": ["a", "b"], "settings": settings}, None


def data(part, x, y, first=0, total=None):
    return {"type": "data", "part": part, "first": first, "rows": len(y), "total": len(y) if total is None else total}, {"x": np.array(x, float).reshape(len(y), 2), "y": np.array(y, float)}


def train(w, correction=None, **changes):
    tensors = {"w": np.array(w, float)}
    if correction is not None:
        tensors["correction/w"] = np.array(correction, float)
    return {"type": "train", "round": 1, "steps": 1, "batchSize": 0, "learningRate": 0.5, "proximal": 0.0, "l2": 0.0, "seed": "0a" * 32, **changes}, tensors


def answers(*questions, trainer=None):
    output = io.BytesIO()
    serve(trainer or Quadratic(), Script(*questions, STOP), output)
    output.seek(0)
    found = []
    while True:
        frame = read_frame(output)
        if frame is None:
            return found
        message = json.loads(frame[1])
        found.append((message, read_tensors(read_frame(output)[1])[0] if message["payload"] else None))


class ServeTest(unittest.TestCase):
    rows = (data("train", [[1, 2], [3, 4]], [0, 0]), data("test", [], []))

    def test_a_whole_conversation(self):
        found = answers(HELLO, capabilities(), ({"type": "init", "seed": "01" * 32}, None), *self.rows, train([0, 0]), ({"type": "evaluate", "bins": 8, "logitMax": 16.0}, {"w": np.zeros(2)}))
        kinds = [message["type"] for message, _ in found if message["type"] != "progress"]
        self.assertEqual(["hello", "capabilities", "parameters", "ready", "ready", "result", "metrics"], kinds)
        self.assertEqual([{"name": "w", "shape": [2]}], found[1][0]["tensors"])
        self.assertEqual(["correction", "proximal"], found[1][0]["abilities"])
        result, tensors = found[-2]
        np.testing.assert_array_equal([1.0, 1.5], tensors["w"])
        self.assertEqual((1, 2), (result["steps"], result["samples"]))
        self.assertEqual("NaN", found[-1][0]["test"]["loss"])  # JSON has no word for it

    def test_correction_and_proximal_term_are_added(self):
        corrected = answers(HELLO, capabilities(), *self.rows, train([0, 0], correction=[2, 3]))[-1][1]["w"]
        np.testing.assert_array_equal([0.0, 0.0], corrected)  # 0.5 * (mean - correction)
        pulled = answers(HELLO, capabilities(), *self.rows, train([0, 0], steps=2, proximal=1.0))[-1][1]["w"]
        np.testing.assert_array_equal([1.0, 1.5], pulled)  # the second step's pull is as strong as its gradient

    def test_the_same_seed_gives_the_same_bytes(self):
        ask = (HELLO, capabilities(), ({"type": "init", "seed": "07" * 32}, None))
        np.testing.assert_array_equal(answers(*ask)[-1][1]["w"], answers(*ask)[-1][1]["w"])
        order = [rows.tolist() for _, _, rows in batches(5, 2, 6, np.random.default_rng(1))]
        self.assertEqual(order, [rows.tolist() for _, _, rows in batches(5, 2, 6, np.random.default_rng(1))])
        self.assertEqual([0, 1, 2, 3, 4], sorted(sum(order[:3], [])))
        self.assertEqual([2, 2, 1, 2, 2, 1], [len(rows) for rows in order])

    def test_rows_may_come_in_pieces(self):
        found = answers(HELLO, capabilities(), data("train", [[1, 2]], [0], total=2), data("train", [[3, 4]], [0], first=1, total=2), self.rows[1], train([0, 0]))
        np.testing.assert_array_equal([1.0, 1.5], found[-1][1]["w"])

    def test_refusals_are_answers_and_the_conversation_goes_on(self):
        found = answers(HELLO, ({"type": "init", "seed": "00"}, None), capabilities(refuse="yes"), capabilities(), train([0, 0]), ({"type": "hello", "protocol": 2, "trainer": "t"}, None))
        self.assertEqual(["hello", "error", "error", "capabilities", "error", "error"], [message["type"] for message, _ in found])
        self.assertEqual("I was told to", found[2][0]["message"])
        self.assertIn("version 2", found[-1][0]["message"])

    def test_a_loss_that_is_not_finite_is_a_refusal_that_names_the_batch(self):
        class Exploding(Quadratic):
            def train(self, task):
                return gradient_descent(task, self.train_x, self.train_y, lambda w, x, y: (float("inf"), {"w": w["w"]}))

        found = answers(HELLO, capabilities(), *self.rows, train([0, 0]), trainer=Exploding())
        self.assertEqual("the loss of batch 1 of local epoch 1 is inf", found[-1][0]["message"])

    def test_unknown_questions_end_it(self):
        with self.assertRaises(ProtocolError):
            answers(HELLO, capabilities(), ({"type": "dance"}, None))


class QuestionsTest(unittest.TestCase):
    def ask(self, data):
        left = queue.Queue()
        questions = Questions(io.BytesIO(data), leave=left.put)
        return questions, left

    def test_the_end_of_the_stream_ends_the_process(self):
        _, left = self.ask(b"")
        self.assertEqual(0, left.get(timeout=60))

    def test_messages_come_with_their_tensors(self):
        stream = io.BytesIO()
        write_frame(stream, 1, encode({"type": "data", "id": 1, "payload": True}))
        write_frame(stream, 2, b"tensors")
        questions, _ = self.ask(stream.getvalue())
        self.assertEqual(({"type": "data", "id": 1, "payload": True}, b"tensors"), questions.next())

    def test_what_is_no_frame_is_an_error(self):
        for data in (b"Hello, world", struct.pack("<IB", 5, 1) + b"ab", struct.pack("<IB", 1 << 30, 1), struct.pack("<IB", 0, 2), b"\1\0"):
            with self.assertRaises(ProtocolError):
                self.ask(data)[0].next()


class ScoresTest(unittest.TestCase):
    def test_two_classes(self):
        problem = Problem("two-classes", 2, ("a",), {})
        found = evaluate_scores(problem, np.array([-20.0, 0.0, 20.0]), np.array([0.0, 1.0, 0.0]), np.array([]), np.array([]), 4, 16.0)
        self.assertEqual((3, 2, 0), (found.test.rows, found.test.correct, found.train.rows))
        self.assertAlmostEqual(np.log(2) + 20, found.test.loss, places=7)
        np.testing.assert_array_equal([[1, 0, 0, 1], [0, 0, 1, 0]], found.scores)

    def test_classes_and_numbers(self):
        found = evaluate_scores(Problem("classes", 3, ("a",), {}), np.array([[1000.0, 0, 0], [0, 1, 0]]), np.array([0.0, 2.0]), np.zeros((0, 3)), np.zeros(0), 4, 16.0)
        self.assertEqual((1, None), (found.test.correct, found.scores))
        self.assertAlmostEqual(np.log(np.e + 2), found.test.loss)
        found = evaluate_scores(Problem("regression", 0, ("a",), {}), np.array([1.0, 3.0]), np.array([0.0, 1.0]), np.array([2.0]), np.array([2.0]), 4, 16.0)
        self.assertEqual((2.5, 5.0, 3.0), (found.test.loss, found.test.squared_error, found.test.absolute_error))


if __name__ == "__main__":
    unittest.main()
