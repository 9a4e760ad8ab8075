"""Traces a function at several sizes of each dimension, and fits how its equations grow."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax

from jaxlint.tracing.laws import fit
from jaxlint.tracing.measure.call import Call
from jaxlint.tracing.measure.jaxprs import Counting, opened

Place = tuple[int, int]
"""An argument and an axis of it."""

MOST_GROUPS = 6
"""Dimensions looked at, the longest first."""
_LONG = 32


def growth(call: Call, base: int, seconds: float) -> list[dict[str, Any]]:
    """Describe the growth in each dimension that can be changed; axes of one size are changed together.

    The length of a list of arrays or numbers that are alike is a dimension, too.
    """
    due = time.perf_counter() + seconds
    arguments, labels = call.arrays(), call.labels()
    result = []
    for size, places in _groups(arguments):
        for chosen in _choices(places):

            def at(other: int, chosen: Sequence[Place] = chosen) -> int:
                return count(call.of_arrays(), resized(arguments, chosen, other))

            points = _points(size, base, at, due)
            if len(points) >= 3:
                names = (f"{labels[number]}.shape[{axis}]" for number, axis in chosen)
                result.append(_described(points, " = ".join(dict.fromkeys(names)), size))
                break
    for name, size, make in call.lists():

        def long(other: int, make: Callable[[int], Call] = make) -> int:
            longer = make(other)
            return count(longer.of_arrays(), longer.arrays())

        points = _points(size, base, long, due)
        if len(points) >= 3:
            result.append(_described(points, f"len({name})", size))
    return result


def count(function: Callable[..., Any], arguments: Sequence[Any]) -> int:
    """Count the equations of a function of arrays."""
    return Counting().tally(opened(jax.make_jaxpr(function)(*arguments))).equations


def sizes(size: int) -> list[int]:
    """Return the sizes to trace besides the one given: shorter where it is long, longer where it is not."""
    if size >= 8 * _LONG:
        return [size // 64, size // 32, size // 16, size // 8]
    if size >= _LONG:
        return [size // 8, size // 4, size // 2, 3 * size // 4]
    if size & (size - 1) == 0:
        return [size * 2, size * 4, size * 8]
    return [size * 2, size * 3, size * 4, size * 6]


def _groups(arguments: Sequence[Any]) -> list[tuple[int, list[Place]]]:
    """Return the places of each size; an axis of length one is there to be broadcast."""
    groups: dict[int, list[Place]] = defaultdict(list)
    for number, argument in enumerate(arguments):
        for axis, size in enumerate(argument.shape):
            if size > 1:
                groups[size].append((number, axis))
    return sorted(groups.items(), reverse=True)[:MOST_GROUPS]


def _choices(places: list[Place]) -> Iterator[list[Place]]:
    """Yield all places, and if that does not work each alone."""
    yield places
    if len(places) > 1:
        yield from ([place] for place in places)


def _points(size: int, base: int, count_at: Callable[[int], int], due: float) -> dict[int, int]:
    points = {size: base}
    for other in sizes(size):
        if time.perf_counter() > due:
            break
        try:
            points[other] = count_at(other)
        except Exception:  # noqa: BLE001 - not every function takes every size
            if len(points) == 1 and other != sizes(size)[0]:
                break
        if len(points) == 3 and len(set(points.values())) == 1:
            break
    return points


def resized(arguments: Sequence[Any], places: Sequence[Place], size: int) -> list[Any]:
    """Return arguments whose axes at the places have another size."""
    resized = list(arguments)
    for number, axis in places:
        one = resized[number]
        shape = (*one.shape[:axis], size, *one.shape[axis + 1 :])
        resized[number] = jax.ShapeDtypeStruct(shape, one.dtype)
    return resized


def _described(points: dict[int, int], dimension: str, size: int) -> dict[str, Any]:
    ordered = sorted(points)
    law = fit(ordered, [points[one] for one in ordered])
    return {
        "dimension": dimension,
        "size": size,
        "sizes": ordered,
        "equations": [points[one] for one in ordered],
        "law": law.as_dict(),
    }
