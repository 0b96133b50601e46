"""Reading .npz files, whole and damaged, without pickles."""

import pickle

import numpy as np
import pytest

from nnlite.datasets import _npz

from .files import npz_bytes

pytestmark = pytest.mark.one_table


WHOLE = npz_bytes(a=np.arange(1000), b=np.float32([[0.5]]))


def test_decode_gives_the_arrays():
    arrays = _npz.decode(WHOLE)
    assert list(arrays) == ["a", "b"]
    np.testing.assert_array_equal(arrays["a"], np.arange(1000), strict=True)
    np.testing.assert_array_equal(arrays["b"], np.float32([[0.5]]), strict=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "got nothing"),
        (b"<html>", "got 3c 68 74 6d"),
        (pickle.dumps([1]), "no .npz file"),
        (WHOLE[:-30], "cut short"),
        (WHOLE[:500] + b"\x55" + WHOLE[501:], "CRC"),
        (npz_bytes(a=np.array([{}], dtype=object)), "allow_pickle=False"),
    ],
)
def test_decode_refuses_damage_and_pickles(content, said):
    with pytest.raises(ValueError, match=said):
        _npz.decode(content)
