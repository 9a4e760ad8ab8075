"""Objects of the user's classes: made without arguments, from annotations, or by a framework's own means."""

from __future__ import annotations

import contextlib
import enum
import inspect
import sys
import types
import typing
import unittest
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from jaxlint.knowledge.samples import sample_of_type
from jaxlint.tracing.signatures import is_function_name, is_key_name, is_loss_name
from jaxlint.tracing.worker.makers import PROJECT
from jaxlint.tracing.worker.standins import any_function

MAX_DEPTH = 5
"""How deep objects inside of objects are made."""
MAX_SUBCLASSES = 8


Make = Callable[[str], Any]
"""Makes what a word stands for."""


def instance(cls: Any, make: Make, depth: int = 0) -> Any:
    """An object of a class: a known sample, one with its defaults, what the project makes of that class.

    Else one with what annotations suggest; of a class that cannot be made, the first subclass that can be.
    """
    if isinstance(cls, type) and (word := sample_of_type(f"{cls.__module__}.{cls.__qualname__}")):
        return make(word)
    if isinstance(cls, enum.EnumMeta):
        return next(iter(cls))
    if not isinstance(cls, (type, types.FunctionType)) or getattr(cls, "_is_protocol", False):
        return _argument("", cls, make, depth)  # an alias: a union, `Any`, a protocol
    try:
        return cls()
    except Exception:
        if getattr(cls, "__abstractmethods__", None) == {"__call__"}:
            return any_function()
        if depth >= MAX_DEPTH or not isinstance(cls, type):
            raise
    made = PROJECT.make(
        cls, lambda other: instance(other, make, depth + 1), lambda maker: _arguments(maker, make, depth)
    )
    if made is not None:
        return made
    try:
        return _constructed(cls, _arguments(cls, make, depth))
    except Exception:
        others: list[type] = type.__subclasses__(cls)
        for other in others[:MAX_SUBCLASSES]:
            with contextlib.suppress(Exception):
                return instance(other, make, depth + 1)
        raise


def _constructed(cls: Any, arguments: dict[str, Any]) -> Any:
    """Call a constructor; where it does not take arrays, with sizes in their place."""
    try:
        return cls(**arguments)
    except Exception:
        if not any(map(_is_array, arguments.values())):
            raise
        with contextlib.suppress(Exception):
            return cls(**{name: 3 if _is_array(value) else value for name, value in arguments.items()})
        raise


def _arguments(made: Any, make: Make, depth: int) -> dict[str, Any]:
    """What a class or function requires, by name.

    Arrays for an object that others are made of would be of wrong shapes: there is none then.
    """
    given = {name: _argument(name, kind, make, depth) for name, kind in _wanted(made)}
    if PROJECT.is_busy and isinstance(made, type) and any(map(_is_array, given.values())):
        raise TypeError(f"nothing makes a {made.__name__} that holds together")
    return given


def _is_array(value: Any) -> bool:
    is_array = isinstance(value, (jax.Array, np.ndarray))
    return is_array and not jnp.issubdtype(value.dtype, jax.dtypes.prng_key)


def _wanted(cls: Any) -> list[tuple[str, Any]]:
    """The parameters of a constructor that have no default, each with its annotation.

    Where all have one and the class wants something all the same, it is a function.
    """
    hints = _hints(cls)
    # A metaclass may hide what the constructor takes.
    parameters = _named(cls) or dict(list(_named(getattr(cls, "__init__", cls)).items())[1:])
    required = [name for name, one in parameters.items() if one.default is inspect.Parameter.empty]
    functions = [name for name in parameters if is_function_name(name)]
    names = required or functions[-1:]
    return [(name, hints.get(name, parameters[name].annotation)) for name in names]


def _named(function: Any) -> dict[str, inspect.Parameter]:
    """The parameters of a callable that have names of their own."""
    starred = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    parameters = inspect.signature(function).parameters
    return {name: one for name, one in parameters.items() if one.kind not in starred}


def _hints(cls: type) -> dict[str, Any]:
    hints: dict[str, Any] = {}
    for owner in (cls, getattr(cls, "__init__", cls)):
        try:
            hints |= typing.get_type_hints(owner)
        except Exception:  # noqa: BLE001, S112 - an annotation may name what does not exist
            continue
    return hints


def _argument(name: str, kind: Any, make: Make, depth: int) -> Any:
    """One constructor argument; sizes are small, arrays are vectors."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _argument(name, typing.get_args(kind)[0], make, depth)
    if is_key_name(name) or "Key" in getattr(kind, "__name__", ""):
        return jax.random.key(0)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if origin is typing.Literal:
        return typing.get_args(kind)[0]
    if origin in _SEQUENCES:
        items = [_argument(name, one, make, depth) for one in typing.get_args(kind) if one is not Ellipsis]
        return items if origin is not tuple else tuple(items)
    if isinstance(dimensions := getattr(kind, "dim_str", None), str):  # jaxtyping's
        return jnp.ones((3,) * sum(axis != "..." and not axis.startswith("*") for axis in dimensions.split()))
    if kind is dict or origin is dict:
        return {}
    is_protocol = bool(getattr(kind, "_is_protocol", False))
    if kind is Callable or is_protocol or origin is typing.get_origin(Callable[[], int]):
        return _function(name)
    if isinstance(kind, type) and kind is not inspect.Parameter.empty:
        if sample := sample_of_type(f"{kind.__module__}.{kind.__qualname__}"):
            return make(sample)
        if not issubclass(kind, jax.Array) and kind.__module__ not in {"builtins", "numpy", "typing"}:
            return instance(kind, make, depth + 1)
    if is_function_name(name):
        return _function(name)
    known = PROJECT.array(name)
    array = jnp.ones(3) if known is None else known
    return np.asarray(array) if kind is np.ndarray else array


def _function(name: str) -> Any:
    """A function; one whose name says so gives a number."""
    return any_function(jnp.zeros(())) if is_loss_name(name) else any_function()


_PLAIN: dict[Any, Any] = {int: 3, "int": 3, float: 1.0, "float": 1.0, bool: True, "bool": True}
_PLAIN |= {str: "sum", "str": "sum", complex: 1.0 + 0.0j, Hashable: "axis"}
_SEQUENCES = (tuple, list, Sequence, Iterable, Collection)


def owned(
    owner: Any, function: Callable[..., Any], kind: Any, word: str | None, make_word: Make
) -> Callable[..., Any]:
    """A method bound to an object of its class, made when it is called; frameworks have their own way."""

    def make() -> Any:
        with _before(owner):
            return _set_up(instance(owner, make_word) if word is None else make_word(word))

    linen = sys.modules.get("flax.linen")
    if linen is not None and isinstance(owner, type) and issubclass(owner, linen.Module):
        return _initialised(make, function)

    haiku = sys.modules.get("haiku")
    if haiku is not None and isinstance(owner, type) and issubclass(owner, haiku.Module):
        return as_function(
            haiku.transform_with_state(lambda *args, **kwargs: function(make(), *args, **kwargs))
        )

    def bound(*args: Any, **kwargs: Any) -> Any:
        return function(owner if isinstance(kind, classmethod) else make(), *args, **kwargs)

    return bound


def _before(owner: Any) -> contextlib.AbstractContextManager[Any]:
    """Let an object be made as if no trace were under way: programs make theirs before.

    Those of nnx refuse to be changed in another trace than they were made in.
    """
    nnx = sys.modules.get("flax.nnx")
    if nnx is not None and isinstance(owner, type) and issubclass(owner, nnx.Module):
        return contextlib.nullcontext()
    return cast("contextlib.AbstractContextManager[Any]", jax.ensure_compile_time_eval())


def _set_up(made: Any) -> Any:
    """An object, ready for its methods: test cases have something to do before."""
    if isinstance(made, unittest.TestCase):
        made.setUp()
    return made


def _initialised(make: Callable[[], Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """Linen modules run inside of ``init``, which makes their parameters."""

    def init(*args: Any, **kwargs: Any) -> Any:
        rngs = {name: jax.random.key(0) for name in ("params", "dropout", "noise")}
        return make().init(rngs, *args, method=getattr(function, "__name__", "__call__"), **kwargs)

    return compiled(init)


def as_function(made: Any) -> Callable[..., Any]:
    """What a transformation has made: of a pair of haiku's the function that makes the parameters."""
    init = getattr(made, "init", None)
    if callable(made) or init is None:
        return cast("Callable[..., Any]", made)

    def run(*args: Any, **kwargs: Any) -> Any:
        return init(jax.random.PRNGKey(0), *args, **kwargs)

    return run


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function under ``jit``, to which arrays alone go; of its result arrays alone come out."""

    def run(*args: Any, **kwargs: Any) -> Any:
        leaves, tree = jax.tree_util.tree_flatten((args, kwargs))
        is_traced = [isinstance(leaf, (jax.Array, np.ndarray)) for leaf in leaves]

        def inside(arrays: list[Any]) -> list[Any]:
            given = iter(arrays)
            whole = [next(given) if traced else leaf for leaf, traced in zip(leaves, is_traced, strict=True)]
            args, kwargs = jax.tree_util.tree_unflatten(tree, whole)
            results = jax.tree_util.tree_leaves(function(*args, **kwargs))
            return [one for one in results if isinstance(one, (jax.Array, np.ndarray))]

        return jax.jit(inside)([leaf for leaf, traced in zip(leaves, is_traced, strict=True) if traced])

    return run
