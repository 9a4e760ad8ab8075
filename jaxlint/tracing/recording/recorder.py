"""Wraps JAX's public transformations: each call of what they make is noted, with its cache entries."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jaxlint.tracing.words import kind_of, word_for

TRANSFORMATIONS = "jit pmap vmap grad value_and_grad jacfwd jacrev checkpoint hessian".split()
MAX_CALLS = 200
"""Different calls of one function that are kept."""


@dataclass(slots=True)
class Record:
    """The distinct calls of one function, and the most entries that its compilation cache had."""

    transform: str
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    cache_entries: int = 0
    count: int = 0


@dataclass(slots=True)
class Log:
    """All that was recorded, by ``module:function``."""

    records: dict[str, Record] = field(default_factory=dict)

    def note(
        self,
        name: str,
        transform: str,
        made: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        static: Statics,
    ) -> None:
        """Keep one call."""
        record = self.records.setdefault(name, Record(transform))
        record.count += 1
        named: list[tuple[str | int, str | None, Any]] = [
            *((index, None, value) for index, value in enumerate(args)),
            *((key, key, value) for key, value in kwargs.items()),
        ]
        arguments = [(name, _text(value, static=static.has(place))) for place, name, value in named]
        key = json.dumps(arguments)
        call = record.calls.get(key)
        if call is None and len(record.calls) < MAX_CALLS:
            call = record.calls[key] = {"arguments": arguments, "count": 0, "weak": _weak(args, kwargs)}
        if call is not None:
            call["count"] += 1
        # The size of the cache is no public name: where it is gone, distinct calls stand for it.
        entries = getattr(made, "_cache_size", lambda: len(record.calls))()
        record.cache_entries = max(record.cache_entries, entries)

    def as_json(self) -> dict[str, Any]:
        """Everything, as it is written into the file."""
        return {
            name: {
                "transform": record.transform,
                "count": record.count,
                "cache_entries": record.cache_entries,
                "calls": list(record.calls.values()),
            }
            for name, record in sorted(self.records.items())
        }


@dataclass(frozen=True, slots=True)
class Statics:
    """The static arguments of one transformation, by position and name."""

    names: frozenset[str] = frozenset()
    numbers: frozenset[int] = frozenset()

    def has(self, key: int | str) -> bool:
        """Whether an argument is static."""
        return key in self.names or key in self.numbers


def _text(value: Any, *, static: bool) -> str:
    """The word for a value, or its type in angle brackets where it has none."""
    word = word_for(value, static=static)
    return f"<{kind_of(value)}>" if word is None else str(word)


def _weak(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """Which arguments are weakly typed: a difference that shapes and dtypes do not show."""
    pairs = [*enumerate(args), *kwargs.items()]
    return [key for key, value in pairs if getattr(value, "weak_type", False)]


class _Recorded:
    """What a transformation made, with a note of each call; everything else is the original's."""

    def __init__(self, made: Any, log: Log, name: str, transform: str, static: Statics) -> None:
        functools.update_wrapper(self, made, updated=())
        self.__dict__["_jaxlint"] = (made, log, name, transform, static)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the original, then note the arguments."""
        made, log, name, transform, static = self.__dict__["_jaxlint"]
        import jax

        leaves = jax.tree_util.tree_leaves((args, kwargs))
        if any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
            return made(*args, **kwargs)  # a call inside of another trace is that one's business
        try:
            return made(*args, **kwargs)
        finally:
            log.note(name, transform, made, args, kwargs, static)

    def __getattr__(self, name: str) -> Any:
        """Give the original's attributes: ``lower``, ``clear_cache``, …."""
        return getattr(self.__dict__["_jaxlint"][0], name)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind as a function does."""
        return self if instance is None else types.MethodType(self, instance)


@contextlib.contextmanager
def recording(log: Log) -> Iterator[None]:
    """Wrap the transformations while the block runs."""
    import jax

    originals = {name: getattr(jax, name) for name in TRANSFORMATIONS if hasattr(jax, name)}
    for name, original in originals.items():
        setattr(jax, name, _recording(name, original, log))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(jax, name, original)


def _recording(transform: str, original: Callable[..., Any], log: Log) -> Callable[..., Any]:
    @functools.wraps(original)
    def transformation(*args: Any, **kwargs: Any) -> Any:
        made = original(*args, **kwargs)
        if not args:
            return lambda function: _noted(transform, made(function), function, kwargs, log)
        return _noted(transform, made, args[0], kwargs, log)

    return transformation


def _noted(transform: str, made: Any, function: Any, options: dict[str, Any], log: Log) -> Any:
    name = name_of(function)
    if name is None or not callable(made):
        return made
    static = Statics(
        frozenset(_each(options.get("static_argnames"), str)),
        frozenset(_each(options.get("static_argnums"), int)),
    )
    return _Recorded(made, log, name, transform, static)


def _each(value: Any, kind: type) -> list[Any]:
    items = value if isinstance(value, (tuple, list)) else (value,)
    return [item for item in items if isinstance(item, kind)]


def name_of(function: Any) -> str | None:
    """``module:function`` of the user's function under transformations; None for functions of libraries."""
    while isinstance(function, functools.partial):
        function = function.func
    function = getattr(function, "__wrapped__", function)
    code = getattr(function, "__code__", None)
    if code is None or "site-packages" in code.co_filename:
        return None
    module = getattr(function, "__module__", None) or "__main__"
    if module == "__main__":
        module = Path(code.co_filename).stem
    return f"{module}:{function.__qualname__.replace('.<locals>', '')}"


def start(file: Path) -> None:
    """Record from now on, and write the file when the program ends."""
    log = Log()
    context = recording(log)
    context.__enter__()
    owner = os.getpid()

    def finish() -> None:
        if os.getpid() == owner:
            context.__exit__(None, None, None)
            write(log, file)

    atexit.register(finish)


def write(log: Log, file: Path) -> None:
    """Write the records; those of functions that did not run this time are kept."""
    kept: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**kept, **log.as_json()}, indent=1) + "\n", encoding="utf-8")
