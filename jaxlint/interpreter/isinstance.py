"""``isinstance`` on abstract values."""

from __future__ import annotations

from jaxlint import values as v
from jaxlint.interpreter.annotations import ARRAY_TYPES
from jaxlint.interpreter.classes import mro
from jaxlint.leaves import is_plain_class

_PYTHON: dict[str, type] = {
    kind.__name__: kind for kind in (int, float, bool, str, bytes, complex, tuple, list, dict, set)
}


_SCALARS = frozenset(
    """numpy.generic numpy.number numpy.integer numpy.signedinteger numpy.unsignedinteger numpy.inexact
    numpy.floating numpy.complexfloating numpy.bool numpy.bool_ numpy.int8 numpy.int16 numpy.int32 numpy.int64
    numpy.uint8 numpy.uint16 numpy.uint32 numpy.uint64 numpy.float16 numpy.float32 numpy.float64
    numpy.complex64 numpy.complex128 numpy.intp numpy.double numpy.single
    numbers.Number numbers.Complex numbers.Real numbers.Rational numbers.Integral""".split()
)
"""Types of numbers that no array of JAX is one of."""


def is_instance(value: v.Value, kind: v.Value) -> bool | None:
    """What ``isinstance(value, kind)`` gives; None where that is not known."""
    if isinstance(kind, v.Seq) and kind.items is not None:
        answers = [is_instance(value, item) for item in kind.items]
        if True in answers:
            return True
        return None if None in answers else False
    if isinstance(kind, v.Library):
        return _library(value, kind.dotted)
    if isinstance(kind, v.Class) and isinstance(value, v.Instance):
        if kind in mro(value.cls):
            return True
        return None if value.is_open else False
    if isinstance(kind, v.Class) and isinstance(value, v.Seq) and value.cls is not None:
        if kind in mro(value.cls):
            return True
        return None if value.cls in mro(kind) else False
    if isinstance(kind, v.Class) and isinstance(value, (v.Array, v.Const, v.NumPyArray)):
        return False
    if isinstance(kind, v.Class) and isinstance(value, v.Tree) and is_plain_class(kind):
        return False  # it would not have come through the transformation
    return None


def _library(value: v.Value, dotted: str) -> bool | None:
    name = dotted.rpartition(".")[2]
    if isinstance(value, v.Array):
        if dotted in ARRAY_TYPES:
            return True
        if name == "Tracer":
            return value.stage is not v.Stage.CONCRETE
        is_other = dotted.startswith("builtins.") or dotted == "numpy.ndarray" or dotted in _SCALARS
        return False if is_other else None
    if isinstance(value, v.Tree):
        return _tree(value, dotted, name)
    if isinstance(value, v.NumPyArray):
        if dotted == "numpy.ndarray":
            return True
        return False if dotted.startswith("builtins.") or dotted in ARRAY_TYPES else None
    python = _python_type(value)
    if python in (list, tuple) and name in ("Sequence", "Iterable", "Collection", "Sized"):
        return True
    if python is not None and dotted.startswith("builtins.") and name in _PYTHON:
        return issubclass(python, _PYTHON[name])
    if python is not None and (dotted in ARRAY_TYPES or name in ("Tracer", "ndarray")):
        return False
    return None


def _tree(value: v.Tree, dotted: str, name: str) -> bool | None:
    """A tree of tracers is a tracer or a container, never a Python scalar."""
    if name == "Tracer" and value.stage is not v.Stage.CONCRETE:
        return True
    is_plain = name in ("int", "float", "bool", "str", "complex", "bytes")
    return False if is_plain or dotted == "numpy.ndarray" or dotted in _SCALARS else None


def _python_type(value: v.Value) -> type | None:
    if isinstance(value, v.Const):
        return value.type
    if isinstance(value, v.Static) and value.kind in _PYTHON:
        return _PYTHON[value.kind]
    if isinstance(value, v.Seq):
        return _PYTHON.get(value.kind)
    return dict if isinstance(value, v.Dict) else None
