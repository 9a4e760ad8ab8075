"""JAX804 to JAX806: gradients that are NaN or point the wrong way, casts that leave the range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from jaxlint.checks.base import Finding, Remark, check, finding
from jaxlint.events import ComplexGradient, FloatCast, NanGradient
from jaxlint.knowledge.dtypes import Dtype, long_name
from jaxlint.values import Place

_EFFECTS = {
    "where": "chooses between results, not between operands",
    "mask": "multiplies the result by zero",
    "nan_to_num": "comes after the derivative",
    "square": "undoes the root, but not its derivative",
}


@check(NanGradient)
def nan_gradient(event: NanGradient) -> Iterator[Finding]:
    """The derivative is infinite or undefined where a guard, too late, leaves the result out."""
    remarks: tuple[Remark, ...] = ()
    if event.guard is not None:
        remarks = (Remark(f"this {_EFFECTS[event.reason]}", Place(event.frame.module, event.guard)),)
    yield replace(finding("JAX804", event, event.value), remarks=remarks)


@check(ComplexGradient)
def complex_gradient(event: ComplexGradient) -> Iterator[Finding]:
    """`jax.grad` of a complex argument points to the conjugate of where the function grows."""
    yield finding("JAX806", event, event.value)


@check(FloatCast)
def unsafe_cast(event: FloatCast) -> Iterator[Finding]:
    """Floats that may be out of the range of a small or unsigned integer."""
    if event.bounds is None:
        return
    low, high = event.bounds
    least, greatest = _range_of(event.dtype)
    # The fraction is cut off: 255.9 and -0.9 are still within the range of `uint8`.
    if (low <= least - 1 and low < least) or high > greatest + 1:
        yield finding("JAX805", event, event.value, dtype=long_name(event.dtype))


def _range_of(dtype: Dtype) -> tuple[float, float]:
    """The range that a float can leave by accident; billions are none."""
    bits = int(dtype.name[1:])
    if dtype.kind == "u":
        return (0, 2**bits - 1 if bits <= 16 else inf)
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if bits <= 16 else (-inf, inf)
