"""Measures a function in the worker: equations, constants, cost, lowering, compilation, growth.

`measure` returns plain data, which the parent turns into diagnostics (`jaxlint.tracing.costs`), a table and
a report. Whatever fails is told under ``failures`` and leaves the rest as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import jax

from jaxlint.tracing.measure import compiling
from jaxlint.tracing.measure.constants import constants
from jaxlint.tracing.measure.features import features
from jaxlint.tracing.measure.growth import growth
from jaxlint.tracing.measure.jaxprs import Counting, opened
from jaxlint.tracing.measure.modules import graphs
from jaxlint.tracing.model import default

GROWTH_SECONDS = 10.0
"""How long a function is traced at other sizes."""
COMPILE_SECONDS = 30.0
"""Programs that would take longer to compile, as predicted, are not compiled."""


def measure(
    function: Callable[..., Any],
    arguments: Sequence[Any],
    options: Any,
    *,
    files: frozenset[str] = frozenset(),
    labels: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Measure ``function``, called with arrays like ``arguments``.

    ``options`` has ``platform`` and ``compile``; ``files`` are the user's; ``labels`` name the arguments.
    """
    return _Measuring(function, arguments, options, files, labels).all()


class _Measuring:
    """One measurement; each step adds to the result, or to its failures."""

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        options: Any,
        files: frozenset[str],
        labels: Sequence[str] | None,
    ) -> None:
        self._original = function
        self._function = _of_arrays(function)
        self._arguments = arguments
        self._options = options
        self._counting = Counting(files)
        self._labels = labels or [f"argument {number + 1}" for number in range(len(arguments))]
        self._lowered: Any = None
        self._result: dict[str, Any] = {"platform": options.platform, "failures": []}

    def all(self) -> dict[str, Any]:
        """Do every step."""
        steps = [self._trace, self._lower, self._grow]
        for step in [*steps, self._compile] if self._options.compile else steps:
            try:
                step()
            except Exception as error:  # noqa: BLE001 - told, not raised
                message = str(error).partition("\n")[0][:200]
                self._result["failures"].append(f"{step.__name__[1:]}: {type(error).__name__}: {message}")
                if step == self._trace:
                    break
        return self._result

    def _trace(self) -> None:
        started = time.perf_counter()
        closed = jax.make_jaxpr(self._function)(*self._arguments)
        tracing = time.perf_counter() - started
        jaxpr = opened(closed)
        tally = self._counting.tally(jaxpr)
        lines = ((*line, count) for line, count in tally.lines.most_common() if line is not None)
        self._result.update(
            equations=tally.equations,
            outermost=len(jaxpr.eqns),
            primitives=dict(tally.primitives.most_common()),
            lines=[list(line) for line in lines],
            constants=constants(closed, self._original, self._counting),
            tracing_seconds=tracing,
        )

    def _lower(self) -> None:
        started = time.perf_counter()
        self._lowered = compiling.lower(self._function, self._arguments, self._options.platform)
        self._result["lowering_seconds"] = time.perf_counter() - started
        self._result["cost"] = compiling.cost(self._lowered)
        self._result["features"] = features(graphs(self._lowered.compiler_ir()))

    def _compile(self) -> None:
        platform = self._options.platform
        if not compiling.is_present(platform):
            self._result["failures"].append(f"compile: there is no {platform} here")
            return
        expected = default().predict(self._result.get("features", {})).seconds
        if expected > COMPILE_SECONDS:
            self._result["failures"].append(f"compile: not tried, it would take about {expected:.0f} s")
            return
        compiled, processor, clock = compiling.timed_compile(self._lowered)
        self._result.update(
            compile_seconds=processor,
            compile_clock_seconds=clock,
            cost=compiling.cost(compiled) or self._result["cost"],
            memory=compiling.memory(compiled),
        )

    def _grow(self) -> None:
        self._result["growth"] = growth(
            self._arguments, self._result["equations"], self._count, self._labels, GROWTH_SECONDS
        )

    def _count(self, arguments: Sequence[Any]) -> int:
        closed = jax.make_jaxpr(_of_arrays(self._original))(*arguments)
        return Counting().tally(opened(closed)).equations


def _of_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """Drop what a function returns besides arrays: strings, functions, objects of the user's."""

    def only_arrays(*arguments: Any) -> list[Any]:
        leaves = jax.tree_util.tree_leaves(function(*arguments))
        return [
            leaf for leaf in leaves if hasattr(leaf, "dtype") or isinstance(leaf, (bool, int, float, complex))
        ]

    return only_arrays
