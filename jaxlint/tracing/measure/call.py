"""A call of the user's function: which of its arguments are arrays, their names, lists of other lengths."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments: leaves that are arrays are traced, all others are as they are."""

    function: Callable[..., Any]
    args: Sequence[Any]
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def arrays(self) -> list[Any]:
        """Return the arrays among the arguments, as shapes and dtypes."""
        leaves = jax.tree_util.tree_leaves((tuple(self.args), dict(self.kwargs)))
        return [jax.ShapeDtypeStruct(jnp.shape(leaf), leaf.dtype) for leaf in leaves if is_array(leaf)]

    def of_arrays(self) -> Callable[..., list[Any]]:
        """Return a function of the arrays alone, which gives arrays alone."""
        leaves, tree = jax.tree_util.tree_flatten((tuple(self.args), dict(self.kwargs)))

        def only_arrays(*arrays: Any) -> list[Any]:
            given = iter(arrays)
            filled = [next(given) if is_array(leaf) else leaf for leaf in leaves]
            args, kwargs = jax.tree_util.tree_unflatten(tree, filled)
            results = jax.tree_util.tree_leaves(self.function(*args, **kwargs))
            return [one for one in results if is_array(one) or isinstance(one, (bool, int, float, complex))]

        return only_arrays

    def labels(self) -> list[str]:
        """Name each array as the function's own text would, such as ``params['w']``."""
        return [
            name + jax.tree_util.keystr(path)
            for name, value in self._named()
            for path, leaf in jax.tree_util.tree_flatten_with_path(value)[0]
            if is_array(leaf)
        ]

    def _named(self) -> Iterator[tuple[str, Any]]:
        """Yield the arguments with the names of parameters, in the order in which JAX flattens them."""
        try:
            parameters = list(inspect.signature(self.function).parameters)
        except (TypeError, ValueError):
            parameters = []
        for number, value in enumerate(self.args):
            yield parameters[number] if number < len(parameters) else f"argument {number + 1}", value
        yield from sorted(self.kwargs.items())

    def lists(self) -> Iterator[tuple[str, int, Callable[[int], Call]]]:
        """Yield lists whose items are alike: name, length, and how to make the call with another length."""
        for number, (name, value) in enumerate(self._named()):
            if number < len(self.args) and isinstance(value, (list, tuple)) and _are_alike(value):
                yield name, len(value), partial(self._with_list, number)

    def _with_list(self, number: int, length: int) -> Call:
        value = self.args[number]
        longer = type(value)([value[index % len(value)] for index in range(length)])
        return replace(self, args=[*self.args[:number], longer, *self.args[number + 1 :]])


def is_array(leaf: Any) -> bool:
    """Whether a leaf is an array, a key, or the shape and dtype of one."""
    return hasattr(leaf, "shape") and hasattr(leaf, "dtype")


def _are_alike(items: Sequence[Any]) -> bool:
    """Whether there are several items and no way to tell them apart but by their values."""
    if type(items) not in {list, tuple} or len(items) < 3:
        return False
    kinds = {(jnp.shape(one), str(one.dtype)) if is_array(one) else type(one) for one in items}
    return len(kinds) == 1 and (is_array(items[0]) or type(items[0]) in {int, float})
