"""JSON from a file: bounded, and with one meaning only."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from .errors import FileRefused
from .limits import Limits

#: What a text is made of, as far as its size and depth go: strings (an open one to the end of the
#: text, so that this takes linear time), brackets and commas.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)

#: Half of a pair of UTF-16, which the other half must follow.
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(text: str | bytes, *, file: str, place: str, limits: Limits | None = None) -> Any:
    """Parse JSON.

    Parameters
    ----------
    text : str or bytes
    file, place : str
        What a refusal names: the file, and where in it the text stands.
    limits : Limits, optional
        How large and how deep the text may be.

    Raises
    ------
    FileRefused
        For text that is no JSON, too large, or too deeply nested, an object with two values of one
        name, and numbers that are not finite.
    """
    limits = limits or Limits()

    def refuse(reason: str) -> NoReturn:
        raise FileRefused(file, place, reason)

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(found)
        if len(values) < len(found):
            names = [name for name, _ in found]
            twice = next(name for name in names if names.count(name) > 1)
            refuse(f"an object of the JSON has two values {twice!r}")
        return values

    def number(digits: str) -> float:
        value = float(digits)
        if not math.isfinite(value):
            refuse(f"the number {digits[:30]} of the JSON is not finite")
        return value

    if len(text) > limits.json_bytes:
        refuse(
            f"{len(text):,} bytes of JSON, {limits.json_bytes:,} are allowed (Limits.json_bytes)"
        )
    try:
        text = text.decode("utf-8") if isinstance(text, bytes) else text
        _check_size(text, limits, refuse)
        value = json.loads(text, object_pairs_hook=pairs, parse_float=number, parse_constant=number)
        if SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()  # fails for half a pair
    except FileRefused:
        raise
    except (ValueError, RecursionError) as error:
        refuse(f"this is not JSON: {error}")
    return value


def _check_size(text: str, limits: Limits, refuse: Any) -> None:
    """Refuse what is too deep or has too many values, before anything is made of it."""
    depth = values = 0
    for match in TOKEN.finditer(text):
        token = match[0]
        if token in "]}":
            depth -= 1
            continue
        values += 1
        if token in "[{":
            depth += 1
            if depth > limits.json_depth:
                refuse(f"JSON nested deeper than {limits.json_depth} (Limits.json_depth)")
        if values > limits.json_values:
            refuse(f"more than {limits.json_values:,} values of JSON (Limits.json_values)")
