"""What a measurement at short sizes says of the long ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from jaxlint.tracing.laws import Law
from jaxlint.tracing.measure import compiling
from jaxlint.tracing.measure.call import Call
from jaxlint.tracing.measure.features import FEATURES, features
from jaxlint.tracing.measure.growth import resized
from jaxlint.tracing.measure.modules import graphs

_LOWERED = (256, 512)
"""Sizes at which the program's features are looked at."""


def equations_at(base: float, laws: Iterable[tuple[int, Law]], scale: Mapping[int, int]) -> int:
    """Equations at the long sizes, by the laws of growth in the short ones; what several add is summed."""
    long = {short: size for size, short in scale.items()}
    added = (law(long[short]) - law(short) for short, law in laws if short in long)
    return round(base + sum(added))


def extrapolated(measurement: dict[str, Any], call: Call, scale: Mapping[int, int]) -> dict[str, Any]:
    """Return the measurement of a call at short sizes as that at the long ones, by its laws."""
    long = {short: size for size, short in scale.items()}
    laws = [(one["size"], Law(**one["law"])) for one in measurement.get("growth", ())]
    base = measurement.get("equations", 0)
    equations = equations_at(base, laws, scale)
    share = equations / max(base, 1)
    return {
        **measurement,
        "equations": equations,
        "primitives": {name: round(count * share) for name, count in measurement["primitives"].items()},
        "lines": [[path, row, round(count * share)] for path, row, count in measurement["lines"]],
        "growth": [{**one, "size": long.get(one["size"], one["size"])} for one in measurement["growth"]],
        "features": _features(call, scale) or measurement.get("features"),
        "cost": {},
        "traced_at": [[size, short] for size, short in scale.items()],
    }


def _features(call: Call, scale: Mapping[int, int]) -> dict[str, float] | None:
    """The features of the program in the longest dimension, each by the power with which it grows."""
    size, short = max(scale.items())
    arguments = call.arrays()
    places = [
        (number, axis)
        for number, one in enumerate(arguments)
        for axis, length in enumerate(one.shape)
        if length == short
    ]

    def at(other: int) -> dict[str, float]:
        lowered = compiling.lower(call.of_arrays(), resized(arguments, places, other), None)
        return features(graphs(lowered.compiler_ir()))

    try:
        before, after = (at(other) for other in _LOWERED)
    except Exception:  # noqa: BLE001 - not every function takes every size
        return None
    return {name: _continued(before[name], after[name], size) for name in FEATURES}


def _continued(before: float, after: float, size: int) -> float:
    """A feature at a size, from those at `_LOWERED`: XLA's fusion makes the square of the length at most."""
    if min(before, after) <= 0:
        return after
    power = math.log(after / before) / math.log(_LOWERED[1] / _LOWERED[0])
    return float(after * (size / _LOWERED[1]) ** min(max(power, 0.0), 2.0))
