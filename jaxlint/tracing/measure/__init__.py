"""Measures a function in the worker: equations, constants, cost, lowering, compilation, growth.

`measure` returns plain data, which the parent turns into diagnostics (`jaxlint.tracing.costs`), a table and
a report. Whatever fails is told under ``failures`` and leaves the rest as it is.
"""

from __future__ import annotations

import time
from typing import Any

import jax

from jaxlint.tracing.measure import compiling
from jaxlint.tracing.measure.call import Call
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


def measure(call: Call, options: Any, *, files: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Measure a function that is called with arguments such as these.

    ``options`` has ``platform`` and ``compile``; ``files`` are the user's.
    """
    return _Measuring(call, options, files).all()


class _Measuring:
    """One measurement; each step adds to the result, or to its failures."""

    def __init__(self, call: Call, options: Any, files: frozenset[str]) -> None:
        self._call = call
        self._function = call.of_arrays()
        self._arguments = call.arrays()
        self._options = options
        self._counting = Counting(files)
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
            constants=constants(closed, self._call.function, self._counting),
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
        if platform is not None and compiling.device_of(platform) is None:
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
        self._result["growth"] = growth(self._call, self._result["equations"], GROWTH_SECONDS)
