"""Scenarios of the rules JAX701 to JAX709 and JAX714."""

from __future__ import annotations

from support.seeds import Scenarios

SCENARIOS = Scenarios(
    (
        (
            19,
            "a loop over many rows",
            """
@jax.jit
def total(x):
    result = 0.0
    for i in range(x.shape[0]):  # JAX705 -> none
        result += x[i]
    return result

assert total(jnp.ones(50)) == 50
""",
        ),
        (
            19,
            "short loops",
            """
@jax.jit
def total(x):
    result = 0.0
    for i in range(3):
        result += i
    for i in range(x.shape[0]):
        result += x[i]
    return result

assert total(jnp.ones(5)) == 8
""",
        ),
        (
            38,
            "a cumulative sum as a Python loop",
            """
def cumulative(x):
    out = []
    total = 0.0
    for element in x:  # JAX705 -> none
        total = total + element
        out.append(total)
    return jnp.array(out)

jax.eval_shape(jax.jit(cumulative), jnp.ones(100))
""",
        ),
        (
            38,
            "a cumulative sum by scan",
            """
@jax.jit
def cumulative(x):
    return lax.scan(lambda total, element: (total + element,) * 2, 0.0, x)[1]

assert cumulative(jnp.ones(10_000))[-1] == 10_000
""",
        ),
        (
            40,
            "the time that a call takes to return",
            """
import time

x = jnp.ones((100, 100))
product = jax.jit(lambda a: a @ a)
start = time.perf_counter()
product(x)
elapsed = time.perf_counter() - start  # JAX709 -> none
""",
        ),
        (
            40,
            "the time that a computation takes",
            """
import time

x = jnp.ones((100, 100))
product = jax.jit(lambda a: a @ a)
start = time.perf_counter()
product(x).block_until_ready()
elapsed = time.perf_counter() - start
assert elapsed > 0
""",
        ),
        (
            41,
            "a donated argument used again",
            """
add = jax.jit(lambda x, y: x + y, donate_argnums=0)
x = jnp.ones(3)
y = add(x, 1.0)
x + 1  # JAX706
""",
        ),
        (
            41,
            "a donated argument that is replaced",
            """
add = jax.jit(lambda x, y: x + y, donate_argnums=0)
x = jnp.ones(3)
for _ in range(3):
    x = add(x, 1.0)
assert x.sum() == 12
""",
        ),
        (
            35,
            "an activation given as a string and as a function",
            """
@jax.jit
def layer(x, activation):
    return jnp.tanh(x) if activation == "tanh" else activation(x)

layer(jnp.ones(3), "tanh")  # JAX707
layer(jnp.ones(3), jax.nn.relu)  # JAX707
""",
        ),
        (
            35,
            "an activation that is static",
            """
@partial(jax.jit, static_argnames="activation")
def layer(x, activation):
    return activation(x)

layer(jnp.ones(3), jax.nn.relu)
layer(jnp.ones(3), activation=jnp.tanh)
""",
        ),
        (
            36,
            "a list and an array as static arguments",
            """
@partial(jax.jit, static_argnums=1)
def pad(x, widths):
    return jnp.pad(x, widths)

pad(jnp.ones(3), [1, 1])  # JAX702
pad(jnp.ones(3), jnp.array([1, 1]))  # JAX702
""",
        ),
        (
            36,
            "a tuple as static argument",
            """
@partial(jax.jit, static_argnums=1)
def pad(x, widths):
    return jnp.pad(x, widths)

assert pad(jnp.ones(3), (1, 1)).shape == (5,)
""",
        ),
        (
            37,
            "a compiled method",
            """
class Layer:
    def __init__(self, w):
        self.w = w

    @jax.jit  # JAX704 -> none
    def apply(self, x):
        return self.w * x
""",
        ),
        (
            37,
            "a helper function, a static self, a pytree",
            """
class Layer:
    def __init__(self, w):
        self.w = w

    @partial(jax.jit, static_argnums=0)
    def apply_static(self, x):
        return self.w * x

    def apply_by_helper(self, x):
        return multiply(self.w, x)

@jax.jit
def multiply(w, x):
    return w * x

@jax.tree_util.register_pytree_node_class
class Tree:
    def __init__(self, w):
        self.w = w

    @jax.jit
    def apply(self, x):
        return self.w * x

    def tree_flatten(self):
        return (self.w,), None

    @classmethod
    def tree_unflatten(cls, _, children):
        return cls(*children)

Layer(2.0).apply_static(3.0)
Layer(2.0).apply_by_helper(3.0)
Tree(2.0).apply(3.0)
""",
        ),
        (
            42,
            "a static argument that counts along",
            """
@partial(jax.jit, static_argnums=1)
def power(x, n):
    return x**n

for n in range(10):
    power(2.0, n)  # JAX708
""",
        ),
        (
            42,
            "a static argument with one value",
            """
@partial(jax.jit, static_argnums=1)
def power(x, n):
    return x**n

for n in range(10):
    assert power(2.0, 3) == 8
""",
        ),
        (
            53,
            "ahead of time, with a string",
            """
def describe(x, name):
    return {name: x}

jax.jit(describe).lower(jnp.ones(3), "x")  # JAX707
""",
        ),
        (
            53,
            "ahead of time, traced like a call",
            """
def clip(x, low):
    if x.sum() > low:  # JAX301
        return x
    return low + 0 * x

jax.jit(clip).lower(jnp.ones(3), 1.0)
""",
        ),
        (
            53,
            "ahead of time",
            """
def describe(x, name):
    return {name: 2 * x}

compiled = jax.jit(describe, static_argnums=1).lower(jnp.ones(3), "x").compile()
assert compiled(jnp.ones(3))["x"].sum() == 6
""",
        ),
    ),
    wrong=frozenset({19, 35, 36, 37, 38, 40, 41, 42, 53}),
    right=frozenset({19, 35, 36, 37, 38, 40, 41, 42, 53}),
)
