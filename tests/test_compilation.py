"""What the rules of the family JAX70x say beside the place: levels, notes, and the option that they have."""

from __future__ import annotations

from jaxlint import check_source
from jaxlint.config import Config
from jaxlint.diagnostics import Level

LOOP = """
import jax

@jax.jit
def decay(x):
    for _ in range(10):
        x = 0.9 * x
    return x
"""

DONATED = """
import jax
import jax.numpy as jnp

total = jax.jit(lambda x: x.sum(), donate_argnums=0)
double = jax.jit(lambda x: 2 * x, donate_argnums=0)

def small():
    x = jnp.ones(3)
    y = total(x)
    return x + y

def same():
    x = jnp.ones(3)
    y = double(x)
    return x + y
"""

FLAG = """
import jax

@jax.jit
def scale(x, double):
    if double:
        return 2 * x
    return x

scale(1.0, True)
"""


def test_the_limit_of_rounds_is_an_option() -> None:
    """`unroll-limit` says from how many rounds on a loop is reported."""
    assert [found.code for found in check_source(LOOP)] == []
    assert [found.code for found in check_source(LOOP, config=Config(unroll_limit=10))] == ["JAX705"]


def test_a_donated_argument_without_an_output_of_its_size_is_a_warning() -> None:
    """JAX deletes only what it can use, so the first read works and the second raises."""
    assert [found.level for found in check_source(DONATED)] == [Level.WARNING, Level.ERROR]


def test_a_flag_for_a_traced_parameter_is_one_finding() -> None:
    """The branch is reported, and a note shows the call that passes a Python value."""
    (found,) = check_source(FLAG)

    assert found.code == "JAX301"
    assert next(note.span.start.row for note in found.notes if note.span) == 10
    assert "static_argnames" in found.notes[0].message
