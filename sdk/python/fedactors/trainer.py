"""The class to derive from, and the loop that serves a site."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from .protocol import CONTROL, TENSORS, VERSION, ProtocolError, Questions, encode, write_frame
from .tensors import read_tensors, write_tensors

Tensors = Dict[str, np.ndarray]
_CORRECTION = "correction/"


class Refusal(Exception):
    """Raise it to decline what was asked, with a reason for the people at the site; the process lives on."""


@dataclass(frozen=True)
class Problem:
    """What is to be learnt, the same at every site."""

    task: str  # regression, two-classes or classes
    classes: int  # 0 for regression
    features: Tuple[str, ...]
    settings: Mapping[str, str]  # job.model.settings of the plan

    @property
    def outputs(self) -> int:
        """Scores of an example."""
        return self.classes if self.task == "classes" else 1

    def setting(self, name: str, kind: Callable[[str], Any], otherwise: Any) -> Any:
        """A setting of the plan, converted; ``otherwise`` where the plan does not set it."""
        if name not in self.settings:
            return otherwise
        try:
            return kind(self.settings[name])
        except ValueError:
            raise Refusal(f"setting '{name}' is '{self.settings[name]}', which is no {kind.__name__}") from None


@dataclass
class Task:
    """One round's training. Everything random is drawn from ``rng``, which derives from the job's seed."""

    round: int
    parameters: Tensors
    steps: int
    batch_size: int  # 0 = all rows
    learning_rate: float
    proximal: float
    l2: float
    correction: Tensors
    optimizer: Optional[Dict[str, Any]]
    rng: np.random.Generator
    seed: int
    progress: Callable[..., None]
    start: Tensors = field(init=False)

    def __post_init__(self) -> None:
        self.start = {name: value.copy() for name, value in self.parameters.items()}

    def adjusted(self, name: str, gradient: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        """A gradient with the correction and the proximal term of the federated algorithm; where there is neither, the gradient itself."""
        if name in self.correction:
            gradient = gradient + self.correction[name]
        if self.proximal != 0:
            gradient = gradient + self.proximal * (parameters - self.start[name])
        return gradient


@dataclass
class Result:
    """What a training came to: the new parameters, the steps taken, the rows seen and the mean loss of the last pass."""

    parameters: Mapping[str, np.ndarray]
    steps: int
    samples: int
    loss: Optional[float] = None


@dataclass
class Sums:
    """Sums of an evaluation over some rows, the loss without penalty."""

    rows: int
    loss: float
    correct: int = 0
    squared_error: float = 0.0
    absolute_error: float = 0.0

    def message(self) -> Dict[str, Any]:
        return {"rows": self.rows, "loss": self.loss, "correct": self.correct, "squaredError": self.squared_error, "absoluteError": self.absolute_error}


@dataclass
class Evaluation:
    """Sums over test and training rows; of two classes the test rows' histogram by class and logit, shape [2, bins]."""

    test: Sums
    train: Sums
    scores: Optional[np.ndarray] = None


class Trainer:
    """A model of one's own. Derive, and hand an instance to ``run``. The same arguments and rows must give the same numbers."""

    #: For people.
    name = "trainer"
    #: What training can do beyond plain steps: correction, proximal, optimizer, penalty.
    abilities: Sequence[str] = ()

    def describe(self, problem: Problem) -> Mapping[str, Sequence[int]]:
        """Hears what is to be learnt; answers with the shape of each tensor of the model, in order."""
        raise Refusal("this trainer has no model")

    def init(self, rng: np.random.Generator, seed: int) -> Mapping[str, np.ndarray]:
        """The parameters to start from; asked of one trainer before the job begins."""
        raise Refusal("this trainer has no parameters of its own to start from; write job.model.initial")

    def load(self, train_x: np.ndarray, train_y: np.ndarray, test_x: np.ndarray, test_y: np.ndarray) -> None:
        """Takes the site's rows: float64, scaled as the plan says, without missing values."""
        self.train_x, self.train_y, self.test_x, self.test_y = train_x, train_y, test_x, test_y

    def train(self, task: Task) -> Result:
        """One round's training."""
        raise Refusal("this trainer does not train")

    def evaluate(self, parameters: Tensors, bins: int, logit_max: float) -> Evaluation:
        """Sums over the site's rows; ``evaluate_scores`` makes them from scores."""
        raise Refusal("this trainer does not evaluate")


def run(trainer: Trainer) -> None:
    """Serves the site that started this process over standard input and output, until it says stop or goes away. Prints go to standard error."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a print, or a library's, must not fall between frames
    sys.stdout = sys.stderr
    serve(trainer, Questions(os.fdopen(os.dup(0), "rb", buffering=0)), output)


def serve(trainer: Trainer, questions: Any, output: BinaryIO) -> None:
    """Answers question after question until stop."""
    server = _Server(trainer, output)
    while True:
        message, tensors = questions.next()
        if message["type"] == "stop":
            return
        try:
            server.answer(message, read_tensors(tensors)[0] if tensors is not None else {})
        except (Refusal, FloatingPointError) as refusal:
            server.send(message, {"type": "error", "message": str(refusal)[:300]})


class _Server:
    def __init__(self, trainer: Trainer, output: BinaryIO):
        self._trainer = trainer
        self._output = output
        self._problem: Optional[Problem] = None
        self._shapes: Dict[str, List[int]] = {}
        self._rows: Dict[str, Tuple[np.ndarray, np.ndarray]] = {}
        self._is_loaded = False
        self._reported = 0.0

    def send(self, question: Mapping[str, Any], message: Dict[str, Any], tensors: Optional[Mapping[str, np.ndarray]] = None) -> None:
        message = {"id": question["id"], "payload": tensors is not None, **message}
        write_frame(self._output, CONTROL, encode(message))
        if tensors is not None:
            write_frame(self._output, TENSORS, write_tensors(tensors))

    def answer(self, message: Dict[str, Any], tensors: Tensors) -> None:
        kind = message["type"]
        if kind == "hello":
            if message["protocol"] != VERSION:
                raise Refusal(f"the site speaks version {message['protocol']} of the protocol; this SDK speaks {VERSION}")
            self.send(message, {"type": "hello", "protocol": VERSION, "name": self._trainer.name})
        elif kind == "capabilities":
            self._problem = Problem(message["task"], message["classes"], tuple(message["features"]), dict(message["settings"]))
            self._shapes = {name: [int(axis) for axis in shape] for name, shape in self._trainer.describe(self._problem).items()}
            own = [{"name": name, "shape": shape} for name, shape in self._shapes.items()]
            self.send(message, {"type": "capabilities", "tensors": own, "abilities": list(self._trainer.abilities)})
        elif self._problem is None:
            raise Refusal("what is to be learnt has not been said yet")
        elif kind == "init":
            seed = int(message["seed"], 16)
            self.send(message, {"type": "parameters"}, self._trainer.init(np.random.Generator(np.random.PCG64(seed)), seed))
        elif kind == "data":
            self._take(message, tensors["x"], tensors["y"])
            self.send(message, {"type": "ready"})
        elif kind == "train":
            self._train(message, tensors)
        elif kind == "evaluate":
            self._load()
            found = self._trainer.evaluate(tensors, message["bins"], message["logitMax"])
            scores = None if found.scores is None else {"scores": np.asarray(found.scores, np.int64)}
            self.send(message, {"type": "metrics", "test": found.test.message(), "train": found.train.message()}, scores)
        else:
            raise ProtocolError(f"there is no answer to '{kind}'")

    def _take(self, message: Mapping[str, Any], x: np.ndarray, y: np.ndarray) -> None:
        part, first, total = message["part"], message["first"], message["total"]
        if first == 0:
            self._rows[part] = (np.empty((total, x.shape[1])), np.empty(total))
        whole_x, whole_y = self._rows[part]
        whole_x[first:first + len(y)] = x
        whole_y[first:first + len(y)] = y
        self._is_loaded = False

    def _load(self) -> None:
        if self._is_loaded:
            return
        if "train" not in self._rows or "test" not in self._rows:
            raise Refusal("the rows have not been sent yet")
        self._trainer.load(*self._rows["train"], *self._rows["test"])
        self._is_loaded = True

    def _train(self, message: Mapping[str, Any], tensors: Tensors) -> None:
        self._load()
        seed = int(message["seed"], 16)

        def progress(percent: Optional[float] = None, epoch: Optional[int] = None, batch: Optional[int] = None, loss: Optional[float] = None) -> None:
            now = time.monotonic()
            if now - self._reported >= 0.1:  # ten a second are plenty for people and for the site's watch
                self._reported = now
                self.send(message, {"type": "progress", "percent": percent, "epoch": epoch, "batch": batch, "loss": loss})

        result = self._trainer.train(Task(
            round=message["round"],
            parameters={name: tensors[name] for name in self._shapes},
            steps=message["steps"],
            batch_size=message["batchSize"],
            learning_rate=message["learningRate"],
            proximal=message["proximal"],
            l2=message["l2"],
            correction={name[len(_CORRECTION):]: value for name, value in tensors.items() if name.startswith(_CORRECTION)},
            optimizer=message.get("optimizer"),
            rng=np.random.Generator(np.random.PCG64(seed)),
            seed=seed,
            progress=progress))
        self.send(message, {"type": "result", "form": "parameters", "steps": result.steps, "samples": result.samples, "loss": result.loss}, result.parameters)
