"""Names for the arrays among a function's arguments, as the function's own text would write them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jax


def labels(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
    """Return one name for each leaf, such as ``params['w']``."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
        named = list(bound.arguments.items())
    except (TypeError, ValueError):
        named = [*((f"argument {number + 1}", value) for number, value in enumerate(args)), *kwargs.items()]
    order = {id(leaf): name for name, leaf in _leaves(named)}
    leaves = jax.tree_util.tree_leaves((args, kwargs))
    return [order.get(id(leaf), f"argument {number + 1}") for number, leaf in enumerate(leaves)]


def _leaves(named: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [
        (name + jax.tree_util.keystr(path), leaf)
        for name, value in named
        for path, leaf in jax.tree_util.tree_flatten_with_path(value)[0]
    ]
