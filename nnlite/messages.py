"""Where it goes what a user is told: to standard output, or to a log."""

from __future__ import annotations

import sys

from .config import is_interactive_logging_enabled


def say(text: str) -> None:
    """Print a text at once; without interactive logging, give it to the logger "nnlite"."""
    if is_interactive_logging_enabled():
        # A stand-in for standard output may know no more than write().
        print(text, flush=hasattr(sys.stdout, "flush"))
        return
    import logging  # of which `import nnlite` has no need

    logging.getLogger("nnlite").info("%s", text)
