"""Model: a layer that is trained, and what it shows of itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import checks_keywords, did_you_mean
from ..layers import Layer
from ..layers.base import Shape
from ..model_summary import Line, Table, as_html, as_text, print_summary, table
from ..training import Trainer

if TYPE_CHECKING:
    from ..gradient_check import GradientReport


class Model(Trainer):
    """A layer that can be trained.

    There are three ways to one. A graph of layers is made by calling them on `Input(...)`, and
    then `Model(inputs=..., outputs=...)`, which gives a `Functional`. For a chain of layers there
    is `Sequential`. And for anything else, subclass: make layers in `__init__`, keep them as
    attributes, and use them in `call(self, inputs)`.

    Parameters
    ----------
    *args, **kwargs
        `inputs` and `outputs`, for a `Functional`; and what every layer takes.

    Examples
    --------
    >>> wide, deep = nnlite.Input([5]), nnlite.Input([6])
    >>> hidden = nnlite.layers.Dense(30, activation="relu")(deep)
    >>> output = nnlite.layers.Dense(1)(nnlite.layers.concatenate([wide, hidden]))
    >>> model = nnlite.Model(inputs=[wide, deep], outputs=output)
    >>> model.input_shape, model.output_shape
    ([(None, 5), (None, 6)], (None, 1))
    """

    supports_masking = False  # its layers hand masks on

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Model and (args or {"inputs", "outputs"} & kwargs.keys()):
            from .functional import Functional  # which is a Model

            return super().__new__(Functional)
        return super().__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args or {"inputs", "outputs"} & kwargs.keys():  # of a subclass that says its graph
            _functional(type(self)).__init__(self, *args, **kwargs)
        else:
            super().__init__(**kwargs)

    def build(self, input_shape: Shape) -> None:
        """Make the weights for inputs of this shape by a trial call: the inner layers make them."""
        with self.unbuilt_if_refused():
            self.built = (
                True  # or the trial call, or a build that called this one, would begin anew
            )
            self.compute_output_shape(input_shape)

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        if not self.built and type(self).build is Model.build:
            self._take_place()
            self.built = True  # the inner layers make their weights as they are called
        return super().__call__(inputs, *args, **kwargs)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a functional model of its configuration; of a subclassed one there is none.

        Raises
        ------
        NotImplementedError
            For the configuration of a subclassed model, which does not say what its `call` does.
        """
        if {"layers", "input_layers", "output_layers"} <= config.keys():
            from .functional import Functional

            return Functional.from_config(config, custom_objects)
        raise NotImplementedError(
            f"{cls.__name__}.from_config: what its call() does is Python code, which no "
            "configuration holds; make the model by its constructor, then take over the weights "
            "with set_weights(model.get_weights()) or load_weights(path)"
        )

    def to_json(self, **kwargs: Any) -> str:
        """Return the model's configuration as JSON, without weights; `model_from_json` reads it.

        Parameters
        ----------
        **kwargs
            For `json.dumps`, such as `indent=2`.
        """
        import json  # only where it is used: it takes a millisecond

        from .serialization import layer_to_config  # which knows all kinds of models

        return json.dumps(layer_to_config(self), **{"default": _refused, **kwargs})

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "_graph" in state:  # of a subclass that has said its graph in another process
            _functional(type(self)).__setstate__(self, state)
        else:
            vars(self).update(state)

    def save(
        self,
        filepath: Any,
        overwrite: bool = True,
        zipped: bool | None = None,
        include_optimizer: bool = True,
        layout: str | None = None,
    ) -> None:
        """Write the model to a `.keras` or `.h5` file: see `nnlite.saving.save_model`."""
        from ..saving import save_model  # which knows all kinds of models

        save_model(self, filepath, overwrite, zipped, include_optimizer, layout)

    def save_weights(
        self, filepath: Any, overwrite: bool = True, max_shard_size: Any = None
    ) -> None:
        """Write the weights to a `.weights.h5` file: see `nnlite.saving.save_weights`."""
        from ..saving import save_weights

        save_weights(self, filepath, overwrite, max_shard_size)

    def load_weights(
        self,
        filepath: Any,
        skip_mismatch: bool = False,
        by_name: bool = False,
        isolate: bool | None = None,
        limits: Any = None,
    ) -> None:
        """Take the weights of a file: see `nnlite.saving.load_weights`."""
        from ..saving import load_weights

        load_weights(self, filepath, skip_mismatch, by_name, isolate, limits)

    def gradcheck(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        training: bool = True,
        rtol: float = 1e-6,
        atol: float = 1e-7,
    ) -> GradientReport:
        """Check the gradient of the loss for every weight that is trained, and for the inputs.

        The loss is that of `compile` with the penalties and what layers add, computed as a
        training step does, in float64. Each evaluation begins from the same state: dropout masks
        stay, moving averages do not move. Afterwards the model is what it was; one that is not
        built yet is built.

        Parameters
        ----------
        x, y, sample_weight
            A batch, as for `train_on_batch`; a few samples do.
        training : bool
            Whether layers work as in training.
        rtol, atol : float
            Gradient and slope may differ by atol + rtol |slope|.

        Returns
        -------
        GradientReport
            True where all is right. `print(report)` shows a table with likely causes,
            `report.plot()` a picture.

        Raises
        ------
        ValueError, TypeError
            For data that cannot be trained on.
        """
        from ..model_gradients import check_model  # only where it is used

        return check_model(self, x, y, sample_weight, training, rtol, atol)

    @checks_keywords
    def doctor(
        self,
        x: Any,
        y: Any = None,
        batch_size: int | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
    ) -> Any:
        """Look for what may be wrong before training, and print what was found and what to do.

        Inputs that are not scaled, labels that do not fit the last layer and the loss, rows in the
        order of their classes, validation rows among the training rows, dead and saturated units,
        gradients that vanish or explode, a learning rate that is too high or too low, a model that
        cannot learn a few samples by heart. The model stays as it is: its weights, its optimizer,
        its metrics, and what will be drawn at random next. It takes some seconds.

        Parameters
        ----------
        x, y, batch_size, validation_split, validation_data, shuffle, class_weight, sample_weight
            As in `fit`; arrays, and no generators.

        Returns
        -------
        Diagnosis
            Its `findings`; `plot()` draws the learning-rate range test.

        Raises
        ------
        ValueError
            Where the model is not compiled, or the data come batch by batch.
        TypeError
            Where the model cannot be copied.
        """
        from ..diagnosis.doctor import diagnose  # the floor above

        diagnosis = diagnose(
            self, x, y, batch_size, validation_split, validation_data, shuffle, class_weight,
            sample_weight,
        )  # fmt: skip
        print(diagnosis)
        return diagnosis

    @property
    def layers(self) -> list[Layer]:
        """The layers right inside this model, in order of assignment."""
        return list(self._owned(Layer))

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its place.

        Raises
        ------
        ValueError
            Where there is none; the message lists what there is.
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise ValueError("get_layer: give either a name or an index")
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(
                    f"get_layer: {self.name!r} has {len(layers)} layers: there is no index {index}"
                )
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in layers]
        raise ValueError(
            f"get_layer: {self.name!r} has no layer {name!r}.{did_you_mean(str(name), names)} "
            f"Its layers: {', '.join(names)}."
        )

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print the layers with their output shapes and numbers of parameters.

        A graph that is no chain has a column more, of what each layer is connected to:
        "dense[0][0]" is what the first call of `dense` returned first.

        Parameters
        ----------
        line_length : int
            The width of the table in characters; 76 by default, as Keras takes on a terminal of 80.
        positions : list of float, optional
            Where the columns end, as parts of the width (or in characters).
        print_fn : function of a str
            `print` by default.
        expand_nested : bool
            Whether to show the layers inside models that are layers.
        show_trainable : bool
            Whether to show which layers training changes.
        layer_range : (str, str), optional
            The first and the last layer to show: names, or regular expressions for them.

        Raises
        ------
        ValueError
            For a range that no layer begins or ends.
        """
        lines = self._summary_lines(expand_nested)
        made = self._table(_within(lines, layer_range, self.name), show_trainable)
        print_summary(as_text(made, line_length or 76, positions), print_fn)

    def _repr_html_(self) -> str:
        return as_html(self._table(self._summary_lines(False), False))

    def _table(self, lines: list[Line], show_trainable: bool) -> Table:
        weights = {"Trainable": self.trainable_weights, "Non-trainable": self.non_trainable_weights}
        return table(self.name, lines, weights, self._branches(), show_trainable)

    def _branches(self) -> bool:
        """Whether the model is a graph that is no chain."""
        return False

    def _summary_lines(self, expand_nested: bool, depth: int = 0) -> list[Line]:
        """Say what the table says of each layer and, if asked for, of those inside it."""
        lines = []
        for line in self._layer_lines():
            lines.append(line._replace(depth=depth))
            if expand_nested and isinstance(line.layer, Model):
                inner = line.layer._summary_lines(expand_nested, depth + 1)
                lines += [one._replace(connected_to=()) for one in inner]
        return lines

    def _layer_lines(self) -> list[Line]:
        """Say what the table says of each layer."""
        return [
            Line(layer, layer.output_shape if layer._inbound_nodes else layer.known_output_shape())
            for layer in self.layers
        ]


def _refused(value: Any) -> Any:
    raise TypeError(
        f"to_json: {value!r} cannot be written as JSON, which holds no code: use a layer in "
        "place of a Lambda, or a class with get_config"
    )


def _functional(cls: type[Model]) -> Any:
    """Let a subclass that says its graph be a Functional, as in Keras; return that class."""
    from .functional import Functional

    for base in cls.__mro__:
        if Model in base.__bases__ and base is not Functional:
            bases = (Functional if one is Model else one for one in base.__bases__)
            base.__bases__ = tuple(bases)
    return Functional


def _within(lines: list[Line], layer_range: Any, model: str) -> list[Line]:
    """Return the lines from one layer to another."""
    if layer_range is None:
        return lines
    if not isinstance(layer_range, (list, tuple)) or len(layer_range) != 2:
        raise ValueError(
            f"summary: layer_range must be the names of the first and the last layer, got "
            f"{layer_range!r}"
        )
    places = []
    for name in layer_range:
        found = [n for n, line in enumerate(lines) if re.fullmatch(name, line.layer.name)]
        if not found:
            names = [line.layer.name for line in lines]
            raise ValueError(
                f"summary: {model!r} has no layer {name!r} for layer_range."
                f"{did_you_mean(name, names)} Its layers: {', '.join(names)}."
            )
        places.append(found)
    first, last = min(places[0]), max(places[1])
    return lines[min(first, last) : max(first, last) + 1]
