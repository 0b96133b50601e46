"""Unknown names and keyword arguments are refused with what was probably meant."""

import inspect

import pytest

from nnlite.errors import (
    KeywordChecked,
    checks_keywords,
    constructor_keywords,
    did_you_mean,
    keywords_of,
    unknown_name,
)

pytestmark = pytest.mark.one_table  # no kernel is at work here


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("patioence", "patience"),
        ("Patience", "patience"),
        ("PATIENCE", "patience"),
        ("min_detla", "min_delta"),
        ("modes", "mode"),
    ],
)
def test_did_you_mean(name, meant):
    choices = ["patience", "mode", "min_delta"]
    assert did_you_mean(name, choices) == f" Did you mean {meant!r}?"


def test_nothing_is_suggested_where_nothing_is_near():
    assert did_you_mean("zzz", ["patience", "mode"]) == ""
    assert did_you_mean("mode", []) == ""


def test_a_suggestion_keeps_its_spelling():
    assert did_you_mean("globalclipnorm", ["Global_ClipNorm"]) == " Did you mean 'Global_ClipNorm'?"


def test_unknown_name_lists_the_known_ones():
    error = unknown_name("loss", "msee", ["mse", "mae"])
    assert isinstance(error, ValueError)
    assert str(error) == "Unknown loss 'msee'. Did you mean 'mse'? Known names: mae, mse."


def test_keywords_of():
    def function(a, /, b, *args, c=1): ...

    def open_ended(self, b, **kwargs): ...

    assert keywords_of(function) == (["b", "c"], False)
    assert keywords_of(open_ended) == (["b"], True)


# ------------------------------------------------------------------------------- functions


@checks_keywords
def fit(x, y=None, *, class_weight=None):
    """Fit."""
    return x, y, class_weight


def test_a_function_refuses_unknown_keywords_and_is_otherwise_itself():
    assert fit(1, 2, class_weight=3) == (1, 2, 3)
    assert fit.__name__ == "fit"
    assert fit.__doc__ == "Fit."
    assert list(inspect.signature(fit).parameters) == ["x", "y", "class_weight"]
    with pytest.raises(TypeError) as caught:
        fit(1, class_weigth={})
    assert str(caught.value) == (
        "fit() has no argument 'class_weigth'. Did you mean 'class_weight'? "
        "Its arguments: class_weight, x, y."
    )
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        fit()


def test_a_function_without_arguments_says_so():
    @checks_keywords
    def nothing(): ...

    with pytest.raises(TypeError, match=r"has no argument 'x'. Its arguments: none\."):
        nothing(x=1)


# --------------------------------------------------------------------------------- classes


class Base(KeywordChecked):
    def __init__(self, *, patience=0, name=None):
        self.patience, self.name = patience, name


class Child(Base):
    def __init__(self, monitor, **kwargs):
        super().__init__(**kwargs)
        self.monitor = monitor


class Grandchild(Child):
    def __init__(self, verbose=0, **kwargs):
        super().__init__(monitor="loss", **kwargs)
        self.verbose = verbose


class Silent(Child):
    """Has no constructor of its own."""


class Narrow(Base):
    def __init__(self, width):
        super().__init__(patience=width)


def test_known_keywords_reach_the_class_they_belong_to():
    made = Grandchild(verbose=2, patience=3, name="n")
    assert (made.verbose, made.monitor, made.patience, made.name) == (2, "loss", 3, "n")


@pytest.mark.parametrize(
    ("cls", "given", "meant"),
    [
        (Base, {"patioence": 1}, "patience"),
        (Child, {"monitor": "loss", "patioence": 1}, "patience"),
        (Silent, {"monitor": "loss", "patioence": 1}, "patience"),
        (Grandchild, {"patioence": 1}, "patience"),
        (Grandchild, {"verbse": 1}, "verbose"),
        (Narrow, {"widht": 1}, "width"),
    ],
)
def test_a_class_names_the_nearest_argument_of_its_own_or_of_its_bases(cls, given, meant):
    (wrong,) = [name for name in given if name != "monitor"]
    message = rf"^{cls.__name__}\(\) has no argument '{wrong}'\. Did you mean '{meant}'\? Its arg"
    with pytest.raises(TypeError, match=message):
        cls(**given)


def test_an_argument_that_a_class_does_not_hand_on_is_not_suggested():
    with pytest.raises(TypeError) as caught:
        Narrow(patience=1)
    assert "Its arguments: width." in str(caught.value)


class Wrong(Base):
    def __init__(self, width):
        super().__init__(patioence=width)


def test_a_class_that_misuses_its_base_is_told_so():
    message = r"^Base.__init__\(\) has no argument 'patioence'. Did you mean 'patience'\?"
    with pytest.raises(TypeError, match=message):
        Wrong(width=1)


def test_constructor_keywords():
    assert constructor_keywords(Grandchild) == ["verbose", "monitor", "patience", "name"]
    assert constructor_keywords(Silent) == ["monitor", "patience", "name"]
    assert constructor_keywords(Narrow) == ["width"]
    assert constructor_keywords(KeywordChecked) == []


def test_a_missing_argument_is_python_s_own_error():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'width'"):
        Narrow()
