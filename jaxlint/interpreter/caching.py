"""Functions that remember their results: what they are asked with tracers, and what they keep of a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import CachedCall
from jaxlint.inspection import stage_of
from jaxlint.interpreter.ownership import level_of, outer_level
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def call(
    machine: Machine, frame: Frame, callee: v.Cached, args: Args, node: n.Node, run: Callable[[], v.Value]
) -> v.Value:
    """Call a cached function by ``run``."""
    function = callee.function
    name = function.code.name if isinstance(function, v.Function) else "the cached function"
    asked = next((value for value in args.values() if _is_unhashable(value)), None)
    if asked is not None:
        machine.report(CachedCall(node, frame, asked, name, "argument"))
        return v.UNKNOWN
    value = run()
    if isinstance(function, v.Function) and level_of(function) < frame.trace.level:
        _report_kept(machine, frame, function, value, node)
    _note(machine, frame, function)
    return value


def property_read(
    machine: Machine, frame: Frame, function: v.Value, receiver: v.Value, value: v.Value, node: n.Node
) -> None:
    """Report a ``cached_property`` of an object from outside that is first read in traced code."""
    if isinstance(function, v.Function):
        if outer_level(frame, receiver) is not None:
            _report_kept(machine, frame, function, value, node)
        _note(machine, frame, function)


def _report_kept(machine: Machine, frame: Frame, function: v.Function, value: v.Value, node: n.Node) -> None:
    """A result that was computed before, outside, is an ordinary array."""
    if stage_of(value) is v.Stage.TRACED and function.code not in machine.log.evaluated:
        machine.report(CachedCall(node, frame, value, function.code.name, "result"))


def _note(machine: Machine, frame: Frame, function: v.Value) -> None:
    if not frame.trace.level and isinstance(function, v.Function):
        machine.log.evaluated.add(function.code)


def _is_unhashable(value: v.Value) -> bool:
    """Whether a value is certainly a tracer, or a tuple that holds one: these have no hash."""
    if isinstance(value, v.Seq) and value.items is not None:
        return any(map(_is_unhashable, value.items))
    return all(isinstance(option, (v.Array, v.Tree)) and option.stage for option in v.options(value))
