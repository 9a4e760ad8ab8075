"""Scenarios of the rules JAX804 to JAX806."""

from __future__ import annotations

from support.seeds import Scenarios

SCENARIOS = Scenarios(
    (
        (
            31,
            "floats out of the range of bytes",
            """
x = jnp.arange(254.0, 260.0)
assert (np.asarray(x.astype(jnp.uint8)) != np.arange(254, 260).astype(np.uint8)).any()  # JAX805
assert (jnp.uint8(jnp.linspace(-3.0, 3.0, 4))[0] in (0, 253))  # JAX805
""",
        ),
        (
            31,
            "floats in the range of bytes",
            """
x = jnp.arange(254.0, 260.0)
assert jnp.clip(x, 0, 255).astype(jnp.uint8).max() == 255
assert (x % 256).astype(jnp.uint8)[-1] == 3
assert (255 * jax.nn.sigmoid(x)).astype(jnp.uint8)[0] == 255
""",
        ),
        (
            45,
            "a norm squared",
            """
def energy(x):
    return jnp.linalg.norm(x) ** 2  # JAX804

assert energy(jnp.zeros(3)) == 0
assert jnp.isnan(jax.grad(energy)(jnp.zeros(3))).all()
""",
        ),
        (
            45,
            "sums of squares",
            """
def energy(x):
    return jnp.sum(x**2) + jnp.sum(jnp.abs(x) ** 2)

assert (jax.grad(energy)(jnp.zeros(3)) == 0).all()
""",
        ),
        (
            46,
            "a step against the gradient of a complex argument",
            """
z = jnp.array([1.0 + 2.0j])
rate = 0.1
for _ in range(3):
    g = jax.grad(lambda z: jnp.sum(jnp.abs(z) ** 2))(z)
    z = z - rate * g  # JAX806
assert abs(z[0].imag) > 2
""",
        ),
        (
            46,
            "a step against its conjugate",
            """
z = jnp.array([1.0 + 2.0j])
g = jax.grad(lambda z: jnp.sum(jnp.abs(z) ** 2))(z)
assert abs(z - 0.1 * g.conj())[0] < abs(z)[0]
""",
        ),
    ),
    wrong=frozenset({31, 45, 46}),
    right=frozenset({31, 45, 46}),
)
