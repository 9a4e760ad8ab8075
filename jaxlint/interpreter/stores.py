"""Assignments: to variables, attributes, items, several targets at once; and ``del``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import AtMisuse, HostCall, ItemStore
from jaxlint.inspection import stage_of
from jaxlint.interpreter import aliases, donation, effects, operators, staleness, subscripts
from jaxlint.interpreter.attributes import get_attribute
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.flags import note_environment
from jaxlint.interpreter.iteration import report_consumed, unpack
from jaxlint.interpreter.paths import assign_name, assign_path, with_item
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


_ENVIRONMENT = v.Library("os.environ")


def assign(
    machine: Machine,
    frame: Frame,
    target: n.Expr,
    value: v.Value,
    right: n.Node | None = None,
    op: str = "",
) -> None:
    """Run ``target = value``, or ``target op= …`` with the result of the operation.

    ``right`` is the expression on the right where there is one for this target.
    """
    if isinstance(target, n.Name):
        if frame.trace.level:
            effects.name_stored(machine, frame, target, value, right, op)
        staleness.name_bound(machine, frame, target, value)
        assign_name(frame, target.id, value)
        aliases.note(frame, target, right)
        if machine.has_donations:
            donation.on_store(frame, target.id)
        if target.id in frame.code.global_names or target.id in frame.code.nonlocal_names:
            keep(machine, value)
    elif isinstance(target, n.Display):
        report_consumed(machine, frame, value, right or target)
        starred = next((i for i, item in enumerate(target.elements) if isinstance(item, n.Starred)), None)
        for item, part in zip(target.elements, unpack(value, len(target.elements), starred), strict=True):
            assign(machine, frame, item.value if isinstance(item, n.Starred) else item, part)
    elif isinstance(target, n.Attribute):
        _assign_attribute(machine, frame, target, value, right, op)
        keep(machine, value)
        if machine.has_donations:
            donation.on_store(frame, donation.path_of(target))
    elif isinstance(target, n.Subscript):
        base = machine.eval(frame, target.value)
        index = machine.eval(frame, target.index)
        _store_item(machine, frame, target, base, index, value, "", right)
        keep(machine, value)


def keep(machine: Machine, value: v.Value) -> None:
    """A value is stored where it outlives the call: what was compiled is used again."""
    if isinstance(value, v.Transformed) and value.place is not None:
        machine.session.kept.add(value.place.node)
    elif isinstance(value, (v.Union, v.Seq)):
        for one in value.options if isinstance(value, v.Union) else value.items or ():
            keep(machine, one)


def augmented(machine: Machine, frame: Frame, node: n.AugAssign) -> None:
    """Run ``target op= value``."""
    target = node.target
    if isinstance(target, n.Subscript):
        base = machine.eval(frame, target.value)
        index = machine.eval(frame, target.index)
        value = machine.eval(frame, node.value)
        if isinstance(base, (v.Array, v.Tree, v.NumPyArray, v.At)):
            _store_item(machine, frame, target, base, index, value, node.op, node.value)
            return
        old = subscripts.get_item(machine, frame, target, base, index)
        result = operators.binary_op(machine, frame, node, node.op, old, value)
        _store_item(machine, frame, target, base, index, result, node.op, node.value)
        return
    old = machine.eval(frame, target)
    value = machine.eval(frame, node.value)
    if isinstance(old, v.NumPyArray) and old.readonly:
        machine.report(ItemStore(target, frame, old, v.UNKNOWN, node.op, node.value))
    if not (isinstance(old, v.Seq) and old.kind == "list" and node.op == "+"):  # that is `extend`
        operators.report_sequence(machine, frame, node, node.op, old, value)
    result = operators.binary_op(machine, frame, node, node.op, old, value)
    if isinstance(old, v.NumPyArray) and isinstance(result, v.NumPyArray):
        result = old  # the same object, changed in place
    if (
        node.op == "+"
        and isinstance(old, v.Seq)
        and old.kind == "list"
        and not isinstance(result, (v.Seq, v.Array))
    ):
        result = v.Seq("list", None, v.UNKNOWN)
    assign(machine, frame, target, result, node.value, node.op)


def delete(machine: Machine, frame: Frame, target: n.Expr) -> None:
    """Run ``del target``."""
    if isinstance(target, n.Name):
        if target.id in frame.env:
            frame.env = {name: value for name, value in frame.env.items() if name != target.id}
    elif isinstance(target, n.Subscript):
        base = machine.eval(frame, target.value)
        index = machine.eval(frame, target.index)
        machine.report(ItemStore(target, frame, base, index, "del"))
        effects.item_deleted(machine, frame, target, base, index)
        if isinstance(base, v.Dict):
            key = index.value if isinstance(index, v.Const) else None
            items = tuple(item for item in base.items if item[0] != key) if key is not None else ()
            assign_path(
                machine, frame, target.value, v.Dict(items, base.rest if key is not None else v.UNKNOWN)
            )
        elif isinstance(base, v.Seq):
            assign_path(machine, frame, target.value, v.Seq(base.kind, None, base.join_of_elements()))


def _assign_attribute(
    machine: Machine, frame: Frame, target: n.Attribute, value: v.Value, right: n.Node | None, op: str
) -> None:
    base = machine.eval(frame, target.value)
    effects.attribute_stored(machine, frame, target, base, value, right, op)
    if op or staleness.may_differ(frame, target, base, value, right):
        staleness.attribute_bound(machine, frame, target, base, target.attr)
    if isinstance(base, v.Instance):
        assign_path(machine, frame, target.value, base.replace(target.attr, value))
    elif isinstance(base, v.Class):
        base.namespace[target.attr] = value
    elif isinstance(base, v.UnknownKey):
        assign_path(machine, frame, target.value, v.UNKNOWN)  # which keys it holds now is not known


def _store_item(
    machine: Machine,
    frame: Frame,
    target: n.Subscript,
    base: v.Value,
    index: v.Value,
    value: v.Value,
    op: str,
    right: n.Node | None,
) -> None:
    if isinstance(base, v.At):
        machine.report(AtMisuse(target, frame, base.array, "assigned"))
        return
    if subscripts.is_entry(base, index):
        assign_path(machine, frame, target.value, v.UNKNOWN)
        return
    if base == _ENVIRONMENT:
        note_environment(machine, frame, index, value, target)
    machine.report(ItemStore(target, frame, base, index, op, right))
    effects.item_stored(machine, frame, target, base, index, value, op, right)
    staleness.not_read(machine, target.value)
    key = index if isinstance(target.index, n.LiteralValue) else v.UNKNOWN
    staleness.container_changed(machine, frame, target, target.value, base, key)
    if isinstance(base, v.NumPyArray):
        for part in (index, value):
            if stage_of(part):
                machine.report(HostCall(target, frame, part, "NumPy item assignment", "ValueError", None))
                return
    if isinstance(base, v.UnknownKey):
        assign_path(machine, frame, target.value, v.UNKNOWN)
    if isinstance(base, v.Instance):
        setter = get_attribute(machine, frame, base, "__setitem__", target)
        if isinstance(setter, v.Bound):
            machine.call(frame, setter, Args((index, value)), target)
        return
    stored = with_item(base, index, value)
    if stored is not None:
        assign_path(machine, frame, target.value, stored)
