"""Sphinx: pages that are made from the library itself, so that none of them can be wrong for long.

Written into `generated/` before Sphinx reads anything: the reference, a page for each room; what is
left out of Keras, from the table that answers in its place; and the sources that a page links to.
A file whose text has not changed is not written again, so that Sphinx need not read it again.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import public_names
from docutils import nodes
from public_names import Public, names_of, rooms
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from nnlite import out_of_scope

ROOT = Path(__file__).parents[2]

#: How Markdown, and a page of a gallery, name a file of this repository.
LINKS = re.compile(r"(?:\.\./|:source:`)((?:nnlite|examples|tests)/[\w./-]+\w)")

#: The lexer of each kind of source that Sphinx does not guess.
LANGUAGES = {".py": "python", ".pyx": "cython", ".pxd": "cython", ".c": "c", ".h": "c"}


def write_pages(app: Sphinx) -> None:
    """Write all pages, and remove those of earlier builds that are no more."""
    folder = Path(app.srcdir, "generated")
    pages = {
        **dict(reference()),
        "left_out.rst": left_out(),
        **dict(sources(Path(app.srcdir))),
    }
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for made in ("reference", "source"):
        for path in (folder / made).rglob("*.rst"):
            if path.relative_to(folder).as_posix() not in pages:
                path.unlink()


def reference() -> Iterator[tuple[str, str]]:
    """The reference: one page a room, and an index of them."""
    homes = public_names.homes()
    for room in rooms():
        yield f"reference/{room.__name__}.rst", page_of(room, homes)
    names = "\n".join(f"   {room.__name__}" for room in rooms())
    lines = "\n".join(f"   * - :doc:`{r.__name__}`\n     - {first_line(r)}" for r in rooms())
    yield (
        "reference/index.rst",
        f"""Reference
=========

What is public, by the modules that have it; the names are Keras's. Everything else is for nnlite's
own files, and may change.

Shapes are written as (B, I): B samples of a batch, I inputs, O outputs, T steps, C classes. What
does not fit is refused before anything changes, by a ``ValueError`` or ``TypeError`` that says
where, what was expected, what came and the likely fix; sections "Raises" name what else there is.

.. list-table::
   :class: names

{lines}

.. toctree::
   :hidden:

{names}
""",
    )


def page_of(room: ModuleType, homes: dict[int, Public]) -> str:
    """The page of a room: what it says of itself, a table of its names, and each of them."""
    title = room.__name__
    parts = [title, "=" * len(title), "", f".. automodule:: {title}", ""]
    names = names_of(room)
    own = [public for public in names if homes[id(public.thing)] == public]
    others = [public for public in names if homes[id(public.thing)] != public]
    kinds = {
        "Classes": ("autoclass", [p for p in own if inspect.isclass(p.thing)]),
        "Functions": ("autofunction", [p for p in own if not inspect.isclass(p.thing)]),
    }
    for heading, (_, found) in kinds.items():
        if found:
            parts += [f".. rubric:: {heading}", "", *table_of(found), ""]
    if others:
        parts += [".. rubric:: Names that are explained elsewhere", "", *aliases(others, homes), ""]
    for heading, (directive, found) in kinds.items():
        if found:
            parts += [heading, "-" * len(heading), ""]
        for public in found:
            parts += [f".. {directive}:: {public.path}", *options(public), ""]
    return "\n".join(parts)


def options(public: Public) -> list[str]:
    """What autodoc is told of one thing: of a class, to show its own methods."""
    if not inspect.isclass(public.thing):
        return []
    return ["   :members:", "   :member-order: bysource"]


def table_of(found: list[Public]) -> list[str]:
    """A table of names and the first lines of their docstrings."""
    lines = [".. list-table::", "   :class: names", ""]
    for public in found:
        lines += [f"   * - `{public.name} <{public.path}>`", f"     - {first_line(public.thing)}"]
    return lines


def aliases(others: list[Public], homes: dict[int, Public]) -> list[str]:
    """A table of names and where each is explained."""
    lines = [".. list-table::", "   :class: names", ""]
    for public in others:
        home = homes[id(public.thing)].path
        lines += [f"   * - ``{public.name}``", f"     - `{home}`"]
    return lines


def first_line(thing: object) -> str:
    """The first line of a docstring, to stand in a table."""
    return plain((inspect.getdoc(thing) or "").split("\n")[0])


def plain(text: str) -> str:
    """A line of a docstring, in which nothing but backticks means anything to reStructuredText."""
    parts = text.split("`")
    return "`".join(
        part if number % 2 else re.sub(r"([\\*|_])", r"\\\1", part)
        for number, part in enumerate(parts)
    )


def left_out() -> str:
    """What nnlite leaves out of Keras: the table of `out_of_scope`."""
    rows = [
        f"   * - ``keras{'.' + row.module if row.module else ''}``\n"
        f"     - {row.what[0].upper()}{row.what[1:]}\n"
        f"     - {plain(row.instead)}"
        for row in out_of_scope.LEFT_OUT
    ]
    return "\n".join(
        [
            ".. list-table::",
            "   :header-rows: 1",
            "   :class: left-out",
            "",
            "   * - of",
            "     - not there",
            "     - instead",
            *rows,
            "",
        ]
    )


def sources(folder: Path) -> Iterator[tuple[str, str]]:
    """A page for each file of the repository that a page or a lesson links to."""
    texts = [*folder.glob("*.md"), *(ROOT / "examples").glob("*.rst")]
    texts += [path for end in ("py", "rst") for path in folder.glob(f"*/*.{end}")]
    linked = {name for path in texts for name in LINKS.findall(path.read_text(encoding="utf-8"))}
    for name in sorted(linked):
        path = ROOT / name
        if not path.is_file():
            continue  # a link that leads nowhere is Sphinx's to report
        up = "../" * (3 + name.count("/"))
        language = LANGUAGES.get(path.suffix, "text")
        yield (
            f"source/{name}.rst",
            f":orphan:\n\n{name}\n{'=' * len(name)}\n\n"
            f".. literalinclude:: {up}{name}\n   :language: {language}\n   :linenos:\n",
        )


def links_to_sources(app: Sphinx, docname: str, source: list[str]) -> None:
    """Let the links of a guide to files of the repository lead to their pages here."""
    if Path(app.env.doc2path(docname, base=False)).suffix == ".md":
        source[0] = re.sub(
            r"\]\(\.\./((?:nnlite|examples|tests)/[\w./-]+\w)\)",
            r"](/generated/source/\1.rst)",
            source[0],
        )


class SourceRole(SphinxRole):
    """`nnlite/tape.py`: a link to the page of a file of the repository."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        link = pending_xref(
            self.rawtext,
            nodes.literal(self.rawtext, self.text),
            refdomain="std",
            reftype="doc",
            reftarget=f"/generated/source/{self.text}",
            refexplicit=True,
            refwarn=True,
            refdoc=self.env.current_document.docname,
        )
        return [link], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_role("source", SourceRole())
    app.connect("builder-inited", write_pages, priority=100)
    app.connect("source-read", links_to_sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
