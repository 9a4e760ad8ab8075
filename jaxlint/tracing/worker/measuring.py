"""Hands a function that could be traced to `measure`, as a function of arrays alone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import jax
import jax.numpy as jnp

from jaxlint.tracing.measure import measure
from jaxlint.tracing.measure.labels import labels
from jaxlint.tracing.protocol import Options


def measured(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    options: Options,
    files: Collection[str],
) -> dict[str, Any] | None:
    """What `measure` says of a function with these arguments; what is no array is held fixed."""
    leaves, tree = jax.tree_util.tree_flatten((args, kwargs))
    dynamic = [leaf for leaf in leaves if _is_array(leaf)]

    def of_arrays(*arrays: Any) -> Any:
        given = iter(arrays)
        filled = [next(given) if _is_array(leaf) else leaf for leaf in leaves]
        args, kwargs = jax.tree_util.tree_unflatten(tree, filled)
        return function(*args, **kwargs)

    abstract = tuple(jax.ShapeDtypeStruct(jnp.shape(leaf), leaf.dtype) for leaf in dynamic)
    names = labels(function, args, kwargs)
    return measure(
        of_arrays,
        abstract,
        options,
        files=frozenset(files),
        labels=[name for name, leaf in zip(names, leaves, strict=True) if _is_array(leaf)],
    )


def _is_array(leaf: Any) -> bool:
    return hasattr(leaf, "shape") and hasattr(leaf, "dtype")
