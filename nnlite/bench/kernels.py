"""The matrix products of a dense layer and SGD's fused update, beside numpy's BLAS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import _kernels
from .measures import Contender, Section, Settings, interleave, timed_calls, timed_loop
from .peak import Peak

#: Batch, inputs, outputs: the layers of the jobs, and one row as `predict` sees it.
SHAPES = (
    (32, 784, 300),
    (32, 300, 100),
    (32, 100, 10),
    (32, 8, 30),
    (32, 30, 1),
    (256, 784, 300),
    (256, 784, 2048),
    (256, 2048, 2048),
    (256, 2048, 10),
    (1, 784, 300),
)


def sections(settings: Settings, ceiling: Peak | None) -> Iterator[Section]:
    """Measure every product at every shape; a shape is a table."""
    for batch, inputs, outputs in SHAPES:
        rng = np.random.default_rng(0)
        x = rng.standard_normal((batch, inputs), np.float32)
        w = rng.standard_normal((inputs, outputs), np.float32)
        dz = rng.standard_normal((batch, outputs), np.float32)
        contenders = _products(x, w, dz, settings.calls)
        section = Section(
            f"Kernels: batch {batch}, {inputs} inputs, {outputs} outputs", "seconds a call"
        )
        for pair in zip(contenders[::2], contenders[1::2], strict=True):
            found, notes = interleave(pair, settings, 2.0 * batch * inputs * outputs)
            section.measures += found
            section.notes += notes
        yield section


def _products(x: Any, w: Any, dz: Any, seconds: float) -> list[Contender]:
    """Each product by our kernel, followed by the same by numpy."""
    b, rate = np.zeros(w.shape[1], np.float32), 1e-9  # so small that w stays what it is

    def update() -> None:
        np.matmul(x.T, dz, dw)
        np.multiply(dw, rate, out=dw)
        np.subtract(w, dw, out=w)

    y, dx, dw = np.empty_like(dz), np.empty_like(x), np.empty_like(w)
    return [
        _ours("relu(x w + b)", "dense_forward", (x, w, b, "relu", y), seconds),
        _numpys("x w", x, w, y, seconds),
        _ours("dz wᵀ", "dense_backward_input", (dz, w, dx), seconds),
        _numpys("dz wᵀ", dz, w.T, dx, seconds),
        _ours("xᵀ dz", "dense_backward_kernel", (x, dz, dw), seconds),
        _numpys("xᵀ dz", x.T, dz, dw, seconds),
        _ours("w -= rate xᵀ dz", "dense_sgd_update", (x, dz, w, rate), seconds),
        timed_calls("  numpy: w -= rate xᵀ dz", update, seconds),
    ]


def _ours(name: str, kernel: str, arguments: tuple[Any, ...], seconds: float) -> Contender:
    """Run a kernel as a replayed step does, without Python between the calls."""
    if _kernels.active() == "compiled":
        return timed_loop(name, _kernels.plan([(kernel, arguments)], []).run, seconds)
    call = getattr(_kernels, kernel)
    return timed_calls(name, lambda: call(*arguments), seconds)


def _numpys(name: str, left: Any, right: Any, out: Any, seconds: float) -> Contender:
    return timed_calls(f"  numpy: {name}", lambda: np.matmul(left, right, out), seconds)
