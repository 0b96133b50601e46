"""The checksum of event files; Google's library is the witness."""

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few

from nnlite import _kernels


def test_the_value_that_everyone_quotes() -> None:
    assert _kernels.crc32c(b"123456789") == 0xE3069283


@few
@given(st.binary(max_size=40))
def test_short_bytes(data: bytes) -> None:
    assert _kernels.crc32c(data) == google_crc32c.value(data)


@pytest.mark.parametrize("size", range(0, 70, 3))
def test_every_length_around_a_step_of_eight(size: int) -> None:
    data = bytes(255 - 3 * i & 0xFF for i in range(size))
    assert _kernels.crc32c(data) == google_crc32c.value(data)


def test_only_bytes() -> None:
    with pytest.raises(TypeError):
        _kernels.crc32c("123456789")
