"""What an annotation says about a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.interpreter.attributes import get_attribute
from jaxlint.interpreter.usage import names_reference
from jaxlint.knowledge.dtypes import Dtype
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

ARRAY_TYPES = frozenset(
    {
        "jax.Array",
        "jax.numpy.ndarray",
        "jax.numpy.array",
        "jax.typing.ArrayLike_",
        "jax.Array.Array",
        "jaxtyping.Array",
        "chex.Array",
        "chex.ArrayDevice",
        "jax.interpreters.xla.DeviceArray",
        "jax.numpy.DeviceArray",
        "jaxlib.xla_extension.ArrayImpl",
    }
)
_JAXTYPING = {
    "Float": None, "Float32": "f32", "Float64": "f64", "Float16": "f16", "BFloat16": "bf16", "Int": None,
    "Int32": "i32", "Int64": "i64", "UInt8": "u8", "UInt32": "u32", "Bool": "bool", "Complex": None,
    "Num": None, "Shaped": None, "Integer": None, "Inexact": None, "Real": None,
    "Key": "key", "PRNGKeyArray": "key",
}  # fmt: skip
_SCALARS = {"builtins.int": "int", "builtins.float": "float", "builtins.bool": "bool", "builtins.str": "str",
            "builtins.complex": "complex"}  # fmt: skip


def evaluate(machine: Machine, frame: Frame, node: n.Expr) -> v.Value:
    """The value of an annotation; a string is read as the dotted name that it may be."""
    if isinstance(node, n.LiteralValue) and isinstance(node.value, str):
        text = node.value.strip()
        whole = _DOTTED.fullmatch(text)
        found = [_dotted(machine, frame, match.group(), node) for match in _DOTTED.finditer(text)]
        return found[0] if whole is not None else v.UNKNOWN
    return machine.eval(frame, node)


_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def _dotted(machine: Machine, frame: Frame, text: str, place: n.Expr) -> v.Value:
    words = text.split(".")
    value = machine.lookup(frame, words[0])
    for word in words[1:]:
        value = get_attribute(machine, frame, value, word, place)
    return value


def value_of_type(machine: Machine, annotation: v.Value, stage: v.Stage, frame: Frame) -> v.Value | None:
    """A value of the annotated type; None where the annotation says nothing."""
    if isinstance(annotation, v.Library):
        if annotation.dotted in ARRAY_TYPES:
            return v.Array(max(stage, frame.trace.stage))
        kind = _SCALARS.get(annotation.dotted)
        return v.Static(kind) if kind else machine.library_object(frame, annotation.dotted)
    if isinstance(annotation, v.Class):
        if "namedtuple" in annotation.traits:
            return _named_tuple(machine, annotation, frame)
        return machine.generic_instance(annotation)
    if isinstance(annotation, v.Partial):
        return _subscripted(annotation, stage, frame)
    return None


def _named_tuple(machine: Machine, cls: v.Class, frame: Frame) -> v.Value:
    items = []
    for name, _, _ in cls.fields or ():
        annotation = cls.annotations.get(name, v.UNKNOWN)
        is_open = annotation is cls or names_reference(name)
        nested = None if is_open else value_of_type(machine, annotation, v.Stage.CONCRETE, frame)
        items.append(nested if nested is not None else v.UNKNOWN)
    return v.Seq("tuple", tuple(items), v.UNKNOWN, cls)


def _subscripted(annotation: v.Partial, stage: v.Stage, frame: Frame) -> v.Value | None:
    """Jaxtyping's ``Float[Array, "batch dim"]``."""
    base = annotation.function
    if not (isinstance(base, v.Library) and base.dotted.startswith("jaxtyping.") and annotation.args):
        return None
    name = base.dotted.removeprefix("jaxtyping.")
    argument = annotation.args[0]
    if name not in _JAXTYPING or not (
        isinstance(argument, v.Seq) and argument.items and len(argument.items) > 1
    ):
        return None
    array, dims = argument.items[0], argument.items[1]
    if not (isinstance(array, v.Library) and array.dotted in ARRAY_TYPES):
        return None
    dtype = _JAXTYPING[name]
    shape = _dims(dims.value) if isinstance(dims, v.Const) and isinstance(dims.value, str) else None
    return v.Array(max(stage, frame.trace.stage), shape, Dtype(dtype) if dtype else None)


def _dims(text: str) -> v.Shape:
    words = text.split()
    if any("..." in word or "*" in word for word in words):
        return None
    return (None,) * len(words)  # sizes are often wrong, as nothing checks them
