"""How an abstract value is written in tests, in ``--debug`` output and in messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxlint import values as v
from jaxlint.knowledge.names import is_module

_STAGES = {v.Stage.CONCRETE: "array", v.Stage.GRAD: "grad", v.Stage.TRACED: "traced"}


def describe(value: v.Value, *, origin: bool = False) -> str:
    """A short text for ``value``; with ``origin`` the reason why it is traced follows."""
    text = _WRITERS.get(type(value), lambda _: type(value).__name__.lower())(value)
    link = getattr(value, "origin", None)
    if origin and link is not None:
        text += "".join(f" <- {step.label}" for step in link.chain())
    return text


def describe_shape(shape: v.Shape) -> str:
    """``3,?`` for a shape, ``...`` where the rank is unknown."""
    return "..." if shape is None else ",".join("?" if size is None else str(size) for size in shape)


def _array(level: str, value: Any) -> str:
    dtype = value.dtype.name if value.dtype is not None else "?"
    return f"{level} {dtype}[{describe_shape(value.shape)}]"


def _static(value: v.Static) -> str:
    return f"static {value.kind}" if value.kind else "static"


def _seq(value: v.Seq) -> str:
    if value.cls is not None:
        return f"instance {value.cls.name}"
    if value.items is None:
        return f"{value.kind}[{describe(value.element)}]"
    return f"{value.kind}({', '.join(map(describe, value.items))})"


def _dict(value: v.Dict) -> str:
    items = [f"{key!r}: {describe(entry)}" for key, entry in value.items]
    if value.rest is not None and not items:
        return f"dict[{describe(value.rest)}]"
    if value.rest is not None:
        items.append(f"...: {describe(value.rest)}")
    return f"dict{{{', '.join(items)}}}"


_WRITERS: dict[type[v.Value], Callable[[Any], str]] = {
    v.Const: lambda value: f"static {value.value!r}",
    v.Static: _static,
    v.Array: lambda value: _array(_STAGES[value.stage], value),
    v.NumPyArray: lambda value: _array("numpy", value),
    v.Tree: lambda value: f"{_STAGES[value.stage]} tree",
    v.Seq: _seq,
    v.Dict: _dict,
    v.Iter: lambda value: f"iterator[{describe(value.element)}]",
    v.Function: lambda value: f"function {value.code.name}",
    v.Bound: lambda value: describe(value.function),
    v.Partial: lambda value: describe(value.function),
    v.Transformed: lambda value: describe(value.function),
    v.Class: lambda value: f"class {value.name}",
    v.Instance: lambda value: f"instance {value.cls.name}",
    v.LibraryInstance: lambda value: f"instance {value.dotted}",
    v.Library: lambda value: f"{'module' if is_module(value.dotted) else 'library'} {value.dotted}",
    v.ModuleValue: lambda value: f"module {value.name}",
    v.Union: lambda value: " | ".join(map(describe, value.options)),
}
