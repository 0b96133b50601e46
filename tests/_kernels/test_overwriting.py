"""Which arrays a kernel overwrites, so that they may lie in memory where others have lain."""

import numpy as np
import pytest
from calls import run, sample, sides

from nnlite import _kernels
from nnlite.lowering import Call, touched_by

pytestmark = pytest.mark.one_table

#: These add to what is there, or leave some of it.
KEEPING = (
    *("_update", "accumulate_mean", "accumulate_moments", "accumulate_squares"),
    *("adafactor_means", "count_between", "count_pairs", "insert_columns", "limit_norms"),
    "nadam_product",
)


@pytest.mark.parametrize("table", _kernels.TABLES)
@pytest.mark.parametrize("name", _kernels.KERNELS)
def test_what_is_written_and_not_read_is_overwritten_as_a_whole(name, table):
    arguments = sample(name)
    read, _ = touched_by(Call(name, tuple(arguments.values())))
    fresh = [key for key in sides(name)[1] if not any(arguments[key] is one for one in read)]
    assert bool(fresh) != name.endswith(KEEPING)
    outcomes = []
    for filling in ({"f": 77, "i": 77}, {"f": np.nan, "i": -1}):
        filled = {
            key: np.full_like(arguments[key], filling[arguments[key].dtype.kind]) for key in fresh
        }
        outcomes.append(run(table, name, arguments | filled))
    for key in fresh:
        assert outcomes[0][key].tobytes() == outcomes[1][key].tobytes()
