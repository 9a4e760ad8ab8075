"""Words for the dtypes of results: ``[dtype."namespace"]`` of `words.toml`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxlint.knowledge import dtypes
from jaxlint.knowledge.dtypes import Dtype
from jaxlint.knowledge.functions import Kind
from jaxlint.knowledge.operands import UNKNOWN, Arguments, Operand, dtype_of, promoted


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
    return promoted(found, numpy=arguments.numpy)


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


def _of_rows(arguments: Arguments) -> Dtype | None:
    """`choice`: the dtype of the array; a number stands for the integers below it, which are not weak."""
    dtype, operand = _first(arguments), arguments.at(0)
    return dtype if isinstance(operand, Operand) and operand.shape else dtype and dtype._replace(weak=False)


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


def _running(arguments: Arguments) -> Dtype | None:
    """`cumsum`: JAX keeps small integers, NumPy sums them as `sum` does; booleans are counted in both."""
    dtype = _summed(arguments) if arguments.numpy else _number(arguments)
    return dtype and dtype._replace(weak=False)


def _range(arguments: Arguments) -> Dtype | None:
    """`arange`: the type of its numbers, and never weak."""
    given = [arguments.at(0), arguments.get("stop"), arguments.get("step")]
    found = [dtype_of(value, numpy=arguments.numpy) for value in given if value is not None]
    dtype = dtypes.promote_all(found)
    if dtype is None or not dtype.weak:
        return dtype
    return _literal("int" if dtype.kind == "i" else "float", arguments)


def _tensor(arguments: Arguments) -> Dtype | None:
    """A product of arrays: the promoted dtype of the first two array arguments, or the preferred one."""
    if arguments.get("preferred_element_type") is not None:
        return _named(arguments.get("preferred_element_type"), arguments)
    operands = list(arguments.operands(is_required=True))
    known = [value.dtype for value in operands if isinstance(value, Operand)]
    dtype = promoted(known, numpy=arguments.numpy)
    is_certain = dtype is None or dtype.kind in "fc" or UNKNOWN not in operands
    return dtype if is_certain else None  # what is not known may be a float


def _chosen(arguments: Arguments) -> Dtype | None:
    """`where`: the dtype of its two choices."""
    choices = [dtype_of(arguments.at(place), numpy=arguments.numpy) for place in (1, 2)]
    return promoted(choices, numpy=arguments.numpy)


def _absolute(arguments: Arguments) -> Dtype | None:
    return dtypes.real(_first(arguments))


DTYPES: dict[str, Callable[[Arguments], Dtype | None]] = {
    "promote": _promote,
    "number": _number,
    "inexact": _inexact,
    "first": _first,
    "rows": _of_rows,
    "second": lambda arguments: _nth(arguments, 1),
    "value": _value,
    "sum": _summed,
    "running": _running,
    "range": _range,
    "tensor": _tensor,
    "where": _chosen,
    "first_key": lambda arguments: dtype_of(arguments.get("key")),
    "abs": _absolute,
    "real": lambda arguments: dtypes.real(_first(arguments)),
    "real_inexact": lambda arguments: dtypes.real(_inexact(arguments)),
    "complex": lambda arguments: dtypes.complexed(_promote(arguments)),
    "items": lambda arguments: promoted(
        [dtype_of(item) for item in arguments.arrays()], numpy=arguments.numpy
    ),
}
"""Words for dtypes.

Besides these, a short name stands for itself, `float` and `int` for the default types.
"""
