"""For tests of layers, losses and models: checks of gradients, strategies, a plugin for pytest.

- `check_layer(layer, x)` and `check_subject(...)` return reports of gradient checks;
- `strategies` are what hypothesis draws arrays, layers and models from (it must be installed:
  `pip install "nnlite[testing]"`);
- the plugin, which pytest finds by itself, knows `@pytest.mark.gradcheck` and the fixtures
  `gradcheck` and `float64`.
"""

from ..on_demand import on_demand
from ..out_of_scope import watch

__all__ = ["check_layer", "check_subject", "strategies"]

# The plugin is in this package, and imports nothing before it is used.
on_demand(
    __name__,
    __all__,
    {"check_layer": "subjects", "check_subject": "subjects"},
)
watch(__name__)
