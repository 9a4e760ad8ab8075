"""Arithmetic and comparison of abstract values."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeGuard

from jaxlint import values as v
from jaxlint.events import AtMisuse, PythonIndex, Role, SequenceOperand, SilentlyWrong
from jaxlint.inspection import origin_of, stage_of, truth_of
from jaxlint.interpreter import integers, limits, singular
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.classes import class_attribute
from jaxlint.knowledge import shapes
from jaxlint.knowledge.dtypes import BOOL, Dtype, promote, python_scalar
from jaxlint.syntax import nodes as n

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

_FOLD: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_,
    "|": operator.or_, "^": operator.xor,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip

_UNARY: dict[str, Callable[[Any], Any]] = {"-": operator.neg, "+": operator.pos, "~": operator.invert}

MAX_MAGNITUDE = 10**15
"""Constants larger than this (or longer strings) are only known by their type."""

MAX_TEXT = 200
"""Longer constant texts are only known to be texts once they are put together."""

MAX_ITEMS = 64
"""Sequences longer than this are only known by the join of their elements."""

ARRAYS = (v.Array, v.Tree)


def is_text(value: v.Value) -> bool:
    """Whether a value is certainly a string."""
    return (isinstance(value, v.Const) and isinstance(value.value, str)) or value == v.Static("str")


def binary(machine: Machine, frame: Frame, node: n.Binary, left: v.Value, right: v.Value) -> v.Value:
    """The value of ``left op right``."""
    report_sequence(machine, frame, node, node.op, left, right)
    integers.note_operation(machine, frame, node.op, left, right, node)
    return binary_op(machine, frame, node, node.op, left, right)


def binary_op(
    machine: Machine, frame: Frame, node: n.Node, op: str, left: v.Value, right: v.Value
) -> v.Value:
    """The value of an arithmetic operation; unions are combined alternative by alternative."""
    if isinstance(left, v.Clock) or isinstance(right, v.Clock):
        left, right = (v.Static("float") if isinstance(one, v.Clock) else one for one in (left, right))
    if isinstance(left, v.Union) or isinstance(right, v.Union):
        pairs = [(a, b) for a in v.options(left) for b in v.options(right)]
        return v.join_all([binary_op(machine, frame, node, op, a, b) for a, b in pairs])
    if isinstance(left, v.Const) and isinstance(right, v.Const):
        return _fold(op, left.value, right.value)
    if isinstance(left, v.At) or isinstance(right, v.At):
        at = left if isinstance(left, v.At) else right
        machine.report(AtMisuse(node, frame, getattr(at, "array", v.UNKNOWN), "no-method"))
        return v.UNKNOWN
    if isinstance(left, v.Instance) or isinstance(right, v.Instance):
        return _special_method(machine, frame, node, op, left, right)
    if isinstance(left, ARRAYS) or isinstance(right, ARRAYS):
        result = _array_operation(frame, op, left, right)
        has_lineage = frame.trace.is_differentiated or singular.is_gradient(left, right)
        if has_lineage and isinstance(result, v.Array):
            singular.after_operation(machine, frame, op, left, right, result, node)
        return result
    if isinstance(left, v.NumPyArray) or isinstance(right, v.NumPyArray):
        return _numpy_operation(left, right)
    if op == "|" and _is_type(left) and _is_type(right):
        return v.Seq("tuple", (left, right))  # for `isinstance`, that is the same
    if isinstance(left, v.Seq) or isinstance(right, v.Seq):
        return _sequence_operation(op, left, right)
    if isinstance(left, v.Dict) and isinstance(right, v.Dict) and op == "|":
        entries = {**dict(left.items), **dict(right.items)}
        return v.Dict(tuple(entries.items()), left.rest or right.rest)
    return _static_operation(op, left, right)


def _is_index(value: v.Value) -> bool:
    """Whether a value is a part of an index that no array has as an element."""
    return isinstance(value, v.SliceValue) or (isinstance(value, v.Const) and value.value in (None, ...))


def report_sequence(
    machine: Machine, frame: Frame, node: n.Node, op: str, left: v.Value, right: v.Value
) -> None:
    """Report an operation of an array with a list or tuple, which JAX does not make an array of."""
    for one, other in ((left, right), (right, left)):
        if op == "+" and isinstance(other, v.Seq) and any(map(_is_index, other.items or ())):
            continue  # an index is put together: what was thought an array is a tuple
        if is_sequence(other) and all(isinstance(option, v.Array) for option in v.options(one)):
            machine.report(SequenceOperand(node, frame, other, op))


def is_sequence(value: v.Value) -> bool:
    """Whether a value is certainly a list or tuple."""
    return all(isinstance(option, v.Seq) and option.kind != "set" for option in v.options(value))


def _is_type(value: v.Value) -> bool:
    """Whether a value is a class, or a union of classes that `|` has made."""
    if isinstance(value, v.Seq):
        return bool(value.items) and all(map(_is_type, value.items or ()))
    return isinstance(value, (v.Library, v.Class))


def unary(machine: Machine, frame: Frame, op: str, operand: v.Value) -> v.Value:
    """The value of ``-x``, ``+x`` or ``~x``."""
    if isinstance(operand, v.Union):
        return v.join_all([unary(machine, frame, op, option) for option in operand.options])
    if isinstance(operand, v.Const):
        try:
            return v.Const(_UNARY[op](operand.value))
        except TypeError:
            return v.UNKNOWN
    if isinstance(operand, v.Array):
        stage = max(operand.stage, frame.trace.stage)
        bounds = limits.negative(operand.bounds) if op == "-" else None
        result = v.Array(stage, operand.shape, operand.dtype, result_origin(frame, operand), bounds=bounds)
        if frame.trace.is_differentiated:
            singular.after_inversion(op, operand, result)
        return result
    if isinstance(operand, v.Tree):
        return v.Array(operand.stage, None, None, operand.origin)
    if isinstance(operand, v.Static) and operand.kind in ("int", "float", "bool"):
        return v.Static("int" if operand.kind == "bool" else operand.kind)
    return operand if isinstance(operand, (v.NumPyArray, v.Static)) else v.UNKNOWN


def compare(
    machine: Machine, frame: Frame, node: n.Compare, op: str, left: v.Value, right: v.Value
) -> v.Value:
    """The value of one comparison."""
    if isinstance(left, v.Instance) and isinstance(right, v.Instance) and op in ("==", "!=", "is", "is not"):
        same = _are_same_member(left, right)
        if same is not None:
            return v.Const(same is (op in ("==", "is")))
    if op in ("is", "is not"):
        return _identity(op, left, right)
    if op in ("in", "not in"):
        return _membership(machine, frame, node, op, left, right)
    if isinstance(left, v.Union) or isinstance(right, v.Union):
        pairs = [(a, b) for a in v.options(left) for b in v.options(right)]
        return v.join_all([compare(machine, frame, node, op, a, b) for a, b in pairs])
    if isinstance(left, v.Const) and isinstance(right, v.Const):
        return _fold(op, left.value, right.value)
    if isinstance(left, ARRAYS) or isinstance(right, ARRAYS):
        return _array_comparison(machine, frame, node, op, left, right)
    if isinstance(left, v.NumPyArray) or isinstance(right, v.NumPyArray):
        result = _numpy_operation(left, right)
        return v.NumPyArray(result.shape, Dtype("bool")) if isinstance(result, v.NumPyArray) else result
    if isinstance(left, v.Instance) or isinstance(right, v.Instance):
        return v.UNKNOWN
    return _static_comparison(op, left, right)


def _are_same_member(left: v.Instance, right: v.Instance) -> bool | None:
    """Whether two members of an enumeration are the same; None where that is not known."""
    names = (left.get("name"), right.get("name"))
    if left.cls is not right.cls or "enum" not in left.cls.traits or None in names or v.UNKNOWN in names:
        return None
    return names[0] == names[1]


def result_origin(frame: Frame, *operands: v.Value) -> v.Origin | None:
    """Why the result of an operation is traced: an operand that is, else the code itself.

    It is the first operand that is differentiated, if there is one.
    """
    found: v.Origin | None = None
    for operand in operands:
        origin = origin_of(operand)
        if origin is not None and (found is None or origin.is_active):
            found = origin
            if origin.is_active or not frame.trace.is_differentiated:
                return found
    return found or (frame.trace.origin if frame.trace.stage else None)


def shape_and_dtype(value: v.Value) -> tuple[v.Shape, Dtype | None]:
    """Shape and dtype that an operand has when JAX makes an array of it."""
    if isinstance(value, (v.Array, v.NumPyArray)):
        return value.shape, value.dtype
    if isinstance(value, v.Const) and isinstance(value.value, (bool, int, float, complex)):
        return (), python_scalar(value.value)
    if isinstance(value, v.Static) and value.kind in _SCALARS:
        return (), python_scalar(_SCALARS[value.kind])
    return None, None


_SCALARS: dict[str | None, Any] = {"bool": True, "int": 1, "float": 1.0, "complex": 1j}


def _is_foreign(value: v.Value) -> bool:
    """Whether an array leaves it to Python to compare it with such a value: they are not equal."""
    if isinstance(value, v.Const):
        return value.value is None or value.value is Ellipsis
    return isinstance(value, (v.Function, v.Class, v.Library, v.SliceValue))


def _holds_foreign(container: v.Value) -> TypeGuard[v.Seq]:
    """Whether a list or tuple holds nothing that an array compares itself with."""
    items = container.items if isinstance(container, v.Seq) and container.kind != "set" else None
    return bool(items) and all(_is_foreign(item) or is_text(item) for item in items or ())


def _fold(op: str, left: Any, right: Any) -> v.Value:
    try:
        if op in ("**", "<<") and not (isinstance(right, (int, float)) and abs(right) < 64):
            return v.UNKNOWN
        if isinstance(left, (str, bytes)) and (op == "*" or len(left) > MAX_TEXT):
            return v.Static(type(left).__name__)
        result = _FOLD[op](left, right)
    except Exception:  # noqa: BLE001 - the program's own error, which is not ours to report
        return v.UNKNOWN
    if isinstance(result, (int, float)) and not isinstance(result, bool) and abs(result) > MAX_MAGNITUDE:
        return v.Static(type(result).__name__)
    return v.Const(result)


def _array_operation(frame: Frame, op: str, left: v.Value, right: v.Value) -> v.Value:
    if isinstance(left, v.Tree) and isinstance(right, v.Tree) and op in ("+", "|"):
        return left
    stage = max(stage_of(left), stage_of(right), frame.trace.stage)
    (left_shape, left_dtype), (right_shape, right_dtype) = shape_and_dtype(left), shape_and_dtype(right)
    shape = shapes.matmul(left_shape, right_shape) if op == "@" else shapes.broadcast(left_shape, right_shape)
    dtype = promote(left_dtype, right_dtype)
    if op == "/" and dtype is not None and dtype.kind in ("i", "u", "bool"):
        dtype = Dtype("f32", dtype.weak)
    bounds = limits.of_operation(op, left, right)
    return v.Array(stage, shape, dtype, result_origin(frame, left, right), bounds=bounds)


def _array_comparison(
    machine: Machine, frame: Frame, node: n.Compare, op: str, left: v.Value, right: v.Value
) -> v.Value:
    for one, other in ((left, right), (right, left)):
        if is_text(other) and op in ("==", "!="):
            if isinstance(one, v.Array) and one.stage:
                machine.report(SilentlyWrong(node, frame, one, op, "text"))
                return v.Const(op == "!=")
            return v.UNKNOWN
        if op in ("==", "!=") and _is_foreign(other):
            return v.Const(op == "!=") if isinstance(one, v.Array) else v.Static("bool")
        if (
            isinstance(one, v.Tree)
            and op in ("==", "!=")
            and not isinstance(other, (v.Array, v.Const, v.Static))
        ):
            return v.UNKNOWN
    stage = max(stage_of(left), stage_of(right), frame.trace.stage)
    if stage not in (v.Stage.CONCRETE, v.Stage.TRACED):
        stage = frame.trace.stage  # a comparison has no derivative, so grad alone does not trace it
    shape = shapes.broadcast(shape_and_dtype(left)[0], shape_and_dtype(right)[0])
    result = v.Array(stage, shape, BOOL, result_origin(frame, left, right))
    if frame.trace.is_differentiated:
        singular.after_comparison(op, left, right, result)
    return result


def _numpy_operation(left: v.Value, right: v.Value) -> v.Value:
    if isinstance(left, v.Unknown) or isinstance(right, v.Unknown):
        return v.UNKNOWN
    shape = shapes.broadcast(shape_and_dtype(left)[0], shape_and_dtype(right)[0])
    return v.NumPyArray(shape, None)


def _sequence_operation(op: str, left: v.Value, right: v.Value) -> v.Value:
    if op == "+" and isinstance(left, v.Seq) and isinstance(right, v.Seq) and left.kind == right.kind:
        if (
            left.items is not None
            and right.items is not None
            and len(left.items) + len(right.items) <= MAX_ITEMS
        ):
            return v.Seq(left.kind, left.items + right.items)
        parts = [seq.join_of_elements() for seq in (left, right) if seq.items != ()]
        return v.Seq(left.kind, None, v.join_all(parts))
    if op == "*":
        seq, count = (left, right) if isinstance(left, v.Seq) else (right, left)
        if isinstance(seq, v.Seq) and not isinstance(count, v.Seq):
            if (
                seq.items is not None
                and isinstance(count, v.Const)
                and isinstance(count.value, int)
                and sum(map(weight, seq.items)) * count.value <= MAX_ITEMS
            ):
                return v.Seq(seq.kind, seq.items * count.value)
            if not _may_count(count):
                return v.UNKNOWN
            length = _product(seq.size, count)
            return v.Seq(seq.kind, None, seq.join_of_elements(), length=length)
    if (
        op in ("|", "&", "-", "^")
        and isinstance(left, v.Seq)
        and isinstance(right, v.Seq)
        and left.kind == "set"
    ):
        return v.Seq("set", None, v.join(left.join_of_elements(), right.join_of_elements()))
    return v.UNKNOWN


def _product(size: int | None, count: v.Value) -> int | None:
    is_number = isinstance(count, v.Const) and isinstance(count.value, int)
    return size * count.value if size is not None and is_number else None  # type: ignore[attr-defined]  # a constant


def _may_count(value: v.Value) -> bool:
    """Whether a sequence can be multiplied by a value."""
    return not isinstance(value, (v.Const, v.Static)) or number_kind(value) in ("int", "bool", None)


def weight(value: v.Value) -> int:
    """How many values there are in ``value``, counted up to `MAX_ITEMS`."""
    if not isinstance(value, v.Seq) or value.items is None:
        return 1
    total = 1
    for item in value.items:
        total += weight(item)
        if total > MAX_ITEMS:
            break
    return total


def _static_operation(op: str, left: v.Value, right: v.Value) -> v.Value:
    kinds = {number_kind(left), number_kind(right)}
    if None in kinds:
        return v.Static(None) if kinds == {None} and not _has_unknown(left, right) else v.UNKNOWN
    if kinds <= {"int", "bool"}:
        return v.Static("float" if op == "/" else "int")
    if kinds <= {"int", "bool", "float"}:
        return v.Static("float")
    return v.Static("str") if kinds == {"str"} else v.UNKNOWN


def _has_unknown(*values: v.Value) -> bool:
    return any(not isinstance(value, (v.Static, v.Const)) for value in values)


def number_kind(value: v.Value) -> str | None:
    """The type of a constant or of a static value by name; None where it is not known."""
    if isinstance(value, v.Const):
        return value.type.__name__
    return value.kind if isinstance(value, v.Static) else None


def _static_comparison(op: str, left: v.Value, right: v.Value) -> v.Value:
    if (
        isinstance(left, v.Seq)
        and isinstance(right, v.Seq)
        and op in ("==", "!=")
        and left.items
        and right.items
        and all(isinstance(item, v.Const) for item in left.items + right.items)
    ):
        return v.Const((left.items == right.items) is (op == "=="))
    if op not in ("==", "!=") and v.Const(None) in (left, right):
        return v.UNKNOWN  # Python refuses to order None
    known = (v.Const, v.Static, v.Seq, v.Dict, v.Range)
    if isinstance(left, known) and isinstance(right, known):
        return v.Static("bool")
    return v.UNKNOWN


def _identity(op: str, left: v.Value, right: v.Value) -> v.Value:
    none = v.Const(None)
    for one, other in ((left, right), (right, left)):
        if other == none:
            answers = {_is_none(option) for option in v.options(one)}
            if len(answers) == 1 and (answer := answers.pop()) is not None:
                return v.Const(answer is (op == "is"))
            return v.Static("bool")
    if isinstance(left, v.Const) and isinstance(right, v.Const) and isinstance(left.value, bool):
        return v.Const((left.value is right.value) is (op == "is"))
    if isinstance(left, v.Library) and isinstance(right, v.Library):
        return v.Const((left.dotted == right.dotted) is (op == "is"))
    return v.Static("bool")


def _is_none(value: v.Value) -> bool | None:
    if isinstance(value, v.Const):
        return value.value is None
    if isinstance(value, v.Static):
        return None if value.kind is None else False
    return None if isinstance(value, (v.Unknown, v.Tree)) and value is not v.GIVEN else False


def _membership(
    machine: Machine, frame: Frame, node: n.Compare, op: str, left: v.Value, right: v.Value
) -> v.Value:
    if isinstance(right, v.Array) and right.stage:
        if is_text(left):
            return v.Static("bool")  # whoever asks for a text has a dict there
        machine.test(frame, node, right, Role.BOOLEAN, op)
        return v.UNKNOWN
    traced = [option for option in v.options(left) if isinstance(option, v.Array) and option.stage]
    if traced and _holds_foreign(right):
        if any(map(is_text, right.items or ())):
            machine.report(SilentlyWrong(node, frame, traced[0], op, "text"))
        return v.Const(op == "not in") if isinstance(left, v.Array) else v.Static("bool")
    if traced and isinstance(right, (v.Seq, v.Range)):
        if right != v.Seq(right.kind, ()) if isinstance(right, v.Seq) else True:
            if isinstance(right, v.Seq) and right.kind == "set":
                machine.report(PythonIndex(node, frame, traced[0], "set"))
            else:
                machine.test(frame, node, traced[0], Role.BOOLEAN, op)
        return v.UNKNOWN
    if traced and isinstance(right, v.Dict):
        machine.report(PythonIndex(node, frame, traced[0], "dict key"))
        return v.UNKNOWN
    if isinstance(left, v.Const):
        found = _contains(right, left)
        if found is not None:
            return v.Const(found is (op == "in"))
    return (
        v.Static("bool")
        if isinstance(right, (v.Seq, v.Dict, v.Static, v.Const, v.Tree, v.Range))
        else v.UNKNOWN
    )


def _contains(container: v.Value, item: v.Const) -> bool | None:
    if isinstance(container, v.Dict) and container.rest is None:
        return any(key == item.value for key, _ in container.items)
    if isinstance(container, v.Dict) and container.get(item.value) is not None:
        return True
    if (
        isinstance(container, v.Seq)
        and container.items is not None
        and all(isinstance(entry, v.Const) for entry in container.items)
    ):
        return any(entry == item for entry in container.items)
    if isinstance(container, v.Const) and isinstance(container.value, str) and isinstance(item.value, str):
        return item.value in container.value
    return None


_SPECIAL = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow",
    "@": "matmul", "&": "and", "|": "or", "^": "xor", "<<": "lshift", ">>": "rshift",
}  # fmt: skip


def _special_method(
    machine: Machine, frame: Frame, node: n.Node, op: str, left: v.Value, right: v.Value
) -> v.Value:
    """``left.__op__(right)``, or the reflected method of ``right``."""
    for receiver, prefix, other in ((left, "", right), (right, "r", left)):
        if isinstance(receiver, v.Instance):
            method = class_attribute(machine, receiver.cls, f"__{prefix}{_SPECIAL.get(op, op)}__")
            if isinstance(method, v.Function):
                return machine.call(frame, v.Bound(method, receiver), Args((other,)), node)
    return v.UNKNOWN


def truth(value: v.Value) -> v.Value:
    """``bool(value)`` of a static value."""
    known = truth_of(value)
    return v.Static("bool") if known is None else v.Const(known)
