"""Sums of an evaluation from a model's scores."""

from __future__ import annotations

import numpy as np

from .trainer import Evaluation, Problem, Sums


def evaluate_scores(problem: Problem, test: np.ndarray, test_y: np.ndarray, train: np.ndarray, train_y: np.ndarray, bins: int, logit_max: float) -> Evaluation:
    """Log-loss of logits, or half the squared error, and what accuracy, AUC and errors are made of.

    Scores have the shape [rows] for a number or the logit of class 1, and [rows, classes] for a logit of each class.
    """
    scores = None
    if problem.task == "two-classes":
        bin_of = np.clip(np.floor((test + logit_max) / (2 * logit_max) * bins), 0, bins - 1).astype(np.int64)
        scores = np.zeros((2, bins), np.int64)
        np.add.at(scores, (test_y.astype(np.int64), bin_of), 1)
    return Evaluation(_sums(problem, test, test_y), _sums(problem, train, train_y), scores)


def _sums(problem: Problem, scores: np.ndarray, y: np.ndarray) -> Sums:
    scores = np.asarray(scores, np.float64)
    if problem.task == "regression":
        error = scores - y
        return Sums(len(y), 0.5 * float(error @ error), 0, float(error @ error), float(np.abs(error).sum()))
    if problem.task == "two-classes":
        loss = np.maximum(scores, 0) - y * scores + np.log1p(np.exp(-np.abs(scores)))
        return Sums(len(y), float(loss.sum()), int(np.count_nonzero((scores >= 0) == (y == 1))))
    if len(y) == 0:
        return Sums(0, 0.0, 0)
    labels = y.astype(np.int64)
    highest = scores.max(axis=1)
    loss = highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1)) - scores[np.arange(len(y)), labels]
    return Sums(len(y), float(loss.sum()), int(np.count_nonzero(scores.argmax(axis=1) == labels)))
