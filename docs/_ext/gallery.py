"""How sphinx-gallery runs the pages that are scripts: chapter 10, the lessons, the examples."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drawings import draw_network, draw_performance
from matplotlib.figure import Figure
from sphinx.util import logging
from sphinx_gallery.scrapers import figure_rst

from nnlite.datasets import _idx, _store, california_housing, fashion_mnist

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]

GENERATED = ROOT / "docs" / "generated"

#: The folders of scripts. Copies of them are run, so that files which they write lie nowhere else.
SCRIPTS = {
    "chapter10": ROOT / "docs" / "chapter10",
    "lessons": ROOT / "docs" / "lessons",
    "examples": ROOT / "examples",
}

#: What stands for a script that draws nothing.
NETWORK = GENERATED / "network.png"

#: Where the data sets lie, if the environment does not say: nothing is fetched while building.
DATASETS = ROOT.parent / "shared" / "datasets"

#: The arguments of the examples that take any; {folder} is where their pictures are found.
ARGUMENTS = {
    "checkpoints": "--folder {folder} --pictures {folder}",
    "custom_training_loop": "--epochs 3",
    "doctor": "--folder {folder}",
    "fashion_mnist_seeds": "--epochs 2 --seeds 1 2",
    "hparams": "--logdir {folder} --runs 4 --epochs 2",
    "pictures": "--folder {folder}",
    "plot_models": "--folder {folder}",
    "profile_a_training": "--epochs 1",
    "tensorboard_callback": "--logdir {folder} --epochs 5",
    "tensorboard_summary": "--logdir {folder} --steps 50",
}

#: Those that draw their networks and trainings if they are told where to.
DRAWING = (
    *("auxiliary_output", "california_housing_regression", "callbacks", "gradients_by_hand"),
    *("subclassed_model", "two_inputs", "wide_and_deep"),
)
ARGUMENTS |= dict.fromkeys(DRAWING, "--pictures {folder}")

#: A folder of its own for each run of Sphinx, which goes with it.
SCRATCH = tempfile.TemporaryDirectory(prefix="nnlite-docs-")


def arguments_of(conf: dict[str, Any], script: dict[str, Any]) -> list[str]:
    """The command line of a script."""
    folder = Path(SCRATCH.name, "files")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return ARGUMENTS.get(Path(script["src_file"]).stem, "").format(folder=folder).split()


def pictures(block: Any, block_vars: dict[str, Any], conf: dict[str, Any]) -> str:
    """Keep what a block has drawn beside pyplot: the figure that is its value, and PNG files."""
    paths: Iterator[str] = block_vars["image_path_iterator"]
    kept = []
    value = block_vars["example_globals"].get("___")
    if isinstance(value, Figure):
        kept.append(next(paths))
        value.savefig(kept[-1], dpi=100)
        block_vars["example_globals"]["___"] = None
    for path in sorted(Path(SCRATCH.name).rglob("*.png")):
        kept.append(next(paths))
        shutil.move(path, kept[-1])
    return figure_rst(kept, conf["src_dir"])


def start_anew(conf: dict[str, Any], script: str) -> None:
    """Let every script start as a new process would: the seed, and the names of layers."""
    import nnlite

    nnlite.utils.set_random_seed(0)
    nnlite.utils.clear_session()


def copy_scripts() -> None:
    """Copy all scripts, without what those of an earlier build have written beside them."""
    for name, folder in SCRIPTS.items():
        target = GENERATED / "scripts" / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target, ignore=shutil.ignore_patterns("__pycache__"))


def executed() -> str:
    """A pattern for the scripts that are executed: those whose data are on this machine."""
    there = {
        "fashion_mnist": _store.find(fashion_mnist.SOURCE, _idx.FILES[0]),
        "housing": _store.find(california_housing.SOURCE, california_housing.FILE),
    }
    lacking = [
        path.stem
        for folder in SCRIPTS.values()
        for path in folder.glob("*.py")
        if any(not there[name] and name in path.read_text(encoding="utf-8") for name in there)
    ]
    if lacking:
        logger.info("Shown, but not executed for want of their data: %s", ", ".join(lacking))
    return rf"[\\/](?!(?:{'|'.join(lacking)})\.py$)[^\\/]*\.py$"


copy_scripts()
draw_network(NETWORK)
draw_performance(ROOT / "README.md", NETWORK.with_name("performance.png"))
if not os.environ.get("NNLITE_DATASETS") and DATASETS.is_dir():
    os.environ["NNLITE_DATASETS"] = str(DATASETS)

sphinx_gallery_conf: dict[str, Any] = {
    "examples_dirs": [f"generated/scripts/{name}" for name in SCRIPTS],
    "gallery_dirs": [f"generated/{name}" for name in SCRIPTS],
    "filename_pattern": executed(),
    "ignore_pattern": r"(__init__|housing)\.py$",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("matplotlib", "gallery.pictures"),
    "ignore_repr_types": r"matplotlib",
    "reset_modules": ("matplotlib", "gallery.start_anew"),
    "reset_argv": "gallery.arguments_of",
    "download_all_examples": False,
    "default_thumb_file": str(NETWORK),
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
}
