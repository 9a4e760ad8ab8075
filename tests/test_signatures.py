"""What the messages of JAX710 to JAX713 name: the leaf that differs, the function, the loop."""

from __future__ import annotations

import pytest

from jaxlint import check_source
from jaxlint.config import Config
from jaxlint.diagnostics import Diagnostic

HEADER = """\
from typing import NamedTuple
import jax
import jax.numpy as jnp
from jax import lax

class State(NamedTuple):
    position: jax.Array
    extras: dict

"""


def only(program: str) -> Diagnostic:
    """The one diagnostic of a program."""
    (diagnostic,) = check_source(HEADER + program, config=Config(select=("JAX71",)))
    return diagnostic


@pytest.mark.parametrize(
    ("start", "step", "words"),
    [
        ("jnp.zeros(3)", "c[None]", "`c` goes in as `f32[3]` and comes out as `f32[1,3]`"),
        ("(0.0, jnp.zeros(3))", "(c[0], c[1][:2])", "`c[1]` goes in as `f32[3]` and comes out as `f32[2]`"),
        ("{'w': jnp.int32(0)}", "{'w': c['w'] / 2}", "`c['w']` goes in as `i32[]` and comes out as `f32[]`"),
        (
            "State(jnp.zeros(2), {'n': 0})",
            "c._replace(extras={'n': None})",
            "`c.extras['n']` goes in as `i32[]` and comes out as `None`",
        ),
        ("(0, 1.0)", "[c[0], c[1]]", "`c` goes in as a tuple of 2 and comes out as a list of 2"),
        ("{'a': 0.0}", "{'a': 0.0, 'b': x}", "a dict with `'a'` and comes out as a dict with `'a', 'b'`"),
    ],
)
def test_the_leaf_that_differs_is_named(start: str, step: str, words: str) -> None:
    """The path leads from the parameter of the body to the leaf, in the words of Python."""
    assert words in only(f"lax.scan(lambda c, x: ({step}, x), {start}, jnp.ones(4))").message


def test_other_leaves_and_the_body_are_noted() -> None:
    """The headline names one leaf; the notes name the others, and say where the body stands."""
    found = only(
        "def body(c, x):\n    return (c[0][None], c[1] * 0.5), x\n"
        "lax.scan(body, (jnp.ones(2), jnp.int32(1)), jnp.ones(4))"
    )

    first, second = found.notes
    assert first.message == "`c[1]` differs as well: `i32[]` and `f32[]`"
    assert second.span is not None
    assert second.span.start.row == HEADER.count("\n") + 1


def test_the_loop_behind_a_gradient_is_noted() -> None:
    """A gradient far away from the loop says which one is meant."""
    found = only(
        "def solve(x):\n    return lax.while_loop(lambda v: v < 9.0, lambda v: v * x, x)\n"
        "def loss(x):\n    return solve(x) ** 2\n"
        "jax.grad(loss)(2.0)"
    )

    assert found.code == "JAX710"
    assert found.notes[0].span is not None
    assert found.notes[0].span.start.row == HEADER.count("\n") + 2


def test_a_number_takes_the_type_of_the_body_once() -> None:
    """JAX promotes a weakly typed start, and looks at the body a second time, not a third."""
    config = Config(select=("JAX71",))
    good = "lax.scan(lambda c, x: ((c[0] + x, c[1] + 1), None), (0, 0), jnp.ones(3))"
    late = "lax.scan(lambda c, x: ((c[1], x), None), (0, 0), jnp.ones(3))"

    assert not check_source(HEADER + good, config=config)
    assert "`c[0]` goes in as `i32[]` and comes out as `f32[]`" in only(late).message
