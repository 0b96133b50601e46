"""How Sphinx builds the documentation: `make docs`."""

import sys
from importlib.resources import files
from pathlib import Path

import matplotlib

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path.insert(0, str(DOCS / "_ext"))
MATHJAX = files("sphinx-mathjax-offline") / "static" / "mathjax"
matplotlib.use("Agg")

from gallery import sphinx_gallery_conf  # noqa: E402, F401

from nnlite import __version__  # noqa: E402

project = "nnlite"
author = "The nnlite developers"
release = version = __version__
copyright = author

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
    "sphinx_design",
    "nnlite_reference",
    "plain_docstrings",
]
exclude_patterns = ["_*", "chapter10", "lessons", "generated/left_out.rst", "generated/scripts"]
exclude_patterns += ["generated/*/*.py", "generated/*/*.ipynb"]

# Docstrings: types stand in their sections, not in signatures as well.
autodoc_typehints = "none"
autodoc_inherit_docstrings = False
numpydoc_show_class_members = False
default_role = "name"
nitpick_ignore_regex = [("py:.*", ".*")]  # a name that the reference has not is code, no link
toc_object_entries_show_parents = "hide"

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"nnlite {version}"
html_static_path = ["_static", f"{MATHJAX}/tex-svg.js"]  # one file, which needs no network
mathjax_path = "tex-svg.js"
html_css_files = ["nnlite.css"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
copybutton_exclude = ".linenos, .gp, .go"
