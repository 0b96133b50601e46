"""HTML and SVG in which nothing can get by unescaped: text is escaped unless it is a `Markup`."""

from __future__ import annotations

import html
from typing import Any


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def escaped(part: Any) -> Markup:
    """Return markup that shows `part`; what is markup stays as it is.

    Of control characters, which no page may hold, a replacement is shown.
    """
    if isinstance(part, Markup):
        return part
    shown = "".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in str(part))
    return Markup(html.escape(shown))


def joined(*parts: Any) -> Markup:
    """Return the parts one after the other."""
    return Markup("".join(map(escaped, parts)))


def element(tag: str, *parts: Any, **attributes: Any) -> Markup:
    """Return `<tag attributes>parts</tag>`.

    Attributes are written without a trailing "_" (`class_`) and with "-" for "_" (`stroke_width`);
    those that are None are left out.
    """
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{given}>{joined(*parts)}</{tag}>")
