"""Values as pytrees: what JAX makes of an argument when it traces it, and of a result when it returns it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from jaxlint import values as v
from jaxlint.interpreter.histories import Each
from jaxlint.interpreter.identities import identity_of, key_part, with_identity
from jaxlint.interpreter.operators import shape_and_dtype
from jaxlint.knowledge.dtypes import canonical

Leaf = Callable[[v.Value], v.Value]


def map_leaves(value: v.Value, leaf: Leaf) -> v.Value:
    """Apply ``leaf`` to every part of ``value`` that JAX does not take apart."""
    if isinstance(value, v.Union):
        return v.join_all([map_leaves(option, leaf) for option in value.options])
    if isinstance(value, v.Seq) and value.kind in ("tuple", "list"):
        if value.items is None:
            return v.Seq(value.kind, None, map_leaves(value.element, leaf), value.cls)
        return v.Seq(value.kind, tuple(map_leaves(item, leaf) for item in value.items), v.UNKNOWN, value.cls)
    if isinstance(value, v.Dict):
        items = tuple((key, map_leaves(entry, leaf)) for key, entry in value.items)
        return v.Dict(items, None if value.rest is None else map_leaves(value.rest, leaf))
    if isinstance(value, v.Instance) and "pytree" in value.cls.traits:
        return _map_fields(value, leaf)
    if isinstance(value, v.LibraryInstance) and value.fields:
        # Modules and distributions hold arrays beside settings.
        fields = tuple((name, _only_arrays(entry, leaf)) for name, entry in value.fields)
        return v.LibraryInstance(value.dotted, fields)
    return leaf(value)


def _map_fields(value: v.Instance, leaf: Leaf) -> v.Instance:
    if value.cls.data_fields is None and "custom" in value.cls.traits:
        # ``tree_flatten`` decides what JAX sees; without reading it nothing is certain of the fields.
        return _opaque(value, leaf)
    seen = value.cls.seen_by_jax(value.fields)
    fields = tuple((name, map_leaves(entry, leaf) if name in seen else entry) for name, entry in value.fields)
    return v.Instance(value.cls, fields, value.is_open)


def _opaque(value: v.Instance, leaf: Leaf) -> v.Instance:
    fields = tuple((name, _only_arrays(entry, leaf)) for name, entry in value.fields)
    return v.Instance(value.cls, fields, value.is_open)


def _only_arrays(value: v.Value, leaf: Leaf) -> v.Value:
    kinds = (v.Array, v.NumPyArray, v.Tree, v.Instance)
    return map_leaves(value, lambda one: leaf(one) if isinstance(one, kinds) else one)


def trace_argument(value: v.Value, stage: v.Stage, origin: v.Origin, unknown: v.Value) -> v.Value:
    """An argument as the traced function sees it; ``unknown`` stands for leaves of which nothing is known."""

    def leaf(one: v.Value) -> v.Value:
        if isinstance(one, v.Array):
            return v.Array(max(stage, one.stage), one.shape, one.dtype, origin, one.key, one.bounds)
        if isinstance(one, v.Tree):
            if isinstance(unknown, (v.Array, v.Tree)):
                return replace(unknown, stage=max(stage, one.stage), key=one.key)
            return unknown
        if isinstance(one, v.NumPyArray):
            return v.Array(stage, one.shape, canonical(one.dtype), origin)
        if isinstance(one, v.Const) and isinstance(one.value, (bool, int, float, complex)):
            return v.Array(stage, (), shape_and_dtype(one)[1], origin)
        if _is_number(one):
            return v.Array(stage, (), shape_and_dtype(one)[1], origin)
        if isinstance(one, v.Unknown):
            return with_identity(unknown, identity_of(one))
        return unknown if one == v.Static(None) else one

    return map_leaves(_as_mapped(value), leaf)


def _as_mapped(value: v.Value) -> v.Value:
    """A pytree whose fields are annotated as numbers may hold arrays of them: `vmap` makes such."""
    if isinstance(value, v.Union):
        return v.join_all(list(map(_as_mapped, value.options)))
    if not (isinstance(value, v.Instance) and value.is_open) or "pytree" not in value.cls.traits:
        return value
    if "custom" in value.cls.traits:
        return value
    seen = value.cls.seen_by_jax(value.fields)

    def mapped(name: str, entry: v.Value) -> v.Value:
        return v.Array(v.Stage.CONCRETE) if _is_number(entry) and name in seen else _as_mapped(entry)

    return replace(value, fields=tuple((name, mapped(name, entry)) for name, entry in value.fields))


def _is_number(value: v.Value) -> bool:
    return isinstance(value, v.Static) and value.kind in ("bool", "int", "float", "complex")


def trace_arrays(value: v.Value, stage: v.Stage, origin: v.Origin, unknown: v.Value) -> v.Value:
    """An argument of a transformation that traces arrays only and leaves the rest as it is."""

    def leaf(one: v.Value) -> v.Value:
        if isinstance(one, (v.Array, v.NumPyArray, v.Tree)):
            return trace_argument(one, stage, origin, unknown)
        return with_identity(unknown, identity_of(one)) if isinstance(one, v.Unknown) else one

    return map_leaves(value, leaf)


def returned(
    value: v.Value, stage: v.Stage, origin: v.Origin | None, *, keeps_numbers: bool = False
) -> v.Value:
    """A result as the caller of the traced function sees it: arrays at the caller's stage.

    Python numbers become arrays as well, except in what ``grad`` hands through beside the value. What is
    followed stays that, and does not spread to what came with it.
    """
    stage = min(stage, v.Stage.TRACED)

    def leaf(one: v.Value) -> v.Value:
        own = getattr(one, "stage", stage)
        if own > v.Stage.TRACED:
            return replace(one, origin=origin)  # type: ignore[type-var]  # an Array or a Tree
        if isinstance(one, (v.Array, v.NumPyArray)):
            dtype = canonical(one.dtype) if isinstance(one, v.NumPyArray) else one.dtype
            return v.Array(stage, one.shape, dtype, origin if stage else None, identity_of(one))
        if isinstance(one, v.Tree):
            return v.Tree(stage, origin, one.key) if stage else with_identity(v.UNKNOWN, one.key)
        if isinstance(one, v.Instance):
            # JAX returns pytrees only: the class is one in a way that its definition does not show.
            return _opaque(one, leaf)
        if keeps_numbers:
            return one
        if isinstance(one, v.Const) and isinstance(one.value, (bool, int, float, complex)):
            return v.Array(stage, (), shape_and_dtype(one)[1], origin if stage else None)
        if isinstance(one, v.Static) and one.kind in ("bool", "int", "float"):
            return v.Array(stage, (), shape_and_dtype(one)[1], origin if stage else None)
        return one

    return map_leaves(value, leaf)


def without_tracers(value: v.Value) -> v.Value:
    """A result for code that is not traced; tracers that static fields still hold are of no use there."""
    if isinstance(value, (v.Array, v.Tree)):
        return v.UNKNOWN if value.stage in (v.Stage.GRAD, v.Stage.TRACED) else value
    if isinstance(value, v.Union):
        return v.join_all(list(map(without_tracers, value.options)))
    if isinstance(value, v.Seq) and value.items is not None:
        return replace(value, items=tuple(map(without_tracers, value.items)))
    if isinstance(value, v.Dict):
        items = tuple((key, without_tracers(entry)) for key, entry in value.items)
        return replace(value, items=items, rest=None if value.rest is None else without_tracers(value.rest))
    if isinstance(value, v.Instance):
        fields = tuple((name, without_tracers(entry)) for name, entry in value.fields)
        return replace(value, fields=fields)
    return value


def inactive(value: v.Value) -> v.Value:
    """The same value, through which no gradient flows."""

    def leaf(one: v.Value) -> v.Value:
        if isinstance(one, (v.Array, v.Tree)) and one.origin is not None and one.origin.is_active:
            return replace(one, origin=replace(one.origin, is_active=False))
        return one

    return map_leaves(value, leaf)


def without_axis(value: v.Value, axis: int | None = 0) -> v.Value:
    """Each array without its mapped axis; ``axis`` None leaves it as it is.

    Of an array of keys one of them is left.
    """

    def leaf(one: v.Value) -> v.Value:
        if axis is None:
            return one
        if not isinstance(one, (v.Array, v.NumPyArray)):
            return one_of_many(one)
        shape = one.shape
        if shape is not None and -len(shape) <= axis < len(shape):
            position = axis % len(shape)
            one = replace(one, shape=shape[:position] + shape[position + 1 :])
        else:
            one = replace(one, shape=None)
        return one_of_many(one)

    return map_leaves(value, leaf)


def with_axis(value: v.Value, size: int | None) -> v.Value:
    """Each array with a leading axis of ``size``, as ``vmap`` and ``scan`` stack results."""

    def leaf(one: v.Value) -> v.Value:
        if isinstance(one, v.Array):
            return replace(one, shape=None if one.shape is None else (size, *one.shape))
        return one

    return map_leaves(value, leaf)


def axis_size(value: v.Value, axis: v.Value) -> int | None:
    """The length of one axis that the arrays of ``value`` agree on."""
    if not (isinstance(axis, v.Const) and isinstance(axis.value, int)):
        return None
    sizes: set[int | None] = set()

    def leaf(one: v.Value) -> v.Value:
        if isinstance(one, (v.Array, v.NumPyArray)):
            rank = len(one.shape) if one.shape is not None else 0
            sizes.add(one.shape[axis.value] if one.shape is not None and -rank <= axis.value < rank else None)
        return one

    map_leaves(value, leaf)
    known = sizes - {None}
    return known.pop() if len(known) == 1 else None


def leading_size(value: v.Value) -> int | None:
    """The length of the first axis that the arrays of ``value`` agree on."""
    sizes: set[int | None] = set()

    def leaf(one: v.Value) -> v.Value:
        if isinstance(one, (v.Array, v.NumPyArray)):
            sizes.add(one.shape[0] if one.shape else None)
        return one

    map_leaves(value, leaf)
    known = sizes - {None}
    return known.pop() if len(known) == 1 else None


def shapeless(value: v.Value) -> v.Value:
    """Each array with an unknown shape."""
    return map_leaves(value, lambda one: replace(one, shape=None) if isinstance(one, v.Array) else one)


def shape_of(value: v.Value) -> v.Shape:
    """The shape of what JAX makes an array of; None where it is not known, or no array."""
    return shape_and_dtype(value)[0]


def slices(value: v.Value) -> v.Value:
    """What is left of each array without some axis: of its shape nothing is known, of keys one is left."""
    return map_leaves(shapeless(value), one_of_many)


def one_of_many(leaf: v.Value) -> v.Value:
    """A leaf that stands for what each run of a mapped function gets: of keys, another one each time."""
    return with_identity(leaf, key_part(identity_of(leaf), Each()))
