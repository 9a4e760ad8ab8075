"""Scenarios of JAX's own pages that JAX itself confirms: the mode says so, at the line."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from support.blocks import strip_markers

from jaxlint.catalogue import catalogue
from jaxlint.config import Config
from jaxlint.diagnostics import Diagnostic
from jaxlint.engine import run as run_engine
from jaxlint.tracing.opinion import Tracer
from jaxlint.tracing.pool import Limits
from jaxlint.tracing.protocol import Options

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")

PROGRAM = """
import functools

import jax
import jax.numpy as jnp
from jax import grad, jit, lax

kept = None


@jit
def keep(x):
    global kept
    kept = x  # JAX103
    return x


def scanned(values):
    return lax.scan(lambda c, x: (c + x, c), 0.0, iter(values))  # JAX104


@jit
def pinned(x):
    x[0] = 1.0  # JAX201
    return x


def total():
    return jnp.sum([1, 2, 3])  # JAX501


def twice(key):
    a = jax.random.normal(key)
    return a + jax.random.normal(key)  # JAX601


@jit
def step(x):
    if x < 3:  # JAX301
        return 3.0 * x**2
    return -4.0 * x


@jit
def power(x, n):
    y = 0.0
    for _ in range(n):  # JAX303
        y = y + x
    return y


@jit
def example(length, val):
    return jnp.ones((length,)) * val  # JAX403


@jit
def halve(x):
    while x > 1.0:  # JAX302
        x = x / 2
    return x


@jit
def nansum(x):
    return x[~jnp.isnan(x)].sum()  # JAX401


@jit
def head(x, n):
    return x[:n]  # JAX404


def mixed():
    return lax.add(jnp.float32(42), jnp.int32(42))  # JAX505


@functools.partial(jit, static_argnums=1)
def shaped(x, sizes):
    return x.reshape(sizes)


def pair(x):
    return x**2, x + 1


if __name__ == "__main__":
    keep(1.0)
    scanned(jnp.arange(3.0))
    pinned(jnp.ones(3))
    total()
    twice(jax.random.key(0))
    step(2.0)
    power(2.0, 3)
    example(3, 2.0)
    halve(8.0)
    nansum(jnp.ones(3))
    head(jnp.ones(3), 2)
    mixed()
    shaped(jnp.ones(4), [2, 2])  # JAX702
    grad(pair)(1.0)  # JAX711
"""

TEXT, MARKERS = strip_markers(PROGRAM)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, str], Diagnostic]:
    """The findings of one run, by row and code."""
    folder = tmp_path_factory.mktemp("seeds")
    (folder / "jaxlint.toml").touch()
    (folder / "program.py").write_text(TEXT, encoding="utf-8")
    tracer = Tracer(Options(measure=False), Limits(120))
    result = run_engine([folder], config=Config(select=("ALL",)), opinion=tracer)
    return {(one.span.start.row, one.code): one for one in result.diagnostics}


CASES = [(row, code) for row, marker in MARKERS.items() for code in marker.codes]


@pytest.mark.parametrize(("row", "code"), CASES, ids=[code for _, code in CASES])
def test_jax_confirms(found: dict[tuple[int, str], Diagnostic], row: int, code: str) -> None:
    """What the static analysis reports is confirmed."""
    if code not in catalogue():
        pytest.skip(f"{code} is no rule yet")
    assert found[row, code].verdict == "confirmed"


def test_no_right_line_is_reported(found: dict[tuple[int, str], Diagnostic]) -> None:
    """Nothing is confirmed on other lines; what no rule explains yet stays on lines that are wrong."""
    assert {row for (row, _), one in found.items() if one.verdict == "confirmed"} <= set(MARKERS)
