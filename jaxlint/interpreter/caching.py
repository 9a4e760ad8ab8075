"""Functions that remember their results: what they are asked with tracers, and what they keep of a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import CachedCall
from jaxlint.inspection import stage_of
from jaxlint.interpreter import entry
from jaxlint.interpreter.classes import mro
from jaxlint.interpreter.frames import EAGER
from jaxlint.interpreter.ownership import level_of, outer_level
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk

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


def read_property(machine: Machine, frame: Frame, function: v.Value, args: Args, node: n.Node) -> v.Value:
    """The value of a ``cached_property``; reports that of an outer object which traced code reads first."""
    receiver = args.pos[0]
    if not isinstance(function, v.Function) or outer_level(frame, receiver) is None:
        value = machine.call(frame, function, args, node)
    elif isinstance(receiver, v.Instance) and _is_read_early(receiver.cls, function.code.name):
        value = entry.call_in(machine, frame, function, args, node, EAGER)
    else:
        value = machine.call(frame, function, args, node)
        _report_kept(machine, frame, function, value, node)
    _note(machine, frame, function)
    return value


def _is_read_early(cls: v.Class, name: str) -> bool:
    """Whether the constructor reads a property of the object, which is then there before any trace."""
    constructors = (one.namespace.get("__init__") for one in mro(cls))
    return any(isinstance(init, v.Function) and _reads(init.code, name) for init in constructors)


def _reads(code: n.Code, name: str) -> bool:
    return code.remember(
        (name, "read"),
        lambda code: any(
            isinstance(node, n.Attribute) and node.attr == name and isinstance(node.value, n.Name)
            for node in walk(code)
        ),
    )


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
