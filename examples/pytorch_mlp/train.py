#!/usr/bin/env python3
"""A multi-layer perceptron in PyTorch. Settings of the plan: hidden (such as 64 or 64,32; default 32) and threads."""

import sys

try:
    import numpy as np
    import torch
except ImportError as error:
    sys.exit(f"this trainer needs {error.name} for /usr/bin/python3; on Debian: apt-get install python3-torch python3-numpy")

from fedactors import Evaluation, Problem, Refusal, Result, Task, Trainer, batches, evaluate_scores, run


class Mlp(Trainer):
    name = "MLP in PyTorch"
    abilities = ("correction", "proximal", "penalty")

    def describe(self, problem: Problem):
        self.problem = problem
        torch.set_num_threads(problem.setting("threads", int, 1))  # one: the same bits everywhere
        torch.use_deterministic_algorithms(True)
        layers, width = [], len(problem.features)
        for hidden in (int(text) for text in problem.setting("hidden", str, "32").split(",")):
            layers += [torch.nn.Linear(width, hidden), torch.nn.ReLU()]
            width = hidden
        self.model = torch.nn.Sequential(*layers, torch.nn.Linear(width, problem.outputs))
        return {name: list(value.shape) for name, value in self.model.state_dict().items()}

    def init(self, rng, seed):
        torch.manual_seed(seed % 2**63)
        for layer in self.model:
            if isinstance(layer, torch.nn.Linear):
                layer.reset_parameters()
        return self.numbers()

    def load(self, train_x, train_y, test_x, test_y):
        super().load(train_x, train_y, test_x, test_y)
        self.x = torch.from_numpy(train_x).float()
        self.y = torch.from_numpy(train_y).long() if self.problem.task == "classes" else torch.from_numpy(train_y).float()

    def loss(self, scores, y):
        if self.problem.task == "classes":
            return torch.nn.functional.cross_entropy(scores, y)
        scores = scores.squeeze(1)
        return torch.nn.functional.binary_cross_entropy_with_logits(scores, y) if self.problem.task == "two-classes" else 0.5 * torch.mean((scores - y) ** 2)

    def train(self, task: Task) -> Result:
        if task.optimizer is not None:
            raise Refusal("this trainer takes plain steps")
        self.take(task.parameters)
        torch.manual_seed(task.seed % 2**63)  # of dropout, where somebody adds it
        named = dict(self.model.named_parameters())
        correction = {name: torch.from_numpy(value).float() for name, value in task.correction.items()}
        start = {name: value.detach().clone() for name, value in named.items()}
        samples, losses = 0, []
        for step, (epoch, batch, rows) in enumerate(batches(len(self.y), task.batch_size, task.steps, task.rng)):
            self.model.zero_grad()
            loss = self.loss(self.model(self.x[rows]), self.y[rows])
            loss = loss + 0.5 * task.l2 * sum((value ** 2).sum() for name, value in named.items() if name.endswith("weight"))
            if not torch.isfinite(loss):
                raise FloatingPointError(f"the loss of batch {batch} of local epoch {epoch} is {loss.item()}")
            loss.backward()
            with torch.no_grad():
                for name, value in named.items():
                    gradient = value.grad + correction[name] if name in correction else value.grad
                    value -= task.learning_rate * (gradient + task.proximal * (value - start[name]))
            losses = [loss.item()] if batch == 1 else losses + [loss.item()]
            samples += len(rows)
            task.progress(100 * (step + 1) / task.steps, epoch=epoch, batch=batch, loss=losses[-1])
        return Result(self.numbers(), steps=task.steps, samples=samples, loss=float(np.mean(losses)))

    def evaluate(self, parameters, bins, logit_max) -> Evaluation:
        self.take(parameters)
        return evaluate_scores(self.problem, self.scores(self.test_x), self.test_y, self.scores(self.train_x), self.train_y, bins, logit_max)

    def scores(self, x):
        with torch.no_grad():
            scores = self.model(torch.from_numpy(x).float()).double().numpy()
        return scores if self.problem.task == "classes" else scores.reshape(-1)

    def numbers(self):
        return {name: value.detach().numpy().copy() for name, value in self.model.state_dict().items()}

    def take(self, parameters):
        self.model.load_state_dict({name: torch.from_numpy(np.asarray(value)).float() for name, value in parameters.items()})


if __name__ == "__main__":
    run(Mlp())
