"""The third set of programs whose compile time is predicted: written after the model was improved once more.

None of them was compiled before the model stood, and the model was not changed after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
from compile_programs import Program, array
from jax import lax

NHWC = ("NHWC", "HWIO", "NHWC")


def programs() -> Iterator[Program]:
    """Yield name, function and arguments."""
    yield from _unrolled()
    yield from _chains()
    yield from _perceptrons()
    yield from _scans()
    yield from _convolutions()
    yield from _others()


def leapfrog(x: Any, v: Any, n: int) -> Any:
    """A pendulum's path, every position kept."""
    path = []
    for _ in range(n):
        v = v - 0.05 * jnp.sin(x)
        x = x + 0.1 * v
        v = v - 0.05 * jnp.sin(x)
        path.append(x)
    return jnp.stack(path)


def jacobi(a: Any, b: Any, n: int) -> Any:
    """Solves a linear system by Jacobi's iteration."""
    d = jnp.diagonal(a)
    x = jnp.zeros_like(b)
    for _ in range(n):
        x = (b - a @ x + d * x) / d
    return x


def chebyshev(x: Any, c: Any, n: int) -> Any:
    """Clenshaw's recurrence."""
    a, b = jnp.zeros_like(x), jnp.zeros_like(x)
    for k in range(n):
        a, b = 2 * x * a - b + c[k], a
    return a - x * b


def moving_ranges(x: Any, n: int) -> Any:
    """Highest minus lowest of each stretch, with slices in a loop."""
    return jnp.stack([x[i : i + 10].max() - x[i : i + 10].min() for i in range(n)])


def ising(s: Any, n: int) -> Any:
    """Deterministic sweeps over a lattice."""
    for k in range(n):
        field = sum(jnp.roll(s, shift, axis) for shift in (1, -1) for axis in (0, 1))
        s = jnp.where((field + 0.1 * k) > 0, 1.0, -1.0)
    return s


def euler_bodies(x: Any, v: Any, n: int) -> Any:
    """Bodies that attract each other."""
    for _ in range(n):
        d = x[None] - x[:, None]
        r = jnp.sqrt((d**2).sum(-1) + 0.1)
        v = v + 0.01 * (d / r[..., None] ** 3).sum(1)
        x = x + 0.01 * v
    return x


def logistic_path(x: Any, n: int) -> Any:
    """The logistic map, every value kept."""
    values = []
    for _ in range(n):
        x = 3.7 * x * (1 - x)
        values.append(x)
    return jnp.stack(values)


def bisection(c: Any, n: int) -> Any:
    """Cube roots by halving."""
    low, high = jnp.zeros_like(c), c + 1
    for _ in range(n):
        middle = 0.5 * (low + high)
        is_over = middle**3 > c
        low, high = jnp.where(is_over, low, middle), jnp.where(is_over, middle, high)
    return low


def ewma(x: Any, n: int) -> Any:
    """An exponential average as a Python loop."""
    s = x[0]
    out = []
    for i in range(n):
        s = 0.9 * s + 0.1 * x[i]
        out.append(s)
    return jnp.array(out)


def _unrolled() -> Iterator[Program]:
    yield "pendulum path 12", partial(leapfrog, n=12), (array(), array())
    yield "pendulum path 40", partial(leapfrog, n=40), (array(), array())
    yield "pendulum path 20, many", partial(leapfrog, n=20), (array(33), array(33))
    yield "jacobi 6", partial(jacobi, n=6), (array(14, 14), array(14))
    yield "clenshaw 25", partial(chebyshev, n=25), (array(45), array(25))
    yield "clenshaw 150", partial(chebyshev, n=150), (array(45), array(150))
    yield "ranges 15", partial(moving_ranges, n=15), (array(40),)
    yield "lattice 6", partial(ising, n=6), (array(12, 12),)
    yield "bodies 2", partial(euler_bodies, n=2), (array(6, 3), array(6, 3))
    yield "bodies 8", partial(euler_bodies, n=8), (array(6, 3), array(6, 3))
    yield "logistic map 60", partial(logistic_path, n=60), (array(),)
    yield "logistic map 30, many", partial(logistic_path, n=30), (array(24),)
    yield "bisection 25", partial(bisection, n=25), (array(90),)
    yield "average 50", partial(ewma, n=50), (array(50),)
    yield "grad pendulum path 8", jax.grad(lambda x, v: leapfrog(x, v, 8).sum()), (array(), array())
    yield (
        "grad clenshaw 20",
        jax.grad(lambda x, c: chebyshev(x, c, 20).sum(), argnums=1),
        (array(30), array(20)),
    )


def product_chain(x: Any, ws: list[Any], act: Callable[[Any], Any]) -> Any:
    """Products with something between."""
    for w in ws:
        x = act(x @ w)
    return x


def matrix_power(a: Any, n: int) -> Any:
    """Products of a matrix with itself, normalised."""
    x = a
    for _ in range(n):
        x = x @ a
        x = x / jnp.abs(x).max()
    return x


def taylor_exponential(a: Any, n: int) -> Any:
    """The exponential of a matrix by its series."""
    total, term = jnp.eye(a.shape[0]), jnp.eye(a.shape[0])
    for k in range(1, n):
        term = term @ a / k
        total = total + term
    return total


def _chains() -> Iterator[Program]:
    yield (
        "chain of 3, relu",
        lambda x, *w: product_chain(x, list(w), jax.nn.relu),
        (array(16, 32), array(32, 64), array(64, 64), array(64, 10)),
    )
    yield (
        "chain of 10, sin",
        lambda x, *w: product_chain(x, list(w), jnp.sin),
        (array(12, 20), *(array(20, 20) for _ in range(10))),
    )
    yield (
        "chain of 5, plain",
        lambda x, *w: product_chain(x, list(w), lambda y: y),
        (array(8, 9), array(9, 10), array(10, 11), array(11, 12), array(12, 13)),
    )
    yield "powers 8", partial(matrix_power, n=8), (array(18, 18),)
    yield "matrix exponential 10", partial(taylor_exponential, n=10), (array(16, 16),)
    yield (
        "bilinear",
        lambda x, w, y: jnp.einsum("bi,ijk,bj->bk", x, w, y),
        (array(6, 7), array(7, 8, 9), array(6, 8)),
    )
    yield "low rank", lambda x, u, v: x + jnp.tanh(x @ u) @ v, (array(10, 40), array(40, 4), array(4, 40))
    yield "gram determinant", lambda x: jnp.linalg.slogdet(x.T @ x + jnp.eye(6))[1], (array(20, 6),)
    yield (
        "grad chain of 4",
        jax.grad(lambda w, x: product_chain(x, w, jnp.tanh).sum()),
        ([array(11, 11)] * 4, array(7, 11)),
    )
    yield "quadratic forms", jax.vmap(lambda a, x: x @ a @ x), (array(9, 5, 5), array(9, 5))


def mlp(params: list[Any], x: Any, act: Callable[[Any], Any]) -> Any:
    """A perceptron with biases."""
    for w, b in params[:-1]:
        x = act(x @ w + b)
    w, b = params[-1]
    return x @ w + b


def layers(*sizes: int) -> list[Any]:
    """Abstract parameters."""
    return [(array(m, n), array(n)) for m, n in pairwise(sizes)]


def cross_entropy(params: list[Any], x: Any, y: Any) -> Any:
    """The loss of a classifier."""
    logits = jax.nn.log_softmax(mlp(params, x, jax.nn.relu))
    return -jnp.take_along_axis(logits, y[:, None], axis=1).mean()


def momentum(params: Any, velocity: Any, x: Any, y: Any) -> Any:
    """A step with momentum."""
    loss, g = jax.value_and_grad(cross_entropy)(params, x, y)
    velocity = jax.tree_util.tree_map(lambda v, d: 0.9 * v + d, velocity, g)
    return jax.tree_util.tree_map(lambda p, v: p - 0.1 * v, params, velocity), velocity, loss


def norm(x: Any) -> Any:
    """Layer normalisation without parameters."""
    return (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-5)


def _perceptrons() -> Iterator[Program]:
    labels = array(16, dtype=jnp.int32)
    yield "perceptron 2, relu", lambda p, x: mlp(p, x, jax.nn.relu), (layers(10, 20, 5), array(16, 10))
    yield (
        "perceptron 5, swish",
        lambda p, x: mlp(p, x, jax.nn.silu),
        (layers(8, 24, 24, 24, 24, 3), array(16, 8)),
    )
    yield "perceptron 4, elu", lambda p, x: mlp(p, x, jax.nn.elu), (layers(9, 15, 15, 15, 2), array(7, 9))
    yield "grad perceptron 3, relu", jax.grad(cross_entropy), (layers(10, 32, 32, 4), array(16, 10), labels)
    yield "momentum 2", momentum, (layers(10, 32, 4), layers(10, 32, 4), array(16, 10), labels)
    yield (
        "momentum 5",
        momentum,
        (layers(10, 32, 32, 32, 32, 4), layers(10, 32, 32, 32, 32, 4), array(16, 10), labels),
    )
    yield (
        "normed block",
        lambda x, w, v: x + jax.nn.gelu(norm(x) @ w) @ v,
        (array(12, 24), array(24, 48), array(48, 24)),
    )
    yield (
        "grad normed block",
        jax.grad(lambda x, w, v: (x + jax.nn.gelu(norm(x) @ w) @ v).sum(), argnums=(1, 2)),
        (array(12, 24), array(24, 48), array(48, 24)),
    )
    yield (
        "experts",
        lambda x, g, w: jnp.einsum("be,beo->bo", jax.nn.softmax(x @ g), jnp.einsum("bi,eio->beo", x, w)),
        (array(8, 10), array(10, 4), array(4, 10, 6)),
    )
    yield (
        "siamese",
        lambda p, x, y: ((mlp(p, x, jnp.tanh) - mlp(p, y, jnp.tanh)) ** 2).sum(-1),
        (layers(6, 12, 4), array(9, 6), array(9, 6)),
    )
    yield "hessian of a neuron", jax.hessian(lambda w, x: jnp.tanh(x @ w).sum()), (array(7), array(5, 7))
    yield (
        "input gradient",
        jax.vmap(jax.grad(lambda x, p: mlp(p, x, jnp.tanh)[0]), (0, None)),
        (array(10, 6), layers(6, 12, 1)),
    )


def gru(params: Any, h: Any, x: Any) -> Any:
    """One step of a gated unit."""
    w, u, b = params
    z, r, _ = jnp.split(jax.nn.sigmoid(x @ w + h @ u + b), 3, axis=-1)
    n = jnp.tanh((x @ w)[..., -h.shape[-1] :] + r * (h @ u)[..., -h.shape[-1] :])
    h = (1 - z) * n + z * h
    return h, h


def _scans() -> Iterator[Program]:
    unit = (array(5, 24), array(8, 24), array(24))
    yield (
        "unit over time",
        lambda p, h, xs: lax.scan(partial(gru, p), h, xs),
        (unit, array(4, 8), array(20, 4, 5)),
    )
    yield (
        "grad unit over time",
        jax.grad(lambda p, h, xs: lax.scan(partial(gru, p), h, xs)[1].sum()),
        (unit, array(4, 8), array(20, 4, 5)),
    )
    yield "scan of sums", lambda xs: lax.scan(lambda c, x: (c + x, c * x), 0.0, xs), (array(50),)
    yield (
        "random walk",
        lambda k, x: lax.scan(
            lambda c, s: (c + jax.random.normal(s, c.shape), c), x, jax.random.split(k, 10)
        ),
        (array(2, dtype=jnp.uint32), array(6)),
    )
    yield (
        "heat",
        lambda u: lax.fori_loop(0, 50, lambda _, v: v.at[1:-1].add(0.1 * (v[2:] - 2 * v[1:-1] + v[:-2])), u),
        (array(64),),
    )
    yield (
        "newton, while",
        lambda x: lax.while_loop(lambda s: jnp.abs(s * s - x) > 1e-4, lambda s: 0.5 * (s + x / s), x),
        (array(),),
    )
    yield (
        "power iteration",
        lambda a, v: lax.fori_loop(0, 30, lambda _, u: (a @ u) / jnp.linalg.norm(a @ u), v),
        (array(15, 15), array(15)),
    )
    yield "associative", lambda x: lax.associative_scan(jnp.multiply, x), (array(64),)
    yield (
        "viterbi",
        lambda t, e: lax.scan(
            lambda s, o: ((s[:, None] + t).max(0) + o, (s[:, None] + t).argmax(0)), e[0], e[1:]
        ),
        (array(5, 5), array(12, 5)),
    )
    yield (
        "conditions in a scan",
        lambda xs: lax.scan(
            lambda c, x: (lax.cond(x > 0, lambda y: y + x, lambda y: jnp.exp(-y), c), c), 1.0, xs
        ),
        (array(30),),
    )
    yield (
        "grad decay",
        jax.grad(lambda k, x: lax.scan(lambda c, _: (c - 0.1 * k * c, c.sum()), x, None, 12)[1].sum()),
        (array(), array(9)),
    )
    yield "map of sorts", lambda x: lax.map(jnp.sort, x), (array(6, 15),)


def conv(x: Any, w: Any, stride: int = 1) -> Any:
    """A convolution in the order that JAX libraries use."""
    return lax.conv_general_dilated(x, w, (stride, stride), "SAME", dimension_numbers=NHWC)


def pool(x: Any) -> Any:
    """The mean over windows."""
    return lax.reduce_window(x, 0.0, lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID") / 4


def lenet(x: Any, v: Any, w: Any, d: Any) -> Any:
    """Two convolutions and a layer."""
    x = pool(jax.nn.relu(conv(x, v)))
    x = pool(jax.nn.relu(conv(x, w)))
    return x.reshape(x.shape[0], -1) @ d


def _convolutions() -> Iterator[Program]:
    image = array(2, 16, 16, 3)
    net = (array(3, 3, 3, 8), array(3, 3, 8, 8), array(128, 10))
    yield "one convolution, nhwc", conv, (image, array(3, 3, 3, 8))
    yield (
        "one convolution, nchw",
        lambda x, w: lax.conv(x, w, (1, 1), "SAME"),
        (array(2, 3, 16, 16), array(8, 3, 3, 3)),
    )
    yield "strided, relu", lambda x, w: jax.nn.relu(conv(x, w, 2)), (image, array(3, 3, 3, 8))
    yield "small net", lenet, (image, *net)
    yield (
        "grad small net",
        jax.grad(lambda v, w, d, x: lenet(x, v, w, d).sum(), argnums=(0, 1, 2)),
        (*net, image),
    )
    yield (
        "residual convolutions",
        lambda x, w, v: x + conv(jax.nn.relu(conv(x, w)), v),
        (array(2, 8, 8, 6), array(3, 3, 6, 6), array(3, 3, 6, 6)),
    )
    yield "smoothing 1d", lambda x: jnp.convolve(x, jnp.ones(5) / 5, mode="same"), (array(80),)
    yield (
        "edges",
        lambda x, k: jnp.abs(lax.conv(x[None, None], k[None, None], (1, 1), "VALID"))[0, 0],
        (array(20, 20), array(3, 3)),
    )
    yield (
        "causal 1d",
        lambda x, w: lax.conv_general_dilated(x, w, (1,), [(2, 0)], dimension_numbers=("NWC", "WIO", "NWC")),
        (array(2, 30, 4), array(3, 4, 8)),
    )
    yield "grad of one filter", jax.grad(lambda w, x: (conv(x, w) ** 2).mean()), (array(3, 3, 3, 4), image)


def _others() -> Iterator[Program]:
    key = array(2, dtype=jnp.uint32)
    yield "softmax", jax.nn.softmax, (array(13, 17),)
    yield (
        "kl of normals",
        lambda m, s, n, t: (jnp.log(t / s) + (s**2 + (m - n) ** 2) / (2 * t**2) - 0.5).sum(),
        (array(21), array(21), array(21), array(21)),
    )
    yield "histogram", lambda x: jnp.zeros(8).at[(x * 8).astype(int)].add(1), (array(60),)
    yield (
        "dropout",
        lambda k, x: jnp.where(jax.random.bernoulli(k, 0.8, x.shape), x / 0.8, 0),
        (key, array(10, 12)),
    )
    yield "sampling", jax.random.categorical, (key, array(9, 5))
    yield (
        "distances",
        lambda x, y: jnp.sqrt(((x[:, None] - y[None]) ** 2).sum(-1)),
        (array(12, 3), array(15, 3)),
    )
    yield (
        "nearest",
        lambda x, y: ((x[:, None] - y[None]) ** 2).sum(-1).argmin(1),
        (array(12, 3), array(15, 3)),
    )
    yield "least squares", lambda a, b: jnp.linalg.solve(a.T @ a, a.T @ b), (array(20, 5), array(20))
    yield (
        "cholesky sample",
        lambda a, z: jnp.linalg.cholesky(a @ a.T + jnp.eye(7)) @ z,
        (array(7, 7), array(7)),
    )
    yield "spectrum", lambda x: jnp.abs(jnp.fft.rfft(x)) ** 2, (array(96),)
    yield (
        "rotary",
        lambda x, t: jnp.concatenate(
            [x[:, :8] * jnp.cos(t) - x[:, 8:] * jnp.sin(t), x[:, :8] * jnp.sin(t) + x[:, 8:] * jnp.cos(t)], 1
        ),
        (array(10, 16), array(10, 8)),
    )
    yield (
        "masked mean",
        lambda x, m: jnp.where(m, x, 0).sum(1) / m.sum(1),
        (array(8, 20), array(8, 20, dtype=bool)),
    )
