"""Transformation × operation: jaxlint reports a line exactly where the real JAX fails on it.

The programs are generated (see ``support.generated``). Each is run and linted twice: with calls of its
functions in the text, and without any, so that what JAX is given must be inferred.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Final

import pytest
from support import generated
from support.generated import Outcome
from support.operations import OPERATIONS, Operation
from support.transformations import TRANSFORMATIONS, Transformation

from jaxlint.config import Config
from jaxlint.engine import check_source

jax = pytest.importorskip("jax")

pytestmark = pytest.mark.skipif(
    tuple(map(int, jax.__version__.split(".")[:2])) != (0, 12),
    reason="what JAX allows is stated for JAX 0.12",
)

FAMILIES = ("JAX0", "JAX2", "JAX3", "JAX4")
"""The rules that speak of what a line does with a traced value; others may have an opinion about the programs."""

COMPLETE = frozenset({"no transformation", "@jax.jit", "grad(f)", "@jax.vmap"})
"""Transformations that are tried with every operation; the others with each one in ``SHARE``, all of them in turn."""

SHARE = 5

KNOWN_GAPS: Final[dict[tuple[str, str], str]] = {}
"""Misses that are known, by transformation and operation, with the reason. False alarms have no place here."""


def chosen(transformation: Transformation) -> list[Operation]:
    """The operations that a transformation is tried with."""
    if transformation.name in COMPLETE:
        return list(generated.operations(transformation))
    start = TRANSFORMATIONS.index(transformation)
    fitting = set(generated.operations(transformation))
    return [op for number, op in enumerate(OPERATIONS, start) if number % SHARE == 0 and op in fitting]


@cache
def outcomes(transformation: Transformation) -> dict[Operation, Outcome]:
    """What JAX makes of the chosen operations."""
    return generated.measure(transformation, chosen(transformation))


@pytest.mark.parametrize("transformation", TRANSFORMATIONS, ids=lambda transformation: transformation.name)
def test_findings_are_where_jax_fails(transformation: Transformation) -> None:
    """A line has a finding if and only if JAX fails on it, with the code of that operation."""
    problems = disagreements(transformation, calls=True)
    if not transformation.needs_call:
        problems += disagreements(transformation, calls=False)

    assert problems == []


def disagreements(transformation: Transformation, *, calls: bool) -> list[str]:
    """Compare the findings with the outcomes, one sentence for each difference."""
    program = generated.program(transformation, chosen(transformation), calls=calls)
    found: defaultdict[int, set[str]] = defaultdict(set)
    for diagnostic in check_source(program.text, config=Config(select=FAMILIES)):
        found[diagnostic.span.start.row].add(diagnostic.code)
    lines = program.text.splitlines()
    problems = [f"{lines[row - 1]}: {sorted(found[row])}" for row in found.keys() - program.rows.keys()]
    for row, operation in program.rows.items():
        outcome = outcomes(transformation).get(operation)
        problem = _problem(operation, outcome, found[row], calls=calls)
        is_gap = problem.startswith("missed") and (transformation.name, operation.text) in KNOWN_GAPS
        if problem and not is_gap:
            problems.append(f"{operation.text}: {problem} ({'with' if calls else 'without'} calls)")
    return problems


def _problem(operation: Operation, outcome: Outcome | None, codes: set[str], *, calls: bool) -> str:
    if outcome is None:
        return "JAX did not come to it"
    # Without a call nothing says that a value which is not traced is an array.
    if outcome.is_wrong and not codes and (calls or outcome.is_traced):
        return f"missed, JAX says {outcome.error or 'nothing'}"
    if codes and not outcome.is_wrong:
        return f"false alarm, {sorted(codes)}"
    if not codes <= set(operation.codes):
        return f"{sorted(codes)} is not {operation.codes}"
    return ""


@pytest.mark.parametrize("transformation", TRANSFORMATIONS, ids=lambda transformation: transformation.name)
def test_transformations_run(transformation: Transformation) -> None:
    """A transformation runs to its end around an operation that does nothing."""
    generated.run(transformation)


def test_every_operation_is_tried() -> None:
    """The shares of the transformations cover every operation many times."""
    times = defaultdict[Operation, int](int)
    for transformation in TRANSFORMATIONS:
        for operation in chosen(transformation):
            times[operation] += 1

    assert min(times[operation] for operation in OPERATIONS) > len(TRANSFORMATIONS) // (2 * SHARE)


def test_gaps_are_about_what_is_tried() -> None:
    """The known gaps name transformations and operations that exist."""
    names = {(transformation.name, op.text) for transformation in TRANSFORMATIONS for op in OPERATIONS}

    assert set(KNOWN_GAPS) <= names
