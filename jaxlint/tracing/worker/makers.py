"""Objects of the project's classes, made by what `jaxlint.tracing.makers` names: the project itself."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import time
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

MAX_SECONDS = 20.0
"""Seconds after which no further maker of one object is tried."""
MAX_DEPTH = 3
"""How deep in the attributes of an object others are looked for."""
MAX_PARTS = 4096
"""Attributes and items of one depth that are looked at."""

Build = Callable[[Any], Any]
"""Makes an object of a class."""
Arguments = Callable[[Any], dict[str, Any]]
"""Makes what a callable requires."""


@dataclass(slots=True)
class Makers:
    """Tries the makers of a class; what one has made is kept, and copied for each use.

    ``places`` are makers by the names of classes. A class whose object is being made is not asked for again.
    """

    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _made: dict[type, Any] = field(default_factory=dict)
    _holders: dict[str, Any] = field(default_factory=dict)
    _arrays: dict[str, Any] = field(default_factory=dict)
    _busy: set[type] = field(default_factory=set)

    def make(self, cls: type, build: Build, arguments: Arguments) -> Any:
        """An object of a class; None where nobody makes one."""
        if cls in self._busy or len(self._busy) > MAX_DEPTH:
            return None
        if cls not in self._made:
            self._busy.add(cls)
            try:
                self._made[cls] = made = self._first(cls, build, arguments)
                self._note(made)
            finally:
                self._busy.discard(cls)
        return _copied(self._made[cls])

    def _first(self, cls: type, build: Build, arguments: Arguments) -> Any:
        names = dict.fromkeys(base.__name__ for base in cls.__mro__[:-1])
        places = dict.fromkeys(place for name in names for place in self.places.get(name, ()))
        until = time.monotonic() + MAX_SECONDS
        for _ in range(2):
            known = len(self._arrays)
            for place in places:
                if time.monotonic() > until:
                    return None
                with contextlib.suppress(Exception):
                    found = next(self._from(place, cls, build, arguments), None)
                    if found is not None:
                        return found
            if len(self._arrays) == known:
                break  # no array is called as an argument that did not fit
        return None

    def _from(self, place: str, cls: type, build: Build, arguments: Arguments) -> Iterator[Any]:
        """Objects of the class that one maker gives."""
        module, _, name = place.partition(":")
        last = name.rpartition(".")[2]
        maker: Any = importlib.import_module(module)
        owner: Any = None
        for part in name.split("."):
            owner, maker = maker, getattr(maker, part)
        if isinstance(maker, type):
            if not issubclass(cls, maker):
                yield from _held(self._holder(place, maker, build), cls, MAX_DEPTH)
            return
        if isinstance(owner, type) and not isinstance(
            inspect.getattr_static(owner, last), (staticmethod, classmethod)
        ):
            if issubclass(owner, cls) or issubclass(cls, owner):
                return
            if not _may_give(maker, cls):
                return
            maker = getattr(build(owner), last)
        if not _may_give(maker, cls):
            return
        yield from _held(_result(maker, arguments(maker)) if callable(maker) else maker, cls, 1)

    def _holder(self, place: str, maker: type, build: Build) -> Any:
        if place not in self._holders:
            self._holders[place] = build(maker)
            self._note(self._holders[place])
        return self._holders[place]

    def _note(self, made: Any) -> None:
        """Remember what the arrays in an object are called."""
        for name, one in _inside(made, MAX_DEPTH):
            if isinstance(one, jax.Array) and name:
                self._arrays.setdefault(name, one)

    def array(self, name: str) -> Any:
        """An array like the one that an object of the project calls so; None where there is none."""
        known = self._arrays.get(name)
        return None if known is None else filled(known)

    @property
    def is_busy(self) -> bool:
        """Whether something is being made, which must then hold together."""
        return bool(self._busy)


def _may_give(maker: Any, cls: type) -> bool:
    """Whether the type that a function says it returns may be an object of the class, not of a namesake."""
    try:
        returned = typing.get_type_hints(maker).get("return")
    except Exception:  # noqa: BLE001 - an annotation may name what does not exist here
        return True
    return not isinstance(returned, type) or issubclass(returned, cls) or issubclass(cls, returned)


def _result(maker: Callable[..., Any], given: dict[str, Any]) -> Any:
    """What a call gives; where that is made of arrays, their shapes are all that is computed."""
    try:
        shapes = jax.eval_shape(lambda: maker(**given))
    except Exception:  # noqa: BLE001 - it is called as it is, then
        return maker(**given)
    return jax.tree_util.tree_map(filled, shapes)


def filled(shape: Any) -> Any:
    """An array of ones, or of keys, of an abstract one's shape and type."""
    if jnp.issubdtype(shape.dtype, jax.dtypes.prng_key):
        key = jax.random.key(0)
        return jax.random.split(key, shape.shape) if shape.shape else key
    return jnp.ones(shape.shape, shape.dtype)


def _held(value: Any, cls: type, depth: int) -> Iterator[Any]:
    """The value itself, or what its attributes and items hold, if it is of the class."""
    yield from (one for _, one in _inside(value, depth) if isinstance(one, cls))


def _inside(value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """A value and what its attributes and items hold, each with its name, the outer ones first."""
    level, seen = [("", value)], {id(value)}
    for _ in range(depth + 1):
        yield from level
        inner = [(name, one) for _, outer in level for name, one in _parts(outer) if id(one) not in seen]
        seen.update(id(one) for _, one in inner)
        level = inner[:MAX_PARTS]


def _parts(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [("", one) for one in value]
    if isinstance(value, tuple):
        return list(zip(getattr(value, "_fields", ()), value, strict=False))
    if isinstance(value, dict):
        return [(str(name), one) for name, one in value.items()]
    if isinstance(value, (type, jax.Array)):
        return []
    return list(getattr(value, "__dict__", {}).items())


def _copied(value: Any) -> Any:
    """The object with arrays of its own, as one that is given away may be deleted."""
    with contextlib.suppress(Exception):
        return jax.tree_util.tree_map(
            lambda leaf: jnp.array(leaf) if isinstance(leaf, jax.Array) else leaf, value
        )
    return value


PROJECT = Makers()
"""The makers of the project that this worker is at."""
