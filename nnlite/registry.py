"""From names to objects and back: what `loss="mse"` means, and what a configuration holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Generic, Self, TypeVar

from .changes import Noticed
from .custom_objects import found_in, get_registered_name, known_objects
from .errors import KeywordChecked, constructor_keywords, keywords_of, unknown_name
from .signatures import parameters_of

Kind = TypeVar("Kind")


class Configurable(Noticed, KeywordChecked):
    """An object that its constructor arguments describe.

    Every argument is kept as an attribute of the same name, so that `get_config` can be written
    once, here, for all of them; `from_config` makes the object again.
    """

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as a dictionary of plain values."""
        names = constructor_keywords(type(self))
        return {name: describe(getattr(self, name)) for name in names if hasattr(self, name)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make the object that `config` describes, nnlite's or Keras's.

        Raises
        ------
        ValueError
            Where an argument is missing, or is nothing that the class takes; it names both.
        """
        return made_from(cls, accepted(cls, config))


def describe(value: Any) -> Any:
    """Turn a value into plain data: an object into class and config, a function into its name.

    A function of the user's own is described as one, as in Keras.
    """
    if isinstance(value, Configurable):
        return {**class_description(type(value)), "config": value.get_config()}
    if isinstance(value, (list, tuple)):
        return type(value)(describe(part) for part in value)
    if isinstance(value, dict):
        return {key: describe(part) for key, part in value.items()}
    if callable(value):
        named = is_ours(value) or isinstance(value, type)
        return get_registered_name(value) if named else function_description(value)
    return value


def function_description(function: Any) -> dict[str, Any]:
    """Describe a function of the user's by its name, as Keras does."""
    return {
        "module": "builtins",
        "class_name": "function",
        "config": get_registered_name(function),
        "registered_name": "function",
    }


#: The modules of Keras's classes that do not lie where those of their kind do.
MODULES = {"Functional": "keras.src.models.functional", "Sequential": "keras", "Model": "keras"}


#: Modules inside others that Keras has too; of all others only the outer name counts.
INNER_MODULES = frozenset({"optimizers.schedules"})


def class_description(cls: type) -> dict[str, Any]:
    """Say where a class is found: in Keras, if it is nnlite's, so that Keras can read it."""
    package, _, rest = cls.__module__.partition(".")
    if package != __name__.partition(".")[0]:
        return {
            "module": cls.__module__,
            "class_name": cls.__name__,
            "registered_name": get_registered_name(cls),
        }
    module = MODULES.get(cls.__name__) or f"keras.{_module_of_keras(rest)}"
    registered = cls.__name__ if module.startswith("keras.src") else None
    return {"module": module, "class_name": cls.__name__, "registered_name": registered}


def _module_of_keras(module: str) -> str:
    return module if module in INNER_MODULES else module.partition(".")[0]


#: What Keras's configurations hold beside what nnlite knows, and what it is where it does nothing.
UNUSED = {
    "axis": (-1,),
    "data_format": ("channels_last",),
    "dtype": ("float32", "float64", None),
    "ignore_class": (None,),
    "optional": (False,),
    "quantization_config": (None,),
    "ragged": (False,),
    "reduction": ("sum_over_batch_size",),
    "sparse": (False,),
}


def accepted(cls: type, config: Any) -> dict[str, Any]:
    """Return a configuration of Keras's as the arguments of a class of nnlite's.

    Without what nnlite does not know and what does nothing; what does something stays, and so is
    refused by its name.

    Raises
    ------
    ValueError
        Where it is no dictionary.
    """
    if not isinstance(config, dict) or not all(isinstance(name, str) for name in config):
        raise ValueError(
            f"{cls.__name__}: a configuration is a dict of arguments by name, got {config!r}"
        )
    known = constructor_keywords(cls)
    plain = {name: dtype_name(value) for name, value in config.items()}
    return {
        name: value
        for name, value in plain.items()
        if name in known or value not in UNUSED.get(name, ())
    }


#: What a constructor may raise that is given something else than it expects.
UNFIT = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)


def made_from(cls: Any, config: dict[str, Any]) -> Any:
    """Call the constructor of a class with what a configuration holds.

    Raises
    ------
    ValueError
        Where that fails; it names the class, and what is missing or wrong in the configuration.
    """
    own, _ = keywords_of(cls.__init__)
    defaults = parameters_of(cls.__init__).defaults
    missing = [name for name in own if name not in config and name not in defaults]
    if missing:
        there = ", ".join(map(repr, config)) or "nothing"
        raise ValueError(
            f"{cls.__name__}: its configuration lacks {missing[0]!r}; it holds {there}"
        )
    try:
        return cls(**config)
    except UNFIT as error:
        if isinstance(error, TypeError) and not config.keys() <= {*constructor_keywords(cls)}:
            raise  # of an argument that the class does not know
        wrong = _without_which(cls, config)
        if isinstance(error, ValueError) and cls.__name__ in str(error) and wrong in str(error):
            raise  # it says all that there is to say
        if not wrong:
            raise ValueError(f"{cls.__name__}: {config!r} is no configuration: {error}") from error
        raise _unfit(cls, wrong, config[wrong], error) from error


def part_from(cls: type, config: Any, name: str, make: Callable[[Any], Kind]) -> Kind:
    """Make the object inside another one that a configuration describes.

    Parameters
    ----------
    cls : class
        Of the other one.
    config : dict
    name : str
        Where the object is described in it.
    make : function of the description

    Raises
    ------
    ValueError
        Where the description is none; it names the class and `name`.
    """
    part = accepted(cls, config).get(name)
    try:
        if not isinstance(part, dict) or not isinstance(part.get("class_name"), str):
            raise ValueError("an object is described by its class_name and config")
        return make(part)
    except UNFIT as error:
        raise _unfit(cls, name, part, error) from error


def _unfit(cls: type, name: str, value: Any, error: Exception) -> ValueError:
    said = f"{type(error).__name__}, {error}" if isinstance(error, LookupError) else error
    return ValueError(f"{cls.__name__}: {name!r} of its configuration cannot be {value!r}: {said}")


def _without_which(cls: Any, config: dict[str, Any]) -> str:
    """Return the first argument whose default would do, where the one in `config` does not.

    Where there is no such argument, it is the one that has no default; or "", if none is.
    """
    defaults = parameters_of(cls.__init__).defaults
    for left_out in config:
        try:
            cls(**{name: value for name, value in config.items() if name != left_out})
        except Exception:
            continue
        return left_out
    own, _ = keywords_of(cls.__init__)
    return next((name for name in own if name in config and name not in defaults), "")


def dtype_name(value: Any) -> Any:
    """Return the name of the type that a policy of Keras's stands for; anything else as it is."""
    if isinstance(value, dict) and value.get("class_name") == "DTypePolicy":
        config = value.get("config")
        return config.get("name") if isinstance(config, dict) else value
    return value


class Registry(Generic[Kind]):
    """The objects of one kind by name.

    Parameters
    ----------
    kind : str
        What they are, for messages: "loss".
    entries : iterable of classes and functions
        Each is known by its own name and, a class, by its snake-case name too.
    aliases : dict of str to str
        Other names of entries, such as "mse".
    """

    def __init__(
        self,
        kind: str,
        entries: Iterable[Callable[..., Any]],
        aliases: dict[str, str] | None = None,
    ) -> None:
        self.kind = kind
        self.entries: dict[str, Any] = {}
        for entry in entries:
            self.entries[entry.__name__] = entry
            if isinstance(entry, type):
                self.entries.setdefault(snake_case(entry.__name__), entry)
        for alias, name in (aliases or {}).items():
            self.entries[alias] = self.entries[name]

    def get(self, identifier: Any) -> Any:
        """Return the object that a name, a configuration, a class or an object stands for.

        Raises
        ------
        ValueError
            For an unknown name; the message holds the nearest known one.
        TypeError
            For what can be no identifier at all.
        """
        config: dict[str, Any] = {}
        if isinstance(identifier, dict):
            if not isinstance(identifier.get("class_name"), str):
                raise ValueError(
                    f"the configuration of a {self.kind} names its class as class_name, got "
                    f"{identifier!r}"
                )
            config = identifier.get("config") or {}
            identifier = found_in(identifier) or identifier["class_name"]
            if identifier == "function" and isinstance(config, str):  # Keras's, of a user's own
                identifier, config = config, {}
        if isinstance(identifier, str):
            known = {**self.entries, **known_objects()}
            if identifier not in known:
                raise unknown_name(self.kind, identifier, self.entries)
            identifier = known[identifier]
        if isinstance(identifier, type):
            from_config = getattr(identifier, "from_config", None)
            return from_config(config) if from_config else identifier(**config)
        if not callable(identifier) and not isinstance(identifier, Configurable):
            article = "An" if self.kind[0] in "aeiou" else "A"
            raise TypeError(
                f"{article} {self.kind} is given by its name, an instance or a function; "
                f"got {identifier!r}"
            )
        return identifier


def is_ours(part: Any) -> bool:
    """Whether nnlite itself has written a function, or the class of an object."""
    return str(getattr(part, "__module__", "")).partition(".")[0] == __name__.partition(".")[0]


def function_name(function: Any) -> str:
    """Name a loss or metric after its function as Keras does; an object after its class.

    >>> function_name(lambda y_true, y_pred: 0)
    'lambda'
    """
    return snake_case(getattr(function, "__name__", type(function).__name__))


def snake_case(name: str) -> str:
    """MeanSquaredError -> mean_squared_error, as Keras names layers and losses."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
