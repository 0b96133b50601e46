"""Fashion-MNIST: 70,000 grey pictures of Zalando's articles, 28 by 28 pixels, in 10 classes.

Published by Zalando Research (H. Xiao, K. Rasul, R. Vollgraf, *Fashion-MNIST: a Novel Image Dataset
for Benchmarking Machine Learning Algorithms*, arXiv:1708.07747) under the MIT licence.
"""

from __future__ import annotations

from importlib import resources

import numpy as np

from . import _idx, _store

#: The name of each class, at the place of its label.
CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

#: The file of `load_sample`, beside this one; `make_sample` makes it.
SAMPLE_FILE = "fashion_mnist_sample.npz"

SOURCE = _store.Source(
    name="fashion-mnist",
    title="Fashion-MNIST",
    urls=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    debian_package="dataset-fashion-mnist",
    instead="use the 7,000 images that come with nnlite: fashion_mnist.load_sample()",
)

#: SHA-256 of the files, in the order of `_idx.FILES`, uncompressed: Debian compresses them anew.
SHA256 = (
    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
)


def load_data() -> _idx.Split:
    """Load all of Fashion-MNIST.

    Its four files are looked for in the folder that the environment variable NNLITE_DATASETS names,
    in nnlite's cache, where Debian's package `dataset-fashion-mnist` puts them, and then downloaded
    into the cache (31 MB). The smaller set of `load_sample` is never returned in their place.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        uint8 arrays of the shapes (60000, 28, 28), (60000,), (10000, 28, 28), (10000,): pixels
        from 0 (background) to 255, and labels from 0 to 9, whose names are in `CLASS_NAMES`.

    Raises
    ------
    FileNotFoundError
        Where the files are nowhere to be had; the message names all the places and what to do.
    ValueError
        Where a file is damaged; the message names it.
    """
    return _idx.load_split(SOURCE, SHA256)


def load_sample() -> _idx.Split:
    """Load the part of Fashion-MNIST that comes with nnlite: no files and no network are needed.

    It is made of the first 600 training images and the first 100 test images of each class, in
    the order of the full data set.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        As from `load_data`, with 6,000 training images and 1,000 test images.
    """
    file = resources.files(__package__).joinpath(SAMPLE_FILE)
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
