"""Every kernel at every vector width: the same bits, and not a byte touched beside its arrays.

The arrays lie against pages of memory that nobody may touch. That shows what AddressSanitizer does
not see: the masked loads and stores at the edges of a tile.
"""

import ctypes
import faulthandler
import hashlib
import mmap
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from calls import SIZES, arrays_of, sample, sides
from test_gemm import in_another_process

from nnlite import _kernels
from nnlite._kernels import reference

pytestmark = [
    pytest.mark.one_table,
    pytest.mark.skipif(os.name != "posix", reason="needs mprotect"),
]

#: Nothing, one, less than a vector of any width, vectors and a rest, around the register tiles, and
#: past a block of 384 k's and the 150,000 multiply-adds from which on threads share.
EXTENTS = [
    {"B": 0, "I": 0, "O": 0, "C": 1, "N": 1},
    {"B": 1, "I": 1, "O": 1, "C": 1, "N": 1},
    SIZES,
    {"B": 7, "I": 17, "O": 23, "C": 10, "N": 31},
    {"B": 9, "I": 401, "O": 49, "C": 33, "N": 97},
    {"B": 33, "I": 15, "O": 97, "C": 65, "N": 131},
]

Case = tuple[str, dict[str, Any]]


def cases() -> Iterator[Case]:
    """Calls of every kernel, of both types, with NaN and infinities, with less and less given."""
    for name in _kernels.KERNELS:
        for seed, sizes in enumerate(EXTENTS):
            for dtype in (np.float32, np.float64):
                arguments = sample(name, dtype, sizes, seed)
                yield name, arguments
                optional = [key for key, array in arrays_of(name).items() if array.optional]
                yield name, spoilt(arguments, seed) | dict.fromkeys(optional)
                if "formula" in arguments:
                    for formula in reference.FORMULAS:
                        yield name, spoilt(arguments, seed) | {"formula": formula}
                if "activation" in arguments:
                    for activation in reference.EPILOGUES:
                        yield name, spoilt(arguments, seed) | {"activation": activation}
                if "curve" in arguments:
                    for curve in reference.CURVES:
                        yield name, spoilt(arguments, seed) | {"curve": curve}


def spoilt(arguments: dict[str, Any], seed: int) -> dict[str, Any]:
    """The same arguments with NaN and both infinities somewhere in each array of numbers."""
    random = np.random.default_rng(seed)
    found = dict(arguments)
    for key, array in arguments.items():
        if isinstance(array, np.ndarray) and array.dtype.kind == "f" and array.size > 3:
            found[key] = array.copy()
            places = random.choice(array.size, 3, replace=False)
            found[key].flat[places] = [np.nan, np.inf, -np.inf]
    return found


# ------------------------------------------------------------------------- run by another process

PAGE = mmap.PAGESIZE
FORBIDDEN = 0  # PROT_NONE, which mmap does not name


def guarded(array: np.ndarray, at_end: bool) -> np.ndarray:
    """A copy that ends just before a forbidden page, or begins just after one."""
    pages = -(-array.nbytes // PAGE)
    memory = mmap.mmap(-1, (pages + 2) * PAGE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for guard in (start, start + (pages + 1) * PAGE):
        assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(guard), PAGE, FORBIDDEN) == 0
    offset = (pages + 1) * PAGE - array.nbytes if at_end else PAGE
    found = np.frombuffer(memory, array.dtype, array.size, offset).reshape(array.shape)
    found[...] = array
    return found


def results(name: str, arguments: dict[str, Any], at_end: bool) -> bytes:
    """What a compiled kernel writes; every NaN counts as the same."""
    given = {
        key: guarded(value, at_end) if isinstance(value, np.ndarray) else value
        for key, value in arguments.items()
    }
    for key in sides(name)[0].keys() - sides(name)[1].keys():
        if given[key] is not None:
            given[key].flags.writeable = False
    _kernels._tables["compiled"][name](**given)
    written = [given[key] for key in sides(name)[1] if given[key] is not None]
    return b"".join(np.where(np.isnan(array), np.nan, array).tobytes() for array in written)


def print_digests() -> None:
    """Print a hash of the results of every case, and before it what the case is."""
    faulthandler.enable()
    for name, arguments in cases():
        shapes = {k: getattr(v, "shape", v) for k, v in arguments.items()}
        print(name, shapes, end=" ", flush=True)
        found = results(name, arguments, at_end=True)
        assert found == results(name, arguments, at_end=False), "the bits depend on the place"
        print(hashlib.sha256(found).hexdigest()[:16])


# --------------------------------------------------------------------------------------- the test


@pytest.fixture(scope="module")
def plain() -> str:
    return digests("plain")


def digests(cap: str) -> str:
    """What `print_digests` prints at a vector width."""
    done = in_another_process(cap, "import test_widths; test_widths.print_digests()")
    assert done.returncode == 0, f"died in: {done.stdout.splitlines()[-1]}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("cap", ["avx512", "avx2", "neon"])
def test_the_same_bits_and_nothing_beside_the_arrays(cap: str, plain: str) -> None:
    assert digests(cap).splitlines() == plain.splitlines()
