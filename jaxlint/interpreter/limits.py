"""Between which limits the elements of an array lie, as far as the program shows it.

Limits are a pair of numbers: infinite where nothing limits the elements, NaN where that is not known of
one end, and None where it is known of neither. Values that are not known are never called unlimited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf, isnan, nan
from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import FloatCast
from jaxlint.knowledge.bounds import keeps_limits, limits_of
from jaxlint.knowledge.dtypes import SHORT_NAMES
from jaxlint.syntax import nodes as n
from jaxlint.values import Bounds, join_bounds

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine
    from jaxlint.interpreter.unfit import Given

UNBOUNDED = (-inf, inf)


def of_value(value: v.Value) -> Bounds:
    """The limits of an operand: those of an array, of a constant, of all elements of a sequence."""
    if isinstance(value, v.Array):
        return (0.0, 1.0) if value.dtype is not None and value.dtype.kind == "bool" else value.bounds
    if isinstance(value, v.Const) and isinstance(value.value, (bool, int, float)):
        number = _finite(lambda: float(value.value))
        return (number, number) if number < inf or value.value > 0 else UNBOUNDED
    if isinstance(value, v.Seq) and value.items:
        return join_bounds(*map(of_value, value.items))
    if isinstance(value, v.Union):
        return join_bounds(*map(of_value, value.options))
    return None


def of_call(name: str, given: Given) -> Bounds:
    """The limits of what a function of JAX returns."""
    rule = _RULES.get(name.removeprefix("jax.").removeprefix("Array.").removeprefix("numpy."))
    if rule is not None:
        return rule(given)
    if keeps_limits(name) or name.rpartition(".")[2] in SHORT_NAMES:
        return join_bounds(*map(of_value, _operands(given)))
    return limits_of(name)


# The parameter that a conversion converts.
_CONVERTED = {
    "jax.Array.astype": "self",
    "jax.numpy.astype": "x",
    "jax.numpy.asarray": "a",
    "jax.numpy.array": "object",
    "jax.lax.convert_element_type": "operand",
}


def report_cast(
    machine: Machine, frame: Frame, name: str, given: Given, result: v.Array, node: n.Node
) -> None:
    """Report ``x.astype(dtype)`` and the like where the dtype is one of few integers."""
    is_type = name.rpartition(".")[2] in SHORT_NAMES
    argument = given.get("x" if is_type else _CONVERTED.get(name, ""))
    if argument is not None:
        report_conversion(machine, frame, argument.value, result, node)


def report_conversion(machine: Machine, frame: Frame, value: v.Value, result: v.Array, node: n.Node) -> None:
    """Report an array of floats that becomes one of integers, with the limits that it has."""
    is_float = isinstance(value, v.Array) and value.dtype is not None and value.dtype.kind == "f"
    if is_float and result.dtype is not None and result.dtype.kind in ("u", "i"):
        machine.report(FloatCast(node, frame, value, result.dtype, of_value(value)))


# Parameters that say how, not what.
_SETTINGS = frozenset("axis dtype shape condition pred which keepdims axes device index new_sizes".split())


def _operands(given: Given) -> Iterator[v.Value]:
    for name, argument in given.items():
        if name not in _SETTINGS and isinstance(
            argument.value, (v.Array, v.Seq, v.Const, v.Union, v.Unknown)
        ):
            yield argument.value


def of_operation(op: str, left: v.Value, right: v.Value) -> Bounds:
    """The limits of ``left op right``."""
    if op == "@":
        return UNBOUNDED
    one, other = of_value(left), of_value(right)
    if op == "**":
        return _power(one, right)
    if op == "%":
        return None if other is None or UNBOUNDED[1] in map(abs, other) else _remainder(other)
    if op not in ("+", "-", "*", "/"):
        return None
    if one is None or other is None:
        is_lost = UNBOUNDED in (one, other) and op != "/"
        return UNBOUNDED if is_lost else None
    return _interval(op, one, other)


def negative(bounds: Bounds) -> Bounds:
    """The limits of ``-x``."""
    return None if bounds is None else (-bounds[1], -bounds[0])


def _remainder(divisor: tuple[float, float]) -> Bounds:
    return (min(0.0, divisor[0]), max(0.0, divisor[1]))


def _interval(op: str, one: tuple[float, float], other: tuple[float, float]) -> Bounds:
    if op == "+":
        return (one[0] + other[0], one[1] + other[1])
    if op == "-":
        return (one[0] - other[1], one[1] - other[0])
    if op == "/":
        if not (other[0] > 0 or other[1] < 0):
            return None
        other = (1 / other[1], 1 / other[0])
    products = [_product(a, b) for a in one for b in other]
    if any(map(isnan, products)):
        return None
    return (min(products), max(products))


def _product(a: float, b: float) -> float:
    return 0.0 if 0.0 in (a, b) else a * b


def _power(base: Bounds, exponent: v.Value) -> Bounds:
    is_even = isinstance(exponent, v.Const) and isinstance(exponent.value, int) and exponent.value % 2 == 0
    if not is_even or not isinstance(exponent, v.Const) or exponent.value <= 0:
        return None
    if base is None or any(map(isnan, base)):
        return (0.0, nan)
    low, high = sorted(abs(end) for end in base)
    power = exponent.value
    least = 0.0 if base[0] <= 0 <= base[1] else _finite(lambda: low**power)
    return (least, _finite(lambda: high**power))


def _finite(number: Callable[[], float]) -> float:
    """A number, or infinity where it is too large for a float."""
    try:
        return number()
    except OverflowError:
        return inf


# --- functions that need a rule of their own -----------------------------------------------------


def first_of(given: Given) -> v.Value:
    """The first operand of a call; unknown where there is none."""
    return next(iter(given.values())).value if given else v.UNKNOWN


def _argument(given: Given, *names: str) -> v.Value | None:
    value = next((given[name].value for name in names if name in given), None)
    return None if value == v.Const(None) else value


def _at_least(limits: Bounds, floor: Bounds) -> Bounds:
    """The limits of ``maximum(x, floor)``: what is not known of one end is NaN."""
    low, high = limits or (-inf, nan)
    if floor is None:
        return (nan, high)
    return (
        floor[0] if not low > floor[0] else low,
        high if high == inf or isnan(high) else max(high, floor[1]),
    )


def _at_most(limits: Bounds, ceiling: Bounds) -> Bounds:
    low, high = limits or (nan, inf)
    if ceiling is None:
        return (low, nan)
    return (
        low if low == -inf or isnan(low) else min(low, ceiling[0]),
        ceiling[1] if not high < ceiling[1] else high,
    )


def _clip(given: Given) -> Bounds:
    limits = of_value(first_of(given))
    low = _argument(given, "min", "a_min")
    high = _argument(given, "max", "a_max")
    if low is not None:
        limits = _at_least(limits, of_value(low))
    return limits if high is None else _at_most(limits, of_value(high))


def _pair(given: Given) -> tuple[v.Value, v.Value]:
    values = [argument.value for argument in given.values()]
    return (values[0], values[1]) if len(values) > 1 else (v.UNKNOWN, v.UNKNOWN)


def _maximum(given: Given) -> Bounds:
    one, other = map(of_value, _pair(given))
    if one is None or other is None:
        known = one or other
        return None if known is None else (known[0] if known[0] > -inf else nan, nan)
    return (max(one[0], other[0]), max(one[1], other[1]))


def _minimum(given: Given) -> Bounds:
    one, other = map(of_value, _pair(given))
    if one is None or other is None:
        known = one or other
        return None if known is None else (nan, known[1] if known[1] < inf else nan)
    return (min(one[0], other[0]), min(one[1], other[1]))


def _absolute(given: Given) -> Bounds:
    limits = of_value(first_of(given))
    if limits is None or any(map(isnan, limits)):
        return (0.0, nan)
    low, high = sorted(map(abs, limits))
    return (0.0 if limits[0] <= 0 <= limits[1] else low, high)


def _uniform(given: Given) -> Bounds:
    low, high = (
        of_value(_argument(given, name) or v.Const(default))
        for name, default in (("minval", 0.0), ("maxval", 1.0))
    )
    return None if low is None or high is None else (low[0], high[1])


def _between(given: Given) -> Bounds:
    return join_bounds(*(of_value(given[name].value) for name in ("start", "stop") if name in given))


def _arange(given: Given) -> Bounds:
    if any(not isinstance(argument.value, v.Const) for argument in given.values()):
        return None
    start, stop = _argument(given, "start") or v.Const(0), _argument(given, "stop")
    return join_bounds(of_value(start), of_value(stop or v.Const(0)))


def _operation(op: str) -> Rule:
    return lambda given: of_operation(op, *_pair(given))


Rule = Callable[["Given"], Bounds]

_RULES: dict[str, Rule] = {
    "clip": _clip,
    "maximum": _maximum,
    "minimum": _minimum,
    "lax.max": _maximum,
    "lax.min": _minimum,
    "lax.clamp": lambda given: _clip({"x": given["x"], **given}) if "x" in given else None,
    "abs": _absolute,
    "absolute": _absolute,
    "fabs": _absolute,
    "random.uniform": _uniform,
    "linspace": _between,
    "arange": _arange,
    "where": lambda given: join_bounds(
        *(of_value(given[name].value) for name in ("x", "y") if name in given)
    ),
    "zeros": lambda _: (0.0, 0.0),
    "zeros_like": lambda _: (0.0, 0.0),
    "ones": lambda _: (1.0, 1.0),
    "ones_like": lambda _: (1.0, 1.0),
    "full": lambda given: of_value(_argument(given, "fill_value") or v.UNKNOWN),
    "add": _operation("+"),
    "subtract": _operation("-"),
    "multiply": _operation("*"),
    "divide": _operation("/"),
    "true_divide": _operation("/"),
    "mod": _operation("%"),
    "remainder": _operation("%"),
    "power": _operation("**"),
    "square": lambda given: _power(of_value(first_of(given)), v.Const(2)),
}
