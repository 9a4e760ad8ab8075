"""Likely contexts: functions that nothing in the project traces, but those who use them do.

A flax module's ``__call__``, a numpyro model, the vector field of a differential equation. Nothing is known
of who calls them, so among their arguments only what is surely an array counts as traced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter import entry
from jaxlint.interpreter.classes import set_up
from jaxlint.interpreter.frames import Frame, Trace
from jaxlint.interpreter.host_use import needs_numbers
from jaxlint.interpreter.usage import is_surely_array
from jaxlint.knowledge.frameworks import Likely, likely_arguments, likely_caller, likely_method, module_kind
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.machine import Machine
    from jaxlint.project.modules import Module


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a function is likely to be traced, and the place that tells so."""

    likely: Likely
    place: v.Place | None


def note_call(
    machine: Machine, frame: Frame, dotted: str, args: Args, node: n.Node, parameters: tuple[str, ...]
) -> None:
    """Remember what calling a library's function says about the caller, or about functions passed to it."""
    caller = likely_caller(dotted)
    if caller is not None and not frame.is_module:
        machine.session.likely.setdefault(frame.code, Reason(caller, None))
    taking = likely_arguments(dotted)
    if taking is None:
        return
    reason = Reason(taking[1], v.Place(frame.module, node))
    for name in taking[0]:
        if name not in parameters:
            continue
        position = parameters.index(name)
        value = args.kw.get(name, args.pos[position] if position < len(args.pos) else None)
        function = value.function if isinstance(value, v.Bound) else value
        if isinstance(function, v.Function):
            machine.session.likely.setdefault(function.code, reason)


def reason_of(machine: Machine, function: v.Function) -> Reason | None:
    """Why a function is likely to be traced; None where nothing says so."""
    known = machine.session.likely.get(function.code)
    if known is not None or function.owner is None:
        return known
    kind = module_kind(function.owner.traits)
    row = likely_method(kind) if kind is not None else None
    if row is None or not (function.code.name in row[0] or _is_decorated(machine, function, row[1])):
        return None
    return Reason(row[2], v.Place(function.module, function.code))


def _is_decorated(machine: Machine, function: v.Function, decorator: str) -> bool:
    if not decorator or function.owner is None:
        return False
    frame = machine.module_frame(function.module)
    return any(
        machine.eval(frame, expression) == v.Library(decorator)
        for statement in function.owner.node.body
        if isinstance(statement, n.FunctionDef) and statement.code is function.code
        for expression in statement.decorators
    )


def enter(machine: Machine, module: Module) -> bool:
    """Run what is likely to be traced and was not; False if there was nothing left."""
    session = machine.session
    found = False
    for function in list(session.defined):
        if function.code in session.traced or function.module is not module:
            continue
        reason = reason_of(machine, function)
        if reason is not None:
            found = True
            session.traced.add(function.code)
            _run(machine, function, reason)
    return found


def _run(machine: Machine, function: v.Function, reason: Reason) -> None:
    name = function.code.name
    if function.owner is not None:
        name = f"{function.owner.name}.{name}"
    link = v.Origin(name, f"traced if `{name}` is {reason.likely.text}", reason.place)
    link.is_likely = not reason.likely.traced  # a library that passes tracers leaves no doubt
    binding = entry.generic_arguments(machine, function)
    trace = Trace(v.Stage.TRACED, link)
    for name, value in binding.env.items():
        if isinstance(value, v.Instance) and function.owner is value.cls:
            frame = Frame(function.code, function.module, {}, trace)
            binding.env[name] = set_up(machine, frame, value, function.code)
    params = [param for param in function.code.params if param.kind in ("pos", "normal", "kw")]
    behind_self = params[function.owner is not None :]
    for index, param in enumerate(behind_self):
        value = binding.env[param.name]
        origin = entry.parameter_origin(function, param, link)
        is_open = function.owner is not None and isinstance(value, (v.Array, v.Unknown))
        if is_open and needs_numbers(machine, function, param.name):
            binding.env[param.name] = v.UNKNOWN
        elif index < reason.likely.traced:
            binding.env[param.name] = entry.unknown_argument(machine, function, param, v.Stage.TRACED, origin)
        elif isinstance(value, v.Array):
            binding.env[param.name] = v.Array(v.Stage.TRACED, value.shape, value.dtype, origin)
        elif value is v.UNKNOWN and param.default is None and is_surely_array(function.code, param.name):
            binding.env[param.name] = v.Array(v.Stage.TRACED, None, None, origin)
    machine.log.clear()
    if machine.calls is not None:
        machine.calls.note_likely(function, reason.likely.within)
    machine.run_alone(function, binding, trace)
