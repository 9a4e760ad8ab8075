"""Shapes of array operations, computed as far as they are known.

A shape is a tuple of dimensions, `None` for an unknown one, or `None` where not even the rank is known.
What would raise (shapes that do not broadcast, an axis out of range) gives an unknown shape: it is JAX's
business to complain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce as fold
from math import isnan, prod
from types import EllipsisType
from typing import TypeAlias

Dim: TypeAlias = "int | None"
Shape: TypeAlias = "tuple[Dim, ...] | None"


def size(shape: Shape) -> Dim:
    """Return the number of elements."""
    if shape is None or (None in shape and 0 not in shape):
        return None
    return prod(dim for dim in shape if dim is not None) if 0 not in shape else 0


def add_dims(dims: Iterable[Dim]) -> Dim:
    """Return the sum of dimensions."""
    known = list(dims)
    return None if None in known else sum(dim for dim in known if dim is not None)


def multiply_dims(a: Dim, b: Dim) -> Dim:
    """Return the product of two dimensions."""
    return None if a is None or b is None else a * b


def normalize_axis(axis: int, rank: int) -> int | None:
    """Return an axis counted from the front, or None if there is none of that number."""
    return axis % rank if -rank <= axis < rank else None


def normalize_axes(axes: int | Iterable[int], rank: int) -> tuple[int, ...] | None:
    """Return axes counted from the front."""
    found = [normalize_axis(axis, rank) for axis in ([axes] if isinstance(axes, int) else axes)]
    return None if None in found else tuple(axis for axis in found if axis is not None)


def _broadcast_dim(a: Dim, b: Dim) -> Dim:
    if a in (1, b):
        return b
    if b == 1:
        return a
    return b if a is None else a if b is None else -1


def broadcast(a: Shape, b: Shape) -> Shape:
    """Return the shape to which two shapes broadcast."""
    if a is None or b is None:
        return None
    rank = max(len(a), len(b))
    dims = [
        _broadcast_dim(x, y)
        for x, y in zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)
    ]
    return None if -1 in dims else tuple(dims)


def broadcast_all(shapes: Iterable[Shape]) -> Shape:
    """Return the shape to which any number of shapes broadcast."""
    scalar: Shape = ()
    return fold(broadcast, shapes, scalar)


def reduce(shape: Shape, axis: int | Iterable[int] | None = None, keepdims: bool = False) -> Shape:
    """Return the shape after a reduction over one axis, several, or all (`None`)."""
    if shape is None:
        return () if axis is None and not keepdims else None
    axes = tuple(range(len(shape))) if axis is None else normalize_axes(axis, len(shape))
    if axes is None:
        return None
    if keepdims:
        return tuple(1 if place in axes else dim for place, dim in enumerate(shape))
    return tuple(dim for place, dim in enumerate(shape) if place not in axes)


def replace_axis(shape: Shape, axis: int, dims: Sequence[Dim]) -> Shape:
    """Return a shape with one axis replaced by others."""
    place = None if shape is None else normalize_axis(axis, len(shape))
    return None if shape is None or place is None else shape[:place] + tuple(dims) + shape[place + 1 :]


def matmul(a: Shape, b: Shape) -> Shape:
    """Return the shape of ``a @ b``."""
    if a is None or b is None or not a or not b:
        return None
    rows, columns = a[-2:-1], b[-1:] if len(b) > 1 else ()
    inner = b[-2] if len(b) > 1 else b[0]
    if None not in (a[-1], inner) and a[-1] != inner:
        return None
    batch = broadcast(a[:-2], b[:-2])
    return None if batch is None else batch + rows + columns


def dot(a: Shape, b: Shape) -> Shape:
    """Return the shape of ``jnp.dot(a, b)``: no batches, scalars multiply."""
    if a is None or b is None or not a or not b:
        return b if a == () else a if b == () else None
    return a[:-1] + (b[:-2] + b[-1:] if len(b) > 1 else ())


def tensordot(a: Shape, b: Shape, axes: int | Sequence[int | Sequence[int]]) -> Shape:
    """Return the shape of a sum over the last and first ``axes``, or over the two given lists of axes."""
    if a is None or b is None:
        return None
    if isinstance(axes, int):
        return a[: len(a) - axes] + b[axes:]
    first, second = (normalize_axes(part, len(shape)) for part, shape in zip(axes, (a, b), strict=True))
    left, right = reduce(a, first or ()), reduce(b, second or ())
    return None if first is None or second is None or left is None or right is None else left + right


def einsum(subscripts: str, shapes: Sequence[Shape]) -> Shape:
    """Return the shape of an einsum whose subscripts are letters only (no ellipsis)."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if "." in subscripts or len(terms) != len(shapes):
        return None
    if not arrow:
        output = "".join(sorted(letter for letter in set(inputs) - {","} if inputs.count(letter) == 1))
    dims: dict[str, Dim] = dict.fromkeys(output)
    for term, shape in zip(terms, shapes, strict=True):
        for letter, dim in zip(term, shape or (), strict=False):
            dims[letter] = dim if dims.get(letter) in (None, 1) else dims[letter]
    return tuple(dims[letter] for letter in output)


def concatenate(shapes: Sequence[Shape], axis: int | None = 0) -> Shape:
    """Return the shape of arrays joined along an axis, or flattened and joined (`None`)."""
    if axis is None:
        return (add_dims(size(shape) for shape in shapes),)
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return None
    rank = len(known[0])
    place = normalize_axis(axis, rank)
    if place is None or any(len(shape) != rank for shape in known):
        return None
    dims: list[Dim] = [
        next((shape[at] for shape in known if shape[at] is not None), None) for at in range(rank)
    ]
    dims[place] = add_dims(None if shape is None else shape[place] for shape in shapes)
    return tuple(dims)


def stack(shapes: Sequence[Shape], axis: int = 0) -> Shape:
    """Return the shape of arrays of one shape joined along a new axis."""
    known = [shape for shape in shapes if shape is not None]
    return expand_dims(known[0], axis, len(shapes)) if known else None


def at_least(shape: Shape, rank: int) -> Shape:
    """Return the shape with leading ones up to a rank of 1 or 2, as `atleast_1d` and `atleast_2d` do."""
    return None if shape is None else (1,) * (rank - len(shape)) + shape


def expand_dims(shape: Shape, axes: int | Sequence[int], dim: Dim = 1) -> Shape:
    """Return the shape with new axes at places counted in the result."""
    if shape is None:
        return None
    count = 1 if isinstance(axes, int) else len(axes)
    places = normalize_axes(axes, len(shape) + count)
    if places is None or len(set(places)) < count:
        return None
    rest = iter(shape)
    return tuple(dim if place in places else next(rest) for place in range(len(shape) + count))


def squeeze(shape: Shape, axes: int | Sequence[int] | None = None) -> Shape:
    """Return the shape without the given axes, or without all axes of length one."""
    if shape is None or (axes is None and None in shape):
        return None
    if axes is None:
        return tuple(dim for dim in shape if dim != 1)
    return reduce(shape, axes)


def reshape(shape: Shape, new: Sequence[Dim]) -> Shape:
    """Return a new shape with its ``-1`` worked out where the sizes are known."""
    if -1 not in new:
        return tuple(new)
    known = [dim for dim in new if dim != -1]
    whole, rest = size(shape), size(tuple(known))
    missing = whole // rest if whole is not None and rest and whole % rest == 0 else None
    return tuple(missing if dim == -1 else dim for dim in new)


def transpose(shape: Shape, axes: Sequence[int] | None = None) -> Shape:
    """Return the shape with its axes in another order, reversed by default."""
    if shape is None or axes is None:
        return None if shape is None else shape[::-1]
    places = normalize_axes(axes, len(shape))
    return None if places is None or len(places) != len(shape) else tuple(shape[place] for place in places)


def move_axes(shape: Shape, source: int | Sequence[int], destination: int | Sequence[int]) -> Shape:
    """Return the shape after `moveaxis`."""
    if shape is None:
        return None
    rank = len(shape)
    sources, targets = normalize_axes(source, rank), normalize_axes(destination, rank)
    if sources is None or targets is None or len(sources) != len(targets):
        return None
    order = [place for place in range(rank) if place not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    return transpose(shape, order)


def swap_axes(shape: Shape, one: int, other: int) -> Shape:
    """Return the shape with two axes exchanged."""
    return move_axes(shape, (one, other), (other, one))


def pad(shape: Shape, width: int | Sequence[int | Sequence[int]]) -> Shape:
    """Return the shape after padding by one width, one pair, or a pair for each axis."""
    if shape is None:
        return None
    if isinstance(width, int):
        return tuple(add_dims([dim, 2 * width]) for dim in shape)
    rows = [(row, row) if isinstance(row, int) else tuple(row) for row in width]
    if all(isinstance(row, int) for row in width):
        rows = [tuple(row for row in width if isinstance(row, int))]
    pairs = [row * 2 if len(row) == 1 else row for row in rows]
    pairs = pairs * len(shape) if len(pairs) == 1 else pairs
    if len(pairs) != len(shape):
        return None
    return tuple(add_dims([dim, *pair]) for dim, pair in zip(shape, pairs, strict=True))


def tile(shape: Shape, repeats: int | Sequence[Dim]) -> Shape:
    """Return the shape of an array repeated along each axis."""
    counts: tuple[Dim, ...] = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    if shape is None:
        return None
    rank = max(len(shape), len(counts))
    aligned = (1,) * (rank - len(shape)) + shape, (1,) * (rank - len(counts)) + counts
    return tuple(multiply_dims(dim, count) for dim, count in zip(*aligned, strict=True))


def diagonal(shape: Shape, offset: int = 0, one: int = 0, other: int = 1) -> Shape:
    """Return the shape of the diagonals of the matrices in two axes."""
    if shape is None or (rest := reduce(shape, (one, other))) is None:
        return None
    rows, columns = shape[one], shape[other]
    if rows is None or columns is None:
        return (*rest, None)
    return (*rest, max(0, min(rows + min(offset, 0), columns - max(offset, 0))))


def arange(start: float | None, stop: float | None = None, step: float | None = None) -> Shape:
    """Return the shape of ``arange`` with its arguments in order; pass `nan` for one that is not known."""
    low, high = (0, start) if stop is None else (start or 0, stop)
    step = 1 if step is None else step
    if high is None or step == 0 or any(isnan(value) for value in (low, high, step)):
        return (None,)
    return (max(0, int(-((low - high) // step))),)


@dataclass(frozen=True, slots=True)
class ArrayIndex:
    """An array (or list) used as an index: its shape, and whether it is a boolean mask."""

    shape: Shape
    mask: bool = False


Item: TypeAlias = "int | slice | EllipsisType | ArrayIndex | None"
"""One index: any integer (its value does not matter), a slice (with `...` for an unknown bound), `...`
itself, an array, or `None` for a new axis."""


def index(shape: Shape, items: Sequence[Item]) -> Shape:
    """Return the shape of ``x[items]``."""
    if shape is None:
        return None
    expanded = _expand_ellipsis(items, len(shape))
    if expanded is None:
        return None
    basic: list[Dim] = []
    arrays: list[Shape] = []
    places: list[tuple[int, int]] = []
    axis = 0
    for at, item in enumerate(expanded):
        if isinstance(item, (int, ArrayIndex)):
            places.append((at, len(basic)))
            arrays.append(_advanced(item))
        elif item is None:
            basic.append(1)
        elif isinstance(item, slice):
            basic.append(slice_length(shape[axis], item))
        axis += _consumed(item)
    if not any(isinstance(item, ArrayIndex) for item in expanded):
        return tuple(basic)
    adjacent = places[-1][0] - places[0][0] == len(places) - 1
    front, joined = places[0][1] if adjacent else 0, broadcast_all(arrays)
    return None if joined is None else (*basic[:front], *joined, *basic[front:])


def slice_length(dim: Dim, item: slice) -> Dim:
    """Return how many elements a slice takes of an axis."""
    if (
        item == slice(None)
        or dim is None
        or dim < 0
        or ... in (item.start, item.stop, item.step)
        or item.step == 0
    ):
        return dim if item == slice(None) else None
    return len(range(*item.indices(dim)))


def _consumed(item: Item) -> int:
    """How many axes of the array an index stands for."""
    if isinstance(item, ArrayIndex) and item.mask:
        return len(item.shape or ())
    return 0 if item is None else 1


def _advanced(item: int | ArrayIndex) -> Shape:
    if isinstance(item, int):
        return ()
    return (None,) if item.mask else item.shape


def _expand_ellipsis(items: Sequence[Item], rank: int) -> list[Item] | None:
    """The indices with whole slices for the axes that they leave out; None where that cannot be said."""
    if any(isinstance(item, ArrayIndex) and item.mask and item.shape is None for item in items):
        return None
    missing = rank - sum(_consumed(item) for item in items if item is not ...)
    if missing < 0:
        return None
    rest: list[Item] = [slice(None)] * missing
    if ... not in items:
        return [*items, *rest]
    at = items.index(...)
    return [*items[:at], *rest, *items[at + 1 :]]
