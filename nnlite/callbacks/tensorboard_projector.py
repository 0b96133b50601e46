"""The tables of Embedding layers, in files that TensorBoard's Projector page reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import did_you_mean
from ..layers import Embedding
from .tensorboard_tags import tags_of

#: What the page looks for in the folder of a run.
CONFIG = "projector_config.pbtxt"

Metadata = str | os.PathLike[str] | dict[str, str] | None


def embedding_layers(model: Any) -> list[Any]:
    """Return the Embedding layers of a model, also of models inside it."""
    return [layer for layer, _, _ in model._inside() if isinstance(layer, Embedding)]


def check_metadata(model: Any, log_dir: str, metadata: Metadata) -> None:
    """Look at what a callback was told about the rows of the tables.

    Raises
    ------
    ValueError
        For a layer that is not there, and for a file that TensorBoard would not read.
    """
    names = [layer.name for layer in embedding_layers(model)]
    for name in metadata if isinstance(metadata, dict) else ():
        if name not in names:
            raise ValueError(
                f"TensorBoard: embeddings_metadata names the layer {name!r}, which is no Embedding "
                f"layer of this model.{did_you_mean(name, names)} There are: "
                f"{', '.join(names) or 'none'}."
            )
    root = Path(log_dir).resolve()
    files: Any = metadata.values() if isinstance(metadata, dict) else [metadata]
    for path in filter(None, files):
        if root not in (root / path).resolve().parents:
            raise ValueError(
                f"TensorBoard: embeddings_metadata must name files inside log_dir ({log_dir!r}), "
                f"relative to it, since TensorBoard reads no others; got {os.fspath(path)!r}"
            )


def write_embeddings(model: Any, log_dir: str, metadata: Metadata) -> None:
    """Write each table as tab-separated text, and then the file that names them.

    Parameters
    ----------
    model : Model
        Built.
    log_dir : str
        Where the files go.
    metadata : path, dict of str to path, or None
        What the rows are: one file for all tables, or files by the names of layers.
    """
    from ..saving.atomic import written_whole  # the floors above
    from ..summary import create_file_writer

    layers = embedding_layers(model)
    if not layers:
        return
    if not os.path.exists(os.path.join(log_dir, CONFIG)):
        create_file_writer(log_dir).close()  # for TensorBoard only folders with events are runs
    entries = []
    tags = tags_of(layer.embeddings for layer in layers)
    for layer in layers:
        table = layer.embeddings
        tag = tags[id(table)]
        file = f"{tag.replace('/', '_')}.tsv"
        with written_whole(os.path.join(log_dir, file)) as new:
            np.savetxt(new, table.data, fmt="%.9g", delimiter="\t")
        path = metadata.get(layer.name) if isinstance(metadata, dict) else metadata
        entries.append(_entry(tensor_name=tag, tensor_path=file, metadata_path=path))
    with written_whole(os.path.join(log_dir, CONFIG)) as new:
        Path(new).write_text("".join(entries), encoding="ascii")


def _entry(**fields: Any) -> str:
    """Write an EmbeddingInfo of TensorBoard's in protobuf's text format."""
    lines = [f"  {name}: {_quoted(value)}\n" for name, value in fields.items() if value is not None]
    return f"embeddings {{\n{''.join(lines)}}}\n"


def _quoted(value: Any) -> str:
    """Quote a string as protobuf's text format does: other than plain ASCII in octal."""
    plain = (
        chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:03o}" for b in os.fsencode(value)
    )
    return f'"{"".join(plain)}"'
