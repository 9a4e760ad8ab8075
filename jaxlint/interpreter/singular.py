"""Derivatives that are infinite or undefined, and guards that come too late for them.

In code that is differentiated, an array remembers how it came about, as far as that matters: which
singular operations it contains (`Risk`), which comparisons it is the outcome of (`Test`), and of which
array it is zero exactly where that is zero. Which variable a test speaks of is decided by the identity of
values, so that the guard and the operation may be in different functions.

Where a guard chooses between results, the derivative of the one that is not chosen is multiplied by zero,
and zero times infinity is NaN.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jaxlint import values as v
from jaxlint.events import ComplexGradient, NanGradient
from jaxlint.inspection import origin_of
from jaxlint.interpreter import limits
from jaxlint.syntax import nodes as n
from jaxlint.values import Lineage, Risk, Test

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine
    from jaxlint.interpreter.unfit import Given

MAX_CHAIN = 6
"""Steps that are followed from an array to the one that it is zero with."""

# Singular where their argument is zero; `log` and the roots are undefined below as well.
_AT_ZERO = frozenset("sqrt rsqrt cbrt log log2 log10 norm std nanstd hypot arctan2 atan2".split())
_BELOW_ZERO = frozenset("sqrt rsqrt log log2 log10 power".split())
_AT_ONE = frozenset("arccos arcsin arctanh arccosh acos asin atanh acosh".split())
_QUOTIENTS = frozenset("divide true_divide div reciprocal".split())

# Zero exactly where their argument is.
_ZERO_WITH = frozenset("abs absolute fabs square sum nansum max norm sqrt any count_nonzero squeeze".split())

# What comes out of these is away from the singular point, or has been put there on purpose.
_SAFE = frozenset("exp exp2 softplus sigmoid softmax cosh maximum fmax clip clamp".split())

_CASTS = frozenset("astype asarray array convert_element_type float32 float16 bfloat16 float64".split())
_COMPARISONS = {
    "greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==", "not_equal": "!=",
    "gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "==", "ne": "!=", "isclose": "==",
    "isnan": "isnan", "isinf": "isnan", "isfinite": "isfinite",
}  # fmt: skip
_NEGATED = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "==",
            "isnan": "isfinite", "isfinite": "isnan"}  # fmt: skip
_FLIPPED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def is_active(value: v.Value) -> bool:
    """Whether the gradient flows through a value."""
    origin = origin_of(value)
    return origin is not None and origin.is_active


def is_gradient(*operands: v.Value) -> bool:
    """Whether one of the values is a multiple of what `jax.grad` gives for a complex argument."""
    return any(
        isinstance(one, v.Array) and one.lineage is not None and one.lineage.is_gradient for one in operands
    )


def lineage_of(value: v.Value) -> Lineage:
    """How a value came about; nothing is known of most."""
    return (value.lineage if isinstance(value, v.Array) else None) or _NOTHING


_NOTHING = Lineage()


# --- where arrays are made -----------------------------------------------------------------------


def after_call(
    machine: Machine, frame: Frame, dotted: str, given: Given, result: v.Array, node: n.Node
) -> None:
    """Note what a function of JAX has made of its arguments, and report guards that come too late."""
    name = dotted.rpartition(".")[2]
    operands = [argument.value for argument in given.values()]
    first = limits.first_of(given)
    if name in ("where", "select") and len(operands) >= 3:
        _choose(machine, operands[0], operands[1], operands[2], node)
        result.lineage = Lineage(is_safe=any(map(_is_away, operands[1:3])))
    elif name == "nan_to_num":
        for risk in _risks(lineage_of(first)):
            _report(machine, risk, node, "nan_to_num")
    elif name in _COMPARISONS:
        other = operands[1] if len(operands) > 1 else None
        result.lineage = Lineage(tests=(Test(_COMPARISONS[name], first, other),))
    elif name in ("logical_and", "logical_or", "logical_not"):
        result.lineage = Lineage(tests=_tests(operands, negated=name == "logical_not"))
    elif name in _CASTS:
        result.lineage = first.lineage if isinstance(first, v.Array) else None
    elif name in _QUOTIENTS:
        divisor = operands[1] if len(operands) > 1 else first
        result.lineage = _combined(operands, _risk("/", frame, divisor, result, node, operands))
    elif name in ("power", "float_power", "pow") and len(operands) > 1:
        result.lineage = _power(machine, frame, operands[0], operands[1], result, node)
    elif name == "multiply" and len(operands) > 1:
        result.lineage = _product(machine, operands[0], operands[1], node)
    else:
        result.lineage = _function(machine, frame, name, given, result, node)


def _function(
    machine: Machine, frame: Frame, name: str, given: Given, result: v.Array, node: n.Node
) -> Lineage:
    operands = [argument.value for argument in given.values()]
    first = limits.first_of(given)
    if name == "square":
        _report_square(machine, first, node)
    risk = None
    if (name in _AT_ZERO or name in _AT_ONE) and "ord" not in given and is_active(first):
        risk = _risk(name, frame, first, result, node, operands)
    lineage = _combined(operands, risk)
    if name in _ZERO_WITH:
        lineage.of = first
        lineage.holds_pairs = lineage_of(first).holds_pairs
    if risk is not None and lineage_of(first).holds_pairs:
        _report(machine, risk, None, "pairs")
    lineage.is_safe = name in _SAFE
    return lineage


def after_operation(
    machine: Machine, frame: Frame, op: str, left: v.Value, right: v.Value, result: v.Array, node: n.Node
) -> None:
    """Note what an operator has made of its operands."""
    if op == "/":
        result.lineage = _combined((left, right), _risk("/", frame, right, result, node, (left, right)))
    elif op == "**":
        result.lineage = _power(machine, frame, left, right, result, node)
    elif op == "*":
        result.lineage = _product(machine, left, right, node)
    elif op in ("&", "|"):
        result.lineage = Lineage(tests=_tests((left, right)))
    else:
        result.lineage = _combined((left, right))
        if op == "-" and is_gradient(right) and not is_gradient(left):
            machine.report(ComplexGradient(node, frame, right))
        if op == "+":
            result.lineage.is_safe = any(_is_positive(operand) for operand in (left, right))
        if op == "-":
            result.lineage.holds_pairs = _are_pairs(left, right)


def after_inversion(op: str, operand: v.Value, result: v.Array) -> None:
    """Note what ``-x`` or ``~x`` is."""
    before = lineage_of(operand)
    result.lineage = Lineage(tests=_tests((operand,), negated=True)) if op == "~" else _combined((operand,))
    result.lineage.of = operand if op == "-" else None
    result.lineage.holds_pairs = before.holds_pairs


def after_comparison(op: str, left: v.Value, right: v.Value, result: v.Array) -> None:
    """Note what was compared."""
    result.lineage = Lineage(tests=(Test(op, left, right),))


def after_index(base: v.Array, index: v.Value, result: v.Array) -> None:
    """Note that an array has got axes of length one, or is a part of another."""
    parts = index.items if isinstance(index, v.Seq) and index.items is not None else (index,)
    result.lineage = _combined((base,))
    whole = v.SliceValue(v.Const(None), v.Const(None), v.Const(None))
    if v.Const(None) in parts and all(part in (v.Const(None), v.Const(...), whole) for part in parts):
        result.lineage.expanded = base


def _combined(operands: Any, risk: Risk | None = None) -> Lineage:
    """The lineage of what is computed from operands: their risks go on."""
    before = next((lineage_of(operand).risk for operand in operands if lineage_of(operand).risk), None)
    if risk is None:
        return Lineage(risk=before)
    risk.inner = before
    return Lineage(risk=risk)


def _risk(
    kind: str, frame: Frame, subject: v.Value, result: v.Array, node: n.Node, operands: Any
) -> Risk | None:
    """A singular operation, unless its operand is known to stay away from the singular point."""
    if not isinstance(subject, v.Array) or not any(map(is_active, operands)):
        return None
    if _is_safe(subject) and not kind.endswith("std"):  # equal numbers have no deviation, whatever they are
        return None
    return Risk(kind, subject, result, node, frame)


def _is_safe(subject: v.Array) -> bool:
    return lineage_of(subject).is_safe or _is_away(subject)


def _is_away(value: v.Value) -> bool:
    """Whether a value is known not to be zero: what an inner guard puts in place of what may be."""
    low, high = limits.of_value(value) or (0.0, 0.0)
    return low > 0 or high < 0


def _is_positive(value: v.Value) -> bool:
    return isinstance(value, v.Const) and isinstance(value.value, (int, float)) and value.value > 0


def _are_pairs(left: v.Value, right: v.Value) -> bool:
    """Whether a difference is that of all pairs of one array, each with itself included."""
    one, other = lineage_of(left).expanded, lineage_of(right).expanded
    return any(
        base is not None and _is_same(base, twin)
        for base, twin in ((one, other), (one, right), (other, left))
    )


def _power(
    machine: Machine, frame: Frame, base: v.Value, exponent: v.Value, result: v.Array, node: n.Node
) -> Lineage:
    number = exponent.value if isinstance(exponent, v.Const) else None
    if not isinstance(number, (int, float)):
        return _combined((base, exponent))
    if number == 2:
        _report_square(machine, base, node)
    is_singular = number < 0 or (number != int(number) and number < 1)
    lineage = _combined((base,), _risk("power", frame, base, result, node, (base,)) if is_singular else None)
    if number > 0:
        lineage.of = base
        lineage.holds_pairs = lineage_of(base).holds_pairs
    if lineage.risk is not None and lineage.risk.result is result and lineage.holds_pairs:
        _report(machine, lineage.risk, None, "pairs")
    return lineage


def _product(machine: Machine, left: v.Value, right: v.Value, node: n.Node) -> Lineage:
    for mask, value in ((left, right), (right, left)):
        for test in lineage_of(mask).tests:
            for risk in _risks(lineage_of(value)):
                if _excludes(test, risk, holds=True):
                    _report(machine, risk, node, "mask")
    if left is right:
        _report_square(machine, left, node)
    lineage = _combined((left, right))
    lineage.is_gradient = is_gradient(left, right)
    return lineage


def _report_square(machine: Machine, base: v.Value, node: n.Node) -> None:
    """``norm(x) ** 2``: the root is undone, but not its derivative."""
    risk = lineage_of(base).risk
    if risk is not None and risk.kind in ("norm", "sqrt") and _is_same(risk.result, base):
        _report(machine, risk, node, "square")


# --- guards --------------------------------------------------------------------------------------


def _tests(conditions: Any, *, negated: bool = False) -> tuple[Test, ...]:
    found = [test for condition in conditions for test in lineage_of(condition).tests]
    if not negated:
        return tuple(found)
    return tuple(Test(_NEGATED[test.op], test.left, test.right) for test in found)


def _choose(machine: Machine, condition: v.Value, chosen: v.Value, other: v.Value, node: n.Node) -> None:
    """Report a choice between results of which one is singular where it is not chosen."""
    tests = lineage_of(condition).tests
    for branch, holds in ((chosen, True), (other, False)):
        for risk in _risks(lineage_of(branch)):
            if any(_excludes(test, risk, holds=holds) for test in tests):
                _report(machine, risk, node, "where")
                return


def _risks(lineage: Lineage) -> Iterator[Risk]:
    risk, count = lineage.risk, 0
    while risk is not None and count < MAX_CHAIN:
        yield risk
        risk, count = risk.inner, count + 1


def _excludes(test: Test, risk: Risk, *, holds: bool) -> bool:
    """Whether a test that ``holds`` (or does not) keeps the operand off the singular point."""
    if _is_about(test.left, risk):
        op, other = test.op, test.right
    elif test.right is not None and _is_about(test.right, risk):
        op, other = _FLIPPED.get(test.op, test.op), test.left
    else:
        return False
    op = op if holds else _NEGATED[op]
    limit = other.value if isinstance(other, v.Const) else None
    if op == "isfinite":
        return True
    if risk.kind in _AT_ONE:
        return op in ("<", "<=", ">", ">=")
    if isinstance(limit, (int, float)) and limit < 0:
        return False
    if op == "!=":
        return limit in (None, 0)
    return op == ">" or (op == ">=" and (risk.kind in _BELOW_ZERO or bool(limit)))


def _is_about(value: v.Value | None, risk: Risk) -> bool:
    """Whether a value that is tested is the operand of a singular operation, its result, or zero with it."""
    if value is None:
        return False
    operands = [*_ancestors(risk.subject), risk.result]
    return any(_is_same(one, other) for one in _ancestors(value) for other in operands)


def _is_same(one: v.Value | None, other: v.Value | None) -> bool:
    """Whether two values are the same array, perhaps passed on from one function to another."""
    if one is other:
        return True
    if not isinstance(one, v.Array) or not isinstance(other, v.Array):
        return False
    return one.lineage is not None and one.lineage is other.lineage


def _ancestors(value: v.Value) -> Iterator[v.Value]:
    """A value, and the arrays that it is zero with."""
    current: v.Value | None = value
    for _ in range(MAX_CHAIN):
        if current is None:
            return
        yield current
        current = lineage_of(current).of


def _report(machine: Machine, risk: Risk, guard: n.Node | None, reason: str) -> None:
    machine.report(NanGradient(risk.node, risk.frame, risk.kind, risk.subject, guard, reason))
