"""Between which limits results lie: what the table says, the real JAX keeps to."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from jaxlint.engine import check_source
from jaxlint.knowledge.bounds import keeps_limits, limits_of
from jaxlint.knowledge.tables import load_table

jax = pytest.importorskip("jax")
np = pytest.importorskip("numpy")

WITHIN = load_table("bounds")["within"]
SAMPLES = np.array([-1e3, -2.5, -1.0, -0.3, 0.0, 0.7, 1.0, 3.0, 50.0], np.float32)


def _function(dotted: str) -> Any:
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    "dotted", " ".join(names for limits, names in WITHIN.items() if limits != "keep").split()
)
def test_results_keep_to_their_limits(dotted: str) -> None:
    """A function of one array stays within the limits that it has for any input."""
    low, high = limits_of(dotted) or (0.0, 0.0)
    function = _function(dotted)
    if dotted.startswith("jax.random.") or low == -np.inf:
        return  # draws have the limits of their distribution, and any result keeps to no limits
    arguments = {"hypot": 2, "heaviside": 2}.get(dotted.rpartition(".")[2], 1)
    sample = SAMPLES.astype(int) if dotted.endswith("one_hot") else SAMPLES
    result = function(sample, 3) if dotted.endswith("one_hot") else function(*[sample] * arguments)
    finite = np.asarray(result)[np.isfinite(np.asarray(result))]
    assert ((finite >= low) & (finite <= high)).all()


def test_names_of_the_table_exist() -> None:
    """Every name is one of JAX's."""
    for name in WITHIN["keep"].split():
        assert keeps_limits(f"jax.numpy.{name}")
        holders = (jax.numpy, jax.lax, jax.Array)
        assert any(hasattr(holder, name) for holder in holders), name


OPERATIONS = (
    "x + y; x - y; x * y; x / 4; -x; x % 7; x**2; jnp.clip(x, 1, 5); jnp.maximum(x, 3); jnp.minimum(x, y); "
    "jnp.abs(x); jnp.where(y > 0, x, 3.0); jnp.round(x); x.mean(); jnp.square(y); jnp.concatenate([x, y])"
).split("; ")

PROGRAM = """
import jax.numpy as jnp
x = jnp.linspace({}, {}, 50)
y = jnp.linspace(-3.0, 9.0, 50)
z = {}
"""


@pytest.mark.parametrize("expression", OPERATIONS)
def test_what_stays_in_range_is_silent(expression: str) -> None:
    """An expression over known limits is reported wherever its values leave the range."""
    for start, stop in ((-20.0, 30.0), (0.0, 15.0), (3.0, 300.0)):
        text = PROGRAM.format(start, stop, expression)
        names: dict[str, Any] = {}
        exec(text, names)
        leaves = bool((names["z"] <= -1).any() or (names["z"] >= 257).any())
        reported = any(each.code == "JAX805" for each in check_source(text + "w = z.astype(jnp.uint8)\n"))
        assert reported or not leaves
