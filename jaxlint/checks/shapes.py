"""JAX401 to JAX404: shapes that depend on traced values."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlint.checks.base import Finding, check, finding, traced
from jaxlint.events import DataDependentShape, Index, ShapeArgument
from jaxlint.values import Seq, SliceValue, Value


def _parts(index: Value) -> tuple[Value, ...]:
    return index.items if isinstance(index, Seq) and index.items is not None else (index,)


@check(Index)
def boolean_mask(event: Index) -> Iterator[Finding]:
    """A traced mask would give a result of unknown size."""
    for part in _parts(event.index):
        mask = traced(part)
        if mask is not None and mask.dtype is not None and mask.dtype.name == "bool" and mask.shape != ():
            yield finding("JAX401", event, mask)
            return


@check(Index)
def traced_slice(event: Index) -> Iterator[Finding]:
    """A slice whose bounds are traced has no static size."""
    for part in _parts(event.index):
        if isinstance(part, SliceValue):
            for bound in (part.lower, part.upper, part.step):
                value = traced(bound)
                if value is not None:
                    yield finding("JAX404", event, value)
                    return


@check(DataDependentShape)
def data_dependent_shape(event: DataDependentShape) -> Iterator[Finding]:
    """The size of the result depends on what is in the array."""
    yield finding("JAX402" if event.parameter in ("size", "length") else "JAX403", event, event.value,
                  function=short_name(event.function), parameter=event.parameter)  # fmt: skip


@check(ShapeArgument)
def traced_shape(event: ShapeArgument) -> Iterator[Finding]:
    """JAX needs a number that is only known at run time."""
    yield finding(
        "JAX403", event, event.value, function=short_name(event.function), parameter=event.parameter
    )


def short_name(function: str) -> str:
    """A function as programs write it."""
    return function.replace("jax.numpy.", "jnp.", 1).replace("jax.Array.", "Array.", 1)
