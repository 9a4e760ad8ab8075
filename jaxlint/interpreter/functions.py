"""Making function values from definitions and lambdas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter.constant_keys import report_default
from jaxlint.syntax.nodes import Code

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def make_function(machine: Machine, frame: Frame, code: Code) -> v.Function:
    """The function that a ``def`` or ``lambda`` makes when it runs in ``frame``."""
    defaults = tuple(
        (param.name, machine.eval(frame, param.default)) for param in code.params if param.default is not None
    )
    closure = enclosing_function(frame)
    owner = frame.owner if frame.code.name == "<class>" else None
    for param in code.params:
        report_default(machine, frame, code, param)
    function = v.Function(code, frame.module, closure, defaults, owner, known=_known(frame, code))
    machine.session.defined.append(function)
    machine.log.forget(code)
    machine.timeline.make(frame, code)
    return function


def _known(frame: Frame, code: Code) -> tuple[tuple[str, v.Value], ...]:
    """What tests on the way here have told of parameters that the function reads and that stay the same."""
    if not code.free or frame.code.name == "<class>":
        return ()
    kept = frame.code.remember("parameters that stay", _lasting)
    names = [name for name in code.free if name in kept and name in frame.arguments]
    return tuple((name, frame.env[name]) for name in names if frame.env[name] is not frame.arguments[name])


def _lasting(code: Code) -> frozenset[str]:
    """The parameters that neither the function nor one within it binds anew or changes."""
    names = {param.name for param in code.params} - code.rebound - code.mutated
    pending = list(code.nested)
    while pending:
        inner = pending.pop()
        names -= inner.nonlocal_names
        pending += inner.nested
    return frozenset(names)


def enclosing_function(frame: Frame) -> Frame | None:
    """The frame that a function defined in ``frame`` closes over: class bodies and modules are none."""
    if frame.code.name == "<class>":
        return frame.closure
    return None if frame.is_module else frame
