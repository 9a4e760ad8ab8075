"""JAX201 to JAX206: arrays that cannot change, and updates that get lost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from jaxlint.checks.base import Finding, Text, check, finding, is_array, is_readonly
from jaxlint.checks.shapes import short_name
from jaxlint.edits.updates import METHODS, assign_update, take_update
from jaxlint.events import AtMisuse, Discarded, Index, InPlaceCall, ItemStore
from jaxlint.indexing import align, parts_of
from jaxlint.knowledge.dtypes import BOOL
from jaxlint.syntax import nodes as n
from jaxlint.values import Array, Const, Value, options


@check(ItemStore)
def item_assignment(event: ItemStore) -> Iterator[Finding]:
    """``x[i] = v`` on a JAX array."""
    if is_array(event.target):
        found = finding("JAX201", event, event.target, target=event.node, suggestion=_suggestion(event))
        if not _is_traced_mask(event.index):
            found.fix = partial(assign_update, event.frame.code, event.node)
        yield found


def _is_traced_mask(index: Value) -> bool:
    """Whether an index is a mask that ``.at`` does not take either."""
    return any(isinstance(one, Array) and one.stage and one.dtype == BOOL for one in options(index))


def _suggestion(event: ItemStore) -> Text:
    """The statement to write instead."""
    node = event.node
    if not isinstance(node, n.Subscript):
        return "x = x.at[i].set(v)"
    if event.op == "del":
        return (node.value, " = jnp.delete(", node.value, ", ", node.index, ")")
    right: tuple[str | n.Node, ...] = (event.right,) if event.right is not None else ("…",)
    method = METHODS.get(event.op)
    if method is None:
        method, right = "set", (node, f" {event.op} ", *right)
    return (node.value, " = ", node.value, ".at[", node.index, f"].{method}(", *right, ")")


@check(ItemStore)
def readonly_view(event: ItemStore) -> Iterator[Finding]:
    """``view[i] = v`` where the view shares memory with a JAX array."""
    if is_readonly(event.target):
        view = event.node.value if isinstance(event.node, n.Subscript) else event.node
        yield finding("JAX206", event, event.target, target=view)


@check(InPlaceCall)
def inplace_method(event: InPlaceCall) -> Iterator[Finding]:
    """A function or method that writes into its argument."""
    if event.reason == "readonly":
        yield finding("JAX206", event, event.value, target=_receiver(event.node))
    else:
        yield finding("JAX202", event, event.value, call=_call_text(event), array=_receiver(event.node))


def _call_text(event: InPlaceCall) -> str | n.Node:
    return event.node.func if isinstance(event.node, n.Call) else short_name(event.function)


def _receiver(node: n.Node) -> n.Node:
    """The array of a call: what the method belongs to, or the first argument."""
    if isinstance(node, n.Call):
        if node.args:
            return node.args[0].value
        if isinstance(node.func, n.Attribute):
            return node.func.value
    return node


@check(Discarded)
def discarded_update(event: Discarded) -> Iterator[Finding]:
    """``x.at[i].set(v)`` makes a new array, which nobody takes."""
    base: n.Node = event.node
    while isinstance(base, (n.Call, n.Attribute, n.Subscript)):
        is_at = isinstance(base, n.Attribute) and base.attr == "at"
        base = base.func if isinstance(base, n.Call) else base.value
        if is_at:
            break
    found = finding("JAX203", event, event.array, base=base, method=event.method)
    found.fix = partial(take_update, event.frame.code, event.node)
    yield found


@check(Index)
def out_of_bounds(event: Index) -> Iterator[Finding]:
    """A constant index outside of a known axis: reads clamp, updates are dropped."""
    array = event.array
    parts = parts_of(event.index)
    if event.mode or _may_drop(event) or not isinstance(array, Array) or array.shape is None or parts is None:
        return
    for axis, (part, size) in enumerate(align(array.shape, parts)):
        if not size or not isinstance(part, Const) or not isinstance(part.value, int):
            continue  # a size of zero stands for one that is given later
        if not -size <= part.value < size:
            base = event.node.value if isinstance(event.node, n.Subscript) else event.node
            names = {"index": str(part.value), "axis": str(axis), "size": str(size)}
            yield finding("JAX204", event, array, array=base, **names)
            return


def _may_drop(event: Index) -> bool:
    """Whether an update goes to a place that the program computes: many rely on it being dropped outside."""
    if event.method in (None, "get", "take"):
        return False
    at = event.node.func if isinstance(event.node, n.Call) else None
    index = at.value.index if isinstance(at, n.Attribute) and isinstance(at.value, n.Subscript) else None
    parts = index.elements if isinstance(index, n.Display) else (index,)
    return not any(map(_is_number, parts))


def _is_number(node: n.Node | None) -> bool:
    node = node.operand if isinstance(node, n.Unary) else node
    return isinstance(node, n.LiteralValue) and isinstance(node.value, int)


@check(AtMisuse)
def misused_at(event: AtMisuse) -> Iterator[Finding]:
    """``.at`` without an index, without an update, or with one that does not exist."""
    yield finding("JAX205", event, event.array)
