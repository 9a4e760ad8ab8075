"""Keys that are the same in every lane of `vmap`, of which JAX's own check of keys sees nothing.

Whether a value differs from lane to lane is asked of JAX: the rule of a function with `custom_vmap` is called
for each mapped axis that its argument has, and for no other.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_batching import custom_vmap

MAPPING = frozenset({"vmap", "pmap"})


@dataclass(slots=True)
class Lanes:
    """How many mapped functions are running, one in the other; ``is_on`` while keys are looked at."""

    depth: int = 0
    is_on: bool = False

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Look at keys while the block runs."""
        self.is_on = True
        try:
            yield
        finally:
            self.is_on = False

    def counted(self, function: Any) -> Any:
        """The function of a `vmap`, which tells when it runs."""
        if not callable(function):
            return function

        @functools.wraps(function, updated=())
        def running(*args: Any, **kwargs: Any) -> Any:
            self.depth += 1
            try:
                return function(*args, **kwargs)
            finally:
                self.depth -= 1

        return running

    def are_alike(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether this call draws with a key that some of the lanes around it share."""
        if not (self.is_on and self.depth) or function not in _drawing():
            return False
        key = args[0] if args else kwargs.get("key")
        try:
            return _axes(key) < self.depth
        except Exception:  # noqa: BLE001 - it is no key, or stands where the question cannot be asked
            return False


@functools.cache
def _drawing() -> frozenset[Callable[..., Any]]:
    """The functions of `jax.random` that use a key up."""
    found = set()
    for name in dir(jax.random):
        function = getattr(jax.random, name)
        if (
            name.startswith(("_", "key", "wrap_key"))
            or name in {"fold_in", "clone"}
            or not callable(function)
        ):
            continue
        with contextlib.suppress(TypeError, ValueError):
            if next(iter(inspect.signature(function).parameters), None) == "key":
                found.add(function)
    return frozenset(found)


def _axes(key: Any) -> int:
    """How many of the mapped axes around here a key has."""
    found = 0

    @custom_vmap  # type: ignore[untyped-decorator]
    def same(data: Any) -> Any:
        return data

    @same.def_vmap  # type: ignore[untyped-decorator]
    def rule(_size: int, in_batched: list[bool], data: Any) -> tuple[Any, bool]:
        nonlocal found
        found += bool(in_batched[0])
        return same(data), in_batched[0]

    is_new = jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    same(jax.random.key_data(key) if is_new else key)
    return found
