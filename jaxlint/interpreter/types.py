"""The type of a value, as a program asks for it to tell arrays of JAX from those of other libraries."""

from __future__ import annotations

from jaxlint import values as v

CONCRETE = "jaxlib._jax.ArrayImpl"
TRACER = "jax._src.interpreters.partial_eval.DynamicJaxprTracer"
"""The classes behind JAX's arrays; what programs look at is the first word of their modules."""


def type_of(value: v.Value) -> v.Value:
    """``type(value)``; Unknown where that is not known."""
    if isinstance(value, v.Union):
        return v.join_all(list(map(type_of, value.options)))
    if isinstance(value, v.Array):
        return v.Library(TRACER if value.stage else CONCRETE)
    if isinstance(value, v.NumPyArray):
        return v.Library("numpy.ndarray") if value.shape else v.UNKNOWN
    if isinstance(value, v.Instance):
        return value.cls
    name = _builtin(value)
    return v.Library(f"builtins.{name}") if name else v.UNKNOWN


def _builtin(value: v.Value) -> str | None:
    if isinstance(value, v.Const):
        return None if value.value is None else value.type.__name__
    if isinstance(value, v.Static):
        return value.kind
    if isinstance(value, v.Seq):
        return value.kind if value.cls is None else None
    return "dict" if isinstance(value, v.Dict) else None


def module_of_type(dotted: str) -> str | None:
    """``type(value).__module__``, by the name of the type; None where it is not that of a value."""
    if dotted in (CONCRETE, TRACER, "numpy.ndarray") or dotted.startswith("builtins."):
        return dotted.rpartition(".")[0]
    return None
