"""What is done to a recorded step before it is replayed: the same bits, with less memory.

Three passes on a list of kernel calls, each a function that makes a new list of it:

1. `fused`: a dense layer's gradients are used up while they are in registers or cached;
2. `with_early_updates`: a weight is updated as soon as nothing in the step reads it any more;
3. `with_shared_memory`: arrays that are not needed at the same time lie in the same memory.

Each helps the next: a gradient that is never written needs no memory, and what an update reads is
needed no longer than until it has run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from . import _kernels
from .origins import Origin
from .tensor import Array


class Call(NamedTuple):
    """A recorded call of a kernel.

    Attributes
    ----------
    kernel : str
        Its name.
    arguments : tuple
    origins : tuple of Origin
        What it was called for; two where the call does the work of two.
    """

    kernel: str
    arguments: tuple[Any, ...]
    origins: tuple[Origin, ...] = ()


#: Arrays that share memory start at multiples of so many bytes: a line of the cache, which is also
#: the widest vector.
ALIGNMENT = 64

#: From how many bytes on an array is worth the trouble. Where smaller ones share memory or are
#: updated early too, small steps on two threads take 1 % longer, and with an update that is not
#: fused up to 4 %: one thread does it, right after several have made the gradient.
LARGE = 1 << 17

#: How the names of kernels end whose doors let them work in place (relu_vjp: dy may be out), which
#: yet need nothing of what was in `out` before.
OVERWRITING = ("_forward", "_vjp")


def lowered(calls: list[Call], kept: Iterable[Array | None]) -> list[Call]:
    """Return the calls that a recorded step is replayed by.

    Parameters
    ----------
    calls : list of Call
        As they were recorded.
    kept : iterable of arrays
        What is there before the step or is read after it, and so stays where it is.
    """
    return with_shared_memory(with_early_updates(fused(calls)), kept)


def owner_of(array: Array) -> Array:
    """Return the array that owns the memory which `array` shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


# ------------------------------------------------------------------------- fused products

#: By the kernel that reads a product as its second argument: which product, and what the two become
#: together. Its arguments are the product's operands, and then the reader's other arguments. Of
#: updates only the cheap ones are here: Adam's, in between the tiles, took longer than by itself.
FUSIONS = {
    "relu_vjp": ("dense_backward_input", "dense_backward_input_relu"),
    "sgd_momentum_update": ("dense_backward_kernel", "dense_sgd_momentum_update"),
    "sgd_nesterov_update": ("dense_backward_kernel", "dense_sgd_nesterov_update"),
    "sgd_update": ("dense_backward_kernel", "dense_sgd_update"),
}


def fused(calls: list[Call]) -> list[Call]:
    """Let the products of a dense layer's gradient be used while they are in registers or cached.

    Where one of `FUSIONS` reads a product, and nothing else reads it, both become one call in the
    reader's place; its bits are the same. Nothing in between may write the product's operands.
    """
    products = {kernel for kernel, _ in FUSIONS.values()}
    made_at = {
        id(owner_of(call.arguments[2])): place
        for place, call in enumerate(calls)
        if call.kernel in products
    }
    touched = [tuple(map(_owners, touched_by(call))) for call in calls]
    readers = Counter(array for read, _ in touched for array in read)
    result: list[Call | None] = list(calls)
    for place, (reader, arguments, origins) in enumerate(calls):
        array = id(owner_of(arguments[1])) if reader in FUSIONS else None
        if array not in made_at or readers[array] != 1:
            continue
        product, together = FUSIONS[reader]
        made = made_at[array]
        written = {owner for _, owners in touched[made + 1 : place] for owner in owners}
        if calls[made].kernel == product and written.isdisjoint(touched[made][0]):
            left, right, matrix = calls[made].arguments
            others = (
                value.reshape(matrix.shape) if np.ndim(value) == 1 else value
                for value in (arguments[0], *arguments[2:])
            )
            origins = (*calls[made].origins, *origins)
            result[place] = Call(together, (left, right, *others), origins)
            result[made] = None
    return [call for call in result if call is not None]


# ------------------------------------------------------------------------- early updates


def with_early_updates(calls: list[Call]) -> list[Call]:
    """Let each update run as soon as its gradient is there and nobody reads the old weight.

    An optimizer changes all weights at the end of a step; until then all gradients, or all that
    they are made of, would have to stay. An update passes every call before it that neither
    writes what the update touches nor reads what it writes, so its bits are the same. Where all
    that it touches is small (see `LARGE`), it stays.
    """
    result: list[Call] = []
    uses: list[tuple[set[int], set[int]]] = []  # of each call of the result: touched, written
    for call in calls:
        arrays = touched_by(call)
        read, written = map(_owners, arrays)
        touched, place = read | written, len(result)
        if call.kernel.endswith("_update") and any(a.nbytes >= LARGE for a in chain(*arrays)):
            while place and not (written & uses[place - 1][0] or touched & uses[place - 1][1]):
                place -= 1
        result.insert(place, call)
        uses.insert(place, (touched, written))
    return result


# ------------------------------------------------------------------------- shared memory


class Lifetime(NamedTuple):
    """From which call to which (both included) an array is needed, and how many bytes it has."""

    first: int
    last: int
    size: int


def with_shared_memory(calls: list[Call], kept: Iterable[Array | None]) -> list[Call]:
    """Let the arrays that only the step itself needs share memory where their lifetimes allow it.

    An array moves if the first call that touches it writes all of it, unless it is `kept` or small
    (see `LARGE`). It may lie where another one has lain whose last call is over: never the same
    call's, since a kernel's results lie apart from what it reads. Views of an array move along.

    Parameters
    ----------
    calls : list of Call
    kept : iterable of arrays
        Those that stay where they are, with all that are views of them; None is passed over.
    """
    stay = _owners(array for array in kept if array is not None)
    lifetimes = {
        key: life
        for key, life in _lifetimes(calls).items()
        if key not in stay and life.size >= LARGE
    }
    starts, size = assigned(list(lifetimes.values()))
    memory = _aligned(size)
    start_of = dict(zip(lifetimes, starts, strict=True))

    def moved(value: Any) -> Any:
        if not _is_array(value) or id(owner_of(value)) not in start_of:
            return value
        owner = owner_of(value)
        start = start_of[id(owner)] + value.ctypes.data - owner.ctypes.data
        return np.ndarray(value.shape, value.dtype, memory, start, value.strides)

    return [call._replace(arguments=tuple(map(moved, call.arguments))) for call in calls]


def assigned(lifetimes: list[Lifetime]) -> tuple[list[int], int]:
    """Give each array its place: at which byte it starts, and how many bytes there are in all.

    A linear scan over the arrays in the order of their first calls (Poletto and Sarkar, 1999). Each
    takes the smallest free block that is large enough; or else the largest free one, which is made
    larger; or else a new one.

    Parameters
    ----------
    lifetimes : list of Lifetime
        In ascending order of `first`.
    """
    sizes: list[int] = []  # of the blocks
    busy: list[int] = []  # the last call that needs what lies in a block
    blocks = []  # of the arrays
    for first, last, size in lifetimes:
        free = [block for block, until in enumerate(busy) if until < first]
        if free:
            block = min(free, key=lambda b: (sizes[b] < size, abs(sizes[b] - size)))
        else:
            block = len(sizes)
            sizes.append(0)
            busy.append(0)
        sizes[block], busy[block] = max(sizes[block], size), last
        blocks.append(block)
    edges = np.cumsum([0, *(-(-size // ALIGNMENT) * ALIGNMENT for size in sizes)]).tolist()
    return [edges[block] for block in blocks], edges[-1]


def _lifetimes(calls: list[Call]) -> dict[int, Lifetime]:
    """Return the lifetimes of the arrays that are made in the step, by the ids of their owners.

    What is not overwritten as a whole before it is read may hold something from before the step,
    such as the zeros around inserted columns; it is not among them.
    """
    found: dict[int, Lifetime] = {}
    others: set[int] = set()
    for place, call in enumerate(calls):
        read, written = touched_by(call)
        made = {id(owner_of(array)) for array in written if array.nbytes == owner_of(array).nbytes}
        others |= (_owners(read) | _owners(written) - made) - found.keys()
        for owner in map(owner_of, [*read, *written]):
            if id(owner) not in others:
                first = found[id(owner)].first if id(owner) in found else place
                found[id(owner)] = Lifetime(first, place, owner.nbytes)
    return found


def touched_by(call: Call) -> tuple[list[Array], list[Array]]:
    """Return the arrays that a call reads, settings that stand in an array too, and it writes."""
    kernel, arguments = call.kernel, call.arguments
    reads, writes = _kernels.reads_and_writes(kernel)
    if kernel.endswith(OVERWRITING):
        reads = tuple(place for place in reads if place not in writes)
    arrays = [(place, value) for place, value in enumerate(arguments) if _is_array(value)]
    return (
        [value for place, value in arrays if place in reads or place not in writes],
        [value for place, value in arrays if place in writes],
    )


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _owners(arrays: Iterable[Array]) -> set[int]:
    return {id(owner_of(array)) for array in arrays}


def _aligned(size: int) -> Array:
    """Return `size` bytes of memory that start at a multiple of `ALIGNMENT`."""
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size]
