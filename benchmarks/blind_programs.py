"""Programs for a blind test of the model of compile time: none was looked at when it was made.

The kinds are those that people unroll, chain, scan and convolve, at several sizes, and what scripts compile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
from compile_programs import KEY, Program, array
from jax import lax


def programs() -> Iterator[Program]:
    """Yield names, functions, and their arguments."""
    yield from unrolled()
    yield from matrices()
    yield from perceptrons()
    yield from scanned()
    yield from convolved()
    yield from scripts()


def fibonacci(x: Any, n: int) -> Any:
    """A recurrence of two terms, all of them kept."""
    terms = [x, x * 0.5]
    for _ in range(n):
        terms.append(terms[-1] + terms[-2])
    return jnp.stack(terms)


def babylonian(x: Any, n: int) -> Any:
    """Square roots by repeated averages."""
    y = x
    for _ in range(n):
        y = 0.5 * (y + x / y)
    return y


def euler(x: Any, v: Any, n: int) -> Any:
    """A damped, driven pendulum."""
    for i in range(n):
        v = v - 0.01 * (jnp.sin(x) + 0.1 * v) + 0.02 * jnp.cos(0.1 * i)
        x = x + 0.01 * v
    return x, v


def mandelbrot(c: Any, n: int) -> Any:
    """Escape counts, unrolled."""
    z, count = jnp.zeros_like(c), jnp.zeros(c.shape)
    for _ in range(n):
        z = jnp.where(jnp.abs(z) < 2, z * z + c, z)
        count = count + (jnp.abs(z) < 2)
    return count


def moving_average(x: Any, n: int) -> Any:
    """The mean of shifted copies."""
    return sum(jnp.roll(x, i) for i in range(n)) / n


def lotka_volterra(y: Any, n: int) -> Any:
    """Two populations by the midpoint rule."""

    def rate(y: Any) -> Any:
        return jnp.array([y[0] * (1.1 - 0.4 * y[1]), y[1] * (0.1 * y[0] - 0.4)])

    for _ in range(n):
        y = y + 0.1 * rate(y + 0.05 * rate(y))
    return y


def game_of_life(board: Any, n: int) -> Any:
    """Generations, unrolled."""
    for _ in range(n):
        shifts = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
        around = sum(jnp.roll(board, shift, (0, 1)) for shift in shifts)
        board = jnp.where((around == 3) | ((board == 1) & (around == 2)), 1, 0)
    return board


def taylor(x: Any, n: int) -> Any:
    """The exponential by its series."""
    term, total = jnp.ones_like(x), jnp.ones_like(x)
    for i in range(1, n):
        term = term * x / i
        total = total + term
    return total


def unrolled() -> Iterator[Program]:
    """Loops in Python."""
    yield "fibonacci 20", partial(fibonacci, n=20), (array(4),)
    yield "fibonacci 90", partial(fibonacci, n=90), (array(),)
    yield "babylonian 8", partial(babylonian, n=8), (array(200),)
    yield "babylonian 40", partial(babylonian, n=40), (array(17),)
    yield "pendulum 15", partial(euler, n=15), (array(10), array(10))
    yield "pendulum 60", partial(euler, n=60), (array(), array())
    yield "grad pendulum 12", jax.grad(lambda x, v: euler(x, v, 12)[0]), (array(), array())
    yield "mandelbrot 10", partial(mandelbrot, n=10), (array(30, 30, dtype=jnp.complex64),)
    yield "moving average 7", partial(moving_average, n=7), (array(100),)
    yield "moving average 30", partial(moving_average, n=30), (array(300),)
    yield "lotka volterra 5", partial(lotka_volterra, n=5), (array(2),)
    yield "lotka volterra 40", partial(lotka_volterra, n=40), (array(2),)
    yield "life 3", partial(game_of_life, n=3), (array(16, 16, dtype=jnp.int32),)
    yield "taylor 15", partial(taylor, n=15), (array(50, 50),)
    yield "grad taylor 30", jax.grad(lambda x: taylor(x, 30).sum()), (array(9),)


def chain(*factors: Any) -> Any:
    """A product of matrices."""
    result = factors[0]
    for factor in factors[1:]:
        result = result @ factor
    return result


def horn(a: Any, n: int) -> Any:
    """A polynomial of a matrix."""
    result = jnp.eye(a.shape[0])
    for i in range(n):
        result = result @ a + (i + 1.0) * jnp.eye(a.shape[0])
    return result


def kalman(x: Any, p: Any, z: Any) -> Any:
    """One step of a Kalman filter."""
    f = jnp.array([[1.0, 0.1], [0.0, 1.0]])
    h = jnp.array([[1.0, 0.0]])
    x, p = f @ x, f @ p @ f.T + 0.01 * jnp.eye(2)
    gain = p @ h.T / (h @ p @ h.T + 0.1)
    return x + gain @ (z - h @ x), (jnp.eye(2) - gain @ h) @ p


def matrices() -> Iterator[Program]:
    """Chains of products, and what is built on them."""
    yield "chain 3", chain, (array(5, 7), array(7, 9), array(9, 11))
    yield "chain 20", chain, tuple(array(24, 24) for _ in range(20))
    yield "chain of vectors 12", lambda x, *ws: chain(*ws[::-1]) @ x, (array(16), *[array(16, 16)] * 12)
    yield "grad chain 6", jax.grad(lambda *a: chain(*a).sum(), (0, 3, 5)), tuple([array(12, 12)] * 6)
    yield "matrix polynomial 10", partial(horn, n=10), (array(20, 20),)
    yield "gram", lambda x: (x @ x.T, x.T @ x, jnp.trace(x.T @ x)), (array(30, 6),)
    yield "kalman", kalman, (array(2), array(2, 2), array(1))
    yield "batched products", jax.vmap(chain), (array(8, 4, 4), array(8, 4, 4), array(8, 4, 4))
    yield "bilinear form", lambda x, a, y: jnp.einsum("i,ij,j->", x, a, y), (array(9), array(9, 8), array(8))
    yield "log determinant", lambda a: jnp.linalg.slogdet(a @ a.T + jnp.eye(10))[1], (array(10, 10),)
    yield "whitening", lambda x: jnp.linalg.eigh(x.T @ x / len(x))[1].T @ x.T, (array(40, 5),)


def dense(params: Any, x: Any, activation: Callable[[Any], Any]) -> Any:
    """A perceptron."""
    for w, b in params[:-1]:
        x = activation(x @ w + b)
    w, b = params[-1]
    return x @ w + b


def weights(*sizes: int) -> Any:
    """Abstract weights of a perceptron."""
    return [(array(a, b), array(b)) for a, b in pairwise(sizes)]


def momentum_step(params: Any, velocity: Any, x: Any, y: Any) -> Any:
    """A step of stochastic gradient descent with momentum."""
    grads = jax.grad(lambda p: jnp.mean((dense(p, x, jnp.tanh) - y) ** 2))(params)
    velocity = jax.tree_util.tree_map(lambda v, g: 0.9 * v - 0.01 * g, velocity, grads)
    return jax.tree_util.tree_map(jnp.add, params, velocity), velocity


def variational(params: Any, key: Any, x: Any) -> Any:
    """The loss of an autoencoder that samples."""
    hidden = dense(params[0], x, jax.nn.relu)
    mean, spread = jnp.split(hidden, 2, axis=-1)
    z = mean + jnp.exp(0.5 * spread) * jax.random.normal(key, mean.shape)
    error = jnp.mean((dense(params[1], z, jax.nn.relu) - x) ** 2)
    return error - 0.5 * jnp.mean(1 + spread - mean**2 - jnp.exp(spread))


def mixture_of_experts(gates: Any, experts: Any, x: Any) -> Any:
    """Each expert weighed by a softmax."""
    shares = jax.nn.softmax(x @ gates)
    return sum(shares[:, i : i + 1] * jnp.tanh(x @ w) for i, w in enumerate(experts))


def perceptrons() -> Iterator[Program]:
    """Networks of dense layers, their losses, gradients and steps."""
    small, deep = weights(6, 10, 3), weights(8, 16, 15, 14, 13, 12, 4)
    yield "perceptron 2, relu", partial(dense, activation=jax.nn.relu), (small, array(7, 6))
    yield "perceptron 6, gelu", partial(dense, activation=jax.nn.gelu), (deep, array(20, 8))
    yield "perceptron 6, silu, one example", partial(dense, activation=jax.nn.silu), (deep, array(8))
    yield "grad perceptron 6", jax.grad(lambda p, x: dense(p, x, jnp.tanh).sum()), (deep, array(20, 8))
    yield "momentum step 2", momentum_step, (small, small, array(7, 6), array(7, 3))
    yield "momentum step 6", momentum_step, (deep, deep, array(20, 8), array(20, 4))
    yield (
        "jacobian of a perceptron",
        jax.vmap(jax.jacobian(lambda x, p: dense(p, x, jnp.tanh)), (0, None)),
        (array(5, 6), small),
    )
    coder = (weights(12, 10, 4), weights(2, 10, 12))
    yield "variational loss", variational, (coder, KEY, array(9, 12))
    yield "grad variational loss", jax.grad(variational), (coder, KEY, array(9, 12))
    yield "experts 4", mixture_of_experts, (array(6, 4), [array(6, 5) for _ in range(4)], array(11, 6))
    yield (
        "physics-informed",
        jax.grad(lambda p, t: jnp.mean(jax.vmap(jax.grad(lambda s: dense(p, s[None], jnp.tanh)[0]))(t) ** 2)),
        (weights(1, 12, 12, 1), array(20)),
    )


def lstm(params: Any, xs: Any) -> Any:
    """A long short-term memory."""

    def step(state: Any, x: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(x @ params["x"] + h @ params["h"] + params["b"], 4)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    zero = jnp.zeros(params["h"].shape[0])
    return lax.scan(step, (zero, zero), xs)[1]


def forward_algorithm(start: Any, transition: Any, emission: Any) -> Any:
    """The likelihood of a hidden Markov model."""

    def step(alpha: Any, e: Any) -> Any:
        alpha = jax.nn.logsumexp(alpha[:, None] + transition, axis=0) + e
        return alpha, alpha.max()

    return jax.nn.logsumexp(lax.scan(step, start, emission)[0])


def returns(rewards: Any, done: Any, values: Any) -> Any:
    """Generalised advantages, from the end."""

    def step(advantage: Any, item: Any) -> Any:
        reward, stop, value, later = item
        advantage = reward + 0.99 * later * (1 - stop) - value + 0.95 * advantage * (1 - stop)
        return advantage, advantage

    items = (rewards, done, values[:-1], values[1:])
    return lax.scan(step, jnp.zeros(rewards.shape[1:]), items, reverse=True)[1]


def leapfrog(q: Any, p: Any) -> Any:
    """A Hamiltonian trajectory in a loop."""
    potential = jax.grad(lambda q: jnp.sum(q**2) + jnp.sum(q[1:] * q[:-1]))

    def step(_: Any, state: Any) -> Any:
        q, p = state
        p = p - 0.05 * potential(q)
        q = q + 0.1 * p
        return q, p - 0.05 * potential(q)

    return lax.fori_loop(0, 20, step, (q, p))


def conjugate_gradient(a: Any, b: Any) -> Any:
    """Until the residual is small."""

    def step(state: Any) -> Any:
        x, r, p, rr, i = state
        ap = a @ p
        alpha = rr / (p @ ap)
        x, r = x + alpha * p, r - alpha * ap
        new = r @ r
        return x, r, r + new / rr * p, new, i + 1

    def going(state: Any) -> Any:
        return (state[3] > 1e-6) & (state[4] < 50)

    return lax.while_loop(going, step, (jnp.zeros_like(b), b, b, b @ b, 0))[0]


def scanned() -> Iterator[Program]:
    """Loops that stay loops."""
    cell = {"x": array(5, 32), "h": array(8, 32), "b": array(32)}
    yield "lstm", lstm, (cell, array(25, 5))
    yield "grad lstm", jax.grad(lambda p, x: lstm(p, x).sum()), (cell, array(25, 5))
    yield "lstm of a batch", jax.vmap(lstm, (None, 0)), (cell, array(6, 25, 5))
    yield "forward algorithm", forward_algorithm, (array(4), array(4, 4), array(30, 4))
    yield "grad forward algorithm", jax.grad(forward_algorithm), (array(4), array(4, 4), array(30, 4))
    yield "advantages", returns, (array(50, 4), array(50, 4), array(51, 4))
    yield "leapfrog", leapfrog, (array(12), array(12))
    yield "conjugate gradient", conjugate_gradient, (array(15, 15), array(15))
    yield "running maximum", lambda x: lax.cummax(x, axis=1), (array(6, 40),)
    yield (
        "exponential smoothing",
        lambda x: lax.scan(lambda s, v: (0.9 * s + 0.1 * v,) * 2, 0.0, x),
        (array(200),),
    )
    yield (
        "scan of 3 layers",
        lambda w, x: lax.scan(lambda h, m: (jnp.tanh(h @ m), None), x, w)[0],
        (
            array(3, 8, 8),
            array(4, 8),
        ),
    )


def filtered(x: Any, *filters: Any) -> Any:
    """Two-dimensional convolutions with what stands between them."""
    for w in filters:
        x = lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        x = jax.nn.relu(x)
    return x


def pooled(x: Any, *filters: Any) -> Any:
    """A small image classifier."""
    for w in filters:
        x = filtered(x, w)
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return x.mean((1, 2))


def temporal(x: Any, *filters: Any) -> Any:
    """Dilated convolutions over time."""
    for i, w in enumerate(filters):
        y = lax.conv_general_dilated(
            x, w, (1,), "SAME", rhs_dilation=(2**i,), dimension_numbers=("NWC", "WIO", "NWC")
        )
        x = x + jnp.tanh(y)
    return x


def convolved() -> Iterator[Program]:
    """Convolutions."""
    filters = (array(3, 3, 3, 8), array(3, 3, 8, 8), array(3, 3, 8, 8))
    yield "filter 1", filtered, (array(1, 20, 20, 3), filters[0])
    yield "filter 3", filtered, (array(2, 20, 20, 3), *filters)
    yield (
        "grad filter 3",
        jax.grad(lambda x, *f: filtered(x, *f).sum(), (1, 2, 3)),
        (array(2, 20, 20, 3), *filters),
    )
    yield "classifier", pooled, (array(2, 24, 24, 3), *filters)
    yield (
        "grad classifier",
        jax.grad(lambda x, *f: pooled(x, *f).sum(), (1, 2, 3)),
        (array(2, 24, 24, 3), *filters),
    )
    times = tuple(array(3, 6, 6) for _ in range(4))
    yield "temporal 4", temporal, (array(2, 32, 6), *times)
    yield (
        "grad temporal 4",
        jax.grad(lambda x, *f: temporal(x, *f).sum(), (1, 2, 3, 4)),
        (array(2, 32, 6), *times),
    )
    yield (
        "laplacian",
        lambda u, k: lax.conv(u[None, None], k[None, None], (1, 1), "SAME")[0, 0],
        (
            array(40, 40),
            array(3, 3),
        ),
    )
    yield (
        "depthwise",
        lambda x, w: lax.conv_general_dilated(
            x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=4
        ),
        (array(1, 12, 12, 4), array(3, 3, 1, 4)),
    )


def kmeans(points: Any, centres: Any) -> Any:
    """One round of k-means."""
    nearest = jnp.argmin(((points[:, None] - centres) ** 2).sum(-1), axis=1)
    members = jax.nn.one_hot(nearest, centres.shape[0])
    return (members.T @ points) / (members.sum(0)[:, None] + 1e-6)


def gaussian_process(x: Any, y: Any, new: Any) -> Any:
    """A posterior mean."""
    kernel = lambda a, b: jnp.exp(-0.5 * (a[:, None] - b[None]) ** 2)  # noqa: E731
    factor = jnp.linalg.cholesky(kernel(x, x) + 1e-3 * jnp.eye(len(x)))
    return kernel(new, x) @ jax.scipy.linalg.cho_solve((factor, True), y)


def lennard_jones(x: Any) -> Any:
    """The energy of atoms."""
    d = x[:, None] - x[None]
    r2 = jnp.sum(d**2, -1) + jnp.eye(len(x))
    return jnp.sum(jnp.triu(4 * (r2**-6 - r2**-3), 1))


def black_scholes(s: Any, k: Any, t: Any) -> Any:
    """The price of an option."""
    d1 = (jnp.log(s / k) + 0.06 * t) / (0.2 * jnp.sqrt(t))
    cdf = jax.scipy.stats.norm.cdf
    return s * cdf(d1) - k * jnp.exp(-0.01 * t) * cdf(d1 - 0.2 * jnp.sqrt(t))


def rotary(x: Any) -> Any:
    """Positions turned into angles."""
    half = x.shape[-1] // 2
    angles = jnp.arange(x.shape[0])[:, None] / 10000 ** (jnp.arange(half) / half)
    a, b = x[:, :half], x[:, half:]
    return jnp.concatenate(
        [a * jnp.cos(angles) - b * jnp.sin(angles), b * jnp.cos(angles) + a * jnp.sin(angles)], 1
    )


def simulated(key: Any) -> Any:
    """Paths of a geometric Brownian motion."""
    steps = 0.01 * jax.random.normal(key, (30, 20))
    return jnp.maximum(jnp.exp(jnp.cumsum(steps, axis=0))[-1] - 1, 0).mean()


def scripts() -> Iterator[Program]:
    """What whole scripts compile."""
    yield "k-means", kmeans, (array(60, 2), array(5, 2))
    yield "gaussian process", gaussian_process, (array(25), array(25), array(7))
    yield "lennard-jones", lennard_jones, (array(13, 3),)
    yield "forces", jax.grad(lennard_jones), (array(13, 3),)
    yield "black-scholes", black_scholes, (array(50), array(50), array(50))
    yield "greeks", jax.vmap(jax.grad(black_scholes, (0, 2))), (array(50), array(50), array(50))
    yield "rotary", rotary, (array(20, 8),)
    yield "brownian motion", simulated, (KEY,)
    yield (
        "clip by norm",
        lambda *g: [x / jnp.maximum(1.0, jnp.sqrt(sum(jnp.sum(y**2) for y in g))) for x in g],
        (
            array(9),
            array(4, 5),
            array(6, 3),
            array(2),
        ),
    )
    yield "focal loss", lambda p, y: jnp.mean(-((1 - p) ** 2) * jnp.log(p + 1e-7) * y), (array(30), array(30))
    yield (
        "batch statistics",
        lambda x: ((x - x.mean(0)) / jnp.sqrt(x.var(0) + 1e-5), x.mean(0), x.var(0)),
        (array(40, 9),),
    )
    yield "beam", lambda s, t: lax.top_k((s[:, None] + t).reshape(-1), 5), (array(5), array(5, 30))
