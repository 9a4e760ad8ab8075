"""JAX301 to JAX309: Python that needs the value of a tracer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from jaxlint.checks.base import Finding, Remark, around, check, finding, traced, traced_anywhere
from jaxlint.edits.libraries import use_function
from jaxlint.events import (
    Conversion,
    HostCall,
    Iteration,
    LoopBound,
    PythonIndex,
    Role,
    SilentlyWrong,
    TruthTest,
)
from jaxlint.knowledge.functions import Outcome, builtin, conversion, function
from jaxlint.values import Array, Stage, options

_ROLES = {Role.BRANCH: "JAX301", Role.WHILE: "JAX302", Role.ASSERT: "JAX304", Role.BOOLEAN: "JAX305"}
_WORDS = frozenset({"conditional expression", "comprehension condition", "chained comparison"})


@check(TruthTest)
def truth_of_tracer(event: TruthTest) -> Iterator[Finding]:
    """A branch, loop, assertion or boolean operator asks a tracer for its truth."""
    value = traced(event.value)
    if value is not None:
        keyword = event.keyword if event.keyword in _WORDS else f"`{event.keyword}`"
        found = finding(_ROLES[event.role], event, value, keyword=keyword)
        found.remarks = tuple(_flags(value))
        yield found


def _flags(value: Array) -> Iterator[Remark]:
    """Where a Python flag is passed for the parameter, which becomes a tracer with that (JAX707)."""
    for link in value.origin.chain() if value.origin is not None else ():
        if link.flag is not None:
            text = "a Python flag is passed here; only `static_argnames` would keep it one"
            yield Remark(text, link.flag)


@check(LoopBound)
def traced_range(event: LoopBound) -> Iterator[Finding]:
    """``range`` of a tracer."""
    value = traced_anywhere(event.value)
    if value is not None:
        yield finding("JAX303", event, value)


@check(Iteration)
def traced_scalar_iteration(event: Iteration) -> Iterator[Finding]:
    """A loop over a tracer that has no axes."""
    value = traced(event.value)
    if value is not None and value.shape == ():
        yield finding("JAX303", event, value)


@check(Conversion)
def traced_conversion(event: Conversion) -> Iterator[Finding]:
    """A tracer is turned into a Python number or text."""
    value = next((o for o in options(event.value) if isinstance(o, Array) and o.stage), None)
    if value is None and traced_anywhere(event.value) is not None and not event.function.startswith("%"):
        value = Array(Stage.TRACED, None, None, getattr(traced_anywhere(event.value), "origin", None))
    if value is None:
        return
    grad = _under_grad(event.function)
    if value.stage is Stage.TRACED or grad.kind == "raises":
        yield finding("JAX306", event, value, call=_call_name(event.function))
    elif event.function in ("int", ".item()"):
        yield finding("JAX309", event, value, effect="drops the gradient")


def _under_grad(function: str) -> Outcome:
    if function.startswith("."):
        outcomes = conversion(function.strip(".()"))
        return outcomes[1] if outcomes is not None else Outcome("static")
    facts = builtin(function)
    return facts.grad if facts is not None else Outcome("raises" if function in ("format", "%") else "static")


def _call_name(function: str) -> str:
    return {"format": "format spec", "%d": "%"}.get(function, function)


@check(HostCall)
def numpy_on_tracer(event: HostCall) -> Iterator[Finding]:
    """NumPy wants the numbers of a tracer."""
    found = finding("JAX307", event, event.value, function=_short(event.function))
    if event.replacement is not None and _takes_tracers(event.replacement):
        found.fix = partial(use_function, *around(event), event.node, event.replacement)
    yield found


def _takes_tracers(dotted: str) -> bool:
    """Whether a function of JAX gives a result for a tracer, whose values and shape it need not know."""
    facts = function(dotted)
    if facts is None or facts.returns == "unknown" or facts.data_dependent is not None:
        return False
    return not facts.concrete & {"num", "repeats", "shape", *facts.signature.names()[:1]}


def _short(function: str) -> str:
    return function.replace("numpy.", "np.", 1) if function.startswith("numpy.") else function


@check(PythonIndex)
def tracer_as_index(event: PythonIndex) -> Iterator[Finding]:
    """A tracer indexes a Python container, or is looked up in one."""
    value = traced_anywhere(event.value)
    if value is None and event.container.startswith(("dict", "set", "hash")):
        # A tracer of differentiation has a number, but no hash.
        value = next((o for o in options(event.value) if isinstance(o, Array) and o.stage), None)
    if value is not None:
        yield finding("JAX308", event, value, container=event.container.partition(".")[0])


@check(SilentlyWrong)
def silently_wrong(event: SilentlyWrong) -> Iterator[Finding]:
    """An operation that neither raises nor does what it says."""
    value = next((o for o in options(event.value) if isinstance(o, Array) and o.stage), None)
    if value is not None:
        truth = "True" if event.operation in ("!=", "not in") else "False"
        yield finding("JAX309", event, value, effect=f"is always {truth} for a traced value")
