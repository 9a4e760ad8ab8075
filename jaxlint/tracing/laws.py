"""Fits a law to how a number grows with a size: which kind, how well, and where it crosses a limit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

FARTHEST = 2**62
"""Sizes above this are not looked at."""

_TOLERANCE = 0.01
"""Deviations below this part of the mean are no reason for a more complicated law."""
_PRICE = 3.0
"""What a further parameter must gain, in units of the log likelihood (twice), to be believed."""
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Law:
    """``value(n)`` for a size ``n``; ``shape`` is the exponent of a power or the rate of an exponential."""

    kind: str
    coefficients: Sequence[float]
    shape: float = 0.0
    r_squared: float = 1.0

    def __call__(self, size: float) -> float:
        """Return what the law says for one size."""
        terms = _terms(self.kind, size, self.shape)
        return sum(a * b for a, b in zip(self.coefficients, terms, strict=True))

    @property
    def grows(self) -> bool:
        """Whether the value becomes larger with the size."""
        return self.kind != "constant"

    @property
    def name(self) -> str:
        """How the law is called in a message, ``power 1.5`` for one with that exponent."""
        return f"power {self.shape:.2f}" if self.kind == "power" else self.kind

    def as_dict(self) -> dict[str, Any]:
        """Return the law as plain data; ``Law(**data)`` is the law again."""
        return asdict(self)

    def __str__(self) -> str:
        """Write the formula with ``n`` for the size."""
        words = _words(self.kind, self.shape)
        least = 1e-6 * max(map(abs, self.coefficients))
        parts = [f"{a:.3g}{word}" for a, word in zip(self.coefficients, words, strict=True) if abs(a) > least]
        return (" + ".join(reversed(parts)) or "0").replace("+ -", "- ")

    def crossing(self, limit: float) -> int | None:
        """Return the smallest size at which the value exceeds the limit; None if that is never."""
        if not self.grows:
            return None
        high = 1
        while not _exceeds(self, high, limit):
            high *= 2
            if high > FARTHEST:
                return None
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if _exceeds(self, middle, limit) else (middle, high)
        return high


def fit(sizes: Sequence[float], values: Sequence[float]) -> Law:
    """Return the simplest law that explains the values; at least two different sizes are needed."""
    mean = sum(values) / len(values)
    best, lowest = Law("constant", (mean,)), math.inf
    for law in _candidates(sizes, values, mean):
        score = _score(law, sizes, values, mean)
        if score < lowest - 1e-9:
            best, lowest = law, score
    return Law(best.kind, best.coefficients, best.shape, _r_squared(best, sizes, values, mean))


def _exceeds(law: Law, size: int, limit: float) -> bool:
    try:
        return law(size) > limit
    except OverflowError:
        return True


def _candidates(sizes: Sequence[float], values: Sequence[float], mean: float) -> Iterator[Law]:
    """Yield laws from simple to complicated; of equally good ones the first is taken."""
    yield Law("constant", (mean,))
    points = len(set(sizes))
    for kind, needed in (
        ("logarithmic", 3),
        ("linear", 2),
        ("linearithmic", 3),
        ("quadratic", 4),
        ("cubic", 4),
    ):
        if points >= needed:
            yield from _solved(kind, 0.0, sizes, values)
    if points >= 4:
        for kind, low, high in (("power", 0.2, 4.0), ("exponential", 0.01, 1.5)):
            if kind == "power" or high * max(sizes) < 200:
                yield from _searched(kind, low, high, sizes, values)


def _terms(kind: str, n: float, shape: float) -> tuple[float, ...]:
    log = math.log(n) if n > 0 else 0.0
    if kind == "constant":
        return (1.0,)
    if kind == "logarithmic":
        return (1.0, log)
    if kind == "linear":
        return (1.0, n)
    if kind == "linearithmic":
        return (1.0, n * log)
    if kind == "power":
        return (1.0, n**shape)
    if kind == "exponential":
        return (1.0, math.exp(shape * n))
    return (1.0, n, n ** {"quadratic": 2, "cubic": 3}[kind])


def _words(kind: str, shape: float) -> tuple[str, ...]:
    return {
        "constant": ("",),
        "logarithmic": ("", " log n"),
        "linear": ("", " n"),
        "linearithmic": ("", " n log n"),
        "quadratic": ("", " n", " n²"),
        "cubic": ("", " n", " n³"),
        "power": ("", f" n^{shape:.2f}"),
        "exponential": ("", f" · {math.exp(shape):.3g}ⁿ"),
    }[kind]


def _solved(kind: str, shape: float, sizes: Sequence[float], values: Sequence[float]) -> Iterator[Law]:
    """Yield the law of one kind with the least squares, if it grows."""
    rows = [_terms(kind, size, shape) for size in sizes]
    coefficients = least_squares(rows, values)
    if coefficients is not None and coefficients[-1] > 0:
        yield Law(kind, tuple(coefficients), shape)


def _searched(
    kind: str, low: float, high: float, sizes: Sequence[float], values: Sequence[float]
) -> Iterator[Law]:
    """Yield the law with the best shape between two, by golden section."""

    def error(shape: float) -> float:
        law = next(_solved(kind, shape, sizes, values), None)
        return math.inf if law is None else _squares(law, sizes, values)

    shape = golden(error, low, high)
    yield from _solved(kind, shape, sizes, values)


def golden(error: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function with one valley is lowest."""
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(_STEPS):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if error(left) <= error(right):
            high = right
        else:
            low = left
    return (low + high) / 2


def least_squares(rows: Sequence[Sequence[float]], values: Sequence[float]) -> list[float] | None:
    """Solve by the normal equations, each column scaled to size one; None where they are singular."""
    width = len(rows[0])
    scales = [max(abs(row[j]) for row in rows) or 1.0 for j in range(width)]
    scaled = [[row[j] / scales[j] for j in range(width)] for row in rows]
    matrix = [
        [sum(row[i] * row[j] for row in scaled) for j in range(width)]
        + [sum(row[i] * value for row, value in zip(scaled, values, strict=True))]
        for i in range(width)
    ]
    for i in range(width):
        pivot = max(range(i, width), key=lambda k: abs(matrix[k][i]))
        if abs(matrix[pivot][i]) < 1e-12:
            return None
        matrix[i], matrix[pivot] = matrix[pivot], matrix[i]
        for k in range(width):
            if k != i:
                factor = matrix[k][i] / matrix[i][i]
                matrix[k] = [a - factor * b for a, b in zip(matrix[k], matrix[i], strict=True)]
    return [matrix[i][width] / matrix[i][i] / scales[i] for i in range(width)]


def _squares(law: Law, sizes: Sequence[float], values: Sequence[float]) -> float:
    return sum((law(size) - value) ** 2 for size, value in zip(sizes, values, strict=True))


def _score(law: Law, sizes: Sequence[float], values: Sequence[float], mean: float) -> float:
    count = len(values)
    floor = (_TOLERANCE * mean) ** 2 + 1e-12
    parameters = len(law.coefficients) + (law.shape != 0)
    return count * math.log(_squares(law, sizes, values) / count + floor) + _PRICE * parameters


def _r_squared(law: Law, sizes: Sequence[float], values: Sequence[float], mean: float) -> float:
    spread = sum((value - mean) ** 2 for value in values)
    return 1.0 if spread == 0 else max(0.0, 1 - _squares(law, sizes, values) / spread)
