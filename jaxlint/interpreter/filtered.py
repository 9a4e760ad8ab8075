"""Pytrees that equinox takes apart by a filter and puts together again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter import pytrees

if TYPE_CHECKING:
    from collections.abc import Callable

    from jaxlint.interpreter.frameworks import LibraryCall

_NONE = v.Const(None)
_REST = "equinox.Rest"
_ONLY_ARRAYS = (v.Library("equinox.is_array"), v.Library("equinox.is_inexact_array"))


def partitioned(call: LibraryCall) -> v.Value:
    """The arrays of a pytree, and the rest of it, of which the pytree itself is remembered."""
    whole = call.get("pytree") or v.UNKNOWN
    rest = v.LibraryInstance(_REST, (("pytree", whole),)) if _takes_arrays(call) else v.UNKNOWN
    return v.Seq("tuple", (kept(call), rest))


def kept(call: LibraryCall) -> v.Value:
    """A pytree in which None stands for each leaf that the filter leaves out."""
    whole = call.get("pytree") or v.UNKNOWN
    if call.args.kw.get("inverse", v.Const(value=False)) != v.Const(value=False):
        return v.UNKNOWN
    return pytrees.map_leaves(whole, _array_or_none) if _takes_arrays(call) else whole


def combined(call: LibraryCall) -> v.Value:
    """The part that is known stands for the whole; the rest fills in what it left out."""
    known: v.Value | None = next((part for part in call.args.pos if isinstance(part, v.Instance)), None)
    if known is None:
        return call.tree()
    for part in call.args.pos:
        whole = part.get("pytree") if isinstance(part, v.LibraryInstance) and part.dotted == _REST else None
        known = known if whole is None else _filled(known, whole)
    return known


def _takes_arrays(call: LibraryCall) -> bool:
    return call.get("filter_spec") in _ONLY_ARRAYS and "replace" not in call.args.kw


def _array_or_none(leaf: v.Value) -> v.Value:
    """Settings are no arrays: numbers, texts and functions."""
    return _NONE if isinstance(leaf, (v.Const, v.Static, v.Function, v.Library)) else leaf


def _filled(part: v.Value, whole: v.Value) -> v.Value:
    if part == _NONE:
        return whole
    if isinstance(part, v.Instance) and isinstance(whole, v.Instance) and part.cls is whole.cls:
        fields = dict(whole.fields)
        return replace(part, fields=tuple((name, _at(fields.get(name), one)) for name, one in part.fields))
    if isinstance(part, v.Seq) and isinstance(whole, v.Seq):
        if part.items is not None and whole.items is not None and len(part.items) == len(whole.items):
            return replace(part, items=tuple(map(_filled, part.items, whole.items)))
        if part.items is None and whole.items is None:
            return replace(part, element=_filled(part.element, whole.element))
    if isinstance(part, v.Dict) and isinstance(whole, v.Dict):
        return replace(part, items=tuple((key, _at(whole.get(key), one)) for key, one in part.items))
    return part


def _at(whole: v.Value | None, part: v.Value) -> v.Value:
    return part if whole is None else _filled(part, whole)


RULES: dict[str, Callable[[LibraryCall], v.Value]] = {
    "combined": combined,
    "filtered": kept,
    "partitioned": partitioned,
}
"""What the tables call ``%word``."""
