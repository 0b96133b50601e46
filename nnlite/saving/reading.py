"""A whole model is made of an HDF5 file of any layout by layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..models import Model
from . import translations
from .building import model_of
from .compile_config import compile_as
from .errors import FileRefused
from .hdf5 import Group
from .json_text import parse_json
from .keras3_h5 import seed_matches
from .layer_groups import arrays_in, matches_by_order
from .limits import Limits
from .optimizer_state import matches_of
from .weights import group_at, restore


def model_in(
    root: Group, custom_objects: Mapping[str, Any], compiles: bool, limits: Limits
) -> Model:
    """Make the model that a file holds.

    Raises
    ------
    FileRefused
        For whatever is wrong with it.
    """
    config = text_in(root, "model_config", limits)
    if config is None:
        raise FileRefused(
            root.file, "/", "it holds no model: there is no attribute 'model_config'. Weights "
            "alone are read by model.load_weights(...)",
        )  # fmt: skip
    is_keras2 = translations.is_keras2(root.attrs.get("keras_version"), config)
    if is_keras2:
        config = translations.model(config, root.file)
    weights = group_at(root, "model_weights")
    model = model_of(config, weights, root.file, "/model_config", custom_objects, limits)
    matches = [*matches_by_order(weights, model), *seed_matches(root, model)]
    training = text_in(root, "training_config", limits) if compiles else None
    if training is not None:
        by_slot = is_keras2 and translations.is_legacy(training)
        if is_keras2:
            training = translations.training(training, model, root.file, "/training_config")
        elif isinstance(training, dict):
            training = {**training, "optimizer": training.get("optimizer_config")}
        compile_as(model, training, custom_objects, root.file, "/training_config")
        if "optimizer_weights" in root.members and model.optimizer is not None:
            group = group_at(root, "optimizer_weights")
            arrays = arrays_in(group)
            matches += matches_of(model.optimizer, model, arrays, root.file, group.path, by_slot)
    restore(matches, root.file)
    return model


def text_in(root: Group, attribute: str, limits: Limits) -> Any:
    """Return the JSON in an attribute of the root; None where there is none."""
    text = root.attrs.get(attribute)
    if text is None:
        return None
    if not isinstance(text, str):
        raise FileRefused(root.file, f"/{attribute}", "a text of JSON is expected here")
    return parse_json(text, file=root.file, place=f"/{attribute}", limits=limits)
