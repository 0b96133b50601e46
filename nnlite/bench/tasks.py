"""What is trained: the data, the shape of the network, and its first weights."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..datasets import california_housing, fashion_mnist
from .measures import Settings

Array = np.ndarray
Weights = list[Array]

#: The learning rate of every contender.
LEARNING_RATE = 0.01


@dataclass(frozen=True)
class Task:
    """A network of dense layers, relu between them, trained by plain SGD.

    `loss` is "crossentropy" (softmax, y holds whole numbers) or "mse" (y has a column).
    """

    title: str
    units: tuple[int, ...]
    x: Array
    y: Array
    batch: int
    loss: str
    notes: tuple[str, ...] = ()
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def weights(self) -> Weights:
        """Return the first weights, the same at each call: kernel, bias, kernel, ... (float32)."""
        rng = np.random.default_rng(7)
        made: Weights = []
        for inputs, outputs in zip(self.units, self.units[1:], strict=False):
            limit = np.sqrt(6 / (inputs + outputs))
            made.append(rng.uniform(-limit, limit, (inputs, outputs)).astype(np.float32))
            made.append(np.zeros(outputs, np.float32))
        return made

    def order(self) -> Array:
        """Return a new order of the rows, for one epoch."""
        return self.rng.permutation(len(self.x))

    def forward_flops(self) -> int:
        """Return the floating-point operations of one row's matrix products, forwards."""
        return sum(2 * i * o for i, o in zip(self.units, self.units[1:], strict=False))

    def epoch_flops(self) -> int:
        """Return the operations of an epoch's products: x w, xᵀ dz, and dz wᵀ but for the data."""
        unneeded = 2 * self.units[0] * self.units[1]
        return len(self.x) * (3 * self.forward_flops() - unneeded)


def fashion(settings: Settings) -> Task:
    """Fashion-MNIST as the book's chapter 10 trains it."""
    rows = settings.rows(55_000, 64)
    notes: tuple[str, ...] = ()
    try:
        (x, y), _ = fashion_mnist.load_data()
        x = (x[:rows].reshape(-1, 784) / 255).astype(np.float32)
        y = y[:rows].astype(np.int64)
    except FileNotFoundError:
        notes = ("SYNTHETIC data of Fashion-MNIST's shapes: the real images were not found",)
        x, y = _images(rows)
    title = f"Fashion-MNIST 784-300-100-10, {rows:,} rows, batch 32, SGD"
    return Task(title, (784, 300, 100, 10), x, y, 32, "crossentropy", notes)


def california(settings: Settings) -> Task:
    """California housing: a network so small that only what stands around it costs time."""
    rows = settings.rows(11_610, 64)
    notes: tuple[str, ...] = ()
    try:
        x, y = california_housing.load_per_household()
        x = ((x - x.mean(axis=0)) / x.std(axis=0))[:rows].astype(np.float32)
        y = y[:rows, np.newaxis].astype(np.float32)
    except FileNotFoundError:
        notes = ("SYNTHETIC data of California housing's shapes: the real rows were not found",)
        x = np.random.default_rng(0).standard_normal((rows, 8), np.float32)
        y = x[:, :1] + x[:, 1:2] ** 2
    title = f"California housing 8-30-1, {rows:,} rows, batch 32, mse, SGD"
    return Task(title, (8, 30, 1), x, y, 32, "mse", notes)


def wide(settings: Settings) -> Task:
    """A wide network on made-up data: matrix products and little else."""
    rows = settings.rows(8_192, 256)
    title = f"Wide 784-2048-2048-10, {rows:,} rows, batch 256, SGD"
    return Task(title, (784, 2048, 2048, 10), *_images(rows), 256, "crossentropy")


def _images(rows: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    return rng.random((rows, 784), np.float32), rng.integers(0, 10, rows)
