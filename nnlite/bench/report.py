"""The tables, as text, as JSON and as a picture."""

from __future__ import annotations

import json
import os
import platform
import statistics
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..utils.versions import versions
from ..visualize.figures import new_figure, save
from .measures import Goal, Measure, Section, Settings
from .peak import Peak

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The libraries whose versions are told.
PEERS = (
    *("numpy", "torch", "jax", "keras", "tensorflow-cpu", "tensorflow", "scikit-learn"),
    "tensorboardX",
)

#: From this quotient of the largest and the smallest value on, an axis is logarithmic.
WIDE_RANGE = 20


def machine(ceiling: Peak | None, settings: Settings) -> dict[str, str]:
    """Return what the numbers belong to: the processor, its peak, and the versions."""
    known = versions()
    table = {
        "processor": processor(),
        "peak": str(ceiling) if ceiling else "not measured: nnlite has no compiled kernels here",
        "nnlite": f"{known['nnlite']}, kernels: {known['kernels']}, threads: {known['threads']}",
        "Python": f"{known['Python']} on {known['platform']}",
    }
    for name in PEERS:
        try:
            table[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    if settings.scale != 1:
        table["NOTE"] = f"only {settings.scale:.2g} of the rows were used: no figure counts"
    return table


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def header(table: dict[str, str]) -> str:
    """Write the machine down."""
    width = max(map(len, table))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in table.items())


# ----------------------------------------------------------------------------------- tables


def quantity(value: float, unit: str) -> str:
    """Write a value with a unit that suits its size: "0.42 s", "18.3 us", "54.1 MB"."""
    if unit != "s":
        return f"{value:.1f} {unit}"
    for size, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if value >= size:
            return f"{value / size:.3g} {name}" if value < 1000 else f"{value:.0f} s"
    return f"{value * 1e9:.3g} ns"


def table(section: Section, ceiling: Peak | None) -> str:
    """Write one section down: its measures, goals and remarks."""
    lines = [f"{section.title}: {section.what}"]
    rows = [["", "best", "median", *_columns(section)]]
    rows += [_row(measure, section, ceiling) for measure in section.measures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if section.measures:
        lines += ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
    lines += [f"  goal: {goal_text(goal)}" for goal in section.goals]
    lines += [f"  note: {note}" for note in section.notes]
    return "\n".join(lines)


def turn(when: str, measure: Measure) -> str:
    """Write down how far the measuring is: "round 2 of 5: JAX  1.2 s, 2.40 x"."""
    ratio = "" if measure.ratio is None else f", {measure.ratio:.2f} x"
    return f"  {when}: {measure.name.strip()}  {quantity(measure.best, measure.unit)}{ratio}"


def _aligned(row: list[str], widths: list[int]) -> list[str]:
    first, *others = (
        f"{cell:<{width}}" if place == 0 else f"{cell:>{width}}"
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return ["  " + first, *others]


def _columns(section: Section) -> list[str]:
    compared = any(measure.base for measure in section.measures)
    computed = any(measure.flops for measure in section.measures)
    return ["ratio"] * compared + ["speed", "of peak"] * computed


def _row(measure: Measure, section: Section, ceiling: Peak | None) -> list[str]:
    cells = {
        "ratio": "1" if measure.ratio is None else f"{measure.ratio:.2f} x",
        "speed": "" if measure.gflops is None else f"{measure.gflops:.3g} GFLOP/s",
        "of peak": share_of_peak(measure, ceiling),
    }
    values = [quantity(value, measure.unit) for value in (measure.best, measure.median)]
    return [measure.name, *values, *(cells[column] for column in _columns(section))]


def share_of_peak(measure: Measure, ceiling: Peak | None) -> str:
    """Write a measure's speed as a part of the peak of all cores."""
    if measure.gflops is None or ceiling is None:
        return ""
    return f"{measure.gflops * 1e9 / ceiling.all:.1%}"


def goal_text(goal: Goal) -> str:
    """Write "at most 0.40 of the time of JAX: reached 0.55, MISSED"."""
    if goal.reached is None:
        return f"{goal.text}: not measured"
    unit = 1e6 if goal.text.endswith(" us") else 1.0
    name = " us" if unit != 1 else " MB" if "MB" in goal.text else ""
    verdict = "met" if goal.met else "MISSED"
    return f"{goal.text}: reached {goal.reached * unit:.2f}{name}, {verdict}"


# ------------------------------------------------------------------------------------ files


def write_json(
    path: str | os.PathLike[str],
    about: dict[str, str],
    sections: list[Section],
    ceiling: Peak | None,
) -> None:
    """Write all values to a file."""
    content = {
        "machine": about,
        "peak_flops": None if ceiling is None else {"one": ceiling.one, "all": ceiling.all},
        "sections": [_plain(section) for section in sections],
    }
    Path(path).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _plain(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "what": section.what,
        "measures": [
            {
                "name": measure.name.strip(),
                "unit": measure.unit,
                "best": measure.best,
                "median": statistics.median(measure.values),
                "values": list(measure.values),
                "ratio": measure.ratio,
                "compared_with": measure.base.name if measure.base else None,
                "gflops": measure.gflops,
            }
            for measure in section.measures
        ],
        "goals": [
            {"text": goal.text, "limit": goal.limit, "reached": goal.reached, "met": goal.met}
            for goal in section.goals
        ],
        "notes": section.notes,
    }


def draw(path: str | os.PathLike[str], sections: list[Section]) -> None:
    """Draw the best values as bars, a panel for each section; a line marks the median."""
    shown = [section for section in sections if section.measures]
    heights = [0.9 + 0.28 * len(section.measures) for section in shown]
    figure = new_figure(9.0, sum(heights))
    panels = figure.subplots(len(shown), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, section in zip(panels, shown, strict=True):
        _draw_section(axes, section)
    save(figure, path)


def _draw_section(axes: Axes, section: Section) -> None:
    found = section.measures
    places = range(len(found))
    best = [measure.best for measure in found]
    medians = [measure.median for measure in found]
    axes.barh(
        places, best, color=["C0" if one.name.startswith("nnlite") else "0.7" for one in found]
    )
    axes.plot(medians, places, "|", c="black", ms=9)
    axes.set_yticks(places, [f"{one.name}   {quantity(one.best, one.unit)}" for one in found])
    axes.invert_yaxis()
    if max(medians) > WIDE_RANGE * min(best) > 0:
        axes.set_xscale("log")
        axes.set_xlim(min(best) / 2)
        axes.tick_params(axis="x", which="minor", labelbottom=False)
    axes.set_title(section.title, fontsize=10)
    axes.set_xlabel(section.what)
