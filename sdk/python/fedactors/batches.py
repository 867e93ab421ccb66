"""Rows of one step after another, and plain steps with what federated algorithms add to gradients."""

from __future__ import annotations

from typing import Callable, Dict, Iterator, Tuple

import numpy as np

from .trainer import Result, Task


def batches(rows: int, batch_size: int, steps: int, rng: np.random.Generator) -> Iterator[Tuple[int, int, np.ndarray]]:
    """So many batches as (epoch, batch, indices): every pass visits each row once, in a new order; a batch of all rows keeps the order of the file."""
    size = rows if batch_size == 0 or batch_size >= rows else batch_size
    order = np.arange(rows)
    epoch, at, batch = 0, rows, 0
    for _ in range(steps):
        if at >= rows:
            if size < rows:
                order = rng.permutation(rows)
            epoch, at, batch = epoch + 1, 0, 0
        batch += 1
        yield epoch, batch, order[at:at + size]
        at += size


def gradient_descent(task: Task, x: np.ndarray, y: np.ndarray, loss_and_gradient: Callable[[Dict[str, np.ndarray], np.ndarray, np.ndarray], Tuple[float, Dict[str, np.ndarray]]]) -> Result:
    """The steps that the task asks for: ``w -= rate * (gradient + correction + proximal * (w - start))``.

    ``loss_and_gradient(parameters, x, y)`` gives the mean loss of a batch, penalty included, and its gradient by tensor.
    """
    w = {name: value.copy() for name, value in task.parameters.items()}
    samples, losses = 0, []
    for step, (epoch, batch, rows) in enumerate(batches(len(y), task.batch_size, task.steps, task.rng)):
        loss, gradient = loss_and_gradient(w, x[rows], y[rows])
        if not np.isfinite(loss):
            raise FloatingPointError(f"the loss of batch {batch} of local epoch {epoch} is {loss}")
        for name in w:
            w[name] -= task.learning_rate * task.adjusted(name, gradient[name], w[name])
        losses = [loss] if batch == 1 else losses + [loss]
        samples += len(rows)
        task.progress(100 * (step + 1) / task.steps, epoch=epoch, batch=batch, loss=loss)
    return Result(w, steps=task.steps, samples=samples, loss=float(np.mean(losses)))
