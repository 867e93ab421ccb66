#!/usr/bin/env python3
"""Logistic or softmax regression by scikit-learn's SGDClassifier, whose warm start begins at the round's model."""

import sys

try:
    import numpy as np
    from sklearn.linear_model import SGDClassifier
except ImportError as error:
    sys.exit(f"this trainer needs {error.name} for /usr/bin/python3; on Debian: apt-get install python3-sklearn python3-numpy")

from fedactors import Evaluation, Problem, Refusal, Result, Task, Trainer, evaluate_scores, run


class Logistic(Trainer):
    name = "SGDClassifier of scikit-learn"
    abilities = ("penalty",)

    def describe(self, problem: Problem):
        if problem.classes == 0:
            raise Refusal("SGDClassifier tells classes apart; write job.data.classes")
        self.problem = problem
        return {"coef_": [problem.outputs, len(problem.features)], "intercept_": [problem.outputs]}

    def init(self, rng, seed):
        return {name: np.zeros(shape) for name, shape in self.describe(self.problem).items()}

    def train(self, task: Task) -> Result:
        rows = len(self.train_y)
        if task.batch_size != 1:
            raise Refusal("SGDClassifier takes one row a step; write batch-size = 1 in the plan")
        if len(np.unique(self.train_y)) < self.problem.classes:
            raise Refusal("SGDClassifier needs rows of every class, and this site has rows of some only")
        passes = -(-task.steps // rows)
        model = SGDClassifier(
            loss="log_loss", alpha=max(task.l2, 1e-12), learning_rate="constant", eta0=task.learning_rate, max_iter=passes, tol=None, random_state=task.seed % 2**32)
        model.fit(self.train_x, self.train_y, coef_init=task.parameters["coef_"], intercept_init=task.parameters["intercept_"])
        return Result({"coef_": model.coef_, "intercept_": model.intercept_}, steps=passes * rows, samples=passes * rows)

    def evaluate(self, parameters, bins, logit_max) -> Evaluation:
        def scores(x):
            found = x @ parameters["coef_"].T + parameters["intercept_"]
            return found if self.problem.task == "classes" else found[:, 0]

        return evaluate_scores(self.problem, scores(self.test_x), self.test_y, scores(self.train_x), self.train_y, bins, logit_max)


if __name__ == "__main__":
    run(Logistic())
