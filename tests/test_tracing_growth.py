"""Loops over long axes: traced within the default limits, with the number of equations at the full length."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

from jaxlint.engine import run
from jaxlint.tracing.opinion import Tracer
from jaxlint.tracing.pool import Limits
from jaxlint.tracing.protocol import Options

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")

PROGRAM = """
import jax
import jax.numpy as jnp
from jax import lax


@jax.jit
def cumulative(x):
    total, sums = 0.0, []
    for i in range(x.shape[0]):
        total = total + x[i]
        sums.append(total)
    return jnp.stack(sums)


@jax.jit
def scanned(x):
    return lax.scan(lambda total, value: (total + value, total), 0.0, x)[1]


def squares(x):
    total = 0.0
    for value in x:
        total = total + value * value
    return total


@jax.jit
def mean(values):
    return jnp.sum(jnp.array(values)) / len(values)


if __name__ == "__main__":
    cumulative(jnp.ones(10_000))
    scanned(jnp.ones(10_000))
    jax.grad(squares)(jnp.ones(10_000))
    mean([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0])
"""


@pytest.fixture(scope="module")
def tracer(tmp_path_factory: pytest.TempPathFactory) -> Tracer:
    """The program, traced with the limits that users get."""
    folder = tmp_path_factory.mktemp("growth")
    (folder / "jaxlint.toml").touch()
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    tracer = Tracer(Options(), Limits())
    codes = {one.code for one in run([folder], opinion=tracer).diagnostics}
    assert codes >= {"JAX705", "JAX752", "JAX753", "JAX754"}
    return tracer


def measured(tracer: Tracer, name: str) -> dict[str, Any]:
    """What was measured of a function."""
    (outcome,) = tracer.outcomes
    number = next(i for i, one in enumerate(outcome.request.targets) if one.name == name)
    measurement = outcome.traced[number].measurement
    assert measurement is not None, outcome.traced[number].reason
    return dict(measurement)


@pytest.mark.parametrize(("name", "equations"), [("cumulative", 30_001), ("squares", 50_002)])
def test_equations_at_ten_thousand_elements_follow_a_linear_law(
    tracer: Tracer, name: str, equations: int
) -> None:
    """Rows 38 and 39: counted at lengths that cost nothing, told for the full one."""
    found = measured(tracer, name)
    assert found["equations"] >= equations  # older versions of JAX write more equations for the same
    assert [one["law"]["kind"] for one in found["growth"]] == ["linear"]
    assert found["traced_at"] == [[10_000, 64]]


def test_a_scan_is_one_equation_whatever_the_length(tracer: Tracer) -> None:
    """Row 38, the right version."""
    found = measured(tracer, "scanned")
    assert found["outermost"] == 1
    assert {one["law"]["kind"] for one in found["growth"]} == {"constant"}


def test_a_list_is_an_argument_for_each_number(tracer: Tracer) -> None:
    """Row 12: the number of equations grows with the list."""
    (growth,) = measured(tracer, "mean")["growth"]
    assert growth["dimension"] == "len(values)"
    assert growth["law"]["kind"] == "linear"
