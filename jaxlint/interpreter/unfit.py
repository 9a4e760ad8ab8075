"""Arguments that a function of JAX does not take: lists for arrays, operands whose dtypes differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import DtypeMismatch, SequenceOperand
from jaxlint.interpreter.operators import is_sequence, is_text, shape_and_dtype
from jaxlint.knowledge.dtypes import Dtype, canonical
from jaxlint.knowledge.functions import FunctionFacts
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


@dataclass(slots=True)
class BoundArgument:
    """An argument bound to a parameter of a library function."""

    value: v.Value
    node: n.Node | None


Given = dict[str, BoundArgument]


def report_sequences(
    machine: Machine, frame: Frame, facts: FunctionFacts, given: Given, node: n.Node
) -> None:
    """Report a list or tuple for an array, and one among the arrays of `concatenate` and the like."""
    for name, argument in given.items():
        value = argument.value
        if name in facts.arrays and is_sequence(value):
            machine.report(SequenceOperand(argument.node or node, frame, value, facts.name))
        elif name in facts.elements and not _is_interleaved(given):
            inner = next(filter(is_sequence, elements(value)), None)
            if inner is not None:
                machine.report(SequenceOperand(_place_of(argument, inner) or node, frame, inner, facts.name))


def _is_interleaved(given: Given) -> bool:
    """``einsum(x, [0, 1], y, [1, 2])`` names axes by lists."""
    subscripts = given.get("subscripts")
    return subscripts is not None and not is_text(subscripts.value)


def elements(value: v.Value) -> tuple[v.Value, ...]:
    """What is certainly in a sequence: each element, or the join of all where there is one."""
    if not isinstance(value, v.Seq):
        return ()
    return value.items if value.items is not None else (value.element,)


def _place_of(argument: BoundArgument, inner: v.Value) -> n.Node | None:
    """The element of a written-out list that is not an array, or the argument."""
    node, value = argument.node, argument.value
    if (
        isinstance(node, n.Display)
        and isinstance(value, v.Seq)
        and len(node.elements) == len(value.items or ())
    ):
        return node.elements[(value.items or ()).index(inner)]
    return node


def report_dtypes(machine: Machine, frame: Frame, facts: FunctionFacts, given: Given, node: n.Node) -> None:
    """Report operands of different dtypes where JAX does not promote them."""
    if not facts.strict:
        return
    found = {dtype.name: dtype for dtype in _dtypes(facts, given) if dtype is not None}
    if len(found) > 1:
        machine.report(DtypeMismatch(node, frame, facts.name, tuple(found.values())))


def _dtypes(facts: FunctionFacts, given: Given) -> Iterator[Dtype | None]:
    for value in (argument.value for name, argument in given.items() if name in facts.strict):
        for one in elements(value) if isinstance(value, v.Seq) else (value,):
            yield canonical(shape_and_dtype(one)[1])
