"""JAX101 to JAX108: traced code that does more than compute from its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jaxlint.checks.base import Finding, Remark, Text, check, finding
from jaxlint.diagnostics import Level
from jaxlint.events import (
    ArgumentMutation,
    CachedCall,
    HostState,
    IteratorUse,
    OuterStore,
    SideEffect,
    StaleRead,
)
from jaxlint.syntax import nodes as n
from jaxlint.syntax.names import last_name


@check(SideEffect)
def side_effect(event: SideEffect) -> Iterator[Finding]:
    """Something is printed, logged or written while tracing; without a tracer in it that may be wanted."""
    found = finding("JAX101", event, call=_callee(event.node))
    found.origin = event.origin
    found.level = None if event.is_traced else Level.INFO
    yield found


@check(OuterStore)
def outer_store(event: OuterStore) -> Iterator[Finding]:
    """Traced code changes what outlives its trace: with a tracer, or once per trace."""
    target = _changed(event.node)
    if event.tracer is not None:
        yield finding("JAX103", event, event.tracer, target=target)
    elif not event.frame.module.is_test and not _COUNTS_TRACES.search(_stored_name(target)):
        yield finding("JAX108", event, target=target)


# Counting traces, and numbering what a trace makes, is a use of what others fall over; tests do it too.
_COUNTS_TRACES = re.compile(r"trac|compil|jit|cache|(^|_)u?u?ids?($|_)", re.IGNORECASE)


def _stored_name(target: Text) -> str:
    """The variable or attribute at the end of a path."""
    while isinstance(target, n.Subscript):
        target = target.value
    return last_name(target)


@check(StaleRead)
def mutable_global_read(event: StaleRead) -> Iterator[Finding]:
    """A compiled function goes on with the value that a variable had when it was traced."""
    found = finding("JAX102", event, name=event.name)
    found.remarks = (
        Remark("it gets another value here", event.change),
        Remark("and the compiled function is called again here", event.call),
    )
    yield found


@check(CachedCall)
def cached_traced_call(event: CachedCall) -> Iterator[Finding]:
    """A cache looks tracers up, or keeps one."""
    effect = "needs the hash of a traced value" if event.how == "argument" else "keeps a traced value"
    yield finding("JAX107", event, event.value, function=event.function, effect=effect)


@check(IteratorUse)
def iterator_in_traced(event: IteratorUse) -> Iterator[Finding]:
    """An iterator is part of a compiled program, which it cannot be."""
    node = event.node
    iterator = node.args[0].value if event.how == "next" and isinstance(node, n.Call) and node.args else node
    yield finding("JAX104", event, iterator=iterator, effect=_ITERATORS[event.how])


_ITERATORS = {
    "next": "is advanced while tracing, not in each call",
    "loop": "is used up while tracing, and empty in the next trace",
    "argument": "is passed to a transformation, which takes arrays",
}


@check(HostState)
def host_state(event: HostState) -> Iterator[Finding]:
    """A clock or the environment is read while tracing; that helpers look up settings may be wanted."""
    found = finding("JAX105", event, call=_callee(event.node))
    found.level = Level.INFO if event.is_setting else None
    yield found


@check(ArgumentMutation)
def argument_mutation(event: ArgumentMutation) -> Iterator[Finding]:
    """A container changes that the transformation has made, and the caller never sees."""
    yield finding("JAX106", event, name=event.name)


def _callee(node: n.Node) -> n.Node:
    return node.func if isinstance(node, n.Call) else node


def _changed(node: n.Node) -> Text:
    """The variable, attribute or container that gets the value."""
    if isinstance(node, n.Call) and last_name(node.func) == "__setattr__" and len(node.args) > 1:
        return node.args[0].value  # `object.__setattr__(x, "name", value)` changes `x`
    if isinstance(node, n.Call):
        return node.func.value if isinstance(node.func, n.Attribute) else node
    return node
