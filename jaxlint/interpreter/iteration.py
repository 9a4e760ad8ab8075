"""What iterating over a value yields."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import Iteration, IteratorUse
from jaxlint.interpreter.conditions import Condition
from jaxlint.interpreter.histories import Each, Slice
from jaxlint.interpreter.identities import element_at, identity_of, key_part, rename, under, with_identity
from jaxlint.interpreter.ownership import outer_level, part_of

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine
    from jaxlint.syntax.nodes import Node

_ONLY = Condition("<the only element>", ("bool", True), holds=True, is_passing=True)


def element_of(machine: Machine, frame: Frame, value: v.Value, node: Node) -> v.Value:
    """One value that stands for every element; reports iteration over arrays."""
    if isinstance(value, v.Array) and value.stage:
        machine.report(Iteration(node, frame, value))
    report_consumed(machine, frame, value, node)
    return element(value)


def report_consumed(machine: Machine, frame: Frame, value: v.Value, node: Node, how: str = "loop") -> None:
    """Report that compiled code takes elements from an iterator that was made outside."""
    if frame.trace.stage is v.Stage.TRACED and is_iterator(value) and outer_level(frame, value) is not None:
        machine.report(IteratorUse(node, frame, how))


def is_iterator(value: v.Value) -> bool:
    """Whether a value is certainly an iterator, which can be gone through once."""
    return all(isinstance(option, v.Iter) and not option.is_view for option in v.options(value))


def element(value: v.Value) -> v.Value:
    """One value that stands for every element of ``value``."""
    if isinstance(value, v.Seq):
        return part_of(value, _once(value, value.join_of_elements()))
    if isinstance(value, v.Iter):
        return _once(value, value.element)
    if isinstance(value, v.Dict):
        return _keys(value)
    if isinstance(value, v.Range):
        return v.Static("int")
    if isinstance(value, v.Array):
        return replace(value, shape=value.shape[1:] if value.shape else None, key=key_part(value.key, Each()))
    if isinstance(value, v.UnknownKey):
        return v.UnknownKey(key_part(value.key, Each()))
    if isinstance(value, v.NumPyArray):
        return replace(value, shape=value.shape[1:] if value.shape else None)
    if isinstance(value, v.Const) and isinstance(value.value, str):
        return v.Static("str")
    if isinstance(value, v.Static) and value.kind == "str":
        return value
    if isinstance(value, v.Union):
        return v.join_all(map(element, value.options))
    return v.UNKNOWN


def _once(value: v.Seq | v.Iter, element: v.Value) -> v.Value:
    """The element of ``value``; where there is only one, a loop comes to the keys in it once."""
    if value.items is None or len(value.items) != 1:
        return element
    return rename(element, lambda identity, _path: under(identity, _ONLY))


def items_of(value: v.Value, limit: int = 64) -> tuple[v.Value, ...] | None:
    """Each element by itself where that is known and there are not too many."""
    if isinstance(value, (v.Seq, v.Iter)) and value.items is not None:
        return value.items if value.home is None else tuple(part_of(value, item) for item in value.items)
    if isinstance(value, v.Range) and value.numbers is not None and len(value.numbers) <= limit:
        return tuple(map(v.Const, value.numbers))
    if isinstance(value, v.Dict) and value.rest is None:
        return tuple(v.Const(key) for key, _ in value.items)
    if isinstance(value, (v.Array, v.NumPyArray)) and value.shape and value.shape[0] is not None:
        return _elements(value, value.shape[0]) if value.shape[0] <= limit else None
    return None


def size_of(value: v.Value) -> int | None:
    """How many elements iterating over a value gives, where that is known."""
    if isinstance(value, v.Seq):
        return value.size
    if isinstance(value, v.Range):
        return value.length
    if isinstance(value, (v.Array, v.NumPyArray)):
        return value.shape[0] if value.shape else None
    items = items_of(value)
    return None if items is None else len(items)


def unpack(value: v.Value, count: int, starred: int | None) -> list[v.Value]:
    """The values that ``a, b = value`` (or ``a, *b = value``) binds, one for each of ``count`` targets."""
    if isinstance(value, v.Union):
        columns = zip(*(unpack(option, count, starred) for option in value.options), strict=True)
        return [v.join_all(column) for column in columns]
    items = items_of(value)
    if items is not None and starred is None and len(items) == count:
        return list(items)
    if items is not None and starred is not None and len(items) >= count - 1:
        after = count - starred - 1
        middle = items[starred : len(items) - after]
        return [*items[:starred], v.Seq("list", middle), *items[len(items) - after :]]
    after = 0 if starred is None else count - starred - 1
    return [
        v.Seq("list", None, _part(value, Each(within=Slice(index, -after or None))))
        if index == starred
        else _part(value, index if starred is None or index < starred else index - count)
        for index in range(count)
    ]


def _part(value: v.Value, part: int | Each) -> v.Value:
    """One element, or what stands for several, of a value of unknown length."""
    if isinstance(value, (v.Seq, v.Iter)):
        return element_at(v.alike(element(value)), part)
    one = value if isinstance(value, v.Tree) else element(value)
    return with_identity(one, key_part(identity_of(value), part))


def _elements(value: v.Array | v.NumPyArray, count: int) -> tuple[v.Value, ...]:
    """The elements along the first axis; of keys each is another one."""
    one = element(value)
    identity = identity_of(value)
    if identity is None:
        return (one,) * count
    return tuple(with_identity(one, key_part(identity, index)) for index in range(count))


def _keys(value: v.Dict) -> v.Value:
    if value.rest is None and value.items:
        return v.join_all(v.Const(key) for key, _ in value.items)
    kinds = {type(key).__name__ for key, _ in value.items}
    return v.Static(kinds.pop()) if len(kinds) == 1 and value.rest is None else v.Static(None)
