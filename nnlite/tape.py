"""The tape: how nnlite differentiates.

An `Op` is a stateless record: its forward, its vector-Jacobian product (vjp), and which arrays the
vjp needs. Calling an op on tensors runs its forward and leaves a `Node` on the tape; `gradients`
walks the nodes in reverse and adds up.

The tape is not a list but the nodes' links to the nodes they came from, so whatever nobody can
differentiate any more is freed. Every node knows its place in time, and the walk follows it.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import operator
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from .arithmetic import combined, summed
from .config import floatx
from .errors import NoValuesError, did_you_mean
from .signatures import parameters_of


class Surroundings:
    """What the ops and layers of one thread know of what goes on around them."""

    __slots__ = (
        *("recording", "running", "differentiated", "making", "training", "trying", "lossy"),
        *("room", "watcher"),
    )

    def __init__(self) -> None:
        self.recording = True  # whether ops leave notes on the tape
        self.running: Any = None  # the layer whose call is at work
        self.differentiated: Any = None  # the layer whose op's vjp is at work
        self.making: Any = None  # the layer whose build, or first call, is at work
        self.training = False  # the `training` that a layer around was given
        self.trying = False  # whether layers are only tried for the shapes of their outputs
        self.lossy = False  # whether a layer has added a loss that the next outer call is to forget
        self.room: int | None = None  # how many bytes new weights may need, None for any number
        self.watcher: Watcher | None = None  # who is told of each op, and of each step backwards


class ThisThread(threading.local):
    """Finds the surroundings of the thread that asks; each time that takes longer than a use."""

    def __init__(self) -> None:
        self.around = Surroundings()


this_thread = ThisThread()
_clock = itertools.count()


def is_recording() -> bool:
    """Whether this thread's ops leave notes on the tape."""
    return this_thread.around.recording


def running() -> Any:
    """Return the layer whose call is at work in this thread, or None."""
    return this_thread.around.running


@contextlib.contextmanager
def _recording_set(on: bool) -> Iterator[None]:
    around = this_thread.around
    before, around.recording = around.recording, on
    try:
        yield
    finally:
        around.recording = before


def no_grad() -> contextlib.AbstractContextManager[None]:
    """Run ops without recording them: `with no_grad(): ...`; numpy's functions work there too.

    Examples
    --------
    >>> x = nnlite.Tensor([1.0, 2.0])
    >>> with nnlite.no_grad():
    ...     (2 * x).requires_grad
    False
    """
    return _recording_set(False)


def recording_again() -> contextlib.AbstractContextManager[None]:
    """Record ops inside a `no_grad()` after all: `with recording_again(): ...`."""
    return _recording_set(True)


class Watcher:
    """Is told what happens on this thread's tape, while it happens; by default it does nothing."""

    def op_begins(self, op: Op) -> None:
        """Hear that an op is going to run."""

    def op_ends(self, op: Op, inputs: Any, attributes: dict[str, Any], y: Tensor) -> None:
        """Hear what an op was called on (tensors, arrays and numbers), and of its result."""

    def walk_begins(self, target: Tensor) -> None:
        """Hear what is going to be differentiated."""

    def gradient_known(self, at: Node | Tensor, gradient: Array) -> None:
        """Hear all that flows back to a result or a leaf; if it goes on from there, it is now."""

    def gradient_flows(self, source: Node, to: Node | Tensor, gradient: Array) -> None:
        """Hear what an op's vjp sends back to one of its inputs."""


@contextlib.contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Tell a watcher of the ops and gradients of this thread: `with watched_by(watcher): ...`."""
    around = this_thread.around
    before, around.watcher = around.watcher, watcher
    try:
        yield
    finally:
        around.watcher = before


@contextlib.contextmanager
def trying() -> Iterator[None]:
    """Call layers for the shapes of their outputs alone: no state of theirs may change."""
    before, this_thread.around.trying = this_thread.around.trying, True
    try:
        yield
    finally:
        this_thread.around.trying = before


class Node:
    """One note on the tape: which op made a result, from what, and what its vjp will need.

    Attributes
    ----------
    sources : tuple of Node, Tensor or None
        Where each input came from: the node that made it, the leaf tensor that it is, or None
        where no gradient is wanted.
    saved : dict of str to array
        The inputs, results and attributes that the vjp named.
    layer : Layer or None
        The one in whose call the op was called.
    """

    __slots__ = ("op", "sources", "saved", "layer", "shape", "dtype", "time")

    def __init__(
        self, op: Op, sources: tuple[Any, ...], saved: dict[str, Any], layer: Any, y: Array
    ) -> None:
        self.op = op
        self.sources = sources
        self.saved = saved
        self.layer = layer
        self.shape = y.shape
        self.dtype = y.dtype
        self.time = next(_clock)


class Op:
    """A differentiable operation on tensors, made by the decorator `op`.

    `needs` are the names that the vjp reads, besides the wanted inputs and dy.
    """

    def __init__(
        self,
        forward: Callable[..., Any],
        vjp: Callable[..., Any] | None,
        needs: Iterable[str],
        results: tuple[str, ...],
    ):
        functools.update_wrapper(self, forward)
        self.name = forward.__name__
        self.forward = forward
        self.vjp = vjp
        self.results = results
        parameters = parameters_of(forward)
        self.inputs = list(parameters.positional_only)
        self.attributes = list(parameters.positional)
        self.takes_many = parameters.takes_many
        self._defaults = parameters.defaults
        known = [*self.inputs, *results, *self.attributes]
        self._places = [] if self.takes_many else [(name, known.index(name)) for name in needs]

    def __call__(self, *args: Any, **named: Any) -> Tensor:
        inputs, attributes = args, named  # the usual case, which a small step cannot wait for
        if len(args) != len(self.inputs) or [*named] != self.attributes:
            inputs, attributes = self._bind(args, named)
        arrays: list[Any] = []
        sources: list[Any] = []
        wanted, plain = False, True
        try:
            for value in inputs:
                source = None
                if isinstance(value, Tensor):
                    plain = False
                    arrays.append(value.data)
                    if value.requires_grad:
                        source, wanted = value.node or value, True
                else:
                    arrays.append(raw(value))
                sources.append(source)
        except NoValuesError as symbolic:
            return symbolic.tensor.apply(self, inputs, attributes)
        if plain:
            arrays = _alone(arrays)
        around = this_thread.around
        if around.watcher is not None:
            around.watcher.op_begins(self)
        results = self.forward(*arrays, **attributes)
        if len(self.results) == 1:
            results = (results,)
        if results[0].dtype is WIDE and "dtype" not in attributes:
            results = _narrowed(results, arrays)
        y = Tensor(results[0], False)
        # Whole numbers have no slope.
        if wanted and self.vjp and around.recording and y.data.dtype.kind == "f":
            y.requires_grad = True
            saved = self._save(arrays, results, attributes)
            y.node = Node(self, tuple(sources), saved, around.running, y.data)
        if around.watcher is not None:
            around.watcher.op_ends(self, inputs, attributes, y)
        return y

    def _bind(
        self, args: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Split what the op was called with into its input arrays and its attributes."""
        if self.takes_many:
            return args, named
        names = [*self.inputs, *self.attributes]
        positional = dict(zip(names, args, strict=False))
        for name in named:
            if name in positional:
                raise TypeError(f"ops.{self.name}: {name!r} was given twice")
            if name not in names:
                near = did_you_mean(name, names)
                raise TypeError(f"ops.{self.name} has no argument {name!r}.{near}")
        given = {**self._defaults, **positional, **named}
        if len(args) > len(names) or any(name not in given for name in names):
            import inspect  # for this message alone

            raise TypeError(f"ops.{self.name} takes {inspect.signature(self.forward)}")
        attributes = {name: given[name] for name in self.attributes}
        return tuple(given[name] for name in self.inputs), attributes

    def _save(
        self, arrays: list[Any], results: tuple[Any, ...], attributes: dict[str, Any]
    ) -> dict[str, Any]:
        if self.takes_many:
            return {"inputs": arrays, **attributes}
        known = (*arrays, *results, *attributes.values())
        return {name: known[place] for name, place in self._places}

    def __reduce__(self) -> str:
        return self.name  # copied and pickled as the name in its module, as a function is

    def __repr__(self) -> str:
        return f"<op {self.name}>"


#: What numpy makes of whole numbers, and nnlite only of what is so wide itself.
WIDE = np.dtype("float64")


def _narrowed(results: tuple[Any, ...], arrays: list[Any]) -> tuple[Any, ...]:
    """Return results with the first in `floatx()`, where no input was as wide as it."""
    if any(getattr(array, "dtype", None) is WIDE for array in arrays):
        return results
    return np.asarray(results[0], floatx()), *results[1:]


def _alone(arrays: list[Any]) -> list[Any]:
    """Make arrays of Python's numbers, where there is no array whose dtype they could take."""
    if any(isinstance(array, Array) for array in arrays):
        return arrays
    return [
        np.asarray(array, floatx() if type(array) is float else None)
        if isinstance(array, (int, float))
        else array
        for array in arrays
    ]


def op(
    vjp: Callable[..., Any] | None = None,
    results: tuple[str, ...] = ("y",),
    **rules: Callable[..., Any],
) -> Callable[[Callable[..., Any]], Op]:
    """Make a differentiable op of a function on arrays.

    The function's positional-only parameters (before the `/`) are its input arrays, the others
    its attributes. The gradient is given in one of two ways, and either names as parameters just
    what it needs: inputs, attributes, or the result `y`.

    - a rule for each input, `x=lambda dy, y: dy * y`: the gradient that flows back to x when dy
      flows back to the result; inputs without a rule have none;
    - one function for all inputs, `vjp(wants, dy, ...)`, where they share work: it returns a
      gradient for each input, None where `wants` says that nobody asks.

    Without either the result is a constant to the tape.

    Broadcasting is undone by the tape, not by the rules.

    Parameters
    ----------
    results : tuple of str
        Names of what the function returns. The first is the op's value; the others are arrays
        that only the vjp reads.
    """

    def decorate(forward: Callable[..., Any]) -> Op:
        if vjp is not None:
            needs = [name for name in parameters_of(vjp).names if name not in ("wants", "dy")]
            return Op(forward, vjp, needs, results)
        if rules:
            return Op(forward, *_vjp_of_rules(forward, rules), results)
        return Op(forward, None, (), results)

    return decorate


def _vjp_of_rules(
    forward: Callable[..., Any], rules: dict[str, Callable[..., Any]]
) -> tuple[Callable[..., Any], Iterable[str]]:
    """One vjp of several one-line rules, and the names that they read."""
    inputs = parameters_of(forward).positional_only
    assert rules.keys() <= set(inputs), f"{forward.__name__} has rules for what is no input"
    needs = {name: parameters_of(rule).names[1:] for name, rule in rules.items()}

    def vjp(wants: tuple[bool, ...], dy: Array, **saved: Any) -> list[Array | None]:
        return [
            rules[name](dy, *[saved[need] for need in needs[name]])
            if wanted and name in rules
            else None
            for name, wanted in zip(inputs, wants, strict=True)
        ]

    return vjp, dict.fromkeys(itertools.chain(*needs.values()))


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum `gradient` over the axes along which an operand of `shape` was broadcast."""
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    stretched = [
        extra + axis
        for axis, size in enumerate(shape)
        if size == 1 and gradient.shape[extra + axis] != 1
    ]
    return summed(gradient, (*range(extra), *stretched)).reshape(shape)


def gradients(
    target: Tensor, seed: Array | None = None, at: Iterable[Tensor] = ()
) -> dict[Tensor, Array]:
    """Walk the tape back from `target`: the gradient of every leaf tensor that it depends on.

    Parameters
    ----------
    target : Tensor
        What to differentiate, a scalar unless `seed` is given.
    seed : array, optional
        The gradient at the target, of its shape; 1 by default.
    at : Tensors, optional
        Results of ops on the way whose gradients are wanted too.

    Raises
    ------
    ValueError
        Where the target is no scalar and has no seed, or depends on nothing that was recorded.
    """
    if target.dtype.kind in "biu":
        raise ValueError(
            f"backward: this tensor holds integers or booleans ({target.dtype}), which have no "
            "gradient; make it of floats, as in Tensor([1.0, 2.0]) or x.astype('float32')"
        )
    if not target.requires_grad:
        raise ValueError(
            "backward: this tensor depends on no tensor that requires a gradient; was it computed "
            "under no_grad(), from plain arrays, or with numpy instead of tensor operations?"
        )
    around = this_thread.around
    start = target.node or target
    pending: dict[Any, Array] = {start: _seed(target, seed)}
    found: dict[Tensor, Array] = {}
    between = {tensor.node: tensor for tensor in at if tensor.node is not None}
    watcher = this_thread.around.watcher
    if watcher is not None:
        watcher.walk_begins(target)
    for source in _newest_first(start):
        dy = pending.pop(source, None)
        if dy is None:
            continue  # all ways to it lead through ops that have no gradient, as stop_gradient
        if watcher is not None:
            watcher.gradient_known(source, dy)
        if isinstance(source, Tensor):
            found[source] = np.asarray(dy)  # numpy makes scalars of arrays without axes
            continue
        if source in between:
            found[between[source]] = np.asarray(dy)
        wants = tuple([origin is not None for origin in source.sources])
        around.differentiated = source.layer
        flowing = source.op.vjp(wants, dy, **source.saved)
        for origin, gradient in zip(source.sources, flowing, strict=True):
            if origin is None or gradient is None:
                continue
            if gradient.shape != origin.shape:
                gradient = unbroadcast(gradient, origin.shape)
            if gradient.dtype is not origin.dtype:
                gradient = gradient.astype(origin.dtype, copy=False)
            if watcher is not None:
                watcher.gradient_flows(source, origin, gradient)
            if origin in pending:
                gradient = combined(pending[origin], gradient, "add")
            pending[origin] = gradient
    around.differentiated = None
    return found


#: The gradient of a thing with respect to itself.
ONES = {np.dtype(name): np.ones((), name) for name in ("float16", "float32", "float64")}


def _seed(target: Tensor, seed: Array | None) -> Array:
    if seed is None:
        if target.size != 1:
            raise ValueError(
                "backward: only a scalar has a gradient without a seed, and this tensor has the "
                f"shape {target.shape}; reduce it first, as in y.sum().backward(), or pass "
                "backward(seed)"
            )
        one = ONES[target.dtype]
        return np.broadcast_to(one, target.shape) if target.ndim else one
    seed = np.asarray(raw(seed), target.dtype)
    if seed.shape != target.shape:
        raise ValueError(f"backward: the seed must have the shape {target.shape}, got {seed.shape}")
    return seed


_time_of = operator.attrgetter("time")


def _newest_first(start: Node | Tensor | None) -> list[Any]:
    """Everything that `start` depends on, each after all that depend on it; leaves come last."""
    found: set[Any] = {start}
    stack = [start]
    nodes, leaves = [], []
    while stack:
        one = stack.pop()
        if not isinstance(one, Node):
            leaves.append(one)
            continue
        nodes.append(one)
        for source in one.sources:
            if source is not None and source not in found:
                found.add(source)
                stack.append(source)
    nodes.sort(key=_time_of, reverse=True)
    return nodes + leaves


def ops_before(target: Tensor) -> list[Node]:
    """Return the notes of all ops that `target` was computed by, the newest first."""
    if target.node is None:
        return []
    return [one for one in _newest_first(target.node) if isinstance(one, Node)]


# At the end: whichever of the two modules is imported first, the other finds its names.
from .tensor import Array, Tensor, raw  # noqa: E402
