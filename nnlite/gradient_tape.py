"""GradientTape: gradients where you ask for them, for training loops written by hand.

    with GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True))
    gradients = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))

Tensors remember where they came from anyway (see `tape.py`), so there is nothing to record here:
this class only says which gradients are wanted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from .arguments import flag
from .errors import checks_keywords, unknown_name
from .tape import gradients, no_grad, recording_again
from .tensor import Array, Parameter, Tensor, raw


class GradientTape:
    """Asks for gradients of what is computed inside `with GradientTape() as tape: ...`.

    Parameters
    ----------
    persistent : bool
        Whether `gradient` may be called more than once.
    watch_accessed_variables : bool
        Whether gradients flow back to every weight that is trained; otherwise only to what
        `watch` is told of.

    Raises
    ------
    RuntimeError
        Where one that is not persistent records a second time.

    Examples
    --------
    >>> w = nnlite.Parameter(np.array([2.0, 3.0]))
    >>> with nnlite.GradientTape() as tape:
    ...     loss = (w * w).sum()
    >>> tape.gradient(loss, w)
    Tensor([4., 6.], shape=(2,), dtype=float64)
    """

    @checks_keywords
    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = flag(persistent, "GradientTape: persistent")
        self._watches_all = flag(watch_accessed_variables, "GradientTape: watch_accessed_variables")
        self._entered = self._used = False
        self._watched: list[Tensor] = []
        self._woken: list[Tensor] = []  # had no gradient before they were watched
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        if self._entered and not self._persistent:
            raise RuntimeError(
                "This GradientTape has recorded already: make a new one for each step, "
                "`with GradientTape() as tape: ...`"
            )
        self._entered = True
        self._open.enter_context(recording_again())
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.close()
        for tensor in self._woken:
            tensor.requires_grad = False
        self._woken.clear()

    def watch(self, tensor: Any) -> None:
        """Let gradients flow back to a tensor, or to each in a list, tuple or dict.

        Raises
        ------
        TypeError
            For what is no tensor of floats.
        """
        for one in _flat(tensor):
            if not isinstance(one, Tensor) or one.dtype.kind != "f":
                raise TypeError(
                    "GradientTape.watch takes tensors of floats, got "
                    f"{getattr(one, 'dtype', type(one).__name__)}; make one with nnlite.Tensor(...)"
                )
            self._watched.append(one)
            if not one.requires_grad:
                one.requires_grad = True
                self._woken.append(one)

    def watched_variables(self) -> tuple[Parameter, ...]:
        """Return the weights that `watch` was told of."""
        return tuple(one for one in self._watched if isinstance(one, Parameter))

    @contextlib.contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Compute something inside the `with` that no gradient flows through."""
        with no_grad():
            yield

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: str = "none",
    ) -> Any:
        """Return the gradient of `target` with respect to `sources`.

        Parameters
        ----------
        target : Tensor, or list, tuple or dict of them
            What is differentiated; where it is no scalar, the sum of its elements.
        sources : Tensor, or list, tuple or dict of them
            Weights, watched tensors, or results on the way to the target.
        output_gradients : like `target`
            What each element of the target counts, 1 by default.
        unconnected_gradients : "none" or "zero"
            What stands for the gradient of a source that the target does not depend on.

        Returns
        -------
        Tensor or None, in a structure like that of `sources`

        Raises
        ------
        RuntimeError
            At the second call, unless the tape is persistent.
        ValueError
            Where the target depends on none of the sources.
        """
        self._check_use(unconnected_gradients)
        wanted = [_checked(one, "a source") for one in _flat(sources)]
        found: dict[Tensor, Array] = {}
        targets = [_checked(one, "the target") for one in _flat(target)]
        if output_gradients is None:
            seeds = [None] * len(targets)
        else:
            one_target = isinstance(target, Tensor)
            seeds = [output_gradients] if one_target else list(_flat(output_gradients))
        for one, seed in zip(targets, seeds, strict=True):
            ones = np.ones_like(one.data) if seed is None and one.size != 1 else raw(seed)
            if one.requires_grad:
                for source, gradient in gradients(one, ones, at=wanted).items():
                    found[source] = found[source] + gradient if source in found else gradient
        if not self._watches_all:
            watched = set(self._watched)
            found = {s: g for s, g in found.items() if s.node is not None or s in watched}
        if wanted and unconnected_gradients == "none" and not any(s in found for s in wanted):
            raise ValueError(_unconnected(targets))
        if not self._persistent:
            self._used = True

        def answer(source: Tensor) -> Tensor | None:
            if source not in found and unconnected_gradients == "none":
                return None
            values = found.get(source)
            zeros = np.zeros_like(source.data)
            return Tensor(zeros if values is None else values, requires_grad=False)

        return _like(sources, answer)

    def _check_use(self, unconnected_gradients: str) -> None:
        if not self._entered:
            raise RuntimeError(
                "GradientTape.gradient: compute the target inside `with GradientTape() as tape:`"
            )
        if self._used:
            raise RuntimeError(
                "GradientTape.gradient was called already, and this tape is for one call: ask for "
                "all gradients at once, gradient(loss, [a, b]), or make "
                "GradientTape(persistent=True)"
            )
        if unconnected_gradients not in ("none", "zero"):
            raise unknown_name(
                "unconnected_gradients", str(unconnected_gradients), ("none", "zero")
            )


def _unconnected(targets: list[Tensor]) -> str:
    if not any(target.requires_grad for target in targets):
        return (
            "GradientTape.gradient: the target depends on nothing that has a gradient: was it "
            "computed under no_grad(), from plain arrays (tape.watch a Tensor of them), or with "
            "numpy on x.numpy()?"
        )
    return (
        "GradientTape.gradient: the target depends on none of the sources. Are they what it was "
        "computed from (the same weights, not copies), trainable, and, with "
        "watch_accessed_variables=False, watched? unconnected_gradients='zero' gives zeros instead"
    )


def _checked(one: Any, what: str) -> Tensor:
    if isinstance(one, Tensor):
        return one
    hint = ": it was computed with numpy, or taken out by .numpy() or float()"
    raise TypeError(
        f"GradientTape.gradient: {what} must be a Tensor, got {type(one).__name__}"
        f"{hint if what == 'the target' else ''}"
    )


def _flat(value: Any) -> Iterator[Any]:
    """Yield what is in a list, tuple or dict (of lists ...), or else the value itself."""
    if isinstance(value, (list, tuple, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _flat(part)
    else:
        yield value


def _like(value: Any, answer: Any) -> Any:
    """Give a structure like that of `value`, with `answer(part)` for each of its parts."""
    if isinstance(value, dict):
        return {key: _like(part, answer) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        parts = [_like(part, answer) for part in value]
        return parts if isinstance(value, list) else tuple(parts)
    return answer(value)
