"""JSON of a file is parsed as the module json does, within bounds, or refused."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlite.saving.errors import FileRefused
from nnlite.saving.json_text import parse_json
from nnlite.saving.limits import Limits

pytestmark = pytest.mark.one_table

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(TEXT, part, max_size=4),
)


def parsed(text: str | bytes, **bounds: int) -> object:
    return parse_json(text, file="model.h5", place="model_config", limits=Limits(**bounds))


@settings(deadline=None)
@given(VALUES, st.booleans())
def test_what_json_writes(value, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert parsed(text) == parsed(text.encode()) == value


@settings(deadline=None)
@given(st.text(alphabet='[]{}",:\\ud8001eNa-.', max_size=30))
def test_whatever_text_ends_as_json_does_or_in_the_refusal(text: str) -> None:
    try:
        value = parsed(text)
    except FileRefused:
        return
    assert value == json.loads(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("{'a': 1}", "not JSON"),
        ('{"a": 1} {"b": 2}', "not JSON"),
        (b'"\xff"', "not JSON"),
        ('"\\ud800"', "not JSON"),
        ('{"units": 1, "name": 2, "units": 3}', "two values 'units'"),
        ("[NaN]", "NaN of the JSON is not finite"),
        ("-Infinity", "-Infinity of the JSON is not finite"),
        ("[1e999]", "1e999 of the JSON is not finite"),
        ("9" * 10_000, "not JSON"),
        ("[" * 200 + "]" * 200, "deeper than 100"),
        ('{"a":' * 100_000, "deeper than 100"),
        ("[" + "1," * 2_000_000 + "1]", "more than 1,000,000 values"),
        ('""' * 2_000_000, "more than 1,000,000 values"),
        ('"' + "a" * 2**24, r"16,777,217 bytes of JSON, 16,777,216 are allowed"),
    ],
)
def test_what_is_refused(text: str | bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason) as raised:
        parsed(text)
    assert (raised.value.file, raised.value.place) == ("model.h5", "model_config")


def test_brackets_in_strings_are_not_depth() -> None:
    assert parsed('["[[[[", "\\"[[[["]', json_depth=1) == ["[[[[", '"[[[[']


@pytest.mark.parametrize("text", ['"\\"' * 2**22, '"' + '\\"' * 2**22, "\\" * 2**23])
def test_it_takes_linear_time(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(FileRefused):
        parsed(text)
    assert time.perf_counter() - start < 10  # a quadratic scan would take hours
