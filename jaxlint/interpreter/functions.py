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
    function = v.Function(code, frame.module, closure, defaults, owner)
    machine.session.defined.append(function)
    machine.log.forget(code)
    machine.timeline.make(frame, code)
    return function


def enclosing_function(frame: Frame) -> Frame | None:
    """The frame that a function defined in ``frame`` closes over: class bodies and modules are none."""
    if frame.code.name == "<class>":
        return frame.closure
    return None if frame.is_module else frame
