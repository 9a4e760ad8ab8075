"""Scenarios of transformations: scico's, rules of custom derivatives, and nested transformations."""

from __future__ import annotations

from support.seeds import Scenarios

SCENARIOS = Scenarios(
    (
        (
            48,
            "scico's derivatives in compiled code",
            """
import scico
import scico.numpy as snp

@jax.jit
def step(x):
    value, grad = scico.value_and_grad(lambda v: snp.sum(v**2))(x)
    if value > 1.0:  # JAX301
        grad = grad / value
    return x - grad

step(snp.ones(3))
""",
        ),
        (
            48,
            "a conversion under scico.grad",
            """
import scico
import scico.numpy as snp

def loss(x):
    return snp.sum(x) * float(snp.sum(x))  # JAX306

scico.grad(loss)(snp.ones(3))
""",
        ),
        (
            48,
            "an element looked at under scico.jacrev and scico.hessian",
            """
import scico
import scico.numpy as snp

def cube(x):
    if x[0] > 0:  # JAX301
        return x**3
    return -(x**3)

@jax.jit
def curvature(x):
    return scico.hessian(lambda v: snp.sum(v**3))(x) + scico.jacrev(cube)(x)

curvature(snp.ones(3))
""",
        ),
        (
            48,
            "scico's derivatives of what branches on values, outside of compiled code",
            """
import scico
import scico.numpy as snp

def huber(x):
    size = snp.linalg.norm(x)
    return 0.5 * size**2 if size < 1.0 else size - 0.5

value, grad = scico.value_and_grad(huber)(snp.ones(3))
if value > 1.0:
    grad = grad / value
output, pullback = scico.vjp(huber, snp.ones(3))
pullback(output)
assert scico.jacrev(lambda x: x**2)(snp.ones(2)).shape == (2, 2)
""",
        ),
        (
            51,
            "the backward rule of a custom_vjp",
            """
@jax.custom_vjp
def clip_gradient(x):
    return x

def forward(x):
    return x, None

def backward(_, g):
    if g > 1.0:  # JAX301
        g = g / g
    return (g,)

clip_gradient.defvjp(forward, backward)

jax.jit(jax.grad(lambda x: clip_gradient(x) * 3.0))(1.0)
""",
        ),
        (
            51,
            "the rule of a custom_jvp",
            """
@jax.custom_jvp
def softplus(x):
    return jnp.log1p(jnp.exp(x))

@softplus.defjvp
def softplus_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    slope = 1.0 if x > 30.0 else jax.nn.sigmoid(x)  # JAX301
    return softplus(x), slope * t

jax.jit(jax.grad(softplus))(1.0)
""",
        ),
        (
            51,
            "rules that select",
            """
@jax.custom_jvp
def safe_sqrt(x):
    return jnp.sqrt(x)

safe_sqrt.defjvps(lambda t, out, x: jnp.where(x > 0, t / (2 * jnp.where(x > 0, out, 1.0)), 0.0))

@partial(jax.custom_vjp, nondiff_argnums=(1,))
def power(x, n):
    return x**n if n > 1 else x

def power_fwd(x, n):
    return power(x, n), x

def power_bwd(n, x, g):
    if n == 1:
        return (g,)
    return (g * n * x ** (n - 1),)

power.defvjp(power_fwd, power_bwd)

assert jax.jit(jax.grad(safe_sqrt))(0.0) == 0
assert jax.jit(jax.grad(power), static_argnums=1)(2.0, 3) == 12
""",
        ),
        (
            52,
            "the mapped argument of vmap",
            """
def scale(rate, x):
    if rate > 1.0:
        x = rate * x
    return x if x > 0 else -x  # JAX301

jax.vmap(scale, in_axes=(None, 0))(2.0, jnp.arange(3.0))
""",
        ),
        (
            52,
            "per-example gradients",
            """
def loss(w, x):
    error = w * x - 1.0
    return error**2 if abs(error) < 1.0 else abs(error)  # JAX301

jax.vmap(jax.grad(loss), in_axes=(None, 0))(1.0, jnp.arange(3.0))
""",
        ),
        (
            52,
            "a hessian in compiled code",
            """
def energy(x):
    return jnp.sum(x**4) / float(x.sum())  # JAX306

hessian = jax.jit(jax.jacfwd(jax.jacrev(energy)))
hessian(jnp.ones(2))
""",
        ),
        (
            52,
            "levels at which values are known",
            """
def loss(w, x):
    error = w * x - 1.0
    return error**2 if abs(error) < 1.0 else abs(error)

assert jax.grad(loss)(1.0, 3.0) == 3
assert jax.grad(jax.grad(loss))(1.0, 1.5) == 4.5
value, tangent = jax.jvp(lambda w: loss(w, 3.0), (1.0,), (1.0,))
value, pullback = jax.vjp(lambda w: loss(w, 3.0), 1.0)
value, linear = jax.linearize(lambda w: loss(w, 3.0), 1.0)
assert pullback(1.0)[0] == linear(1.0) == tangent == 3
assert jax.hessian(lambda x: jnp.sum(x**3) if x.sum() > 0 else jnp.sum(x))(jnp.ones(2)).shape == (2, 2)

def scale(rate, x):
    return rate * x if rate > 1.0 else x

assert jax.vmap(scale, in_axes=(None, 0))(2.0, jnp.arange(3.0))[2] == 4
""",
        ),
    ),
    wrong=frozenset({48, 51, 52}),
    right=frozenset({48, 51, 52}),
)
