"""Collects how functions are called, in words that the tracing mode can make arguments from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.syntax.nodes import Code
from jaxlint.traced import Application, Arguments

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args

MAX_CALLS = 6
"""Different calls of one function that are kept."""

UNKNOWN_SIZE = 4
"""Stands for a dimension of which only the existence is known."""

_LITERALS = (int, float, complex, bool, str, bytes, type(None))


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as the interpreter saw it."""

    code: Code
    module: Any
    applications: tuple[Application, ...]
    arguments: Arguments


@dataclass(slots=True)
class CallLog:
    """The distinct calls of each function, those of which most is known first."""

    _calls: dict[Code, dict[tuple[Any, ...], Call]] = field(default_factory=dict)

    def add(self, callee: v.Value, args: Args) -> None:
        """Take note of a call of a function, or of what transformations made of it."""
        applications: list[Application] = []
        while not isinstance(callee, v.Function):
            if isinstance(callee, v.Transformed):
                applications.append(Application(callee.transform, _options(callee)))
            elif not isinstance(callee, v.Bound):
                return  # a partial, a class: which parameter gets what is not told by the call alone
            callee = callee.function
        positional = args.pos
        if callee.owner is not None and positional and isinstance(positional[0], v.Instance):
            positional = positional[1:]
        arguments = (
            *((None, word(value)) for value in positional),
            *((name, word(value)) for name, value in args.kw.items()),
        )
        if args.star is not None or args.star_star is not None:
            arguments = ()
        calls = self._calls.setdefault(callee.code, {})
        key = (tuple(applications), arguments)
        if len(calls) < MAX_CALLS:
            calls.setdefault(key, Call(callee.code, callee.module, tuple(reversed(applications)), arguments))

    @property
    def found(self) -> list[Call]:
        """All calls."""
        return [call for calls in self._calls.values() for call in calls.values()]


def _options(made: v.Transformed) -> tuple[tuple[str, object], ...]:
    options = ((name, _constant(value)) for name, value in made.options if name != "**")
    return tuple((name, value) for name, value in options if value is not _UNKNOWN)


_UNKNOWN = object()


def _constant(value: v.Value) -> object:
    if isinstance(value, v.Const):
        return value.value if isinstance(value.value, _LITERALS) else _UNKNOWN
    if isinstance(value, v.Seq) and value.items is not None and value.cls is None:
        items = tuple(map(_constant, value.items))
        return _UNKNOWN if _UNKNOWN in items else items
    return _UNKNOWN


def word(value: v.Value) -> str | None:
    """The word for an abstract value; None where too little is known of it."""
    write = _WRITERS.get(type(value))
    return None if write is None else write(value)


def _array(value: v.Array) -> str | None:
    if value.shape is None:
        return None
    dtype = value.dtype.name if value.dtype is not None else "f32"
    if dtype == "key" and not value.shape:
        return "key"
    return f"{dtype}[{_sizes(value.shape)}]"


def _numpy(value: v.NumPyArray) -> str | None:
    if value.shape is None:
        return None
    dtype = value.dtype.name if value.dtype is not None else "f32"
    return f"numpy:{dtype}[{_sizes(value.shape)}]"


def _sizes(shape: tuple[int | None, ...]) -> str:
    return ",".join(str(UNKNOWN_SIZE if size is None else size) for size in shape)


def _const(value: v.Const) -> str | None:
    return repr(value.value) if isinstance(value.value, _LITERALS) else None


def _seq(value: v.Seq) -> str | None:
    if value.items is None or value.cls is not None or value.kind not in ("tuple", "list"):
        return None
    words = [word(item) for item in value.items]
    if None in words:
        return None
    inner = ", ".join(filter(None, words))
    if value.kind == "list":
        return f"[{inner}]"
    return f"({inner},)" if len(words) == 1 else f"({inner})"


def _dict(value: v.Dict) -> str | None:
    entries = [(key, word(entry)) for key, entry in value.items]
    if value.rest is not None or any(
        entry is None or not isinstance(key, _LITERALS) for key, entry in entries
    ):
        return None
    return "{" + ", ".join(f"{key!r}: {entry}" for key, entry in entries) + "}"


def _union(value: v.Union) -> str | None:
    return next((found for option in value.options if (found := word(option)) is not None), None)


_WRITERS: dict[type[v.Value], Callable[[Any], str | None]] = {
    v.Array: _array,
    v.NumPyArray: _numpy,
    v.Const: _const,
    v.Seq: _seq,
    v.Dict: _dict,
    v.Union: _union,
    v.Library: lambda value: f"ref:{value.dotted}",
    v.Function: lambda value: f"ref:{value.module.name}.{value.code.name}" if value.frame is None else None,
    v.Instance: lambda value: f"new:{value.cls.module.name}.{value.cls.name}",
}
