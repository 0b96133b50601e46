"""Files that only the HDF5 library understands, made into such as need it no more.

The library reads the file and writes what it found as a new one, in the plain format of `hdf5`,
whose reader then treats it as any other. So nothing of what the library says is taken on trust.
This module is also a script, which a child process runs by itself, with limits of memory and time
and without a way to open files: the library may die there of what a file holds, and nothing else
with it.
"""

from __future__ import annotations

import codecs
import io
import json
import math
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import h5py

if TYPE_CHECKING:
    from .limits import Limits

#: What a child may need besides what the file asks for: Python, numpy, h5py.
BASE_MEMORY = 2**30

#: The exit code of a child that refuses the file, and says why.
REFUSED = 3

#: That of a child with less memory than the limits allow, which was not enough.
LACKING = 4

GZIP_AND_SHUFFLE = (1, 2)


class Refusal(Exception):  # noqa: N818 - the script's own, told to the parent
    """A place in the file, and what is wrong there."""


def translated(data: bytes, name: str, limits: Limits) -> bytes:
    """Return the file as a plain one, by the HDF5 library in this process.

    Raises
    ------
    FileRefused
        For links other than hard ones, storage outside the file, and what is more than allowed.
    """
    from .errors import FileRefused

    try:
        return plain(data, _allowed(limits))
    except Refusal as refusal:
        place, reason = refusal.args
        raise FileRefused(name, place, reason) from None


def _allowed(limits: Limits) -> dict[str, int]:
    return {
        name: getattr(limits, name) for name in ("weight_bytes", "attribute_bytes", "path_depth")
    }


def translated_in_child(data: bytes, name: str, limits: Limits) -> bytes:
    """Return the file as a plain one, by the HDF5 library in a child process that may die.

    Raises
    ------
    FileRefused
        As `translated` does, and where the child died or took too long.
    MemoryError
        Where this process may not take as much memory as the limits allow, and that was too little.
    """
    from .errors import FileRefused

    memory = BASE_MEMORY + 2 * limits.weight_bytes + len(data)
    allowed = json.dumps(_allowed(limits))
    command = [sys.executable, "-I", __file__, allowed, str(memory), str(math.ceil(limits.seconds))]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        raise FileRefused(
            name, "/", f"reading it took more than {limits.seconds:g} seconds (Limits.seconds)"
        ) from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode == REFUSED:
        raise FileRefused(name, *json.loads(done.stderr))
    if done.returncode == LACKING:
        raise MemoryError("in a child process, which may take no more than this one")
    raise FileRefused(
        name, "/", f"the HDF5 library died of it, in a child process (exit code {done.returncode})"
    )


def plain(data: bytes, allowed: dict[str, int]) -> bytes:
    """Return a file with the same groups, arrays and attributes, in the format of HDF5 1.6."""
    result = io.BytesIO()
    budget = dict(allowed)  # what is left
    try:
        with h5py.File(io.BytesIO(data), "r") as file, h5py.File(result, "w") as copy:
            _copy_group(file, copy, budget, set())
    except Refusal:
        raise
    except (OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
        raise Refusal("/", f"the HDF5 library cannot read it: {error}") from None
    return result.getvalue()


def _copy_group(group: Any, copy: Any, budget: dict[str, int], seen: set[int]) -> None:
    _copy_attributes(group, copy, budget)
    for name in group.id:
        path = f"{group.name.rstrip('/')}/{name.decode(errors='replace')}"
        if group.id.links.get_info(name).type != h5py.h5l.TYPE_HARD:
            raise Refusal(path, "a soft or external link; only hard links are read")
        address = h5py.h5o.get_info(group.id, name).addr
        if address in seen or address == h5py.h5o.get_info(group.id).addr:
            raise Refusal(path, "a second link to one object; a model's file has one to each")
        seen.add(address)
        if path.count("/") > budget["path_depth"]:
            raise Refusal(path, "deeper than is allowed (Limits.path_depth)")
        found = group[name]
        if isinstance(found, h5py.Group):
            _copy_group(found, copy.create_group(name), budget, seen)
        elif isinstance(found, h5py.Dataset):
            _copy_dataset(found, copy, name, path, budget)
        else:
            raise Refusal(path, "neither a group nor a dataset")


def _copy_dataset(found: Any, copy: Any, name: bytes, path: str, budget: dict[str, int]) -> None:
    """Copy an array, once it is known where its numbers come from and how many they are."""
    properties = found.id.get_create_plist()
    filters = {properties.get_filter(i)[0] for i in range(properties.get_nfilters())}
    if found.dtype.kind not in "iuf" or found.shape is None:
        raise Refusal(path, f"the dataset holds {found.dtype}; weights are numbers")
    if properties.get_layout() == h5py.h5d.VIRTUAL:
        raise Refusal(
            path, "a virtual dataset: its numbers would come from other datasets or files"
        )
    if properties.get_external_count():
        raise Refusal(path, "its numbers stand in other files (external storage)")
    if not filters.issubset(GZIP_AND_SHUFFLE):
        raise Refusal(path, f"the filters {sorted(filters)}; shuffle (2) and gzip (1) are read")
    size = math.prod(found.shape) * found.dtype.itemsize
    if found.chunks:
        size += math.prod(found.chunks) * found.dtype.itemsize
    _spend(budget, "weight_bytes", size, path)
    if math.prod(found.shape) and not found.id.get_storage_size():
        raise Refusal(path, f"the shape {found.shape} is declared, but the file holds no numbers")
    _copy_attributes(found, copy.create_dataset(name, data=found[()]), budget)


def _copy_attributes(found: Any, copy: Any, budget: dict[str, int]) -> None:
    for name in found.attrs:
        place = f"{found.name}, attribute {name!r}"
        attribute = found.attrs.get_id(name)
        kind = attribute.get_type()
        if kind.get_class() not in (h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.STRING):
            raise Refusal(place, f"holds {attribute.dtype}; numbers and text are read")
        _spend(budget, "attribute_bytes", math.prod(attribute.shape) * kind.get_size(), place)
        copy.attrs[name] = found.attrs[name]


def _spend(budget: dict[str, int], limit: str, amount: int, place: str) -> None:
    budget[limit] -= amount
    if budget[limit] < 0:
        raise Refusal(place, f"the file asks for more than is allowed (Limits.{limit})")


def main(allowed: str, memory: str, seconds: str) -> int:
    """Read a file from standard input and write the plain one to standard output."""
    data = sys.stdin.buffer.read()
    codecs.lookup("ascii")  # a module that Python would open when h5py first needs it
    has_all_memory = _limit_this_process(int(memory), int(seconds))
    try:
        result = plain(data, json.loads(allowed))
    except Refusal as refusal:
        sys.stderr.write(json.dumps(refusal.args))
        return REFUSED
    except MemoryError:
        if not has_all_memory:
            return LACKING
        sys.stderr.write(json.dumps(("/", "it takes far more memory than Limits.weight_bytes")))
        return REFUSED
    sys.stdout.buffer.write(result)
    return 0


def _limit_this_process(memory: int, seconds: int) -> bool:
    """Set limits that this process cannot leave; return whether it may take so much memory."""
    try:
        import resource
    except ImportError:  # Windows; there the parent's time limit is all
        return True
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    fits = most == resource.RLIM_INFINITY or memory <= most
    for limit, value in (
        (resource.RLIMIT_AS, memory if fits else most),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),  # what is open stays so; no file can be opened any more
    ):
        resource.setrlimit(limit, (value, value))
    return fits


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
