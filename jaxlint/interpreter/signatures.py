"""Comparing two values as pytrees, leaf by leaf: what goes into control flow with what comes out of it.

Only what is certain counts: a leaf, a length, a shape or a dtype that is not known differs from nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from jaxlint import values as v
from jaxlint.interpreter import entry
from jaxlint.interpreter.operators import shape_and_dtype
from jaxlint.knowledge.dtypes import promote

_NUMBERS = (bool, int, float, complex)
_NUMBER_NAMES = frozenset(kind.__name__ for kind in _NUMBERS)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two pytrees differ: the path from their roots (``[1].position``), and what each has there."""

    path: str
    left: str
    right: str


# --- what a value is, as a pytree ----------------------------------------------------------------


def kind_of(value: v.Value) -> object | None:
    """What sort of node or leaf JAX sees in a value; None where that is not known.

    It is ``"array"``, ``"None"``, ``"tuple"``, ``"list"``, ``"dict"``, or the definition of a class.
    """
    if isinstance(value, (v.Array, v.NumPyArray)):
        return "array"
    if isinstance(value, v.Const):
        return "None" if value.value is None else "array" if isinstance(value.value, _NUMBERS) else None
    if isinstance(value, v.Static):
        return "array" if value.kind in _NUMBER_NAMES else None
    if isinstance(value, v.Seq) and value.cls is not None:
        return value.cls.node if value.items is not None else None  # of many, joined, little is certain
    if isinstance(value, v.Seq):
        return value.kind if value.kind in ("tuple", "list") else None
    if isinstance(value, v.Dict):
        return "dict"
    if isinstance(value, v.Instance) and "pytree" in value.cls.traits and not value.is_open:
        return value.cls.node
    return None


def children(value: v.Value) -> list[tuple[Any, str, v.Value]] | None:
    """The parts of a node, each with a key to pair them by and its step of the path; None where not known."""
    if isinstance(value, v.Seq):
        if value.items is None:
            return None
        names = _field_names(value)
        steps = [f".{name}" for name in names] or [f"[{index}]" for index in range(len(value.items))]
        return [
            (index, step, item) for index, (step, item) in enumerate(zip(steps, value.items, strict=True))
        ]
    if isinstance(value, v.Dict):
        return None if value.rest is not None else [(key, f"[{key!r}]", part) for key, part in value.items]
    if isinstance(value, v.Instance) and "pytree" in value.cls.traits and "custom" not in value.cls.traits:
        seen = value.cls.seen_by_jax(value.fields)
        return [(name, f".{name}", part) for name, part in value.fields if name in seen]
    return None


def leaves(value: v.Value) -> Iterator[v.Value]:
    """The parts of a pytree that are certainly there, and that JAX does not take apart."""
    parts = children(value)
    if parts is None:
        yield value
    for _, _, part in parts or ():
        yield from leaves(part)


def _field_names(value: v.Seq) -> list[str]:
    if value.cls is None or value.items is None:
        return []
    names = [name for name, _, _ in value.cls.fields or ()]
    return names if len(names) == len(value.items) else []


def describe(value: v.Value) -> str:
    """A pytree in a few words: ``f32[3]``, ``a tuple of 2``, ``None``."""
    kind = kind_of(value)
    if kind == "array":
        shape, dtype = shape_and_dtype(value)
        sizes = "…" if shape is None else ",".join("?" if size is None else str(size) for size in shape)
        return f"`{dtype.name if dtype is not None else '?'}[{sizes}]`"
    if kind == "None":
        return "`None`"
    if isinstance(value, v.Seq) and value.cls is None:
        return f"a {value.kind}" + (f" of {len(value.items)}" if value.items is not None else "")
    if isinstance(value, v.Dict):
        keys = ", ".join(repr(key) for key, _ in value.items)
        return f"a dict with `{keys}`" if value.items and value.rest is None else "a dict"
    cls = getattr(value, "cls", None)
    return f"a `{cls.name}`" if cls is not None else "something else"


# --- comparing -----------------------------------------------------------------------------------


def differences(left: v.Value, right: v.Value, path: str = "") -> Iterator[Difference]:
    """Where two values certainly differ as pytrees: in structure, shape or dtype, weak types aside."""
    kind, other = kind_of(left), kind_of(right)
    if kind is None or other is None:
        return
    if kind != other:
        yield Difference(path, describe(left), describe(right))
    elif kind == "array":
        if _differ(left, right):
            yield Difference(path, describe(left), describe(right))
    else:
        yield from _differences_inside(left, right, path)


def _differences_inside(left: v.Value, right: v.Value, path: str) -> Iterator[Difference]:
    parts, others = children(left), children(right)
    if parts is None or others is None:
        return
    matching = {key: part for key, _, part in others}
    if not isinstance(left, v.Instance) and {key for key, _, _ in parts} != set(matching):
        yield Difference(path, describe(left), describe(right))
        return
    for key, step, part in parts:
        if key in matching:
            yield from differences(part, matching[key], path + step)


def _differ(left: v.Value, right: v.Value) -> bool:
    """Whether two arrays have different shapes or dtypes."""
    (shape, dtype), (other, dtype_of_other) = shape_and_dtype(left), shape_and_dtype(right)
    if dtype is not None and dtype_of_other is not None and dtype.name != dtype_of_other.name:
        return True
    if shape is None or other is None:
        return False
    pairs = zip(shape, other, strict=False)
    return len(shape) != len(other) or any(None not in (a, b) and a != b for a, b in pairs)


# --- carries -------------------------------------------------------------------------------------


def promoted(start: v.Value, out: v.Value) -> v.Value:
    """What a loop starts with after JAX has promoted the weakly typed leaves that come out otherwise.

    A carry ``0`` that the body makes ``f32`` starts as ``f32``. JAX looks once; so does this.
    """

    def leaf(one: v.Value, other: v.Value) -> v.Value:
        if not isinstance(one, v.Array) or one.dtype is None or not one.dtype.weak:
            return one
        if kind_of(other) != "array":
            return replace(one, dtype=None) if kind_of(other) is None else one
        dtype = shape_and_dtype(other)[1]
        if dtype is None:
            return replace(one, dtype=None)
        if not _differ(one, other):
            return one
        common = promote(one.dtype, dtype)
        return replace(one, dtype=common and common._replace(weak=False))

    return map_pair(start, out, leaf)


def settled(carry: v.Value, out: v.Value) -> v.Value:
    """What a step gives, as the next step gets it: a carry keeps its own weak or strong type."""

    def leaf(one: v.Value, other: v.Value) -> v.Value:
        if not (isinstance(one, v.Array) and isinstance(other, v.Array) and one.dtype and other.dtype):
            return one
        return replace(one, dtype=other.dtype) if one.dtype.name == other.dtype.name else one

    return map_pair(out, carry, leaf)


def filled(value: v.Value, other: v.Value) -> v.Value:
    """``value`` with the structure of ``other`` where its own is not known: JAX keeps the type of a carry."""

    def leaf(one: v.Value, other: v.Value) -> v.Value:
        is_known = isinstance(other, (v.Seq, v.Dict, v.Instance))
        return other if is_known and isinstance(one, (v.Tree, v.Unknown)) else one

    return map_pair(value, other, leaf)


def map_pair(value: v.Value, other: v.Value, leaf: Callable[[v.Value, v.Value], v.Value]) -> v.Value:
    """Apply ``leaf`` to the arrays of ``value``, and to what is not known, with what ``other`` has there."""
    if kind_of(value) == "array" or isinstance(value, (v.Tree, v.Unknown)):
        return leaf(value, other)
    others = {key: part for key, _, part in children(other) or ()} if kind_of(value) == kind_of(other) else {}
    if isinstance(value, v.Seq) and value.items is not None:
        items = tuple(map_pair(item, others.get(at, v.UNKNOWN), leaf) for at, item in enumerate(value.items))
        return replace(value, items=items)
    if isinstance(value, v.Dict):
        entries = tuple((key, map_pair(part, others.get(key, v.UNKNOWN), leaf)) for key, part in value.items)
        return replace(value, items=entries)
    if isinstance(value, v.Instance):
        fields = tuple(
            (name, map_pair(part, others.get(name, v.UNKNOWN), leaf)) for name, part in value.fields
        )
        return replace(value, fields=fields)
    return value


# --- callbacks -----------------------------------------------------------------------------------


def definition(function: v.Value) -> v.Function | None:
    """The function of the project that runs in the end when a callback is called."""
    while isinstance(function, (v.Partial, v.Bound, v.Transformed)):
        function = function.function
    return function if isinstance(function, v.Function) else None


def arity_problem(function: v.Value, count: int) -> str | None:
    """Why a function cannot be called with ``count`` positional arguments; None where it can, or may."""
    named: set[str] = set()
    while isinstance(function, (v.Partial, v.Bound, v.Transformed)):
        if isinstance(function, v.Partial):
            named |= {name for name, _ in function.kwargs}
            count += len(function.args)
        count += isinstance(function, v.Bound)
        function = function.function
    if not isinstance(function, v.Function):
        return None
    params = function.code.params
    positional = [param for param in params if param.kind in ("pos", "normal")]
    if any(param.name in named for param in positional):
        return None
    least = sum(param.default is None for param in positional)
    most = None if any(param.kind == "*" for param in params) else len(positional)
    if count >= least and (most is None or count <= most):
        return None
    return f"takes {_count(least, most)}"


def _count(least: int, most: int | None) -> str:
    number = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
    return f"{number} argument" + ("" if (least, most) == (1, 1) else "s")


def no_function(value: v.Value) -> bool:
    """Whether a value certainly cannot be called."""
    if isinstance(value, (v.Seq, v.Dict, v.NumPyArray, v.Array)):
        return not isinstance(value, v.Seq) or value.cls is None
    return isinstance(value, v.Const) or (isinstance(value, v.Static) and value.kind in _NUMBER_NAMES)


def is_no_pair(value: v.Value, *, takes_named: bool = False) -> bool:
    """Whether a value is certainly no tuple or list of two; a NamedTuple of two is one to some functions."""
    if isinstance(value, v.Seq) and value.kind in ("tuple", "list") and (takes_named or value.cls is None):
        return value.items is not None and len(value.items) != 2
    return kind_of(value) is not None


def parameter_name(function: v.Value, index: int, default: str) -> str:
    """The name of a positional parameter of a callback, or ``default``."""
    names, _ = entry.parameter_names(function)
    return names[index] if index < len(names) else default
