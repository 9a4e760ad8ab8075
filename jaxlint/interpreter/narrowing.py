"""What a test tells about the values in it, on the path where it holds and where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.inspection import truth_of
from jaxlint.interpreter import aliases
from jaxlint.knowledge.functions import array_attribute
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def narrow(machine: Machine, frame: Frame, test: n.Expr, *, holds: bool) -> bool:
    """Refine the variables of ``frame`` by the outcome of ``test``; False if that path cannot happen."""
    if isinstance(test, n.Unary) and test.op == "not":
        return narrow(machine, frame, test.operand, holds=not holds)
    if isinstance(test, n.Boolean):
        if (test.op == "and") is not holds:
            return True
        return narrow(machine, frame, test.left, holds=holds) and narrow(
            machine, frame, test.right, holds=holds
        )
    if isinstance(test, n.Walrus):
        return narrow(machine, frame, test.target, holds=holds)
    _own(machine, frame, test)
    if isinstance(test, n.Compare) and len(test.ops) == 1:
        return _comparison(machine, frame, test, holds=holds)
    if isinstance(test, n.Call) and isinstance(test.func, n.Name) and test.func.id == "isinstance":
        return _isinstance(machine, frame, test, holds=holds)
    if isinstance(test, n.Call) and isinstance(test.func, n.Name) and test.func.id == "hasattr":
        return _hasattr(machine, frame, test, holds=holds)
    if isinstance(test, (n.Name, n.Attribute)):
        if machine.peek(frame, test) == v.Static("bool"):
            machine.assign_path(frame, test, v.Const(holds))
            return True
        return _filter(machine, frame, test, lambda option: truth_of(option) in (holds, None))
    return True


def _own(machine: Machine, frame: Frame, test: n.Expr) -> None:
    """A variable of a function or module around is refined for this activation alone, on both paths."""
    if isinstance(test, n.Compare):
        path: n.Expr | None = test.left
    elif isinstance(test, n.Call):
        path = test.args[0].value if test.args else None
    else:
        path = test
    if not isinstance(path, n.Name) or frame.is_module or path.id in frame.env or path.id in frame.code.bound:
        return
    value = machine.lookup(frame, path.id)
    if isinstance(value, (v.Union, v.Unknown, v.Tree, v.Static, v.Seq)):
        frame.env[path.id] = value


def _filter(machine: Machine, frame: Frame, path: n.Expr, keep: object) -> bool:
    """Keep the alternatives of a variable that ``keep`` accepts."""
    value = machine.peek(frame, path)
    if value is None or not isinstance(value, v.Union):
        return True
    options = [option for option in value.options if keep(option)]  # type: ignore[operator]  # a predicate
    if not options:
        return False
    if len(options) < len(value.options):
        machine.assign_path(frame, path, v.join_all(options))
    return True


def _comparison(machine: Machine, frame: Frame, test: n.Compare, *, holds: bool) -> bool:
    op, right = test.ops[0], test.rights[0]
    if not isinstance(right, n.LiteralValue) or op not in ("is", "is not", "==", "!="):
        return True
    equal = holds is (op in ("is", "=="))
    constant = v.Const(right.value)
    value = machine.peek(frame, test.left)
    if value is None:
        return True
    if isinstance(value, v.Union):
        return _filter(machine, frame, test.left, lambda option: _may_equal(option, constant, equal=equal))
    refined: v.Value | None = None
    if equal and (
        isinstance(value, (v.Static, v.Unknown)) or (isinstance(value, v.Tree) and right.value is None)
    ):
        refined = constant
    elif not equal and right.value is None and value is v.UNKNOWN and isinstance(test.left, n.Name):
        refined = v.GIVEN
    if refined is not None:
        machine.assign_path(frame, test.left, refined)
        aliases.refine(frame, test.left, value, refined)
    return True


def _may_equal(option: v.Value, constant: v.Const, *, equal: bool) -> bool:
    if isinstance(option, v.Const):
        return (option.value == constant.value) is equal
    if constant.value is None and equal:
        return isinstance(option, (v.Unknown, v.Tree)) or option == v.Static(None)
    return True


def _hasattr(machine: Machine, frame: Frame, test: n.Call, *, holds: bool) -> bool:
    """A tree that has ``shape`` is an array; one that has not is no tracer."""
    if len(test.args) != 2 or not isinstance(test.args[1].value, n.LiteralValue):
        return True
    path, name = test.args[0].value, test.args[1].value.value
    value = machine.peek(frame, path)
    if isinstance(value, v.Tree) and array_attribute(str(name)) is not None:
        refined = v.Array(value.stage, None, None, value.origin) if holds else v.UNKNOWN
        machine.assign_path(frame, path, refined)
    return True


def _isinstance(machine: Machine, frame: Frame, test: n.Call, *, holds: bool) -> bool:
    if len(test.args) != 2:
        return True
    path, kind = test.args[0].value, machine.eval(frame, test.args[1].value)
    value = machine.peek(frame, path)
    if value is None:
        return True
    if isinstance(value, v.Union):
        return _filter(
            machine, frame, path, lambda option: machine.is_instance(option, kind) in (holds, None)
        )
    if holds and isinstance(value, v.Seq) and machine.is_instance(value, kind) is None:
        machine.assign_path(frame, path, v.UNKNOWN)  # of a type that we know nothing of
    if holds and isinstance(value, (v.Tree, v.Unknown)):
        refined = machine.value_of_type(frame, kind, value)
        is_guess = isinstance(value, v.Unknown) and isinstance(refined, v.Array) and frame.trace.stage
        if refined is not None and not is_guess:  # it may be an array that the program closes over
            machine.assign_path(frame, path, refined)
    return True
