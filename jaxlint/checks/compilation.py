"""JAX701 to JAX709, JAX714: what is compiled how often, with which arguments, and what comes of these."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jaxlint.checks.base import Finding, Remark, check, finding
from jaxlint.diagnostics import Level
from jaxlint.events import (
    CompiledMethod,
    DonatedRead,
    FreshCompilation,
    TracedReturn,
    TransformedArgument,
    UnblockedTiming,
    UnknownParameter,
    UnrolledLoop,
)
from jaxlint.leaves import describe_leaf, foreign_leaf, is_abstract, is_plain_class, unhashable_part
from jaxlint.values import Iter


@check(TransformedArgument)
def unhashable_static(event: TransformedArgument) -> Iterator[Finding]:
    """A static argument is looked up by its hash."""
    part = unhashable_part(event.value) if event.is_static else None
    if part is not None:
        yield finding("JAX702", event, parameter=event.parameter, kind="has no hash")
    elif event.is_made_anew:
        found = finding("JAX702", event, parameter=event.parameter, kind="is another object each time")
        found.level = Level.WARNING
        yield found


@check(TransformedArgument)
def non_array_argument(event: TransformedArgument) -> Iterator[Finding]:
    """An argument that is not static becomes a tracer, which only JAX types can."""
    leaf = None if event.is_static else foreign_leaf(event.value)
    if leaf is not None and not isinstance(leaf, Iter):  # of which JAX104 speaks
        function = event.function or "the function"
        kind = describe_leaf(leaf)
        yield finding("JAX707", event, function=function, parameter=event.parameter, kind=kind)


@check(TransformedArgument)
def varying_static(event: TransformedArgument) -> Iterator[Finding]:
    """Each value of a static argument is compiled for."""
    if event.is_static and event.varies and unhashable_part(event.value) is None:
        yield finding("JAX708", event, parameter=event.parameter)


@check(FreshCompilation)
def jit_in_loop(event: FreshCompilation) -> Iterator[Finding]:
    """What is compiled is kept by the function that was given, and that is another each time."""
    if is_test(event.frame.module.path, event.function):
        return
    kind = "every iteration" if event.place is None else f"every call of `{event.function}`"
    found = finding("JAX701", event, kind=kind)
    if event.place is not None:
        found.remarks = (Remark("it is called in a loop here", event.place),)
    yield found


@check(UnrolledLoop)
def unrolled_loop(event: UnrolledLoop) -> Iterator[Finding]:
    """Tracing writes down every round of a Python loop."""
    kind = "once for each element" if event.count is None else f"{event.count} times"
    if event.count is not None and event.outer > 1:
        kind += f" ({event.outer} x {event.count // event.outer})"
    found = finding("JAX705", event, kind=kind)
    found.origin = event.origin
    yield found


@check(DonatedRead)
def donated_buffer_reuse(event: DonatedRead) -> Iterator[Finding]:
    """The memory of a donated argument belongs to the result."""
    found = finding("JAX706", event)
    found.remarks = (Remark("donated to this call", event.place),)
    if not event.is_deleted:
        found.level = Level.WARNING
    yield found


@check(UnblockedTiming)
def unblocked_timing(event: UnblockedTiming) -> Iterator[Finding]:
    """JAX returns from a call when it has started the computation."""
    found = finding("JAX709", event)
    found.remarks = (Remark("this call returns before its computation is done", event.place),)
    yield found


@check(UnknownParameter)
def unknown_static_argument(event: UnknownParameter) -> Iterator[Finding]:
    """An option names a parameter that the function does not have."""
    yield finding("JAX703", event, option=event.option, parameter=event.parameter,
                  kind=_called(event.function))  # fmt: skip


def _called(function: str) -> str:
    return "the lambda" if function == "<lambda>" else f"`{function}`"


@check(CompiledMethod)
def jit_on_method(event: CompiledMethod) -> Iterator[Finding]:
    """The ``self`` of a compiled method is an argument like any other."""
    if is_plain_class(event.cls) and not is_abstract(event.cls):
        yield finding("JAX704", event, method=event.method, cls=event.cls.name)


@check(TracedReturn)
def non_array_result(event: TracedReturn) -> Iterator[Finding]:
    """What a transformed function returns becomes arrays."""
    leaf = foreign_leaf(event.value)
    if leaf is not None and event.transform.startswith("jax."):
        yield finding("JAX714", event, kind=describe_leaf(leaf), transform=event.transform)


def is_test(path: Path, function: str) -> bool:
    """Whether code belongs to a test, where compiling once more does no harm."""
    name = path.name
    return function.startswith("test") or name.startswith("test_") or name.endswith("_test.py")
