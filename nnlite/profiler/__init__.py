"""Where the time of a training goes: a table by layer, and traces for TensorBoard and Perfetto.

    with nnlite.profiler.profile():
        model.fit(x, y, epochs=5)

prints the table at its end. `Profile`, `start`, `stop` and `Trace` are what TensorFlow has under
`tf.profiler.experimental`.
"""

from ..out_of_scope import watch
from . import experimental
from .control import Trace, profile, start, stop
from .listening import Profile
from .table import Row

__all__ = ["Profile", "Row", "Trace", "experimental", "profile", "start", "stop"]

watch(__name__)
