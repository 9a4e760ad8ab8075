"""Keys in the variables of functions that have returned, as the functions that were made there know them.

    def noise(key):
        return lambda shape: random.normal(key, shape)

Each call of ``noise`` gives a function with another key, though they share their code and the abstract frame.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter.identities import certain, identity_of

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.syntax import nodes as n

_CAPTURED = "captured"


def own_names(function: v.Function) -> dict[str, v.Key]:
    """What a function itself calls the keys that it has from where it was made; equal ones alike."""
    known: dict[v.Identity, v.Key] = {}
    return {
        name: known.setdefault(identity, v.Key(function.code, (), (_CAPTURED, name)))
        for name, identity in function.keys
    }


def captured_in(frame: Frame, name: str) -> v.Identity | None:
    """Which key is in a variable of a frame that has ended, as code that runs in ``frame`` knows it."""
    scope: Frame | None = frame
    while scope is not None:
        key = scope.captured.get(name)
        if key is not None:
            return certain(key)
        scope = scope.closure
    return None


def with_captured(value: v.Value, code: n.Code) -> v.Value:
    """A value that a call of ``code`` returns: functions in it get the keys of the frame that has ended."""
    if isinstance(value, v.Function):
        return _capturing(value, code)
    if isinstance(value, (v.Partial, v.Transformed)):
        function = with_captured(value.function, code)
        return value if function is value.function else replace(value, function=function)
    if isinstance(value, v.Seq) and value.items is not None:
        items = tuple(with_captured(item, code) for item in value.items)
        return replace(value, items=items) if items != value.items else value
    return value


def _capturing(function: v.Function, code: n.Code) -> v.Function:
    frame: Frame | None = function.frame
    if frame is None or frame.is_active or function.keys:
        return function
    found = ((name, _ended(frame, name, code)) for name in function.code.free)
    keys = tuple((name, identity) for name, identity in found if identity is not None)
    return replace(function, keys=keys) if keys else function


def _ended(frame: Frame | None, name: str, code: n.Code) -> v.Identity | None:
    """The key in a variable of the frame of ``code``, or one that this frame has captured itself."""
    while frame is not None and not frame.is_active:
        if name in frame.env:
            is_own = frame.code is code and not any(
                name in inner.nonlocal_names for inner in frame.code.nested
            )
            return identity_of(frame.env[name]) if is_own else None
        if frame.code is code and name in frame.captured:
            return certain(frame.captured[name])
        frame = frame.closure
    return None
