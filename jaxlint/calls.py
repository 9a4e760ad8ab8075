"""Collects how functions are called, in words that the tracing mode can make arguments from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.knowledge.frameworks import Within
from jaxlint.syntax.nodes import Code
from jaxlint.traced import LIKELY, PARTIAL, Application, Arguments

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args

MAX_CALLS = 6
"""Different calls of one function that are kept."""

MAX_RESULTS = 10_000
"""Objects of which is kept how they were made."""

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
    receiver: str | None = None
    is_exact: bool = True
    assumed: frozenset[v.Class] = frozenset()
    """Classes of which an object was taken to be made as others of the program are."""


@dataclass(frozen=True, slots=True)
class _Result:
    """An object and the call that made it; holding it keeps its identity from being given again."""

    value: v.Value
    word: str
    is_exact: bool


@dataclass(slots=True)
class CallLog:
    """The distinct calls of each function, and how objects of the project's classes are made."""

    _calls: dict[Code, dict[tuple[Any, ...], Call]] = field(default_factory=dict)
    _made: dict[v.Class, str] = field(default_factory=dict)
    _results: dict[int, _Result] = field(default_factory=dict)
    _various: set[v.Class] = field(default_factory=set)
    _is_exact: bool = True
    _assumed: set[v.Class] = field(default_factory=set)

    def add(self, callee: v.Value, args: Args) -> None:
        """Take note of a call of a function, or of what transformations made of it."""
        self._is_exact = True
        self._assumed = set()
        applications: list[Application] = []
        receiver: v.Value | None = None
        while not isinstance(callee, v.Function):
            if isinstance(callee, v.Transformed):
                applications.append(Application(callee.transform, _options(callee)))
            elif isinstance(callee, v.Bound):
                receiver = callee.receiver
            elif isinstance(callee, v.Partial) and applications:
                applications.append(Application(PARTIAL, self._bound(callee)))
            else:
                return  # a class; a partial, whose arguments come with the call of its function
            callee = callee.function
        positional = args.pos
        if callee.owner is not None and positional and isinstance(positional[0], v.Instance):
            receiver, positional = positional[0], positional[1:]
        arguments = self._words(positional, args.kw)
        if args.star is not None or args.star_star is not None:
            arguments = ()
        if callee.code.name == "__init__" and isinstance(receiver, v.Instance):
            self._construct(receiver.cls, arguments)
            return
        made_of = None if receiver is None else self._word(receiver)
        calls = self._calls.setdefault(callee.code, {})
        key = (tuple(applications), arguments, made_of)
        # What a framework lifts gets other arguments than the call has: one step of a scan, one lane.
        is_exact = self._is_exact and not any(one.transform.startswith("flax.") for one in applications)
        if len(calls) < MAX_CALLS:
            steps, assumed = tuple(reversed(applications)), frozenset(self._assumed)
            made = Call(callee.code, callee.module, steps, arguments, made_of, is_exact, assumed)
            calls.setdefault(key, made)

    def note_result(self, callee: v.Value, args: Args, value: v.Value) -> None:
        """Take note of how an object was made, if it is one that words alone do not tell."""
        dotted = _dotted(callee)
        is_object = isinstance(value, (v.Instance, v.LibraryInstance))
        if dotted is None or not is_object or args.star is not None or args.star_star is not None:
            return
        self._is_exact = True
        given = self._words(args.pos, args.kw)
        if all(text is not None for _, text in given) and len(self._results) < MAX_RESULTS:
            self._results.setdefault(id(value), _Result(value, _call(dotted, given), self._is_exact))

    def note_likely(self, function: v.Function, within: Within | None) -> None:
        """Take note of a function that those who use it trace."""
        applications = () if within is None else (Application(*within),)
        call = Call(function.code, function.module, (*applications, Application(LIKELY)), ())
        self._calls.setdefault(function.code, {}).setdefault((call.applications, (), None), call)

    @property
    def found(self) -> list[Call]:
        """All calls; of objects that are made in several ways nobody can say which they take."""
        return [
            call if call.assumed.isdisjoint(self._various) else replace(call, is_exact=False)
            for calls in self._calls.values()
            for call in calls.values()
        ]

    def _construct(self, cls: v.Class, arguments: Arguments) -> None:
        word = _new(cls, arguments)
        is_known = all(text is not None for _, text in arguments)
        if not is_known or self._made.setdefault(cls, word) != word:
            self._various.add(cls)

    def _words(self, positional: Iterable[v.Value], by_name: Mapping[str, v.Value]) -> Arguments:
        """The words of what a call is given."""
        return (
            *((None, self._word(value)) for value in positional),
            *((name, self._word(value)) for name, value in by_name.items()),
        )

    def _bound(self, partial: v.Partial) -> tuple[tuple[str, object], ...]:
        """The words of what a ``partial`` holds: positions by their numbers, keywords by their names."""
        numbered = ((str(number), value) for number, value in enumerate(partial.args))
        return tuple((name, self._word(value)) for name, value in (*numbered, *partial.kwargs))

    def _word(self, value: v.Value) -> str | None:
        """The word for an abstract value; None where too little is known of it."""
        if (made := self._results.get(id(value))) is not None:
            self._is_exact &= made.is_exact
            return made.word
        if isinstance(value, v.Instance):
            return self._instance(value)
        if isinstance(value, v.Seq):
            return self._seq(value)
        if isinstance(value, v.Dict):
            return self._dict(value)
        if isinstance(value, v.Union):
            return next((text for one in value.options if (text := self._word(one)) is not None), None)
        if isinstance(value, (v.Array, v.NumPyArray)) and value.shape is not None and None in value.shape:
            self._is_exact = False
        write = _WRITERS.get(type(value))
        return None if write is None else write(value)

    def _instance(self, value: v.Instance) -> str | None:
        """An object made as the program made one; a dataclass with the fields that it has."""
        fields = value.cls.fields
        if fields is not None:
            names = {name for name, _, _ in fields}
            given = [(name, self._word(entry)) for name, entry in value.fields if name in names]
            if len(given) == len(fields) and all(text is not None for _, text in given):
                return _new(value.cls, tuple(given))
            self._is_exact = False
        if value.cls not in self._made and _has_constructor(value.cls):
            self._is_exact = False  # with what it is made is for the worker to guess
        self._assumed.add(value.cls)
        return self._made.get(value.cls, f"new:{value.cls.module.name}.{value.cls.name}")

    def _seq(self, value: v.Seq) -> str | None:
        if value.items is None or value.kind not in ("tuple", "list"):
            return None
        words = [self._word(item) for item in value.items]
        if None in words:
            return None
        if value.cls is not None:
            return _new(value.cls, tuple((None, text) for text in words))
        inner = ", ".join(filter(None, words))
        if value.kind == "list":
            return f"[{inner}]"
        return f"({inner},)" if len(words) == 1 else f"({inner})"

    def _dict(self, value: v.Dict) -> str | None:
        entries = [(key, self._word(entry)) for key, entry in value.items]
        is_plain = all(text is not None and isinstance(key, _LITERALS) for key, text in entries)
        if value.rest is not None or not is_plain:
            return None
        return "{" + ", ".join(f"{key!r}: {text}" for key, text in entries) + "}"


def _has_constructor(cls: v.Class) -> bool:
    """Whether making an object may take arguments."""
    return "__init__" in cls.namespace or any(
        not isinstance(base, v.Class) or _has_constructor(base) for base in cls.bases
    )


def _new(cls: v.Class, arguments: Arguments) -> str:
    return _call(f"{cls.module.name}.{cls.name}", arguments)


def _call(dotted: str, arguments: Iterable[tuple[str | None, str | None]]) -> str:
    inner = ", ".join(f"{name}={text}" if name else str(text) for name, text in arguments)
    return f"new:{dotted}({inner})"


def _dotted(callee: v.Value) -> str | None:
    """The name of a function that can be imported."""
    if isinstance(callee, v.Library):
        return callee.dotted
    if isinstance(callee, v.Class):
        return f"{callee.module.name}.{callee.name}"
    if isinstance(callee, v.Function) and (word := _function(callee)) is not None:
        return word.removeprefix("ref:")
    return None


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


def _function(value: v.Function) -> str | None:
    is_named = value.frame is None and value.owner is None and value.code.name != "<lambda>"
    return f"ref:{value.module.name}.{value.code.name}" if is_named else None


_WRITERS: dict[type[v.Value], Callable[[Any], str | None]] = {
    v.Array: _array,
    v.NumPyArray: _numpy,
    v.Const: _const,
    v.Library: lambda value: f"ref:{value.dotted}",
    v.Function: _function,
}
