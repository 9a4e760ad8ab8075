"""The fourth set of programs whose compile time is predicted: written after the model learned from the third.

None of them was lowered or compiled before the model stood, and the model was not changed after.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
from compile_programs import KEY, Program, array
from jax import lax

WORDS = array(10, dtype=jnp.int32)


def programs() -> Iterator[Program]:
    """Yield name, function and arguments."""
    for family in (
        _unrolled,
        _matrices,
        _networks,
        _sequences,
        _scans,
        _images,
        _physics,
        _optimisers,
        _sorting,
        _probability,
    ):
        yield from family()


def continued_fraction(x: Any, n: int) -> Any:
    """From the innermost fraction outwards."""
    y = x
    for k in range(n, 0, -1):
        y = k + x / y
    return y


def secant(a: Any, b: Any, n: int) -> Any:
    """Roots of cos(x) = x."""
    for _ in range(n):
        fa, fb = jnp.cos(a) - a, jnp.cos(b) - b
        a, b = b, b - fb * (b - a) / (fb - fa + 1e-6)
    return b


def henon(x: Any, y: Any, n: int) -> Any:
    """Hénon's map; the path of both coordinates."""
    path = []
    for _ in range(n):
        x, y = 1 - 1.4 * x * x + y, 0.3 * x
        path.append((x, y))
    return jnp.array(path)


def differences(x: Any, n: int) -> Any:
    """Differences of differences, each as long as it is."""
    rows = []
    for _ in range(n):
        x = x[1:] - x[:-1]
        rows.append(x.mean())
    return jnp.stack(rows)


def pairs(x: Any) -> Any:
    """Every pair of a few numbers, in two loops."""
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(i):
            total = total + jnp.exp(-((x[i] - x[j]) ** 2))
    return total


def predator_prey(state: Any, n: int) -> Any:
    """Euler's steps of three species, as one vector, kept."""
    path = []
    for _ in range(n):
        a, b, c = state
        change = jnp.stack([a * (1 - b), b * (a - c - 0.5), c * (b - 1)])
        state = state + 0.02 * change
        path.append(state)
    return jnp.stack(path)


def thomas(a: Any, b: Any, c: Any, d: Any, n: int) -> Any:
    """A tridiagonal system, solved element by element."""
    cs, ds = [c[0] / b[0]], [d[0] / b[0]]
    for i in range(1, n):
        m = b[i] - a[i] * cs[-1]
        cs.append(c[i] / m)
        ds.append((d[i] - a[i] * ds[-1]) / m)
    x = [ds[-1]]
    for i in reversed(range(n - 1)):
        x.append(ds[i] - cs[i] * x[-1])
    return jnp.stack(x[::-1])


def masked_updates(x: Any, n: int) -> Any:
    """A sieve that clears multiples."""
    for k in range(2, n):
        x = x.at[::k].multiply(0.5)
    return x


def _unrolled() -> Iterator[Program]:
    yield "continued fraction 12", partial(continued_fraction, n=12), (array(40),)
    yield "continued fraction 90", partial(continued_fraction, n=90), (array(),)
    yield "secant 10", partial(secant, n=10), (array(25), array(25))
    yield "henon 15", partial(henon, n=15), (array(), array())
    yield "henon 70", partial(henon, n=70), (array(), array())
    yield "differences 9", partial(differences, n=9), (array(24),)
    yield "pairs 9", pairs, (array(9),)
    yield "grad pairs 6", jax.grad(pairs), (array(6),)
    yield "three species 6", partial(predator_prey, n=6), (array(3),)
    yield "three species 30", partial(predator_prey, n=30), (array(3),)
    yield "tridiagonal 12", partial(thomas, n=12), tuple(array(12) for _ in range(4))
    yield "sieve 8", partial(masked_updates, n=8), (array(30),)
    yield "many secants", jax.vmap(partial(secant, n=5)), (array(6, 4), array(6, 4))


def newton_schulz(x: Any, n: int) -> Any:
    """The nearest orthogonal matrix, as in some optimisers."""
    x = x / (jnp.linalg.norm(x) + 1e-6)
    for _ in range(n):
        a = x @ x.T
        x = 1.5 * x - 0.5 * a @ x
    return x


def subspace(a: Any, q: Any, n: int) -> Any:
    """Subspace iteration with orthogonalisation."""
    for _ in range(n):
        q, _ = jnp.linalg.qr(a @ q)
    return q.T @ a @ q


def _matrices() -> Iterator[Program]:
    yield "newton-schulz 5", partial(newton_schulz, n=5), (array(14, 14),)
    yield "subspace 3", partial(subspace, n=3), (array(10, 10), array(10, 3))
    yield "products of three", lambda a, b, c: a @ b @ c, (array(7, 30), array(30, 20), array(20, 5))
    yield "kronecker", lambda a, b: jnp.kron(a, b) @ jnp.ones(30), (array(5, 6), array(4, 5))
    yield (
        "sylvester residual",
        lambda a, b, x, c: jnp.abs(a @ x + x @ b - c).max(),
        (array(9, 9), array(7, 7), array(9, 7), array(9, 7)),
    )
    yield "outer sums", lambda x, y: jnp.outer(x, y) + jnp.outer(y, x) - jnp.eye(12), (array(12), array(12))
    yield (
        "mahalanobis",
        lambda x, m, s: jnp.einsum("bi,ij,bj->b", x - m, jnp.linalg.inv(s), x - m),
        (array(15, 4), array(4), array(4, 4)),
    )
    yield "rotations", jax.vmap(lambda r, p: r @ p), (array(20, 3, 3), array(20, 3))
    yield (
        "grad trace",
        jax.grad(lambda a: jnp.trace(a @ a.T @ a)),
        (array(13, 13),),
    )


def dense(params: Any, x: Any) -> Any:
    """A layer."""
    return x @ params["w"] + params["b"]


def weights(*sizes: int) -> list[dict[str, Any]]:
    """Abstract layers."""
    return [{"w": array(m, n), "b": array(n)} for m, n in pairwise(sizes)]


def network(params: Any, x: Any, act: Any = jax.nn.relu) -> Any:
    """Layers with an activation between."""
    for layer in params[:-1]:
        x = act(dense(layer, x))
    return dense(params[-1], x)


def autoencoder(params: Any, x: Any) -> Any:
    """The loss of reconstruction, with a penalty on the code."""
    encoder, decoder = params
    code = jax.nn.sigmoid(network(encoder, x))
    return jnp.mean((network(decoder, code) - x) ** 2) + 1e-3 * jnp.abs(code).sum()


def dueling(params: Any, x: Any) -> Any:
    """Values and advantages from one trunk."""
    trunk, value, advantage = params
    h = jax.nn.relu(network(trunk, x))
    a = network(advantage, h)
    return network(value, h) + a - a.mean(-1, keepdims=True)


def q_loss(params: Any, target: Any, s: Any, a: Any, r: Any, t: Any) -> Any:
    """Double Q-learning."""
    q = jnp.take_along_axis(dueling(params, s), a[:, None], 1)[:, 0]
    best = dueling(params, t).argmax(-1)
    goal = r + 0.99 * jnp.take_along_axis(dueling(target, t), best[:, None], 1)[:, 0]
    return jnp.mean(jnp.where(jnp.abs(q - goal) < 1, (q - goal) ** 2 / 2, jnp.abs(q - goal) - 0.5))


def actor_critic(params: Any, s: Any, a: Any, ret: Any, old: Any) -> Any:
    """The clipped objective of proximal policies."""
    actor, critic = params
    log_p = jax.nn.log_softmax(network(actor, s, jnp.tanh))
    chosen = jnp.take_along_axis(log_p, a[:, None], 1)[:, 0]
    v = network(critic, s, jnp.tanh)[:, 0]
    adv = lax.stop_gradient(ret - v)
    ratio = jnp.exp(chosen - old)
    gain = jnp.minimum(ratio * adv, jnp.clip(ratio, 0.8, 1.2) * adv)
    entropy = -(jnp.exp(log_p) * log_p).sum(-1)
    return -gain.mean() + 0.5 * ((v - ret) ** 2).mean() - 0.01 * entropy.mean()


def _networks() -> Iterator[Program]:
    coder = (weights(20, 10, 4), weights(4, 10, 20))
    duel = (weights(8, 16), weights(16, 1), weights(16, 4))
    policy = (weights(8, 16, 16, 4), weights(8, 16, 16, 1))
    batch = (array(12, 8), array(12, dtype=jnp.int32), array(12), array(12, 8))
    rollout = (array(12, 8), array(12, dtype=jnp.int32), array(12), array(12))
    yield "autoencoder", autoencoder, (coder, array(9, 20))
    yield "grad autoencoder", jax.grad(autoencoder), (coder, array(9, 20))
    yield "dueling", dueling, (duel, array(12, 8))
    yield "q loss", q_loss, (duel, duel, *batch)
    yield "grad q loss", jax.grad(q_loss), (duel, duel, *batch)
    yield "policy loss", actor_critic, (policy, *rollout)
    yield "grad policy loss", jax.grad(actor_critic), (policy, *rollout)
    yield "network 8", network, (weights(12, *[18] * 7, 3), array(10, 12))
    yield "network 3, softplus", partial(network, act=jax.nn.softplus), (weights(6, 9, 9, 1), array(11, 6))
    yield (
        "gated unit",
        lambda x, u, v, w: (jax.nn.silu(x @ u) * (x @ v)) @ w,
        (array(10, 12), array(12, 20), array(12, 20), array(20, 12)),
    )
    yield (
        "soft target update",
        lambda p, q: jax.tree_util.tree_map(lambda a, b: 0.995 * a + 0.005 * b, p, q),
        (policy, policy),
    )
    yield (
        "jacobian of a network",
        jax.vmap(jax.jacrev(lambda x, p: network(p, x, jnp.tanh)), (0, None)),
        (array(5, 6), weights(6, 10, 3)),
    )


def rms(x: Any, g: Any) -> Any:
    """Normalisation by the root of the mean square."""
    return g * x / jnp.sqrt((x * x).mean(-1, keepdims=True) + 1e-6)


def grouped_attention(q: Any, k: Any, v: Any) -> Any:
    """Two heads of queries for each of keys, causal."""
    t = q.shape[0]
    q = q.reshape(t, k.shape[1], 2, -1)
    logits = jnp.einsum("tgrd,sgd->grts", q, k) / jnp.sqrt(q.shape[-1])
    mask = jnp.tril(jnp.ones((t, t), bool))
    p = jax.nn.softmax(jnp.where(mask, logits, -1e9))
    return jnp.einsum("grts,sgd->tgrd", p, v).reshape(t, -1)


def linear_attention(q: Any, k: Any, v: Any) -> Any:
    """Attention without a softmax."""
    q, k = jax.nn.elu(q) + 1, jax.nn.elu(k) + 1
    return (q @ (k.T @ v)) / (q @ k.sum(0))[:, None]


def token_loss(table: Any, w: Any, words: Any) -> Any:
    """A bigram model's loss."""
    logits = jax.nn.log_softmax(jnp.tanh(table[words[:-1]] @ w) @ table.T)
    return -jnp.take_along_axis(logits, words[1:, None], 1).mean()


def alibi(x: Any) -> Any:
    """A score with a slope by distance."""
    n = x.shape[0]
    distance = jnp.abs(jnp.arange(n)[:, None] - jnp.arange(n)[None])
    return jax.nn.softmax(x @ x.T - 0.5 * distance) @ x


def _sequences() -> Iterator[Program]:
    heads = (array(8, 4, 6), array(8, 2, 6), array(8, 2, 6))
    yield "grouped attention", grouped_attention, heads
    yield "grad grouped attention", jax.grad(lambda *a: grouped_attention(*a).sum(), argnums=(0, 1)), heads
    yield "linear attention", linear_attention, tuple(array(11, 6) for _ in range(3))
    yield "root mean square", rms, (array(9, 15), array(15))
    yield (
        "grad root mean square",
        jax.grad(lambda x, g: rms(x, g).sum(), argnums=(0, 1)),
        (
            array(9, 15),
            array(15),
        ),
    )
    yield "token loss", token_loss, (array(13, 6), array(6, 6), WORDS)
    yield "grad token loss", jax.grad(token_loss, argnums=(0, 1)), (array(13, 6), array(6, 6), WORDS)
    yield "slopes", alibi, (array(10, 8),)
    yield (
        "sinusoids",
        lambda t: jnp.concatenate(
            [f(t[:, None] / 100 ** (jnp.arange(6) / 6)) for f in (jnp.sin, jnp.cos)], 1
        ),
        (array(14),),
    )


def minimal_gated(p: Any, h: Any, x: Any) -> Any:
    """A recurrent cell with one gate."""
    f = jax.nn.sigmoid(dense(p[0], jnp.concatenate([h, x], -1)))
    h = (1 - f) * h + f * jnp.tanh(dense(p[1], jnp.concatenate([f * h, x], -1)))
    return h, h


def td_lambda(r: Any, v: Any) -> Any:
    """Returns, computed backwards."""
    return lax.scan(
        lambda g, rv: ((h := rv[0] + 0.9 * (0.1 * rv[1] + 0.9 * g)), h), 0.0, (r, v), reverse=True
    )[1]


def state_space(a: Any, b: Any, xs: Any) -> Any:
    """A linear recurrence, composed by pairs."""
    return lax.associative_scan(lambda p, q: (q[0] * p[0], q[0] * p[1] + q[1]), (a, b * xs))[1]


def _scans() -> Iterator[Program]:
    cell = weights(11, 7)[0], weights(11, 7)[0]
    run = lambda p, h, xs: lax.scan(partial(minimal_gated, p), h, xs)[0]  # noqa: E731 - named for two uses
    yield "one gate", run, (cell, array(3, 7), array(9, 3, 4))
    yield "grad one gate", jax.grad(lambda *a: run(*a).sum()), (cell, array(3, 7), array(9, 3, 4))
    yield "returns", td_lambda, (array(25), array(25))
    yield "many returns", jax.vmap(td_lambda), (array(6, 25), array(6, 25))
    yield "state space", state_space, (array(16, 5), array(16, 5), array(16, 5))
    yield (
        "running statistics",
        lambda xs: lax.scan(
            lambda c, x: ((c[0] + 1, c[1] + (x - c[1]) / (c[0] + 1), c[2] + (x - c[1]) ** 2), c[1]),
            (0.0, jnp.zeros(3), jnp.zeros(3)),
            xs,
        ),
        (array(12, 3),),
    )
    yield (
        "fixed point",
        lambda w, x: lax.while_loop(
            lambda s: jnp.abs(s[0] - s[1]).max() > 1e-3, lambda s: (jnp.tanh(w @ s[0] + x), s[0]), (x, x + 1)
        )[0],
        (array(8, 8), array(8)),
    )
    yield (
        "switch of layers",
        lambda i, x: lax.switch(i, [jnp.sin, jax.nn.relu, lambda y: y.mean() + y, lambda y: y @ y.T @ y], x),
        (array(dtype=jnp.int32), array(6, 6)),
    )
    yield (
        "grad of a checkpointed scan",
        jax.grad(
            lambda x: lax.scan(jax.checkpoint(lambda c, _: (jnp.sin(c) * 1.1, None)), x, None, 8)[0].sum()
        ),
        (array(10),),
    )


def convolved(x: Any, w: Any, stride: int = 1, groups: int = 1) -> Any:
    """A convolution of images whose channels are last."""
    return lax.conv_general_dilated(
        x,
        w,
        (stride, stride),
        "SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups,
    )


def bottleneck(x: Any, down: Any, middle: Any, up: Any) -> Any:
    """A residual block that is narrow in the middle."""
    y = jax.nn.relu(convolved(x, down))
    y = jax.nn.relu(convolved(y, middle))
    return x + convolved(y, up)


def separable(x: Any, depth: Any, point: Any) -> Any:
    """Channels by themselves, then together."""
    return jax.nn.relu6(convolved(convolved(x, depth, groups=x.shape[-1]), point))


def squeeze(x: Any, a: Any, b: Any) -> Any:
    """Channels weighed by what is in them."""
    s = jax.nn.sigmoid(jax.nn.relu(x.mean((1, 2)) @ a) @ b)
    return x * s[:, None, None]


def _images() -> Iterator[Program]:
    image = array(2, 10, 10, 8)
    block = (array(1, 1, 8, 3), array(3, 3, 3, 3), array(1, 1, 3, 8))
    yield "bottleneck", bottleneck, (image, *block)
    yield (
        "grad bottleneck",
        jax.grad(lambda d, m, u, x: bottleneck(x, d, m, u).sum(), argnums=(0, 1, 2)),
        (*block, image),
    )
    yield "separable", separable, (image, array(3, 3, 1, 8), array(1, 1, 8, 12))
    yield "squeeze", squeeze, (image, array(8, 2), array(2, 8))
    yield (
        "grad strided",
        jax.grad(lambda w, x: jnp.tanh(convolved(x, w, 2)).sum()),
        (array(3, 3, 8, 4), image),
    )
    yield (
        "patches",
        lambda x, w: x.reshape(2, 5, 2, 5, 2, 8).transpose(0, 1, 3, 2, 4, 5).reshape(2, 25, 32) @ w,
        (image, array(32, 16)),
    )
    yield (
        "highest in windows",
        lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 1), (1, 1, 1, 1), "SAME"),
        (image,),
    )
    yield (
        "upsampling",
        lambda x, w: convolved(jnp.repeat(jnp.repeat(x, 2, 1), 2, 2), w),
        (
            array(1, 6, 6, 3),
            array(3, 3, 3, 4),
        ),
    )
    yield (
        "total variation",
        lambda x: jnp.abs(jnp.diff(x, axis=1)).sum() + jnp.abs(jnp.diff(x, axis=2)).sum(),
        (image,),
    )
    yield "colour", lambda x, m: jnp.clip((x @ m) ** (1 / 2.2), 0, 1), (array(12, 12, 3), array(3, 3))


def springs(x: Any, v: Any, ends: Any, n: int) -> Any:
    """Points that springs join."""
    for _ in range(n):
        d = x[ends[:, 1]] - x[ends[:, 0]]
        length = jnp.sqrt((d * d).sum(-1, keepdims=True) + 1e-6)
        f = (length - 1) * d / length
        force = jnp.zeros_like(x).at[ends[:, 0]].add(f).at[ends[:, 1]].add(-f)
        v = 0.99 * v + 0.01 * force
        x = x + 0.01 * v
    return x


def shallow_water(h: Any, u: Any, n: int) -> Any:
    """A wave in a ring."""
    for _ in range(n):
        u = u - 0.1 * (jnp.roll(h, -1) - h)
        h = h - 0.1 * (u - jnp.roll(u, 1)) * h
    return h, u


def hamiltonian(q: Any, p: Any) -> Any:
    """Two pendulums, one on the other."""
    d = q[0] - q[1]
    top = p[0] ** 2 + 2 * p[1] ** 2 - 2 * p[0] * p[1] * jnp.cos(d)
    return top / (2 * (1 + jnp.sin(d) ** 2)) - 2 * jnp.cos(q[0]) - jnp.cos(q[1])


def hamilton(q: Any, p: Any, n: int) -> Any:
    """Steps by the gradients of the energy."""
    for _ in range(n):
        dq, dp = jax.grad(hamiltonian, argnums=(1, 0))(q, p)
        q, p = q + 0.01 * dq, p - 0.01 * dp
    return q, p


def midpoint(f: Any, y: Any, n: int) -> Any:
    """The method of the middle, in a loop of JAX's."""
    return lax.fori_loop(0, n, lambda _, z: z + 0.05 * f(z + 0.025 * f(z)), y)


def _physics() -> Iterator[Program]:
    ends = array(7, 2, dtype=jnp.int32)
    yield "springs 2", partial(springs, n=2), (array(6, 2), array(6, 2), ends)
    yield "springs 6", partial(springs, n=6), (array(6, 2), array(6, 2), ends)
    yield "shallow water 5", partial(shallow_water, n=5), (array(32), array(32))
    yield "shallow water 20", partial(shallow_water, n=20), (array(30), array(30))
    yield "double pendulum 1", partial(hamilton, n=1), (array(2), array(2))
    yield "double pendulum 4", partial(hamilton, n=4), (array(2), array(2))
    yield "many double pendulums", jax.vmap(partial(hamilton, n=2)), (array(9, 2), array(9, 2))
    yield (
        "brusselator",
        partial(midpoint, lambda z: jnp.stack([1 + z[0] ** 2 * z[1] - 4 * z[0], 3 * z[0]]), n=30),
        (array(2),),
    )
    yield (
        "coulomb",
        jax.grad(lambda x: (jnp.triu(1 / jnp.sqrt(((x[:, None] - x) ** 2).sum(-1) + 1), 1)).sum()),
        (array(7, 3),),
    )
    yield (
        "poisson",
        lambda f: lax.fori_loop(
            0,
            40,
            lambda _, u: (
                0.25 * (jnp.roll(u, 1, 0) + jnp.roll(u, -1, 0) + jnp.roll(u, 1, 1) + jnp.roll(u, -1, 1) - f)
            ),
            jnp.zeros_like(f),
        ),
        (array(12, 12),),
    )


def rosenbrock(x: Any) -> Any:
    """A curved valley."""
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def lion(p: Any, m: Any, x: Any) -> Any:
    """Steps by signs."""
    g = jax.grad(lambda q: (network(q, x, jnp.tanh) ** 2).mean())(p)
    step = jax.tree_util.tree_map(lambda a, b: jnp.sign(0.9 * a + 0.1 * b), m, g)
    m = jax.tree_util.tree_map(lambda a, b: 0.99 * a + 0.01 * b, m, g)
    return jax.tree_util.tree_map(lambda a, s: a - 1e-3 * (s + 0.1 * a), p, step), m


def clipped_steps(x: Any, n: int) -> Any:
    """Gradient steps of bounded length."""
    for _ in range(n):
        g = jax.grad(rosenbrock)(x)
        x = x - 0.01 * g / jnp.maximum(jnp.linalg.norm(g), 1.0)
    return x


def gauss_newton(x: Any, t: Any, y: Any) -> Any:
    """One step of a fit of an exponential."""
    residual = lambda p: p[0] * jnp.exp(-p[1] * t) + p[2] - y  # noqa: E731 - a formula
    j = jax.jacfwd(residual)(x)
    return x - jnp.linalg.solve(j.T @ j + 1e-3 * jnp.eye(3), j.T @ residual(x))


def _optimisers() -> Iterator[Program]:
    yield "grad rosenbrock", jax.grad(rosenbrock), (array(10),)
    yield "hessian of rosenbrock", jax.hessian(rosenbrock), (array(7),)
    yield "clipped steps 3", partial(clipped_steps, n=3), (array(10),)
    yield "lion 3", lion, (weights(7, 14, 14, 2), weights(7, 14, 14, 2), array(9, 7))
    yield "gauss-newton", gauss_newton, (array(3), array(18), array(18))
    yield (
        "projection",
        lambda v: jnp.maximum(v - (jnp.cumsum(s := jnp.sort(v)[::-1])[4] - 1) / 5 + 0 * s, 0),
        (array(12),),
    )
    yield (
        "line search",
        lambda x, d: lax.while_loop(
            lambda t: rosenbrock(x + t * d) > rosenbrock(x), lambda t: 0.5 * t, jnp.float32(1)
        ),
        (array(8), array(8)),
    )


def suppression(boxes: Any, scores: Any) -> Any:
    """Boxes that no better one covers."""
    order = jnp.argsort(-scores)
    b = boxes[order]
    low, high = jnp.maximum(b[:, None, :2], b[None, :, :2]), jnp.minimum(b[:, None, 2:], b[None, :, 2:])
    shared = jnp.clip(high - low, 0).prod(-1)
    area = (b[:, 2:] - b[:, :2]).prod(-1)
    overlap = shared / (area[:, None] + area[None] - shared + 1e-6)
    return ~((jnp.triu(overlap, 1) > 0.5).any(0))


def _sorting() -> Iterator[Program]:
    yield "suppression", suppression, (array(9, 4), array(9))
    yield "ties", lambda x: jnp.unique(x, size=6, fill_value=0), (array(15, dtype=jnp.int32),)
    yield (
        "nucleus",
        lambda x: jnp.where(jnp.cumsum(-jnp.sort(-(p := jax.nn.softmax(x)))) < 0.9, -jnp.sort(-p), 0),
        (array(20),),
    )
    yield "sorted pairs", lambda k, v: lax.sort((k, v), num_keys=1), (array(14), array(14))
    yield "bins", lambda x, e: jnp.bincount(jnp.digitize(x, e), length=6), (array(30), array(5))
    yield (
        "groups",
        lambda x, g: jax.ops.segment_max(x, g, 4) - jax.ops.segment_sum(x, g, 4),
        (
            array(18),
            array(18, dtype=jnp.int32),
        ),
    )
    yield "trimmed mean", lambda x: jnp.sort(x, 0)[2:-2].mean(0), (array(12, 5),)
    yield "top two margin", lambda x: (t := lax.top_k(x, 2)[0])[:, 0] - t[:, 1], (array(10, 7),)


def student(x: Any, d: Any, m: Any, s: Any) -> Any:
    """The logarithm of Student's density."""
    z = (x - m) / s
    return lax.lgamma((d + 1) / 2) - lax.lgamma(d / 2) - jnp.log(s) - (d + 1) / 2 * jnp.log1p(z * z / d)


def hmm_smooth(t: Any, e: Any) -> Any:
    """Forward and backward, in logarithms."""
    forward = lax.scan(lambda a, o: (jax.nn.logsumexp(a[:, None] + t, 0) + o,) * 2, e[0], e[1:])[1]
    backward = lax.scan(
        lambda b, o: (jax.nn.logsumexp(t + (b + o)[None], 1),) * 2, e[0] * 0, e[1:], reverse=True
    )
    return jax.nn.softmax(forward + backward[1])


def annealed(key: Any, x: Any) -> Any:
    """A few steps of Langevin's, with noise."""
    for step, k in zip((0.1, 0.05, 0.01), jax.random.split(key, 3), strict=True):
        g = jax.grad(lambda y: -(y**4 / 4 - y**2).sum())(x)
        x = x + step * g + jnp.sqrt(2 * step) * jax.random.normal(k, x.shape)
    return x


def particles(key: Any, x: Any, y: Any) -> Any:
    """One step of a particle filter."""
    move, pick = jax.random.split(key)
    x = 0.9 * x + 0.2 * jax.random.normal(move, x.shape)
    log_w = -0.5 * (x - y) ** 2
    return x[jax.random.categorical(pick, log_w, shape=x.shape)], jax.nn.logsumexp(log_w)


def _probability() -> Iterator[Program]:
    yield "student", lambda *a: student(*a).sum(), tuple(array(11) for _ in range(4))
    yield (
        "beta and gamma",
        lambda a, x: jax.scipy.stats.gamma.logpdf(x, a) + jax.scipy.stats.beta.logpdf(x, a, 2.0),
        (array(9), array(9)),
    )
    yield "smoothing states", hmm_smooth, (array(4, 4), array(8, 4))
    yield "annealed noise", annealed, (KEY, array(7))
    yield "particle filter", particles, (KEY, array(20), array())
    yield (
        "reparametrised",
        jax.grad(lambda p, k: (jnp.exp(p[1]) * jax.random.normal(k, (8, 3)) + p[0]).var()),
        ((array(3), array(3)), KEY),
    )
    yield (
        "poisson regression",
        jax.value_and_grad(lambda w, x, y: (jnp.exp(x @ w) - y * (x @ w) + 0.5 * (w * w).sum()).mean()),
        (array(6), array(20, 6), array(20)),
    )
    yield (
        "mixture density",
        lambda p, y: (
            -jax.nn.logsumexp(
                jax.nn.log_softmax(p[..., 0])
                + jax.scipy.stats.norm.logpdf(y[:, None], p[..., 1], jnp.exp(p[..., 2])),
                -1,
            ).mean()
        ),
        (array(10, 3, 3), array(10)),
    )
    yield "coins", lambda k: jax.random.bernoulli(k, 0.3, (6, 9)).sum(0), (KEY,)
    yield (
        "kernel regression",
        lambda x, y, t: (w := jnp.exp(-(((t[:, None] - x) / 0.3) ** 2))) @ y / w.sum(1),
        (array(16), array(16), array(9)),
    )
