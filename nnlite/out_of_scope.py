"""What Keras has and nnlite leaves out: naming it says so, and what to use instead.

nnlite is for multilayer perceptrons. The table below is all there is to it: `nnlite.layers.Conv2D`,
`from nnlite.layers import LSTM`, and a configuration with such a name give the sentence of its row.
"""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import NamedTuple


class LeftOut(NamedTuple):
    """Names that are left out.

    Attributes
    ----------
    module : str
        Where Keras has them: "layers"; "" is the package itself.
    names : str
        A pattern for the whole name.
    what : str
        What they are, in the plural.
    instead : str
        What to use, a half-sentence.
    """

    module: str
    names: str
    what: str
    instead: str


def _any(names: str) -> str:
    """A pattern for one of some names."""
    return "|".join(names.split())


_KERAS = "use Keras itself"
_OWN = "write it as a function of tensors with nnlite.ops"
_BEFORE = "prepare the data before it is given to the model, with numpy or a library for it"
_FLOATS = "give dtype='float32' or 'float64' to layers, or nnlite.config.set_floatx"

LEFT_OUT = (
    LeftOut(
        "layers",
        r"(Separable|Depthwise)?Conv(olution)?\dD(Transpose)?|ConvLSTM\dD",
        "convolutions",
        "images of modest size go through Flatten() and Dense layers; for more use Keras itself",
    ),
    LeftOut(
        "layers",
        r"(Global|Adaptive)?(Average|Avg|Max)Pool(ing)?\dD",
        "pooling layers",
        "take means and extremes with nnlite.ops.mean and nnlite.ops.max",
    ),
    LeftOut(
        "layers",
        r"(UpSampling|Cropping|ZeroPadding)\dD|SpatialDropout\dD",
        "layers for feature maps",
        "slice, pad and repeat with nnlite.ops; Dropout has noise_shape",
    ),
    LeftOut(
        "layers",
        r"(Simple)?RNN|(LSTM|GRU|SimpleRNN|StackedRNN)Cells?|LSTM|GRU|Bidirectional",
        "recurrent layers",
        "give Dense layers a window of past values (Flatten() of (T, F)), or use Keras itself",
    ),
    LeftOut("layers", r"\w*Attention|ReversibleEmbedding", "attention layers", _KERAS),
    LeftOut(
        "layers",
        r"Random\w+|RandAugment|Aug\w+|AutoContrast|CenterCrop|CutMix|MixUp|Solarization|Resizing"
        r"|\w*Equalization|MaxNumBoundingBoxes|Pipeline",
        "layers that change images",
        f"{_BEFORE} (Pillow); Rescaling is there",
    ),
    LeftOut(
        "layers",
        "TextVectorization",
        "layers that take text apart",
        "split it with str.split, then StringLookup makes ids of the words",
    ),
    LeftOut(
        "layers",
        r"Hashing|HashedCrossing",
        "TensorFlow's hash functions",
        "StringLookup and IntegerLookup with num_oov_indices spread unknown tokens over ids",
    ),
    LeftOut("layers", r"\w+Spectrogram", "layers that hear", _BEFORE),
    LeftOut(
        "layers",
        r"EinsumDense|SpectralNormalization",
        "layers for other networks",
        "Dense works on the last axis of any inputs, and a layer of your own may call "
        "nnlite.ops.einsum",
    ),
    LeftOut(
        "layers",
        r"FlaxLayer|JaxLayer|TFSMLayer|TorchModuleWrapper",
        "layers of other frameworks",
        "write the layer with nnlite.ops",
    ),
    LeftOut(
        "losses",
        r"CTC|ctc|Circle|circle|\w*Generalized\w+|\w+generalized\w+",
        "losses for sequences, embeddings and noisy labels",
        f"{_OWN}, and give it to compile",
    ),
    LeftOut(
        "metrics",
        r"(Pearson|Concordance)Correlation|(pearson|concordance)_correlation",
        "correlations",
        "use numpy.corrcoef on model.predict(x), or R2Score",
    ),
    LeftOut(
        "optimizers",
        r"Muon|ScheduleFreeAdamW|MultiOptimizer",
        "optimizers for very large networks",
        "AdamW is near; or subclass nnlite.optimizers.Optimizer",
    ),
    LeftOut("optimizers", r"LossScaleOptimizer|OptimizerMap", "mixed precision", _FLOATS),
    LeftOut("optimizers", "legacy", "the optimizers of old", "those of nnlite.optimizers"),
    LeftOut("initializers", r"STFT(Initializer)?|stft", "initializers for audio", _BEFORE),
    LeftOut(
        "callbacks",
        r"RemoteMonitor|OrbaxCheckpoint",
        "callbacks for other services",
        "a callback of your own can send the logs, and ModelCheckpoint saves",
    ),
    LeftOut(
        "datasets",
        _any("boston_housing cifar10 cifar100 imdb reuters"),
        "data sets of other books",
        "mnist, fashion_mnist and california_housing are there; others from scikit-learn or OpenML",
    ),
    LeftOut(
        "utils",
        r"\w+_from_directory|array_to_img|img_to_array|load_img|save_img|bounding_boxes",
        "helpers for images, sound and text files",
        f"{_BEFORE} (Pillow)",
    ),
    LeftOut(
        "utils",
        r"FeatureSpace|pad_sequences|timeseries_dataset_from_array|Config|get_source_inputs|legacy"
        r"|standardize_dtype",
        "helpers for pipelines of TensorFlow's",
        f"{_BEFORE}; PyDataset gives batches",
    ),
    LeftOut("saving", "KerasFileEditor", "editing of model files", _KERAS),
    LeftOut(
        "config",
        r"\w*flash_attention\w*|is_nnx_enabled|set_backend|\w*dtype_policy",
        "settings of attention, backends and mixed precision",
        _FLOATS,
    ),
    LeftOut(
        "config",
        r"\w+traceback_filtering\w*|enable_unsafe_deserialization|(set_)?max_\w+",
        "settings for Keras's own inside",
        "nnlite has nothing to set there: tracebacks are whole, and no file brings code along",
    ),
    LeftOut(
        "config",
        r"(set_)?image_data_format|backend",
        "settings of images and backends",
        "Flatten takes data_format, and nnlite computes by itself",
    ),
    LeftOut(
        "ops",
        r"(depthwise_|separable_)?conv(_transpose)?|(adaptive_)?(average|max)_pool|\w+_to_(depth|space)"
        r"|fold|unfold|psnr|image",
        "operations on images",
        _KERAS,
    ),
    LeftOut(
        "ops",
        r"ctc_\w+|dot_product_attention|associative_scan|scan|extract_sequences|rearrange"
        r"|segment_(max|min|prod)",
        "operations on sequences",
        _KERAS,
    ),
    LeftOut(
        "ops",
        r"i?r?fft2?|i?stft|" + _any("bartlett blackman hamming hanning kaiser"),
        "Fourier transforms and windows",
        f"{_BEFORE} (numpy.fft)",
    ),
    LeftOut(
        "ops",
        r"nan(?!_to_num|sum|mean)\w+|bitwise_\w+|is(neg|pos)inf|isreal|view\w*|"
        + _any(
            "left_shift right_shift angle argpartition array_split conj conjugate "
            "corrcoef correlate cumprod deg2rad diagflat dsplit dstack fabs fliplr flipud "
            "fmax fmin fmod gcd geomspace heaviside histogram hsplit i0 imag kron lcm ldexp "
            "logaddexp2 logspace meshgrid nextafter nonzero polar ptp rad2deg real "
            "rot90 select signbit sinc trapezoid unique unravel_index vander vectorize vsplit"
        ),
        "operations that networks of dense layers seldom need",
        "numpy has it, for data and under no_grad()",
    ),
    LeftOut(
        "ops",
        _any(
            "cdist cholesky cholesky_inverse eig eigh logdet lstsq lu_factor matrix_rank pinv qr "
            "slogdet solve_triangular svd erf erfc erfinv"
        ),
        "decompositions and special functions",
        "numpy.linalg and scipy.special have them, for data and under no_grad()",
    ),
    LeftOut(
        "ops",
        r"custom_gradient|jvp|numpy",
        "other ways to differentiate and to name things",
        "@nnlite.tape.op makes an operation with a gradient of its own; all ops are in nnlite.ops",
    ),
    LeftOut(
        "backend",
        r"backend|get_uid|image_data_format|is_\w+|result_type|set_image_data_format"
        r"|standardize_dtype",
        "parts of Keras's backends",
        "nnlite.ops and numpy do what they are for",
    ),
    LeftOut(
        "",
        r"distribution|device|RematScope|remat|StatelessScope|SymbolicScope|name_scope",
        "devices, distribution and rematerialization",
        "nnlite computes on the processor: nnlite.set_num_threads sets how many of its cores",
    ),
    LeftOut("", r"\w*DTypePolicy|dtype_policies|mixed_precision", "mixed precision", _FLOATS),
    LeftOut("", r"Quantizer|quantizers|distillation", "quantization and distillation", _KERAS),
    LeftOut("", "applications", "ready-made networks", "they are convolutional: use Keras itself"),
    LeftOut(
        "",
        r"preprocessing|tuner",
        "pipelines for images, text and searches",
        f"{_BEFORE}; for searches, scikit-learn",
    ),
    LeftOut("", r"visualization", "pictures of images", "nnlite.visualize draws curves and models"),
    LeftOut(
        "",
        r"export|legacy|src|version|wrappers",
        "parts of Keras for other frameworks and its own inside",
        "nnlite.__version__ and nnlite.show_versions say what this is",
    ),
    LeftOut(
        "",
        r"Function|KerasTensor|Operation|Variable",
        "classes of Keras's own inside",
        "Model makes a function of symbolic tensors, and add_weight a variable",
    ),
)


def sentence(module: str, name: str) -> str | None:
    """Say of a name of Keras's why nnlite does not have it; None of any other name.

    Parameters
    ----------
    module : str
        "layers", "losses", ...; "" for the package.
    name : str
    """
    for row in LEFT_OUT:
        if row.module == module and re.fullmatch(row.names, name):
            what = row.what[0].upper() + row.what[1:]
            return f"{what} are out of nnlite's scope, multilayer perceptrons: {row.instead}."
    return None


class OutOfScopeError(AttributeError):
    """A name of Keras's that nnlite leaves out was asked for; so `hasattr` is False."""


def watch(name: str) -> None:
    """Let the module of this `__name__` answer for the names that it does not have."""
    module = sys.modules[name]
    vars(module)["__getattr__"] = _answer(module)


def _answer(module: ModuleType):  # type: ignore[no-untyped-def]
    inside = module.__name__.partition(".")[2]
    own = vars(module).get("__getattr__")  # of a module that imports parts when they are asked for

    def __getattr__(name: str) -> object:  # noqa: N807
        why = sentence(inside, name)
        if why is None and own is not None:
            return own(name)
        if why is None:
            message = f"module {module.__name__!r} has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=module)
        error = f"{module.__name__}.{name}: {why}"
        if _imports(sys._getframe(1)):
            raise ImportError(error)
        raise OutOfScopeError(error)

    return __getattr__


def _imports(frame: object) -> bool:
    """Whether a frame is at `from ... import name`, which hides an AttributeError's message."""
    from opcode import opmap  # only where something is missing

    code, place = frame.f_code.co_code, frame.f_lasti  # type: ignore[attr-defined]
    return code[place] == opmap["IMPORT_FROM"]
