"""Scenarios of the rules JAX601 to JAX608."""

from __future__ import annotations

from support.seeds import Scenarios

SCENARIOS = Scenarios(
    (
        (
            13,
            "the same key twice",
            """
key = jax.random.key(0)
first = jax.random.normal(key, (3,))
second = jax.random.normal(key, (3,))  # JAX601
assert (first == second).all()
""",
        ),
        (
            13,
            "a key for each draw",
            """
key, subkey = jax.random.split(jax.random.key(0))
first = jax.random.normal(key, (3,))
second = jax.random.normal(subkey, (3,))
assert (first != second).any()
""",
        ),
        (
            14,
            "keys split as they are needed",
            """
key = jax.random.PRNGKey(3)
key, subkey = jax.random.split(key)
noise = jax.random.normal(subkey)
key, *subkeys = jax.random.split(key, 4)
draws = [jax.random.uniform(subkey) for subkey in subkeys]
for subkey in jax.random.split(key, 2):
    draws.append(jax.random.uniform(subkey))
assert len(set(map(float, draws))) == 5
""",
        ),
        (
            15,
            "NumPy draws in a compiled function",
            """
@jax.jit
def noisy(x):
    return x + np.random.random()  # JAX604

assert noisy(1.0) == noisy(1.0)
""",
        ),
        (
            15,
            "NumPy draws outside of it",
            """
@jax.jit
def noisy(x, noise):
    return x + noise

noisy(1.0, np.random.random())
""",
        ),
        (
            16,
            "a network whose initialiser has a key as its default",
            """
def init_network(sizes, key=jax.random.PRNGKey(0), scale=0.01):  # JAX605
    params = []
    for fan_in, fan_out in zip(sizes[:-1], sizes[1:]):
        key, w_key, b_key = jax.random.split(key, 3)
        w = scale * jax.random.normal(w_key, (fan_out, fan_in))
        params.append((w, scale * jax.random.normal(b_key, (fan_out,))))
    return params

assert (init_network([2, 3])[0][0] == init_network([2, 3])[0][0]).all()
""",
        ),
        (
            16,
            "the same with a key that is asked for",
            """
def init_network(sizes, key, scale=0.01):
    params = []
    for fan_in, fan_out in zip(sizes[:-1], sizes[1:]):
        key, w_key, b_key = jax.random.split(key, 3)
        w = scale * jax.random.normal(w_key, (fan_out, fan_in))
        params.append((w, scale * jax.random.normal(b_key, (fan_out,))))
    return params

init_network([2, 3], jax.random.PRNGKey(0))
""",
        ),
        (
            17,
            "a random index and other draws from one key",
            """
def sample_walk(key, images):
    index = jax.random.randint(key, (), 0, images.shape[0])
    noise = jax.random.normal(key, images.shape[1:])  # JAX601
    return images[index] + noise

sample_walk(jax.random.key(1), jnp.zeros((4, 2)))
""",
        ),
        (
            17,
            "the same with one key each",
            """
def sample_walk(key, images):
    index_key, noise_key = jax.random.split(key)
    index = jax.random.randint(index_key, (), 0, images.shape[0])
    noise = jax.random.normal(noise_key, images.shape[1:])
    return images[index] + noise

sample_walk(jax.random.key(1), jnp.zeros((4, 2)))
""",
        ),
        (
            47,
            "two draws of scico without a key",
            """
from scico import random

first, key = random.randn((2,))
second, key = random.randn((2,))  # JAX607 -> none
assert (first == second).all()
""",
        ),
        (
            47,
            "draws of scico that hand their key on",
            """
from scico import random

first, key = random.randn((2,))
second, key = random.randn((2,), key=key)
assert (first != second).all()
""",
        ),
    ),
    wrong=frozenset({13, 15, 16, 17, 47}),
    right=frozenset({13, 14, 15, 16, 17, 47}),
)
