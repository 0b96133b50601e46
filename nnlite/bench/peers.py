"""The others, each at its best setting: numpy by hand, PyTorch, JAX, Keras, scikit-learn.

All draw a new order of the rows for each epoch, and all but scikit-learn start from the same
weights. The loops by hand compute no loss to show and no accuracy; Keras and nnlite do. Only what
is installed takes part, and it is imported when its turn comes.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from .measures import Contender, timed, timed_calls, within
from .peak import cores
from .tasks import LEARNING_RATE, Array, Task, Weights

#: The backends that Keras may run on, best first.
KERAS_BACKENDS = ("tensorflow", "jax", "torch")


class Peer(Protocol):
    """One way of training a task's network and of running it."""

    def epoch(self) -> object: ...
    def weights(self) -> Weights: ...


@dataclass(frozen=True)
class Variant:
    """A peer in one setting; `context` is what it runs in, `predicts` whether it shall do that."""

    name: str
    peer: Peer
    context: Callable[[], AbstractContextManager[Any]] = contextlib.nullcontext
    predicts: bool = True

    def training(self) -> Contender:
        """Train for some epochs."""
        return within(timed(self.name, self.peer.epoch), self.context)

    def calling(self, method: str, x: Array, seconds: float) -> Contender:
        """Call `predict` or `call` on x."""
        call = partial(getattr(self.peer, method), x)
        return within(timed_calls(self.name, call, seconds), self.context)


def installed(*modules: str) -> bool:
    """Whether all of these can be imported."""
    return all(importlib.util.find_spec(module) for module in modules)


def threads(count: int) -> str:
    """Write "1 thread" or "2 threads"."""
    return f"{count} thread{'s' * (count > 1)}"


def thread_counts() -> tuple[int, ...]:
    """Return 1, and the number of cores where there are more."""
    return tuple(sorted({1, cores()}))


# ------------------------------------------------------------------------------ numpy by hand


class ByHand:
    """numpy, as one writes it by hand."""

    name = "numpy by hand"

    def __init__(self, task: Task) -> None:
        self.task = task
        self._weights = task.weights()
        self.rate = np.float32(LEARNING_RATE)

    def weights(self) -> Weights:
        return self._weights

    def epoch(self) -> None:
        order, size = self.task.order(), self.task.batch
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            self.step(self.task.x[rows], self.task.y[rows])

    def activations(self, x: Array) -> list[Array]:
        """Return each layer's input, and at the end the output before the softmax."""
        values, w = [x], self._weights
        for layer in range(0, len(w), 2):
            z = values[-1] @ w[layer]
            z += w[layer + 1]
            values.append(np.maximum(z, 0, out=z) if layer < len(w) - 2 else z)
        return values

    def step(self, x: Array, y: Array) -> None:
        values, w = self.activations(x), self._weights
        dz = values.pop()
        if self.task.loss == "crossentropy":
            dz = softmax(dz)
            dz[np.arange(len(y)), y] -= 1
            dz /= len(y)
        else:
            dz = (dz - y) * np.float32(2 / y.size)
        for layer in range(len(w) - 2, -1, -2):
            x = values.pop()
            dw, db = x.T @ dz, dz.sum(axis=0)
            if layer:
                dz = dz @ w[layer].T
                dz *= x > 0
            w[layer] -= self.rate * dw
            w[layer + 1] -= self.rate * db

    def predict(self, x: Array) -> Array:
        return softmax(self.activations(x)[-1])


def softmax(z: Array) -> Array:
    """exp(z) / Σ exp(z), along each row; may change z."""
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z


def numpy_variants(task: Task) -> Iterator[Variant]:
    """Yield numpy by hand with each number of BLAS threads, where that can be chosen."""
    if not installed("threadpoolctl"):
        yield Variant(ByHand.name, ByHand(task))
        return
    limits = importlib.import_module("threadpoolctl").threadpool_limits
    for count in thread_counts():
        name = f"{ByHand.name}, {threads(count)}"
        yield Variant(name, ByHand(task), partial(limits, count, user_api="blas"))


# ------------------------------------------------------------------------------------ PyTorch


class Torch:
    """PyTorch without its data loader and optimizer objects: shuffled once, sliced, one update."""

    name = "PyTorch"

    def __init__(self, task: Task) -> None:
        self.torch = importlib.import_module("torch")
        self.task = task
        self.x, self.y = map(self.torch.from_numpy, (task.x, task.y))
        self.parameters = [self.torch.from_numpy(w).requires_grad_() for w in task.weights()]

    def weights(self) -> Weights:
        return [w.detach().numpy() for w in self.parameters]

    def output(self, x: Any) -> Any:
        w = self.parameters
        for layer in range(0, len(w), 2):
            x = self.torch.addmm(w[layer + 1], x, w[layer])
            x = x.relu() if layer < len(w) - 2 else x
        return x

    def loss(self, x: Any, y: Any) -> Any:
        functional = self.torch.nn.functional
        if self.task.loss == "crossentropy":
            return functional.cross_entropy(self.output(x), y)
        return functional.mse_loss(self.output(x), y)

    def epoch(self) -> None:
        torch, size = self.torch, self.task.batch
        order = torch.from_numpy(self.task.order())
        batches = zip(self.x[order].split(size), self.y[order].split(size), strict=True)
        for x, y in batches:
            grads = torch.autograd.grad(self.loss(x, y), self.parameters)
            with torch.no_grad():
                torch._foreach_add_(self.parameters, grads, alpha=-LEARNING_RATE)

    def predict(self, x: Array) -> Any:
        with self.torch.inference_mode():
            return self.output(self.torch.from_numpy(x)).softmax(1).numpy()


class TorchCompiled(Torch):
    """The same, with the forward and backward pass compiled."""

    name = "PyTorch, compile"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.loss = self.torch.compile(super().loss, dynamic=False)  # type: ignore[method-assign]


def torch_variants(task: Task) -> Iterator[Variant]:
    """Yield PyTorch as it is and compiled, with each number of threads."""
    torch = importlib.import_module("torch")

    @contextlib.contextmanager
    def limit(count: int) -> Iterator[None]:
        torch.set_num_threads(count)
        yield

    for kind in (Torch, TorchCompiled):
        for count in thread_counts():
            name = f"{kind.name}, {threads(count)}"
            yield Variant(name, kind(task), partial(limit, count), kind is Torch)


# ---------------------------------------------------------------------------------------- JAX


class Jax:
    """JAX: one compiled program an epoch, a scan over the batches, which are gathered ahead."""

    name = "JAX jit+scan"
    ahead = True

    def __init__(self, task: Task) -> None:
        self.jax = importlib.import_module("jax")
        self.task = task
        self.x, self.y = map(self.jax.numpy.asarray, (task.x, task.y))
        self.parameters = list(map(self.jax.numpy.asarray, task.weights()))
        self._epoch = self.jax.jit(self.epoch_of, donate_argnums=0)
        self._predict = self.jax.jit(lambda w, x: self.jax.nn.softmax(self.output(w, x)))

    def weights(self) -> Weights:
        return list(map(np.asarray, self.parameters))

    def output(self, w: list[Any], x: Any) -> Any:
        for layer in range(0, len(w), 2):
            x = x @ w[layer] + w[layer + 1]
            x = self.jax.nn.relu(x) if layer < len(w) - 2 else x
        return x

    def loss(self, w: list[Any], x: Any, y: Any) -> Any:
        jnp = self.jax.numpy
        if self.task.loss == "crossentropy":
            logs = self.jax.nn.log_softmax(self.output(w, x))
            return -jnp.take_along_axis(logs, y[:, None], axis=1).mean()
        return ((self.output(w, x) - y) ** 2).mean()

    def step(self, w: list[Any], batch: tuple[Any, Any]) -> tuple[list[Any], None]:
        grads = self.jax.grad(self.loss)(w, *batch)
        return [p - LEARNING_RATE * g for p, g in zip(w, grads, strict=True)], None

    def epoch_of(self, w: list[Any], x: Any, y: Any, order: Any) -> list[Any]:
        size = self.task.batch
        whole = len(x) // size * size
        rows = order[:whole].reshape(-1, size)
        if self.ahead:
            w, _ = self.jax.lax.scan(self.step, w, (x[rows], y[rows]))
        else:
            w, _ = self.jax.lax.scan(lambda w, some: self.step(w, (x[some], y[some])), w, rows)
        rest = order[whole:]
        return self.step(w, (x[rest], y[rest]))[0] if len(rest) else w

    def epoch(self) -> None:
        order = self.task.order().astype(np.int32)
        self.parameters = self._epoch(self.parameters, self.x, self.y, order)
        self.jax.block_until_ready(self.parameters)

    def predict(self, x: Array) -> Any:
        return np.asarray(self._predict(self.parameters, x))


class JaxGathering(Jax):
    """The same, with each batch gathered in its own step."""

    name = "JAX jit+scan, gathering inside"
    ahead = False


def jax_variants(task: Task) -> Iterator[Variant]:
    """Yield both ways of gathering: which is better depends on the size of a row."""
    yield Variant(Jax.name, Jax(task))
    yield Variant(JaxGathering.name, JaxGathering(task), predicts=False)


# ------------------------------------------------------------------------ Keras, scikit-learn


class Keras:
    """Keras's `fit`, which computes the accuracy too."""

    def __init__(self, task: Task) -> None:
        found = next(backend for backend in KERAS_BACKENDS if installed(backend))
        os.environ.setdefault("KERAS_BACKEND", found)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        keras = importlib.import_module("keras")
        self.name = f"Keras {keras.__version__} ({keras.backend.backend()})"
        self.task = task
        classifies = task.loss == "crossentropy"
        dense = keras.layers.Dense
        last = dense(task.units[-1], activation="softmax" if classifies else None)
        hidden = [dense(units, activation="relu") for units in task.units[1:-1]]
        self.model = keras.Sequential([keras.Input((task.units[0],)), *hidden, last])
        self.model.set_weights(task.weights())
        self.model.compile(
            loss="sparse_categorical_crossentropy" if classifies else "mse",
            optimizer=keras.optimizers.SGD(LEARNING_RATE),
            metrics=["accuracy"] if classifies else [],
        )

    def weights(self) -> Weights:
        return list(self.model.get_weights())

    def epoch(self) -> None:
        self.model.fit(self.task.x, self.task.y, batch_size=self.task.batch, verbose=0)

    def predict(self, x: Array) -> Any:
        return self.model.predict(x, verbose=0)

    def call(self, x: Array) -> Any:
        """Run `model(x)`."""
        return self.model(x)


class ScikitLearn:
    """scikit-learn's multilayer perceptron; `partial_fit` goes once over the rows."""

    name = "scikit-learn"

    def __init__(self, task: Task) -> None:
        network = importlib.import_module("sklearn.neural_network")
        self.task = task
        classifies = task.loss == "crossentropy"
        kind = network.MLPClassifier if classifies else network.MLPRegressor
        self.model = kind(
            hidden_layer_sizes=task.units[1:-1], batch_size=task.batch, random_state=0,
            solver="sgd", learning_rate_init=LEARNING_RATE, momentum=0, alpha=0,
        )  # fmt: skip
        self.y = task.y if classifies else task.y.ravel()
        self.classes = {"classes": np.arange(task.units[-1])} if classifies else {}

    def weights(self) -> Weights:
        pairs = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        return [array for pair in pairs for array in pair]

    def epoch(self) -> None:
        first = not hasattr(self.model, "coefs_")
        self.model.partial_fit(self.task.x, self.y, **(self.classes if first else {}))

    def predict(self, x: Array) -> Any:
        return self.model.predict_proba(x)


# -------------------------------------------------------------------------------------- all


def keras_variants(task: Task) -> Iterator[Variant]:
    """Yield Keras, on the first backend that is installed."""
    if any(map(installed, KERAS_BACKENDS)):
        peer = Keras(task)
        yield Variant(peer.name, peer)


def scikit_learn_variants(task: Task) -> Iterator[Variant]:
    """Yield scikit-learn."""
    yield Variant(ScikitLearn.name, ScikitLearn(task))


class Broken:
    """Stands for a library that is installed and cannot be used: its turn fails, and says why."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def weights(self) -> Weights:
        return []

    def epoch(self) -> None:
        raise self.error


#: Each library's module, and what yields it in all its settings.
LIBRARIES: dict[str, Callable[[Task], Iterator[Variant]]] = {
    "numpy": numpy_variants,
    "torch": torch_variants,
    "jax": jax_variants,
    "keras": keras_variants,
    "sklearn": scikit_learn_variants,
}


def variants(task: Task, libraries: Iterable[str] | None = None) -> Iterator[Variant]:
    """Yield those that are installed, in all their settings; of some of `LIBRARIES`, or of all."""
    for module in LIBRARIES if libraries is None else libraries:
        if not installed(module):
            continue
        try:
            yield from list(LIBRARIES[module](task))
        except Exception as error:  # theirs; the others are still worth measuring
            yield Variant(module, Broken(error), predicts=False)


def trainers(task: Task) -> Iterator[Contender]:
    """Yield all of them as contenders that train for some epochs."""
    for variant in variants(task):
        yield variant.training()


def eager(task: Task) -> Iterator[Contender]:
    """Yield PyTorch without its compiler, with each number of threads, where it is installed."""
    for variant in variants(task, ("torch",)):
        if not isinstance(variant.peer, TorchCompiled):
            yield variant.training()
