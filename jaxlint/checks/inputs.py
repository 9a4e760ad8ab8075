"""JAX501 to JAX505: what JAX is given instead of arrays that fit."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlint.checks.base import Finding, check, finding, is_array
from jaxlint.checks.shapes import short_name
from jaxlint.events import ArrayFromList, DtypeMismatch, HostSync, Index, SequenceArgument, SequenceOperand
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


MIN_ARGUMENTS = 8
"""Numbers of a sequence from which on passing it costs more than passing an array (measured: 20 times)."""

MIN_TRACERS = 16
"""Tracers of a list from which on making an array of them is worth a word."""


@check(SequenceArgument)
def sequence_argument(event: SequenceArgument) -> Iterator[Finding]:
    """Compiled code takes each number of a list by itself."""
    kind = event.value.kind if isinstance(event.value, Seq) else "list"
    if event.count is None and kind == "tuple":
        return  # tuples of unknown length are short more often than not
    if event.count is None or event.count >= MIN_ARGUMENTS:
        number = "" if event.count is None else f"{event.count} "
        yield finding("JAX502", event, kind=kind, number=number)


@check(ArrayFromList)
def array_from_traced_list(event: ArrayFromList) -> Iterator[Finding]:
    """An array is put together from tracers, one by one."""
    least = MIN_ARGUMENTS if event.is_argument else MIN_TRACERS
    if event.count is None and not event.is_argument:
        return
    if event.count is None or event.count >= least:
        number = "" if event.count is None else f"{event.count} "
        function = short_name(event.function)
        yield finding("JAX503", event, event.value, function=function, number=number)


@check(DtypeMismatch)
def lax_dtype_mismatch(event: DtypeMismatch) -> Iterator[Finding]:
    """`lax` does not promote."""
    dtypes = " and ".join(f"`{long_name(dtype)}`" for dtype in event.dtypes)
    function = event.node.func if isinstance(event.node, n.Call) else event.function
    yield finding("JAX505", event, function=function, dtypes=dtypes)


@check(HostSync)
def host_sync_in_loop(event: HostSync) -> Iterator[Finding]:
    """The host waits for the device, or sends it the same data, in every step."""
    what = "is sent to the device" if event.is_sent else "is waited for"
    yield finding("JAX504", event, effect=what)
