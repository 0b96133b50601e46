"""HDF5 files are read without the HDF5 library, which is not safe from what they may hold.

One flipped byte can make the library die with SIGSEGV, or worse. This reader is made of checked
steps over bytes (`hdf5_source`), and understands what Keras writes and no more: groups and datasets
by hard links, numbers in one piece or in chunks that may be shuffled and gzipped, and attributes of
numbers and text. The sections named below are those of the HDF5 File Format Specification 3.0.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .contents import read_contents
from .errors import FileRefused
from .hdf5_links import links_of_messages, links_of_table
from .hdf5_source import NEWER, UNDEFINED, Cursor, Source
from .hdf5_storage import read_filters, read_layout
from .hdf5_values import read_attribute, read_dataspace, read_datatype
from .limits import Limits

SIGNATURE = b"\x89HDF\r\n\x1a\n"

#: The messages of an object's header that are understood, by number.
DATASPACE, DATATYPE, LAYOUT, FILTERS, ATTRIBUTE = 0x01, 0x03, 0x08, 0x0B, 0x0C
SYMBOL_TABLE, LINK_INFO, LINK, CONTINUATION = 0x11, 0x02, 0x06, 0x10
UNDERSTOOD = (DATASPACE, DATATYPE, LAYOUT, FILTERS, ATTRIBUTE, SYMBOL_TABLE, LINK_INFO, LINK)
#: Those that change nothing here: nothing, fill values, comments, times, how trees are built.
WITHOUT_MEANING = (0x00, 0x04, 0x05, 0x0A, 0x0D, 0x0E, 0x12, 0x13)
#: Those that are refused with a reason of their own.
REFUSED = {
    0x07: "its numbers stand in other files (external storage)",
    0x0F: "its description stands somewhere else (a table of shared messages)",
    0x15: f"attributes in the format of HDF5 1.8. {NEWER}",
}


@dataclass
class Dataset:
    """An array in a file, of known shape and dtype before anything of it is read."""

    path: str
    attrs: dict[str, Any]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    _read: Callable[[], np.ndarray] = field(repr=False)

    def read(self) -> np.ndarray:
        """Return the array, a copy.

        Raises
        ------
        FileRefused
            Where a compressed part cannot be decompressed into what belongs there.
        """
        return self._read()


@dataclass
class Group:
    """A folder in a file: its path, its attributes, and what is in it by name."""

    path: str
    attrs: dict[str, Any]
    members: dict[str, Group | Dataset]
    file: str = field(repr=False)

    def __getitem__(self, path: str) -> Group | Dataset:
        """Return what stands at a path below, such as "dense/kernel".

        Raises
        ------
        FileRefused
            Where nothing does.
        """
        found: Group | Dataset = self
        for name in path.strip("/").split("/"):
            if not isinstance(found, Group) or name not in found.members:
                raise FileRefused(
                    self.file, found.path, f"there is no {name!r}; needed is {path!r}"
                )
            found = found.members[name]
        return found


def read_hdf5(
    source: str | os.PathLike[str] | bytes,
    *,
    limits: Limits | None = None,
    isolate: bool | None = None,
) -> Group:
    """Read the tree of an HDF5 file; arrays are read one by one, later.

    Parameters
    ----------
    source : str, path or bytes
        The file, or what it holds.
    limits : Limits, optional
        How much the file may ask for.
    isolate : bool, optional
        None reads without the HDF5 library. With it, everything that it understands can be read,
        files in newer formats too: True has it in a short-lived child process with limits of
        memory and time, False in this process, which is for files whose origin you know.

    Returns
    -------
    Group
        The root.

    Raises
    ------
    FileRefused
        For everything that is wrong with the file.
    OSError
        Where there is no such file, or it cannot be opened.
    """
    limits = limits or Limits()
    name, data = read_contents(source, limits, "the HDF5 file")
    if isolate is not None:
        from .hdf5_library import translated, translated_in_child

        data = (translated_in_child if isolate else translated)(data, name, limits)
    return read_tree(Source(data, name, limits), _raised)


def _raised(refusal: FileRefused) -> None:
    raise refusal


def read_tree(source: Source, refused: Callable[[FileRefused], None]) -> Group:
    """Read groups, datasets and attributes.

    Parameters
    ----------
    source : Source
    refused : callable
        Is told of an object that is not let in. If it returns, the object is left out.
    """
    root = _Walk(source, refused).object_at(_root(source), "/")
    if not isinstance(root, Group):
        source.refuse("the file's root is a dataset, where a group is needed")
    return root


def _root(source: Source) -> int:
    """Return the address of the root group, from the superblock (II.A)."""
    if source.data[:8] != SIGNATURE:
        source.refuse("this is no HDF5 file: it does not begin as one")
    cursor = source.at(8)
    version, _, _, _, offsets, lengths = cursor.unpack("BBBxBBBx")
    if version != 0:
        source.refuse(
            f"the format of version {version}, where 0 is read, which Keras and h5py write. {NEWER}"
        )
    if (offsets, lengths) != (8, 8):
        source.refuse(f"addresses of {offsets} and lengths of {lengths} bytes; 8 are read")
    base, _, _, driver, _, root = cursor.unpack("8x4Q2Q")
    if base != 0 or driver != UNDEFINED:
        source.refuse("the file is one part of several (a driver of its own, or an offset)")
    return root


class _Walk:
    """The walk over the objects of a file, each of which may be reached once."""

    def __init__(self, source: Source, refused: Callable[[FileRefused], None]) -> None:
        self.source = source
        self.refused = refused
        self.seen: dict[int, str] = {}

    def object_at(self, address: int, path: str) -> Group | Dataset:
        """Read the object whose header is at an address."""
        source = self.source
        source.place = path
        if address in self.seen:
            source.refuse(
                f"a second link to {self.seen[address]}; a model's file has one to each object"
            )
        self.seen[address] = path
        source.spend("attribute_bytes", len(path))
        if path.count("/") > source.limits.path_depth:
            source.refuse(f"deeper than {source.limits.path_depth} groups (Limits.path_depth)")
        messages: dict[int, Cursor] = {}
        links: list[Cursor] = []
        attrs: dict[str, Any] = {}
        for kind, message in self.messages(address):
            if kind == ATTRIBUTE:
                name, value = read_attribute(message)
                if name in attrs:
                    source.refuse(f"two attributes {name!r}")
                attrs[name] = value
            elif kind == LINK:
                links.append(message)
            elif kind in messages:
                source.refuse(f"two messages of the kind {kind} in one header")
            else:
                messages[kind] = message
        if messages.keys() == {SYMBOL_TABLE} and not links:
            found = links_of_table(messages[SYMBOL_TABLE])
            return Group(path, attrs, self.members(found, path), source.name)
        if messages.keys() == {LINK_INFO}:
            found = links_of_messages(messages[LINK_INFO], links)
            return Group(path, attrs, self.members(found, path), source.name)
        if messages.keys() - {FILTERS} == {DATASPACE, DATATYPE, LAYOUT} and not links:
            return self.dataset(messages, path, attrs)
        source.refuse("neither a group nor a dataset")

    def messages(self, address: int) -> list[tuple[int, Cursor]]:
        """Read the messages of an object's header (IV.A.1.a) that mean something here."""
        source = self.source
        cursor = source.at(address)
        source.spend("records", 1)
        version, count, size = cursor.unpack("BxH4xI4x")
        if version != 1:
            source.refuse(
                f"at {address:,} an object of version 1 was expected, which Keras and "
                f"h5py write. {NEWER}"
            )
        blocks = [cursor.part(size)]
        found: list[tuple[int, Cursor]] = []
        for block in blocks:  # it grows by the continuations
            while block.left >= 8 and count:
                count -= 1
                source.spend("records", 1)
                kind, length, flags = block.unpack("HHB3x")
                message = block.part(length)
                if kind in REFUSED:
                    source.refuse(REFUSED[kind])
                if kind in WITHOUT_MEANING:
                    continue
                if flags & 2:
                    source.refuse("its type or shape stands somewhere else (a shared message)")
                if kind == CONTINUATION:
                    blocks.append(source.at(*message.unpack("QQ")))
                elif kind in UNDERSTOOD:
                    found.append((kind, message))
                else:
                    source.refuse(f"a message of the unknown kind {kind}")
        return found

    def members(self, links: dict[str, int], path: str) -> dict[str, Group | Dataset]:
        """Read what is in a group."""
        members: dict[str, Group | Dataset] = {}
        for name, address in links.items():
            try:
                members[name] = self.object_at(address, f"{path.rstrip('/')}/{name}")
            except FileRefused as refusal:
                self.refused(refusal)
        return members

    def dataset(self, messages: dict[int, Cursor], path: str, attrs: dict[str, Any]) -> Dataset:
        """Read what a dataset is, and find out where its numbers stand."""
        source = self.source
        kind = read_datatype(messages[DATATYPE])
        if not kind.is_number:
            source.refuse("the dataset holds text; weights are numbers")
        shape = read_dataspace(messages[DATASPACE])
        filters = read_filters(messages[FILTERS]) if FILTERS in messages else ()
        storage = read_layout(messages[LAYOUT], shape, kind.itemsize, filters)

        def read() -> np.ndarray:
            source.place = path
            return storage.read(source, shape, kind.dtype)

        return Dataset(path, attrs, shape, kind.dtype.newbyteorder("="), read)
