"""Scenarios of the rules JAX710 to JAX713."""

from __future__ import annotations

from support.seeds import Scenarios

SCENARIOS = Scenarios(
    (
        (
            25,
            "operands of cond in front of its functions",
            """
def double(x):
    return 2.0 * x

def halve(x):
    return 0.5 * x

lax.cond(True, jnp.float32(3.0), double, halve)  # JAX712
lax.cond(True, 3.0, double, halve)  # JAX712
""",
        ),
        (
            25,
            "operands of cond behind its functions, and the form of 2019",
            """
def double(x):
    return 2.0 * x

def halve(x):
    return 0.5 * x

assert lax.cond(True, double, halve, 3.0) == 6.0
assert lax.cond(False, double, halve, operand=3.0) == 1.5
assert lax.cond(True, 3.0, double, 3.0, halve) == 6.0
""",
        ),
    ),
    wrong=frozenset({25}),
    right=frozenset({25}),
)
