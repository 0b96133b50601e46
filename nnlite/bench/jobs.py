"""The jobs: what each one runs, beside whom, and the figure that it is to reach."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from .. import layers, optimizers
from . import events, kernels, ours, processes, tasks
from .measures import Contender, Goal, Section, Settings, interleave, timed_calls
from .ours import model_of
from .peak import Peak
from .peers import eager, trainers, variants

FULL = Settings()
QUICK = Settings(scale=0.02, rounds=3, turn=0.02, pause=0.02, calls=0.002)

#: What the loops of the others leave out, said under each table of training.
LOOPS = "numpy's, PyTorch's and JAX's loops compute no accuracy and show no progress"


# ------------------------------------------------------------------------------- training


def _training(task: tasks.Task, settings: Settings, ceiling: Peak | None) -> Section:
    section = Section(task.title, "seconds an epoch", notes=[*task.notes, LOOPS])
    contenders = [ours.fit(task), *trainers(task)]
    section.measures, failed = interleave(contenders, settings, task.epoch_flops())
    section.notes += failed
    if ceiling is not None:
        floor = task.epoch_flops() / ceiling.all
        section.notes.append(f"the matrix products alone would take {floor:.2g} s at the peak")
    return section


def _share(section: Section, peer: str, most: float) -> Goal:
    text = f"at most {most:.2f} of the time of {peer}"
    return Goal(text, most, section.share_of(peer))


def fashion(settings: Settings, ceiling: Peak | None) -> Iterator[Section]:
    """Measure Fashion-MNIST."""
    section = _training(tasks.fashion(settings), settings, ceiling)
    rate = section.measures[0].gflops
    part = None if ceiling is None or rate is None else rate * 1e9 / ceiling.all
    section.goals = [
        _share(section, "JAX", 0.40),
        Goal("at least 0.55 of the peak over the epoch", 0.55, part, at_most=False),
    ]
    yield section


def california(settings: Settings, ceiling: Peak | None) -> Iterator[Section]:
    """Measure California housing."""
    section = _training(tasks.california(settings), settings, ceiling)
    section.goals = [_share(section, "JAX", 1.0)]
    yield section


def wide(settings: Settings, ceiling: Peak | None) -> Iterator[Section]:
    """Measure the wide network."""
    section = _training(tasks.wide(settings), settings, ceiling)
    section.goals = [_share(section, "PyTorch", 0.95)]
    yield section


def styles(settings: Settings, ceiling: Peak | None) -> Iterator[Section]:
    """Measure Fashion-MNIST with the network made in each of the three styles, beside PyTorch."""
    task = tasks.fashion(settings)
    section = Section(f"Styles: {task.title}", "seconds an epoch", notes=[*task.notes])
    contenders = [
        ours.fit_model(model_of(task, style=style), task, f"nnlite {style}")
        for style in ours.STYLES
    ]
    section.measures, failed = interleave([*contenders, *eager(task)], settings, task.epoch_flops())
    section.notes += failed
    ratio = {measure.name: measure.ratio for measure in section.measures}
    slow, torch = section.best_of("nnlite subclassed"), section.best_of("PyTorch")
    share = None if slow is None or torch is None else slow / torch
    section.goals = [
        Goal("functional at most 1.05 of Sequential", 1.05, ratio["nnlite functional"]),
        Goal("subclassed at most 2.50 of Sequential", 2.5, ratio["nnlite subclassed"]),
        Goal("subclassed at most 1.00 of eager PyTorch", 1.0, share),
    ]
    yield section


def optimizer_costs(settings: Settings, ceiling: Peak | None) -> Iterator[Section]:
    """Measure Fashion-MNIST with each optimizer that there is."""
    task = tasks.fashion(settings)
    kinds: dict[str, Any] = {
        "plain SGD": optimizers.SGD(0.01),
        "SGD, momentum 0.9": optimizers.SGD(0.01, momentum=0.9),
        "SGD, Nesterov 0.9": optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    }
    others = {cls.__name__: cls for cls in optimizers.registry.entries.values()}
    kinds |= {name: cls() for name, cls in others.items() if name != "SGD"}
    section = Section(f"Optimizers: {task.title[:-5]}", "seconds an epoch")
    contenders = [ours.fit(task, kind, name) for name, kind in kinds.items()]
    section.measures, _ = interleave(contenders, settings, task.epoch_flops())
    slowest = max((m.ratio or 1 for m in section.measures), default=None)
    section.goals = [Goal("at most 1.60 of plain SGD's time, all of them", 1.6, slowest)]
    yield section


def regularization(settings: Settings, ceiling: Peak | None) -> Iterator[Section]:
    """Measure Fashion-MNIST with what is often put after hidden layers."""
    task = tasks.fashion(settings)
    section = Section(f"Regularization: {task.title}", "seconds an epoch", notes=[*task.notes])
    drop = functools.partial(layers.Dropout, 0.2)
    chains: dict[str, tuple[Callable[[], layers.Layer], ...]] = {
        "nothing": (),
        "Dropout": (drop,),
        "LayerNormalization": (layers.LayerNormalization,),
        "BatchNormalization": (layers.BatchNormalization,),
        "BatchNormalization, Dropout": (layers.BatchNormalization, drop),
    }
    contenders = [
        ours.fit_model(ours.model_with(task, *chain), task, name) for name, chain in chains.items()
    ]
    section.measures, _ = interleave(contenders, settings, task.epoch_flops())
    most = max((measure.ratio or 1 for measure in section.measures), default=None)
    section.goals = [Goal("at most 1.25 of the time without them, all of them", 1.25, most)]
    yield section


def growth(settings: Settings, ceiling: Peak | None) -> Iterator[Section]:
    """Measure whether twice the rows take twice the time, and how memory grows with them."""
    counts = [settings.rows(rows, 64) for rows in (5_000, 50_000, 500_000)]
    x = np.random.default_rng(0).integers(0, 256, (counts[-1], 784), np.uint8)
    y = np.random.default_rng(1).integers(0, 10, counts[-1])
    section = Section("Growth: 784-300-100-10, batch 32, SGD, x is uint8", "seconds a sample")
    section.notes = [f"each value is the mean over epochs of {counts[-1]:,} samples in all"]
    contenders = []
    for rows in counts:
        title = f"{rows:,} rows"
        task = tasks.Task(title, (784, 300, 100, 10), x[:rows], y[:rows], 32, "crossentropy")
        contenders.append(_per_sample(ours.fit(task, name=title), rows, counts[-1] // rows))
    section.measures, _ = interleave(contenders, settings)
    values = [measure.best for measure in section.measures]
    section.goals = [
        Goal("the dearest sample at most 1.10 of the cheapest", 1.1, max(values) / min(values))
    ]
    yield section
    yield processes.growth_of_memory(settings)


def _per_sample(contender: Contender, rows: int, epochs: int) -> Contender:
    """Let a value be the mean of some epochs: all last as long, so all are as often disturbed."""
    samples = rows * epochs
    return Contender(
        contender.name, lambda count: [sum(contender.run(epochs)) / samples for _ in range(count)]
    )


# ----------------------------------------------------------------------------- prediction


def prediction(settings: Settings, ceiling: Peak | None) -> Iterator[Section]:
    """Measure `predict` on one row and on many, and `model(x)`."""
    task = tasks.fashion(Settings(scale=0.01))
    many = np.random.default_rng(0).random((settings.rows(10_000, 64), 784), np.float32)
    one, model = many[:1], model_of(task)
    others = [variant for variant in variants(task) if variant.predicts]
    for variant in others:
        variant.peer.epoch()  # some can predict only after training

    def measured(title: str, x: Any, ours: dict[str, Callable[[], Any]], method: str) -> Section:
        section = Section(f"{title}, 784-300-100-10", "seconds a call")
        contenders = [timed_calls(name, call, settings.calls) for name, call in ours.items()]
        contenders += [
            variant.calling(method, x, settings.calls)
            for variant in others
            if hasattr(variant.peer, method)
        ]
        flops = len(x) * task.forward_flops()
        section.measures, section.notes = interleave(contenders, settings, flops)
        return section

    calls = {"nnlite predict": lambda: model.predict(one, verbose=0)}
    section = measured("predict, one row", one, calls, "predict")
    section.goals = [Goal("at most 20 us", 20e-6, section.best_of("nnlite"))]
    yield section

    section = measured("model(x), one row", one, {"nnlite model(x)": lambda: model(one)}, "call")
    section.goals = [Goal("at most 40 us", 40e-6, section.best_of("nnlite"))]
    yield section

    calls = {
        "nnlite predict": lambda: model.predict(many, verbose=0),
        "nnlite predict, batch 1024": lambda: model.predict(many, batch_size=1024, verbose=0),
    }
    yield measured(f"predict, {len(many):,} rows", many, calls, "predict")


#: What measures each of `JOBS`.
MEASURING: dict[str, Callable[[Settings, Peak | None], Iterable[Section]]] = {
    "kernels": kernels.sections,
    "fashion": fashion,
    "california": california,
    "wide": wide,
    "styles": styles,
    "predict": prediction,
    "import": lambda settings, ceiling: [processes.import_time(settings)],
    "memory": lambda settings, ceiling: [processes.memory(settings)],
    "optimizers": optimizer_costs,
    "regularization": regularization,
    "growth": growth,
    "events": events.sections,
}
