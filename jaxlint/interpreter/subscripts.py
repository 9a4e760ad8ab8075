"""Reading an item: containers give their elements, arrays another array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import AtMisuse, HostCall, Index, PythonIndex
from jaxlint.indexing import indexed_shape
from jaxlint.inspection import stage_of
from jaxlint.interpreter import host, singular
from jaxlint.interpreter.attributes import get_attribute
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.histories import Each, Slice
from jaxlint.interpreter.identities import element_at, forgotten, identity_of, key_part, with_identity
from jaxlint.interpreter.keys import parts_at
from jaxlint.interpreter.operators import result_origin
from jaxlint.interpreter.ownership import part_of
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name
from jaxlint.syntax.nodes import Node

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def get_item(machine: Machine, frame: Frame, node: Node, base: v.Value, index: v.Value) -> v.Value:
    """The value of ``base[index]``."""
    if isinstance(base, v.Union):
        return _get_item_of_any(machine, frame, node, base, index)
    if is_entry(base, index):
        return v.UNKNOWN
    if isinstance(base, v.Array):
        machine.report(Index(node, frame, base, index, None, mode=False))
        return with_identity(index_array(frame, base, index), _part(frame, node, base, index))
    if isinstance(base, v.Tree):
        return with_identity(_index_tree(machine, frame, node, base, index), _part(frame, node, base, index))
    if isinstance(base, v.UnknownKey):
        return with_identity(v.UNKNOWN, _part(frame, node, base, index))
    if isinstance(base, v.At):
        if base.index is None:
            return v.At(base.array, index)
        machine.report(AtMisuse(node, frame, base.array, "no-method"))
        return v.UNKNOWN
    if isinstance(base, v.Seq):
        return part_of(base, _index_sequence(machine, frame, node, base, index))
    if isinstance(base, v.Dict):
        return part_of(base, _index_dict(machine, frame, node, base, index))
    if isinstance(base, v.NumPyArray):
        return _index_numpy(machine, frame, node, base, index)
    if isinstance(base, v.Instance):
        return _call_getitem(machine, frame, node, base, index)
    if isinstance(base, (v.Const, v.Static)):
        return (
            v.Static("str")
            if getattr(base, "kind", None) == "str" or isinstance(getattr(base, "value", None), str)
            else v.UNKNOWN
        )
    if base == v.LibraryInstance("jax.Ref"):
        return v.Array(frame.trace.stage, None, None, result_origin(frame))
    host.report_environment(machine, frame, node, base)
    if isinstance(base, v.LibraryInstance):
        return machine.call(frame, v.BoundLibrary(base, "__getitem__"), Args((index,)), node)
    if isinstance(base, v.Library) and base.dotted.startswith("typing."):
        return base
    if isinstance(base, (v.Library, v.Class)):
        return v.Partial(base, (index,))
    return v.UNKNOWN


def is_entry(base: v.Value, index: v.Value) -> bool:
    """Whether ``base[index]`` is an entry of a dict by a text, so that what was thought an array is none."""
    return isinstance(base, v.Array) and isinstance(index, v.Const) and isinstance(index.value, str)


def _get_item_of_any(machine: Machine, frame: Frame, node: Node, base: v.Union, index: v.Value) -> v.Value:
    """An item of one of several values; a program that may have an array there means that, not a list."""
    has_array = any(isinstance(option, (v.Array, v.Tree)) for option in base.options)
    items = []
    for option in base.options:
        with machine.muting(when=has_array and isinstance(option, v.Seq)):
            items.append(get_item(machine, frame, node, option, index))
    return v.join_all(items)


def _part(frame: Frame, node: Node, base: v.Value, index: v.Value) -> v.Identity | None:
    """Which key ``base[index]`` is."""
    identity = identity_of(base)
    size = base.shape[0] if isinstance(base, v.Array) and base.shape else _keys_in(identity)
    place = _place(frame, node, index, size)
    return None if place is None else key_part(identity, *place)


def _keys_in(identity: v.Identity | None) -> int | None:
    """How many keys a call of ``split`` makes, where that stands in it."""
    if identity is None or len(identity) != 1:
        return None
    ((key, _),) = identity
    if key.path or not isinstance(key.node, n.Call) or last_name(key.node.func) != "split":
        return None
    count = key.node.args[1].value if len(key.node.args) > 1 else None
    return count.value if isinstance(count, n.LiteralValue) and isinstance(count.value, int) else None


def _element(frame: Frame, node: Node, element: v.Value, index: v.Value) -> v.Value:
    """What stands at an index (or in a slice) of a list of which only one value for all is known."""
    place = _place(frame, node, index, None)
    return forgotten(element) if place is None else element_at(element, *place)


def _place(frame: Frame, node: Node, index: v.Value, size: int | None) -> tuple[Any, ...] | None:
    """Where an index leads to in a sequence of keys; None where that is not known."""
    if isinstance(index, v.SliceValue):
        lower, upper = _number(index.lower), _number(index.upper)
        if lower == "?" or upper == "?" or _number(index.step) not in (None, 1):
            return None
        return (Slice(_counted(lower, size) or 0, _counted(upper, size)),)
    if isinstance(index, v.Const) and isinstance(index.value, int):
        return (_counted(index.value, size),)
    return parts_at(frame, node.index) if isinstance(node, n.Subscript) else None


def _number(value: v.Value) -> Any:
    """The number, or None, of one end of a slice; a question mark where that is not known."""
    is_known = isinstance(value, v.Const) and (value.value is None or isinstance(value.value, int))
    return value.value if is_known else "?"  # type: ignore[attr-defined]  # as checked


def _counted(index: int | None, size: int | None) -> int | None:
    """An index counted from the start, where the size is known."""
    return index if index is None or index >= 0 or size is None else index + size


def index_array(frame: Frame, base: v.Array, index: v.Value) -> v.Array:
    """``array[index]`` as an array: its stage is the highest of both."""
    stage = max(base.stage, stage_of(index), frame.trace.stage)
    shape = indexed_shape(base.shape, index)
    result = v.Array(stage, shape, base.dtype, result_origin(frame, base, index), bounds=base.bounds)
    if frame.trace.is_differentiated:
        singular.after_index(base, index, result)
    return result


def _index_tree(machine: Machine, frame: Frame, node: Node, base: v.Tree, index: v.Value) -> v.Value:
    """An index that only arrays understand makes the tree an array."""
    if isinstance(index, v.Const) and isinstance(index.value, str):
        return v.Tree(base.stage, base.origin)
    if isinstance(index, v.Seq) and index.kind != "tuple":
        return v.Tree(base.stage, base.origin)  # JAX takes no lists as indices; tables of named columns do
    if isinstance(index, (v.Seq, v.Array)) or (isinstance(index, v.Const) and index.value in (None, ...)):
        array = v.Array(base.stage, None, None, base.origin)
        machine.report(Index(node, frame, array, index, None, mode=False))
        return index_array(frame, array, index)
    if stage_of(index) is v.Stage.TRACED:
        machine.report(Index(node, frame, base, index, None, mode=False))
    return v.Tree(base.stage, base.origin)


def _index_sequence(machine: Machine, frame: Frame, node: Node, base: v.Seq, index: v.Value) -> v.Value:
    if isinstance(index, v.Const) and isinstance(index.value, int):
        if base.items is not None:
            return base.items[index.value] if -len(base.items) <= index.value < len(base.items) else v.UNKNOWN
        return _element(frame, node, v.alike(base.element), index)
    if isinstance(index, v.SliceValue):
        return _slice_sequence(machine, frame, node, base, index)
    machine.report(PythonIndex(node, frame, index, base.kind))
    if base.items == ():
        return v.UNKNOWN
    if isinstance(index, (v.Array, v.Tree)) or (index is v.UNKNOWN and base.kind == "tuple"):
        return v.UNKNOWN  # the places of a tuple have meanings of their own, and which is meant is not known
    return _element(frame, node, v.alike(base.join_of_elements()), index)


def _slice_sequence(machine: Machine, frame: Frame, node: Node, base: v.Seq, index: v.SliceValue) -> v.Value:
    bounds = (index.lower, index.upper, index.step)
    for bound in bounds:
        machine.report(PythonIndex(node, frame, bound, base.kind))
    if base.items is not None and all(isinstance(bound, v.Const) for bound in bounds):
        try:
            return v.Seq(base.kind, base.items[slice(*(bound.value for bound in bounds))])  # type: ignore[attr-defined]  # constants, as checked
        except (TypeError, ValueError):
            return v.UNKNOWN
    one = base.join_of_elements()
    place = _place(frame, node, index, None) if base.items is None else None
    return v.Seq(base.kind, None, forgotten(one) if place is None else element_at(one, *place, Each()))


def _index_dict(machine: Machine, frame: Frame, node: Node, base: v.Dict, index: v.Value) -> v.Value:
    if isinstance(index, v.Const):
        found = base.get(index.value)
        if found is not None:
            return found
        return v.UNKNOWN if base.rest is None else element_at(base.rest, index.value)
    machine.report(PythonIndex(node, frame, index, "dict key"))
    if not base.items and base.rest is None:
        return v.UNKNOWN
    return _element(frame, node, base.join_of_values(), index)


def _index_numpy(machine: Machine, frame: Frame, node: Node, base: v.NumPyArray, index: v.Value) -> v.Value:
    if stage_of(index) is not v.Stage.CONCRETE:
        machine.report(HostCall(node, frame, index, "NumPy indexing", "TracerArrayConversionError", None))
        return v.UNKNOWN
    parts = (
        index.items
        if isinstance(index, v.Seq) and index.kind == "tuple" and index.items is not None
        else (index,)
    )
    is_view = all(isinstance(part, (v.Const, v.SliceValue)) or part == v.Static("int") for part in parts)
    return v.NumPyArray(indexed_shape(base.shape, index), base.dtype, base.readonly and is_view)


def _call_getitem(machine: Machine, frame: Frame, node: Node, base: v.Instance, index: v.Value) -> v.Value:
    method = get_attribute(machine, frame, base, "__getitem__", node)
    return machine.call(frame, method, Args((index,)), node) if isinstance(method, v.Bound) else v.UNKNOWN
