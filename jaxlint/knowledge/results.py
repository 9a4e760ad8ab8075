"""What a call of a library function returns: the words of the tables, put to work on known arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jaxlint.knowledge.dtype_words import result_dtype
from jaxlint.knowledge.dtypes import Dtype
from jaxlint.knowledge.functions import FunctionFacts
from jaxlint.knowledge.operands import (
    UNKNOWN,
    Arguments,
    Operand,
    UnknownArgumentError,
    shape_of,
)
from jaxlint.knowledge.shape_words import SHAPES
from jaxlint.knowledge.shapes import Shape

__all__ = ["UNKNOWN", "Operand", "Result", "call_result", "shape_of"]

Result = Operand | tuple[Operand, ...] | list[Operand] | None
"""An array, several, or None for what is no array."""


def call_result(facts: FunctionFacts, given: Mapping[str, Any], *, numpy: bool = False) -> Result:
    """Return what is known of the result of a call, or None where it is no array or collection of arrays.

    ``given`` holds the arguments by parameter name, those of a starred parameter as a tuple.  ``numpy``
    computes with NumPy's dtypes.
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


_UNKNOWABLE = (UnknownArgumentError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError)
"""What a rule may run into with arguments of kinds that it was not made for; its result is unknown then."""


def _shape(arguments: Arguments) -> Shape | list[Shape]:
    rule = SHAPES.get(arguments.facts.shape)
    try:
        found = rule(arguments) if rule else None
    except _UNKNOWABLE:
        return None
    return [_numbers(each) for each in found] if isinstance(found, list) else _numbers(found)


def _numbers(shape: Shape) -> Shape:
    """A shape without the sizes that arrays, or whatever else was given for a number, stand for."""
    return None if shape is None else tuple(size if isinstance(size, int) else None for size in shape)


def _dtype(arguments: Arguments) -> Dtype | None:
    try:
        return result_dtype(arguments.facts.dtype, arguments)
    except _UNKNOWABLE:
        return None
