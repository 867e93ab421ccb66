"""Trainers for FedActors in Python: subclass Trainer, call run(). Needs Python 3.9 and numpy; torch only if you use it.

The protocol, and what a site does with a trainer that misbehaves, stand in docs/trainers.md of the repository.
"""

from .batches import batches, gradient_descent
from .protocol import ProtocolError
from .tensors import TensorError, read_tensors, write_tensors
from .trainer import Evaluation, Problem, Refusal, Result, Sums, Task, Trainer, run
from .scores import evaluate_scores

__all__ = [
    "Evaluation", "Problem", "ProtocolError", "Refusal", "Result", "Sums", "Task", "TensorError", "Trainer",
    "batches", "evaluate_scores", "gradient_descent", "read_tensors", "run", "write_tensors",
]
__version__ = "0.1.0"
