"""Variables and attribute paths (``x``, ``self.state``) as places that can be read and written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter.identities import rename
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine


def peek(machine: Machine, frame: Frame, path: n.Expr) -> v.Value | None:
    """The value at ``path``, or None where the expression is no path or nothing is there."""
    if isinstance(path, n.Name):
        return machine.lookup(frame, path.id)
    if isinstance(path, n.Walrus):
        return peek(machine, frame, path.target)
    if isinstance(path, n.Attribute):
        base = peek(machine, frame, path.value)
        return base.get(path.attr) if isinstance(base, v.Instance) else None
    return None


def assign_path(machine: Machine, frame: Frame, path: n.Expr, value: v.Value) -> None:
    """Write ``value`` to ``path``; does nothing where the expression is no path."""
    if isinstance(path, n.Name):
        assign_name(frame, path.id, value)
    elif isinstance(path, n.Walrus):
        assign_path(machine, frame, path.target, value)
    elif isinstance(path, n.Attribute):
        base = peek(machine, frame, path.value)
        if isinstance(base, v.Instance):
            assign_path(machine, frame, path.value, base.replace(path.attr, value))
    elif isinstance(path, n.Subscript):
        _assign_item(machine, frame, path, value)


def assign_name(frame: Frame, name: str, value: v.Value) -> None:
    """Bind a variable where Python would: here, in an enclosing function, or in the module."""
    code = frame.code
    if v.is_container(value):
        value = v.bounded(value)
    if name in code.bound or name in frame.env or frame.is_module:
        frame.env[name] = value
        return
    scope = frame.closure
    while scope is not None:
        if name in scope.env:
            scope.env[name] = _outlasting(frame, value)
            return
        scope = scope.closure
    if name not in code.global_names:
        frame.env[name] = value


def _outlasting(frame: Frame, value: v.Value) -> v.Value:
    """A value as the enclosing function keeps it: keys of this activation have no name there."""

    def change(identity: v.Identity, _path: tuple[object, ...]) -> v.Identity | None:
        own = any(key.root in frame.made or key.node in frame.code.params for key, _ in identity)
        return None if own else identity

    return rename(value, change)


def _assign_item(machine: Machine, frame: Frame, path: n.Subscript, value: v.Value) -> None:
    """Put ``value`` into the container at ``path.value``, as far as its content is known."""
    base = peek(machine, frame, path.value)
    index = machine.eval(frame, path.index) if isinstance(path.index, (n.LiteralValue, n.Name)) else v.UNKNOWN
    stored = with_item(base, index, value) if base is not None else None
    if stored is not None and stored is not base:
        assign_path(machine, frame, path.value, stored)


def with_item(base: v.Value, index: v.Value, value: v.Value) -> v.Value | None:
    """The container ``base`` after ``base[index] = value``; None where it is no container."""
    if isinstance(base, v.Dict):
        if isinstance(index, v.Const) and isinstance(index.value, (str, int)):
            others = tuple(item for item in base.items if item[0] != index.value)
            return v.Dict((*others, (index.value, value)), base.rest, base.home)
        rest = value if base.rest is None else v.join(base.rest, value)
        return v.Dict(tuple((key, v.join(entry, value)) for key, entry in base.items), rest, base.home)
    if isinstance(base, v.Seq) and base.kind == "list":
        return _with_element(base, index, value)
    return None


def _with_element(base: v.Seq, index: v.Value, value: v.Value) -> v.Seq:
    if base.items is None:
        return v.Seq("list", None, v.join(base.element, value), None, base.home)
    if (
        isinstance(index, v.Const)
        and isinstance(index.value, int)
        and -len(base.items) <= index.value < len(base.items)
    ):
        items = list(base.items)
        items[index.value] = value
        return v.Seq("list", tuple(items), home=base.home)
    if isinstance(index, (v.SliceValue, v.Unknown)):
        return v.Seq("list", None, v.UNKNOWN, home=base.home)
    return v.Seq("list", tuple(v.join(item, value) for item in base.items), home=base.home)


def names_in(target: n.Expr) -> Iterator[str]:
    """The variables that a target binds."""
    if isinstance(target, n.Name):
        yield target.id
    elif isinstance(target, n.Starred):
        yield from names_in(target.value)
    elif isinstance(target, n.Display):
        for element in target.elements:
            yield from names_in(element)
