"""JAX101 to JAX108: traced code that does more than compute from its arguments."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlint.checks.base import Finding, check, finding
from jaxlint.diagnostics import Level
from jaxlint.events import HostState, SideEffect
from jaxlint.syntax import nodes as n


@check(SideEffect)
def side_effect(event: SideEffect) -> Iterator[Finding]:
    """Something is printed, logged or written while tracing; without a tracer in it that may be wanted."""
    found = finding("JAX101", event, call=_callee(event.node))
    found.origin = event.origin
    found.level = None if event.is_traced else Level.INFO
    yield found


@check(HostState)
def host_state(event: HostState) -> Iterator[Finding]:
    """A clock or the environment is read while tracing."""
    yield finding("JAX105", event, call=_callee(event.node))


def _callee(node: n.Node) -> n.Node:
    return node.func if isinstance(node, n.Call) else node
