"""Keys that lanes share: JAX says whether a key has the mapped axis."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from jaxlint.config import Config
from jaxlint.engine import run
from jaxlint.tracing.opinion import Tracer
from jaxlint.tracing.pool import Limits
from jaxlint.tracing.protocol import Options

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")

PROGRAM = """
import jax
import jax.numpy as jnp
from jax.random import uniform

KEY = jax.random.key(0)

@jax.vmap
def noisy(x):
    return x + jax.random.normal(KEY)  # shared

def draw(key, x):
    return x * uniform(key)  # shared

def both(key, xs):
    one = jax.vmap(draw, in_axes=(None, 0))(key, xs)
    each = jax.vmap(lambda i: jax.random.normal(jax.random.fold_in(key, i)))(jnp.arange(3))
    return one, each

def right(key, xs):
    return jax.vmap(draw)(jax.random.split(key, xs.shape[0]), xs)

def nested(keys, xs):
    return jax.vmap(lambda k: jax.vmap(lambda x: x + jax.random.normal(k))(xs))(keys)  # shared

if __name__ == "__main__":
    noisy(jnp.ones(3))
    both(jax.random.PRNGKey(1), jnp.ones(4))
    right(jax.random.key(2), jnp.ones(4))
    nested(jax.random.split(KEY, 3), jnp.ones(4))
"""


def test_keys_that_all_lanes_share_are_confirmed(tmp_path: Path) -> None:
    """Captured, passed with ``in_axes=None``, and mapped by the outer of two `vmap` only."""
    (tmp_path / "jaxlint.toml").touch()
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    tracer = Tracer(Options(measure=False), Limits(120))
    found = run([tmp_path], config=Config(select=("JAX608",)), opinion=tracer).diagnostics
    shared = {row for row, line in enumerate(PROGRAM.splitlines(), 1) if "# shared" in line}
    assert {one.span.start.row for one in found if one.verdict == "confirmed"} == shared
