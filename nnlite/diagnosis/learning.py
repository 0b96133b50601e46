"""Short trainings of copies: the first loss, the learning rate, one batch learned by heart."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import losses, optimizers
from ..data import pack_x_y_sample_weight
from ..tensor import Tensor
from ..tree import flatten, map_structure
from .findings import Finding, NotLookedAt, RateTest, shown
from .patient import FEWEST, Batch, Head, Patient, data_loss, has_own
from .targets import BINARY, OF_CLASSES, OF_DIFFERENCES

#: What who knows nothing loses: the same probability for each class, or 0 for each number.
IGNORANCE: dict[type, Callable[[Head], float]] = {
    losses.SparseCategoricalCrossentropy: lambda head: math.log(head.y_pred.shape[-1]),
    losses.CategoricalCrossentropy: lambda head: math.log(head.y_pred.shape[-1]),
    losses.BinaryCrossentropy: lambda head: math.log(2),
    losses.MeanSquaredError: lambda head: float(np.mean(head.y_true.astype(float) ** 2)),
    losses.MeanAbsoluteError: lambda head: float(np.mean(np.abs(head.y_true.astype(float)))),
}

#: How many times as much a model may lose at first; a network says more than 0 of numbers.
MOST_FOR_CLASSES, MOST_FOR_NUMBERS = 3.0, 10.0

#: The rates of the range test, from small to large, and how losses are smoothed over the steps.
SMALLEST_RATE, LARGEST_RATE, RATES, SMOOTHING = 1e-6, 10.0, 100, 0.8

#: Where the loss has grown so many times over its least the range test ends.
EXPLODED = 4.0

#: How many steps a trial at one rate has.
TRIAL = 100

#: A loss that is this part of who knows nothing's has arrived: no other rate need be found for it.
ARRIVED = 0.01

#: How many samples are learned by heart, in how many steps at most, and which part of the loss may
#: be left.
FEW, STEPS, LEFT = 16, 200, 0.5


def first_loss(patient: Patient) -> Iterator[Finding]:
    """Compare the loss with what a model loses that knows nothing, and says so."""
    looked = False
    if patient.size < FEWEST:
        raise NotLookedAt(f"fewer than {FEWEST} samples may lose anything by chance")
    for head in patient.heads:
        ignorance = IGNORANCE.get(type(head.loss))
        if ignorance is None or not head.y_true.size:
            continue
        looked = True
        expected = ignorance(head)
        loss = _mean_loss(head)
        of_classes = isinstance(head.loss, (*OF_CLASSES, losses.BinaryCrossentropy))
        if loss > expected * (MOST_FOR_CLASSES if of_classes else MOST_FOR_NUMBERS):
            yield _too_high(head, loss, expected, of_classes)
        elif not math.isfinite(loss):
            yield _no_number(head, loss)
    if not looked:
        raise NotLookedAt("what an untrained model should lose is not known for this loss")


def _mean_loss(head: Head) -> float:
    """Return the loss of the probe's mean sample, also of a loss that adds them up."""
    loss = copy.copy(head.loss)
    loss.reduction = "sum_over_batch_size"
    return float(loss(head.y_true, head.y_pred).data)


def ignorance_of(patient: Patient) -> float:
    """Return what who knows nothing loses; 0 where that is not known."""
    try:
        heads = patient.heads
    except NotLookedAt:
        return 0.0
    if len(heads) > 1:
        return 0.0  # the sum has weights, and parts that may not be known
    known = IGNORANCE.get(type(heads[0].loss))
    return 0.0 if known is None else known(heads[0])


def least_loss(patient: Patient, batch: Batch) -> float | None:
    """Return what who knows all loses of a batch; None where that is not known."""
    if has_own(patient.model, "compute_loss"):
        return None
    try:
        found = [_least(head) for head in patient.heads_of(batch)]
    except NotLookedAt:
        return None
    known = [one for one in found if one is not None]
    return sum(known) if len(known) == len(found) else None


def _least(head: Head) -> float | None:
    """Return what an output loses that is right: 0, but of probabilities their entropy."""
    loss, y = head.loss, head.y_true
    if isinstance(loss, (losses.SparseCategoricalCrossentropy, *OF_DIFFERENCES)):
        return 0.0
    smoothing = getattr(loss, "label_smoothing", 0.0)
    if not isinstance(loss, (*OF_CLASSES, *BINARY)):
        return None
    if not smoothing and np.isin(y, (0, 1)).all():
        return 0.0
    if not isinstance(loss, (losses.CategoricalCrossentropy, losses.BinaryCrossentropy)):
        return None
    classes = 2 if isinstance(loss, losses.BinaryCrossentropy) else y.shape[-1]
    right = (y * (1 - smoothing) + smoothing / classes).astype(head.y_pred.dtype)
    of_probabilities = copy.copy(loss)
    of_probabilities.from_logits = False
    lost = of_probabilities(y, Tensor(right, False), head.sample_weight)
    return head.loss_weight * float(np.sum(lost.data))


def _too_high(head: Head, loss: float, expected: float, of_classes: bool) -> Finding:
    classes = 2 if isinstance(head.loss, losses.BinaryCrossentropy) else head.y_pred.shape[-1]
    told = f"the same probability for each class loses ln {classes} = {expected:.3g}"
    if not of_classes:
        told = f"who always says 0 loses {shown(expected)}, and the mean {shown(_spread(head))}"
    return Finding(
        "warning",
        f"the loss of {head.name} is {shown(loss)} as the model stands; {told}",
        "It is worse than knowing nothing: the first steps go into unlearning what is random",
        "Scale the inputs, look at the last layer and its loss, or begin with smaller weights; if "
        "the model was trained already, it has gone astray",
        {"loss": loss, "expected": expected},
    )


def _spread(head: Head) -> float:
    """What the mean of the targets loses."""
    away = head.y_true.astype(float) - head.y_true.mean(axis=0)
    squared = isinstance(head.loss, losses.MeanSquaredError)
    return float(np.mean(away**2 if squared else np.abs(away)))


def _no_number(head: Head, loss: float) -> Finding:
    return Finding(
        "error",
        f"the loss of {head.name} is {loss} as the model stands",
        "Training cannot start from there",
        "Are there NaN in the weights, or a logarithm of 0 in a loss of your own?",
        {"loss": loss},
    )


# -------------------------------------------------------------------------------- learning rate


def learning_rate(patient: Patient) -> Iterator[Finding]:
    """Try all rates on a copy, a step at each, and compare the model's with a good one."""
    test = range_test(patient)
    patient.rate_test = test
    if test.useful is None:
        return  # nothing falls at any rate: that is for other checks to say
    good = math.sqrt(test.useful[0] * test.useful[1])
    before, after = trial(patient, None)
    _, better = trial(patient, good)
    numbers = {"own": test.own, "good": good, "before": before, "after": after, "better": better}
    told = (
        f"in {TRIAL} steps the loss went from {shown(before)} to {shown(after)} at the model's "
        f"{test.own:.2g}, and to {shown(better)} at {good:.2g}"
    )
    ignorance = ignorance_of(patient)
    learns = better < 0.8 * before and before > ARRIVED * ignorance
    try_it = f"Try {good:.1g}" if learns else "Scale inputs and targets, then try smaller ones"
    try_it += "; plot() of what doctor() returns shows which rates do"
    worse = not after < 1.5 * max(before, 0.5 * ignorance)
    astray = worse or (learns and after - better > 0.5 * (before - better))
    if test.own > test.useful[1] and astray:
        why = "Each step leaps over the valley, and lands higher than it was"
        yield Finding("error", f"the learning rate is too high: {told}", why, try_it, numbers)
    elif test.own < good and learns and before - after < 0.1 * (before - better):
        why = "At this pace a training takes many times as long as it need"
        yield Finding("warning", f"the learning rate is too low: {told}", why, try_it, numbers)


def range_test(patient: Patient, smallest: float = SMALLEST_RATE) -> RateTest:
    """Do a step at each rate, from small to large, until the loss explodes.

    Where it explodes at once, it is begun again with rates that are far smaller.
    """
    twin = patient.twin()
    own = float(twin.optimizer.learning_rate)
    rates: list[float] = []
    found: list[float] = []
    smoothed: list[float] = []
    mean = 0.0
    batches = patient.batches(patient.batch_size)
    for rate in np.geomspace(smallest, LARGEST_RATE, RATES).tolist():
        twin.optimizer.learning_rate = rate
        loss = step(twin, next(batches))
        rates.append(rate)
        found.append(loss)
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        smoothed.append(mean / (1 - SMOOTHING ** len(found)))
        if not smoothed[-1] < EXPLODED * min(smoothed) and len(found) > 5:
            break
    if len(found) < RATES // 4 and smallest == SMALLEST_RATE:
        return range_test(patient, SMALLEST_RATE**2)
    return RateTest(rates, found, smoothed, own, _useful(rates, smoothed))


def _useful(rates: list[float], smoothed: list[float]) -> tuple[float, float] | None:
    """From where to where the loss falls, well before it grows again; None if it hardly does."""
    curve = np.array(smoothed)
    curve[~np.isfinite(curve)] = np.inf
    least, begin = int(curve.argmin()), curve[: RATES // 5]
    start = float(np.median(begin))
    fall = start - curve[least]
    enough = 0.1 if least >= len(begin) else 0.5  # at the smallest rates much of it is noise
    if not fall > enough * abs(start):
        return None
    above = np.flatnonzero(curve[:least] > start - 0.1 * fall)
    high = rates[least] / 3
    return min(rates[above[-1]] if above.size else rates[0], high / 3), high


def trial(patient: Patient, rate: float | None) -> tuple[float, float]:
    """Return the loss on the probe before and after some steps at a rate, or at the model's."""
    twin = patient.twin()
    if rate is not None:
        twin.optimizer.learning_rate = rate
    before = data_loss(twin, patient.probe)
    batches = patient.batches(patient.batch_size)
    for _ in range(TRIAL):
        if not math.isfinite(step(twin, next(batches))):
            return before, math.inf
    after = data_loss(twin, patient.probe)
    return before, after if math.isfinite(after) else math.inf


def step(twin: Any, batch: Batch) -> float:
    """Do a training step, and return its loss."""
    twin.reset_metrics()
    logs = twin.train_step(pack_x_y_sample_weight(*batch))
    if "loss" not in logs:
        raise NotLookedAt("the model's own train_step reports no 'loss'")
    return float(logs["loss"])


# ------------------------------------------------------------------------------------ one batch


def one_batch(patient: Patient) -> Iterator[Finding]:
    """Let a copy learn a few samples by heart, with Adam and whatever rate does."""
    batch = _kept(next(patient.batches(FEW)))
    start = data_loss(patient.twin(), batch)
    worst, least = max(start, ignorance_of(patient)), least_loss(patient, batch)
    if not worst > (least or 0):
        raise NotLookedAt(f"the loss of {FEW} samples is {start:.3g}, so there is no part of it")
    enough = (1 - LEFT) * (least or 0) + LEFT * worst
    reached = worst
    for rate in (0.001, 0.01):
        reached = min(reached, by_heart(patient, batch, rate, enough))
        if reached <= enough:
            return
    count = len(flatten(batch[0])[0])
    unless = " unless your loss is never much less than that;" if least is None else ""
    yield Finding(
        "error" if least is not None else "warning",
        f"{count} samples alone cannot be learned by heart: in {STEPS} steps of Adam their loss "
        f"went from {shown(start)} to {shown(reached)}",
        f"What cannot fit a handful will not fit all:{unless} something is in the way of learning",
        "Look at the findings above first; then at y (does it belong to x?), at the last layer, "
        "and at layers that are too small or not trained",
        {"start": start, "reached": reached},
    )


def by_heart(patient: Patient, batch: Batch, rate: float, enough: float) -> float:
    """Train a copy on one batch, and return the least loss of it that was seen."""
    twin = patient.twin()
    twin.optimizer = optimizers.Adam(rate)
    least = math.inf
    for done in range(1, STEPS + 1):
        step(twin, batch)
        if done % 20 == 0:
            loss = data_loss(twin, batch)
            least = min(least, loss) if math.isfinite(loss) else least
            if least <= enough:
                break
    return least


def _kept(batch: Batch) -> Batch:
    return tuple(map_structure(lambda a: a if a is None else np.array(a), one) for one in batch)
