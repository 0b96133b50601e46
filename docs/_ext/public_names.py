"""What nnlite's public names are: the reference lists them, and tests look at them."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import NamedTuple

import nnlite

#: What a room without `__all__` shows of another one, by Keras's names.
SHOWN_HERE_TOO = {"nnlite.activations": "nnlite.ops", "nnlite.metrics": "nnlite.losses"}

#: Rooms inside of rooms that have no `__all__`.
INNER_ROOMS = ("nnlite.optimizers.schedules", "nnlite.ops.nn")

#: Names without an underscore that are for other files of nnlite, not for its users.
FOR_THE_HOUSE = {
    "nnlite.config": {"Settings", "float_type", "settings"},
    "nnlite.constraints": {"NormConstraint", "constrain"},
    "nnlite.initializers": {"RandomInitializer"},
    "nnlite.losses": {"FunctionLoss", "as_loss"},
    "nnlite.metrics": {"results_of"},
    "nnlite.regularizers": {"l1_l2_penalty", "penalty_per_sample"},
}

#: One function for all kinds of objects: it lives in none of the rooms that show it.
FOR_ALL_KINDS = {"serialize", "deserialize"}


class Public(NamedTuple):
    """A public name, and what it stands for."""

    room: str
    name: str
    thing: object

    @property
    def path(self) -> str:
        """The dotted name: "nnlite.layers.Dense"."""
        return f"{self.room}.{self.name}"


def rooms() -> list[ModuleType]:
    """All public modules: nnlite, and then each by its name."""
    inner = [importlib.import_module(name) for name in INNER_ROOMS]
    waiting, found = [nnlite, *inner], {}
    while waiting:
        room = waiting.pop()
        found[room.__name__] = room
        inside = (getattr(room, name) for name in getattr(room, "__all__", ()))
        waiting += [thing for thing in inside if isinstance(thing, ModuleType)]
    return [found[name] for name in sorted(found)]


def names_of(room: ModuleType) -> list[Public]:
    """The public functions, classes and ops of a module, sorted; no modules inside of it."""
    names = getattr(room, "__all__", None) or [name for name in vars(room) if name[0] != "_"]
    found = [Public(room.__name__, name, getattr(room, name)) for name in names]
    if not hasattr(room, "__all__"):
        found = [public for public in found if _belongs(public)]
    return sorted(
        (public for public in found if callable(public.thing)), key=lambda public: public.name
    )


def _belongs(public: Public) -> bool:
    """Whether a name of a room without `__all__` is there for the room's users."""
    if public.name in FOR_THE_HOUSE.get(public.room, ()):
        return False
    home = getattr(public.thing, "__module__", None) or ""
    homes = (public.room, SHOWN_HERE_TOO.get(public.room, public.room))
    inside = any(home == room or home.startswith(f"{room}.") for room in homes)
    return inside or (public.name in FOR_ALL_KINDS and home.startswith("nnlite."))


def homes() -> dict[int, Public]:
    """For each thing (its id) the name under which it is documented, and once only.

    That is the room whose it is, where that room is public, else the first that shows it; and of
    several names there the one that it calls itself.
    """
    found: dict[int, Public] = {}
    for room in rooms():
        for public in names_of(room):
            known = found.get(id(public.thing))
            if known is None or _rank(public) < _rank(known):
                found[id(public.thing)] = public
    return found


def _rank(public: Public) -> tuple[bool, bool]:
    """What is smaller is the better name: in the thing's own room, and as it calls itself."""
    home = getattr(public.thing, "__module__", None) or ""
    in_its_room = public.room != "nnlite" and f"{home}.".startswith(f"{public.room}.")
    return not in_its_room, public.name != getattr(public.thing, "__name__", public.name)
