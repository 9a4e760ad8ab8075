"""The arguments of a call as the tables' words see them.

An argument is plain data: an `Operand` for an array, a Python number, string, type name, tuple or list for
itself, and `UNKNOWN` for anything else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
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

_NOT_OPERANDS = frozenset(
    {
        *("axis", "axes", "keepdims", "where", "out", "dtype", "preferred_element_type", "shape", "num"),
        *("size", "length", "order", "mode", "method", "key", "replace", "ddof", "correction", "precision"),
        *("accuracy", "approximate", "device", "out_sharding", "indices_are_sorted", "unique_indices"),
    }
)
"""Parameters that never take part in broadcasting and promotion."""


class UnknownArgumentError(Exception):
    """An argument that a rule needs is not known."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call, bound to parameters, with the function's plain defaults behind them."""

    facts: FunctionFacts
    given: Mapping[str, Any]
    numpy: bool = False

    def get(self, *names: str) -> Any:
        """Return the argument of the first of these parameters that the function has, if it is known."""
        for name in names:
            if self.facts.signature.get(name):
                value = self.given[name] if name in self.given else _default(self.facts, name)
                if value is UNKNOWN:
                    raise UnknownArgumentError(name)
                return value
        return None

    def at(self, place: int) -> Any:
        """Return the argument at a place, a starred parameter's as a tuple; keys of samplers do not count."""
        names = [param.name for param in self.facts.signature.params if param.name != "key"]
        return self.get(names[place])

    def shape(self, place: int) -> Shape:
        """Return the shape of the array at a place."""
        return shape_of(self.at(place))

    def operands(self, *, is_required: bool = False) -> Iterator[Any]:
        """Give the arguments that broadcast with each other: arrays and numbers, not flags and names.

        ``is_required``: only those that every call must give, which are no settings.
        """
        for param in self.facts.signature.params:
            if is_required and param.has_default:
                continue
            value = self.given.get(param.name)
            if param.name not in _NOT_OPERANDS and value is not None and not isinstance(value, str):
                yield from value if param.kind is Kind.VAR_POSITIONAL and value is not UNKNOWN else (value,)

    def arrays(self, place: int = 0) -> list[Any]:
        """Return the arrays of the sequence at a place; an array counts as the sequence of its rows."""
        value = self.at(place)
        if isinstance(value, Operand):
            if not value.shape or value.shape[0] is None:
                raise UnknownArgumentError
            return [Operand(value.shape[1:], value.dtype)] * value.shape[0]
        if not isinstance(value, (tuple, list)):
            raise UnknownArgumentError
        return list(value)


@cache
def _default(facts: FunctionFacts, name: str) -> Any:
    """The default of a parameter; a sentinel or type, shown as `...`, stands for "not given"."""
    param = facts.signature.get(name)
    if param is None or not param.has_default:
        return () if param and param.kind is Kind.VAR_POSITIONAL else UNKNOWN
    return None if param.default_text == "..." else ast.literal_eval(param.default_text)


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
        return promoted([dtype_of(item, numpy=numpy) for item in value], numpy=numpy)
    return dtypes.python_scalar(value)


def promoted(found: list[Dtype | None], *, numpy: bool) -> Dtype | None:
    """Return the dtype of all operands together, in JAX or in NumPy."""
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
        raise UnknownArgumentError
    return tuple(item if isinstance(item, int) else None for item in items)
