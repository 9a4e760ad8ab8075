"""Scenarios of the rules JAX201 to JAX404."""

from __future__ import annotations

from support.seeds import Scenarios

SCENARIOS = Scenarios(
    (
        (
            4,
            "a local dict",
            """
@jax.jit
def powers(x):
    table = {}
    for exponent in range(4):
        table[exponent] = x**exponent
    return sum(table.values())

assert powers(2.0) == 15
""",
        ),
        (
            7,
            "an item of a JAX array",
            """
matrix = jnp.zeros((3, 3))
matrix[1, :] = 1.0  # JAX201
assert matrix.sum() == 0
""",
        ),
        (
            7,
            "an item of a JAX array in compiled code",
            """
@jax.jit
def border(grid):
    grid[0] = -1.0  # JAX201
    return grid

border(jnp.ones((4, 4)))
""",
        ),
        (
            7,
            "an item of a NumPy array",
            """
matrix = np.zeros((3, 3))
matrix[1, :] = 1.0
assert matrix.sum() == 3
""",
        ),
        (
            7,
            "a copy with another item",
            """
matrix = jnp.zeros((3, 3))
matrix = matrix.at[1, :].set(1.0)
assert matrix.sum() == 3
""",
        ),
        (
            8,
            "in-place forms",
            """
x = jnp.arange(1.0, 5.0)
x[1] = 9.0  # JAX201
x[1] += 2.0  # JAX201
x[1] *= 2.0  # JAX201
x[1] /= 2.0  # JAX201
x[1] **= 2.0  # JAX201
x[1] = jnp.minimum(x[1], 0.5)  # JAX201
x[1] = jnp.maximum(x[1], 9.0)  # JAX201
x[1] = min(x[1], 0.5)  # JAX201
x[1] = max(x[1], 9.0)  # JAX201
np.negative.at(x, 1)  # JAX202
np.add.at(x, [0, 1], 2.0)  # JAX202
assert x.tolist() == [1, 2, 3, 4]
""",
        ),
        (
            8,
            "in-place forms in compiled code",
            """
def attempt(update, *arguments):
    return jax.jit(update)(jnp.arange(1.0, 5.0), *arguments)

def assign(x):
    x[1] = 9.0  # JAX201
    return x

def add(x, i):
    x[i] += 2.0  # JAX201
    return x

def multiply(x, i):
    x[i] *= 2.0  # JAX201
    return x

def divide(x):
    x[1:3] /= 2.0  # JAX201
    return x

def power(x):
    x[...] **= 2.0  # JAX201
    return x

def smallest(x, limit):
    x[1] = jnp.minimum(x[1], limit)  # JAX201
    return x

def largest(x, limit):
    x[1] = jnp.maximum(x[1], limit)  # JAX201
    return x

def apply(x):
    jnp.negative.at(x, 1)  # JAX202 -> NotImplementedError
    return x

attempt(assign)
attempt(add, 1)
attempt(multiply, 1)
attempt(divide)
attempt(power)
attempt(smallest, 0.5)
attempt(largest, 9.0)
attempt(apply)
""",
        ),
        (
            8,
            "in-place forms on a NumPy array",
            """
x = np.arange(1.0, 5.0)
x[1] = 9.0
x[1] += 2.0
x[1] *= 2.0
x[1] /= 2.0
x[1] **= 2.0
x[1] = np.minimum(x[1], 0.5)
x[1] = np.maximum(x[1], 9.0)
np.negative.at(x, 1)
np.add.at(x, [0, 1], 2.0)
assert x.tolist() == [3, -7, 3, 4]
""",
        ),
        (
            8,
            "updates",
            """
@jax.jit
def update(x):
    x = x.at[1].set(9.0)
    x = x.at[1].add(2.0)
    x = x.at[1].multiply(2.0)
    x = x.at[1].divide(2.0)
    x = x.at[1].power(2.0)
    x = x.at[1].min(0.5)
    x = x.at[1].max(9.0)
    x = x.at[1].apply(jnp.negative)
    return x.at[jnp.array([0, 1])].add(2.0)

assert update(jnp.arange(1.0, 5.0)).tolist() == [3, -7, 3, 4]
""",
        ),
        (
            10,
            "reading behind the end",
            """
samples = jnp.arange(10)
assert samples[11] == 9  # JAX204 -> none
""",
        ),
        (
            10,
            "reading behind the end of an argument",
            """
@jax.jit
def last(samples):
    return samples[11]  # JAX204 -> none

assert last(jnp.arange(10)) == 9
""",
        ),
        (
            10,
            "updates behind the end",
            """
samples = jnp.arange(10)
assert samples.at[42].get() == 9  # JAX204 -> none
assert samples.at[42].set(1).sum() == 45  # JAX204 -> none
""",
        ),
        (
            10,
            "behind the end with a stated mode",
            """
samples = jnp.arange(10.0)
assert samples.at[42].get(mode="fill", fill_value=-1.0) == -1
assert samples.at[42].get(mode="clip") == 9
assert samples.at[42].set(1.0, mode="drop").sum() == 45
""",
        ),
        (
            10,
            "the last item",
            """
samples = jnp.arange(10)
assert samples[9] == samples[-1] == 9
assert samples[-10] == 0
assert samples[5:42].shape == (5,)
""",
        ),
        (
            18,
            "a branch under grad alone",
            """
def loss(x):
    if x < 3.0:
        return 3.0 * x**2
    return -4.0 * x

assert jax.grad(loss)(2.0) == 12
assert jax.value_and_grad(loss)(4.0)[1] == -4
""",
        ),
        (
            19,
            "loops over known numbers",
            """
@jax.jit
def cubed(x):
    y = 1.0
    for _ in range(3):
        y = y * x
    return y

@jax.jit
def total(x):
    y = 0.0
    for i in range(x.shape[0]):
        y = y + x[i]
    return y

assert cubed(2.0) == 8
assert total(jnp.array([1.0, 2.0, 3.0])) == 6
""",
        ),
        (
            20,
            "a branch on an argument",
            """
@jax.jit
def piecewise(x):
    if x < 3:  # JAX301
        return 3.0 * x**2
    return -4.0 * x

piecewise(2.0)
""",
        ),
        (
            20,
            "a branch on an argument, by call and in another function",
            """
def small(x):
    return True if x < 3 else False  # JAX301

def piecewise(x):
    return 3.0 * x**2 if small(x) else -4.0 * x

jax.jit(piecewise)(2.0)
""",
        ),
        (
            20,
            "a branch on a static argument",
            """
def piecewise(x):
    if x < 3:
        return 3.0 * x**2
    return -4.0 * x

@partial(jax.jit, static_argnums=(1,))
def scaled(x, n):
    if n < 3:
        return x * n
    return x

assert jax.jit(piecewise, static_argnums=(0,))(2.0) == 12
assert scaled(2.0, 2) == 4
""",
        ),
        (
            21,
            "a loop to an argument",
            """
@jax.jit
def first(x, n):
    y = 0.0
    for i in range(n):  # JAX303
        y = y + x[i]
    return y

first(jnp.array([2.0, 3.0, 4.0]), 2)
""",
        ),
        (
            21,
            "a loop to a static argument",
            """
def first(x, n):
    y = 0.0
    for i in range(n):
        y = y + x[i]
    return y

assert jax.jit(first, static_argnums=(1,))(jnp.array([2.0, 3.0, 4.0]), 2) == 5
assert jax.jit(first, static_argnames="n")(jnp.array([2.0, 3.0, 4.0]), n=2) == 5
""",
        ),
        (
            22,
            "a shape from an argument",
            """
def example(length, value):
    return jnp.ones((length,)) * value  # JAX403

jax.jit(example)(10, 5.0)
""",
        ),
        (
            22,
            "a shape from a static argument",
            """
def example(length, value):
    return jnp.ones((length,)) * value

compiled = jax.jit(example, static_argnums=(0,))
assert compiled(10, 4.0).shape == (10,)
assert compiled(5, 4.0).sum() == 20
""",
        ),
        (
            23,
            "a while loop on an argument",
            """
@jax.jit
def halved(x):
    steps = 0
    while x > 1.0:  # JAX302
        x = x / 2.0
        steps = steps + 1
    return steps

halved(10.0)
""",
        ),
        (
            23,
            "loops and branches of lax",
            """
@jax.jit
def halved(x):
    def body(state):
        return state[0] / 2.0, state[1] + 1

    return lax.while_loop(lambda state: state[0] > 1.0, body, (x, 0))[1]

@jax.jit
def total(x, n):
    return lax.fori_loop(0, n, lambda i, y: y + x[i], 0.0)

@jax.jit
def clipped(x):
    return lax.cond(x > 1.0, lambda y: 1.0, lambda y: y, x)

@jax.jit
def chosen(i, x):
    return lax.switch(i, [lambda y: y, lambda y: 2.0 * y, lambda y: -y], x)

@jax.jit
def sums(x):
    def step(carry, item):
        carry = carry + item
        return carry, carry

    return lax.scan(step, 0.0, x)[1]

x = jnp.array([1.0, 2.0, 3.0])
assert halved(10.0) == 4
assert total(x, 2) == 3
assert clipped(7.0) == 1
assert chosen(1, 4.0) == 8
assert sums(x).tolist() == [1, 3, 6]
""",
        ),
        (
            26,
            "a sum without its NaNs, by a mask",
            """
@jax.jit
def nansum(x):
    mask = ~jnp.isnan(x)
    return jnp.sum(x[mask])  # JAX401

nansum(jnp.array([1.0, jnp.nan, 2.0]))
""",
        ),
        (
            26,
            "a sum without its NaNs, by where",
            """
@jax.jit
def nansum(x):
    mask = ~jnp.isnan(x)
    return jnp.sum(jnp.where(mask, x, 0.0))

assert nansum(jnp.array([1.0, jnp.nan, 2.0])) == 3
""",
        ),
        (
            26,
            "a mask outside of compiled code",
            """
x = jnp.array([1.0, jnp.nan, 2.0])
assert jnp.sum(x[~jnp.isnan(x)]) == 3
""",
        ),
        (
            27,
            "a slice to an argument",
            """
@jax.jit
def head(x, n):
    return x[:n]  # JAX404

head(jnp.arange(10), 3)
""",
        ),
        (
            27,
            "a window in the body of a loop",
            """
def moving_sums(x, width):
    def body(i, sums):
        return sums.at[i].set(jnp.sum(x[i : i + width]))  # JAX404

    return lax.fori_loop(0, 8, body, jnp.zeros(8))

moving_sums(jnp.arange(10.0), 3)
""",
        ),
        (
            27,
            "a window in the body of a scan",
            """
signal = jnp.arange(10.0)

def body(start, _):
    return start + 1, signal[start : start + 3].sum()  # JAX404

lax.scan(body, 0, None, length=4)
""",
        ),
        (
            27,
            "windows of a known size",
            """
@partial(jax.jit, static_argnames=("width",))
def moving_sums(x, width):
    def body(i, sums):
        return sums.at[i].set(jnp.sum(lax.dynamic_slice(x, (i,), (width,))))

    return lax.fori_loop(0, 8, body, jnp.zeros(8)) + lax.dynamic_slice_in_dim(x, 0, 8)[: width + 5]

assert moving_sums(jnp.arange(10.0), 3)[0] == 3
""",
        ),
        (
            34,
            "a relu of Python",
            """
def relu(x):
    if x > 0:  # JAX301
        return x
    return 0.0

jax.jit(relu)(3.0)
jax.vmap(relu)(jnp.array([-1.0, 2.0]))
""",
        ),
        (
            34,
            "a relu of Python in a gradient that is compiled",
            """
def relu(x):
    if x > 0:  # JAX301
        return x
    return 0.0

jax.jit(jax.vmap(jax.grad(relu)))(jnp.array([-1.0, 2.0]))
""",
        ),
        (
            34,
            "a relu of JAX",
            """
@jax.jit
def relu(x):
    return jnp.where(x > 0, x, 0.0)

assert relu(3.0) == 3
assert jax.vmap(jax.grad(relu))(jnp.array([-1.0, 2.0])).tolist() == [0, 1]
""",
        ),
    ),
    wrong=frozenset({7, 8, 10, 20, 21, 22, 23, 26, 27, 34}),
    right=frozenset({4, 7, 8, 10, 18, 19, 20, 21, 22, 23, 26, 27, 34}),
)
