"""Compiles the programs of `programs`, fits the model of compile time, and writes it: run as a module."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import jax
import numpy as np
from scipy.optimize import nnls

from jaxlint.tracing.measure.compiling import timed_compile
from jaxlint.tracing.measure.features import FEATURES, features
from jaxlint.tracing.measure.modules import graphs
from jaxlint.tracing.measure.programs import programs
from jaxlint.tracing.model import Model, factor_of

_ROUNDS = 10
_PASSES = 2
"""How often all programs are compiled, one pass after the other; the faster time of each counts."""

Row = tuple[dict[str, float], float]
"""Features of a program and its compile time."""


def rows() -> Iterator[Row]:
    """Compile every program."""
    counts: list[dict[str, float]] = []
    times: list[list[float]] = []
    for number in range(_PASSES):
        for index, (function, arguments) in enumerate(programs()):
            lowered = jax.jit(lambda *a, f=function: f(*a)).lower(*arguments)
            if not number:
                counts.append(features(graphs(lowered.compiler_ir())))
                times.append([])
            times[index].append(timed_compile(lowered)[1])
    yield from zip(counts, map(min, times), strict=True)


def fit(measured: Sequence[Row]) -> dict[str, float]:
    """Return coefficients, none of them negative, for which the ratios of prediction to time are near one."""
    matrix = np.array([[counts[name] for name in FEATURES] for counts, _ in measured])
    times = np.array([seconds for _, seconds in measured])
    weights = 1 / times
    for _ in range(_ROUNDS):
        solution, _ = nnls(matrix * weights[:, None], times * weights)
        predicted = np.maximum(matrix @ solution, 1e-4)
        # Least squares of the relative error favour small predictions: weigh by both, and outliers less.
        weights = 1 / np.sqrt(times * predicted) / np.sqrt(1 + np.abs(np.log(predicted / times)))
    return dict(zip(FEATURES, map(float, solution), strict=True))


def calibrate(measured: Sequence[Row], machine: str) -> Model:
    """Fit a model; its error is that for programs that were left out of the fit, one at a time."""
    ratios = []
    for number, (counts, seconds) in enumerate(measured):
        others = fit([*measured[:number], *measured[number + 1 :]])
        ratios.append(max(sum(others[name] * count for name, count in counts.items()), 1e-4) / seconds)
    return Model(fit(measured), factor_of(ratios), machine, jax.__version__, len(measured))


if __name__ == "__main__":
    calibrate(list(rows()), sys.argv[2]).write(Path(sys.argv[1]))
