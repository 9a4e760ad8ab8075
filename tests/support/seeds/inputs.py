"""Scenarios of the rules JAX501 to JAX505."""

from __future__ import annotations

from support.seeds import Scenarios

SCENARIOS = Scenarios(
    (
        (
            11,
            "sums of a list and of a tuple",
            """
jnp.sum([1, 2, 3])  # JAX501
jnp.sum((1, 2))  # JAX501
""",
        ),
        (
            11,
            "sums of arrays, and NumPy's of a list",
            """
x = [1, 2, 3]
assert np.sum(x) == jnp.sum(jnp.array(x)) == jnp.sum(jnp.asarray((1, 2, 3))) == 6
""",
        ),
        (
            12,
            "a list that the function makes an array of",
            """
@jax.jit
def mean(values):
    values = jnp.asarray(values)  # JAX503
    return values.mean()

@jax.jit
def spread(values):
    return jnp.std(jnp.array(values))  # JAX503

numbers = [float(number) for number in range(10)]
mean(numbers)  # JAX502
spread([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])  # JAX502
assert len(jax.make_jaxpr(spread)(numbers * 2).jaxpr.invars) == 20
""",
        ),
        (
            12,
            "an array is passed",
            """
@jax.jit
def mean(values):
    return values.mean()

assert mean(jnp.array([float(number) for number in range(10)])) == 4.5
""",
        ),
        (
            32,
            "two Python numbers of different types",
            """
lax.add(42, 42.0)  # JAX505
""",
        ),
        (
            32,
            "numbers of one dtype, and a function that promotes",
            """
assert jnp.add(42, 42.0) == lax.add(jnp.float32(42), 42.0) == 84
""",
        ),
        (
            44,
            "a NumPy array sent in every step",
            """
@jax.jit
def step(image, kernel):
    return jnp.convolve(image, kernel, mode="same")

image, kernel = jnp.ones(16), np.ones(3) / 3
for _ in range(3):
    image = step(image, kernel)  # JAX504
""",
        ),
        (
            44,
            "an array that is put on the device before",
            """
@jax.jit
def step(image, kernel):
    return jnp.convolve(image, kernel, mode="same")

image, kernel = jnp.ones(16), jax.device_put(np.ones(3) / 3)
for _ in range(3):
    image = step(image, kernel)
assert image.shape == (16,)
""",
        ),
        (
            49,
            "data put on the device before a loop of compiled steps",
            """
@jax.jit
def step(weights, batch):
    return weights - 0.1 * batch.mean(axis=0)

batches = jax.device_put(np.ones((4, 8, 3)))
weights = jax.device_put(np.zeros(3))
for batch in batches:
    weights = step(weights, batch)
history = jax.device_get(weights)
assert history.shape == (3,)
""",
        ),
        (
            57,
            "channels that are filtered one by one and put together",
            """
from jax.scipy.signal import convolve

def blur(image, size=3):
    kernel = jnp.ones((size, size)) / size**2
    channels = []
    for channel in range(image.shape[2]):
        channels.append(convolve(image[:, :, channel], kernel, mode="same"))
    return jnp.stack(channels, axis=2)

def swap_channels(image):
    red, green, blue = (image[..., i] for i in range(3))
    return jnp.stack([blue, green, red], axis=-1)

image = jnp.ones((4, 4, 3))
assert blur(image).shape == swap_channels(image).shape == image.shape
""",
        ),
    ),
    wrong=frozenset({11, 12, 32, 44}),
    right=frozenset({11, 12, 32, 44, 49, 57}),
)
