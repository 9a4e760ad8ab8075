"""A second blind set: written after the model was improved with the first in sight, and measured once."""

from __future__ import annotations

from collections.abc import Iterator
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
    yield from layers()
    yield from loops()
    yield from images()
    yield from others()


def halley(x: Any, n: int) -> Any:
    """Cube roots by Halley's method."""
    y = jnp.ones_like(x)
    for _ in range(n):
        y = y * (y**3 + 2 * x) / (2 * y**3 + x)
    return y


def chebyshev(x: Any, n: int) -> Any:
    """Chebyshev polynomials, each one kept."""
    terms = [jnp.ones_like(x), x]
    for _ in range(n - 2):
        terms.append(2 * x * terms[-1] - terms[-2])
    return jnp.stack(terms)


def agm(a: Any, b: Any, n: int) -> Any:
    """The arithmetic-geometric mean."""
    for _ in range(n):
        a, b = 0.5 * (a + b), jnp.sqrt(a * b)
    return a


def rungs(x: Any, n: int) -> Any:
    """Second-order steps of Van der Pol's oscillator."""

    def rate(x: Any) -> Any:
        return jnp.stack([x[1], 1.5 * (1 - x[0] ** 2) * x[1] - x[0]])

    for _ in range(n):
        k = rate(x)
        x = x + 0.05 * (k + rate(x + 0.1 * k))
    return x


def wave(u: Any, v: Any, n: int) -> Any:
    """The wave equation on a ring."""
    for _ in range(n):
        v = v + 0.1 * (jnp.roll(u, 1) - 2 * u + jnp.roll(u, -1))
        u = u + 0.1 * v
    return u


def bits(x: Any, n: int) -> Any:
    """A hash: shifts, products, exclusive or."""
    for i in range(n):
        x = (x ^ (x >> (3 + i % 5))) * jnp.uint32(0x45D9F3B)
    return x


def logistic(x: Any, n: int) -> Any:
    """A logistic map that is looked at on the way."""
    seen = []
    for _ in range(n):
        x = 3.7 * x * (1 - x)
        seen.append(x.mean())
    return jnp.array(seen)


def unrolled() -> Iterator[Program]:
    """Loops in Python."""
    yield "halley 6", partial(halley, n=6), (array(64),)
    yield "halley 30", partial(halley, n=30), (array(5, 5),)
    yield "chebyshev 12", partial(chebyshev, n=12), (array(33),)
    yield "chebyshev 60", partial(chebyshev, n=60), (array(11),)
    yield "arithmetic-geometric 10", partial(agm, n=10), (array(40), array(40))
    yield "van der pol 4", partial(rungs, n=4), (array(2),)
    yield "van der pol 25", partial(rungs, n=25), (array(2),)
    yield "van der pol 25, many", partial(rungs, n=25), (array(2, 30),)
    yield "wave 8", partial(wave, n=8), (array(50), array(50))
    yield "wave 40", partial(wave, n=40), (array(128), array(128))
    yield "hash 12", partial(bits, n=12), (array(100, dtype=jnp.uint32),)
    yield "logistic means 20", partial(logistic, n=20), (array(70),)
    yield "grad halley 8", jax.grad(lambda x: halley(x, 8).sum()), (array(7),)
    yield "grad wave 10", jax.grad(lambda u, v: wave(u, v, 10).sum()), (array(20), array(20))


def unroll(ms: Any, x: Any) -> Any:
    """Matrices applied one after the other."""
    for m in ms:
        x = m @ x
    return x


def squarings(a: Any, n: int) -> Any:
    """A matrix to the power of two to the n."""
    for _ in range(n):
        a = a @ a
    return a


def neumann(a: Any, n: int) -> Any:
    """The inverse of one minus a matrix by its series."""
    total, power = jnp.eye(len(a)), jnp.eye(len(a))
    for _ in range(n):
        power = power @ a
        total = total + power
    return total


def attention(x: Any, wq: Any, wk: Any, wv: Any) -> Any:
    """A head of attention with a causal mask."""
    scores = (x @ wq) @ (x @ wk).T / jnp.sqrt(wq.shape[1])
    mask = jnp.tril(jnp.ones((len(x), len(x)), bool))
    return jax.nn.softmax(jnp.where(mask, scores, -1e9)) @ (x @ wv)


def matrices() -> Iterator[Program]:
    """Chains of products."""
    square = [array(14, 14) for _ in range(9)]
    yield "products 9, a vector", unroll, (square, array(14))
    yield "products 9, a matrix", unroll, (square, array(14, 6))
    yield "squarings 5", partial(squarings, n=5), (array(18, 18),)
    yield "neumann 12", partial(neumann, n=12), (array(10, 10),)
    yield "causal attention", attention, (array(12, 8), array(8, 8), array(8, 8), array(8, 8))
    heads = (array(3, 12, 8), array(3, 8, 8), array(3, 8, 8), array(3, 8, 8))
    yield "attention of a batch", jax.vmap(attention), heads
    yield "least squares", lambda a, b: jnp.linalg.solve(a.T @ a, a.T @ b), (array(30, 5), array(30))
    yield "covariance", lambda x: (x - x.mean(0)).T @ (x - x.mean(0)) / (len(x) - 1), (array(50, 7),)
    yield "pairwise products", lambda x: jnp.einsum("ik,jk->ij", x, x) ** 2, (array(15, 4),)
    yield "grad products 9", jax.grad(lambda m, x: unroll(m, x).sum()), (square, array(14))


def residual(params: Any, x: Any) -> Any:
    """Dense layers with a way around, and a norm."""
    for w, v in params:
        h = x - x.mean(-1, keepdims=True)
        h = h / jnp.sqrt((h**2).mean(-1, keepdims=True) + 1e-5)
        x = x + jax.nn.relu(h @ w) @ v
    return x


def plain(params: Any, x: Any) -> Any:
    """Dense layers."""
    for w in params:
        x = jax.nn.softplus(x @ w)
    return x


def adamw(params: Any, m: Any, v: Any, x: Any) -> Any:
    """A step of AdamW on a residual network."""
    grads = jax.grad(lambda p: jnp.mean(residual(p, x) ** 2))(params)
    tree_map = jax.tree_util.tree_map
    m = tree_map(lambda a, g: 0.9 * a + 0.1 * g, m, grads)
    v = tree_map(lambda a, g: 0.99 * a + 0.01 * g**2, v, grads)
    return tree_map(lambda p, a, b: p - 1e-3 * (a / (jnp.sqrt(b) + 1e-8) + 0.01 * p), params, m, v), m, v


def contrastive(w: Any, a: Any, b: Any) -> Any:
    """A loss that compares each with each."""
    a, b = a @ w, b @ w
    a = a / jnp.linalg.norm(a, axis=1, keepdims=True)
    b = b / jnp.linalg.norm(b, axis=1, keepdims=True)
    return -jnp.mean(jnp.diag(jax.nn.log_softmax(5 * a @ b.T)))


def layers() -> Iterator[Program]:
    """Networks."""
    pairs = [(array(10, 20), array(20, 10)) for _ in range(4)]
    sizes = [array(a, b) for a, b in pairwise((7, 9, 11, 13, 5))]
    yield "residual 4", residual, (pairs, array(6, 10))
    yield "grad residual 4", jax.grad(lambda p, x: residual(p, x).sum()), (pairs, array(6, 10))
    yield "adamw residual 4", adamw, (pairs, pairs, pairs, array(6, 10))
    yield "softplus 4", plain, (sizes, array(8, 7))
    yield "softplus 4, one example", plain, (sizes, array(7))
    yield "grad softplus 4", jax.grad(lambda p, x: plain(p, x).sum()), (sizes, array(8, 7))
    yield (
        "per-example gradients",
        jax.vmap(jax.grad(lambda p, x: plain(p, x).sum()), (None, 0)),
        (sizes, array(8, 7)),
    )
    yield "contrastive", contrastive, (array(6, 4), array(9, 6), array(9, 6))
    yield "grad contrastive", jax.grad(contrastive), (array(6, 4), array(9, 6), array(9, 6))
    yield "ensemble of 5", jax.vmap(plain, (0, None)), ([array(5, 7, 9), array(5, 9, 3)], array(8, 7))


def kalman(state: Any, zs: Any) -> Any:
    """A scalar Kalman filter over a series."""

    def step(carry: Any, z: Any) -> Any:
        x, p = carry
        k = (p + 0.1) / (p + 1.1)
        x, p = x + k * (z - x), (1 - k) * (p + 0.1)
        return (x, p), x

    return lax.scan(step, state, zs)[1]


def sgd(w: Any, xs: Any, ys: Any) -> Any:
    """Epochs of gradient descent as a scan of a scan."""

    def batch(w: Any, data: Any) -> Any:
        x, y = data
        return w - 0.1 * jax.grad(lambda w: jnp.mean((x @ w - y) ** 2))(w), None

    return lax.scan(lambda w, _: lax.scan(batch, w, (xs, ys)), w, None, length=5)[0]


def bandit(key: Any, means: Any) -> Any:
    """An epsilon-greedy bandit."""

    def step(state: Any, key: Any) -> Any:
        counts, values = state
        first, second, third = jax.random.split(key, 3)
        best = jnp.argmax(values)
        arm = jnp.where(jax.random.uniform(first) < 0.1, jax.random.randint(second, (), 0, len(means)), best)
        reward = means[arm] + jax.random.normal(third)
        counts = counts.at[arm].add(1)
        values = values.at[arm].add((reward - values[arm]) / counts[arm])
        return (counts, values), reward

    start = (jnp.zeros(len(means)), jnp.zeros(len(means)))
    return lax.scan(step, start, jax.random.split(key, 50))[1].sum()


def sinkhorn(a: Any, b: Any, cost: Any) -> Any:
    """Optimal transport, in a loop."""
    kernel = jnp.exp(-cost)

    def step(_: Any, uv: Any) -> Any:
        u, v = uv
        u = a / (kernel @ v)
        return u, b / (kernel.T @ u)

    return lax.fori_loop(0, 30, step, (jnp.ones_like(a), jnp.ones_like(b)))


def loops() -> Iterator[Program]:
    """Loops that stay loops."""
    yield "scalar kalman", kalman, ((array(), array()), array(60))
    yield "scalar kalman, many", jax.vmap(kalman, ((0, 0), 0)), ((array(5), array(5)), array(5, 60))
    yield "grad kalman", jax.grad(lambda s, z: kalman(s, z).sum()), ((array(), array()), array(60))
    yield "scan of scans", sgd, (array(4), array(6, 10, 4), array(6, 10))
    yield "bandit", bandit, (KEY, array(5))
    yield "sinkhorn", sinkhorn, (array(8), array(9), array(8, 9))
    yield "cumulative product", jnp.cumprod, (array(120),)
    yield "power of a map", lambda x: lax.fori_loop(0, 50, lambda _, y: jnp.cos(y) * x, x), (array(31),)
    yield (
        "gcd",
        lambda a, b: lax.while_loop(lambda s: s[1] != 0, lambda s: (s[1], s[0] % s[1]), (a, b)),
        (
            array(dtype=jnp.int32),
            array(dtype=jnp.int32),
        ),
    )
    yield "map", lambda x: lax.map(lambda row: jnp.sort(row)[:2], x), (array(9, 6),)


def unet(x: Any, down: Any, up: Any) -> Any:
    """Down, up, and across."""
    dims = ("NHWC", "HWIO", "NHWC")
    small = jax.nn.relu(lax.conv_general_dilated(x, down, (2, 2), "SAME", dimension_numbers=dims))
    large = jnp.repeat(jnp.repeat(small, 2, 1), 2, 2)
    return lax.conv_general_dilated(
        jnp.concatenate([x, large], -1), up, (1, 1), "SAME", dimension_numbers=dims
    )


def sobel(x: Any) -> Any:
    """Edges by slices."""
    dx = x[:, 2:] - x[:, :-2]
    dy = x[2:] - x[:-2]
    return jnp.sqrt(dx[1:-1] ** 2 + dy[:, 1:-1] ** 2)


def stack(x: Any, ws: Any) -> Any:
    """Convolutions of a signal."""
    for w in ws:
        x = jnp.tanh(lax.conv_general_dilated(x, w, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC")))
    return x


def images() -> Iterator[Program]:
    """Convolutions and their like."""
    unet_arguments = (array(1, 16, 16, 3), array(3, 3, 3, 6), array(3, 3, 9, 3))
    signals = (array(2, 40, 3), [array(5, 3, 3) for _ in range(3)])
    yield "unet", unet, unet_arguments
    yield "grad unet", jax.grad(lambda *a: unet(*a).sum(), (1, 2)), unet_arguments
    yield "sobel", sobel, (array(30, 30),)
    yield "signal 3", stack, signals
    yield "grad signal 3", jax.grad(lambda x, w: stack(x, w).sum(), 1), signals
    yield (
        "one by one",
        lambda x, w: jax.nn.relu(jnp.einsum("bhwi,io->bhwo", x, w)),
        (
            array(2, 9, 9, 5),
            array(5, 7),
        ),
    )
    yield (
        "mean pool",
        lambda x: lax.reduce_window(x, 0.0, lax.add, (3, 3), (3, 3), "VALID") / 9,
        (array(30, 30),),
    )
    yield "resize", lambda x: jax.image.resize(x, (20, 20), "bilinear"), (array(10, 10),)
    yield (
        "volume",
        lambda x, w: lax.conv(x, w, (1, 1, 1), "SAME"),
        (array(1, 2, 6, 6, 6), array(3, 2, 3, 3, 3)),
    )


def others() -> Iterator[Program]:
    """What scripts compile besides."""
    yield "huber", lambda r: jnp.where(jnp.abs(r) < 1, 0.5 * r**2, jnp.abs(r) - 0.5).mean(), (array(80),)
    yield "entropy", lambda x: -(jax.nn.softmax(x) * jax.nn.log_softmax(x)).sum(-1), (array(12, 6),)
    yield "quaternion", quaternion, (array(4), array(9, 3))
    yield "haversine", haversine, (array(20), array(20), array(20), array(20))
    yield (
        "polyfit",
        lambda x, y: jnp.linalg.lstsq(jnp.stack([x**i for i in range(4)], 1), y)[0],
        (
            array(25),
            array(25),
        ),
    )
    yield "autocorrelation", lambda x: jnp.correlate(x, x, mode="full"), (array(60),)
    yield (
        "gumbel softmax",
        lambda k, x: jax.nn.softmax((x + jax.random.gumbel(k, x.shape)) / 0.5),
        (
            KEY,
            array(7, 5),
        ),
    )
    yield "one-hot counts", lambda i: jax.nn.one_hot(i, 10).sum(0), (array(40, dtype=jnp.int32),)
    yield "triangle", lambda x: jnp.triu(x, 1) + jnp.tril(x).T, (array(12, 12),)
    yield "histogram", lambda x: jnp.histogram(x, bins=8)[0], (array(90),)
    yield "shuffled batch", lambda k, x: jax.random.permutation(k, x)[:10], (KEY, array(60, 3))
    yield "spectral filter", lambda x, w: jnp.fft.irfft(jnp.fft.rfft(x) * w), (array(100), array(51))


def quaternion(q: Any, points: Any) -> Any:
    """Points, turned."""
    w, v = q[0], q[1:]
    t = 2 * jnp.cross(v, points)
    return points + w * t + jnp.cross(v, t)


def haversine(a: Any, b: Any, c: Any, d: Any) -> Any:
    """Distances on the earth."""
    h = jnp.sin((c - a) / 2) ** 2 + jnp.cos(a) * jnp.cos(c) * jnp.sin((d - b) / 2) ** 2
    return 12742 * jnp.arcsin(jnp.sqrt(h))
