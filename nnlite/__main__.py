"""`python -m nnlite` is the command `nnlite`."""

import sys

from .cli import main

sys.exit(main())
