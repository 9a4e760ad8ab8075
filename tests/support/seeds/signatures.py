"""Scenarios of the rules JAX710 to JAX713."""

from __future__ import annotations

from support.seeds import Scenarios

SCENARIOS = Scenarios(
    (
        (
            24,
            "the gradient of a while loop",
            """
def doubled_until(x):
    return lax.while_loop(lambda value: value < 10.0, lambda value: 2.0 * value, x)

jax.grad(doubled_until)(1.0)  # JAX710
assert jax.jacfwd(doubled_until)(1.0) == 16.0
""",
        ),
        (
            24,
            "the gradient of a loop with a traced bound",
            """
def power(x, n):
    return lax.fori_loop(0, n, lambda i, value: value * x, 1.0)

jax.jit(jax.grad(power))(2.0, 3)  # JAX710
""",
        ),
        (
            24,
            "the gradient of a loop with static bounds",
            """
def power(x, n):
    return lax.fori_loop(0, n, lambda i, value: value * x, 1.0)

assert jax.grad(power)(2.0, 3) == 12.0
assert jax.jit(jax.grad(power), static_argnums=1)(2.0, 3) == 12.0
assert jax.jit(jax.grad(lambda x: power(x, 3)))(2.0) == 12.0
""",
        ),
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
        (
            52,
            "transformations of transformations",
            """
def f(x, y):
    return jnp.sum(x * y**2)

x, y = jnp.ones(3), jnp.arange(6.0).reshape(2, 3)
jax.vmap(f, in_axes=(None, 0))(x, y)
jax.vmap(jax.grad(f), in_axes=(None, 0))(x, y)
jax.jit(jax.vmap(jax.grad(f), in_axes=(None, 0)))(x, y)
jax.jacfwd(jax.jacrev(f))(x, y[0])
jax.hessian(f, argnums=1)(x, y[0])
jax.jvp(f, (x, y[0]), (x, y[0]))
jax.vjp(f, x, y[0])[1](1.0)
jax.linearize(f, x, y[0])[1](x, y[0])
""",
        ),
        (
            53,
            "a function compiled ahead of time",
            """
def f(x):
    return 2.0 * x

compiled = jax.jit(f).lower(1.0).compile()
assert compiled(3.0) == 6.0
""",
        ),
        (
            53,
            "a compiled function that is transformed",
            """
def f(x):
    return 2.0 * x

compiled = jax.jit(f).lower(1.0).compile()
jax.grad(compiled)(1.0)  # JAX712
jax.vmap(compiled)(jnp.ones(3))  # JAX712
jax.jit(lambda x: compiled(x) + 1.0)(1.0)  # JAX712
""",
        ),
        (
            55,
            "a loss with an auxiliary value, without has_aux",
            """
def loss(w, x):
    prediction = w * x
    return jnp.sum(prediction**2), prediction

jax.grad(loss)(2.0, jnp.ones(3))  # JAX711
jax.value_and_grad(loss)(2.0, jnp.ones(3))  # JAX711
""",
        ),
        (
            55,
            "a loss with an auxiliary value, with has_aux",
            """
def loss(w, x):
    prediction = w * x
    return jnp.sum(prediction**2), prediction

gradient, prediction = jax.grad(loss, has_aux=True)(2.0, jnp.ones(3))
(value, prediction), gradient = jax.value_and_grad(loss, has_aux=True)(2.0, jnp.ones(3))
assert gradient == 12.0
""",
        ),
        (
            56,
            "switch with a random index",
            """
augmentations = [lambda image: image, jnp.flipud, lambda image: jnp.rot90(image, 2)]

def augment(key, image):
    index = jax.random.randint(key, (), 0, len(augmentations))
    return lax.switch(index, augmentations, image)

augment(jax.random.key(0), jnp.ones((4, 4)))
jax.jit(augment)(jax.random.key(1), jnp.ones((4, 4)))
""",
        ),
        (
            58,
            "stop_gradient, higher orders and per-example gradients",
            """
def loss(w, x):
    target = lax.stop_gradient(jnp.tanh(w @ x))
    return (w @ x - target) ** 2

w, xs = jnp.ones(3), jnp.ones((5, 3))
jax.grad(loss)(w, xs[0])
jax.vmap(jax.grad(loss), in_axes=(None, 0))(w, xs)
jax.grad(jax.grad(jnp.tanh))(0.5)
jax.hessian(loss)(w, xs[0])
""",
        ),
    ),
    wrong=frozenset({24, 25, 53, 55}),
    right=frozenset({24, 25, 52, 53, 55, 56, 58}),
)
