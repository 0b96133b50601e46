"""Losses that look at each element alone, over a table of formulas. `reference/` holds the twins.

`values` and `slopes` are that table: a block of elements at a time, so that powers and logarithms
are taken of many at once. A literal takes the arrays' type, `<floating> 1` (see activations.pyx).
"""

from cython cimport floating
from libc.math cimport fabs, pow, powf

from . import reference
from .activations cimport exp, log, sigmoid, tanh
from .compiled_door cimport Array, Call, Door, door

cdef enum:
    SQUARED, ABSOLUTE, PERCENTAGE, SQUARED_LOGARITHMIC, HUBER, LOG_COSH
    HINGE, SQUARED_HINGE
    POISSON, BINARY_CROSSENTROPY, LOGIT_CROSSENTROPY, BINARY_FOCAL, LOGIT_FOCAL
    CATEGORICAL_FOCAL, DIVERGENCE
    FIRST_SUMMED = CATEGORICAL_FOCAL  # from this one on a row's loss is the sum, not the mean
    BLOCK = 256                       # elements at a time

cdef dict _FORMULAS = {name: number for number, name in enumerate(reference.FORMULAS)}

cdef Door _elementwise_loss = door(
    reference.elementwise_loss, elementwise_loss_call, NULL, (), "formula", _FORMULAS
)
cdef Door _elementwise_loss_vjp = door(
    reference.elementwise_loss_vjp, elementwise_loss_vjp_call, NULL, (), "formula", _FORMULAS
)

#: What a formula may read besides t and p.
cdef struct Numbers:
    double parameter, positive, negative, epsilon


def elementwise_loss(y_true, y_pred, formula, parameter, positive, negative, epsilon, loss):
    """loss = Σ formula(y_true, y_pred) / O; for a formula that is summed, without the / O."""
    _elementwise_loss.call((y_true, y_pred, loss), (parameter, positive, negative, epsilon), formula)


cdef void elementwise_loss_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Numbers n = numbers(call)
    if call.single:
        row_losses(call.choice, a[0].f32, a[1].f32, n, a[2].f32, a[0].shape[0], a[0].shape[1])
    else:
        row_losses(call.choice, a[0].f64, a[1].f64, n, a[2].f64, a[0].shape[0], a[0].shape[1])


cdef Numbers numbers(const Call* call) noexcept nogil:
    return Numbers(
        call.settings[0][0], call.settings[1][0], call.settings[2][0], call.settings[3][0]
    )


cdef void row_losses(
    int formula, const floating* t, const floating* p, Numbers n, floating* loss,
    Py_ssize_t rows, Py_ssize_t width
) noexcept nogil:
    cdef floating[BLOCK] f
    cdef Py_ssize_t left = rows * width, count, i, end, o = 0
    cdef floating total = 0, size = <floating> (1 if formula >= FIRST_SUMMED else width)
    for i in range(rows if width == 0 else 0):
        loss[i] = total / size
    while left > 0:
        count, i = min(BLOCK, left), 0
        values(formula, t, p, n, f, count)
        while i < count:  # the part of a row that lies in this block
            end = min(count, i + width - o)
            o += end - i
            while i < end:
                total += f[i]
                i += 1
            if o == width:
                loss[0] = total / size
                loss += 1
                total, o = 0, 0
        t += count
        p += count
        left -= count


def elementwise_loss_vjp(
    y_true, y_pred, dloss, formula, parameter, positive, negative, epsilon, out
):
    """out = formula'(y_true, y_pred) dloss / O; for a formula that is summed, without the / O."""
    _elementwise_loss_vjp.call(
        (y_true, y_pred, dloss, out), (parameter, positive, negative, epsilon), formula
    )


cdef void elementwise_loss_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[0].shape[0], width = a[0].shape[1]
    cdef Numbers n = numbers(call)
    if call.single:
        row_gradients(call.choice, a[0].f32, a[1].f32, a[2].f32, n, a[3].f32, rows, width)
    else:
        row_gradients(call.choice, a[0].f64, a[1].f64, a[2].f64, n, a[3].f64, rows, width)


cdef void row_gradients(
    int formula, const floating* t, const floating* p, const floating* dloss, Numbers n,
    floating* out, Py_ssize_t rows, Py_ssize_t width
) noexcept nogil:
    cdef Py_ssize_t left = rows * width, count, i, end, o = 0
    cdef floating share, size = <floating> (1 if formula >= FIRST_SUMMED else width)
    while left > 0:
        count, i = min(BLOCK, left), 0
        slopes(formula, t, p, n, out, count)
        while i < count:
            end = min(count, i + width - o)
            o += end - i
            share = dloss[0] / size
            while i < end:
                out[i] *= share
                i += 1
            if o == width:
                dloss += 1
                o = 0
        t += count
        p += count
        out += count
        left -= count


# ------------------------------------------------------------------------------------- the formulas


cdef void values(
    int formula, const floating* t, const floating* p, Numbers n, floating* f, Py_ssize_t count
) noexcept nogil:
    """f = formula(t, p), of at most BLOCK elements."""
    cdef Py_ssize_t i
    if formula == SQUARED:
        for i in range(count):
            f[i] = (p[i] - t[i]) * (p[i] - t[i])
    elif formula == ABSOLUTE:
        for i in range(count):
            f[i] = <floating> fabs(p[i] - t[i])
    elif formula == PERCENTAGE:
        for i in range(count):
            f[i] = <floating> 100 * (<floating> fabs(p[i] - t[i]) / size_of(t[i], n))
    elif formula == SQUARED_LOGARITHMIC:
        log_ratios(t, p, n, f, count)
        for i in range(count):
            f[i] *= f[i]
    elif formula == HUBER:
        for i in range(count):
            f[i] = huber(<floating> fabs(p[i] - t[i]), <floating> n.parameter)
    elif formula == LOG_COSH:
        log_cosh(t, p, f, count)
    elif formula == HINGE:
        for i in range(count):
            f[i] = shortfall(t[i], p[i])
    elif formula == SQUARED_HINGE:
        for i in range(count):
            f[i] = shortfall(t[i], p[i]) * shortfall(t[i], p[i])
    elif formula == POISSON:
        for i in range(count):
            f[i] = p[i] + <floating> n.epsilon
        log(f, f, count)
        for i in range(count):
            f[i] = p[i] - t[i] * f[i]
    elif formula == BINARY_CROSSENTROPY:
        crossentropies(t, p, n, f, count)
    elif formula == LOGIT_CROSSENTROPY:
        logit_crossentropies(t, p, f, count)
    elif formula == BINARY_FOCAL:
        focal(t, p, n, f, count)
    elif formula == LOGIT_FOCAL:
        logit_focal(t, p, n, f, count)
    elif formula == CATEGORICAL_FOCAL:
        class_focal(t, p, n, f, count)
    else:
        divergences(t, p, n, f, count)


cdef void slopes(
    int formula, const floating* t, const floating* p, Numbers n, floating* f, Py_ssize_t count
) noexcept nogil:
    """f = ∂ formula(t, p) / ∂p, of at most BLOCK elements."""
    cdef Py_ssize_t i
    cdef floating q
    if formula == SQUARED:
        for i in range(count):
            f[i] = <floating> 2 * (p[i] - t[i])
    elif formula == ABSOLUTE:
        for i in range(count):
            f[i] = sign(p[i] - t[i])
    elif formula == PERCENTAGE:
        for i in range(count):
            f[i] = <floating> 100 * (sign(p[i] - t[i]) / size_of(t[i], n))
    elif formula == SQUARED_LOGARITHMIC:
        log_ratios(t, p, n, f, count)
        for i in range(count):
            q = <floating> n.epsilon
            f[i] = 0 if p[i] < q else <floating> 2 * f[i] / (at_least(p[i], q) + <floating> 1)
    elif formula == HUBER:
        for i in range(count):
            f[i] = clipped(p[i] - t[i], <floating> -n.parameter, <floating> n.parameter)
    elif formula == LOG_COSH:
        for i in range(count):
            f[i] = p[i] - t[i]
        tanh(f, f, count)
    elif formula == HINGE:
        for i in range(count):
            f[i] = 0 if <floating> 1 - t[i] * p[i] <= 0 else -t[i] + 0 * p[i]
    elif formula == SQUARED_HINGE:
        for i in range(count):
            f[i] = <floating> -2 * t[i] * shortfall(t[i], p[i])
    elif formula == POISSON:
        for i in range(count):
            f[i] = <floating> 1 - t[i] / (p[i] + <floating> n.epsilon)
    elif formula == BINARY_CROSSENTROPY:
        for i in range(count):
            f[i] = crossentropy_slope(t[i], p[i], n)
    elif formula == LOGIT_CROSSENTROPY:
        sigmoid(p, f, count)
        for i in range(count):
            f[i] -= t[i]
    elif formula == BINARY_FOCAL:
        focal_slopes(t, p, n, f, count)
    elif formula == LOGIT_FOCAL:
        logit_focal_slopes(t, p, n, f, count)
    elif formula == CATEGORICAL_FOCAL:
        class_focal_slopes(t, p, n, f, count)
    else:
        for i in range(count):
            q = to_1(p[i], n)
            f[i] = -to_1(t[i], n) / q if q == p[i] else flat(p[i])


# ------------------------------------------------------------------------------- errors and margins


cdef inline floating at_least(floating x, floating low) noexcept nogil:
    return low if x < low else x


cdef inline floating clipped(floating x, floating low, floating high) noexcept nogil:
    cdef floating y = at_least(x, low)
    return high if y > high else y


cdef inline floating sign(floating x) noexcept nogil:
    """-1, 0 or 1; NaN stays NaN."""
    return x if x != x else <floating> ((x > 0) - (x < 0))


cdef inline floating size_of(floating t, Numbers n) noexcept nogil:
    return at_least(<floating> fabs(t), <floating> n.epsilon)


cdef inline floating shortfall(floating t, floating p) noexcept nogil:
    """By how much t p is below 1."""
    return at_least(<floating> 1 - t * p, <floating> 0)


cdef inline floating huber(floating size, floating delta) noexcept nogil:
    if size <= delta:
        return size * size / <floating> 2
    return delta * size - delta * delta / <floating> 2


cdef void log_ratios(
    const floating* t, const floating* p, Numbers n, floating* f, Py_ssize_t count
) noexcept nogil:
    """f = log(1 + p) - log(1 + t), of numbers kept above 0."""
    cdef Py_ssize_t i
    cdef floating[BLOCK] u
    cdef floating low = <floating> n.epsilon
    for i in range(count):
        f[i] = at_least(p[i], low) + <floating> 1
        u[i] = at_least(t[i], low) + <floating> 1
    log(f, f, count)
    log(u, u, count)
    for i in range(count):
        f[i] -= u[i]


cdef void log_cosh(
    const floating* t, const floating* p, floating* f, Py_ssize_t count
) noexcept nogil:
    """f = |e| + log(1 + e^-2|e|) - log 2."""
    cdef Py_ssize_t i
    for i in range(count):
        f[i] = <floating> 2 * (p[i] - t[i])
    log_1_and_power(f, f, count)
    for i in range(count):
        f[i] = <floating> fabs(p[i] - t[i]) + f[i] - <floating> 0.6931471805599453


cdef void log_1_and_power(const floating* x, floating* out, Py_ssize_t count) noexcept nogil:
    """out = log(1 + e^-|x|), to the last digits where the power is small too; out may be x."""
    cdef Py_ssize_t i
    cdef floating[BLOCK] power, total
    for i in range(count):
        power[i] = <floating> -fabs(x[i])
    exp(power, power, count)
    for i in range(count):
        total[i] = <floating> 1 + power[i]
    log(total, out, count)
    for i in range(count):  # what the rounding of the total has lost
        out[i] += (power[i] - (total[i] - <floating> 1)) / total[i]


# ------------------------------------------------------------- probabilities, and logits of classes


cdef inline floating inside(floating p, Numbers n) noexcept nogil:
    """p, at least epsilon and at most 1 - epsilon."""
    return clipped(p, <floating> n.epsilon, <floating> (1.0 - n.epsilon))


cdef inline floating to_1(floating p, Numbers n) noexcept nogil:
    """p, at least epsilon and at most 1."""
    return clipped(p, <floating> n.epsilon, <floating> 1)


cdef inline floating flat(floating p) noexcept nogil:
    """The slope where p has been clipped: 0, and NaN for NaN."""
    return p if p != p else <floating> 0


cdef inline floating crossentropy_slope(floating t, floating p, Numbers n) noexcept nogil:
    cdef floating q = inside(p, n)
    return (q - t) / (q * (<floating> 1 - q)) if q == p else flat(p)


cdef void crossentropies(
    const floating* t, const floating* p, Numbers n, floating* f, Py_ssize_t count
) noexcept nogil:
    """f = -t log p - (1 - t) log(1 - p)."""
    cdef Py_ssize_t i
    cdef floating[BLOCK] u
    for i in range(count):
        f[i] = inside(p[i], n)
        u[i] = <floating> 1 - f[i]
    log(f, f, count)
    log(u, u, count)
    for i in range(count):
        f[i] = -(t[i] * f[i] + (<floating> 1 - t[i]) * u[i])


cdef void logit_crossentropies(
    const floating* t, const floating* x, floating* f, Py_ssize_t count
) noexcept nogil:
    """f = max(x, 0) - x t + log(1 + e^-|x|)."""
    cdef Py_ssize_t i
    log_1_and_power(x, f, count)
    for i in range(count):
        f[i] = at_least(x[i], <floating> 0) - x[i] * t[i] + f[i]


cdef void divergences(
    const floating* t, const floating* p, Numbers n, floating* f, Py_ssize_t count
) noexcept nogil:
    """f = t log(t / p)."""
    cdef Py_ssize_t i
    for i in range(count):
        f[i] = to_1(t[i], n) / to_1(p[i], n)
    log(f, f, count)
    for i in range(count):
        f[i] = to_1(t[i], n) * f[i]


# ------------------------------------------------------------------------------------ focal losses


cdef inline floating power(floating base, floating gamma) noexcept nogil:
    return powf(base, gamma) if floating is float else pow(base, gamma)


cdef inline floating power_slope(floating base, floating gamma) noexcept nogil:
    """The slope of base^gamma; where gamma is 0 that is 0, whatever the base."""
    return gamma * power(base, gamma - <floating> 1) if gamma else 0 * base


cdef inline floating class_weight(floating t, Numbers n) noexcept nogil:
    return t * <floating> n.positive + (<floating> 1 - t) * <floating> n.negative


cdef inline floating mixed(floating t, floating positive, floating negative) noexcept nogil:
    """One number for the class 1, one for the class 0."""
    return t * positive + (<floating> 1 - t) * negative


cdef void focal(
    const floating* t, const floating* p, Numbers n, floating* f, Py_ssize_t count
) noexcept nogil:
    """f = weight (t (1 - p) + (1 - t) p)^gamma crossentropy."""
    cdef Py_ssize_t i
    cdef floating wrong
    crossentropies(t, p, n, f, count)
    for i in range(count):
        wrong = mixed(t[i], <floating> 1 - p[i], p[i])
        f[i] = class_weight(t[i], n) * power(wrong, <floating> n.parameter) * f[i]


cdef void focal_slopes(
    const floating* t, const floating* p, Numbers n, floating* f, Py_ssize_t count
) noexcept nogil:
    cdef Py_ssize_t i
    cdef floating wrong, by_wrong, by_loss, gamma = <floating> n.parameter
    crossentropies(t, p, n, f, count)
    for i in range(count):
        wrong = mixed(t[i], <floating> 1 - p[i], p[i])
        by_wrong = power_slope(wrong, gamma) * (<floating> 1 - <floating> 2 * t[i]) * f[i]
        by_loss = power(wrong, gamma) * crossentropy_slope(t[i], p[i], n)
        f[i] = class_weight(t[i], n) * (by_wrong + by_loss)


cdef void sigmoids(
    const floating* x, floating* p, floating* rest, Py_ssize_t count
) noexcept nogil:
    """p = σ(x), rest = σ(-x) = 1 - p."""
    cdef Py_ssize_t i
    for i in range(count):
        rest[i] = -x[i]
    sigmoid(rest, rest, count)
    sigmoid(x, p, count)


cdef void logit_focal(
    const floating* t, const floating* x, Numbers n, floating* f, Py_ssize_t count
) noexcept nogil:
    """`focal` of p = σ(x)."""
    cdef Py_ssize_t i
    cdef floating[BLOCK] p, rest
    sigmoids(x, p, rest, count)
    logit_crossentropies(t, x, f, count)
    for i in range(count):
        f[i] *= class_weight(t[i], n) * power(mixed(t[i], rest[i], p[i]), <floating> n.parameter)


cdef void logit_focal_slopes(
    const floating* t, const floating* x, Numbers n, floating* f, Py_ssize_t count
) noexcept nogil:
    cdef Py_ssize_t i
    cdef floating[BLOCK] p, rest
    cdef floating wrong, dwrong, by_wrong, gamma = <floating> n.parameter
    sigmoids(x, p, rest, count)
    logit_crossentropies(t, x, f, count)
    for i in range(count):
        wrong = mixed(t[i], rest[i], p[i])
        dwrong = (<floating> 1 - <floating> 2 * t[i]) * (p[i] * rest[i])
        by_wrong = power_slope(wrong, gamma) * dwrong * f[i]
        f[i] = class_weight(t[i], n) * (by_wrong + power(wrong, gamma) * (p[i] - t[i]))


cdef void class_focal(
    const floating* t, const floating* p, Numbers n, floating* f, Py_ssize_t count
) noexcept nogil:
    """f = -t (1 - p)^gamma log p."""
    cdef Py_ssize_t i
    cdef floating[BLOCK] q
    for i in range(count):
        q[i] = inside(p[i], n)
    log(q, f, count)
    for i in range(count):
        f[i] = -t[i] * power(<floating> 1 - q[i], <floating> n.parameter) * f[i]


cdef void class_focal_slopes(
    const floating* t, const floating* p, Numbers n, floating* f, Py_ssize_t count
) noexcept nogil:
    cdef Py_ssize_t i
    cdef floating[BLOCK] q
    cdef floating by_wrong, by_log, gamma = <floating> n.parameter
    for i in range(count):
        q[i] = inside(p[i], n)
    log(q, f, count)
    for i in range(count):
        by_wrong = power_slope(<floating> 1 - q[i], gamma) * f[i]
        by_log = power(<floating> 1 - q[i], gamma) / q[i]
        f[i] = t[i] * (by_wrong - by_log) if q[i] == p[i] else flat(p[i])
