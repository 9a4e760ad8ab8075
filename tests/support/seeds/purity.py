"""Scenarios of the rules JAX101 to JAX108."""

from __future__ import annotations

from support.seeds import Scenarios

SCENARIOS = Scenarios(
    (
        (
            1,
            "printing in compiled code",
            """
def impure_print(x):
    print("executing function")
    print("argument", x)  # JAX101
    return x

compiled = jax.jit(impure_print)
compiled(4.0)
compiled(5.0)
compiled(jnp.array([5.0]))
""",
        ),
        (
            1,
            "printing that is part of the program",
            """
@jax.jit
def pure_print(x):
    jax.debug.print("argument {}", x)
    return x

pure_print(4.0)
""",
        ),
        (
            2,
            "a global that is reassigned",
            """
g = 0.0

def impure_uses_globals(x):
    return x + g  # JAX102

compiled = jax.jit(impure_uses_globals)
assert compiled(4.0) == 4.0
g = 10.0
assert compiled(5.0) == 5.0
""",
        ),
        (
            2,
            "a global that is set before the first call",
            """
g = 0.0

def adds(x):
    return x + g

g = 10.0
assert jax.jit(adds)(4.0) == 14.0
""",
        ),
        (
            3,
            "a global that keeps the argument",
            """
g = 0.0

def impure_saves_global(x):
    global g
    g = x  # JAX103
    return x

assert jax.jit(impure_saves_global)(4.0) == 4.0
assert isinstance(g, jax.core.Tracer)
""",
        ),
        (
            3,
            "a global that gets the result",
            """
g = jax.jit(lambda x: 2.0 * x)(4.0)
assert g == 8.0
""",
        ),
        (
            4,
            "a local dict",
            """
@jax.jit
def pure_uses_internal_state(x):
    state = dict(even=0, odd=0)
    for i in range(10):
        state["even" if i % 2 == 0 else "odd"] += x
    return state["even"] + state["odd"]

assert pure_uses_internal_state(5.0) == 50.0
""",
        ),
        (
            5,
            "an iterator in a loop",
            """
iterator = iter(range(10))
assert lax.fori_loop(0, 10, lambda i, x: x + next(iterator), 0) == 0  # JAX104
""",
        ),
        (
            5,
            "an array in a loop",
            """
array = jnp.arange(10)
assert lax.fori_loop(0, 10, lambda i, x: x + array[i], 0) == 45
""",
        ),
        (
            6,
            "an iterator as an argument and as an operand",
            """
def func11(arr, extra):
    ones = jnp.ones(arr.shape)

    def body(carry, aelems):
        ae1, ae2 = aelems
        return (carry + ae1 * ae2 + extra, carry)

    return lax.scan(body, 0.0, (arr, ones))

jax.make_jaxpr(func11)(iter(range(16)), 5.0)  # JAX104 -> TypeError

iter_operand = iter(range(10))
lax.cond(True, lambda x: next(x) + 1, lambda x: next(x) - 1, iter_operand)  # JAX104 -> TypeError
""",
        ),
        (
            6,
            "an array as an argument and as an operand",
            """
def func11(arr, extra):
    ones = jnp.ones(arr.shape)

    def body(carry, aelems):
        ae1, ae2 = aelems
        return (carry + ae1 * ae2 + extra, carry)

    return lax.scan(body, 0.0, (arr, ones))

jax.make_jaxpr(func11)(jnp.arange(16.0), 5.0)
lax.cond(True, lambda x: x + 1, lambda x: x - 1, jnp.array([0.0]))
""",
        ),
        (
            33,
            "an impure function",
            """
scale = 2.0

@jax.jit
def impure(x):
    print(f"scaling {x}")  # JAX101
    return scale * x  # JAX102

first = impure(3.0)
scale = 5.0
assert impure(3.0) == first
""",
        ),
        (
            33,
            "a pure function",
            """
@jax.jit
def pure(x, scale):
    return scale * x

y = pure(3.0, 2.0)
print("scaled", y, pure(3.0, 5.0))
""",
        ),
    ),
    wrong=frozenset({1, 2, 3, 5, 6, 33}),
    right=frozenset({1, 2, 3, 4, 5, 6, 33}),
)
