"""Where the process has no memory left, the file is not blamed for it."""

import subprocess
import sys

import pytest

import nnlite
from nnlite import layers
from nnlite.saving import FileRefused, hdf5_library
from nnlite.saving.errors import reading

pytestmark = pytest.mark.one_table

#: Reads files with less memory than they need, and then one with all that there is.
SCRIPT = """
import resource, sys
from pathlib import Path
import nnlite
from nnlite import layers
from nnlite.cli import main
from nnlite.models import load_model
from nnlite.saving import Limits

*models, weights, small = sys.argv[1:]
load_model(small)  # imports what it takes
model = nnlite.Sequential([nnlite.Input((2500,)), layers.Dense(2000, kernel_initializer="zeros")])

def told(call):
    try:
        print("read", call())
    except Exception as error:
        print(type(error).__name__, error)

pages = int(Path("/proc/self/statm").read_text().split()[0])
most = pages * resource.getpagesize() + 8 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
for path in models:
    told(lambda: load_model(path))
told(lambda: model.load_weights(weights))
told(lambda: load_model(path, limits=Limits(weight_bytes=2**20, attribute_bytes=2**20)))
print(main(["inspect", path]), model.weights[0].data.any(), model.weights[1].data.any())
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
told(lambda: load_model(path).count_params())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory as Linux does")
def test_the_process_is_said_to_lack_memory_and_nothing_has_changed(tmp_path) -> None:
    keras, h5, weights, small = (
        str(tmp_path / name) for name in ("m.keras", "m.h5", "m.weights.h5", "small.keras")
    )
    model = nnlite.Sequential(
        [nnlite.Input((2500,)), layers.Dense(2000, kernel_initializer="ones")]
    )
    model.save(keras)
    model.save(h5)
    model.save_weights(weights)
    nnlite.Sequential([nnlite.Input((2,)), layers.Dense(1)]).save(small)
    command = [sys.executable, "-c", SCRIPT, keras, h5, weights, small]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    *lacking, refused, unchanged, read = done.stdout.splitlines()
    for line, file in zip(lacking, (keras, h5, weights), strict=True):
        assert line.startswith(
            f"MemoryError this process has not enough memory left to read {file}"
        )
    assert refused.startswith(f"FileRefused {h5} was refused, at /: 20,")
    assert unchanged == "1 False False"
    assert done.stderr.startswith(
        f"nnlite inspect: this process has not enough memory left to read {h5}"
    )
    assert read == "read 5002000"


def test_what_numpy_says_of_it_is_kept() -> None:
    said = r"to read m\.keras \(20 MB\); nothing that was read"
    with pytest.raises(MemoryError, match=said), reading("m.keras"):
        raise MemoryError("20 MB")
    with pytest.raises(FileRefused), reading("m.keras"):
        raise FileRefused("m.keras", "/", "it is broken")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory as Linux does")
@pytest.mark.parametrize(("most", "said"), [(2**34, "FileRefused"), (2**31, "MemoryError")])
def test_a_child_that_may_take_less_than_the_limits_allow(most, said, tmp_path) -> None:
    """It reads with the HDF5 library, which takes more than there is for this file."""
    script = tmp_path / "takes.py"
    script.write_text(f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location("library", {hdf5_library.__file__!r})
library = importlib.util.module_from_spec(spec)
spec.loader.exec_module(library)
library.plain = lambda *arguments: bytearray(2**35)
sys.exit(library.main(*sys.argv[1:]))
""")
    code = f"""
import resource
from nnlite.saving import hdf5_library, load_weights, Limits
resource.setrlimit(resource.RLIMIT_AS, ({most}, {most}))
hdf5_library.__file__ = {str(script)!r}
try:
    hdf5_library.translated_in_child(b"", "m.h5", Limits())
except Exception as error:
    print(type(error).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{said}\n", done.stderr
