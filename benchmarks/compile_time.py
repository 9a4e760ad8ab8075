"""How well compile time is predicted: calibrates, predicts, compiles, compares; all in one run.

    python benchmarks/compile_time.py [--set NAME] [--json FILE]

The sets are `tuned`, which the model was improved by looking at (though none of them calibrates it), `blind`,
which was written and measured before anybody looked, and `second`, `third` and `fourth`, the same after the
model was improved with those before in sight.

What is measured is the processor time of all threads in `Lowered.compile()`, the least of three, with JAX's
persistent cache off. It needs some minutes. It also fits, for programs that are unrolled to several lengths,
the exponent with which compile time grows.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from blind_programs import babylonian, fibonacci, lotka_volterra, mandelbrot
from blind_programs import programs as blind
from compile_programs import Program, array, cumulative_sum, horner, integrate, newton
from compile_programs import programs as tuned
from fourth_programs import programs as fourth
from second_programs import programs as second
from third_programs import programs as third

from jaxlint.tracing.laws import least_squares
from jaxlint.tracing.measure.calibration import calibrate, rows
from jaxlint.tracing.measure.compiling import timed_compile
from jaxlint.tracing.measure.features import features
from jaxlint.tracing.measure.modules import graphs
from jaxlint.tracing.model import Model, default, factor_of

UNROLLED: dict[str, Callable[[int], Program]] = {
    "cumulative sum": lambda n: ("", cumulative_sum, (array(n),)),
    "polynomial": lambda n: ("", horner, (array(n), array(100))),
    "Newton": lambda n: ("", partial(newton, steps=n), (array(50),)),
    "Runge-Kutta": lambda n: ("", partial(integrate, steps=n // 5), (array(3),)),
    "Fibonacci": lambda n: ("", partial(fibonacci, n=n), (array(),)),
    "square roots": lambda n: ("", partial(babylonian, n=n), (array(17),)),
    "Lotka-Volterra": lambda n: ("", partial(lotka_volterra, n=n // 5), (array(2),)),
    "Mandelbrot": lambda n: ("", partial(mandelbrot, n=n // 4), (array(8, 8, dtype=jnp.complex64),)),
}
SETS = {"tuned": tuned, "blind": blind, "second": second, "third": third, "fourth": fourth}
LENGTHS = (40, 80, 160, 320)


def measured(program: Program, repeats: int = 2) -> tuple[dict[str, float], float]:
    """Return a program's features and its compile time."""
    _, function, arguments = program
    times = []
    for _ in range(repeats):
        lowered = jax.jit(lambda *a: function(*a)).lower(*arguments)  # noqa: PLW0108 - else it is remembered
        times.append(timed_compile(lowered)[1])
        if times[-1] > 3:
            break
    return features(graphs(lowered.compiler_ir())), min(times)


def compared(model: Model, programs: Iterator[Program]) -> Iterator[dict[str, Any]]:
    """Yield what was predicted and what was measured for each program."""
    for program in programs:
        counts, seconds = measured(program, 3)
        predicted = model.predict(counts).seconds
        yield {
            "name": program[0],
            "operations": counts["operations"],
            "seconds": seconds,
            "predicted": predicted,
            "built-in": default().predict(counts).seconds,
        }


def exponents(model: Model) -> Iterator[tuple[str, float, float]]:
    """Fit time = c · operations^p to each unrolled program; yield its name, p, and p by the model."""
    for name, make in UNROLLED.items():
        points = [measured(make(length), 1) for length in LENGTHS]
        sides = [[1.0, math.log(counts["operations"])] for counts, _ in points]
        true = least_squares(sides, [math.log(seconds) for _, seconds in points])
        guess = least_squares(sides, [math.log(model.predict(counts).seconds) for counts, _ in points])
        if true is not None and guess is not None:
            yield name, true[1], guess[1]


def main() -> None:
    """Print a row for each program, then the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=SETS, default="tuned", help="the programs to measure")
    parser.add_argument("--json", type=Path, help="write the rows into this file")
    options = parser.parse_args()
    print(f"JAX {jax.__version__}, Python {platform.python_version()}")
    model = calibrate(list(rows()), platform.node())
    print(f"calibrated with {model.programs} programs; nine in ten left out are within {model.factor:.2f}")
    results = []
    print("| program | operations | measured s | predicted s | ratio |\n|---|---|---|---|---|")
    for row in compared(model, SETS[options.set]()):
        results.append(row)
        ratio = row["predicted"] / row["seconds"]
        times = f"{row['seconds']:.3f} | {row['predicted']:.3f} | {ratio:.2f}"
        print(f"| {row['name']} | {row['operations']:.0f} | {times} |", flush=True)
    for kind in ("predicted", "built-in"):
        ratios = [row[kind] / row["seconds"] for row in results]
        within = sum(0.5 <= ratio <= 2 for ratio in ratios)
        part = f"{within} of {len(ratios)} within a factor of 2 ({within / len(ratios):.0%})"
        print(f"{kind}: {part}; nine in ten within {factor_of(ratios):.2f}")
    for name, true, guess in exponents(model):
        print(f"{name}: time grows as operations^{true:.2f}; by the model ^{guess:.2f}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
