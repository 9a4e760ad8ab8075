"""Small programs that are compiled to calibrate the model of compile time, each rich in a few features.

They are made up so that the parts of a program can be told apart: few of them compute anything useful.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Program = tuple[Callable[..., Any], tuple[Any, ...]]


def array(*shape: int, dtype: Any = jnp.float32) -> Any:
    """An abstract argument."""
    return jax.ShapeDtypeStruct(shape, dtype)


def programs() -> Iterator[Program]:
    """Yield functions and their arguments."""
    yield from _elements()
    yield from _chains()
    yield from _products()
    yield from _reductions()
    yield from _movements()
    yield from _loops()
    yield from _libraries()


def _elements() -> Iterator[Program]:
    """Kernels of elements: alone, many different ones, with cheap and with expensive operations."""
    yield (lambda x: x + 1), (array(7),)
    for count in (4, 24):
        yield (lambda *xs: [x * x - 0.5 for x in xs]), tuple(array(3 + i) for i in range(count))
    for count in (3, 16):
        yield (lambda *xs: [jnp.exp(x) / (1 + x) for x in xs]), tuple(array(5, 2 + i) for i in range(count))
    for count in (4, 12):
        yield (
            (lambda *xs: [jnp.where(x > y, x, y) for x in xs for y in xs[:1]]),
            tuple(array(9) for _ in range(count)),
        )
    yield (lambda x: jnp.tanh(jnp.sin(x) * jnp.log(x) + jnp.sqrt(x))), (array(12),)
    yield (lambda x: [f(x) for f in (jnp.arctan, jnp.log1p, jnp.expm1, jnp.cosh, lax.lgamma)]), (array(31),)
    yield (lambda x: lax.erf_inv(x) + lax.erf(x)), (array(20),)
    for count in (1, 5):
        yield (lambda *xs: [jnp.log1p(x) - x for x in xs]), tuple(array(6, 7 + 2 * i) for i in range(count))
    yield (lambda *xs: [jnp.expm1(x) * jnp.tanh(x) for x in xs]), tuple(array(9, 5 + i) for i in range(4))
    yield (lambda *xs: [jnp.exp(x) * jnp.tanh(x) for x in xs]), tuple(array(8, 16 * i) for i in range(1, 6))
    yield (lambda x, y: [x * y, jnp.abs(y), x / y]), tuple(array(18, dtype=jnp.complex64) for _ in range(2))


def _chains() -> Iterator[Program]:
    """Long kernels, and many kernels that share what they compute."""

    def chain(length: int) -> Callable[[Any], Any]:
        def function(x: Any) -> Any:
            y = x
            for _ in range(length):
                y = y * x + 0.25
            return y

        return function

    def waves(length: int) -> Callable[[Any], Any]:
        def function(x: Any) -> Any:
            for _ in range(length):
                x = jnp.sin(x) + 0.5 * jnp.exp(-x)
            return x

        return function

    def partial_products(x: Any) -> Any:
        parts = [x[0]]
        for i in range(1, x.shape[0]):
            parts.append(parts[-1] * x[i])
        return jnp.stack(parts)

    def rotations(length: int) -> Callable[[Any], Any]:
        def function(x: Any) -> Any:
            for _ in range(length):
                a, b = x[0], x[1]
                x = x + 0.1 * jnp.stack([b * b - a, -a])
            return x

        return function

    for length in (60, 500):
        yield chain(length), (array(80),)
        yield chain(length), (array(),)
    yield waves(12), (array(70),)
    yield waves(4), (array(),)
    yield jax.grad(waves(5)), (array(),)
    yield jax.grad(lambda x: waves(3)(x).sum()), (array(6),)
    for size in (30, 90, 150):
        yield partial_products, (array(size),)
    for length in (4, 20, 60):
        yield rotations(length), (array(2),)


def _products() -> Iterator[Program]:
    """Products of matrices and vectors, with something around them."""

    def layers(x: Any, *ws: Any) -> Any:
        for w in ws:
            x = jnp.abs(x @ w)
        return x

    def normalised(x: Any, ws: list[Any]) -> Any:
        for w in ws:
            x = x + jnp.tanh((x / jnp.sqrt((x * x).mean(1, keepdims=True))) @ w) @ w
        return x.sum()

    yield layers, (array(20, 12), array(12, 13), array(13, 14), array(14, 15))
    yield layers, (array(24, 48), *(array(48, 48) for _ in range(8)))
    yield (
        jax.grad(lambda *a: layers(*a).sum(), argnums=tuple(range(1, 5))),
        (
            array(9, 10),
            *(array(10, 10) for _ in range(4)),
        ),
    )
    yield jax.grad(normalised, argnums=1), (array(10, 12), [array(12, 12) for _ in range(2)])
    yield jax.grad(normalised, argnums=1), (array(10, 12), [array(12, 12) for _ in range(7)])
    for count in (1, 8):
        yield (lambda w, x, n=count: [x := w @ x for _ in range(n)][-1]), (array(21, 21), array(21))
    for rows, columns in ((6, 11), (16, 9), (24, 24)):
        yield (lambda w, x: w @ x), (array(rows, columns), array(columns))
    yield (lambda w, x: x @ w - 1), (array(19, 10), array(19))
    for count in (2, 12):
        yield (lambda *xs: sum(x @ x for x in xs)), tuple(array(10 + i) for i in range(count))
    yield (lambda x, y: jnp.einsum("abc,acd->abd", x, y)), (array(3, 6, 5), array(3, 5, 4))
    yield (lambda x, y: jnp.einsum("abc,dbe->adce", x, y) * 2), (array(4, 6, 5), array(3, 6, 4))
    yield jax.vmap(jax.grad(lambda w, x: jnp.abs(x @ w).sum()), (None, 0)), (array(9, 6), array(5, 9))
    yield (
        (lambda q, k: jnp.exp(jnp.einsum("ahc,bhc->hab", q, k)).sum(2)),
        (
            array(8, 2, 4),
            array(8, 2, 4),
        ),
    )


def _reductions() -> Iterator[Program]:
    """Sums, extrema, and what is made of them."""
    for count in (3, 12):
        yield (lambda *xs: [x.sum() for x in xs]), tuple(array(11, 3 + i) for i in range(count))
    for count in (2, 8):
        yield (lambda *xs: [x.max(0) - x for x in xs]), tuple(array(6, 4 + i) for i in range(count))
    yield (
        (lambda x: jnp.exp(x - x.max(1, keepdims=True)) / jnp.exp(x).sum(1, keepdims=True)),
        (array(14, 15),),
    )
    yield jax.grad(lambda x: (x.std(0) ** 3 + jnp.log(jnp.exp(x).sum(0))).sum()), (array(8, 9),)
    yield (lambda x: (x.argmax(1), x.prod(), jnp.any(x > 0, 0))), (array(7, 5),)
    yield jnp.cumsum, (array(40),)
    yield (lambda x: [lax.cummax(x), lax.cumprod(x * 2)]), (array(200),)
    yield (lambda *xs: [(x * 2).sum() for x in xs]), tuple(array(60 + i) for i in range(4))
    yield (lambda x: lax.reduce_window(x, 0.0, lax.add, (2, 2), (1, 1), "SAME")), (array(13, 12),)
    yield (
        jax.grad(
            lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID").sum()
        ),
        (array(1, 6, 6, 3),),
    )


def _movements() -> Iterator[Program]:
    """Slices, concatenations, padding, gathering, scattering."""
    yield (lambda x: jnp.concatenate([x[3:], x[:3]]) * jnp.pad(x[2:], (1, 1))), (array(26),)
    yield (lambda x: [jnp.roll(x, i, 0) + x for i in range(1, 6)]), (array(12, 10),)
    yield (lambda x: x.reshape(6, 4).T[::-1] + 1), (array(24),)
    yield (lambda x, i: (x[i], x[i + 1] * 2)), (array(33, 2), array(8, dtype=jnp.int32))
    yield (
        (lambda x, i: lax.dynamic_update_slice(x, lax.dynamic_slice(x, (i,), (4,)) + 1, (i + 1,))),
        (
            array(19),
            array(dtype=jnp.int32),
        ),
    )
    yield (lambda x, i: x.at[i].add(1.0)), (array(17), array(6, dtype=jnp.int32))
    for count in (3, 10):
        yield (lambda x, n=count: [x := x.at[j].set(x[j + 1] * 2) for j in range(n)][-1]), (array(14),)
    yield jax.grad(lambda x, i: jnp.sin(x[i]).sum()), (array(9, 4), array(7, dtype=jnp.int32))


def _loops() -> Iterator[Program]:
    """Loops and branches."""
    yield (lambda x: lax.fori_loop(0, 9, lambda i, y: jnp.sin(y) + i, x)), (array(8),)
    yield (lambda x: lax.scan(lambda c, y: (c * 0.9 + y.sum(), jnp.tanh(c)), 0.0, x)), (array(15, 4),)
    yield (
        jax.grad(lambda x: lax.scan(lambda c, y: (jnp.sin(c @ c) * y, c.sum()), x, x)[1].sum()),
        (array(5, 5),),
    )
    yield (lambda x: lax.while_loop(lambda y: y.sum() < 9, lambda y: y * 1.5 + 1, x)), (array(6),)
    yield (
        (lambda p, x: lax.cond(p, lambda y: jnp.exp(y) * 2, lambda y: y[::-1] - 1, x)),
        (array(dtype=bool), array(9)),
    )
    yield (
        lambda i, x: lax.switch(i, [lambda y, k=k: jnp.log(y * k + 2.0) for k in range(5)], x),
        (array(dtype=jnp.int32), array(13)),
    )
    yield (
        (lambda n: lax.while_loop(lambda m: m % 7 != 0, lambda m: m * 3 // 2 + 1, n)),
        (array(dtype=jnp.int32),),
    )
    yield (
        (lambda x: lax.fori_loop(0, 20, lambda i, s: (s[0] * 0.5 + s[1], jnp.sin(s[0]) / (i + 1.0)), (x, x))),
        (array(),),
    )
    yield jax.grad(lambda x: lax.fori_loop(0, 7, lambda _, y: jnp.exp(-y * y) + x, x)), (array(),)
    yield jax.vmap(lambda x: lax.while_loop(lambda y: y < 5, lambda y: y * y + 0.5, x)), (array(18),)


def _libraries() -> Iterator[Program]:
    """Convolutions, sorting, transforms, decompositions, random numbers."""
    nhwc = ("NHWC", "HWIO", "NHWC")

    def convolve(x: Any, *ws: Any) -> Any:
        for w in ws:
            x = jnp.maximum(lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=nhwc), 0)
        return x

    image, filters = array(1, 9, 9, 4), (array(3, 3, 4, 6), array(3, 3, 6, 4))
    key = array(2, dtype=jnp.uint32)
    yield convolve, (image, *filters)
    yield (
        (lambda x, w: lax.conv_general_dilated(x, w, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))),
        (array(1, 10, 5), array(4, 5, 6)),
    )
    yield jax.grad(lambda *a: convolve(*a).sum(), argnums=(1, 2)), (image, *filters)
    yield (
        jax.grad(lambda x, w: lax.conv(x, w, (2, 2), "VALID").sum(), argnums=(0, 1)),
        (
            array(1, 3, 11, 11),
            array(5, 3, 3, 3),
        ),
    )
    yield (lambda x, w: lax.conv(x, w, (1, 1), "SAME")), (array(1, 2, 8, 8), array(3, 2, 2, 2))
    yield (
        (lambda x, w: lax.conv_transpose(x, w, (2, 2), "SAME", dimension_numbers=nhwc)),
        (
            array(1, 5, 5, 3),
            array(2, 2, 3, 4),
        ),
    )
    yield jnp.fft.rfft, (array(40),)
    yield jnp.fft.ifft2, (array(8, 12),)
    yield jnp.sort, (array(23),)
    yield (lambda x: (jnp.argsort(x, axis=0), lax.top_k(x, 2))), (array(16, 5),)
    yield (lambda x: jnp.fft.fft(x).imag + jnp.fft.ifft(x).real), (array(64),)
    yield (lambda x, y: [jnp.fft.rfft(x).real, jnp.fft.fft2(y).imag]), (array(48), array(6, 10))
    yield jnp.linalg.inv, (array(9, 9),)
    yield jnp.linalg.eigh, (array(8, 8),)
    yield jnp.linalg.qr, (array(9, 7),)
    yield (lambda k: jax.random.normal(k, (11,))), (key,)
    yield (lambda k, x: x * jax.random.bernoulli(k, 0.3, x.shape)), (key, array(6, 7))
    yield (lambda k: jax.random.randint(k, (9,), 0, 5)), (key,)
    yield (lambda k: [jax.random.uniform(s, (5,)) for s in jax.random.split(k, 3)]), (key,)
