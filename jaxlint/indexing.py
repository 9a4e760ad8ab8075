"""The shape of ``array[index]``."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlint import values as v
from jaxlint.knowledge import shapes


def parts_of(index: v.Value) -> tuple[v.Value, ...] | None:
    """The parts of an index, one for each axis or new axis; None where their number is not known."""
    if isinstance(index, v.Seq) and index.kind == "tuple":
        return index.items
    return None if index is v.UNKNOWN or isinstance(index, (v.Union, v.Tree)) else (index,)


def indexed_shape(shape: v.Shape, index: v.Value) -> v.Shape:
    """The shape of an array of ``shape`` after ``[index]``; None where that is not known."""
    parts = parts_of(index)
    if shape is None or parts is None:
        return None
    if any(_consumes(part) is None for part in parts):
        return None
    result: list[int | None] = []
    advanced: list[v.Shape] = []
    position: int | None = None
    for part, size in align(shape, parts):
        if isinstance(part, v.SliceValue):
            result.append(_sliced(size, part))
        elif part is None or _is_ellipsis(part):
            result.append(size)
        elif part == v.Const(None):
            result.append(1)
        else:
            part_shape = _shape_of_part(part)
            if part_shape != ():
                advanced.append(part_shape)
                position = len(result) if position is None else position
    if len(advanced) > 1 and position is not None:
        return None
    if advanced and position is not None:
        if advanced[0] is None:
            return None
        result[position:position] = advanced[0]
    return tuple(result)


def align(
    shape: tuple[int | None, ...], parts: tuple[v.Value, ...]
) -> Iterator[tuple[v.Value | None, int | None]]:
    """Pair each part with the size of its axis; axes that no part names come with None.

    Nothing comes where a part is not known, or where there are more parts than axes, which is an error
    that JAX reports by itself.
    """
    consumed = [_consumes(part) for part in parts]
    if None in consumed and len(parts) == len(shape):
        consumed = [1] * len(parts)  # as many parts as axes: each takes one
    named = sum(one or 0 for one in consumed)
    if None in consumed or named > len(shape) or sum(map(_is_ellipsis, parts)) > 1:
        return
    free = len(shape) - named
    axis = 0
    has_ellipsis = any(map(_is_ellipsis, parts))
    for part in parts:
        if _is_ellipsis(part):
            for _ in range(free):
                yield None, shape[axis]
                axis += 1
        elif part == v.Const(None):
            yield part, None
        else:
            yield part, shape[axis]
            axis += 1
    if not has_ellipsis:
        for size in shape[axis:]:
            yield None, size


def _is_ellipsis(part: v.Value | None) -> bool:
    return isinstance(part, v.Const) and part.value is ...


def _consumes(part: v.Value) -> int | None:
    """How many axes a part of an index takes; None where that is not known."""
    if _is_ellipsis(part) or part == v.Const(None):
        return 0
    if isinstance(part, (v.Array, v.NumPyArray)):
        known = part.shape is not None and part.dtype is not None and part.dtype.name != "bool"
        return 1 if known else None
    if isinstance(part, v.Const):
        return 1 if isinstance(part.value, int) and not isinstance(part.value, bool) else None
    if isinstance(part, v.Static):
        return 1 if part.kind == "int" else None
    return 1 if isinstance(part, v.SliceValue) else None


def _shape_of_part(part: v.Value) -> v.Shape:
    return part.shape if isinstance(part, (v.Array, v.NumPyArray)) else ()


def _sliced(size: int | None, part: v.SliceValue) -> int | None:
    bounds = (part.lower, part.upper, part.step)
    if not all(
        isinstance(bound, v.Const) and (bound.value is None or isinstance(bound.value, int))
        for bound in bounds
    ):
        return None
    start, stop, step = (bound.value for bound in bounds)  # type: ignore[attr-defined]  # constants, as checked
    is_possible = step != 0 and (size is None or size >= 0)
    return shapes.slice_length(size, slice(start, stop, step)) if is_possible else None
