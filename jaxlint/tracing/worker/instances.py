"""Objects of the user's classes: made without arguments, from annotations, or by a framework's own means."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
import unittest
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from jaxlint.tracing.signatures import is_key_name

MAX_DEPTH = 3
"""How deep objects inside of objects are made."""


def instance(cls: Any, depth: int = 0) -> Any:
    """An object of a class: with its defaults, else with arguments that its annotations and names suggest."""
    try:
        return cls()
    except Exception:
        if depth >= MAX_DEPTH or not isinstance(cls, type):
            raise
        return cls(**{name: _argument(name, kind, depth) for name, kind in _required(cls)})


def _required(cls: type) -> list[tuple[str, Any]]:
    """The parameters of a constructor that have no default, each with its annotation."""
    hints = _hints(cls)
    found = []
    for name, parameter in inspect.signature(cls).parameters.items():
        if parameter.default is inspect.Parameter.empty and parameter.kind not in (
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.VAR_KEYWORD,
        ):
            found.append((name, hints.get(name, parameter.annotation)))
    return found


def _hints(cls: type) -> dict[str, Any]:
    hints: dict[str, Any] = {}
    for owner in (cls, getattr(cls, "__init__", cls)):
        try:
            hints |= typing.get_type_hints(owner)
        except Exception:  # noqa: BLE001, S112 - an annotation may name what does not exist
            continue
    return hints


def _argument(name: str, kind: Any, depth: int) -> Any:
    """One constructor argument; sizes are small, arrays are vectors."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _argument(name, typing.get_args(kind)[0], depth)
    if is_key_name(name) or "Key" in getattr(kind, "__name__", ""):
        return jax.random.key(0)
    if kind in (int, "int"):
        return 3
    if kind in (float, "float"):
        return 1.0
    if kind in (bool, "bool"):
        return True
    if kind in (str, "str"):
        return "sum"
    if origin in (tuple, list):
        items = [_argument(name, one, depth) for one in typing.get_args(kind) if one is not Ellipsis]
        return origin(items)
    if kind is dict or origin is dict:
        return {}
    is_protocol = bool(getattr(kind, "_is_protocol", False))
    if kind is Callable or is_protocol or origin is typing.get_origin(Callable[[], int]):
        return jnp.tanh
    if isinstance(kind, type) and kind.__module__ in sys.modules and (
        dataclasses.is_dataclass(kind) or hasattr(kind, "_fields")
    ):  # fmt: skip
        return instance(kind, depth + 1)
    return jnp.ones(3)


def owned(
    owner: Any, function: Callable[..., Any], kind: Any, receiver: Callable[[], Any] | None
) -> Callable[..., Any]:
    """A method bound to an object of its class, made when it is called; frameworks have their own way."""
    make = receiver or (lambda: instance(owner))
    linen = sys.modules.get("flax.linen")
    if linen is not None and isinstance(owner, type) and issubclass(owner, linen.Module):
        return _initialised(make, function)

    def bound(*args: Any, **kwargs: Any) -> Any:
        return function(owner if isinstance(kind, classmethod) else _set_up(make()), *args, **kwargs)

    return bound


def _set_up(made: Any) -> Any:
    """An object, ready for its methods: test cases have something to do before."""
    if isinstance(made, unittest.TestCase):
        made.setUp()
    return made


def _initialised(make: Callable[[], Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """Linen modules run inside of ``init``, which makes their parameters."""

    def init(*args: Any, **kwargs: Any) -> Any:
        module = make()
        rngs = {name: jax.random.key(0) for name in ("params", "dropout", "noise")}
        return module.init(rngs, *args, method=getattr(function, "__name__", "__call__"), **kwargs)

    return init
