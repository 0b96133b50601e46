"""What a kernel refuses: the same exception from both tables, before anything is written."""

import numpy as np
import pytest
from calls import SIZES, arrays_of, copies, pairs_of_arrays, run, run_active, sample, sides
from nnlite._kernels.compiled_door import Door

from nnlite import _kernels

every_kernel = pytest.mark.parametrize("name", _kernels.KERNELS)
every_array = pytest.mark.parametrize(("name", "argument"), list(pairs_of_arrays()))
every_result = pytest.mark.parametrize(
    ("name", "argument"), [pair for pair in pairs_of_arrays() if pair[1] in sides(pair[0])[1]]
)


def refused(error, name, arguments, *words, table=None):
    """The kernel raises `error` with these words in its message, and has written nothing."""
    before = copies(arguments)
    with pytest.raises(error) as raised:
        _kernels._tables[table or _kernels.active()][name](**arguments)
    for key, value in before.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(arguments[key], value)
    for word in words:
        assert word in str(raised.value)


def spread(array):
    """The same numbers with a gap after each; a single number has no gaps."""
    return array.repeat(2, axis=-1)[..., ::2]


@every_array
def test_not_an_array(name, argument):
    arguments = sample(name)
    arguments[argument] = arguments[argument].tolist()
    refused(TypeError, name, arguments, name, argument, "list")


@every_array
def test_none_unless_it_is_optional(name, argument):
    arguments = sample(name) | {argument: None}
    if arrays_of(name)[argument].optional:
        run_active(name, arguments)
    else:
        refused(TypeError, name, arguments, name, argument, "NoneType")


@every_array
def test_another_number_of_axes(name, argument):
    arguments = sample(name)
    arguments[argument] = arguments[argument][None]
    refused(ValueError, name, arguments, name, argument, str(arguments[argument].shape))


@every_array
def test_axes_that_disagree(name, argument):
    letters = [letter for array in arrays_of(name).values() for letter in array.axes]
    for axis, letter in enumerate(arrays_of(name)[argument].axes):
        if letters.count(letter) > 1 or letter.isdigit():  # a letter of its own agrees with any
            arguments = sample(name)
            array = arguments[argument]
            arguments[argument] = np.concatenate([array, array.take([0], axis)], axis)
            refused(ValueError, name, arguments, name)


@every_result
def test_a_read_only_result(name, argument):
    arguments = sample(name)
    arguments[argument].flags.writeable = False
    refused(ValueError, name, arguments, name, argument, "writeable")


@every_result
def test_a_result_that_is_not_contiguous(name, argument):
    arguments = sample(name)
    arguments[argument] = spread(arguments[argument])
    if arguments[argument].size > 1:
        refused(ValueError, name, arguments, name, argument, "C-contiguous")


@every_result
def test_a_result_that_shares_memory_with_what_is_read(name, argument):
    if argument in sides(name)[0]:
        return  # this kernel works in place
    for key in sides(name)[0]:
        arguments = sample(name)
        source, result = arguments[key], arguments[argument]
        memory = np.zeros(max(source.nbytes, result.nbytes) // 8)
        for place, array in ((key, source), (argument, result)):
            typed = memory.view(np.int64) if array.dtype == np.int64 else memory
            arguments[place] = typed[: array.size].reshape(array.shape)
        refused(ValueError, name, arguments, name, argument, "shares memory")


@pytest.mark.parametrize("name", ["relu_forward", "sigmoid_forward", "tanh_forward"])
def test_activations_work_in_place(name):
    arguments = sample(name)
    expected = run_active(name, arguments)["out"]
    getattr(_kernels, name)(arguments["x"], arguments["x"])
    np.testing.assert_array_equal(arguments["x"], expected)


@every_kernel
def test_read_only_sources_are_welcome(name):
    arguments = sample(name)
    expected = run_active(name, arguments)
    reads, writes = sides(name)
    for key in reads.keys() - writes.keys():
        arguments[key].flags.writeable = False
    getattr(_kernels, name)(**arguments)
    for key, array in expected.items():
        np.testing.assert_array_equal(arguments[key], array)


@pytest.mark.parametrize("label", [-1, SIZES["C"], 2**40])
@pytest.mark.parametrize("name", ["sparse_softmax_crossentropy", "sparse_softmax_crossentropy_vjp"])
def test_labels_out_of_range(name, label):
    arguments = sample(name)
    arguments["labels"][3] = label
    refused(ValueError, name, arguments, str(label), f"0..{SIZES['C'] - 1}")


@pytest.mark.parametrize("name", ["gather_rows", "take_rows", "take_rows_vjp"])
@pytest.mark.parametrize("index", [-1, SIZES["N"], 2**40])
def test_indices_out_of_range(index, name):
    arguments = sample(name)
    arguments["indices"][3] = index
    refused(IndexError, name, arguments, name, f"0..{SIZES['N'] - 1}")


@pytest.mark.parametrize("name", ["sparse_categorical_accuracy", "categorical_accuracy"])
def test_there_is_no_largest_of_no_classes(name):
    arguments = sample(name)
    for key, argument in arrays_of(name).items():
        if "C" in argument.axes:
            arguments[key] = np.zeros((SIZES["B"], 0))
    refused(ValueError, name, arguments)


@pytest.mark.parametrize("activation", ["rellu", "softmax", "", None])
def test_an_unknown_activation(activation):
    arguments = sample("dense_forward") | {"activation": activation}
    four = ["linear", "relu", "sigmoid", "tanh"]
    refused(ValueError, "dense_forward", arguments, *four)


# -------------------------------------- what only raw pointers need, so the compiled door alone


@every_array
@pytest.mark.one_table
def test_compiled_takes_its_own_types_only(name, argument):
    if (name, argument) in (("gather_rows", "x"), ("gather_rows", "out")):
        wrong = ["uint16", "float16", "complex128", ">f8", "datetime64[s]", "object"]
    else:
        wrong = ["int32", "uint64", "float16", "bool", ">f8", "datetime64[s]", "object"]
    for dtype in wrong:
        arguments = sample(name)
        arguments[argument] = np.zeros(arguments[argument].shape, dtype)
        refused(TypeError, name, arguments, name, argument, table="compiled")


@every_kernel
@pytest.mark.one_table
def test_compiled_arrays_share_one_floating_type(name):
    own_type = ("labels", "kept", "indices", "seed_state", "state")
    floating = [key for key in arrays_of(name) if key not in own_type and name != "gather_rows"]
    for argument in floating[1:]:
        arguments = sample(name)
        arguments[argument] = arguments[argument].astype(np.float32)
        words = (name, argument, "float64", "float32")
        refused(TypeError, name, arguments, *words, table="compiled")


@every_array
@pytest.mark.one_table
def test_compiled_sources_are_contiguous(name, argument):
    if name == "gather_rows" and argument == "x":
        return  # rows of any data set
    arguments = sample(name)
    arguments[argument] = spread(arguments[argument])
    if arguments[argument].size > 1:
        words = (name, argument, "C-contiguous")
        refused(ValueError, name, arguments, *words, table="compiled")


@every_array
@pytest.mark.one_table
def test_compiled_arrays_are_aligned(name, argument):
    arguments = sample(name)
    array = arguments[argument]
    memory = np.zeros(array.nbytes + 1, np.uint8)
    arguments[argument] = memory[1:].view(array.dtype).reshape(array.shape)
    assert not arguments[argument].flags.aligned
    refused((ValueError, TypeError), name, arguments, name, argument, table="compiled")


@pytest.mark.one_table
def test_compiled_arrays_do_not_overlap_in_part():
    memory = np.arange(9.0)
    arguments = {"x": memory[:-1], "out": memory[1:]}
    refused(ValueError, "relu_forward", arguments, "shares memory", table="compiled")
    arguments = sample("sgd_momentum_update")
    arguments["velocity"] = arguments["w"]
    refused(ValueError, "sgd_momentum_update", arguments, "shares memory", table="compiled")


@pytest.mark.one_table
def test_compiled_rows_from_the_end_are_kept_apart_too():
    """A negative stride: the array's memory lies before its first element."""
    memory = np.zeros((4, 3))
    backwards, out = memory[::-1], memory[:2]
    arguments = {"x": backwards, "indices": np.array([0, 1]), "out": out}
    refused(ValueError, "gather_rows", arguments, "shares memory", table="compiled")


@pytest.mark.one_table
def test_a_door_has_room_for_few_arrays():
    def twin():
        """Stand for a kernel of too many arrays."""

    twin.specification = "a[N] b[N] c[N] d[N] e[N] f[N] g[N] h[N] -> out[N]"
    with pytest.raises(ValueError, match="at most 8 arrays"):
        Door(twin)


@pytest.mark.one_table
def test_subclasses_of_arrays_are_arrays(tmp_path):
    arguments = sample("gather_rows")
    expected = run("compiled", "gather_rows", arguments)["out"]
    x = np.memmap(tmp_path / "x", arguments["x"].dtype, "w+", shape=arguments["x"].shape)
    x[...] = arguments["x"]
    out = run("compiled", "gather_rows", arguments | {"x": x})["out"]
    np.testing.assert_array_equal(out, expected)


def test_missing_and_surplus_arguments_are_refused():
    arguments = sample("relu_vjp")
    for wrong in (
        {name: arguments[name] for name in ("y", "dy")},
        arguments | {"b": arguments["y"]},
    ):
        with pytest.raises(TypeError, match="relu_vjp"):
            _kernels.relu_vjp(**wrong)
    with pytest.raises(TypeError, match="relu_vjp"):
        _kernels.relu_vjp(*arguments.values(), arguments["y"])
    with pytest.raises(TypeError, match="relu_vjp"):
        _kernels.relu_vjp(*arguments.values(), y=arguments["y"])
