"""Words for the shapes of results: ``[shape."namespace"]`` of `words.toml`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from jaxlint.knowledge import shapes
from jaxlint.knowledge.operands import UNKNOWN, Arguments, UnknownArgumentError, dims, shape_of
from jaxlint.knowledge.shapes import Shape


def _axis(arguments: Arguments) -> Any:
    return arguments.get("axis", "axes", "dimension", "dimensions")


def _elementwise(arguments: Arguments) -> Shape:
    return shapes.broadcast_all(shape_of(value) for value in arguments.operands())


def _same(arguments: Arguments) -> Shape:
    return arguments.shape(0)


def _along(arguments: Arguments) -> Shape:
    """The first argument's shape, flattened if `axis` is None (`cumsum`, `sort`)."""
    return arguments.shape(0) if _axis(arguments) is not None else _ravel(arguments)


def _ravel(arguments: Arguments) -> Shape:
    return (shapes.size(arguments.shape(0)),)


def _reduce(arguments: Arguments) -> Shape:
    return shapes.reduce(arguments.shape(0), _axis(arguments), bool(arguments.get("keepdims")))


def _quantile(arguments: Arguments) -> Shape:
    reduced, levels = _reduce(arguments), arguments.shape(1)
    return None if levels is None or reduced is None else levels + reduced


def _creation(arguments: Arguments) -> Shape:
    return dims(arguments.get("shape", "dimensions"))


def _like(arguments: Arguments) -> Shape:
    shape = arguments.get("shape")
    return arguments.shape(0) if shape is None else dims(shape)


def _concatenate(arguments: Arguments) -> Shape:
    return shapes.concatenate([shape_of(item) for item in arguments.arrays()], _axis(arguments))


def _stack(arguments: Arguments) -> Shape:
    return shapes.stack([shape_of(item) for item in arguments.arrays()], _axis(arguments))


def _vstack(arguments: Arguments) -> Shape:
    return shapes.concatenate([shapes.at_least(shape_of(item), 2) for item in arguments.arrays()])


def _hstack(arguments: Arguments) -> Shape:
    found = [shapes.at_least(shape_of(item), 1) for item in arguments.arrays()]
    known = next((shape for shape in found if shape is not None), None)
    return None if known is None else shapes.concatenate(found, 0 if len(known) == 1 else 1)


def _new_shape(arguments: Arguments) -> Any:
    """The shape argument of `reshape` and `transpose`; methods also take it as several arguments."""
    several = arguments.get("args")
    if several is None:
        return arguments.get("shape", "new_sizes", "axes", "permutation", "new_shape")
    if len(several) == 1 and several[0] is UNKNOWN:
        raise UnknownArgumentError("args")  # a number, or a tuple of any length
    return several[0] if len(several) == 1 else several or None


def _reshape(arguments: Arguments) -> Shape:
    return shapes.reshape(arguments.shape(0), dims(_new_shape(arguments)))


def _transpose(arguments: Arguments) -> Shape:
    return shapes.transpose(arguments.shape(0), _new_shape(arguments))


def _take(arguments: Arguments) -> Shape:
    axis, indices = _axis(arguments), arguments.shape(1)
    if axis is None or indices is None:
        return indices
    return shapes.replace_axis(arguments.shape(0), axis, indices)


def _repeat(arguments: Arguments) -> Shape:
    shape, repeats, axis = arguments.shape(0), arguments.given.get("repeats"), _axis(arguments)
    if axis is None:
        shape, axis = (shapes.size(shape),), 0
    if shape is None:
        return None
    count = repeats if isinstance(repeats, int) and not isinstance(repeats, bool) else None
    total = arguments.get("total_repeat_length")
    length = total if isinstance(total, int) else shapes.multiply_dims(shape[axis], count)
    return shapes.replace_axis(shape, axis, (length,))


def _arange(arguments: Arguments) -> Shape:
    given = [arguments.at(0), arguments.get("stop"), arguments.get("step")]
    if not all(value is None or isinstance(value, (int, float)) for value in given):
        return (None,)
    return shapes.arange(*given)


def _linspace(arguments: Arguments) -> Shape:
    ends = shapes.broadcast(arguments.shape(0), arguments.shape(1))
    return shapes.expand_dims(ends, _axis(arguments) or 0, *dims(arguments.get("num")))


def _eye(arguments: Arguments) -> Shape:
    rows = arguments.at(0)
    columns = arguments.get("M")
    return dims((rows, rows if columns is None else columns))


def _where(arguments: Arguments) -> Shape | list[Shape]:
    if arguments.get("x") is None:
        raise UnknownArgumentError
    return _elementwise(arguments)


def _random(arguments: Arguments) -> Shape:
    """A sampler's shape, or that to which its parameters broadcast."""
    shape = arguments.get("shape")
    return _elementwise(arguments) if shape is None else dims(shape)


def _between(arguments: Arguments) -> Shape:
    """A sampler's shape, with axes of length one where bounds have more axes; others are refused."""
    shape = dims(arguments.get("shape"))
    bounds = [shape_of(arguments.get("minval")), shape_of(arguments.get("maxval"))]
    if shape == () and None in bounds:
        return None
    return shapes.broadcast_all([shape, *(bound for bound in bounds if bound and set(bound) == {1})])


def _categorical(arguments: Arguments) -> Shape:
    """The shape of the logits without their axis, unless `shape` is given."""
    shape = arguments.get("shape")
    return shapes.reduce(arguments.shape(0), arguments.get("axis")) if shape is None else dims(shape)


def _permutation(arguments: Arguments) -> Shape:
    """The shape of what is permuted: an array, or the numbers below an integer."""
    return arguments.shape(0) if arguments.shape(0) != () else dims(arguments.at(0))


def _choice(arguments: Arguments) -> Shape:
    """What is chosen, in ``shape``: elements along an axis of an array, or numbers below an integer."""
    whole, shape = arguments.shape(0), dims(arguments.get("shape"))
    if whole == () or shape is None:
        return shape
    return shapes.replace_axis(whole, arguments.get("axis"), shape)


def _split_keys(arguments: Arguments) -> Shape:
    keys = shape_of(arguments.get("key"))
    return None if keys is None else dims(arguments.get("num")) + keys


def _one_hot(arguments: Arguments) -> Shape:
    axis = arguments.get("axis")
    return shapes.expand_dims(arguments.shape(0), axis, *dims(arguments.get("num_classes")))


def _diag(arguments: Arguments) -> Shape:
    shape, k = arguments.shape(0), arguments.get("k")
    if shape is not None and len(shape) == 1:
        length = shapes.add_dims([shape[0], abs(k)])
        return (length, length)
    return shapes.diagonal(shape, k)


def _diagonal(arguments: Arguments) -> Shape:
    axes = (arguments.get("axis1") or 0, 1 if arguments.get("axis2") is None else arguments.get("axis2"))
    return shapes.diagonal(arguments.shape(0), arguments.get("offset"), *axes)


def _split(arguments: Arguments) -> list[Shape]:
    shape, sections, axis = arguments.shape(0), arguments.at(1), arguments.get("axis")
    dim = None if shape is None else shape[axis]
    if isinstance(sections, int):
        length = None if dim is None or dim % sections else dim // sections
        return [shapes.replace_axis(shape, axis, (length,))] * sections
    bounds = [0, *sections, dim]
    lengths = [None if None in pair else max(0, pair[1] - pair[0]) for pair in pairwise(bounds)]
    return [shapes.replace_axis(shape, axis, (length,)) for length in lengths]


def _diff(arguments: Arguments) -> Shape:
    shape, axis = arguments.shape(0), arguments.get("axis")
    if shape is None or arguments.get("prepend") is not None or arguments.get("append") is not None:
        raise UnknownArgumentError
    return shapes.replace_axis(shape, axis, (shapes.add_dims([shape[axis], -arguments.get("n")]),))


def _segments(arguments: Arguments) -> Shape:
    shape, count = arguments.shape(0), arguments.get("num_segments")
    return None if shape is None else (count, *shape[1:])


def _sized(arguments: Arguments) -> Shape:
    """A result whose length is the remedy's argument (`size=`), else unknown."""
    length = arguments.get("size", "length")
    return (length if isinstance(length, int) else None,)


def _dynamic_slice_in_dim(arguments: Arguments) -> Shape:
    return shapes.replace_axis(arguments.shape(0), arguments.get("axis"), dims(arguments.get("slice_size")))


def _index_in_dim(arguments: Arguments) -> Shape:
    return shapes.reduce(arguments.shape(0), arguments.get("axis"), bool(arguments.get("keepdims")))


def _top_k(arguments: Arguments) -> list[Shape]:
    axis = arguments.get("axis")
    found = shapes.replace_axis(arguments.shape(0), -1 if axis is None else axis, dims(arguments.get("k")))
    return [found, found]


def _dot_general(arguments: Arguments) -> Shape:
    (contract, batch), left, right = (
        arguments.get("dimension_numbers"),
        arguments.shape(0),
        arguments.shape(1),
    )
    if left is None or right is None:
        return None
    front = tuple(left[axis] for axis in batch[0])
    rests = [
        shapes.reduce(shape, (*one, *two))
        for shape, one, two in zip((left, right), contract, batch, strict=True)
    ]
    return None if None in rests else front + rests[0] + rests[1]  # type: ignore[operator]  # no None, as checked


def _outer(arguments: Arguments) -> Shape:
    return (shapes.size(arguments.shape(0)), shapes.size(arguments.shape(1)))


def _einsum(arguments: Arguments) -> Shape:
    return shapes.einsum(arguments.at(0), [shape_of(value) for value in arguments.at(1)])


def _rank(arguments: Arguments) -> Shape:
    shape = arguments.shape(0)
    return None if shape is None else (None,) * len(shape)


def _unstack(arguments: Arguments) -> list[Shape]:
    shape, axis = arguments.shape(0), arguments.get("axis")
    if shape is None or shape[axis] is None:
        raise UnknownArgumentError
    return [shapes.reduce(shape, axis)] * shape[axis]


def _batch(arguments: Arguments) -> Shape:
    shape = arguments.shape(0)
    return None if shape is None else shape[:-2]


def _first_key(arguments: Arguments) -> Shape:
    return shape_of(arguments.get("key"))


def _trace(arguments: Arguments) -> Shape:
    return shapes.reduce(arguments.shape(0), (arguments.get("axis1"), arguments.get("axis2")))


def _index_grid(arguments: Arguments) -> Shape:
    found = dims(arguments.get("dimensions"))
    return (len(found), *found)


def _swapped(arguments: Arguments) -> Shape:
    return shapes.swap_axes(arguments.shape(0), arguments.get("axis1"), arguments.get("axis2"))


SHAPES: dict[str, Callable[[Arguments], Any]] = {
    "elementwise": _elementwise,
    "same": _same,
    "along": _along,
    "ravel": _ravel,
    "reduce": _reduce,
    "quantile": _quantile,
    "creation": _creation,
    "like": _like,
    "asarray": _same,
    "matmul": lambda arguments: shapes.matmul(arguments.shape(0), arguments.shape(1)),
    "dot": lambda arguments: shapes.dot(arguments.shape(0), arguments.shape(1)),
    "tensordot": lambda a: shapes.tensordot(a.shape(0), a.shape(1), a.get("axes")),
    "dot_general": _dot_general,
    "einsum": _einsum,
    "outer": _outer,
    "concatenate": _concatenate,
    "stack": _stack,
    "vstack": _vstack,
    "hstack": _hstack,
    "split": _split,
    "unstack": _unstack,
    "reshape": _reshape,
    "transpose": _transpose,
    "matrix_transpose": lambda arguments: shapes.swap_axes(arguments.shape(0), -1, -2),
    "swapaxes": _swapped,
    "moveaxis": lambda a: shapes.move_axes(a.shape(0), a.get("source"), a.get("destination")),
    "expand_dims": lambda arguments: shapes.expand_dims(arguments.shape(0), _axis(arguments)),
    "squeeze": lambda arguments: shapes.squeeze(arguments.shape(0), _axis(arguments)),
    "broadcast_to": lambda arguments: dims(arguments.get("shape")),
    "take": _take,
    "second": lambda arguments: arguments.shape(1),
    "solved": lambda arguments: arguments.shape(1) if len(arguments.shape(0) or ()) == 2 else None,
    "where": _where,
    "repeat": _repeat,
    "tile": lambda arguments: shapes.tile(arguments.shape(0), arguments.get("reps")),
    "pad": lambda arguments: shapes.pad(arguments.shape(0), arguments.get("pad_width")),
    "diag": _diag,
    "diagonal": _diagonal,
    "diff": _diff,
    "arange": _arange,
    "linspace": _linspace,
    "eye": _eye,
    "length": lambda arguments: dims(arguments.at(0)),
    "iota": lambda arguments: dims(arguments.get("size")),
    "indices": _index_grid,
    "one_hot": _one_hot,
    "segments": _segments,
    "sized": _sized,
    "top_k": _top_k,
    "dynamic_slice": lambda arguments: dims(arguments.get("slice_sizes")),
    "dynamic_slice_in_dim": _dynamic_slice_in_dim,
    "index_in_dim": _index_in_dim,
    "random": _random,
    "between": _between,
    "categorical": _categorical,
    "permutation": _permutation,
    "choice": _choice,
    "split_keys": _split_keys,
    "first_key": _first_key,
    "trace": _trace,
    "interp": _same,
    "identity": lambda arguments: dims((arguments.at(0), arguments.at(0))),
    "scalar": lambda _: (),
    "pair": lambda _: (2,),
    "batch": _batch,
    "rank": _rank,
}
"""Words for shapes: a rule gives the shape, or the shapes of a sequence, or raises `UnknownArgumentError`."""
