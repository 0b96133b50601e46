"""Lambda: a function as a layer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from .. import graph, tree
from ..custom_objects import known_objects
from ..errors import keywords_of
from .base import Layer


class Lambda(Layer):
    """y = function(x): for what a line of code says best.

    The function is the user's own code, so a model with it trains on the tape and is never
    replayed; and since a file must not bring code along, a model with a Python `lambda` is not
    read from one. For anything with weights, subclass `Layer`.

    Parameters
    ----------
    function : function of a tensor, or of a list or dict of them
        It may also take `mask` and `training`.
    output_shape : sequence of int, or function of the input shape, optional
        The shape of a sample, without the batch axis; a function is given and returns whole shapes.
        Found by trial calls by default.
    mask : function of (inputs, mask), or a mask, optional
        What `compute_mask` returns.
    arguments : dict, optional
        Further arguments of the function.

    Raises
    ------
    TypeError
        For what is no function.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(
                f"Lambda {self.name!r} takes a function of its inputs, got {function!r}"
            )
        self.function = function
        self._shape = output_shape
        self.mask = mask
        self.supports_masking = mask is not None
        self.arguments = dict(arguments or {})
        self._taken: tuple[str, ...] = ()
        with contextlib.suppress(ValueError, TypeError):  # of what is built in and says nothing
            self._taken = tuple(keywords_of(function)[0])

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        given = {"mask": mask, "training": training}
        return self.function(
            inputs,
            **self.arguments,
            **{name: value for name, value in given.items() if name in self._taken},
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self._shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._shape):
            return self._shape(input_shape)
        batch = tree.flatten(input_shape, tree.is_shape)[0][0]
        return tree.map_structure(lambda shape: (batch, *shape), self._shape, tree.is_shape)

    def compute_output_spec(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Return what a call on symbolic tensors gives: new symbolic tensors, without a history."""
        if self._shape is None:
            return self._tried(inputs, args, kwargs)
        shapes = self.compute_output_shape(graph.shapes_of(inputs))
        return graph.named_outputs(shapes, self.dtype, self.name)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make the layer; functions that are given by name are the reader's own.

        Raises
        ------
        ValueError
            For a function that the reader has not given, and so for any code in a file.
        """
        found = dict(config)
        for key in ("function", "output_shape", "mask"):
            if key == "function" or isinstance(found.get(key), dict):
                found[key] = _own_function(found.get(key), str(config.get("name")))
        return super().from_config(found)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the layer of again: functions as they are.

        So it serves to copy a layer within a program; in a file they are written by their names.
        """
        own = {"function": self.function, "output_shape": self._shape, "mask": self.mask}
        config = {**super().get_config(), **own, "arguments": dict(self.arguments)}
        return {
            name: value
            for name, value in config.items()
            if value is not None or name not in ("output_shape", "mask")  # as in Keras
        }


def _own_function(written: Any, layer: str) -> Any:
    """Return the function that is meant, by its name or else by that of the layer."""
    if callable(written):
        return written
    described = isinstance(written, dict) and written.get("class_name") == "function"
    name = written["config"] if described else written
    known = known_objects()
    for one in (name, layer):
        if isinstance(one, str) and one in known:
            return known[one]
    called = f"the function {name!r}" if isinstance(name, str) else "code, which is never run"
    raise ValueError(
        f"Lambda {layer!r}: the configuration holds {called}; give the function itself as "
        f"custom_objects={{{(name if isinstance(name, str) else layer)!r}: function}}"
    )
