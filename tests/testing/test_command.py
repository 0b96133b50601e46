"""`nnlite gradcheck`: the library's gradients are right; what a user names is checked."""

import textwrap

import numpy as np
import pytest

from nnlite import cli
from nnlite.tape import op
from nnlite.testing import checks, command

pytestmark = pytest.mark.one_table

MODULE = """
    import numpy as np
    from nnlite import Input, Sequential, layers, losses, ops
    from nnlite.tape import op

    @op(x=lambda dy: -dy)
    def negative(x, /):
        return np.array(x)

    class Scale(layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight((input_shape[-1],), name="w")

        def call(self, inputs):
            return ops.tanh(inputs * self.w)

    class Wide(Scale):
        def __init__(self, units):
            super().__init__()

    class Squares(losses.Loss):
        def call(self, y_true, y_pred):
            return ops.mean(ops.square(y_true - y_pred), -1)

    def product(a, b): return a * b
    def make(): return layers.Dense(3, "relu")
    joined = layers.Concatenate(), [np.ones((2, 3)), np.ones((2, 1))]
    model = Sequential([Input((3,)), layers.Dense(4, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    table = Sequential([Input((3,), dtype="int32"), layers.Embedding(5, 2), layers.Flatten()])
    table.compile("sgd", "mse")
    number = 3
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The name of a module of a user's in the folder that is worked in."""
    (tmp_path / "my_parts.py").write_text(textwrap.dedent(MODULE))
    (tmp_path / "nothing_here.py").write_text("number = 3\n")
    (tmp_path / "leans_on_it.py").write_text("import nowhere\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "my_parts", raising=False)
    return "my_parts"


def test_everything_in_the_library_is_right(capsys):
    assert cli.main(["gradcheck"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["checks", "right", "kink", "unclear", "wrong", "largest", "error"]
    rows = {line.split()[0]: line.split()[1:7] for line in lines[1:-1]}
    assert {kind: row[1:5] for kind, row in rows.items()} == {
        kind: [row[0], "-", "-", "-"] for kind, row in rows.items()
    }
    counts = {kind: int(row[0]) for kind, row in rows.items()}
    assert list(counts) == ["layers", "losses", "regularizers", "ops", "activations"]
    assert counts["layers"] > 50
    assert counts["ops"] > 300
    assert all(float(row[5].rstrip(",")) < 1e-7 for row in rows.values())


def test_the_checks_go_through_the_tables():
    """Each row of each table but those without a gradient: none is left out silently."""
    found = {}
    for check in checks.library_checks():
        found.setdefault(check.kind, set()).add(check.name)
    layers = {name.removesuffix(", inference") for name in found["layers"]}
    assert len(layers) == sum(not case.constant for case in checks.layer_cases.CASES)
    assert {"Dropout, inference", "BatchNormalization (axis), inference"} <= found["layers"]
    assert len(found["losses"]) == len(checks.loss_cases.CASES)


def test_a_fault_in_the_library_is_found(monkeypatch, capsys):
    from nnlite import _kernels

    right = _kernels.softmax_vjp

    def wrong(dy, y, out):
        right(dy, y, out)
        out *= -1

    monkeypatch.setattr(_kernels, "softmax_vjp", wrong)
    some = [check for check in checks.library_checks() if check.name.startswith("Softmax")]
    monkeypatch.setattr(checks, "library_checks", lambda: some)
    assert cli.main(["gradcheck"]) == 1
    shown = capsys.readouterr()
    assert "layers: Softmax\n" in shown.out
    assert "input 0: the sign: everything is turned round" in shown.out
    assert shown.err == "nnlite gradcheck: 1 of 1 checks failed\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("product", ["input 0", "input 1"]),
        ("Scale", ["input 0", "w"]),
        ("make", ["input 0", "kernel", "bias"]),
        ("Squares", ["the loss 'squares'", "input 0"]),
        ("model", ["dense", "kernel", "5 samples"]),
        ("table", ["embedding", "embeddings"]),
        ("joined", ["(2, 3)", "(2, 1)"]),
    ],
)
def test_an_object_of_a_user(name, shown, module, capsys):
    assert cli.main(["gradcheck", f"{module}:{name}"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{module}:{name}\nGradient check of ")
    assert all(part in out for part in shown)


def test_a_wrong_object_is_drawn_and_ends_with_1(module, capsys, tmp_path):
    argv = ["gradcheck", f"{module}:product", f"{module}:negative", "--plot", "check.png"]
    assert cli.main(argv) == 1
    shown = capsys.readouterr()
    assert "input 0: the sign: everything is turned round" in shown.out
    assert shown.err == "nnlite gradcheck: 1 of 2 checks failed\n"
    assert (tmp_path / "check.png").stat().st_size > 10_000


def test_a_module_stands_for_what_it_defines(module):
    found = command.imported(module)
    names = [name.partition(":")[2] for name in found]
    assert names == ["negative", "Scale", "Wide", "Squares", "model", "table"]


def test_an_error_of_a_layer_s_own_is_no_reason_to_leave_it_out(tmp_path, module, capsys):
    text = "from nnlite import layers\nclass Fragile(layers.Layer):\n"
    text += "    def call(self, inputs): return inputs + object()\nsum_of = layers.Add()\n"
    (tmp_path / "fragile.py").write_text(text)
    assert cli.main(["gradcheck", "fragile"]) == 1
    assert "nnlite gradcheck: fragile:Fragile: " in capsys.readouterr().err


def test_of_a_module_what_needs_arguments_is_named_and_left_out(module, capsys):
    assert cli.main(["gradcheck", f"{module}:"]) == 1
    shown = capsys.readouterr()
    checked = [line for line in shown.out.splitlines() if line.startswith(f"{module}:")]
    assert checked == [
        f"{module}:{one}" for one in ("negative", "Scale", "Squares", "model", "table")
    ]
    assert f"not checked: {module}:Wide: gradcheck: Wide cannot be made without units" in shown.out
    assert shown.err == "nnlite gradcheck: 1 of 5 checks failed\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my_parts:Scal", "there is no 'Scal'. Did you mean 'Scale'?"),
        ("my_parts:number", "my_parts:number: gradcheck: 3 is neither a layer"),
        ("my_parts:Wide", "Wide cannot be made without units; give one that is made"),
        ("my_parts.py", "my_parts.py is a file; give the name of the module, my_parts"),
        ("nowhere:x", "No module named 'nowhere'"),
        ("leans_on_it:x", "leans_on_it cannot be imported: No module named 'nowhere'"),
        ("../my_parts", "'../my_parts' is no name of a module; write my_layers, or"),
        (":Scale", "'' is no name of a module"),
        ("nothing_here", "nothing_here has no layers, losses, regularizers or ops of its own"),
    ],
)
def test_what_cannot_be_checked_is_said(name, message, module, capsys):
    assert cli.main(["gradcheck", name]) == 1
    assert message in capsys.readouterr().err


def test_the_largest_error_leaves_kinks_out():
    @op(x=lambda dy, x: dy * (x > 0))
    def relu(x, /):
        return np.maximum(x, 0)

    from nnlite.gradient_check import check

    assert command._largest(check(relu, [0.0, 1.0, -1.0])) < 1e-8
