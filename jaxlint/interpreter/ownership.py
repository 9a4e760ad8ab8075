"""Which objects code of a trace was given, and which it made itself.

Values have no identity. Instead an object that a trace gets hold of from outside carries the level of the
trace it was made in, its ``home``: where a variable is found outside, where an argument is not traced, and
where a part is taken from such an object. An object without a home was made here, as far as is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.inspection import origin_of, stage_of

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame

_MUTABLE = frozenset({v.Seq, v.Dict, v.Instance, v.Iter})


def from_outside(value: v.Value, level: int) -> v.Value:
    """``value`` as code of a deeper trace sees it, when it was made in a trace of ``level``."""
    kind = type(value)
    if kind in _MUTABLE:
        home = value.home  # type: ignore[attr-defined]  # the kind says that it has one
        return replace(value, home=level) if home is None or home > level else value  # type: ignore[type-var]
    if isinstance(value, v.Union):
        return v.Union(tuple(from_outside(option, level) for option in value.options))
    if isinstance(value, v.Bound):
        return replace(value, receiver=from_outside(value.receiver, level))
    if isinstance(value, v.Partial):
        args = tuple(from_outside(arg, level) for arg in value.args)
        return replace(value, function=from_outside(value.function, level), args=args)
    if isinstance(value, v.Transformed):
        return replace(value, function=from_outside(value.function, level))
    return value


def part_of(whole: Any, value: v.Value) -> v.Value:
    """A part of an object is where the object is."""
    return value if whole.home is None else from_outside(value, whole.home)


def copied(value: v.Value) -> v.Value:
    """A shallow copy of an object: it is made here, its parts are where they were."""
    return replace(value, home=None) if type(value) in _MUTABLE else value  # type: ignore[type-var]  # dataclasses


def level_of(function: v.Function) -> int:
    """The level of the trace in which a function was defined."""
    return 0 if function.frame is None else function.frame.born.level


def outer_level(frame: Frame, value: v.Value) -> int | None:
    """The level of the trace in which an object was made, if that encloses the running one."""
    outermost = -1
    for option in v.options(value):
        home: int | None = getattr(option, "home", None)
        if home is None or home >= frame.trace.level:
            return None
        outermost = max(outermost, home)
    return outermost


def tracer_from_inside(frame: Frame, value: v.Value, level: int) -> v.Value | None:
    """A tracer in ``value`` that does not live as long as the trace of ``level``; None if there is none."""
    return next((held for held in _held(value, level) if _is_born_inside(frame, held, level)), None)


def _held(value: v.Value, level: int) -> Iterator[v.Value]:
    """The traced values that an object keeps alive: its own parts, and what a function closes over."""
    if stage_of(value):
        yield value
    elif isinstance(value, v.Partial):
        for arg in value.args:
            yield from _held(arg, level)
    elif isinstance(value, v.Bound):
        yield from _held(value.receiver, level)
    elif isinstance(value, v.Function):
        scope = value.frame
        while scope is not None and scope.born.level > level:
            for name in value.code.free:
                captured = scope.env.get(name)
                if captured is not None and stage_of(captured):
                    yield captured
            scope = scope.closure


def _is_born_inside(frame: Frame, value: v.Value, level: int) -> bool:
    """Whether the transformation that made the tracer is inside the trace of ``level``."""
    if level == 0:
        return True
    made_by = _end(origin_of(value))
    inside = takewhile(lambda trace: trace.level > level, frame.trace.outwards())
    return made_by is not None and any(_end(trace.origin) is made_by for trace in inside)


def _end(origin: v.Origin | None) -> Any:
    """Where the transformation stands that a chain ends at."""
    place = list(origin.chain())[-1].place if origin is not None else None
    return None if place is None else place.node
