"""The plugin for pytest: the five lines that property-test a layer, its fixtures, its manners."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import nnlite

pytestmark = pytest.mark.one_table

pytest_plugins = ["pytester"]

#: Also where the package is installed, with its entry point: its name is the same, so it is loaded
#: once.
PLUGIN = ("-p", "nnlite.testing.plugin", "-p", "no:cacheprovider")

ROOT = Path(nnlite.__file__).parents[1]

LAYERS = """
import numpy as np
from nnlite import layers, ops
from nnlite.tape import op

class Scale(layers.Layer):
    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1],), name="w")

    def call(self, inputs):
        return ops.relu(inputs * self.w)

@op(x=lambda dy: dy)
def relu_without_mask(x, /):
    return np.maximum(x, 0)

class Faulty(Scale):
    def call(self, inputs):
        return relu_without_mask(inputs * self.w)
"""


@pytest.fixture
def run(pytester):
    """Run a file of tests in a process of its own, beside a module of layers."""

    def of(tests, *options):
        pytester.makepyfile(my_layers=LAYERS, test_it=tests)
        return pytester.runpytest_subprocess(*PLUGIN, "--strict-markers", *options)

    return of


def five_lines() -> str:
    """The example in the documentation."""
    text = (ROOT / "docs" / "gradient_checking.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"<!-- five lines -->\n+```python\n(.*?)```", text, re.DOTALL)
    return block


def test_the_five_lines_of_the_documentation_pass(run):
    block = five_lines()
    assert len([line for line in block.splitlines() if line.strip()]) == 5
    run(block).assert_outcomes(passed=1)


def test_they_fail_for_a_faulty_layer_and_say_why(run):
    result = run(five_lines().replace("Scale", "Faulty"))
    result.assert_outcomes(failed=1)
    text, _, _ = result.stdout.str().partition("short test summary")  # where CI says it all again
    # Forgotten where some of the sums that hypothesis found are below 0, missing where all are.
    assert re.search(r"\(a missing mask or|: a forgotten mask: ", text)
    assert "the op 'relu_without_mask' in 'faulty" in text
    assert "Draw 1 (inputs)" in text  # the simplest inputs that hypothesis has found
    assert "Traceback" not in text
    assert text.count("Gradient check of the layer") == 1


def test_other_things_than_layers(run):
    run(
        """
        import numpy as np, pytest, nnlite
        from nnlite import losses, ops

        pytestmark = pytest.mark.gradcheck(examples=3)

        def test_a_loss(): return losses.Huber()
        def test_a_function(): return lambda a, b: ops.tanh(a @ ops.transpose(b))
        def test_inputs_of_ones_own(): return ops.log, np.array([0.5, 2.0])
        def test_a_model(tmp_path):
            model = nnlite.Sequential([nnlite.Input((3,)), nnlite.layers.Dense(2)])
            model.compile(loss="mse")
            return model

        @pytest.mark.gradcheck([(2,), (3,)], examples=3)
        def test_several_inputs(): return nnlite.layers.Concatenate()

        @pytest.mark.gradcheck((4,), ids=5, examples=3)
        def test_ids(): return nnlite.layers.Embedding(5, 2)

        @pytest.mark.gradcheck
        @pytest.mark.parametrize("units", [1, 3])
        def test_parameters(units): return nnlite.layers.Dense(units)
        """
    ).assert_outcomes(passed=8)


def test_a_test_that_returns_nothing_fails_and_unmarked_ones_are_left_alone(run):
    result = run(
        """
        import pytest

        @pytest.mark.gradcheck
        def test_it(): pass

        def test_other(): assert True
        """,
        *("-W", "error"),
    )
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*test_it is marked gradcheck and returns nothing*"])


def test_what_is_said_of_inputs_is_never_ignored(run):
    result = run(
        """
        import pytest
        from nnlite import layers, ops
        from my_layers import Scale

        @pytest.mark.gradcheck(shape=(2,))
        def test_function(): return ops.tanh
        @pytest.mark.gradcheck(shape=4)
        def test_number(): return Scale()
        @pytest.mark.gradcheck(shap=(4,))
        def test_keyword(): return Scale()
        @pytest.mark.gradcheck
        def test_nothing_to_check(): return 3
        @pytest.mark.gradcheck(ids=5, examples=2)
        def test_ids_alone(): return layers.Embedding(5, 2)
        """
    )
    result.assert_outcomes(failed=4, passed=1)
    text = result.stdout.str()
    assert "shape and ids are for layers, and <op tanh> is none" in text
    assert "shape is that of a sample, as (4,), or a list of such, not 4" in text
    assert "@pytest.mark.gradcheck takes shape, ids, examples, and no 'shap'" in text
    assert "gradcheck: 3 is neither a layer" in text
    assert "def pytest_pyfunc_call" not in text  # none of the plugin's own code is shown


def test_the_fixtures(run):
    run(
        """
        import numpy as np, pytest, nnlite
        from my_layers import Faulty, Scale

        def test_right(gradcheck):
            assert gradcheck(Scale).verdict in ("right", "kink")
            assert gradcheck(Scale(), np.ones((2, 3))).comparisons[1].analytic.shape == (3,)

        def test_wrong(gradcheck):
            with pytest.raises(AssertionError, match="a forgotten mask"):
                gradcheck(Faulty, np.array([[1.0, -2.0], [-1.0, 2.0]]))  # both signs

        def test_wide(float64):
            assert nnlite.layers.Dense(1).dtype == "float64"

        def test_narrow():
            assert nnlite.layers.Dense(1).dtype == "float32"
        """
    ).assert_outcomes(passed=4)


def test_pytest_finds_it_by_itself_once(pytester):
    """As where nnlite is installed: by an entry point, which `-p` does not load again."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        ((name, module),) = tomllib.load(file)["project"]["entry-points"]["pytest11"].items()
    assert name == module == "nnlite.testing.plugin"
    folder = pytester.path / "nnlite_as_installed-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: nnlite-as-installed\nVersion: 1\n"
    )
    (folder / "entry_points.txt").write_text(f"[pytest11]\n{name} = {module}\n")
    (folder / "RECORD").write_text("nnlite/__init__.py,,\nnnlite/testing/plugin.py,,\n")
    pytester.makepyfile("def test_it(gradcheck): assert gradcheck(abs)")
    code = "import sys, pytest; sys.path.insert(0, '.'); sys.exit(pytest.main(sys.argv[1:]))"
    for before, options in (("", ()), ("", PLUGIN), ("import nnlite; ", ())):  # as in a notebook
        result = pytester.run(sys.executable, "-c", before + code, "-W", "error", *options)
        result.assert_outcomes(passed=1)


def test_it_imports_nothing_before_it_is_used():
    code = """
import sys, pytest
before = set(sys.modules)
import nnlite.testing.plugin
print(*sorted(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        *("nnlite", "nnlite._version", "nnlite.on_demand", "nnlite.out_of_scope"),
        *("nnlite.testing", "nnlite.testing.plugin"),
    ]


def test_without_hypothesis_the_error_says_what_to_do():
    code = """
import sys
sys.modules["hypothesis"] = None
import nnlite.testing
nnlite.testing.check_layer  # needs none
try:
    nnlite.testing.strategies
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "nnlite[testing]"' in done.stdout
