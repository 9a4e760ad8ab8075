"""Whether an expression has a new value each time that a loop around it comes round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.interpreter.frames import Loop
from jaxlint.interpreter.iteration import size_of
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame

FEW = 3
"""Rounds that are too few to mind."""

MAX_STEPS = 4
"""Assignments that are followed from a name to the counter it is computed from."""

# Operations that give different results for different operands, the other operand being fixed.
_DISTINCT = frozenset({"+", "-", "*", "/", "**"})
_CONVERSIONS = frozenset({"int", "float", "str", "tuple", "repr"})


def varies(frame: Frame, node: n.Node) -> bool:
    """Whether ``node`` is new in every round of a loop around it that goes round more than a few times."""
    return any(
        isinstance(node, n.Expr) and _varies(loop, node, MAX_STEPS) for loop in frame.loops if is_long(loop)
    )


def is_long(loop: Loop) -> bool:
    """Whether a loop goes round often enough to mind what it compiles."""
    return loop.count is None or loop.count > FEW


def _varies(loop: Loop, node: n.Expr, steps: int) -> bool:
    if isinstance(node, n.Name):
        return _name_varies(loop, node.id, steps)
    if isinstance(node, n.Binary):
        return node.op in _DISTINCT and (_varies(loop, node.left, steps) != _varies(loop, node.right, steps))
    if isinstance(node, n.Unary):
        return node.op != "not" and _varies(loop, node.operand, steps)
    if isinstance(node, n.Display):
        return any(_varies(loop, element, steps) for element in node.elements)
    if isinstance(node, n.FString):
        return any(_varies(loop, part.value, steps) for part in node.parts)
    if isinstance(node, n.Call) and isinstance(node.func, n.Name) and node.func.id in _CONVERSIONS:
        return any(_varies(loop, argument.value, steps) for argument in node.args)
    return False


def _name_varies(loop: Loop, name: str, steps: int) -> bool:
    if name in loop.counters:
        return True
    if steps == 0 or loop.node is None:
        return False
    changes = list(_changes_of(loop.node, name))
    if len(changes) != 1:
        return False
    change = changes[0]
    if isinstance(change, n.AugAssign):
        return change.op in _DISTINCT and isinstance(change.value, n.LiteralValue)
    return _varies(loop, change.value, steps - 1)


def _changes_of(loop: n.Node, name: str) -> Iterator[Any]:
    """The assignments of a variable in a loop."""
    for node in walk(loop):
        targets: tuple[n.Expr, ...] = ()
        if isinstance(node, (n.Assign, n.AugAssign)):
            targets = node.targets if isinstance(node, n.Assign) else (node.target,)
        if any(isinstance(part, n.Name) and part.id == name for one in targets for part in walk(one)):
            yield node


def loop_over(node: n.Node, target: n.Expr, iterable: n.Expr, value: v.Value) -> Loop:
    """The loop of a ``for``, or of one clause of a comprehension."""
    return Loop(
        node=node,
        count=size_of(value),
        counters=_counters(target, iterable, value),
        target=target,
        length_of=_length_of(value),
    )


def _counters(target: n.Expr, iterable: n.Expr, value: v.Value) -> frozenset[str]:
    """The variables of a ``for`` that never have the same value twice, as far as the iterable shows."""
    if isinstance(target, n.Name):
        is_distinct = _is_distinct(value) or _called(iterable) in _SPACED
        return frozenset({target.id}) if is_distinct else frozenset()
    first = target.elements[0] if isinstance(target, n.Display) and target.elements else None
    if isinstance(first, n.Name) and _called(iterable) == "enumerate":
        return frozenset({first.id})
    return frozenset()


# Functions of NumPy that give numbers of which no two are the same.
_SPACED = frozenset({"arange", "geomspace", "linspace", "logspace"})


def _called(expression: n.Expr) -> str:
    """The last word of the name of the function that an expression calls."""
    return last_name(expression.func) if isinstance(expression, n.Call) else ""


def _is_distinct(value: v.Value) -> bool:
    if isinstance(value, v.Range):
        return True
    if isinstance(value, v.Seq) and value.items is not None:
        return len(set(value.items)) == len(value.items) and all(
            isinstance(item, v.Const) for item in value.items
        )
    return False


def _length_of(value: v.Value) -> v.Origin | None:
    """The origin of a tracer whose length decides how often a loop over ``value`` goes round."""
    if isinstance(value, v.Range):
        return value.length_of
    # Of a parameter that is sliced and iterated over, it is not certain that it is an array and no list.
    is_array = isinstance(value, v.Array) and bool(value.shape)
    return value.origin if is_array and value.stage is v.Stage.TRACED else None  # type: ignore[attr-defined]  # an array, as checked
