"""Transformation by operation: jaxlint reports a line exactly where the real JAX fails on it.

The programs are generated (see ``support.generated``). Each is run, and linted twice: with calls of its
functions in the text, and without any, so that what JAX is given must be inferred.
``tools/measure_transformations.py --lint`` does the same with every pair.
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from support import generated
from support.agreement import disagreements
from support.generated import Outcome
from support.operations import OPERATIONS, Operation
from support.transformations import TRANSFORMATIONS, Transformation

jax = pytest.importorskip("jax")

ROOT = Path(__file__).parents[1]

sys.path.insert(0, str(ROOT / "tools"))
measure_transformations: Any = importlib.import_module("measure_transformations")

pytestmark = pytest.mark.skipif(
    tuple(map(int, jax.__version__.split(".")[:2])) != (0, 12),
    reason="what JAX allows is stated for JAX 0.12",
)

each_transformation = pytest.mark.parametrize("transformation", TRANSFORMATIONS, ids=lambda item: item.name)

COMPLETE: Final = frozenset({"@jax.jit", "grad(f)", "@jax.vmap"})
"""The transformations that are tried with every operation."""

SHARE: Final = 10
"""The others are tried with one operation in so many, each with other ones."""

HALF_CONCRETE = "constants of an eager shard_map can be tested but not converted; taken as concrete"
INTEGERS = "jnp.array of a Python integer alone is traced there, all other constants are concrete"
CLOSED_OVER = "iteration and stop_gradient make tracers of a closed-over concrete array"

KNOWN_GAPS: Final = {
    **{
        ("shard_map", text): HALF_CONCRETE
        for text in (
            "float(SCALE * 2)",
            "float(jnp.sqrt(2.0))",
            "float(WEIGHTS[0])",
            "np.asarray(WEIGHTS + 1)",
            "np.asarray(jnp.arange(3))",
            "<v>[WEIGHTS > 0]",
        )
    },
    ("linear_transpose", "int(jnp.array(3))"): INTEGERS,
    ("custom_jvp, its rule under grad", "int(jnp.array(3))"): INTEGERS,
    ("custom_jvp, the tangent of its rule under grad", "int(jnp.array(3))"): INTEGERS,
    ("cond, closure", "1.0 in <v>"): CLOSED_OVER,
    ("cond, closure", "min(<v>)"): CLOSED_OVER,
    ("cond, closure", "np.asarray(lax.stop_gradient(<v>))"): CLOSED_OVER,
}
"""Misses by transformation and operation, with the reason. False alarms have no place here."""

RULES_UNDER_GRAD: Final = "the rules of custom derivatives are followed under abstract tracing only"

KNOWN_BLIND: Final = {
    "jit(vmap(in_axes=(0, None))), the other one": "without calls the argument may be a list",
    "custom_jvp, its rule under jit(grad)": "without calls the primals may be lists",
    "custom_jvp, its rule under jvp": RULES_UNDER_GRAD,
    "custom_jvp, the tangent of its rule under grad": RULES_UNDER_GRAD,
    "custom_vjp, backward under grad": RULES_UNDER_GRAD,
    "custom_vjp, the cotangent under grad": RULES_UNDER_GRAD,
    "jnp.apply_along_axis": "without calls the rank is unknown, and a vector is not traced",
}
"""Transformations of which any operation may be missed, with the reason."""


def chosen(transformation: Transformation) -> tuple[Operation, ...]:
    """The operations that a transformation is tried with."""
    fitting = generated.operations(transformation)
    if transformation.name in COMPLETE:
        return fitting
    start = TRANSFORMATIONS.index(transformation)
    share = {operation for number, operation in enumerate(OPERATIONS, start) if number % SHARE == 0}
    return tuple(operation for operation in fitting if operation in share)


@cache
def outcomes(transformation: Transformation) -> dict[Operation, Outcome]:
    """What JAX makes of the chosen operations."""
    return generated.measure(transformation, chosen(transformation))


@each_transformation
def test_findings_are_where_jax_fails(transformation: Transformation) -> None:
    """A line has a finding, with the code of its operation, if and only if JAX fails on it."""
    found = [*disagreements(transformation, outcomes(transformation), calls=True)]
    if not transformation.needs_call:
        found += disagreements(transformation, outcomes(transformation), calls=False)

    missed = {(transformation.name, item.place) for item in found if item.is_miss}
    tried = {(transformation.name, operation.text) for operation in outcomes(transformation)}

    if transformation.name in KNOWN_BLIND:
        assert [str(item) for item in found if not item.is_miss] == []
        return
    new = [item for item in found if not item.is_miss or (transformation.name, item.place) not in KNOWN_GAPS]

    assert [str(item) for item in new] == []
    assert missed == tried & KNOWN_GAPS.keys(), "a gap that is closed leaves the table"


@each_transformation
def test_operations_are_reached(transformation: Transformation) -> None:
    """JAX comes to every operation, and a transformation of one that does nothing runs to its end."""
    assert set(outcomes(transformation)) == set(chosen(transformation))
    generated.run(transformation)


@each_transformation
def test_docs_state_what_is_measured(transformation: Transformation) -> None:
    """The page about the transformations says of each operation what JAX does with it."""
    stated = stated_by_docs()[transformation.name]

    wrong = {
        operation.text: stated[operation.text]
        for operation, outcome in outcomes(transformation).items()
        if operation.text in stated and stated[operation.text] != measure_transformations.verdict(outcome)
    }

    assert wrong == {}


@cache
def stated_by_docs() -> dict[str, dict[str, str]]:
    """Read the page: verdicts by transformation and operation."""
    stated: dict[str, dict[str, str]] = measure_transformations.read(
        (ROOT / "docs" / "transformations.md").read_text(encoding="utf-8")
    )
    return stated


def test_every_operation_is_tried() -> None:
    """The shares of the transformations cover every operation many times."""
    times = Counter(operation for transformation in TRANSFORMATIONS for operation in chosen(transformation))

    assert min(times[operation] for operation in OPERATIONS) > len(TRANSFORMATIONS) // (2 * SHARE)


def test_gaps_are_about_what_is_tried() -> None:
    """The known gaps name transformations and operations that exist, and are few."""
    pairs = {(item.name, operation.text) for item in TRANSFORMATIONS for operation in OPERATIONS}

    assert KNOWN_GAPS.keys() <= pairs
    assert len(KNOWN_GAPS) < len(pairs) / 1000
