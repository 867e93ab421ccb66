"""The peers of `learning`: the same work in PyTorch, scikit-learn and OpenBLAS (by numpy), one repetition a command, so that the two sides can take turns.

    learning.py THREADS

prints `ready NAME=VERSION ...`, then answers each line `CASE COUNT` with the seconds that one of COUNT operations took: processor time of the one thread, wall clock
with more. `missing CASE: why` is the answer where a library is not installed.
"""
import os
import sys
import time

THREADS = int(sys.argv[1])
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = sys.argv[1]   # read when the libraries load

ROWS, COLUMNS, BATCH = 1_000_000, 30, 1000
clock = time.thread_time if THREADS == 1 else time.perf_counter
versions = []

try:
    import numpy as np
    versions.append("numpy=" + np.__version__)
except ImportError:
    np = None
try:
    import torch
    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    versions.append("torch=" + torch.__version__)
except ImportError:
    torch = None
try:
    import sklearn
    from sklearn.linear_model import SGDClassifier
    versions.append("sklearn=" + sklearn.__version__)
except ImportError:
    sklearn = None


def rows():
    """Rows with two classes that a plane divides, noisily."""
    random = np.random.default_rng(1)
    x = random.standard_normal((ROWS, COLUMNS), dtype=np.float32)
    noise = random.standard_normal(ROWS, dtype=np.float32)
    return x, (x[:, :5].sum(axis=1) + noise > 0).astype(np.float32)


def gemm():
    random = np.random.default_rng(1)
    a, b = (random.standard_normal((512, 512), dtype=np.float32) for _ in range(2))
    c = np.empty_like(a)
    return lambda: np.matmul(a, b, out=c)


def logistic_sklearn():
    x, y = rows()
    model = SGDClassifier(loss="log_loss", alpha=1e-4, learning_rate="constant", eta0=0.01)
    return lambda: model.partial_fit(x, y, classes=[0, 1])


def logistic_torch(is_shuffled, is_autograd):
    x, y = (torch.from_numpy(part) for part in rows())
    w, b = torch.zeros(COLUMNS), torch.zeros(1)
    loss = torch.nn.functional.binary_cross_entropy_with_logits

    def by_hand(xs, ys):
        slopes = torch.sigmoid(torch.addmv(b, xs, w)).sub_(ys)
        w.sub_(torch.mv(xs.t(), slopes), alpha=0.01 / len(ys))
        b.sub_(slopes.mean(), alpha=0.01)

    def by_autograd(xs, ys):
        w.requires_grad_(True), b.requires_grad_(True)
        grad_w, grad_b = torch.autograd.grad(loss(torch.addmv(b, xs, w), ys), (w, b))
        w.requires_grad_(False), b.requires_grad_(False)
        w.sub_(grad_w, alpha=0.01)
        b.sub_(grad_b, alpha=0.01)

    step = by_autograd if is_autograd else by_hand

    def epoch():
        order = torch.randperm(ROWS) if is_shuffled else None
        for start in range(0, ROWS, BATCH):
            if is_shuffled:
                batch = order[start:start + BATCH]
                step(x[batch], y[batch])
            else:
                step(x[start:start + BATCH], y[start:start + BATCH])
    return epoch


def training(model, inputs, batch, momentum):
    loss = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=momentum)
    x, y = torch.randn(batch, *inputs), torch.randint(0, 10, (batch,))

    def step():
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()
    return step


def mlp():
    nn = torch.nn
    return training(nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)), (784,), 64, 0)


def cnn():
    nn = torch.nn
    return training(
        nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(784, 10)),
        (1, 28, 28), 32, 0.9)


CASES = {
    "gemm-512": ("numpy", gemm),
    "logistic-sklearn": ("sklearn", logistic_sklearn),
    "logistic-torch": ("torch", lambda: logistic_torch(True, True)),
    "logistic-torch-by-hand": ("torch", lambda: logistic_torch(True, False)),
    "logistic-torch-in-order": ("torch", lambda: logistic_torch(False, True)),
    "logistic-torch-in-order-by-hand": ("torch", lambda: logistic_torch(False, False)),
    "mlp": ("torch", mlp),
    "cnn": ("torch", cnn),
}


def main():
    print("ready " + " ".join(versions), flush=True)
    made = {}
    for line in sys.stdin:
        case, count = line.split()
        library, make = CASES[case]
        if np is None or globals()[{"numpy": "np"}.get(library, library)] is None:
            print(f"missing {case}: {library} is not installed", flush=True)
            continue
        if case not in made:
            made.clear()   # one case's data at a time
            made[case] = make()
            made[case]()
        start = clock()
        for _ in range(int(count)):
            made[case]()
        print(repr((clock() - start) / int(count)), flush=True)


main()
