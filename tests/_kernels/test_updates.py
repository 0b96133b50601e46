"""The optimizers' updates: the same bits at every vector width."""

import hashlib

import numpy as np
import pytest
from calls import run, sample
from test_gemm import in_another_process

from nnlite import _kernels

pytestmark = pytest.mark.one_table


def digest():
    """A hash over the bytes of every update of both types, with and without optional arrays."""
    found = hashlib.sha256()
    for name in filter(lambda name: name.endswith("_update"), _kernels.KERNELS):
        for dtype in (np.float32, np.float64):
            arguments = sample(name, dtype, {"N": 103, "B": 9, "I": 37, "O": 21})
            optional = ("largest_v", "trace", "average")
            without = {key: None for key in optional if key in arguments}
            for given in (arguments, arguments | without):
                for result in run("compiled", name, given).values():
                    found.update(result.tobytes())
    return found.hexdigest()


@pytest.mark.parametrize("cap", ["avx512", "avx2", "neon", "plain"])
def test_every_vector_width_gives_the_same_bits(cap):
    done = in_another_process(cap, "import test_updates; print(test_updates.digest())")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == digest()
