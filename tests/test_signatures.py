"""What a function takes: as `inspect.signature` tells it, which is the witness here."""

import functools
import inspect

import pytest

from nnlite import _kernels, ops
from nnlite.signatures import parameters_of
from nnlite.tape import Op

pytestmark = pytest.mark.one_table  # no kernel is at work here


def plain(a, b=2):
    """Stand for most functions."""


def every_kind(a, /, b, c=3, *d, e, f=6, **g):
    """Stand for functions with parameters of every kind."""


def defaults_from_the_first(a=1, /, *, f=6): ...


@functools.wraps(every_kind)
def decorated(*args, **kwargs): ...


class Thing:
    def __init__(self, a, b=2):
        self.a = a

    def method(self, a, *, b): ...

    @classmethod
    def of(cls, a): ...

    @staticmethod
    def static(a): ...

    def positional_only(self, a, /, b): ...

    def __call__(self, a, **rest): ...


FUNCTIONS = (
    *(plain, every_kind, defaults_from_the_first, decorated, lambda: None, lambda dy, y: dy * y),
    *(Thing(1).method, Thing.method, Thing.of, Thing.static, Thing(1).positional_only),
    *(Thing, Thing(1), functools.partial(every_kind, 1), len),  # without a code object
    *(getattr(_kernels.reference, name) for name in _kernels.KERNELS),
    *(op.forward for op in vars(ops).values() if isinstance(op, Op)),
)


def name_of(function):
    """Without its address, since each worker of pytest-xdist has to find the same ids."""
    return getattr(function, "__qualname__", type(function).__name__)


@pytest.mark.parametrize("function", FUNCTIONS, ids=name_of)
def test_parameters_are_those_that_inspect_finds(function):
    parameters = inspect.signature(function).parameters.values()

    def of(kind):
        return tuple(p.name for p in parameters if p.kind is kind)

    found = parameters_of(function)
    assert found.positional_only == of(inspect.Parameter.POSITIONAL_ONLY)
    assert found.positional == of(inspect.Parameter.POSITIONAL_OR_KEYWORD)
    assert found.keyword_only == of(inspect.Parameter.KEYWORD_ONLY)
    assert found.takes_many == bool(of(inspect.Parameter.VAR_POSITIONAL))
    assert found.takes_any == bool(of(inspect.Parameter.VAR_KEYWORD))
    assert found.defaults == {p.name: p.default for p in parameters if p.default is not p.empty}
    assert found.names == found.positional_only + found.positional + found.keyword_only


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match="not a callable"):
        parameters_of(3)
