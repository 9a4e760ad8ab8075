"""JAX501 to JAX505: what JAX is given instead of arrays that fit."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlint.checks.base import Finding, check, finding, is_array
from jaxlint.checks.shapes import short_name
from jaxlint.events import DtypeMismatch, Index, SequenceOperand
from jaxlint.knowledge.dtypes import long_name
from jaxlint.syntax import nodes as n
from jaxlint.values import Seq


@check(SequenceOperand)
def sequence_to_jnp(event: SequenceOperand) -> Iterator[Finding]:
    """A list or tuple where JAX takes arrays only."""
    kind = event.value.kind if isinstance(event.value, Seq) else "list"
    yield finding("JAX501", event, event.value, function=short_name(event.function), kind=kind)


@check(Index)
def list_as_index(event: Index) -> Iterator[Finding]:
    """``array[[0, 1]]``: JAX indexes by arrays, not by lists."""
    if isinstance(event.index, Seq) and event.index.kind == "list" and is_array(event.array):
        yield finding("JAX501", event, event.index, function="indexing", kind="list")


@check(DtypeMismatch)
def lax_dtype_mismatch(event: DtypeMismatch) -> Iterator[Finding]:
    """`lax` does not promote."""
    dtypes = " and ".join(f"`{long_name(dtype)}`" for dtype in event.dtypes)
    function = event.node.func if isinstance(event.node, n.Call) else event.function
    yield finding("JAX505", event, function=function, dtypes=dtypes)
