"""What a call of a library function returns: the words of the tables, put to work on what is known of the arguments.

Arguments are plain data: an `Operand` for an array, a Python number, string, type name, tuple or list for itself,
and `UNKNOWN` for anything else.  Results are operands, or a tuple or list of them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jaxlint.knowledge import dtypes, shapes
from jaxlint.knowledge.dtypes import Dtype
from jaxlint.knowledge.functions import FunctionFacts, Kind
from jaxlint.knowledge.shapes import Dim, Shape


@dataclass(frozen=True, slots=True)
class Operand:
    """What is known of an array."""

    shape: Shape = None
    dtype: Dtype | None = None


class Unknown:
    """The type of `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()
"""An argument, or an element of one, of which nothing is known."""

Result = Operand | tuple[Operand, ...] | list[Operand] | None

_NOT_OPERANDS = frozenset(
    "out where axis axes dtype precision accuracy key shape num size length order mode device out_sharding ddof "
    "preferred_element_type keepdims indices_are_sorted unique_indices method replace correction approximate".split()
)
"""Parameters that never take part in broadcasting and promotion."""


class UnknownArgument(Exception):
    """An argument that a rule needs is not known."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call, bound to parameters, with the function's plain defaults behind them."""

    facts: FunctionFacts
    given: Mapping[str, Any]
    numpy: bool = False

    def get(self, *names: str) -> Any:
        """Return the argument of the first of these parameters that the function has; raise if it is not known."""
        for name in names:
            if self.facts.signature.get(name):
                value = self.given[name] if name in self.given else _default(self.facts, name)
                if value is UNKNOWN:
                    raise UnknownArgument(name)
                return value
        return None

    def at(self, place: int) -> Any:
        """Return the argument at a place, a starred parameter's as a tuple; keys of samplers do not count."""
        names = [param.name for param in self.facts.signature.params if param.name != "key"]
        return self.get(names[place])

    def shape(self, place: int) -> Shape:
        """Return the shape of the array at a place."""
        return shape_of(self.at(place))

    def operands(self) -> Iterator[Any]:
        """Give the arguments that broadcast with each other: arrays and numbers, not flags and names."""
        for param in self.facts.signature.params:
            value = self.given.get(param.name)
            if param.name not in _NOT_OPERANDS and value is not None and not isinstance(value, str):
                yield from value if param.kind is Kind.VAR_POSITIONAL and value is not UNKNOWN else (value,)

    def arrays(self, place: int = 0) -> list[Any]:
        """Return the arrays of the sequence at a place; an array counts as the sequence of its rows."""
        value = self.at(place)
        if isinstance(value, Operand):
            if not value.shape or value.shape[0] is None:
                raise UnknownArgument
            return [Operand(value.shape[1:], value.dtype)] * value.shape[0]
        if not isinstance(value, (tuple, list)):
            raise UnknownArgument
        return list(value)


@cache
def _default(facts: FunctionFacts, name: str) -> Any:
    param = facts.signature.get(name)
    if param is None or not param.has_default or param.default_text == "...":
        return () if param and param.kind is Kind.VAR_POSITIONAL else UNKNOWN
    return ast.literal_eval(param.default_text)


def shape_of(value: Any) -> Shape:
    """Return the shape that `jnp.asarray` gives a value."""
    if isinstance(value, Operand):
        return value.shape
    if isinstance(value, (bool, int, float, complex)):
        return ()
    if isinstance(value, (tuple, list)):
        return shapes.stack([shape_of(item) for item in value]) if value else (0,)
    return None


def dtype_of(value: Any, *, numpy: bool = False) -> Dtype | None:
    """Return the dtype that a value has as an operand; a list that of its elements together."""
    if isinstance(value, Operand):
        return value.dtype
    if isinstance(value, (tuple, list)):
        return _promoted([dtype_of(item, numpy=numpy) for item in value], numpy=numpy)
    return dtypes.python_scalar(value)


def _promoted(found: list[Dtype | None], *, numpy: bool) -> Dtype | None:
    if not numpy:
        return dtypes.promote_all(found)
    result = found[0] if found else None
    for dtype in found[1:]:
        result = dtypes.promote_numpy(result, dtype)
    return result


def dims(value: Any) -> tuple[Dim, ...]:
    """Return a shape argument as a shape: a number or a sequence of numbers, unknown ones included."""
    items = value if isinstance(value, (tuple, list)) else (value,)
    if any(isinstance(item, Operand) and item.shape != () for item in items):
        raise UnknownArgument
    return tuple(item if isinstance(item, int) else None for item in items)


def call_result(facts: FunctionFacts, given: Mapping[str, Any], *, numpy: bool = False) -> Result:
    """Return what is known of the result of a call, or None where it is no array or collection of arrays.

    ``given`` holds the arguments by parameter name, those of a starred parameter as a tuple.  ``numpy`` computes with
    NumPy's dtypes.
    """
    arguments = Arguments(facts, given, numpy)
    if not facts.varies.isdisjoint(given):
        return None
    shape, dtype = _shape(arguments), _dtype(arguments)
    found = shape if isinstance(shape, list) else [shape]
    if facts.returns in ("array", "key", "keys"):
        return Operand(found[0], dtype)
    if facts.returns.startswith("tuple:"):
        count = int(facts.returns.removeprefix("tuple:"))
        return tuple(Operand(each, dtype) for each in (found * count)[:count])
    if facts.returns in ("arrays", "list") and isinstance(shape, list):
        several = [Operand(each, dtype) for each in shape]
        return several if facts.returns == "list" else tuple(several)
    return None


_UNKNOWABLE = (UnknownArgument, TypeError, ValueError, IndexError, AttributeError, ArithmeticError)
"""What a rule may run into with arguments of kinds that it was not made for; its result is unknown then."""


def _shape(arguments: Arguments) -> Shape | list[Shape]:
    rule = SHAPES.get(arguments.facts.shape)
    try:
        return rule(arguments) if rule else None
    except _UNKNOWABLE:
        return None


def _dtype(arguments: Arguments) -> Dtype | None:
    try:
        return result_dtype(arguments.facts.dtype, arguments)
    except _UNKNOWABLE:
        return None


# ------------------------------------------------------------------------------------------------ dtypes


def result_dtype(word: str, arguments: Arguments) -> Dtype | None:
    """Return the dtype that a word stands for.

    ``argument:word`` is the `dtype` argument, or else the word; ``word!`` is never weak.
    """
    kind, _, default = word.partition(":")
    if kind == "argument":
        named = arguments.get("dtype", "new_dtype", "index_dtype")
        return _named(named, arguments) if named is not None else result_dtype(default, arguments)
    if word.endswith("!"):
        strong = result_dtype(word[:-1], arguments)
        return strong and strong._replace(weak=False)
    rule = DTYPES.get(word)
    return rule(arguments) if rule else _literal(word, arguments)


def _named(name: Any, arguments: Arguments) -> Dtype | None:
    if isinstance(name, Dtype):
        return name if arguments.numpy else dtypes.canonical(name)
    return dtypes.short_dtype(name, x64=arguments.numpy) if isinstance(name, str) else None


def _literal(word: str, arguments: Arguments) -> Dtype | None:
    if word == "float":
        return Dtype("f64") if arguments.numpy else dtypes.FLOAT
    if word == "int":
        return Dtype("i64") if arguments.numpy else dtypes.INT
    return None if word == "unknown" else Dtype(word)


def _promote(arguments: Arguments) -> Dtype | None:
    found = [dtype_of(value, numpy=arguments.numpy) for value in arguments.operands()]
    return _promoted(found, numpy=arguments.numpy)


def _number(arguments: Arguments) -> Dtype | None:
    """The promoted dtype, booleans counted as integers."""
    dtype = _promote(arguments)
    return _literal("int", arguments) if dtype == dtypes.BOOL else dtype


def _inexact(arguments: Arguments) -> Dtype | None:
    dtype = _promote(arguments)
    if arguments.numpy and dtype is not None and dtype.kind not in ("f", "c"):
        return Dtype("f64")
    return dtypes.inexact(dtype)


def _first(arguments: Arguments) -> Dtype | None:
    return dtype_of(arguments.at(0), numpy=arguments.numpy)


def _nth(arguments: Arguments, place: int) -> Dtype | None:
    value = arguments.at(place)
    several = arguments.facts.signature.params[place].kind is Kind.VAR_POSITIONAL
    return dtype_of(value[0] if several else value, numpy=arguments.numpy)


def _value(arguments: Arguments) -> Dtype | None:
    """The dtype of an array made from a value: numbers give the default types, lists are not weak."""
    value = arguments.at(1) if arguments.facts.shape in ("creation", "like") else arguments.at(0)
    dtype = dtype_of(value, numpy=arguments.numpy)
    if dtype is None or not arguments.numpy or not dtype.weak:
        return dtype._replace(weak=False) if dtype and isinstance(value, (list, tuple)) else dtype
    return {"i": Dtype("i64"), "f": Dtype("f64"), "c": Dtype("c128")}.get(dtype.kind, dtype)


def _summed(arguments: Arguments) -> Dtype | None:
    dtype = _first(arguments)
    if arguments.numpy and dtype is not None and dtype.kind in ("bool", "i", "u"):
        return Dtype("u64" if dtype.kind == "u" else "i64")
    return dtypes.summed(dtype)


def _mean(arguments: Arguments) -> Dtype | None:
    dtype = _first(arguments)
    if arguments.numpy and dtype is not None and dtype.kind not in ("f", "c"):
        return Dtype("f64")
    return dtype if dtype is None else (dtypes.inexact(dtype) or dtype)._replace(weak=False)


def _range(arguments: Arguments) -> Dtype | None:
    """`arange`: the type of its numbers, and never weak."""
    found = [dtype_of(arguments.get(name)) for name in ("start", "stop", "step") if arguments.get(name) is not None]
    dtype = dtypes.promote_all(found)
    if dtype is None or not dtype.weak:
        return dtype
    return _literal("int" if dtype.kind == "i" else "float", arguments)


def _tensor(arguments: Arguments) -> Dtype | None:
    """A product of arrays: the promoted dtype of the first two array arguments, or the preferred one."""
    if arguments.get("preferred_element_type") is not None:
        return _named(arguments.get("preferred_element_type"), arguments)
    operands = [value for value in arguments.operands() if isinstance(value, Operand)]
    return _promoted([value.dtype for value in operands], numpy=arguments.numpy)


def _chosen(arguments: Arguments) -> Dtype | None:
    """`where`: the dtype of its two choices."""
    choices = [dtype_of(arguments.at(place), numpy=arguments.numpy) for place in (1, 2)]
    return _promoted(choices, numpy=arguments.numpy)


def _absolute(arguments: Arguments) -> Dtype | None:
    return dtypes.real(_first(arguments))


DTYPES: dict[str, Callable[[Arguments], Dtype | None]] = {
    "promote": _promote,
    "number": _number,
    "inexact": _inexact,
    "first": _first,
    "second": lambda arguments: _nth(arguments, 1),
    "value": _value,
    "sum": _summed,
    "mean": _mean,
    "range": _range,
    "tensor": _tensor,
    "where": _chosen,
    "first_key": lambda arguments: dtype_of(arguments.get("key")),
    "abs": _absolute,
    "real": lambda arguments: dtypes.real(_first(arguments)),
    "real_inexact": lambda arguments: dtypes.real(_inexact(arguments)),
    "complex": lambda arguments: dtypes.complexed(_promote(arguments)),
    "items": lambda arguments: _promoted([dtype_of(item) for item in arguments.arrays()], numpy=arguments.numpy),
}
"""Words for dtypes; besides these, a short name stands for itself, `float` and `int` for the default types, and
``argument:word`` for the argument `dtype` or else that word."""


# ------------------------------------------------------------------------------------------------ shapes


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
    """The shape argument of `reshape` and `transpose`, which methods of arrays also take as several arguments."""
    several = arguments.get("args")
    if several is None:
        return arguments.get("shape", "new_sizes", "axes", "permutation", "new_shape")
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
    names = ("start", "stop", "step")
    given = [arguments.given.get(name) for name in names]
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
        raise UnknownArgument
    return _elementwise(arguments)


def _random(arguments: Arguments) -> Shape:
    """A sampler's shape, or that to which its parameters broadcast."""
    shape = arguments.get("shape")
    return _elementwise(arguments) if shape is None else dims(shape)


def _categorical(arguments: Arguments) -> Shape:
    """The shape of the logits without their axis, unless `shape` is given."""
    shape = arguments.get("shape")
    return shapes.reduce(arguments.shape(0), arguments.get("axis")) if shape is None else dims(shape)


def _permutation(arguments: Arguments) -> Shape:
    """The shape of what is permuted: an array, or the numbers below an integer."""
    return arguments.shape(0) if arguments.shape(0) != () else dims(arguments.at(0))


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
    lengths = [None if None in pair else max(0, pair[1] - pair[0]) for pair in zip(bounds, bounds[1:], strict=False)]
    return [shapes.replace_axis(shape, axis, (length,)) for length in lengths]


def _diff(arguments: Arguments) -> Shape:
    shape, axis = arguments.shape(0), arguments.get("axis")
    if shape is None or arguments.get("prepend") is not None or arguments.get("append") is not None:
        raise UnknownArgument
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
    (contract, batch), left, right = arguments.get("dimension_numbers"), arguments.shape(0), arguments.shape(1)
    if left is None or right is None:
        return None
    front = tuple(left[axis] for axis in batch[0])
    rests = [shapes.reduce(shape, (*one, *two)) for shape, one, two in zip((left, right), contract, batch, strict=True)]
    return None if None in rests else front + rests[0] + rests[1]  # type: ignore[operator]


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
        raise UnknownArgument
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
    "categorical": _categorical,
    "permutation": _permutation,
    "split_keys": _split_keys,
    "first_key": _first_key,
    "trace": _trace,
    "interp": _same,
    "identity": lambda arguments: dims((arguments.at(0), arguments.at(0))),
    "scalar": lambda arguments: (),
    "pair": lambda arguments: (2,),
    "batch": _batch,
    "rank": _rank,
}
"""Words for shapes.  A rule may raise `UnknownArgument`; it gives the shape, or a list of shapes for a sequence."""
