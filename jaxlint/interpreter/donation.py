"""Arguments that a compiled function was given for good, and the reads of them that follow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import DonatedRead
from jaxlint.interpreter import entry
from jaxlint.interpreter.running import constants
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name
from jaxlint.syntax.walk import children

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

KEY = " donated"
"""The variable that holds what was donated on the way to here; no name of a program has a blank."""

# Attributes and functions that need no numbers, and so work on a deleted array.
_METADATA = frozenset(
    """shape dtype ndim size nbytes itemsize aval sharding weak_type is_deleted delete""".split()
)
_HARMLESS = frozenset(
    """len isinstance type id shape ndim size zeros_like ones_like empty_like full_like eval_shape result_type
    is_deleted ShapeDtypeStruct hasattr iscomplexobj""".split()
)


def donate(
    machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node, result: v.Value
) -> None:
    """Note the arguments of a call that are donated."""
    if frame.trace.stage or machine.is_muted:
        return
    for key, value in _donated(callee, args):
        path = path_of(args.node(key))
        if not path or isinstance(value, (v.NumPyArray, v.Const, v.Static)):
            continue
        machine.has_donations = True
        before = frame.env.get(KEY)
        items = before.items if isinstance(before, v.Donations) else ()
        place = v.Place(frame.module, node)
        is_deleted = _is_taken(value, result)
        kept = tuple(item for item in items if item.path != path)
        frame.env[KEY] = v.Donations((*kept, v.Donation(path, place, is_deleted)))


def _donated(callee: v.Transformed, args: Args) -> Iterator[tuple[int | str, v.Value]]:
    """The donated arguments of a call, by position or name."""
    numbers = constants(callee.option("donate_argnums"), int)
    names = constants(callee.option("donate_argnames"), str)
    if numbers is None or names is None or callee.option("**") is not None or not (numbers or names):
        return
    positional, _ = entry.parameter_names(callee.function)
    numbers = {number % len(positional) if number < 0 and positional else number for number in numbers}
    names = names | {positional[number] for number in numbers if number < len(positional)}
    for index, value in enumerate(args.pos):
        if index in numbers or (index < len(positional) and positional[index] in names):
            yield index, value
    for name, value in args.kw.items():
        if name in names:
            yield name, value


def _is_taken(value: v.Value, result: v.Value) -> bool:
    """Whether an output is known to fit the memory of the argument, or of a part: JAX deletes no other."""
    outputs = {_size(leaf) for leaf in _leaves(result)} - {None}
    return any(_size(leaf) in outputs for leaf in _leaves(value))


def _leaves(value: v.Value) -> Iterator[v.Value]:
    """What is certainly in a container."""
    if isinstance(value, v.Seq):
        parts = value.items if value.items is not None else (value.element,)
    elif isinstance(value, v.Dict):
        parts = tuple(entry_value for _, entry_value in value.items)
    else:
        yield value
        return
    for part in parts:
        yield from _leaves(part)


def _size(value: v.Value) -> object | None:
    """What two arrays, or two objects that hold some, have in common if they are of one size."""
    if isinstance(value, v.Instance):
        return value.cls.node
    if isinstance(value, v.LibraryInstance):
        return value.dotted
    if isinstance(value, v.Tree):
        return "tree"
    return _bytes(value)


def _bytes(value: v.Value) -> int | None:
    if not isinstance(value, v.Array) or value.shape is None or None in value.shape or value.dtype is None:
        return None
    digits = value.dtype.name.lstrip("biufc")
    size = 8 if value.dtype.name == "bool" else int(digits) if digits.isdigit() else None
    return None if size is None else math.prod((size, *(length or 0 for length in value.shape)))


def path_of(node: n.Node | None) -> str:
    """``x`` or ``self.state`` as text; empty for any other expression."""
    if isinstance(node, n.Name):
        return node.id
    if isinstance(node, n.Attribute):
        base = path_of(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def on_read(machine: Machine, frame: Frame, node: n.Expr) -> None:
    """A variable or attribute is read."""
    donations = frame.env.get(KEY)
    if not isinstance(donations, v.Donations):
        return
    path = path_of(node)
    for donation in donations.items:
        if donation.path == path and node in _reads(frame.code, path):
            machine.report(DonatedRead(node, frame, path, donation.place, donation.is_deleted))


def on_store(frame: Frame, path: str) -> None:
    """A variable or attribute gets another value."""
    donations = frame.env.get(KEY)
    if path and isinstance(donations, v.Donations):
        inside = path + "."
        left = tuple(
            item for item in donations.items if item.path != path and not item.path.startswith(inside)
        )
        frame.env[KEY] = v.Donations(left)


def _reads(code: n.Code, path: str) -> set[n.Node]:
    """The places of a function that need the numbers of ``path``."""
    return code.remember(f"{KEY}: {path}", lambda code: set(_find_reads(code, path)))


def _find_reads(code: n.Code, path: str) -> Iterator[n.Node]:
    pending: list[tuple[Any, tuple[Any, ...]]] = [(code, ())]
    while pending:
        node, around = pending.pop()
        if path_of(node) == path and _needs_numbers(around):
            yield node
        pending.extend((child, (node, *around[:_LOOK_UP])) for child in children(node))


_LOOK_UP = 6
"""So many nodes around a read tell what it is for."""


def _needs_numbers(around: tuple[Any, ...]) -> bool:
    """Whether what stands around an expression, the innermost first, has to look into its arrays."""
    parent: Any = around[0] if around else None
    above: Any = around[1] if len(around) > 1 else None
    if isinstance(parent, n.Subscript) and not _is_of_array(parent.index):
        return _needs_numbers(around[1:])  # an entry of a dict
    if isinstance(parent, n.Attribute):
        # A method of an object, and a static field, may have nothing to do with its arrays.
        is_called = isinstance(above, n.Call) and above.func is parent
        return parent.attr not in _METADATA and (not is_called or parent.attr in _ARRAY_METHODS)
    if isinstance(parent, n.Argument):
        return not isinstance(above, n.Call) or not _is_harmless(above)
    if isinstance(parent, n.Compare):
        return not any(op in ("is", "is not") for op in parent.ops)
    return isinstance(parent, (n.Binary, n.Unary, n.Subscript, n.Formatted, n.For, n.AugAssign, n.Return))


def _is_of_array(index: n.Expr) -> bool:
    """Whether an index is one for arrays, and no key of a dict."""
    is_text = isinstance(index, n.LiteralValue) and isinstance(index.value, str)
    return not is_text and not isinstance(index, (n.Name, n.Attribute))


def _is_harmless(call: n.Call) -> bool:
    """Whether a function needs no numbers, or is mapped over leaves of which it needs none."""
    first = call.args[0].value if call.args else None
    if isinstance(first, n.Lambda) and first.code.params:
        return not _reads(first.code, first.code.params[0].name)
    return last_name(call.func) in _HARMLESS


_ARRAY_METHODS = frozenset(
    """sum mean max min std var astype reshape copy item tolist block_until_ready at dot flatten ravel
    transpose squeeze argmax argmin any all prod""".split()
)
