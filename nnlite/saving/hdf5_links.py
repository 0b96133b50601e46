"""What is in a group of an HDF5 file: names, and the addresses that they link to."""

from __future__ import annotations

from .hdf5_dense import dense_links
from .hdf5_source import UNDEFINED, Cursor, Source, leaves

HARD = 0
OTHER_LINKS = {1: "a soft link", 64: "an external link"}


def links_of_table(message: Cursor) -> dict[str, int]:
    """Read a group that is a B-tree of symbol tables, as long as its names are ASCII."""
    source = message.source
    tree, heap = message.unpack("QQ")
    names = _heap_of_names(source, heap)
    links: dict[str, int] = {}
    for leaf in leaves(source, tree, kind=0, key_size=8):
        leaf.skip(8)
        cursor = source.at(*leaf.unpack("Q"))
        cursor.expect(b"SNOD")
        version, count = cursor.unpack("BxH")
        if version != 1:
            source.refuse(f"a symbol table of version {version}; 1 is read")
        for _ in range(count):
            source.spend("records", 1)
            name_offset, address, cache = cursor.unpack("QQI20x")
            name = _name_at(source, names, name_offset)
            if cache not in (0, 1):
                source.refuse(f"{name!r} is {OTHER_LINKS[1]}; only hard links are read")
            _add(source, links, name, address)
    return links


def _heap_of_names(source: Source, address: int) -> Cursor:
    """Find where the names of a symbol table stand (a "local heap")."""
    cursor = source.at(address)
    cursor.expect(b"HEAP")
    version, size, _, start = cursor.unpack("B3xQQQ")
    if version != 0:
        source.refuse(f"names of version {version}; 0 is read")
    return source.at(start, size)


def _name_at(source: Source, names: Cursor, offset: int) -> str:
    """Return the name at an offset of a heap, which ends with a zero byte."""
    start = names.start + offset
    end = source.data.find(b"\0", start, names.end) if start < names.end else -1
    if end < 0:
        source.refuse(f"a member's name at {offset:,}, where there is none")
    return _name(source, source.data[start:end])


def _name(source: Source, data: bytes) -> str:
    source.spend("attribute_bytes", len(data))
    try:
        name = data.decode("utf-8")
    except UnicodeDecodeError:
        source.refuse(f"a member's name that is not UTF-8: {data!r}")
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        source.refuse(f"a member of the name {name!r}")
    return name


def _add(source: Source, links: dict[str, int], name: str, address: int) -> None:
    if name in links:
        source.refuse(f"two members {name!r}")
    links[name] = address


def links_of_messages(info: Cursor, messages: list[Cursor]) -> dict[str, int]:
    """Read a group that has a message for each link, as it has once a name is not ASCII."""
    source = info.source
    version, flags = info.unpack("BB")
    if version != 0:
        source.refuse(f"a group of version {version}; 0 is read")
    info.skip(8 if flags & 1 else 0)
    heap, tree = info.unpack("QQ")
    links: dict[str, int] = {}
    found = messages if heap == UNDEFINED else dense_links(source, heap, tree)
    for message in found:
        _add(source, links, *_link(message))
    return dict(sorted(links.items()))


def _link(message: Cursor) -> tuple[str, int]:
    """Read one link."""
    source = message.source
    version, flags = message.unpack("BB")
    if version != 1:
        source.refuse(f"a link of version {version}; 1 is read")
    (kind,) = message.unpack("B") if flags & 8 else (HARD,)
    message.skip((8 if flags & 4 else 0) + (1 if flags & 16 else 0))
    (length,) = message.unpack("BHIQ"[flags & 3])
    name = _name(source, message.take(length))
    if kind != HARD:
        source.refuse(
            f"{name!r} is {OTHER_LINKS.get(kind, 'no hard link')}; only hard ones are read"
        )
    (address,) = message.unpack("Q")
    return name, address
