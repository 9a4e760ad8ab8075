"""What a rule is made of: a finding, and the registry that leads from events to rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from jaxlint.diagnostics import Level
from jaxlint.edits.rewrite import Rewrite
from jaxlint.events import Event
from jaxlint.inspection import origin_of
from jaxlint.syntax.nodes import Code, Node
from jaxlint.values import Array, NumPyArray, Origin, Place, Stage, Tree, Value, options

Text: TypeAlias = "str | Node | tuple[str | Node, ...]"


@dataclass(frozen=True, slots=True)
class Remark:
    """One more sentence of a finding, with the place that it speaks of where there is one."""

    text: str
    place: Place | None = None


@dataclass(slots=True, eq=False)
class Finding:
    """A rule's finding: the node to report, why its value is traced, the names that the message needs.

    A name may be a node, whose source text the message shows, or be made of several pieces. ``remarks``
    come before the links of ``origin``; ``level`` replaces that of the rule's page where it is given. ``fix``
    works out what to write instead, if that can be said: it is asked for findings that are shown.
    """

    code: str
    node: Node
    event: Event
    origin: Origin | None = None
    names: dict[str, Text] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    level: Level | None = None
    fix: Callable[[], Rewrite | None] | None = None


Check = Callable[[Event], Iterator[Finding]]

_CHECKS: dict[type[Event], list[Check]] = {}


def check(kind: type[Event]) -> Callable[[Callable[..., Iterator[Finding]]], Check]:
    """Register a rule for one kind of event."""

    def register(function: Callable[..., Iterator[Finding]]) -> Check:
        _CHECKS.setdefault(kind, []).append(function)
        return function

    return register


def findings(event: Event) -> Iterator[Finding]:
    """What the rules say about an event."""
    for function in _CHECKS.get(type(event), ()):
        yield from function(event)


def finding(code: str, event: Event, value: Value | None = None, **names: Text) -> Finding:
    """A finding at the event's node; ``source`` is its text."""
    origin = origin_of(value) if value is not None else None
    return Finding(code, event.node, event, origin, {"source": event.node, **names})


def around(event: Event) -> tuple[Code, list[Code]]:
    """The module of an event, and the functions that it is in, the innermost first."""
    frame, inside = event.frame, []
    while frame is not None:
        inside.append(frame.code)
        frame = frame.closure
    return event.frame.module.code, inside


def traced(value: Value) -> Array | None:
    """The alternative of ``value`` that is an abstract tracer, if there is one."""
    return next((o for o in options(value) if isinstance(o, Array) and o.stage is Stage.TRACED), None)


def traced_anywhere(value: Value) -> Array | Tree | None:
    """Like `traced`, but an argument of unknown structure counts as well."""
    return next((o for o in options(value) if isinstance(o, (Array, Tree)) and o.stage is Stage.TRACED), None)


def is_array(value: Value) -> bool:
    """Whether a value is certainly a JAX array."""
    return all(isinstance(option, Array) for option in options(value))


def is_readonly(value: Value) -> bool:
    """Whether a value is certainly a read-only NumPy view of a JAX array."""
    return isinstance(value, NumPyArray) and value.readonly
