"""How wide text is, in the font that comes with matplotlib: the same on every machine."""

from __future__ import annotations

import functools

FONT = "DejaVu Sans"


@functools.lru_cache(1000)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width in inches of a line of letters of a size in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=FONT, weight="bold" if bold else "normal", size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 72
