"""How near the kernels come to what a test has worked out, for both types."""

import numpy as np
import pytest

both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def close(actual, expected, dtype, roundings=8):
    """Equal up to a few roundings, relative to numbers of about 1."""
    tolerance = roundings * np.finfo(dtype).eps
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)
