"""Sphinx: docstrings as this house writes them, plain text in which only backticks mean something.

`name` in backticks is code, and a link where the reference knows the name. An indented block after
an empty line, in what stands before the first section, is code too. Stars and bars, of which
formulas are full, are themselves.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.nodes import Node, system_message
from docutils.parsers.rst.states import Inliner
from docutils.utils import unescape
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

#: Where names that are not found as they stand are looked for.
PREFIXES = ("nnlite.", "nnlite.layers.", "nnlite.models.", "nnlite.ops.")


def name_role(
    role: str,
    rawtext: str,
    text: str,
    lineno: int,
    inliner: Inliner,
    options: dict[str, Any] | None = None,
    content: list[str] | None = None,
) -> tuple[list[Node], list[system_message]]:
    """Code, and a link where it is a name that the reference has: `Dense`, `Dense <full.path>`."""
    shown = unescape(text)
    match = re.fullmatch(r"(\S+) <([\w.]+)>", shown)
    shown, target = match.groups() if match else (shown, shown)
    env = inliner.document.settings.env
    code = nodes.literal(rawtext, shown, classes=["xref", "py"])
    if not re.fullmatch(r"[A-Za-z_][\w.]*(\(\))?", target):
        return [nodes.literal(rawtext, shown)], []
    link = pending_xref(
        rawtext,
        code,
        refdomain="py",
        reftype="obj",
        reftarget=target.removesuffix("()"),
        refexplicit=bool(match),
        refwarn=False,
        refdoc=env.current_document.docname,
    )
    link["py:module"] = env.ref_context.get("py:module")
    link["py:class"] = env.ref_context.get("py:class")
    return [link], []


def look_further(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: Node
) -> Node | None:
    """Resolve `layers.Dense` and `Dense` outside of their rooms; anything else stays code."""
    if node.get("reftype") != "obj" or node.get("refdomain") != "py":
        return None
    domain = env.get_domain("py")
    for prefix in PREFIXES:
        name = prefix + node["reftarget"]
        if name in domain.objects:
            return domain.resolve_xref(
                env, node["refdoc"], app.builder, "obj", name, node, contnode
            )
    return contnode


def as_rst(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Change a docstring's lines to the reStructuredText that looks like them."""
    sections = _first_section(lines)
    lines[:] = [*_with_code_blocks(lines[:sections]), *(_escaped(x) for x in lines[sections:])]


def _first_section(lines: list[str]) -> int:
    """The index of the first section's heading, or the number of lines."""
    for number, line in enumerate(lines):
        if number and re.fullmatch(r"-{3,}", line):
            return number - 1
    return len(lines)


def _with_code_blocks(lines: list[str]) -> list[str]:
    """Mark the indented blocks of some paragraphs as code, and escape the others."""
    made: list[str] = []
    in_code = False
    for number, line in enumerate(lines):
        indented = line.startswith("    ")
        if indented and not in_code and (number == 0 or not lines[number - 1].strip()):
            made += ["::", ""]
            in_code = True
        elif line.strip() and not indented:
            in_code = False
        made.append(line if in_code else _escaped(line))
    return made


def _escaped(line: str) -> str:
    """Escape what means something to reStructuredText, but for what stands in backticks."""
    return "`".join(
        part if number % 2 else re.sub(r"[*|]|(?<=\w)_(?!\w)", r"\\\g<0>", part)
        for number, part in enumerate(line.split("`"))
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx; before numpydoc, which makes reStructuredText of the sections."""
    app.add_role("name", name_role)
    app.connect("autodoc-process-docstring", as_rst, priority=100)
    app.connect("missing-reference", look_further)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
