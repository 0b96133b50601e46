"""The protobuf messages that TensorBoard's HParams page reads, written by hand.

    HParamsPluginData  version=1 experiment=2 session_start_info=3 session_end_info=4
    SessionStartInfo   hparams=1 (for each one: key=1 value=2) group_name=4 start_time_secs=5
    SessionEndInfo     status=1 end_time_secs=2
    Experiment         time_created_secs=3 hparam_infos=4 metric_infos=5
    HParamInfo         name=1 display_name=2 description=3 type=4
                       domain_discrete=5 domain_interval=6
    Interval           min_value=1 max_value=2
    MetricInfo         name=1 display_name=3 description=4 dataset_type=5
    MetricName         group=1 tag=2
    Value              number_value=2 string_value=3 bool_value=4
    ListValue          values=1

Those are the field numbers of TensorBoard's `plugin_data.proto` and `api.proto`, and of protobuf's
`struct.proto`. The version that TensorBoard reads is 0, which is left out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any

from .hparams_space import Discrete, Domain, HParam, IntInterval, Metric, Plain, RealInterval
from .wire import EIGHT_BYTES, VARINT, fields, part, text, varint, whole

#: What has become of a session.
SUCCESS, FAILURE = 1, 2

#: The number of each type of values: whole numbers are floats here.
_TYPES = {str: 1, bool: 2, int: 3, float: 3}

_number = struct.Struct("<d")


def session_start(hparams: Mapping[str, Plain], group_name: str, seconds: float) -> bytes:
    """Write what a training begins with: its hyperparameters, and what names them as a whole."""
    entries = (part(1, part(1, name.encode()) + part(2, _value(hparams[name]))) for name in hparams)
    return part(3, b"".join(entries) + text(4, group_name) + _double(5, seconds))


def session_end(status: int, seconds: float) -> bytes:
    """Write what has become of a training, and when it ended."""
    return part(4, whole(1, status) + _double(2, seconds))


def experiment(hparams: Iterable[HParam], metrics: Iterable[Metric], seconds: float) -> bytes:
    """Write what there is to compare: hyperparameters and metrics."""
    infos = [part(4, _hparam_info(one)) for one in hparams]
    infos += [part(5, _metric_info(one)) for one in metrics]
    return part(2, _double(3, seconds) + b"".join(infos))


def _hparam_info(hparam: HParam) -> bytes:
    names = text(1, hparam.name) + text(2, hparam.display_name or "")
    return names + text(3, hparam.description or "") + _domain(hparam.domain)


def _domain(domain: Domain | None) -> bytes:
    """Write the type and the domain of a hyperparameter, which stand side by side."""
    if isinstance(domain, Discrete):
        items = b"".join(part(1, _value(value)) for value in domain.values)
        return whole(4, _TYPES[domain.dtype]) + (part(5, items) if items else b"")
    if isinstance(domain, (IntInterval, RealInterval)):
        interval = _double(1, domain.min_value) + _double(2, domain.max_value)
        return whole(4, _TYPES[domain.dtype]) + part(6, interval)
    return b""


def _metric_info(metric: Metric) -> bytes:
    return (
        part(1, text(1, metric.group or "") + text(2, metric.tag))
        + text(3, metric.display_name or "")
        + text(4, metric.description or "")
        + whole(5, metric.dataset_type or 0)
    )


def _value(value: Plain) -> bytes:
    """Write a Value, of which zero and empty ones are written too: they say the type."""
    if isinstance(value, bool):
        return varint(4 << 3 | VARINT) + varint(value)
    if isinstance(value, str):
        return part(3, value.encode())
    return varint(2 << 3 | EIGHT_BYTES) + _number.pack(value)


def _double(field: int, number: float) -> bytes:
    """Write a field that holds a number of eight bytes."""
    data = _number.pack(number)
    return varint(field << 3 | EIGHT_BYTES) + data if any(data) else b""


def described(content: bytes) -> str:
    """Say in a few words what a HParamsPluginData holds; of bytes that are none, how many."""
    try:
        for number, message in _fields(content):
            if number == 2:
                kinds = [kind for kind, _ in _fields(message)]
                return f"{kinds.count(4)} hyperparameters, {kinds.count(5)} metrics"
            if number == 3:
                entries = [dict(_fields(entry)) for kind, entry in _fields(message) if kind == 1]
                return ", ".join(f"{_text(one[1])} {_shown(one[2])}" for one in entries)
            if number == 4:
                return {SUCCESS: "success", FAILURE: "failure"}[dict(_fields(message))[1]]
    except (ValueError, KeyError, TypeError, struct.error):
        pass
    return f"{len(content)} bytes"


def _shown(message: Any) -> str:
    ((kind, data),) = _fields(message)
    if kind == 2:
        return f"{_number.unpack(data)[0]:.6g}"
    return _text(data) if kind == 3 else str(bool(data))


def _text(data: Any) -> str:
    return bytes.decode(data, errors="replace")  # a TypeError for a number


def _fields(message: Any) -> list[tuple[int, Any]]:
    return list(fields(message))
