"""A plugin for pytest: `@pytest.mark.gradcheck`, and the fixtures `gradcheck` and `float64`.

    @pytest.mark.gradcheck
    def test_my_layer():
        return MyLayer(3)

It is loaded in every run of pytest where nnlite is installed, so nothing but pytest is imported
before a test asks for it. `-p no:nnlite.testing.plugin` leaves it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..gradient_check import GradientReport

MARK = (
    "gradcheck(shape=None, ids=None, examples=10): the test returns what is to be checked (a "
    "layer, a loss, a model, a function, or a tuple of one and its inputs), and passes where its "
    "gradients are right for all inputs that hypothesis tries"
)

KEYWORDS = ("shape", "ids", "examples")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", MARK)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Run a marked test, and check what it returns."""
    mark = pyfuncitem.get_closest_marker("gradcheck")
    if mark is None:
        return None
    from .properties import check_property  # now somebody waits for it
    from .subjects import UnsuitableError

    names = pyfuncitem._fixtureinfo.argnames
    subject = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})
    if subject is None:
        pytest.fail(
            f"{pyfuncitem.name} is marked gradcheck and returns nothing: it should return what is "
            "to be checked, such as a layer",
            pytrace=False,
        )
    said = ""
    try:
        check_property(subject, *mark.args, **_known(mark.kwargs))
    except (AssertionError, UnsuitableError) as error:
        said = "\n".join([str(error), *getattr(error, "__notes__", ())])
    if said:  # outside of `except`, where pytest would show it twice
        pytest.fail(said, pytrace=False)
    return True


def _known(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in arguments:
        if name not in KEYWORDS:
            known = ", ".join(KEYWORDS)
            pytest.fail(f"@pytest.mark.gradcheck takes {known}, and no {name!r}", pytrace=False)
    return arguments


@pytest.fixture
def gradcheck() -> Callable[..., GradientReport]:
    """Check gradients: `gradcheck(layer)`, `gradcheck(layer, x)`, `gradcheck(model, x, y)`, ..."""
    from .subjects import check_subject

    def checked(subject: Any, *inputs: Any) -> GradientReport:
        report = check_subject((subject, *inputs) if inputs else subject)
        report.raise_if_wrong()
        return report

    return checked


@pytest.fixture
def float64() -> Iterator[None]:
    """Let new layers and converted inputs be of float64 during the test."""
    from .. import config

    before = config.floatx()
    config.set_floatx("float64")
    yield
    config.set_floatx(before)
