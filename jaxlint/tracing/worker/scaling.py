"""Long axes made short where a function would become a huge program, and what is known of the long ones then.

A loop over ten thousand elements is traced in seconds under `jit`, but runs for minutes under `grad`, where
each operation is computed. How the program grows shows at sizes that cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jaxlint.tracing.laws import Law
from jaxlint.tracing.measure.call import Call, is_array
from jaxlint.tracing.measure.extrapolation import equations_at
from jaxlint.tracing.measure.growth import count, growth

LONG = 512
"""Axes from this length on are made short."""
SHORT = 64
"""What the longest becomes."""
MOST_TRACED, MOST_RUN = 20_000, 3_000
"""Equations that are still traced, and still run one by one."""
SECONDS = 10.0

Scale = Mapping[int, int]
"""The short size for each long one; equal axes stay equal, different ones different."""


def scale_of(values: Any) -> Scale:
    """How the long axes of arguments are made short; empty where none is long."""
    leaves = [leaf for leaf in jax.tree_util.tree_leaves(values) if is_array(leaf)]
    long = sorted({size for leaf in leaves for size in jnp.shape(leaf) if size >= LONG}, reverse=True)
    taken = {size for leaf in leaves for size in jnp.shape(leaf)}
    scale: dict[int, int] = {}
    for size in long:
        short = max(size * SHORT // long[0], SHORT // 4)
        while short in taken:
            short += 1
        scale[size] = short
        taken.add(short)
    return scale


def scaled(values: Any, scale: Scale) -> Any:
    """The arguments with their long axes made short."""

    def leaf(value: Any) -> Any:
        if not is_array(value) or not set(jnp.shape(value)) & scale.keys():
            return value
        return value[tuple(slice(scale.get(size, size)) for size in jnp.shape(value))]

    return jax.tree_util.tree_map(leaf, values)


def needed(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], *, runs: bool
) -> Scale:
    """The scale with which to call a function: empty where its program is small enough as it is."""
    scale = scale_of((args, kwargs))
    if not scale:
        return {}
    most = MOST_RUN if runs else MOST_TRACED
    call = Call(function, scaled(list(args), scale), scaled(dict(kwargs), scale))
    try:
        base = count(call.of_arrays(), call.arrays())
        if base > most / 2:
            return {}  # it is not the length of its arguments that makes it large
        laws = [(one["size"], Law(**one["law"])) for one in growth(call, base, SECONDS)]
    except Exception:  # noqa: BLE001 - it does not take such sizes, or cannot be traced as a whole
        return {}
    return scale if equations_at(base, laws, scale) > most else {}
