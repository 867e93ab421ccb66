#!/usr/bin/env python3
"""Logistic, softmax or linear regression in a page of numpy: the smallest whole trainer. With full batches it takes the very steps of the built-in model."""

import sys

try:
    import numpy as np
except ImportError:
    sys.exit("this trainer needs numpy for /usr/bin/python3; on Debian: apt-get install python3-numpy")

from fedactors import Evaluation, Problem, Result, Task, Trainer, evaluate_scores, gradient_descent, run


class Regression(Trainer):
    name = "regression in numpy"
    abilities = ("correction", "proximal", "penalty")

    def describe(self, problem: Problem):
        self.problem = problem
        outputs = problem.outputs
        return {"coefficients": [len(problem.features)] if outputs == 1 else [outputs, len(problem.features)], "intercept": [outputs]}

    def init(self, rng, seed):
        return {name: np.zeros(shape) for name, shape in self.describe(self.problem).items()}

    def scores(self, w, x):
        return x @ w["coefficients"].T + w["intercept"]

    def loss_and_gradient(self, w, x, y, l2):
        scores = self.scores(w, x)
        if self.problem.task == "regression":
            error = scores - y
            loss = 0.5 * error @ error / len(y)
        elif self.problem.task == "two-classes":
            error = 1 / (1 + np.exp(-scores)) - y
            loss = np.mean(np.maximum(scores, 0) - y * scores + np.log1p(np.exp(-np.abs(scores))))
        else:
            error = np.exp(scores - scores.max(axis=1, keepdims=True))
            error /= error.sum(axis=1, keepdims=True)
            own = (np.arange(len(y)), y.astype(np.int64))
            loss = -np.mean(np.log(np.maximum(error[own], 1e-300)))
            error[own] -= 1
        gradient = {"coefficients": error.T @ x / len(y) + l2 * w["coefficients"], "intercept": np.atleast_1d(error.sum(axis=0) / len(y))}
        return loss + 0.5 * l2 * np.sum(w["coefficients"] ** 2), gradient

    def train(self, task: Task) -> Result:
        return gradient_descent(task, self.train_x, self.train_y, lambda w, x, y: self.loss_and_gradient(w, x, y, task.l2))

    def evaluate(self, parameters, bins, logit_max) -> Evaluation:
        return evaluate_scores(
            self.problem, self.scores(parameters, self.test_x), self.test_y, self.scores(parameters, self.train_x), self.train_y, bins, logit_max)


if __name__ == "__main__":
    run(Regression())
