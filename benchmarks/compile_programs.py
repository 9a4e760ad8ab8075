"""Programs whose compile time `compile_time.py` predicts and measures: what people write, at several sizes.

None of them is used for the calibration, whose programs are in `jaxlint/tracing/measure/programs.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

Program = tuple[str, Callable[..., Any], tuple[Any, ...]]
"""Name, function, arguments."""


def array(*shape: int, dtype: Any = jnp.float32) -> Any:
    """An abstract argument."""
    return jax.ShapeDtypeStruct(shape, dtype)


KEY = jax.ShapeDtypeStruct((2,), jnp.uint32)


def programs() -> Iterator[Program]:
    """Yield every program."""
    for family in (
        loops,
        linear_algebra,
        networks,
        attention,
        scans,
        control_flow,
        convolutions,
        physics,
        sorting,
        spectra,
        probability,
        optimisation,
        indexing,
    ):
        yield from family()


def cumulative_sum(x: Any) -> Any:
    """The book's cumulative sum, one addition for each element."""
    total, out = 0.0, []
    for i in range(x.shape[0]):
        total = total + x[i]
        out.append(total)
    return jnp.stack(out)


def horner(coefficients: Any, x: Any) -> Any:
    """A polynomial, unrolled."""
    result = jnp.zeros_like(x)
    for i in range(coefficients.shape[0]):
        result = result * x + coefficients[i]
    return result


def logistic_map(x: Any, steps: int) -> Any:
    """A chaotic map, unrolled."""
    for _ in range(steps):
        x = 3.7 * x * (1.0 - x)
    return x


def newton(x: Any, steps: int) -> Any:
    """Newton's method for a transcendental equation, unrolled."""
    for _ in range(steps):
        x = x - (jnp.cos(x) - x) / (-jnp.sin(x) - 1.0)
    return x


def loops() -> Iterator[Program]:
    """Python loops that tracing unrolls."""
    yield "cumulative sum 50", cumulative_sum, (array(50),)
    yield "cumulative sum 120", cumulative_sum, (array(120),)
    yield "cumulative sum 250", cumulative_sum, (array(250),)
    yield "horner 30", horner, (array(30), array(100))
    yield "horner 300", horner, (array(300), array(64, 64))
    yield "logistic map 200", partial(logistic_map, steps=200), (array(1000),)
    yield "newton 20", partial(newton, steps=20), (array(50),)
    yield "grad newton 15", jax.grad(partial(newton, steps=15)), (array(),)


def power_iteration(a: Any, x: Any, steps: int) -> Any:
    """The largest eigenvalue, unrolled."""
    for _ in range(steps):
        x = a @ x
        x = x / jnp.linalg.norm(x)
    return x @ a @ x


def gram_schmidt(a: Any) -> Any:
    """Orthogonal columns, one Python loop inside another."""
    columns: list[Any] = []
    for i in range(a.shape[1]):
        v = a[:, i]
        for u in columns:
            v = v - (u @ v) * u
        columns.append(v / jnp.linalg.norm(v))
    return jnp.stack(columns, axis=1)


def ridge(x: Any, y: Any) -> Any:
    """Ridge regression."""
    return jnp.linalg.solve(x.T @ x + 0.1 * jnp.eye(x.shape[1]), x.T @ y)


def linear_algebra() -> Iterator[Program]:
    """Products of matrices, and decompositions."""
    chain = lambda *m: jnp.linalg.multi_dot(m)  # noqa: E731
    yield "matmul chain 6", chain, tuple(array(32, 32) for _ in range(6))
    yield "power iteration 10", partial(power_iteration, steps=10), (array(50, 50), array(50))
    yield "power iteration 60", partial(power_iteration, steps=60), (array(50, 50), array(50))
    yield "gram schmidt 12", gram_schmidt, (array(20, 12),)
    yield "ridge", ridge, (array(100, 8), array(100))
    yield "cholesky", lambda a: jnp.linalg.cholesky(a @ a.T), (array(16, 16),)
    yield "einsum", partial(jnp.einsum, "bij,bjk,bkl->bil"), (array(4, 8, 8), array(4, 8, 8), array(4, 8, 8))


def mlp(params: Any, x: Any) -> Any:
    """A multilayer perceptron."""
    for w, b in params[:-1]:
        x = jax.nn.relu(x @ w + b)
    w, b = params[-1]
    return x @ w + b


def mlp_arguments(sizes: list[int], batch: int) -> tuple[Any, Any]:
    """Parameters and input of `mlp`."""
    pairs = itertools.pairwise(sizes)
    return [(array(i, o), array(o)) for i, o in pairs], array(batch, sizes[0])


def cross_entropy(params: Any, x: Any, labels: Any) -> Any:
    """A classifier's loss."""
    logits = jax.nn.log_softmax(mlp(params, x))
    return -jnp.mean(jnp.take_along_axis(logits, labels[:, None], axis=1))


def sgd_step(params: Any, x: Any, labels: Any) -> Any:
    """One step of gradient descent."""
    grads = jax.grad(cross_entropy)(params, x, labels)
    return jax.tree_util.tree_map(lambda p, g: p - 0.01 * g, params, grads)


def batch_norm_network(params: Any, x: Any) -> Any:
    """Dense layers with normalisation and tanh."""
    for w, scale in params:
        x = x @ w
        x = scale * (x - x.mean(0)) / jnp.sqrt(x.var(0) + 1e-5)
        x = jnp.tanh(x)
    return x.sum()


def networks() -> Iterator[Program]:
    """Networks, their gradients and training steps."""
    small, big = mlp_arguments([4, 16, 3], 8), mlp_arguments([64] * 13, 32)
    labels = array(8, dtype=jnp.int32)
    yield "mlp 2", mlp, small
    yield "mlp 12", mlp, big
    yield "grad mlp 12", jax.grad(lambda p, x: mlp(p, x).sum()), big
    yield "sgd step 2", sgd_step, (*small, labels)
    deep = mlp_arguments([16] * 9, 8)
    yield "sgd step 8", sgd_step, (*deep, labels)
    layers = [(array(16, 16), array(16)) for _ in range(6)]
    yield "normalised 6", batch_norm_network, (layers, array(8, 16))
    yield "grad normalised 6", jax.grad(batch_norm_network), (layers, array(8, 16))
    yield (
        "per-example gradients",
        jax.vmap(jax.grad(lambda p, x: mlp(p, x).sum()), in_axes=(None, 0)),
        (small[0], array(8, 4)),
    )


def attend(q: Any, k: Any, v: Any) -> Any:
    """Scaled dot-product attention with a causal mask."""
    scores = jnp.einsum("hqd,hkd->hqk", q, k) / jnp.sqrt(q.shape[-1])
    mask = jnp.tril(jnp.ones(scores.shape[-2:], bool))
    return jnp.einsum("hqk,hkd->hqd", jax.nn.softmax(jnp.where(mask, scores, -1e9)), v)


def block(params: Any, x: Any) -> Any:
    """One block of a transformer."""
    wq, wk, wv, wo, w1, w2 = params
    heads = lambda y: y.reshape(y.shape[0], 4, -1).transpose(1, 0, 2)  # noqa: E731
    normal = lambda y: (y - y.mean(-1, keepdims=True)) / (y.std(-1, keepdims=True) + 1e-5)  # noqa: E731
    y = normal(x)
    y = attend(heads(y @ wq), heads(y @ wk), heads(y @ wv)).transpose(1, 0, 2).reshape(x.shape)
    x = x + y @ wo
    return x + jax.nn.gelu(normal(x) @ w1) @ w2


def transformer(layers: Any, x: Any) -> Any:
    """Blocks, one after the other."""
    for params in layers:
        x = block(params, x)
    return x.sum()


def attention() -> Iterator[Program]:
    """Attention and transformers."""
    params = (*(array(32, 32) for _ in range(4)), array(32, 64), array(64, 32))
    yield "attention", attend, (array(4, 16, 8),) * 3
    yield "grad attention", jax.grad(lambda *a: attend(*a).sum()), (array(4, 16, 8),) * 3
    yield "transformer 1", transformer, ([params], array(16, 32))
    yield "transformer 6", transformer, ([params] * 6, array(16, 32))
    yield "grad transformer 2", jax.grad(transformer), ([params] * 2, array(16, 32))
    yield "grad transformer 6", jax.grad(transformer), ([params] * 6, array(16, 32))


def gru(params: Any, xs: Any) -> Any:
    """A gated recurrent network."""
    wz, wr, wh = params

    def step(h: Any, x: Any) -> Any:
        both = jnp.concatenate([h, x])
        z, r = jax.nn.sigmoid(wz @ both), jax.nn.sigmoid(wr @ both)
        h = (1 - z) * h + z * jnp.tanh(wh @ jnp.concatenate([r * h, x]))
        return h, h

    return lax.scan(step, jnp.zeros(wz.shape[0]), xs)[1].sum()


def viterbi(transitions: Any, emissions: Any) -> Any:
    """The best path through a hidden Markov model, forwards and back."""

    def forward(score: Any, emission: Any) -> Any:
        total = score[:, None] + transitions
        return total.max(0) + emission, total.argmax(0)

    score, back = lax.scan(forward, emissions[0], emissions[1:])
    last = score.argmax()
    return lax.scan(lambda s, b: (b[s], s), last, back, reverse=True)


def scans() -> Iterator[Program]:
    """Loops that stay loops."""
    params = tuple(array(16, 24) for _ in range(3))
    yield "scan cumulative sum", lambda x: lax.scan(lambda c, a: (c + a, c + a), 0.0, x), (array(10000),)
    yield "gru", gru, (params, array(20, 8))
    yield "grad gru", jax.grad(gru), (params, array(20, 8))
    yield "viterbi", viterbi, (array(5, 5), array(30, 5))
    yield "associative scan", partial(lax.associative_scan, jnp.maximum), (array(500),)
    yield "nested scans", nested_scans, (array(10, 10),)


def nested_scans(x: Any) -> Any:
    """A scan over rows of a scan over columns."""
    row = lambda c, r: lax.scan(lambda a, b: (a * 0.5 + b, a), c, r)  # noqa: E731
    return lax.scan(lambda c, r: (row(c, r)[0], row(c, r)[1].sum()), 0.0, x)


def collatz(n: Any) -> Any:
    """Steps until one."""
    step = lambda s: (jnp.where(s[0] % 2 == 0, s[0] // 2, 3 * s[0] + 1), s[1] + 1)  # noqa: E731
    return lax.while_loop(lambda s: s[0] != 1, step, (n, 0))[1]


def bisect(low: Any, high: Any) -> Any:
    """A root by bisection."""

    def step(_: Any, ends: Any) -> Any:
        low, high = ends
        middle = (low + high) / 2
        return lax.cond(jnp.sin(middle) > 0, lambda: (low, middle), lambda: (middle, high))

    return lax.fori_loop(0, 50, step, (low, high))


def dispatch(i: Any, x: Any) -> Any:
    """One of many activations."""
    functions = [jnp.sin, jnp.cos, jnp.tanh, jax.nn.relu, jax.nn.gelu, jnp.exp, jnp.square, jnp.abs]
    return lax.switch(i, functions, x)


def control_flow() -> Iterator[Program]:
    """Conditions and loops of `jax.lax`."""
    integer = array(dtype=jnp.int32)
    yield "collatz", collatz, (integer,)
    yield "collatz of many", jax.vmap(collatz), (array(100, dtype=jnp.int32),)
    yield "bisection", bisect, (array(), array())
    yield "bisection of many", jax.vmap(bisect), (array(30), array(30))
    yield "switch", dispatch, (integer, array(100))


def conv(x: Any, w: Any, stride: int = 1) -> Any:
    """A convolution of images."""
    return lax.conv_general_dilated(
        x, w, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def cnn(params: Any, x: Any) -> Any:
    """Convolutions, pooling, a dense layer."""
    for w in params[:-1]:
        x = jax.nn.relu(conv(x, w))
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return (x.reshape(x.shape[0], -1) @ params[-1]).sum()


def resnet(params: Any, x: Any) -> Any:
    """Residual blocks."""
    for w1, w2 in params:
        x = x + conv(jax.nn.relu(conv(x, w1)), w2)
    return x.mean()


def convolutions() -> Iterator[Program]:
    """Convolutions."""
    weights = [array(3, 3, 1, 8), array(3, 3, 8, 16), array(256, 10)]
    yield "cnn", cnn, (weights, array(2, 16, 16, 1))
    yield "grad cnn", jax.grad(cnn), (weights, array(2, 16, 16, 1))
    blocks = [(array(3, 3, 8, 8), array(3, 3, 8, 8)) for _ in range(5)]
    yield "resnet 5", resnet, (blocks, array(2, 16, 16, 8))
    yield "grad resnet 5", jax.grad(resnet), (blocks, array(2, 16, 16, 8))
    yield "blur", lambda x: jnp.convolve(x, jnp.ones(5) / 5, mode="same"), (array(200),)


def lorenz(state: Any) -> Any:
    """The derivative of Lorenz's system."""
    x, y, z = state
    return jnp.stack([10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z])


def runge_kutta(f: Callable[[Any], Any], y: Any, dt: float) -> Any:
    """One step of the classical method."""
    k1 = f(y)
    k2 = f(y + dt / 2 * k1)
    k3 = f(y + dt / 2 * k2)
    k4 = f(y + dt * k3)
    return y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def integrate(y: Any, steps: int) -> Any:
    """Steps of Runge and Kutta in a Python loop."""
    for _ in range(steps):
        y = runge_kutta(lorenz, y, 0.01)
    return y


def heat(u: Any, steps: int) -> Any:
    """The heat equation on a periodic grid, in a Python loop."""
    for _ in range(steps):
        u = u + 0.1 * (sum(jnp.roll(u, s, a) for s in (-1, 1) for a in (0, 1)) - 4 * u)
    return u


def n_body(x: Any, v: Any) -> Any:
    """Gravity among bodies; one leapfrog step."""

    def force(x: Any) -> Any:
        d = x[:, None] - x[None]
        r2 = jnp.sum(d**2, -1) + 0.01
        return -jnp.sum(d / r2[..., None] ** 1.5, axis=1)

    v = v + 0.01 * force(x)
    return x + 0.01 * v, v


def pendulum_energy(q: Any, p: Any) -> Any:
    """A double pendulum's Hamiltonian."""
    c = jnp.cos(q[0] - q[1])
    kinetic = (p[0] ** 2 + 2 * p[1] ** 2 - 2 * p[0] * p[1] * c) / (2 * (2 - c**2))
    return kinetic - 2 * jnp.cos(q[0]) - jnp.cos(q[1])


def symplectic(q: Any, p: Any, steps: int) -> Any:
    """Symplectic Euler with gradients of the Hamiltonian."""
    for _ in range(steps):
        p = p - 0.01 * jax.grad(pendulum_energy, 0)(q, p)
        q = q + 0.01 * jax.grad(pendulum_energy, 1)(q, p)
    return q, p


def physics() -> Iterator[Program]:
    """Differential equations."""
    yield "lorenz 1", partial(integrate, steps=1), (array(3),)
    yield "lorenz 10", partial(integrate, steps=10), (array(3),)
    yield "lorenz 60", partial(integrate, steps=60), (array(3),)
    yield (
        "lorenz scan",
        lambda y: lax.scan(lambda y, _: (runge_kutta(lorenz, y, 0.01), y), y, length=100),
        (array(3),),
    )
    yield "heat 10", partial(heat, steps=10), (array(32, 32),)
    yield "n-body", n_body, (array(20, 3), array(20, 3))
    yield "grad n-body", jax.jacobian(lambda x, v: n_body(x, v)[0].sum()), (array(20, 3), array(20, 3))
    yield "symplectic 5", partial(symplectic, steps=5), (array(2), array(2))
    yield "hessian", jax.hessian(pendulum_energy), (array(2), array(2))


def nearest(points: Any, queries: Any) -> Any:
    """The five nearest neighbours."""
    distances = jnp.sum((points[None] - queries[:, None]) ** 2, -1)
    return lax.top_k(-distances, 5)


def sorting() -> Iterator[Program]:
    """Sorting and what rests on it."""
    yield "median", jnp.median, (array(101),)
    yield "argsort", lambda x: x[jnp.argsort(x[:, 0])], (array(50, 3),)
    yield "percentiles", lambda x: jnp.percentile(x, jnp.array([5.0, 50.0, 95.0])), (array(200),)
    yield "nearest", nearest, (array(100, 3), array(10, 3))
    yield "ranks", lambda x: jnp.argsort(jnp.argsort(x, axis=1), axis=1), (array(10, 30),)
    yield "searchsorted", jnp.searchsorted, (array(100), array(20))


def spectra() -> Iterator[Program]:
    """Fourier transforms."""
    yield "power spectrum", lambda x: jnp.abs(jnp.fft.rfft(x * jnp.hanning(256))) ** 2, (array(256),)
    yield "low pass", lambda x: jnp.fft.irfft(jnp.fft.rfft(x)[:20], 128), (array(128),)
    yield (
        "wave 2d",
        lambda u: jnp.fft.ifft2(jnp.exp(-1j * jnp.fft.fftfreq(32)) * jnp.fft.fft2(u)).real,
        (array(32, 32),),
    )


def monte_carlo(key: Any) -> Any:
    """Pi from random points."""
    points = jax.random.uniform(key, (1000, 2))
    return 4 * jnp.mean(jnp.sum(points**2, -1) < 1)


def metropolis(key: Any, x: Any) -> Any:
    """A random walk that keeps a distribution."""

    def step(x: Any, key: Any) -> Any:
        move, accept = jax.random.split(key)
        new = x + 0.1 * jax.random.normal(move, x.shape)
        ratio = jnp.exp(0.5 * (jnp.sum(x**2) - jnp.sum(new**2)))
        x = jnp.where(jax.random.uniform(accept) < ratio, new, x)
        return x, x

    return lax.scan(step, x, jax.random.split(key, 100))[1].mean(0)


def mixture(x: Any, means: Any, scales: Any, weights: Any) -> Any:
    """Log likelihood of a mixture of normal distributions."""
    parts = jax.scipy.stats.norm.logpdf(x[:, None], means, jax.nn.softplus(scales))
    return jax.nn.logsumexp(parts + jax.nn.log_softmax(weights), axis=1).sum()


def probability() -> Iterator[Program]:
    """Random numbers and densities."""
    yield "monte carlo", monte_carlo, (KEY,)
    yield "metropolis", metropolis, (KEY, array(5))
    yield "mixture", mixture, (array(100), array(3), array(3), array(3))
    yield "grad mixture", jax.grad(mixture, (1, 2, 3)), (array(100), array(3), array(3), array(3))
    yield (
        "dropout",
        lambda k, x: jnp.where(jax.random.bernoulli(k, 0.9, x.shape), x / 0.9, 0),
        (KEY, array(50, 50)),
    )
    yield "permutation", jax.random.permutation, (KEY, array(100))
    yield "categorical", jax.random.categorical, (KEY, array(10, 20))


def adam(params: Any, grads: Any, m: Any, v: Any, t: Any) -> Any:
    """One update of Adam over a list of parameters."""
    out = []
    for p, g, mi, vi in zip(params, grads, m, v, strict=True):
        mi = 0.9 * mi + 0.1 * g  # noqa: PLW2901
        vi = 0.999 * vi + 0.001 * g**2  # noqa: PLW2901
        out.append((p - 0.001 * (mi / (1 - 0.9**t)) / (jnp.sqrt(vi / (1 - 0.999**t)) + 1e-8), mi, vi))
    return out


def rosenbrock(x: Any) -> Any:
    """The banana."""
    return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def newton_step(x: Any) -> Any:
    """Newton's method with a Hessian and a linear solve."""
    return x - jnp.linalg.solve(jax.hessian(rosenbrock)(x), jax.grad(rosenbrock)(x))


def optimisation() -> Iterator[Program]:
    """Optimisers."""
    leaves = [array(8 + i, 8) for i in range(20)]
    yield "adam 20", adam, (leaves, leaves, leaves, leaves, array())
    yield "adam 2", adam, (leaves[:2],) * 4 + (array(),)
    yield "newton step", newton_step, (array(5),)
    yield "gradient descent scan", descend, (array(5),)


def descend(x: Any) -> Any:
    """A hundred steps of gradient descent."""
    return lax.scan(lambda x, _: (x - 1e-3 * jax.grad(rosenbrock)(x), rosenbrock(x)), x, length=100)


def histogram(x: Any) -> Any:
    """Counts in bins, by scattering."""
    return jnp.zeros(20, jnp.int32).at[jnp.clip((x * 20).astype(jnp.int32), 0, 19)].add(1)


def board(cells: Any) -> Any:
    """A board whose cells are set one at a time."""
    for i in range(8):
        cells = cells.at[i, 7 - i].set(1.0).at[7 - i, i].add(2.0)
    return cells


def bilinear(image: Any, points: Any) -> Any:
    """Values between pixels."""
    corner = jnp.floor(points).astype(jnp.int32)
    fx, fy = (points - corner).T
    at = lambda dx, dy: image[corner[:, 0] + dx, corner[:, 1] + dy]  # noqa: E731
    return (
        at(0, 0) * (1 - fx) * (1 - fy)
        + at(1, 0) * fx * (1 - fy)
        + at(0, 1) * (1 - fx) * fy
        + at(1, 1) * fx * fy
    )


def indexing() -> Iterator[Program]:
    """Gathering and scattering."""
    yield "histogram", histogram, (array(500),)
    yield "board", board, (array(8, 8),)
    yield "bilinear", bilinear, (array(32, 32), array(50, 2))
    yield "embedding", lambda t, i: t[i].mean(1), (array(100, 16), array(8, 12, dtype=jnp.int32))
    yield "segment sum", lambda x, s: jax.ops.segment_sum(x, s, 10), (array(100), array(100, dtype=jnp.int32))
    yield "captured table", lambda x: x @ TABLE, (array(4, 64),)


TABLE = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
