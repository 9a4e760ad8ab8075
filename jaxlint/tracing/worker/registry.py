"""Remembers what the user's code applies transformations to, by the place of the function's definition."""

from __future__ import annotations

import contextlib
import functools
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax

from jaxlint.tracing.worker.lanes import MAPPING, Lanes
from jaxlint.tracing.worker.places import Files

_NAMES = """jit vmap pmap grad value_and_grad jacfwd jacrev jacobian hessian checkpoint remat custom_jvp
custom_vjp named_call shard_map""".split()
_POSITIONS = {"vmap": ("in_axes",), "pmap": ("axis_name", "in_axes")}


_ADAPTERS = "flax.nnx."
"""Modules of classes that stand between a transformation and the function, and take its arguments apart."""


@dataclass(slots=True)
class Made:
    """What a transformation made of a function."""

    transform: str
    callable: Any
    inner: Any
    options: Mapping[str, Any]
    before: Made | None = None
    """What ``inner`` was made by, where nobody watched."""


@dataclass(slots=True)
class Registry:
    """Transformed callables by file and first row of the function that they run."""

    files: Files
    made: dict[tuple[str, int], list[Made]] = field(default_factory=dict)
    functions: dict[tuple[str, int], Any] = field(default_factory=dict)
    every: list[Made] = field(default_factory=list)
    lanes: Lanes = field(default_factory=Lanes)

    def note(self, transform: str, function: Any, result: Any, options: Mapping[str, Any]) -> None:
        """Keep the result of applying a transformation."""
        code = code_of(function)
        if code is None or code.co_filename not in self.files.names:
            return
        place = (code.co_filename, code.co_firstlineno)
        if type(function).__module__.startswith(_ADAPTERS):
            return
        known = self.made.setdefault(place, [])
        known[:] = [one for one in known if one.callable is not function]
        known.append(Made(transform, result, function, options))
        self.every.append(known[-1])
        self.functions.setdefault(place, innermost(function))

    def found(self, function: Any) -> None:
        """Keep a function that some other returned."""
        code = code_of(function)
        if code is not None and code.co_filename in self.files.names:
            self.functions[code.co_filename, code.co_firstlineno] = function


def code_of(function: Any) -> types.CodeType | None:
    """The code that a callable runs in the end; None where that is not Python."""
    function = innermost(function)
    code = getattr(function, "__code__", None)
    return code if isinstance(code, types.CodeType) else None


def innermost(function: Any) -> Any:
    """The function under wrappers, partials and bound methods."""
    for _ in range(32):
        if isinstance(function, functools.partial):
            function = function.func
        elif isinstance(function, types.MethodType):
            function = function.__func__
        elif (inner := _attribute(function, "__wrapped__")) is not None or (
            not isinstance(function, types.FunctionType)
            and (inner := _attribute(function, "fun")) is not None
        ):
            function = inner
        else:
            return function
    return function


def _attribute(value: Any, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - the user's class may do anything here
        return None


@contextlib.contextmanager
def watched(registry: Registry) -> Iterator[None]:
    """Wrap JAX's public transformations, so that their results are noted; restore them at the end."""
    originals = {
        name: getattr(jax, name)
        for name in _NAMES
        if isinstance(getattr(jax, name, None), types.FunctionType)
    }
    for name, original in originals.items():
        setattr(jax, name, _watching(name, original, registry))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(jax, name, original)


def _watching(name: str, original: Callable[..., Any], registry: Registry) -> Callable[..., Any]:
    @functools.wraps(original)
    def transformation(*args: Any, **kwargs: Any) -> Any:
        first = map(registry.lanes.counted, args[:1]) if name in MAPPING else args[:1]
        result = original(*first, *args[1:], **kwargs)
        if not args:
            # Without a function it gives a decorator, in newer versions.
            return _decorating(name, result, registry, kwargs) if callable(result) else result
        registry.note(name, args[0], result, _options(name, args[1:], kwargs))
        return result

    return transformation


def _decorating(
    name: str, decorator: Callable[..., Any], registry: Registry, options: dict[str, Any]
) -> Callable[..., Any]:
    def decorate(function: Any) -> Any:
        result = decorator(function)
        registry.note(name, function, result, options)
        return result

    return decorate


def _options(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The options that matter for calling the result, those that are given by position too."""
    return {**dict(zip(_POSITIONS.get(name, ()), args, strict=False)), **kwargs}
