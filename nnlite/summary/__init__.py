"""Event files for TensorBoard: what `tf.summary` writes, without TensorFlow.

`writer = create_file_writer(folder)` makes a file; within `with writer.as_default():` the functions
`scalar`, `histogram`, `image`, `text`, `audio`, `graph` and `write` write into it; so do `hparams`
and `hparams_config`, by which the HParams page compares runs.

All kinds take a `name`, the tag in TensorBoard; `step`, a whole number, by default the one that was
set; and a `description`, which TensorBoard shows, in Markdown.
"""

from . import experimental
from .defaults import name_scope, record_if, should_record_summaries
from .file_writer import SummaryWriter, create_file_writer, create_noop_writer, flush
from .hparams_plugin import hparams, hparams_config
from .hparams_space import Discrete, Domain, HParam, IntInterval, Metric, RealInterval
from .kinds import audio, graph, histogram, image, scalar, text, write
from .messages import Event, Metadata, Value
from .reading import read
from .records import BrokenEventFileError

__all__ = [
    "BrokenEventFileError",
    "Discrete",
    "Domain",
    "Event",
    "HParam",
    "IntInterval",
    "Metadata",
    "Metric",
    "RealInterval",
    "SummaryWriter",
    "Value",
    "audio",
    "create_file_writer",
    "create_noop_writer",
    "experimental",
    "flush",
    "graph",
    "histogram",
    "hparams",
    "hparams_config",
    "image",
    "name_scope",
    "read",
    "record_if",
    "scalar",
    "should_record_summaries",
    "text",
    "write",
]
