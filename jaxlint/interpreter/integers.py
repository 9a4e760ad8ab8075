"""Integers that need 64 bits: where they come from, and where they enter JAX with 32."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import WideInteger
from jaxlint.interpreter.width import is_narrow, named_dtype, note_dtypes
from jaxlint.knowledge.dtypes import Dtype
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.binding import Args
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine
    from jaxlint.interpreter.unfit import Given
    from jaxlint.knowledge.functions import FunctionFacts

WIDE_INT = v.Static("int64")
"""A Python integer that takes more than 32 bits: a hash, an address."""

_SOURCES = frozenset({"builtins.hash", "builtins.id", "uuid.getnode"})
_MAKERS = frozenset("numpy.array numpy.asarray numpy.int64 numpy.uint64 numpy.full numpy.atleast_1d".split())
_FINE_TIMES = re.compile(r"[<>=]?(?:datetime64|timedelta64|[mM]8)\[(?:ms|us|ns|ps|fs|as)\]")
_LOW, _HIGH = -(2**31), 2**31 - 1
# These cut a Python integer to size without a word; others raise OverflowError (measured).
_CUTTING = frozenset({"jax.numpy.full", "jax.numpy.full_like", "jax.numpy.arange"})
_TAKEN = ("jax.numpy.", "jax.lax.", "jax.nn.", "jax.ops.")


def wide_integer_of(dotted: str) -> v.Value | None:
    """What a function of the standard library gives, where that is an integer of 64 bits."""
    return WIDE_INT if dotted in _SOURCES else None


def numpy_result(dotted: str, args: Args, result: v.Value) -> v.Value:
    """The array that NumPy makes, marked where its numbers or times take more than 32 bits."""
    if dotted not in _MAKERS or not isinstance(result, v.NumPyArray):
        return result
    dtype = args.kw.get("dtype", args.pos[1] if len(args.pos) > 1 and dotted != "numpy.full" else None)
    if isinstance(dtype, v.Const) and isinstance(dtype.value, str) and _FINE_TIMES.fullmatch(dtype.value):
        return v.NumPyArray(result.shape, None, wide=True)
    is_integer = result.dtype is None or result.dtype.name in ("i64", "u64")
    if is_integer and any(map(is_wide, args.pos)):
        return v.NumPyArray(result.shape, result.dtype, wide=True)
    return result


def wide_cast(receiver: v.NumPyArray, dtype: v.Value, result: v.NumPyArray) -> v.NumPyArray:
    """``x.astype(dtype)``: what takes 64 bits does so as an integer of that width."""
    is_kept = result.dtype is not None and result.dtype.name in ("i64", "u64")
    if receiver.wide and (is_kept or dtype == v.Library("builtins.int")):
        return v.NumPyArray(result.shape, result.dtype, wide=True)
    if isinstance(dtype, v.Const) and isinstance(dtype.value, str) and _FINE_TIMES.fullmatch(dtype.value):
        return v.NumPyArray(result.shape, None, wide=True)
    return result


def is_wide(value: v.Value) -> bool:
    """Whether a value certainly holds an integer that 32 bits do not."""
    if isinstance(value, v.Const):
        return isinstance(value.value, int) and not _LOW <= value.value <= _HIGH
    if isinstance(value, v.Seq) and value.kind in ("list", "tuple"):
        items = value.items if value.items is not None else (value.element,)
        is_float = any(isinstance(item, v.Const) and isinstance(item.value, float) for item in items)
        return not is_float and any(map(is_wide, items))
    return value == WIDE_INT or (isinstance(value, v.NumPyArray) and value.wide)


def note_widths(machine: Machine, frame: Frame, facts: FunctionFacts, given: Given, node: n.Node) -> None:
    """Dtypes of 64 bits that a function of JAX is asked for, and integers that need them."""
    note_dtypes(machine, frame, facts, given, node)
    if not facts.name.startswith(_TAKEN) or facts.returns == "static":
        return
    asked = named_dtype(given["dtype"].value if "dtype" in given else v.Library(facts.name))
    for name, argument in given.items():
        if name != "dtype" and is_wide(argument.value) and not _fits(argument.value, asked):
            is_cut = facts.name in _CUTTING or isinstance(argument.value, v.NumPyArray)
            note(machine, frame, argument.node or node, is_cut=is_cut)


def note_operation(
    machine: Machine, frame: Frame, op: str, left: v.Value, right: v.Value, node: n.Node
) -> None:
    """``array op value``."""
    if op == "**":
        return
    for value, other in ((left, right), (right, left)):
        if isinstance(other, v.Array) and is_wide(value):
            note(machine, frame, node, is_cut=isinstance(value, v.NumPyArray))


def note(machine: Machine, frame: Frame, place: n.Node, *, is_cut: bool) -> None:
    """Report an integer that loses its upper half, or is refused."""
    if is_narrow(machine, frame.module):
        machine.report(WideInteger(place, frame, is_cut))


def _fits(value: v.Value, asked: Dtype | None) -> bool:
    """Whether a dtype that is asked for holds the value, or is reported itself."""
    if asked is None:
        return False
    if asked.kind in ("f", "c") or asked.name in ("i64", "u64"):
        return True
    return asked.name == "u32" and isinstance(value, v.Const) and 0 <= value.value < 2**32
