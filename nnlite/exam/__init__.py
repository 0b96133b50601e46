"""An exam in finding wrong gradients: small faults in the engine, planted and found.

`nnlite exam` plants each fault of a table, one after the other, and shows which check finds it: the
gradient checks that the test suite consists of, the updates worked out by hand, or the comparison
of a kernel with its twin. For students a question plants one fault and does not say which:

    with nnlite.exam.question(3):
        model, (x, y) = nnlite.exam.model(), nnlite.exam.data(4)
        print(model.gradcheck(x, y))
        nnlite.explain(model, x, y)
    print(nnlite.exam.answer(3))

`nnlite exam --student 3` shows what the fault does to a training, `nnlite exam --answer 3` says
what it was.
"""

from ..on_demand import on_demand
from ..out_of_scope import watch

__all__ = ["answer", "data", "model", "question", "questions"]

on_demand(
    __name__,
    __all__,
    {
        "answer": "asking",
        "data": "subject",
        "model": "subject",
        "question": "asking",
        "questions": "asking",
    },
)
watch(__name__)
