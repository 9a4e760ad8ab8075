"""Sequences that compiled code takes element by element: as arguments, and to make an array of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import ArrayFromList, SequenceArgument
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine
    from jaxlint.interpreter.unfit import Given

_NUMBERS = ("bool", "int", "float", "complex")


def report_arguments(
    machine: Machine, frame: Frame, args: Args, is_static: Callable[[int | str], bool], node: n.Node
) -> None:
    """Report sequences of Python numbers among the arguments that ``jit`` traces."""
    if frame.trace.stage is v.Stage.TRACED:
        return  # inside of compiled code they are constants
    slots: list[tuple[int | str, v.Value]] = [*enumerate(args.pos), *args.kw.items()]
    for key, value in slots:
        if isinstance(value, v.Seq) and not is_static(key) and holds_numbers(value):
            machine.report(SequenceArgument(args.node(key) or node, frame, value, count(value)))


def holds_numbers(value: v.Value) -> bool:
    """Whether a value is a Python number, one that NumPy made, or a list or tuple of nothing else."""
    if isinstance(value, v.Seq):
        if value.kind == "set" or value.cls is not None or value.items == ():
            return False
        return all(map(holds_numbers, value.items or (value.element,)))
    if isinstance(value, v.Union):
        return all(map(holds_numbers, value.options))
    if isinstance(value, v.NumPyArray):
        return value.shape == ()
    if isinstance(value, v.Const):
        return value.type.__name__ in _NUMBERS
    return isinstance(value, v.Static) and value.kind in _NUMBERS


def count(value: v.Value) -> int | None:
    """How many numbers there are in nested sequences, where that is known."""
    if not isinstance(value, v.Seq):
        return 1
    if value.items is None:
        inner = count(value.element)
        return None if value.size is None or inner is None else value.size * inner
    counts = [count(item) for item in value.items]
    return None if None in counts else sum(number for number in counts if number is not None)


# The parameter that takes the list.
_MAKERS = {"jax.numpy.array": "object", "jax.numpy.asarray": "a", "jax.numpy.stack": "arrays"}


def report_array(machine: Machine, frame: Frame, function: str, given: Given, node: n.Node) -> None:
    """Report an array that is made of a list of tracers."""
    argument = given.get(_MAKERS.get(function, ""))
    if argument is None or not isinstance(argument.value, v.Seq) or argument.value.cls is not None:
        return
    value = argument.value
    if value.items != () and all(map(_is_tracer, value.items or (value.element,))):
        is_argument = _is_parameter(frame, argument.node, value)
        machine.report(ArrayFromList(node, frame, value, function, value.size, is_argument))


def _is_tracer(value: v.Value) -> bool:
    return isinstance(value, v.Array) and value.stage is v.Stage.TRACED


def _is_parameter(frame: Frame, node: n.Node | None, value: v.Value) -> bool:
    """Whether a variable still holds what the function was called with."""
    return isinstance(node, n.Name) and frame.arguments.get(node.id) is value
